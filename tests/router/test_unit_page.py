"""The page of a unit: its contacts, deputies, health, open cases and history; closing, merging and deleting it."""

from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.moving_units import move
from services.router.cases.domain.questions import ask, receive_answer
from services.router.cases.domain.stopping import go_on, stop
from services.router.cases.handlers import CaseHandlers
from services.router.cases.store.cases import Cases
from services.router.cases.store.of_units import CasesOfUnits
from services.router.deadlines.domain.counting import Deadlines
from services.router.directory.domain.health import UnitHealth, arrived, refused, unhealthy
from services.router.directory.domain.snapshots import contacts_of
from services.router.directory.domain.tree import Branch, Only, found, tree
from services.router.directory.domain.units import Unit, changed, in_circles
from services.router.directory.store.health import UnitHealths
from services.router.directory.store.units import Units
from shared.documents import Database, Erased
from shared.events import AssignmentRequested, LetterFailed, LetterSent, QuestionAnswered
from shared.state import Actor
from tests import examples as example
from tests.router.desk import announced, directory, kept, send, shown, types

BY = Actor(kind="system", id="test")
LATER = example.NOW + timedelta(hours=1)


def letter_sent(**different: Any) -> LetterSent:
    given = {"message_id": "m1", "letter_id": "l1", "template": "invitation", "sent_at": example.NOW, "unit": "kddb"}
    return LetterSent.model_validate(given | different)


def letter_failed(**different: Any) -> LetterFailed:
    given = {"message_id": "m1", "letter_id": "l2", "template": "invitation", "failed_at": LATER, "unit": "kddb"}
    return LetterFailed.model_validate(given | {"reason": "550 5.1.1 No such user"} | different)


async def told_by(database: Database, collection: str = "units") -> list[dict[str, Any]]:
    documents = [document async for document in database[collection].find()]
    return [example.unpublished_data(entry) for document in documents for entry in document.get("outbox", ())]


def names(branches: tuple[Branch, ...]) -> list[Any]:
    return [[branch.unit.id, names(branch.below)] if branch.below else branch.unit.id for branch in branches]


def test_units_stand_under_those_to_which_they_belong_and_none_is_lost() -> None:
    parents = {"r": "", "f": "r", "b": "f", "orphan": "gone", "x": "y", "y": "x", "z": "x"}
    units = [example.unit(id=code, parent=parent) for code, parent in parents.items()]
    assert names(tree(units)) == [["r", [["f", ["b"]]]], "orphan", ["x", ["z"]], "y"]
    assert in_circles(parents) == {"x", "y"}


def test_units_are_found_by_name_or_code_in_any_spelling() -> None:
    units = [
        example.unit(id="kddb", name_tr="Kütüphane ve Dokümantasyon", head_email="a@klu.example"),
        example.unit(id="sks", name_tr="IŞIK Kulübü", active=False),
    ]
    for words, codes in {
        "kutuphane": ["kddb"],
        "ISIK": ["sks"],
        "ışık kulubu": ["sks"],
        "SKS": ["sks"],
        "x": [],
    }.items():
        assert [unit.id for unit in found(units, words, None, ())] == codes
    assert [unit.id for unit in found(units, "", Only.INACTIVE, ())] == ["sks"]
    assert [unit.id for unit in found(units, "", Only.UNHEALTHY, {"kddb"})] == ["kddb"]
    assert found(units, "", Only.HEADLESS, ()) == []


def test_an_address_is_unhealthy_until_a_letter_arrives_or_it_is_changed() -> None:
    unit, health = example.unit(), UnitHealth(id="kddb")
    assert not unhealthy(unit, None)
    lost = refused(arrived(health, letter_sent()), letter_failed())
    assert unhealthy(unit, lost)
    assert not unhealthy(unit, arrived(lost, letter_sent(sent_at=LATER + timedelta(hours=1))))
    corrected, _ = changed(unit, unit.model_copy(update={"email": "yeni@klu.example"}), by=BY, now=LATER)
    assert not unhealthy(corrected, lost)
    assert refused(lost, letter_failed(failed_at=example.NOW, reason="old")) == lost


