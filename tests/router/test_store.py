"""The router's documents on a real database."""

import asyncio
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.router.access import Action, Forbidden, Role
from services.router.accounts.domain import Session
from services.router.accounts.store import Accounts, Sessions
from services.router.cases.domain.case import Case, CaseRow
from services.router.cases.domain.lists import CaseFilter, Position, View
from services.router.cases.domain.routing import letter_sent
from services.router.cases.domain.states import AssignmentState, CaseState
from services.router.cases.store.cases import Cases
from services.router.cases.store.inbox import PER_PAGE, Inbox
from services.router.directory.domain.units import changed
from services.router.directory.store import Units
from services.router.records.domain import AuditAction, audit
from services.router.records.store import AuditLog
from shared.clock import utc_now
from shared.documents import Conflict, Database, NotFound
from shared.events import LetterSent
from shared.state import Actor
from tests import examples as example
from tests.newer import kept_through

UTC_ZONE = ZoneInfo("UTC")
PARKED = example.parked(example.sealed(example.message_submitted()))
BY = Actor(kind="system", id="command")


async def test_a_case_is_read_as_it_was_kept(database: Database) -> None:
    case = example.answered_case(example.LIBRARY, example.WORKS)
    await Cases(database).add(case)
    assert await Cases(database).get(case.id) == case


@pytest.mark.parametrize(("state", "first"), [(CaseState.NEW, 0), (CaseState.CLOSED, PER_PAGE + 1)])
async def test_work_comes_oldest_first_and_what_is_done_newest_first(
    database: Database, state: CaseState, first: int
) -> None:
    cases = Cases(database)
    await cases.prepare_lists()
    for number in range(PER_PAGE + 2):
        submitted_at = example.NOW + timedelta(minutes=number)
        await cases.add(example.case(state=state, subject=str(number), submitted_at=submitted_at))
    one = await Inbox(cases).page(CaseFilter(state))
    two = await Inbox(cases).page(CaseFilter(state, after=one.next))
    assert (len(one.cases), len(two.cases), one.previous, two.next) == (PER_PAGE, 2, None, None)
    assert one.cases[0].subject == str(first)
    assert len({case.id for case in one.cases + two.cases}) == PER_PAGE + 2
    assert (await Inbox(cases).page(CaseFilter(state, before=two.previous))).cases == one.cases


async def test_cases_that_leave_the_list_between_two_pages_hide_no_other(database: Database) -> None:
    cases = Cases(database)
    await cases.prepare_lists()
    kept = [example.case(subject=str(number)) for number in range(PER_PAGE + 5)]  # all at the same time
    for case in kept:
        await cases.add(case)
    one = await Inbox(cases).page(CaseFilter(CaseState.NEW))
    for summary in one.cases[:10] + one.cases[-1:]:
        await cases.save((await cases.get(summary.id)).model_copy(update={"state": CaseState.CLOSED}))
    two = await Inbox(cases).page(CaseFilter(CaseState.NEW, after=one.next))
    assert {case.id for case in one.cases + two.cases} == {case.id for case in kept}
    assert (await Inbox(cases).page(CaseFilter(CaseState.NEW, after=Position.of(two.cases[-1], 2)))).cases == ()


async def test_the_page_before_is_the_first_one_when_few_cases_are_left_before(database: Database) -> None:
    cases = Cases(database)
    await cases.prepare_lists()
    for number in range(PER_PAGE + 5):
        await cases.add(example.case(subject=str(number), submitted_at=example.NOW + timedelta(minutes=number)))
    one = await Inbox(cases).page(CaseFilter(CaseState.NEW))
    back = await Inbox(cases).page(CaseFilter(CaseState.NEW, before=Position.of(one.cases[3], 2)))
    assert (back.cases, back.previous) == (one.cases, None)


async def test_the_inbox_shows_what_the_case_says_and_reads_no_more_than_it_shows(database: Database) -> None:
    case = example.routed_case(example.LIBRARY, example.WORKS)
    await Cases(database).prepare_lists()
    await Cases(database).add(case)
    (row,) = (await Inbox(Cases(database)).page(CaseFilter(CaseState.ROUTED))).cases
    shown = {name: getattr(case, name) for name in ("id", "reference", "kind", "subject", "submitted_at", "due_at")}
    assert {name: getattr(row, name) for name in shown} == shown
    assert [(a.unit, a.state) for a in row.assignments] == [(a.unit, a.state) for a in case.assignments]
    assert (row.submitter.name, row.submitter.email, type(row)) == (case.submitter.name, None, CaseRow)


