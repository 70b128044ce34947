"""Reminders and escalation on the desk: who is told of what, once, however many processes look."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.router.access import Role
from services.router.accounts.domain import Account
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Merge, Restriction
from services.router.cases.domain.states import AssignmentState
from services.router.cases.handlers import ReminderHandlers
from services.router.cases.jobs.reminders import ReminderJob
from services.router.cases.store.cases import Cases
from services.router.cases.store.reminders import Reminders, WaitingCases
from services.router.deadlines.domain.calendar import Calendar
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.domain.reminders import ReminderRules
from services.router.directory.store import Snapshots, Units
from shared.documents import Database
from shared.events import DueAssignment, DueCase, OfficerReminded, UnitReminderRequested
from shared.seal import Seal
from shared.state import UnitRef
from tests import examples as example
from tests.router.desk import QUICK, directory, kept

MORNING = example.NOW
"""A Monday, half past twelve where the institution is."""
DAY = timedelta(days=1)
DEADLINES = Deadlines(calendar=Calendar())


def job(database: Database, now: datetime = MORNING) -> ReminderJob:
    """The job of one process, with a fixed clock."""
    given: dict[str, Any] = {"seal": Seal(example.SECRET), "on_outbox": database.on_outbox}
    own = Database(database.mongodb, source="router", clock=lambda: now, **given)
    snapshots = Snapshots(own, units := Units(own))
    stores = (Reminders(own), WaitingCases(Cases(own)), units, snapshots, Accounts(own))
    return ReminderJob(*stores, deadlines=lambda: DEADLINES, rules=ReminderRules)


async def look(database: Database, *times: datetime) -> None:
    for now in times:
        await job(database, now).run()


async def letters(database: Database) -> list[dict[str, Any]]:
    """The data of all events that reminders have owed, each with its type."""
    found = [entry async for told in database["reminders"].find() for entry in told["outbox"]]
    return [
        {"type": entry["type"], **example.unpublished_data(entry)} for entry in sorted(found, key=lambda e: e["at"])
    ]


async def to(database: Database) -> Counter[str]:
    """How many letters each recipient got."""
    return Counter(one.get("role") or one["email"] for one in await letters(database))


def late_case(*units: UnitRef, due_at: datetime = MORNING - DAY, **different: Any) -> Case:
    """A case whose units, the library or these, have not replied in time."""
    routed = example.routed_case(*units)
    asked = {"requested_at": due_at - 7 * DAY, "due_at": due_at, "clock": None}
    assignments = tuple(a.model_copy(update=asked) for a in routed.assignments)
    return routed.model_copy(update={"assignments": assignments} | different)


def with_state(state: AssignmentState, **different: Any) -> Case:
    """A late case whose assignment is in this state."""
    late = late_case()
    assignments = tuple(a.model_copy(update={"state": state} | different) for a in late.assignments)
    return late.model_copy(update={"assignments": assignments})


async def person(database: Database, role: Role, **different: Any) -> Account:
    given = {"id": f"id-{role}", "email": f"{role}@klu.example", "role": role, "password_hash": QUICK}
    account = example.account(**given | different)
    await Accounts(database).put(account)
    return account


async def test_thirty_assignments_are_one_letter_to_unit_head_and_supervisor(database: Database) -> None:
    await directory(database)
    await person(database, Role.SUPERVISOR)
    for _ in range(30):
        await kept(database, late_case())
    await look(database, MORNING, MORNING, MORNING + timedelta(hours=3))
    told = await letters(database)
    assert Counter((one["type"], one.get("role")) for one in told) == {
        ("unit.reminder_requested", "responsible"): 1,
        ("unit.reminder_requested", "head"): 1,
        ("officer.reminded", None): 1,
    }
    assert [len(one.get("assignments") or one["cases"]) for one in told] == [30, 30, 30]
    assert {one["cause"] for one in told} == {"overdue", "reminder"}


@pytest.mark.parametrize("replicas", [2, 4])
async def test_replicas_say_nothing_twice(database: Database, replicas: int) -> None:
    await directory(database)
    await person(database, Role.SUPERVISOR)
    for _ in range(3):
        await kept(database, late_case(example.LIBRARY, example.WORKS))
    await asyncio.gather(*(job(database).run() for _ in range(replicas)))
    assert await to(database) == {"responsible": 2, "head": 2, "supervisor@klu.example": 1}
    timetable = [MORNING + timedelta(hours=hours) for hours in (-30, 5, 24, -3, 48)]
    await asyncio.gather(*(look(database, *timetable) for _ in range(replicas)))
    assert await to(database) == {"responsible": 2, "head": 2, "supervisor@klu.example": 1}


async def test_a_week_without_the_router_is_one_letter(database: Database) -> None:
    await kept(database, late_case(due_at=MORNING + DAY))
    await look(database, MORNING, MORNING + 9 * DAY, MORNING + 9 * DAY, MORNING + 10 * DAY)
    told = [one for one in await letters(database) if one["role"] == "responsible"]
    assert [one["cause"] for one in told] == ["before", "overdue"]


async def test_the_head_is_told_of_what_is_overdue_alone(database: Database) -> None:
    await kept(database, late_case())
    await kept(database, late_case(due_at=MORNING + DAY))
    await look(database, MORNING)
    assert [(one["role"], len(one["assignments"])) for one in await letters(database)] == [
        ("responsible", 2),
        ("head", 1),
    ]


async def test_a_reminder_names_the_unit_as_the_directory_has_it_now(database: Database) -> None:
    moved = example.LIBRARY.model_copy(update={"email": "yeni@klu.example"})
    await directory(database, moved)
    await kept(database, late_case())
    await look(database, MORNING)
    requested = UnitReminderRequested.model_validate((await letters(database))[0])
    assert requested.unit.email == "yeni@klu.example"
    assert requested.contacts_version == 1
    assert requested.reminder_id == "unit.kddb.2026-11-23.responsible"


@pytest.mark.parametrize(
    "case",
    [
        with_state(AssignmentState.REPLIED),
        with_state(AssignmentState.ACCEPTED),
        with_state(AssignmentState.DECLINED),
        with_state(AssignmentState.RECALLED),
        with_state(AssignmentState.VIEWED, due_at=None),
        with_state(AssignmentState.VIEWED, reply_expected=False),
        late_case(state="closed"),
        late_case(merge=Merge(into="another", at=MORNING, by="Ayşe Yılmaz")),
    ],
    ids=["replied", "accepted", "declined", "recalled", "clock stands", "no reply expected", "closed", "merged"],
)
async def test_a_unit_that_need_not_reply_hears_nothing(database: Database, case: Case) -> None:
    await kept(database, case)
    await look(database, MORNING)
    assert not await letters(database)


@pytest.mark.parametrize("now", [MORNING + timedelta(hours=9), MORNING - 2 * DAY], ids=["night", "Saturday"])
async def test_nobody_is_reminded_at_night_or_on_a_day_off(database: Database, now: datetime) -> None:
    await kept(database, late_case(due_at=MORNING - 5 * DAY))
    await look(database, now)
    assert not await letters(database)


async def test_officers_and_supervisors_are_told_of_what_nobody_has_taken_for_a_working_day(
    database: Database,
) -> None:
    for role in (Role.OFFICER, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR):
        await person(database, role)
    await person(database, Role.OFFICER, id="gone", email="gone@klu.example", disabled=True)
    await kept(database, example.case())
    await kept(database, example.case(officer="id-officer"))
    await look(database, MORNING + timedelta(hours=2), MORNING + DAY)
    assert not await letters(database)
    await look(database, MORNING + 2 * DAY, MORNING + 3 * DAY)
    assert await to(database) == {"officer@klu.example": 1, "supervisor@klu.example": 1}
    reminded = [OfficerReminded.model_validate(one) for one in await letters(database)]
    assert {(len(one.cases), one.cases[0].cause) for one in reminded} == {(1, "untaken")}


async def test_without_officers_the_administrators_are_told(database: Database) -> None:
    await person(database, Role.ADMIN)
    await kept(database, late_case())
    await look(database, MORNING)
    assert (await to(database))["admin@klu.example"] == 1


async def test_nobody_is_told_of_a_restricted_case_that_they_may_not_read(database: Database) -> None:
    await person(database, Role.SUPERVISOR)
    restricted = Restriction(why="health", to=("somebody",), at=MORNING)
    await kept(database, late_case(restriction=restricted))
    await kept(database, late_case(restriction=restricted.model_copy(update={"to": ("id-supervisor",)})))
    await look(database, MORNING)
    (told,) = [one for one in await letters(database) if one["type"] == "officer.reminded"]
    assert len(told["cases"]) == 1


async def test_whoever_wants_a_digest_gets_all_that_waits_in_one_letter_a_day(database: Database) -> None:
    await person(database, Role.OFFICER, digest=True, language="en")
    for case in (example.case(), example.replied_case(), late_case(), late_case(due_at=MORNING + DAY)):
        await kept(database, case)
    day = [MORNING, MORNING + timedelta(hours=4)]
    await look(database, *day, *(time + DAY for time in day))
    told = [one for one in await letters(database) if one["type"] == "officer.reminded"]
    assert [(one["cause"], one["language"]) for one in told] == [("digest", "en")] * 2
    assert {one["cause"] for one in told[0]["cases"]} == {"untaken", "review", "overdue", "due_soon"}


async def test_a_digest_does_not_leave_before_its_hour(database: Database) -> None:
    await person(database, Role.OFFICER, digest=True)
    await kept(database, example.case())
    late = job(database)
    late._rules = lambda: ReminderRules(digest_hour=16)
    await late.run()
    assert not await letters(database)


def due_assignment(case: Case) -> DueAssignment:
    fields = {"reference": case.reference, "subject": case.subject, "due_at": MORNING}
    return DueAssignment(assignment_id=case.assignments[0].id, message_id=case.id, **fields)


def requested(cases: Sequence[Case], role: str = "responsible") -> UnitReminderRequested:
    return UnitReminderRequested(
        reminder_id="unit.kddb.2026-11-23",
        unit=example.LIBRARY,
        role=role,
        cause="overdue",
        assignments=tuple(due_assignment(case) for case in cases),
        requested_at=MORNING,
    )


def reminded(case: Case, cause: str, account: str = "a", *, letter: str = "reminder") -> OfficerReminded:
    return OfficerReminded(
        reminder_id=f"account.{account}.2026-11-23",
        account_id=account,
        email="hat@klu.example",
        name="Ayşe Yılmaz",
        cause=letter,
        cases=(DueCase(message_id=case.id, reference=case.reference, subject=case.subject, cause=cause),),
        reminded_at=MORNING,
    )


async def test_the_timelines_say_once_what_was_reminded_and_escalated(database: Database) -> None:
    late, replied = await kept(database, late_case()), await kept(database, with_state(AssignmentState.REPLIED))
    handlers = ReminderHandlers(Cases(database), lambda: DEADLINES)
    for _ in range(2):
        for role in ("responsible", "head"):
            event = example.sealed(requested([late, replied, example.routed_case()], role))
            await handlers.on_unit_reminder_requested(event)
        for account in ("a", "b"):
            for cause in ("overdue", "untaken", "review"):
                await handlers.on_officer_reminded(example.sealed(reminded(late, cause, account)))
    after = await Cases(database).get(late.id)
    new = [(entry.what, entry.unit) for entry in after.timeline[len(late.timeline) :]]
    assert sorted(new, key=str) == [
        ("head_told", "kddb"),
        ("supervisor_told", None),
        ("unit_reminded", "kddb"),
        ("untaken_told", None),
    ]
    assert (await Cases(database).get(replied.id)).timeline == replied.timeline


async def test_the_timeline_does_not_say_each_day_that_a_case_stood_in_a_digest(database: Database) -> None:
    late = await kept(database, late_case())
    handlers = ReminderHandlers(Cases(database), lambda: DEADLINES)
    await handlers.on_officer_reminded(example.sealed(reminded(late, "overdue", letter="digest")))
    assert (await Cases(database).get(late.id)).timeline == late.timeline


async def test_the_head_is_told_nothing_of_a_restricted_case(database: Database) -> None:
    await kept(database, late_case(restriction=Restriction(why="harassment", to=("somebody",), at=MORNING)))
    await look(database, MORNING)
    assert await to(database) == {"responsible": 1}
