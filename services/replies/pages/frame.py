"""What the pages of one assignment have in common: the form that was sent, and the page that shows it again."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from secrets import token_urlsafe
from typing import Annotated, Any, TypeVar

from fastapi import Depends, Request
from pydantic import BaseModel
from starlette.responses import PlainTextResponse, Response

from services.replies.domain.assignment import OFF, Assignment, AssignmentState
from services.replies.domain.handing_on import holder_of
from services.replies.domain.links import hash_token
from services.replies.domain.writing import Overtaken, Refused, Unrevised, proves
from services.replies.forms import UNPROVED, UNPROVED_DRAFT, DraftForm
from services.replies.pages.beside import TYPED, beside, forms, of_reply
from services.replies.pages.files import AttachedFiles, Known
from shared.days import day_of, last_moment
from shared.differences import differences
from shared.events import AssignmentViewed, Event
from shared.files.attached import Attached
from shared.state import KeptFile
from shared.web.csrf import bind
from shared.web.due import time_left
from shared.web.forms import Form, read, with_error
from shared.web.i18n import DEFAULT, Locale
from shared.web.kept_files import listed
from shared.web.pages import render, see_other, web
from shared.web.provided import Now

M = TypeVar("M", bound=BaseModel)
CHECKS = (
    *("check", "decline_check", "extension_check", "withdrawal_check"),
    *("colleague_check", "back_check", "question_check", "interim_check"),
)
AFTER_ITS_SCAN = "Opens as soon as it was scanned for viruses"


class Opened:
    """What the pages of one link work with: the request, its link, the files of the reply, and the clock.

    It is a dependency: a page that takes a form has it in its signature, before anything reads the form.
    """

    def __init__(self, request: Request, token: str, assignments: Known, files: AttachedFiles, now: Now) -> None:
        self.request, self.token, self.files, self.now = request, token, files, now
        self._assignments = assignments

    async def read(self, model: type[M]) -> tuple[Form[M], Assignment]:
        """The submitted form, and the assignment behind the link; an error unless a person typed the check.

        Raises NotFound.
        """
        bind(self.request, hash_token(self.token))
        form, assignment = await read(model, self.request), await self._assignments.by_token(self.token)
        name = next(name for name in CHECKS if name in model.model_fields)
        if not proves(assignment, str(form.values.get(name, ""))):
            sentence = self.said(UNPROVED) % {"check": assignment.check}
            form.errors = {name: sentence} | {field: said for field, said in form.errors.items() if field != name}
        return form, assignment

    async def save(self, assignment: Assignment, announcing: Sequence[Event]) -> Assignment:
        """Keep what a page has changed. What tells the desk nothing is a draft."""
        if all(isinstance(event, AssignmentViewed) for event in announcing):
            await self._assignments.record("reply.drafted", assignment)
        return await self._assignments.save(assignment, announcing=announcing)

    async def done(self, assignment: Assignment, announcing: Sequence[Event], at: str = "") -> Response:
        """Keep what a form has changed, and go back to the page, to the place ``at``."""
        if announcing:
            await self.save(assignment, announcing)
        return see_other(f"/a/{self.token}{at}")

    def show(self, assignment: Assignment, form: Form[Any], *, status: int = 422, mine: str = "") -> Response:
        """The page with what was typed (``show``)."""
        return show(self.request, self.token, assignment, self.now, form, files=self.files, status=status, mine=mine)

    def refused(self, assignment: Assignment, form: Form[Any], refused: Refused | Overtaken | Unrevised) -> Response:
        """Say why it was not done, and keep what was typed."""
        if isinstance(refused, Refused) and not assignment.writable:
            return over(self.request, self.token, assignment, form, status=409, refused=self.said(str(refused)))
        return show(
            self.request,
            self.token,
            assignment,
            self.now,
            with_error(form, refused, self.request),
            files=self.files,
            status=422 if isinstance(refused, Unrevised) else 409,
            overtaken=isinstance(refused, Overtaken),
        )

    def said(self, sentence: str) -> str:
        """A sentence (a msgid) in the language of the request."""
        return web(self.request).locale(self.request).gettext(sentence)


Link = Annotated[Opened, Depends()]


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
    waiting: int = 0,
) -> Response:
    """The forms with what was typed, while the unit may write; afterwards what was sent.

    A form that was ``overtaken`` may be sent again: it knows from now on what the others wrote, which is shown beside.
    ``mine``: what the person had typed before they took the text of somebody else. ``waiting``: how many other
    messages await a reply of the unit, once this one does not.
    """
    if not assignment.writable:
        return over(request, token, assignment, form or Form(), status=status, waiting=waiting)
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
    request: Request,
    token: str,
    assignment: Assignment,
    form: Form[Any],
    *,
    status: int,
    refused: str = "",
    waiting: int = 0,
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
        waiting=0 if assignment.held_by else waiting,
        submitted=[] if withdrawing else _submitted(form.values),
        form=form if withdrawing else Form(),
        url=f"/a/{token}",
        replies=[] if off and not assignment.replies else _versions(locale, token, assignment),
        answer_files=[_listed(locale, token, file) for file in answer.files] if answer else [],
        ours=DEFAULT,
        status=410 if off else status,
    )


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