async def test_open_cases_are_counted_by_state_in_the_index_alone(database: Database) -> None:
    cases = Cases(database)
    await cases.prepare()
    for case in (example.case(), example.case(), example.routed_case(), example.answered_case()):
        await cases.add(case)
    await database.mongodb.command("profile", 2)
    assert await Inbox(cases).open_by_state() == {
        "new": 2,
        "in_review": 0,
        "awaiting_submitter": 0,
        "routed": 1,
        "reply_pending_review": 0,
    }
    assert await _looked_at(database) == 0


def due(days: float, **different: Any) -> Case:
    """A case whose unit has so many days left."""
    case = example.routed_case()
    changed = {"due_at": utc_now() + timedelta(days=days), **different}
    return case.model_copy(update={"assignments": tuple(a.model_copy(update=changed) for a in case.assignments)})


async def test_awaited_assignments_are_counted_by_their_clock_and_the_others_not_even_read(database: Database) -> None:
    cases = Cases(database)
    await cases.prepare()
    assert await Inbox(cases).by_clock(UTC_ZONE) == {"due_soon": 0, "overdue": 0}
    two_units = example.routed_case(example.LIBRARY, example.WORKS)
    late, answered = two_units.assignments
    late = late.model_copy(update={"due_at": utc_now() - timedelta(days=1)})
    answered = late.model_copy(update={"id": "other", "state": AssignmentState.REPLIED})
    both = two_units.model_copy(update={"assignments": (late, answered)})
    over = due(-1).model_copy(update={"state": CaseState.CLOSED})
    for case in (due(-3), due(2), due(0), due(3), due(30), due(-9, reply_expected=False), both, over):
        await cases.add(case)
    await database.mongodb.command("profile", 2)
    assert await Inbox(cases).by_clock(UTC_ZONE) == {"due_soon": 2, "overdue": 2}
    assert await _looked_at(database) == 4, "those on time, and those of closed cases, stay unread"


async def test_cases_that_need_attention_are_found_in_their_own_index(database: Database) -> None:
    cases = Cases(database)
    await cases.prepare()
    declined = example.declined_case()
    for case in (declined, example.case(), example.routed_case(), example.answered_case()):
        await cases.add(case)
    await database.mongodb.command("profile", 2)
    assert await Inbox(cases).counts([View.ATTENTION], "") == {View.ATTENTION: 1}
    assert await _looked_at(database) == 0
    (row,) = (await Inbox(cases).page(CaseFilter(View.ATTENTION))).cases
    assert (row.id, row.marks) == (declined.id, ("declined",))


async def test_what_an_older_process_saved_is_found_by_its_date_again(database: Database) -> None:
    """It knows nothing of ``indexed``, and changes the state and the revision beside it."""
    cases, case = Cases(database), due(-1)
    await cases.add(case)
    older = {"$set": {"assignments.0.due_at": utc_now() + timedelta(days=9)}, "$inc": {"revision": 1}}
    await cases.collection.update_one({"_id": case.id}, older)
    assert [found async for found in cases.ids(cases.unindexed)] == [case.id]
    await cases.index(case.id, utc_now())
    assert [found async for found in cases.ids(cases.unindexed)] == []
    assert await Inbox(cases).by_clock(UTC_ZONE) == {"due_soon": 0, "overdue": 0}


async def _looked_at(database: Database) -> int:
    """How many documents the last query had to read; it went by an index."""
    await database.mongodb.command("profile", 0)
    last = await database["system.profile"].find_one({"op": "command", "command.aggregate": "cases"}, sort=[("ts", -1)])
    assert last
    assert last["planSummary"].startswith(("IXSCAN", "COUNT_SCAN"))
    return int(last["docsExamined"])