def test_a_letter_that_the_head_got_instead_does_not_cure_the_address_of_the_responsible_person() -> None:
    unit, health = example.unit(), UnitHealth(id="kddb")
    lost = letter_failed(recipient=unit.email, passed_to="head")
    instead = letter_sent(recipient="amir@klu.example", sent_at=LATER + timedelta(minutes=1))
    assert unhealthy(unit, arrived(refused(health, lost), instead))
    assert unhealthy(unit, refused(arrived(health, instead), lost))
    again = letter_sent(recipient=unit.email, sent_at=LATER + timedelta(hours=1))
    assert not unhealthy(unit, arrived(refused(arrived(health, instead), lost), again))


async def test_the_page_of_a_unit_says_that_a_letter_came_back_and_who_got_it_instead(
    officer: Browser, database: Database
) -> None:
    await directory(database)
    await UnitHealths(database).refused("kddb", letter_failed(cause="returned", passed_to="deputy"))
    page = await officer.open("/units/kddb")
    assert "It came back after it had been sent. It went to the deputy instead." in page


def test_letters_of_a_unit_whose_cases_moved_go_to_its_successor() -> None:
    moves = {"by": {"kind": "officer", "id": "a"}}
    stored: list[dict[str, Any]] = [
        {"_id": "old", "email": "old@klu.example", "successor": "mid", "moves": moves},
        {"_id": "mid", "email": "mid@klu.example", "successor": "new", "moves": moves},
        {"_id": "new", "email": "new@klu.example", "head_email": "amir@klu.example"},
        {"_id": "stays", "email": "stays@klu.example", "successor": "new", "moves": None},
        {"_id": "a", "email": "a@klu.example", "successor": "b", "moves": moves},
        {"_id": "b", "email": "b@klu.example", "successor": "a", "moves": moves},
    ]
    told = {unit.code: unit.email for unit in contacts_of(stored).units}
    assert (told["old"], told["mid"], told["stays"]) == ("new@klu.example", "new@klu.example", "stays@klu.example")
    assert {told["a"], told["b"]} <= {"a@klu.example", "b@klu.example"}


async def test_what_became_of_a_letter_is_on_the_page_of_its_unit(officer: Browser, database: Database) -> None:
    await directory(database)
    case = await kept(database, example.routed_case())
    handlers, ids = CaseHandlers(Cases(database), healths=UnitHealths(database)), {"message_id": case.id}
    assert "No letter has been sent to this unit yet." in await officer.open("/units/kddb")
    for event in (letter_sent(**ids), letter_failed(**ids)):
        name = "on_letter_sent" if isinstance(event, LetterSent) else "on_letter_failed"
        await getattr(handlers, name)(example.sealed(event))
    page = shown(await officer.client.get("/units/kddb"))
    assert "The last letter to this unit did not arrive" in page
    assert "The mail server does not know this address." in page
    assert "Letters do not arrive" in await officer.open("/units?only=unhealthy")
    assert "No unit was found" in await officer.open("/units?only=unhealthy&q=yitdb")


async def test_a_test_letter_is_asked_for_and_its_result_is_shown(admin: Browser, database: Database) -> None:
    await directory(database)
    await admin.open("/units/kddb")
    assert "on its way" in await admin.submit("/units/kddb/test")
    asked, record = await told_by(database, "unit_health")
    assert (asked["unit"]["code"], asked["language"], asked["contacts_version"]) == ("kddb", "tr", 1)
    assert (record["action"], record["object_id"]) == ("unit_tested", "kddb")
    handlers = CaseHandlers(Cases(database), healths=UnitHealths(database))
    about = {"message_id": asked["test_id"], "letter_id": f"{asked['test_id']}.test", "template": "test"}
    await handlers.on_letter_failed(example.sealed(letter_failed(**about)))
    assert "did not arrive The mail server does not know this address." in await admin.open("/units/kddb")
    await admin.submit("/units/kddb/test")
    again = next(one for one in reversed(await told_by(database, "unit_health")) if "test_id" in one)
    about |= {"message_id": again["test_id"], "letter_id": f"{again['test_id']}.test"}
    await handlers.on_letter_sent(example.sealed(letter_sent(**about)))
    assert "was delivered" in await admin.open("/units/kddb")


