"""A person's data is corrected, in all confirmed messages."""

from collections.abc import Collection, Mapping
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.correcting import DETAILS, in_common
from services.router.cases.domain.restriction import reads
from services.router.cases.pages.outcome import fingerprint
from services.router.records.domain.candidates import Candidate, Group, confirmed
from services.router.records.domain.requests import NOTHING_CONFIRMED, PersonRequest, corrected
from services.router.records.forms import CorrectionForm
from services.router.records.pages.person_rows import RowMaker
from services.router.records.pages.request_page import Pages, Protector, RequestPages
from shared.refused import Refused
from shared.state import Person
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other

page = APIRouter(route_class=Page, tags=["pages"])
CLEARED = "Something that stands in these messages was left empty. Please enter it, or tick that it is deleted."
CHANGED = "Somebody has corrected one of these messages since this page was shown. Please look at them again."
NOTHING_GIVEN = "Please enter what is right, or tick what is deleted."
NONE_LEFT = (
    "None of the confirmed messages can be corrected: they were erased or made anonymous, or only others may read them."
)


class Cleared(Refused):
    """What stood in the form was taken out, and nobody has said that it shall be deleted."""

    field = "deletes"


@page.get("/privacy/{request_id}/correction")
async def show_correction(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """The form with what all messages say, or with what the person gave where a message says something.

    What stands in none of them is empty: who wrote without a name does not get one by a correction of the address.
    """
    asked = await pages.read(request_id, officer)
    cases = await pages.cases(_messages(asked))
    named = _named(officer, cases)
    said = {name for name in DETAILS if any(getattr(case.submitter, name) for case in named.values())}
    values = in_common(named.values()).model_dump() | asked.known.model_dump(include=said, exclude_none=True)
    return await _correction(request, pages, officer, asked, cases, Form(values=values))


@page.post("/privacy/{request_id}/correction")
async def post_correction(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """Correct all confirmed messages. Each case is a write of its own; sent again after a crash, it does the rest."""
    form, asked = await read(CorrectionForm, request), await pages.read(request_id, officer)
    cases = await pages.cases(_messages(asked))
    named = _named(officer, cases)
    if form.errors:
        return await _correction(request, pages, officer, asked, cases, form, status=422)
    person = Person(**form.value.model_dump(include={*DETAILS}))
    fields = tuple(name for name in DETAILS if getattr(person, name) or name in form.value.deletes)
    try:
        _require_said(asked, named, fields)
        if form.value.before and _marks(named.values()) - {*form.value.before} - _marks_of(person):
            raise Refused(CHANGED)
        about: dict[str, Any] = {"person": person, "fields": fields, "message_ids": tuple(named)}
        done, announcing = corrected(asked, **about, by=officer, now=pages.now)
    except Refused as refused:
        return await _correction(request, pages, officer, asked, cases, with_error(form, refused, request), status=409)
    for case_id in named:
        await pages.persons.correct(case_id, person, fields=fields, by=officer, now=pages.now)
    await pages.requests.save(done, announcing=announcing)
    return see_other(f"/privacy/{request_id}?done=corrected#steps")


def _messages(asked: PersonRequest) -> list[Candidate]:
    """What is confirmed as written by the person."""
    return [one for one in confirmed(asked) if one.group is Group.MESSAGE]


def _named(officer: Officer, cases: Mapping[str, Case]) -> dict[str, Case]:
    """Those that this officer may read and that say who wrote them: none that was erased or made anonymous."""
    return {case.id: case for case in cases.values() if reads(officer, case) and case.anonymised_at is None}


def _marks(cases: Collection[Case]) -> set[str]:
    """A mark for each value that stands in these cases; not the value, which is no field of the form."""
    return {mark for case in cases for mark in _marks_of(case.submitter)}


def _marks_of(person: Person) -> set[str]:
    return {fingerprint(f"{name} {getattr(person, name) or ''}") for name in DETAILS}


def _require_said(asked: PersonRequest, cases: Mapping[str, Case], fields: Collection[str]) -> None:
    """Raises Refused when there is nothing to correct, or it is not said what becomes of what was left empty."""
    if not cases:
        raise Refused(NONE_LEFT if asked.confirmed else NOTHING_CONFIRMED)
    common = in_common(cases.values())
    if any(getattr(common, name) and name not in fields for name in DETAILS):
        raise Cleared(CLEARED)
    if not fields:
        raise Refused(NOTHING_GIVEN)


async def _correction(
    request: Request,
    pages: RequestPages,
    officer: Officer,
    asked: PersonRequest,
    cases: Mapping[str, Case],
    form: Form[Any],
    *,
    status: int = 200,
) -> Response:
    named = _named(officer, cases)
    ours = [one for one in _messages(asked) if one.message_id in named]
    rows = await RowMaker(pages.persons, officer, cases).rows(request, ours)
    unread = await pages.unreadable.among(request, officer, cases.values())
    shown = {"rows": rows, "unread": unread, "before": sorted(_marks(named.values()))}
    return render(request, "person_correction.html", asked=asked, form=form, **shown, status=status)