async def test_two_cases_never_share_a_reference(database: Database) -> None:
    cases = Cases(database)
    await cases.prepare()
    await cases.add(example.case(reference="26-7KX4-9Q"))
    with pytest.raises(Conflict):
        await cases.add(example.case(reference="26-7KX4-9Q"))


async def test_who_decided_on_an_older_state_of_a_case_is_told(database: Database) -> None:
    cases, case = Cases(database), example.case()
    await cases.add(case)
    await cases.save(case.model_copy(update={"subject": "first"}))
    with pytest.raises(Conflict):
        await cases.save(case.model_copy(update={"subject": "second"}))
    assert (await cases.get(case.id)).subject == "first"


async def test_what_a_newer_version_added_to_a_case_is_still_there_after_a_change(database: Database) -> None:
    closed = example.answered_case(example.LIBRARY, example.WORKS).model_copy(update={"closure_reason": "answered"})
    letter = LetterSent(
        message_id=closed.id, letter_id="l1", template="answer", sent_at=example.NOW + timedelta(days=9)
    )
    unknown = {"state": "of_tomorrow", "what": "done_tomorrow", "closure_reason": "tomorrow"}
    await kept_through(Cases(database), closed, lambda case: letter_sent(case, letter)[0], **unknown)


async def test_what_a_newer_version_added_to_units_accounts_and_the_log_is_still_there(database: Database) -> None:
    entry = audit(AuditAction.DISCARDED, PARKED, by="Ayşe", actor=Actor(kind="officer", id="o1"), now=example.NOW)
    session = Session(id="s1", user_id="u1", created_at=example.NOW, seen_at=example.NOW)
    renamed = {"name": "Ayşe Kaya"}
    await kept_through(
        Units(database), example.unit(), lambda unit: unit.model_copy(update={"active": False}), kind="x"
    )
    await kept_through(Accounts(database), example.account(), lambda a: a.model_copy(update=renamed), role="tomorrow")
    await kept_through(Sessions(database), session, lambda s: s.touched(example.NOW + timedelta(hours=1)))
    await kept_through(AuditLog(database), entry, lambda e: e, deed="of_tomorrow")


async def test_the_audit_log_reads_what_it_always_wrote(database: Database) -> None:
    before = {"_id": "1", "revision": 0, "at": example.NOW, "by": "Ayşe", "deed": "event_discarded", "message_id": "m1"}
    await database["records"].insert_one({**before, "event_id": "e1", "queue": "q", "trouble": "why", "because": ""})
    assert [(entry.deed, entry.trouble) for entry in await AuditLog(database).newest()] == [("event_discarded", "why")]


async def test_an_erased_unit_is_in_no_list(database: Database) -> None:
    await database["units"].insert_one({"_id": "gone", "revision": 4, "erased_at": example.NOW})
    await Units(database).add(example.unit())
    assert [unit.id for unit in await Units(database).all()] == ["kddb"]


async def test_a_table_adds_and_updates_and_removes_nothing(database: Database) -> None:
    units = Units(database)
    await units.add(example.unit(active=False))
    await units.add(example.unit(id="other"))
    known = await units.get("kddb")
    after = [known.model_copy(update={"email": "new@klu.example"}), example.unit(id="added")]
    changes = [
        (before, *changed(before, unit, by=BY, now=example.NOW))
        for before, unit in zip((known, None), after, strict=True)
    ]
    assert set(await units.put(changes)) == {"kddb", "added"}
    kept = {unit.id: unit for unit in await units.all()}
    assert (kept["kddb"].email, kept["kddb"].active, kept["kddb"].revision) == ("new@klu.example", False, 1)
    assert (kept["added"].active, kept["other"].revision) == (True, 0)
    assert await units.put(changes) == []
    assert {unit.id: unit for unit in await units.all()} == kept


async def test_a_unit_that_was_imported_can_be_edited(database: Database) -> None:
    units = Units(database)
    await units.put([(None, *changed(None, example.unit(), by=BY, now=example.NOW))])
    unit = await units.get("kddb")
    saved = await units.save(unit.model_copy(update={"name_en": "Library"}))
    assert await units.get("kddb") == saved


