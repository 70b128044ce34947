"""What is done about a person's data: given out, corrected, erased. Each step is recorded."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import AuditAction, Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.correcting import DETAILS, in_common
from services.router.cases.pages.outcome import fingerprint
from services.router.records.domain.candidates import Candidate, Group, confirmed, ids_of, mails_of
from services.router.records.domain.decisions import decide, for_all, possible, proposed
from services.router.records.domain.requests import (
    NOTHING_CONFIRMED,
    PersonRequest,
    Wish,
    ask_for_export,
    corrected,
    erase,
)
from services.router.records.forms import CorrectionForm, ErasureForm, StepForm
from services.router.records.pages.person_rows import DECISIONS, RowMaker, labels
from services.router.records.pages.requests import Pages, Protector, RequestPages
from services.router.records.pages.unread import NOT_ALL, Unread
from shared.files.giving import give
from shared.files.store import Files
from shared.person_exports import forget
from shared.refused import Refused
from shared.state import Person
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other
from shared.web.provided import provided

page = APIRouter(route_class=Page, tags=["pages"])
Kept = Annotated[Files, provided(Files)]
WRONG_REFERENCE = "This is not the reference of the request. It stands at the top of the page."


CLEARED = "Something that stands in these messages was left empty. Please enter it, or tick that it is deleted."
CHANGED = "Somebody has corrected one of these messages since this page was shown. Please look at them again."
NOTHING_GIVEN = "Please enter what is right, or tick what is deleted."
NONE_LEFT = (
    "None of the confirmed messages can be corrected: they were erased or made anonymous, or only others may read them."
)


class Cleared(Refused):
    """What stood in the form was taken out, and nobody has said that it shall be deleted."""

    field = "deletes"


class WrongReference(Refused):
    """What was typed is not the reference."""

    field = "reference"


@page.post("/privacy/{request_id}/export")
async def post_export(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """Have all services give out what is confirmed."""
    form, asked = await read(StepForm, request), await pages.read(request_id, officer)
    if form.errors:
        return await pages.show(request, asked, officer, form, status=422)
    ours = await _readable(pages, officer, asked)
    ids = {
        "message_ids": ids_of(ours, Group.MESSAGE),
        "mail_ids": mails_of(ours),
        "signatures": ids_of(ours, Group.SIGNATURE),
    }
    try:
        wanted, announcing = ask_for_export(asked, **ids, by=officer, now=pages.now)
    except Refused as refused:
        return await pages.show(request, asked, officer, with_error(form, refused, request), status=409)
    await pages.requests.save(wanted, announcing=announcing)
    return see_other(f"/privacy/{request_id}?done=export#export")


@page.get("/privacy/{request_id}/export")
async def show_export(request: Request, request_id: str, officer: Protector, pages: Pages, files: Kept) -> Response:
    """Download the bundle; the page of the request where there is none (any more), or not for this officer.

    That it was read is recorded.
    """
    asked = await pages.read(request_id, officer)
    export = asked.export
    stored = await files.find_one(export.file.id) if export and export.file and not export.over(pages.now) else None
    if stored is None or not await pages.may_have(asked, officer):
        return see_other(f"/privacy/{request_id}#export")
    read_it = AuditAction.EXPORT_READ
    await pages.audit.write(read_it, actor=officer.actor, object_kind="person_request", object_id=asked.id)
    return await give(request, files, stored)


@page.get("/privacy/{request_id}/correction")
async def show_correction(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """The form with what all messages say, or with what the person gave where a message says something.

    What stands in none of them is empty: who wrote without a name does not get one by a correction of the address.
    """
    asked = await pages.read(request_id, officer)
    cases = (await _named(pages, officer, asked)).values()
    said = {name for name in DETAILS if any(getattr(case.submitter, name) for case in cases)}
    values = in_common(cases).model_dump() | asked.known.model_dump(include=said, exclude_none=True)
    return await _correction(request, pages, officer, asked, Form(values=values))


@page.post("/privacy/{request_id}/correction")
async def post_correction(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """Correct all confirmed messages. Each case is a write of its own; sent again after a crash, it does the rest."""
    form, asked = await read(CorrectionForm, request), await pages.read(request_id, officer)
    if form.errors:
        return await _correction(request, pages, officer, asked, form, status=422)
    cases, person = await _named(pages, officer, asked), Person(**form.value.model_dump(include={*DETAILS}))
    fields = tuple(name for name in DETAILS if getattr(person, name) or name in form.value.deletes)
    try:
        _require_said(asked, cases, fields)
        if form.value.before and _marks(cases.values()) - {*form.value.before} - _marks_of(person):
            raise Refused(CHANGED)
        about: dict[str, Any] = {"person": person, "fields": fields, "message_ids": tuple(cases)}
        done, announcing = corrected(asked, **about, by=officer, now=pages.now)
    except Refused as refused:
        return await _correction(request, pages, officer, asked, with_error(form, refused, request), status=409)
    for case_id in cases:
        await pages.persons.correct(case_id, person, fields=fields, by=officer, now=pages.now)
    await pages.requests.save(done, announcing=announcing)
    return see_other(f"/privacy/{request_id}?done=corrected#steps")


@page.get("/privacy/{request_id}/erasure")
async def show_erasure(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """The form: one decision for each group."""
    asked = await pages.read(request_id, officer)
    return await _erasure(request, pages, officer, asked, Form(), {})


@page.post("/privacy/{request_id}/erasure")
async def post_erasure(request: Request, request_id: str, officer: Protector, pages: Pages, files: Kept) -> Response:
    """Decide what is erased. The export goes at once, as it has what is to be erased; the rest is ordered by a job."""
    form, asked = await read(ErasureForm, request), await pages.read(request_id, officer)
    decisions = dict(said.split("=", 1) for said in form.values.get("decisions", ()) if "=" in said)
    ours = await _readable(pages, officer, asked)
    decisions |= for_all(ours, str(form.values.get("everything") or ""))
    if form.errors:
        return await _erasure(request, pages, officer, asked, form, decisions, status=422)
    cases = await _cases(pages, ours)
    try:
        if form.value.reference.strip().upper() != asked.id:
            raise WrongReference(WRONG_REFERENCE)
        if (await _undecidable(request, pages, officer, asked)).cases:
            raise Refused(NOT_ALL)
        erasure = decide(ours, cases, decisions, rejected=asked.rejected, by=officer.actor, now=pages.now)
        decided, announcing = erase(asked, erasure, by=officer, now=pages.now)
    except Refused as refused:
        failed = with_error(form, refused, request)
        return await _erasure(request, pages, officer, asked, failed, decisions, status=409)
    await pages.requests.save(decided, announcing=announcing)
    await forget(files, asked.id)
    return see_other(f"/privacy/{request_id}?done=erasure#steps")


async def _readable(pages: RequestPages, officer: Officer, asked: PersonRequest) -> list[Candidate]:
    """What is confirmed, but for cases that were restricted since to people among whom this officer is not."""
    return await RowMaker(pages.persons, officer).readable(confirmed(asked))


async def _undecidable(request: Request, pages: RequestPages, officer: Officer, asked: PersonRequest) -> Unread:
    """What is confirmed and might be erased, and this officer may not read."""
    erasable = [one for one in confirmed(asked) if one.erasable]
    return await pages.unreadable.among(request, erasable, officer)


async def _named(pages: RequestPages, officer: Officer, asked: PersonRequest) -> dict[str, Case]:
    """The cases of the confirmed messages that say who wrote them: none that was erased or made anonymous."""
    cases = await pages.persons.cases(ids_of(await _readable(pages, officer, asked), Group.MESSAGE))
    return {case_id: case for case_id, case in cases.items() if case.anonymised_at is None}


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


async def _cases(pages: RequestPages, ours: list[Candidate]) -> dict[str, Case]:
    return await pages.persons.cases([one.message_id for one in ours if one.message_id])


async def _correction(
    request: Request,
    pages: RequestPages,
    officer: Officer,
    asked: PersonRequest,
    form: Form[Any],
    *,
    status: int = 200,
) -> Response:
    named = await _named(pages, officer, asked)
    ours = [one for one in confirmed(asked) if one.group is Group.MESSAGE and one.message_id in named]
    rows = await RowMaker(pages.persons, officer).rows(request, ours)
    of_messages = [one for one in confirmed(asked) if one.group is Group.MESSAGE]
    unread = await pages.unreadable.among(request, of_messages, officer)
    shown = {"rows": rows, "unread": unread, "before": sorted(_marks(named.values()))}
    return render(request, "person_correction.html", asked=asked, form=form, **shown, status=status)


async def _erasure(
    request: Request,
    pages: RequestPages,
    officer: Officer,
    asked: PersonRequest,
    form: Form[Any],
    decisions: dict[str, str],
    *,
    status: int = 200,
) -> Response:
    ours = [one for one in await _readable(pages, officer, asked) if one.erasable]
    cases, names = await _cases(pages, ours), labels(request, DECISIONS)
    form.values.pop("everything", None)  # it stands at each entry now
    wanted = Wish.ERASE in asked.wishes
    rows = [
        {
            "row": row,
            "chosen": decisions.get(one.key) or proposed(one, cases.get(one.message_id or ""), wanted=wanted),
            "options": [(said, names[said]) for said in possible(one)],
        }
        for one, row in zip(ours, await RowMaker(pages.persons, officer).rows(request, ours), strict=True)
    ]
    unread = await _undecidable(request, pages, officer, asked)
    told = {"asked": asked, "rows": rows, "unread": unread, "every": names}
    return render(request, "person_erasure.html", form=form, status=status, **told)
