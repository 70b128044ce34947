"""One act on many cases: exact, nothing half done, one undo."""

import asyncio
import re
from datetime import timedelta
from functools import partial
from typing import Any

import pytest

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.bulk import Outcome, What, plan
from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Restriction
from services.router.cases.domain.release import draft
from services.router.cases.domain.states import CaseState, Priority
from services.router.cases.domain.work import assign, set_priority
from services.router.cases.store.bulks import AT_THE_SAME_TIME, LEFT_BEHIND, Bulks
from services.router.cases.store.cases import Cases
from shared.documents import Database
from shared.retrying import on_conflict
from shared.scheduled import act_on_due
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import kept, log_in, shown

BY = example.officer(id="o1", name="Ayşe Yılmaz")
OTHER = example.officer(id="o2", name="Mert Demir")
CLOSE = {"reason": "inadmissible", "explanations": {"tr": "Kapatıldı."}, "told_units": "Kabul edilemez"}


async def begun(
    database: Database, cases: list[Case], what: What, values: dict[str, Any] | None = None
) -> tuple[Bulks, Any]:
    bulks = Bulks(database, Cases(database))
    revisions = {case.id: case.revision for case in cases}
    return bulks, await bulks.begin(plan("b1", what, values or {}, revisions, BY, example.NOW))


async def test_many_cases_are_assigned_while_others_change_them_and_the_undo_restores_what_was_not_changed_since(
    database: Database,
) -> None:
    store = Cases(database)
    cases = [example.case(reference=f"26-{number:04}-AA") for number in range(500)]
    for first in range(0, 500, 50):
        await asyncio.gather(*(store.add(case) for case in cases[first : first + 50]))

    async def colleague(case: Case) -> None:
        async def change() -> None:
            read = await store.get(case.id)
            await store.save(assign(read, OTHER.id, OTHER.name, OTHER, example.NOW + timedelta(seconds=1)))

        await on_conflict(change)

    async def colleagues() -> None:
        for case in cases[::10]:
            await colleague(case)

    (bulks, bulk), _ = await asyncio.gather(
        begun(database, cases, What.ASSIGN, {"officer": BY.id, "name": BY.name}), colleagues()
    )
    assert len(bulk.items) == len(bulk.of(Outcome.DONE)) + len(bulk.of(Outcome.CHANGED_MEANWHILE)) == 500
    for item in bulk.items:
        case = await store.get(item.id)
        claims = [entry.what for entry in case.timeline if entry.actor == BY.actor]
        assert claims == (["claimed"] if item.outcome == Outcome.DONE else []), "once, or not at all"
    bulk = await bulks.undo(bulk, example.NOW + timedelta(minutes=1))
    changed_since = 0
    for item in bulk.of(Outcome.DONE):
        case = await store.get(item.id)
        by_other = any(entry.actor == OTHER.actor for entry in case.timeline)
        changed_since += by_other
        assert case.officer == (OTHER.id if by_other else None)
        assert (item.undone == Outcome.DONE) is not by_other
    assert len(bulk.of(Outcome.CHANGED_MEANWHILE)) + changed_since == 50


async def test_an_act_whose_process_died_is_ended_by_the_job_and_changes_each_case_once(database: Database) -> None:
    store, cases = Cases(database), [example.case() for _ in range(AT_THE_SAME_TIME + 2)]
    for case in cases:
        await store.add(case)
    bulks, bulk = await begun(database, cases[:1], What.PRIORITY, {"priority": "high"})
    died = plan("b2", What.PRIORITY, {"priority": "high"}, {c.id: 0 for c in cases}, BY, example.NOW)
    await bulks.add(
        died.model_copy(
            update={
                "items": tuple(
                    item.model_copy(update={"before": {"priority": None}, "after": {"priority": "high"}})
                    for item in died.items
                )
            }
        )
    )
    query = partial(_left, example.NOW)
    await act_on_due(bulks, query, lambda bulk_id, now: _end(bulks, bulk_id))
    ended = await bulks.get("b2")
    assert len(ended.of(Outcome.DONE)) == len(cases)
    for case in cases:
        read = await store.get(case.id)
        assert (read.priority, read.revision) == (Priority.HIGH, 1)
    assert bulk.done_at is not None


def _left(at: Any, now: Any) -> dict[str, Any]:
    return {"done_at": None, "at": {"$lt": at + LEFT_BEHIND}}


async def _end(bulks: Bulks, bulk_id: str) -> None:
    await bulks.end(bulk_id)


