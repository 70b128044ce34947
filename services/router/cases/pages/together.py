"""One answer for several cases about the same thing: each writer gets a letter of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import APPROVAL
from services.router.cases.domain.links import RelatedCase
from services.router.cases.domain.release import answer_sent
from services.router.cases.domain.review import composed, pending_versions
from services.router.cases.domain.states import FINISHED
from services.router.cases.forms import TogetherForm
from services.router.cases.labels import labels
from services.router.cases.pages import Reviewer
from services.router.cases.pages.outcome import done
from services.router.cases.pages.related import relations_of
from services.router.cases.store.cases import Cases
from services.router.cases.store.related import Related
from services.router.cases.store.similar import Similar
from services.router.config import Settings
from shared.documents import Conflict, NotFound
from shared.events import Event
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

CHANGED = "This case has changed meanwhile."
GONE = "There is no such case any more."
page = APIRouter(route_class=Page, tags=["pages"])


@dataclass(frozen=True)
class LeftOut:
    """A case that was not answered, and why (in words)."""

    case_id: str
    reference: str
    why: str


@page.get("/cases/{case_id}/together")
async def show_together(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    related: Annotated[Related, provided(Related)],
    similar: Annotated[Similar, provided(Similar)],
) -> Response:
    """Show the draft of the answer and the cases that may get it."""
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    offered = await _offered(officer, case, related, similar)
    return _together(request, case, offered, Form(values={"answer": composed(case)}))


@page.post("/cases/{case_id}/together")
async def post_together(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    related: Annotated[Related, provided(Related)],
    similar: Annotated[Similar, provided(Similar)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Answer each chosen case as its own review would: held for a while, or until a colleague approves it.

    One that has changed, or that cannot be answered now, is left out and named.
    """
    form, case = await read(TogetherForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    if form.errors:
        return _together(request, case, await _offered(officer, case, related, similar), form, status=422)
    left, answered = list[LeftOut](), list[Case]()
    for one, revision in form.value.chosen:
        outcome = await _answer(cases, officer, settings, one, revision, form.value.answer, now)
        if isinstance(outcome, Case):
            answered.append(outcome)
        else:
            left.append(_in_words(request, one, outcome))
    if not left:
        return done(request, case, _said(answered))
    form.values["cases"] = []
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    offered = await _offered(officer, case, related, similar)
    return _together(request, case, offered, form, left=left, answered=len(answered), status=409)


async def _answer(
    cases: Cases, officer: Officer, settings: Settings, case_id: str, revision: int, answer: str, now: datetime
) -> Case | tuple[str, str]:
    """Answer one case; its reference and the reason (a msgid), if it was left out."""
    reference = ""
    try:
        case = await cases.get_for(officer, case_id, Action.REVIEW)
        reference = case.reference
        unchanged_since(case, revision)
        answered, announcing = _answered(case, answer, officer, settings, now)
        return await cases.save(answered, announcing=announcing)
    except NotFound:
        return reference, GONE
    except Conflict:
        return reference, CHANGED
    except Refused as refused:
        return reference, str(refused)


def _answered(
    case: Case, answer: str, officer: Officer, settings: Settings, now: datetime
) -> tuple[Case, Sequence[Event]]:
    payload = {"answer": answer, "versions": sorted(pending_versions(case)), "waived_because": "", "checked": []}
    until = settings.undo_until(now)
    return answer_sent(case, payload, at=until, four_eyes=settings.four_eyes, by=officer, now=now)


def _said(answered: Sequence[Case]) -> str:
    """What is said about all of them (a key of DONE)."""
    held = {case.held.kind for case in answered if case.held}
    if APPROVAL in held:
        return "asked_together"
    return "held_together" if held else "answered_together"


def _in_words(request: Request, case_id: str, refused: tuple[str, str]) -> LeftOut:
    return LeftOut(case_id, refused[0], web(request).locale(request).gettext(refused[1]))


async def _offered(officer: Officer, case: Case, related: Related, similar: Similar) -> list[RelatedCase]:
    """The similar and the linked cases that are open and not merged, and of which nothing is held."""
    found = await relations_of(officer, case, related, similar)
    return [
        row
        for row in (*found.linked, *found.similar)
        if row.merge is None and row.state not in FINISHED and not _held(row)
    ]


def _held(row: RelatedCase) -> bool:
    return row.release is not None and row.release.ended is None


def _together(
    request: Request,
    case: Case,
    offered: Sequence[RelatedCase],
    form: Form[Any],
    *,
    left: Sequence[LeftOut] = (),
    answered: int = 0,
    status: int = 200,
) -> Response:
    own = [] if case.finished or case.merge or case.held else [case]
    shown: dict[str, Any] = {"offered": [*own, *offered], "left": left, "answered": answered}
    return render(request, "together.html", case=case, form=form, labels=labels(request), status=status, **shown)
