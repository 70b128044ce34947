"""One answer for several cases about the same thing: each writer gets a letter of their own."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
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


@dataclass(frozen=True)
class Answering:
    """One answer for several cases. ``undo``: for how long it can be taken back in each."""

    answer: str
    undo: timedelta
    four_eyes: bool
    by: Officer
    now: datetime

    def of(self, case: Case) -> tuple[Case, list[Event]]:
        """The case with this answer. Raises Refused."""
        payload = {"answer": self.answer, "versions": sorted(pending_versions(case)), "waived_because": ""}
        until = self.now + self.undo
        return answer_sent(case, payload, at=until, four_eyes=self.four_eyes, by=self.by, now=self.now)


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
    """Answer each chosen case. One that has changed, or that cannot be answered now, is left out and named.

    Each can be taken back, or waits for a colleague, as any other answer.
    """
    form, case = await read(TogetherForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    if form.errors:
        return _together(request, case, await _offered(officer, case, related, similar), form, status=422)
    answering = Answering(form.value.answer, timedelta(seconds=settings.undo_seconds), settings.four_eyes, officer, now)
    left: list[LeftOut] = []
    for one, revision in form.value.chosen:
        if refused := await _answer(cases, answering, one, revision):
            left.append(_in_words(request, one, refused))
    if not left:
        waits = settings.undo_seconds or settings.four_eyes
        return done(request, case, "waiting_together" if waits else "answered_together")
    form.values["cases"] = []
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    offered = await _offered(officer, case, related, similar)
    return _together(request, case, offered, form, left=left, answered=len(form.value.chosen) - len(left), status=409)


async def _answer(cases: Cases, answering: Answering, case_id: str, revision: int) -> tuple[str, str] | None:
    """Answer one case; its reference and the reason (a msgid), if it was left out."""
    reference = ""
    try:
        case = await cases.get_for(answering.by, case_id, Action.REVIEW)
        reference = case.reference
        unchanged_since(case, revision)
        answered, announcing = answering.of(case)
        await cases.save(answered, announcing=announcing)
    except NotFound:
        return reference, GONE
    except Conflict:
        return reference, CHANGED
    except Refused as refused:
        return reference, str(refused)
    return None


def _in_words(request: Request, case_id: str, refused: tuple[str, str]) -> LeftOut:
    return LeftOut(case_id, refused[0], web(request).locale(request).gettext(refused[1]))


async def _offered(officer: Officer, case: Case, related: Related, similar: Similar) -> list[RelatedCase]:
    """The similar and the linked cases that are open and not merged."""
    found = await relations_of(officer, case, related, similar)
    return [row for row in (*found.linked, *found.similar) if row.merge is None and row.state not in FINISHED]


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
    own = [] if case.finished or case.merge else [case]
    shown: dict[str, Any] = {"offered": [*own, *offered], "left": left, "answered": answered}
    return render(request, "together.html", case=case, form=form, labels=labels(request), status=status, **shown)
