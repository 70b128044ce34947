"""The public form. Sentences in constants are msgids."""

from secrets import token_urlsafe
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.admission import Admission, Admitted, Turned, Wait
from services.intake.config import Settings
from services.intake.domain.codes import new_reference, tracking_code
from services.intake.domain.files import files_of
from services.intake.domain.message import Message, message_id_of, submit
from services.intake.forms import MessageForm, question_about_address
from services.intake.pages.files import AttachedFiles, form_of
from services.intake.pages.proof import ask_again, ask_to_confirm, evidence_of, tell_to_wait
from services.intake.store import Messages, ProofUsed
from shared.documents import AWAY
from shared.files.attached import Attached
from shared.kinds import LABELS
from shared.web.embedding import embedded_query
from shared.web.forms import Form, read, with_notice
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

AWAY_NOW = "We could not record your message just now. It is still here; please send it again in a few minutes."
SENT_BEFORE = (
    "This form was sent before; your message has the number %(reference)s. You have changed it since: if this is "
    "another message, please send it now."
)
MEANT = "Did you mean %(address)s? If your address is right, please send the form again as it is."

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/")
async def show_form(
    request: Request, settings: Annotated[Settings, provided(Settings)], files: AttachedFiles
) -> Response:
    """Show the form (procedure, 5.2). ``once``, a random id in it, makes one message of a form that is sent twice."""
    return _form(request, settings, files, Form(values={"once": _once()}))


@page.post("/")
async def submit_message(
    request: Request,
    messages: Annotated[Messages, provided(Messages)],
    settings: Annotated[Settings, provided(Settings)],
    files: AttachedFiles,
    admission: Annotated[Admission, provided(Admission)],
    now: Now,
) -> Response:
    """Store the message and redirect to the page with its tracking code (procedure, 5.2).

    Otherwise the form is shown again with what was typed: 422 with errors, 409 when it was sent before with another
    content or its proof of work cannot be used, 429 when far too much comes from this client, 503 while MongoDB is
    unreachable. Without a proof of work a second page asks to confirm.
    """
    form = files.onto(await read(MessageForm, request))
    if not form.notice:
        _ask_about_address(request, settings, form)
    if form.errors:
        return _form(request, settings, files, form, status=422)
    submission = form.value.submission()
    # A missing or short ``once`` is not ours. Two people might send the same one, and would share message and code.
    once = form.value.once if len(form.value.once) >= len(_once()) else str(uuid4())
    admitted = admission.admit(submission, evidence_of(request, form.value), now)
    if not isinstance(admitted, Admitted):
        return await _not_yet(request, settings, files, form, admitted, once=once, shown=admission.token(once, now))
    message_id = message_id_of("form", once)
    code = tracking_code(settings.secret_key.get_secret_value(), message_id)
    message, announcing = submit(
        submission,
        message_id=message_id,
        reference=new_reference(now),
        code=code,
        base_url=settings.intake_url,
        language=web(request).language(request),
        now=now,
        files=await files.claim(message_id),
        doubts=admitted.doubts,
        proof=admitted.proof,
    )
    try:
        kept = await messages.add_once(message, announcing=announcing)
    except ProofUsed:
        return _form(request, settings, files, ask_again(request, form), status=409)
    except AWAY:
        form.errors = {"": web(request).locale(request).gettext(AWAY_NOW)}
        return _form(request, settings, files, form, status=503)
    if kept.fingerprint != message.fingerprint:
        return _form(request, settings, files, await _sent_before(request, files, form, kept), status=409)
    language = web(request).language(request)
    return see_other(f"/t/{code}/submitted{embedded_query(request, language)}")


async def _not_yet(
    request: Request,
    settings: Settings,
    files: Attached,
    form: Form[MessageForm],
    why: Turned | Wait,
    *,
    once: str,
    shown: str,
) -> Response:
    """What its sender sees when a message is not taken yet; what was typed is kept."""
    if why is Turned.UNCONFIRMED:
        return await ask_to_confirm(request, form, once, shown)
    if isinstance(why, Wait):
        headers = tell_to_wait(request, form, why.seconds)
        response = _form(request, settings, files, form, status=429)
        response.headers.update(headers)
        return response
    return _form(request, settings, files, ask_again(request, form), status=409)


def _once() -> str:
    return token_urlsafe(16)


async def _sent_before(request: Request, files: Attached, form: Form[Any], kept: Message) -> Form[Any]:
    """The changed form with a new ``once`` and a notice: only its sender knows whether it is another message."""
    form.values |= {"once": _once(), "proof": ""}
    await files.move(form_of(form.values["once"]), but=set(files_of(kept)))
    sentence = web(request).locale(request).gettext(SENT_BEFORE) % {"reference": kept.reference}
    return with_notice(form, sentence)


def _form(request: Request, settings: Settings, files: Attached, form: Form[Any], status: int = 200) -> Response:
    language = web(request).language(request)
    options = [(kind, label[language], "") for kind, label in LABELS.items()]
    shown = {"form": form, "kinds": options, "privacy_url": settings.privacy_url, "asks_proof": settings.proof_cost > 0}
    return render(request, "form.html", files=files, once=form.values.get("once", ""), status=status, **shown)


def _ask_about_address(request: Request, settings: Settings, form: Form[MessageForm]) -> None:
    """Add an error to an address that looks mistyped. Sent again unchanged, the address is accepted."""
    if address := question_about_address(form, settings.own_domains):
        form.errors |= {"email": web(request).locale(request).gettext(MEANT) % {"address": address}}