async def test_contacts_are_kept_with_their_history_and_audited_by_field(admin: Browser, database: Database) -> None:
    await directory(database)
    await admin.open("/units/kddb/edit")
    fields = {"responsible": "Fatma Şahin", "phone": "0288 212 00 00", "head_email": "amir@klu.example"}
    page = await admin.submit("/units/kddb", **fields, copies="a@klu.example\nb@klu.example", language="en")
    assert admin.path == "/units/kddb"
    assert "Responsible person: – → Fatma Şahin" in page
    unit = await Units(database).get("kddb")
    assert (unit.copies, unit.language) == (("a@klu.example", "b@klu.example"), "en")
    assert unit.history[-1].by.id == example.account().id
    news, record = await told_by(database)
    assert (news["code"], record["action"]) == ("kddb", "unit_address_changed")
    assert set(record["fields"]) >= {"responsible", "phone", "head_email", "copies", "language"}


async def test_a_unit_cannot_belong_to_one_below_it(admin: Browser, database: Database) -> None:
    await directory(database)
    await database["units"].update_one({"_id": "yitdb"}, {"$set": {"parent": "kddb"}})
    await admin.open("/units/kddb/edit")
    for parent in ("yitdb", "kddb"):
        answer = await send(admin, "/units/kddb", parent=parent)
        assert (answer.status_code, "A unit cannot belong to itself" in shown(answer)) == (422, True)


async def test_a_deputy_is_added_for_some_days_and_taken_out(admin: Browser, database: Database) -> None:
    await directory(database)
    days = {"first_day": "2026-12-01", "last_day": "2026-12-03"}
    who = {"name": "Veli Vekil", "email": "vekil@klu.example", "role": "head"}
    await admin.open("/units/kddb/deputies")
    page = await admin.submit("/units/kddb/deputies", **who, **days)
    assert "Veli Vekil" in page and "for the head, 1 December 2026 – 3 December 2026" in page
    (deputy,) = (await Units(database).get("kddb")).deputies
    assert (deputy.since.isoformat(), deputy.until.isoformat()) == (
        "2026-11-30T21:00:00+00:00",
        "2026-12-03T21:00:00+00:00",
    )
    told = contacts_of(await Units(database).contacts())
    assert [one.role for unit in told.units for one in unit.deputies] == ["head"]
    await admin.submit(f"/units/kddb/deputies/{deputy.id}/end")
    assert (await Units(database).get("kddb")).deputies == ()
    actions = [one["action"] for one in await told_by(database) if "action" in one]
    assert actions == ["unit_address_changed"] * 2


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"name": ""}, "Please enter the name of the deputy."),
        ({"email": ""}, "Please enter the e-mail address of the deputy."),
        ({"first_day": "gestern"}, "Please enter a day."),
        ({"last_day": "9999-12-31"}, "Please enter a day."),
        ({"last_day": "2026-11-30"}, "The last day is before the first one."),
    ],
)
async def test_a_bad_deputy_is_explained(admin: Browser, database: Database, fields: dict[str, str], said: str) -> None:
    await directory(database)
    await admin.open("/units/kddb/deputies")
    given = {"name": "Veli", "email": "v@klu.example", "first_day": "2026-12-01", "last_day": "2026-12-03"}
    answer = await send(admin, "/units/kddb/deputies", **given | fields)
    assert (answer.status_code, said in shown(answer)) == (422, True)
    assert (await Units(database).get("kddb")).deputies == ()


def test_a_case_moves_with_its_text_and_its_last_day_and_only_without_a_reply() -> None:
    case, by, ids = example.routed_case(), example.officer(role=Role.ADMIN), iter(["new"])
    moved = move(case, "kddb", example.WORKS, ids=ids, reason="x", by=by, now=LATER)
    assert moved
    before, (old, new) = case.assignments[0], moved[0].assignments
    assert (old.state, new.unit, new.id) == ("recalled", example.WORKS, "new")
    assert (new.text, new.note, new.due_at, new.clock) == (before.text, before.note, before.due_at, before.clock)
    told = [event.type for event in moved[1]]
    assert told == ["assignment.recalled", "assignment.requested", "case.progressed", "case.rerouted"]
    for stays in (example.replied_case(), moved[0]):
        assert move(stays, "kddb", example.WORKS, ids=ids, reason="x", by=by, now=LATER) is None