@pytest.mark.parametrize(
    ("what", "values", "case"),
    [
        (What.PRIORITY, {"priority": "urgent"}, example.case(priority=Priority.LOW)),
        (What.ASSIGN, {"officer": "", "name": ""}, example.case(officer="o2")),
        (What.SPAM, {}, example.case(doubts=("no_proof",), trusted_at=example.NOW)),
        (What.WANTED, {}, example.case(doubts=("link",))),
    ],
)
async def test_an_undo_restores_the_values_before(
    database: Database, what: What, values: dict[str, Any], case: Case
) -> None:
    await Cases(database).add(case)
    bulks, bulk = await begun(database, [case], what, values)
    assert len(bulk.of(Outcome.DONE)) == 1
    changed = await Cases(database).get(case.id)
    fields = ("priority", "officer", "release", "doubts", "trusted_at")
    assert any(getattr(changed, name) != getattr(case, name) for name in fields)
    await bulks.undo(bulk, example.NOW)
    restored = await Cases(database).get(case.id)
    assert {name: getattr(restored, name) for name in fields} == {name: getattr(case, name) for name in fields}


async def test_the_undo_of_closings_keeps_their_text_as_the_draft_and_may_run_twice(database: Database) -> None:
    case = await kept(database, example.case())
    bulks, bulk = await begun(database, [case], What.CLOSE, CLOSE)
    assert (await Cases(database).get(case.id)).held
    undone = await bulks.undo(bulk, example.NOW)
    restored = await Cases(database).get(case.id)
    assert (restored.held, restored.state, draft(restored, "closure", "explanation")) == (
        None,
        case.state,
        "Kapatıldı.",
    )
    assert (restored.release and restored.release.ended, restored.timeline[-1].what) == ("taken_back", "taken_back")
    again = await bulks.save(undone.model_copy(update={"undone_at": None}))
    assert [item.undone for item in (await bulks.end(again.id)).items] == [Outcome.DONE]
    assert (await Cases(database).get(case.id)).revision == restored.revision


async def test_a_case_that_has_changed_meanwhile_or_may_not_be_read_is_left_out(database: Database) -> None:
    changed = await kept(database, example.case())
    await Cases(database).save(assign(changed, OTHER.id, OTHER.name, OTHER, example.NOW))
    hidden = Restriction(why="health", to=(OTHER.id,), at=example.NOW)
    restricted = await kept(database, example.case(restriction=hidden))
    closed = await kept(database, example.case(state=CaseState.CLOSED))
    _, bulk = await begun(database, [changed, restricted, closed], What.CLOSE, CLOSE)
    assert [item.outcome for item in bulk.items] == [Outcome.CHANGED_MEANWHILE, Outcome.GONE, Outcome.REFUSED]
    assert (await Cases(database).get(changed.id)).release is None
    assert bulk.items[1].reference == ""


async def test_what_was_changed_since_is_not_undone(database: Database) -> None:
    case = await kept(database, example.case())
    bulks, bulk = await begun(database, [case], What.PRIORITY, {"priority": "high"})
    read = await Cases(database).get(case.id)
    await Cases(database).save(set_priority(read, Priority.LOW, OTHER, example.NOW))
    undone = await bulks.undo(bulk, example.NOW)
    assert [item.undone for item in undone.items] == [Outcome.CHANGED_MEANWHILE]
    assert (await Cases(database).get(case.id)).priority == Priority.LOW


async def test_an_officer_assigns_a_whole_list_and_takes_it_back(officer: Browser, database: Database) -> None:
    cases = [await kept(database, example.case(kind=kind)) for kind in ("complaint", "complaint", "request")]
    me = await database["accounts"].find_one({})
    assert me
    await officer.open("/?view=new&kind=complaint")
    page = await officer.submit("/bulk", what="assign", everything="yes", officer=me["_id"])
    assert f"Assigned to {me['name']}: 2" in page
    assert [c.officer for c in [await Cases(database).get(case.id) for case in cases]] == [me["_id"], me["_id"], None]
    assert "Mine 2" in await officer.open("/")
    bulk = await database["bulks"].find_one({})
    assert bulk
    await officer.open(f"/bulk/{bulk['_id']}")
    assert "Taken back: 2" in await officer.submit(f"/bulk/{bulk['_id']}/undo")
    assert {(await Cases(database).get(case.id)).officer for case in cases} == {None}


async def test_a_case_that_was_left_out_is_named(officer: Browser, database: Database) -> None:
    case, other = await kept(database, example.case()), await kept(database, example.case())
    await officer.open("/")
    await Cases(database).save(assign(case, OTHER.id, OTHER.name, OTHER, example.NOW))
    page = await officer.submit("/bulk", what="priority", priority="high", cases=[f"{case.id}:0", f"{other.id}:0"])
    assert "Left out" in page
    assert f"{case.reference} – It has changed meanwhile." in re.sub(r"\s+", " ", page)
    assert other.reference not in page