async def test_an_account_is_found_by_its_address_in_any_case(database: Database) -> None:
    accounts = Accounts(database)
    await accounts.put(example.account())
    await accounts.put(example.account(role=Role.ADMIN))
    assert await accounts.by_email("Gorevli@KLU.example") == example.account(role=Role.ADMIN, revision=1)
    assert await accounts.by_email("nobody@klu.example") is None
    assert await database["accounts"].count_documents({}) == 1


USER = {"_id": "gorevli@klu.example", "revision": 0, "name": "Ayşe Yılmaz", "role": "officer", "disabled": False}
"""An account as the version before this one kept it."""


async def test_the_accounts_of_the_version_before_are_taken_over_once_by_any_number_of_processes(
    database: Database,
) -> None:
    await database["users"].insert_one({**USER, "password_hash": example.HASHED})
    await asyncio.gather(*(Accounts(database).prepare() for _ in range(5)))
    (kept,) = await Accounts(database).find({}, sort=[("_id", 1)], limit=9)
    assert (kept.email, kept.name, kept.role) == ("gorevli@klu.example", "Ayşe Yılmaz", "officer")
    assert kept.id != kept.email


async def test_an_account_that_the_version_before_added_meanwhile_is_found(database: Database) -> None:
    await Accounts(database).prepare()
    await database["users"].insert_one({**USER, "password_hash": example.HASHED})
    found = await Accounts(database).by_email("gorevli@klu.example")
    assert found and found.password_hash == example.HASHED
    assert await Accounts(database).by_email("gorevli@klu.example") == found


async def test_the_version_before_finds_an_account_as_it_was_changed_last(database: Database) -> None:
    await Accounts(database).put(example.account())
    await Accounts(database).put(example.account(role=Role.ADMIN, name="Ayşe Demir"))
    user = await database["users"].find_one({"_id": "gorevli@klu.example"})
    assert user == {**USER, "role": "admin", "name": "Ayşe Demir", "password_hash": example.HASHED}


async def test_a_session_of_the_version_before_is_that_of_its_account(database: Database) -> None:
    accounts = Accounts(database)
    kept = await accounts.put(example.account())
    session = Session(id="s1", user_id=kept.email, created_at=example.NOW, seen_at=example.NOW)
    assert await accounts.of_session(session) == kept
    assert await accounts.of_session(session.model_copy(update={"user_id": "nobody@klu.example"})) is None


async def test_a_case_is_read_only_by_those_who_may(database: Database) -> None:
    cases, case = Cases(database), example.case()
    await cases.add(case)
    auditor = example.officer(role=Role.AUDITOR)
    assert await cases.get_for(auditor, case.id, Action.READ_CASES) == case
    with pytest.raises(Forbidden):
        await cases.get_for(auditor, case.id, Action.ROUTE)


async def test_a_session_is_touched_and_ended(database: Database) -> None:
    sessions, later = Sessions(database), example.NOW + timedelta(minutes=5)
    session = Session(id="s1", user_id="u1", created_at=example.NOW, seen_at=example.NOW)
    await sessions.add(session)
    await sessions.touch(session.model_copy(update={"seen_at": later}))
    assert await sessions.find_one("s1") == session.model_copy(update={"seen_at": later})
    await sessions.end("s1")
    assert await sessions.find_one("s1") is None
    with pytest.raises(NotFound):
        await sessions.get("s1")


async def test_mongodb_forgets_old_sessions_by_itself(database: Database) -> None:
    await Sessions(database).prepare()
    indexes = await database["sessions"].index_information()
    assert indexes["created_at_1"]["expireAfterSeconds"] == 12 * 3600


async def test_names_stand_in_the_order_of_the_turkish_alphabet(database: Database) -> None:
    names = [
        "10. Daire",
        "Ceza",
        "Çevre",
        "Gıda",
        "Irmak",
        "İdare",
        "Okul",
        "Öğrenci",
        "şube",
        "Uzay",
        "Ünye",
        "Zeytin",
    ]
    units = [example.unit(id=f"u{n}", name_tr=name) for n, name in enumerate(sorted(names))]
    await Units(database).put([(None, *changed(None, unit, by=BY, now=example.NOW)) for unit in units])
    assert [unit.name_tr for unit in await Units(database).all()] == names