def test_a_case_that_moves_while_the_submitter_is_asked_has_its_last_day_when_the_answer_comes() -> None:
    by, ids, deadlines = example.officer(role=Role.ADMIN), iter(["new"]), Deadlines()
    asked, _ = ask(example.routed_case(), question_id="q", text="?", by=by, now=LATER)
    case, _ = stop(asked, deadlines, by=by.actor, now=LATER)
    moved = move(case, "kddb", example.WORKS, ids=ids, reason="x", by=by, now=LATER + timedelta(days=1))
    assert moved and moved[0].assignments[-1].due_at is None
    assert [event.due_at for event in moved[1] if isinstance(event, AssignmentRequested)] == [None]
    told = QuestionAnswered(message_id=case.id, question_id="q", text="a", answered_at=LATER + timedelta(days=2))
    answered, _ = receive_answer(moved[0], told, told.answered_at)
    goes_on, _ = go_on(moved[0], answered, deadlines, now=told.answered_at)
    due_at = goes_on.assignments[-1].due_at
    assert due_at and due_at > told.answered_at


def test_what_a_unit_got_for_information_its_successor_gets_for_information() -> None:
    case, by = example.routed_case(kind="information_of_its_own"), example.officer(role=Role.ADMIN)
    told = case.assignments[0].model_copy(update={"reply_expected": False})
    case = case.model_copy(update={"assignments": (told,)})
    moved = move(case, "kddb", example.WORKS, ids=iter(["new"]), reason="x", by=by, now=LATER)
    assert moved and moved[0].assignments[-1].reply_expected is False


def test_a_unit_that_works_on_the_case_already_is_not_asked_twice() -> None:
    case, by = example.routed_case(example.LIBRARY, example.WORKS), example.officer(role=Role.ADMIN)
    moved = move(case, "kddb", example.WORKS, ids=iter([]), reason="x", by=by, now=LATER)
    assert moved and [one.state for one in moved[0].assignments] == ["recalled", "requested"]


async def merge(admin: Browser, **fields: str) -> str:
    """Say what becomes of the library, and confirm what is shown."""
    query = "&".join(f"{name}={value}" for name, value in fields.items())
    preview = shown(await admin.client.get(f"/units/kddb/closing?{query}"))
    await admin.open(f"/units/kddb/closing?{query}")
    await admin.submit("/units/kddb/closing")
    return preview


async def test_a_unit_is_merged_with_a_preview_and_its_open_cases_move(admin: Browser, database: Database) -> None:
    await directory(database)
    await Units(database).add(example.unit(id="okuma", parent="kddb"))
    open_case, replied = [await kept(database, made) for made in (example.routed_case(), example.replied_case())]
    preview = await merge(admin, into="yitdb", cases="move")
    for words in ("Cases that go to", ": 1. The unit gets", "which stay: 1.", "Units that will belong to"):
        assert words in preview
    moved, stayed = [await Cases(database).get(case.id) for case in (open_case, replied)]
    assert [one.unit.code for one in moved.assignments if one.open] == ["yitdb"]
    assert [one.unit.code for one in stayed.assignments] == ["kddb"]
    assert types(await announced(database, moved.id))[:2] == ["assignment.recalled", "assignment.requested"]
    units = {unit.id: unit for unit in await Units(database).all()}
    assert (units["kddb"].active, units["kddb"].successor, units["okuma"].parent) == (False, "yitdb", "yitdb")
    records = {(one["object_id"], one["action"]) for one in await told_by(database) if "action" in one}
    assert records == {("kddb", "unit_merged"), ("okuma", "unit_changed")}
    await CasesOfUnits(Cases(database), Units(database)).run()
    assert (await Cases(database).get(moved.id)).revision == moved.revision


