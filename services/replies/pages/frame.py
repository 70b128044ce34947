"""What the pages of one assignment have in common: the form that was sent, and the page that shows it again."""

from collections.abc import Mapping
from datetime import date, datetime
from secrets import token_urlsafe
from typing import Any, TypeVar

from fastapi import Request
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from services.replies.domain.assignment import OFF, Assignment, AssignmentState
from services.replies.domain.handing_on import holder_of
from services.replies.domain.links import hash_token
from services.replies.domain.writing import Overtaken, Refused, Unrevised, proves
from services.replies.forms import UNPROVED, UNPROVED_DRAFT, DraftForm
from services.replies.pages.beside import TYPED, beside, forms, of_reply
from services.replies.store import Assignments
from shared.days import day_of, last_moment
from shared.differences import differences
from shared.files.attached import Attached
from shared.state import KeptFile
from shared.web.csrf import bind
from shared.web.due import time_left
from shared.web.forms import Form, read, with_error
from shared.web.i18n import DEFAULT, Locale
from shared.web.kept_files import listed
from shared.web.pages import render, web

M = TypeVar("M", bound=BaseModel)
CHECKS = (
    *("check", "decline_check", "extension_check", "withdrawal_check"),
    *("colleague_check", "back_check", "question_check", "interim_check"),
)
AFTER_ITS_SCAN = "Opens as soon as it was scanned for viruses"


async def read_form(
    model: type[M], request: Request, token: str, assignments: Assignments
) -> tuple[Form[M], Assignment]:
    """The submitted form, and the assignment behind the link; an error unless a person typed the check.

    Raises NotFound.
    """
    bind(request, hash_token(token))
    form, assignment = await read(model, request), await assignments.by_token(token)
    name = next(name for name in CHECKS if name in model.model_fields)
    if not proves(assignment, str(form.values.get(name, ""))):
        sentence = web(request).locale(request).gettext(UNPROVED) % {"check": assignment.check}
        form.errors = {name: sentence} | {field: said for field, said in form.errors.items() if field != name}
    return form, assignment


def show(
    request: Request,
    token: str,
    assignment: Assignment,
    now: datetime,
    form: Form[Any] | None = None,
    *,
    status: int = 200,
    overtaken: bool = False,
    files: Attached | None = None,
    mine: str = "",
) -> Response:
    """The forms with what was typed, while the unit may write; afterwards what was sent.

    A form that was ``overtaken`` may be sent again: it knows from now on what the others wrote, which is shown beside.
    ``mine``: what the person had typed before they took the text of somebody else.
    """
    if not assignment.writable:
        return over(request, token, assignment, form or Form(), status=status)
    submitted = form or Form()
    drawn_from = submitted.values.get("written") or assignment.written
    locale = web(request).locale(request)
    return render(
        request,
        "assignment.html",
        assignment=assignment,
        url=f"/a/{token}",
        form=submitted if form and of_reply(submitted) else Form(values=_in_form(request, assignment)),
        **forms(submitted),
        **beside(request, assignment),
        news=[(one, [_listed(locale, token, file) for file in one.files]) for one in reversed(assignment.news)],
        written=assignment.written if overtaken else drawn_from,
        form_id=submitted.values.get("form_id") or token_urlsafe(12),
        others=assignment.draft if overtaken else None,
        left=time_left(locale, assignment.due_at, assignment.requested_at, now) if assignment.due_at else None,
        message_files=[_listed(locale, token, file) for file in assignment.files],
        replies=_versions(locale, token, assignment),
        files=files,
        once="",
        mine=mine,
        ours=DEFAULT,
        status=status,
    )


def _listed(locale: Locale, token: str, file: KeptFile) -> dict[str, Any]:
    """A file of the message. Whether a held one was found clean since, its owner knows: it can be tried."""
    item = listed(locale, file, f"/a/{token}/files/{file.id}")
    return item | ({"state": locale.gettext(AFTER_ITS_SCAN)} if file.state == "held" else {})


def _in_form(request: Request, assignment: Assignment) -> dict[str, Any]:
    """What the form of the reply shows when it is opened; a colleague's has their name."""
    holder = holder_of(assignment)
    draft = assignment.draft
    earlier = draft or (assignment.returned if assignment.state is AssignmentState.RETURNED else None)
    day = day_of(earlier.promised_at, web(request).locale(request).zone) if earlier and earlier.promised_at else ""
    in_form = {"text": assignment.text_in_form, "promised_on": str(day)}
    return in_form | ({"by": holder.name} if holder else {})


def _versions(locale: Locale, token: str, assignment: Assignment) -> list[dict[str, Any]]:
    """The versions of the reply, the newest first, each with its files and what is new in it."""
    sent = assignment.replies
    return [
        {
            "reply": one,
            "files": [_listed(locale, token, file) for file in one.files],
            "changes": differences(before.text, one.text) if before and before.text != one.text else (),
        }
        for before, one in zip((None, *sent), sent, strict=False)
    ][::-1]


def over(
    request: Request, token: str, assignment: Assignment, form: Form[Any], *, status: int, refused: str = ""
) -> Response:
    """What became of the unit's part, and what was typed, so that it can be copied."""
    locale, off = web(request).locale(request), assignment.state in OFF
    withdrawing = "withdrawn_by" in form.values
    answer = assignment.answer
    return render(
        request,
        "over.html",
        assignment=assignment,
        refused=refused,
        submitted=[] if withdrawing else _submitted(form.values),
        form=form if withdrawing else Form(),
        url=f"/a/{token}",
        replies=[] if off and not assignment.replies else _versions(locale, token, assignment),
        answer_files=[_listed(locale, token, file) for file in answer.files] if answer else [],
        ours=DEFAULT,
        status=410 if off else status,
    )


def refused_page(
    request: Request,
    token: str,
    assignment: Assignment,
    now: datetime,
    form: Form[Any],
    refused: Refused | Overtaken | Unrevised,
    files: Attached | None = None,
) -> Response:
    """Say why it was not done, and keep what was typed."""
    if isinstance(refused, Refused) and assignment.writable:
        return show(request, token, assignment, now, with_error(form, refused, request), files=files, status=409)
    if isinstance(refused, Refused):
        told = web(request).locale(request).gettext(str(refused))
        return over(request, token, assignment, form, status=409, refused=told)
    overtaken = isinstance(refused, Overtaken)
    again = with_error(form, refused, request)
    status = 409 if overtaken else 422
    return show(request, token, assignment, now, again, status=status, overtaken=overtaken, files=files)


def promise(request: Request, day: date | None) -> datetime | None:
    """The last moment of the day by which it will be done."""
    return last_moment(day, web(request).locale(request).zone) if day else None


def unsaved(request: Request, form: Form[DraftForm], *, overtaken: bool = False) -> Response:
    """Why a draft was not saved, in a sentence that the script shows; 409 when somebody else has saved one."""
    sentence = next(iter(form.errors.values()))
    if "check" in form.errors:
        sentence = web(request).locale(request).gettext(UNPROVED_DRAFT)
    return PlainTextResponse(sentence, 409 if overtaken else 422)


def _submitted(values: Mapping[str, Any]) -> list[str]:
    names = ("text", "reason", "suggested_unit", "by", "declined_by", "extension_reason", "extension_by", *TYPED)
    return [str(values[name]) for name in names if values.get(name)]
