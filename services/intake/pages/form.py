"""The public form. Sentences in constants are msgids."""

from secrets import token_urlsafe
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.intake.admission import Admission, Admitted, Turned, Wait
from services.intake.config import Settings
from services.intake.domain.codes import new_reference, tracking_code
from services.intake.domain.message import Message, message_id_of, submit
from services.intake.forms import MessageForm, question_about_address
from services.intake.pages.entering import Entrance, desk_of
from services.intake.pages.files import AttachedFiles, form_of
from services.intake.pages.frame import Offer, offer
from services.intake.pages.preview import ROLES, preview, shown_again
from services.intake.pages.proof import TOO_EARLY, ask_again, evidence_of, tell_to_wait
from services.intake.store import Messages, ProofUsed
from shared.documents import AWAY
from shared.files.attached import Attached
from shared.files.named import files_in
from shared.text import SENTENCES
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
NO_SUCH_KIND = SENTENCES["enum"]
Offered = Annotated[Offer, Depends(offer)]

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/")
async def show_form(
    request: Request, offered: Offered, files: AttachedFiles, desk: Entrance, ticket: str = ""
) -> Response:
    """Show the form (procedure, 5.2). ``once``, a random id in it, makes one message of a form that is sent twice.

    With the desk's ticket, an officer enters what somebody told them.
    """
    desk.show(ticket)
    form: Form[Any] = Form(values={"once": _once()} | ({"ticket": ticket} if desk_of(request) else {}))
    return desk.remembered(_form(request, offered, files, desk.said(form)))


@page.post("/")
async def submit_message(
    request: Request,
    messages: Annotated[Messages, provided(Messages)],
    settings: Annotated[Settings, provided(Settings)],
    offered: Offered,
    files: AttachedFiles,
    admission: Annotated[Admission, provided(Admission)],
    desk: Entrance,
    now: Now,
) -> Response:
    """Store the message and redirect to the page with its tracking code (procedure, 5.2); or show its preview.

    Otherwise the form is shown again with what was typed: 200 to change it, 422 with errors, 409 when it was sent
    before with another content or its proof of work cannot be used, 429 when far too much comes from this client, 503
    while MongoDB is unreachable. Without a proof of work the preview has to be confirmed.
    """
    form = files.onto(await read(MessageForm, request))
    form.values |= desk.take(str(form.values.get("ticket", "")))
    step = form.values.get("step")
    if step == "edit":
        return _to_edit(request, offered, files, form)
    if not form.notice:
        _check(offered, settings, form)
    if step == "preview" and form.read and (form.notice or not form.errors):
        return preview(request, offered, files, form, shown=admission.token(form.read.once, now))
    if form.errors:
        return _form(request, offered, files, form, status=files.status)
    if desk.over:
        return _form(request, offered, files, desk.said(form), status=409)
    submission = form.value.submission()
    # A missing or short ``once`` is not ours. Two people might send the same one, and would share message and code.
    once = form.value.once if len(form.value.once) >= len(_once()) else str(uuid4())
    admitted = Admitted() if desk.ticket else admission.admit(submission, evidence_of(request, form.value), now)
    if not isinstance(admitted, Admitted):
        return _not_yet(request, offered, files, form, admitted, once=once, shown=admission.token(once, now))
    message_id = message_id_of("form", once)
    code = tracking_code(settings.secret_key.get_secret_value(), message_id)
    message, announcing = submit(
        submission,
        message_id=message_id,
        reference=new_reference(now, settings.timezone),
        code=code,
        base_url=settings.intake_url,
        language=web(request).language(request),
        now=now,
        files=await files.claim(message_id),
        doubts=admitted.doubts,
        proof=admitted.proof,
        channel=desk.ticket.channel if desk.ticket else "web",
        entered_by=desk.ticket.officer if desk.ticket else None,
    )
    try:
        kept = await messages.add_once(message, announcing=announcing)
    except ProofUsed:
        return _form(request, offered, files, ask_again(request, form), status=409)
    except AWAY:
        form.errors = {"": web(request).locale(request).gettext(AWAY_NOW)}
        return _form(request, offered, files, form, status=503)
    if kept.fingerprint != message.fingerprint:
        return _form(request, offered, files, await _sent_before(request, files, form, kept), status=409)
    language = web(request).language(request)
    query = f"?ticket={desk.token}" if desk.ticket else embedded_query(request, language)
    return see_other(f"/t/{code}/submitted{query}")


def _not_yet(
    request: Request,
    offered: Offer,
    files: Attached,
    form: Form[MessageForm],
    why: Turned | Wait,
    *,
    once: str,
    shown: str,
) -> Response:
    """What its sender sees when a message is not taken yet; what was typed is kept."""
    if why is Turned.UNCONFIRMED:
        form.values["once"] = once
        early = offered.locale.gettext(TOO_EARLY) if form.value.shown else ""
        return preview(request, offered, files, form, shown=shown, early=early)
    if isinstance(why, Wait):
        headers = tell_to_wait(request, form, why.seconds)
        response = _form(request, offered, files, form, status=429)
        response.headers.update(headers)
        return response
    return _form(request, offered, files, ask_again(request, form), status=409)


def _once() -> str:
    return token_urlsafe(16)


async def _sent_before(request: Request, files: Attached, form: Form[Any], kept: Message) -> Form[Any]:
    """The changed form with a new ``once`` and a notice: only its sender knows whether it is another message."""
    form.values |= {"once": _once(), "proof": ""}
    await files.move(form_of(form.values["once"]), but=set(files_in(kept)))
    sentence = web(request).locale(request).gettext(SENT_BEFORE) % {"reference": kept.reference}
    return with_notice(form, sentence)


def _check(offered: Offer, settings: Settings, form: Form[MessageForm]) -> None:
    """Add an error to a kind that the institution does not have, and to an address that looks mistyped.

    Sent again unchanged, the address is accepted.
    """
    gettext = offered.locale.gettext
    if form.read and not offered.institution.offers(form.read.kind):
        form.errors |= {"kind": gettext(NO_SUCH_KIND)}
    if address := question_about_address(form, settings.own_domains):
        form.errors |= {"email": gettext(MEANT) % {"address": address}}


def _form(request: Request, offered: Offer, files: Attached, form: Form[Any], status: int = 200) -> Response:
    roles = [(role.value, offered.locale.gettext(label)) for role, label in ROLES.items()]
    desk = desk_of(request)
    asks_proof = offered.asks_proof and not desk
    shown = {"form": form, "offered": offered, "roles": roles, "asks_proof": asks_proof, "desk": desk}
    return render(request, "form.html", files=files, once=form.values.get("once", ""), status=status, **shown)


def _to_edit(request: Request, offered: Offer, files: Attached, form: Form[MessageForm]) -> Response:
    """The form as it was typed, to be changed."""
    form.errors = {}
    return shown_again(_form(request, offered, files, form))