async def test_a_unit_is_closed_its_cases_stay_and_it_is_offered_no_more(admin: Browser, database: Database) -> None:
    await directory(database)
    routed, new = await kept(database, example.routed_case()), await kept(database, example.case())
    assert "Open cases that stay with the unit until they are done: 1." in await merge(admin, into="", cases="stay")
    assert [one.unit.code for one in (await Cases(database).get(routed.id)).assignments] == ["kddb"]
    assert example.LIBRARY.name_en not in await admin.open(f"/cases/{new.id}")
    assert "This unit was used, so it can be closed, but not deleted." in await admin.open("/units/kddb/closing")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"into": "", "cases": "move"}, "Please choose the unit to which the open cases go."),
        ({"into": "okuma", "cases": "stay"}, "does not belong to this one"),
        ({"into": "kddb", "cases": "stay"}, "does not belong to this one"),
        ({"into": "eski", "cases": "stay"}, "does not belong to this one"),
    ],
)
async def test_a_merge_that_makes_no_sense_is_explained(
    admin: Browser, database: Database, fields: dict[str, str], said: str
) -> None:
    await directory(database)
    await Units(database).add(example.unit(id="okuma", parent="kddb"))
    await Units(database).add(example.unit(id="eski", active=False))
    answer = await admin.client.get("/units/kddb/closing", params=fields)
    assert (answer.status_code, said in shown(answer)) == (422, True)
    await admin.open("/units/kddb/closing?into=yitdb&cases=stay")
    answer = await send(admin, "/units/kddb/closing", **fields)
    assert (answer.status_code, said in shown(answer)) == (409, True)
    assert (await Units(database).get("kddb")).active


async def test_a_unit_that_was_never_used_is_deleted_and_its_code_is_free(admin: Browser, database: Database) -> None:
    await directory(database)
    await admin.open("/units/kddb/closing")
    await admin.submit("/units/kddb/deletion")
    assert admin.path == "/units"
    with pytest.raises(Erased):
        await Units(database).get("kddb")
    assert [unit.id for unit in await Units(database).all()] == ["yitdb"]
    assert [one["action"] for one in await told_by(database) if "action" in one] == ["unit_deleted"]
    await admin.open("/units/new")
    await admin.submit("/units/new", code="kddb", name_tr="Yeni", name_en="New", email="yeni@klu.example")
    assert (await Units(database).get("kddb")).name_tr == "Yeni"


async def test_a_unit_that_was_used_is_not_deleted(admin: Browser, database: Database) -> None:
    await directory(database)
    await admin.open("/units/kddb/closing")
    await kept(database, example.routed_case())
    answer = await send(admin, "/units/kddb/deletion")
    assert (answer.status_code, "it can be closed, but not deleted" in shown(answer)) == (409, True)
    assert await Units(database).get("kddb")


async def test_a_compliment_is_not_routed_to_a_unit_that_takes_none(officer: Browser, database: Database) -> None:
    await directory(database)
    await database["units"].update_one({"_id": "kddb"}, {"$set": {"takes_compliments": False}})
    cases = [await kept(database, example.case(kind=kind)) for kind in ("compliment", "complaint")]
    offered = [example.LIBRARY.name_en in await officer.open(f"/cases/{case.id}") for case in cases]
    assert offered == [False, True]
    await officer.open(f"/cases/{cases[0].id}")
    answer = await send(officer, f"/cases/{cases[0].id}/routing", units=["kddb"])
    assert answer.status_code == 409


async def test_the_page_of_a_unit_leads_to_its_open_cases(officer: Browser, database: Database) -> None:
    await directory(database)
    await kept(database, example.routed_case())
    page = await officer.client.get("/units/kddb")
    assert "/?view=routed&amp;unit=kddb" in page.text
    assert "At the unit: 1" in shown(page)


async def test_a_unit_of_the_version_before_is_read() -> None:
    old = {"id": "kddb", "name_tr": "Kütüphane", "name_en": "Library", "email": "k@klu.example"}
    assert Unit.model_validate(old).takes("compliment")