@pytest.mark.parametrize(
    "fields",
    [
        {"what": "assign", "officer": "nobody-known"},
        {"what": "priority", "priority": "x"},
        {"what": "close", "reason": ""},
        {"what": "close", "reason": "answered"},
        {"what": "spam", "cases": []},
        {"what": "spam", "cases": ["x", ":1", "x:y"]},
    ],
)
async def test_a_bulk_form_without_sense_changes_nothing(
    officer: Browser, database: Database, fields: dict[str, Any]
) -> None:
    case = await kept(database, example.case())
    await officer.open("/")
    answer = await officer.send("/bulk", **({"cases": [f"{case.id}:0"]} | fields))
    assert (answer.status_code, "Nothing was changed." in shown(answer)) == (409, True)
    assert (await Cases(database).get(case.id)).revision == 0


async def test_who_forgets_the_reason_keeps_what_was_chosen(officer: Browser, database: Database) -> None:
    cases = [await kept(database, example.case(subject=subject)) for subject in ("Bir", "İki", "Üç")]
    first, second, third = sorted(cases, key=lambda case: case.id)
    await officer.open("/?view=new&kind=complaint")
    chosen = [f"{case.id}:{case.revision}" for case in (first, third)]
    answer = await officer.send("/bulk", what="close", reason="", priority="urgent", cases=chosen)
    assert "Please choose a reason." in shown(answer)
    assert second.id not in answer.text
    fields = officer.form("/bulk").fields
    assert fields["cases"] == chosen
    assert '<option value="urgent" selected>' in answer.text
    assert fields["came_from"] == ["view=new&kind=complaint"]
    assert "Closed (No action needed): 2" in await officer.submit("/bulk", what="close", reason="no_action_needed")
    held = [(await Cases(database).get(case.id)).held is not None for case in (first, second, third)]
    assert held == [True, False, True]


async def test_what_was_chosen_is_done_as_it_was_seen(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    await officer.open("/")
    await officer.send("/bulk", what="close", reason="", cases=[f"{case.id}:0"])
    await Cases(database).save(assign(case, OTHER.id, OTHER.name, OTHER, example.NOW))
    await officer.send("/bulk", what="close", reason="")
    assert "It has changed meanwhile." in await officer.submit("/bulk", what="close", reason="spam")


async def test_a_restricted_case_that_was_chosen_is_not_shown(officer: Browser, database: Database) -> None:
    hidden = Restriction(why="health", to=(OTHER.id,), at=example.NOW)
    secret = await kept(database, example.case(restriction=hidden))
    await kept(database, example.case())
    await officer.open("/")
    answer = await officer.send("/bulk", what="close", reason="", cases=[f"{secret.id}:0"])
    assert (answer.status_code, secret.reference in answer.text) == (409, False)


@pytest.mark.parametrize(
    ("seconds", "said"), [(90.0, "It can be taken back for 90 seconds."), (0.0, "Closed (Unwanted message): 1")]
)
async def test_closings_can_be_taken_back_for_as_long_as_the_setting_says(
    make: Make, visit: Visit, database: Database, seconds: float, said: str
) -> None:
    officer = await log_in(visit(make("router", undo_seconds=seconds), language="en"), database)
    case = await kept(database, example.case())
    await officer.open("/")
    page = await officer.submit("/bulk", what="close", reason="spam", cases=[f"{case.id}:0"])
    assert said in page
    assert ("Undo" in page) is bool(seconds)


async def test_nobody_sees_or_undoes_the_act_of_a_colleague(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    _, bulk = await begun(database, [case], What.PRIORITY, {"priority": "high"})
    assert (await officer.client.get(f"/bulk/{bulk.id}")).status_code == 404
    await log_in(officer, database, role=Role.SUPERVISOR)
    assert (await officer.client.get(f"/bulk/{bulk.id}")).status_code == 404


async def test_a_case_is_not_given_back_to_somebody_who_may_not_read_it_any_more(database: Database) -> None:
    case = await kept(database, example.case(officer=OTHER.id))
    bulks, bulk = await begun(database, [case], What.ASSIGN, {"officer": BY.id, "name": BY.name})
    read = await Cases(database).get(case.id)
    only = Restriction(why="health", to=(BY.id,), at=example.NOW)
    await Cases(database).save(read.model_copy(update={"restriction": only}))
    undone = await bulks.undo(bulk, example.NOW)
    assert [item.undone for item in undone.items] == [Outcome.CHANGED_MEANWHILE]
    assert (await Cases(database).get(case.id)).officer == BY.id
