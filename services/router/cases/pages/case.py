"""The page of one case, with the routing form."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from math import ceil
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action
from services.router.accounts.store import Accounts
from services.router.cases.domain.attention import INTERIM, NEWS, attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.copies import copy_of
from services.router.cases.domain.holds import release_at
from services.router.cases.domain.learning import about_a_person
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.promises import promise_of
from services.router.cases.domain.states import AssignmentState
from services.router.cases.domain.statutory import answer_due, informed_in_time
from services.router.cases.labels import due, files_listed, files_of, labels, timeline
from services.router.cases.pages import Reader
from services.router.cases.pages.asked import asked_now
from services.router.cases.pages.letter_rows import CaseLetters, Row
from services.router.cases.pages.outcome import confirmation, forget, list_address, remember
from services.router.cases.pages.related import Relations, relations_of
from services.router.cases.pages.templates import NONE, Texts, offered
from services.router.cases.store.cases import Cases
from services.router.cases.store.learned import Learned
from services.router.cases.store.related import Related
from services.router.cases.store.similar import Similar
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.pages import Days
from services.router.directory.domain import Unit
from services.router.directory.store import Units
from services.router.texts.domain.templates import Use
from services.router.texts.store import Templates
from shared.differences import Run, differences
from shared.kinds import Kind
from shared.refused import Refused
from shared.state import KeptFile
from shared.web.forms import Form
from shared.web.i18n import DEFAULT
from shared.web.pages import Page, not_found, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
NOTHING: Mapping[str, int] = {}


@page.get("/cases/{case_id}")
async def show_case(
    request: Request,
    case_id: str,
    officer: Reader,
    cases: Annotated[Cases, provided(Cases)],
    directory: Annotated[Units, provided(Units)],
    accounts: Annotated[Accounts, provided(Accounts)],
    learned: Annotated[Learned, provided(Learned)],
    templates: Annotated[Templates, provided(Templates)],
    deadlines: Days,
    related: Annotated[Related, provided(Related)],
    similar: Annotated[Similar, provided(Similar)],
    letters: Annotated[CaseLetters, Depends()],
    now: Now,
) -> Response:
    """Show a case."""
    case = await cases.get_for(officer, case_id, Action.READ_CASES)
    suggested = {found.unit: found.similar for found in await learned.suggestions(case)}
    relations = await relations_of(officer, case, related, similar)
    texts = await offered(request, templates, case, Use.NOTE, days=deadlines.unit_days)
    names = await accounts.names(case.officers)
    units = await directory.all(web(request).language(request))
    more: dict[str, Any] = {"similar": suggested, "texts": texts, "relations": relations}
    more["letters"] = await letters.of_case(request, case, units)
    return show(request, case, units, names, now=now, deadlines=deadlines, **more)


def show(
    request: Request,
    case: Case,
    units: list[Unit],
    names: Mapping[str, str],
    *,
    now: datetime,
    deadlines: Deadlines,
    form: Form[Any] | None = None,
    acts: Form[Any] | None = None,
    similar: Mapping[str, int] = NOTHING,
    texts: Texts = NONE,
    relations: Relations | None = None,
    letters: Sequence[Row] = (),
    status: int = 200,
) -> Response:
    """The page of a case, with the routing form as submitted. ``names`` has the officers' names by account id.

    ``acts`` is another form of the page, as submitted. ``similar`` has the number of similar cases that went to a unit,
    by its code.
    """
    busy = {a.unit.code for a in case.assignments if a.open or a in case.pending}
    suggested = [unit for unit in units if unit.id == case.suggested_unit]
    by_units = {a.suggested_code for a in case.current if a.state == AssignmentState.DECLINED and a.suggested_code}
    chosen_from = [unit for unit in units if unit.takes(case.kind) and unit.id not in busy]
    confirmed = confirmation(request)
    response = render(
        request,
        "case.html",
        case=case,
        units=sorted(
            chosen_from,
            key=lambda unit: (unit.id not in by_units, unit not in suggested, -similar.get(unit.id, 0)),
        ),
        by_units=by_units,
        similar=similar,
        suggested=suggested[0].address if suggested else None,
        files=files_of(request, case),
        unit_files={file["id"]: file for file in files_listed(request, case, _files_beside(case))},
        promise=case.promises[-1] if case.promises else None,
        promise_stands=promise_of(case) is not None,
        news=[mark for mark in attention(case) if mark in (*NEWS, INTERIM)],
        form=form or Form(values=fresh_routing(case) | {"note": texts.chosen or _not_done(request, case)}),
        acts=_with_defaults(case, acts or Form()),
        asked=asked_now(request, case, now),
        copied=differences(case.text, case.copy_for_units) if case.copy_for_units else (),
        submitted=frozenset(acts.values if acts else ()),
        names=names,
        officer=request.state.officer,
        texts=texts,
        assignments=[(a, due(request, a.due_at if a.awaited else None, now)) for a in case.assignments],
        entries=timeline(request, case, names, numbers=relations.numbers if relations else ()),
        law=due(request, answer_due(case, deadlines), now),
        met=informed_in_time(case, answer_due(case, deadlines)),
        confirmed=confirmed,
        seconds_left=seconds_left(case, now),
        came_from=list_address(request),
        edited=edited(case),
        relations=relations,
        letters=letters,
        labels=labels(request),
        status=status,
    )
    remember(request, response, case)
    return forget(response, case) if confirmed else response


def _not_done(request: Request, case: Case) -> str:
    """What a unit is told by default of a promise that was not kept, so that the case does not look new; or nothing.

    It quotes nobody: texts may name the person who wrote.
    """
    promise = case.promises[-1] if case.promises else None
    if promise is None or promise.kept is not False or case.answer is None or promise.answer_at != case.answer.at:
        return ""
    locale = web(request).locales[DEFAULT]
    days = {"answered": locale.date(promise.answer_at), "promised": locale.date(promise.promised_for)}
    said = locale.gettext(
        "This message was answered on %(answered)s: it was to be done by %(promised)s. The person who wrote says that "
        "it was not done."
    )
    return said % days


class CasePages:
    """What the page of a case is made from, for the forms on it."""

    def __init__(
        self,
        cases: Annotated[Cases, provided(Cases)],
        directory: Annotated[Units, provided(Units)],
        accounts: Annotated[Accounts, provided(Accounts)],
        deadlines: Days,
        letters: Annotated[CaseLetters, Depends()],
        now: Now,
    ) -> None:
        self.cases, self.directory, self.accounts, self.letters = cases, directory, accounts, letters
        self.deadlines, self.now = deadlines, now

    async def again(
        self, request: Request, case: Case, acts: Form[Any] | None = None, *, form: Form[Any] | None = None, status: int
    ) -> Response:
        """The page of the case, with a form of it as submitted, as in ``show``."""
        units = await self.directory.all(web(request).language(request))
        names = await self.accounts.names(case.officers)
        more: dict[str, Any] = {"now": self.now, "deadlines": self.deadlines, "form": form, "acts": acts}
        more["letters"] = await self.letters.of_case(request, case, units)
        return show(request, case, units, names, **more, status=status)


def seconds_left(case: Case, now: datetime) -> int | None:
    """For how long what is held can be taken back; None when nothing is, or it waits for a colleague."""
    at = release_at(case)
    return max(0, ceil((at - now).total_seconds())) if at else None


def edited(case: Case) -> Sequence[Run]:
    """What the officer changed in the units' words before the answer went out; empty when nothing."""
    answer = case.answer
    return differences(answer.drafted, answer.text) if answer and answer.drafted not in ("", answer.text) else ()


def fresh_routing(case: Case) -> dict[str, Any]:
    """The routing form as it is before anybody changes it: with all files that units may get."""
    shared = not case.hide_identity and case.kind != Kind.COMPLAINT and not about_a_person(case)
    files = [file.id for file in case.files if file.state != "infected"]
    return {
        "text": copy_of(case),
        "units": [],
        "note": "",
        "share_identity": "yes" if shared else "",
        "files": files,
    }


def _files_beside(case: Case) -> list[KeptFile]:
    """The files of units, and those that went with answers of other cases."""
    answers = (*case.earlier_answers, *((case.answer,) if case.answer else ()))
    return [*case.files_of_units, *(file for answer in answers for file in answer.files)]


def _with_defaults(case: Case, acts: Form[Any]) -> Form[Any]:
    """The other forms of the page: with what the case says, where nothing was submitted."""
    kept = {"priority": case.urgency, "kind": case.kind, "tags": ", ".join(case.tags)}
    return replace(acts, values=kept | acts.values)


def assignment_of(case: Case, assignment_id: str) -> Assignment:
    """The assignment of the case. Raises the 404 of ``not_found``."""
    try:
        return case.assignment(assignment_id)
    except Refused:
        raise not_found() from None
