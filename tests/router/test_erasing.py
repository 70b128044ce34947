"""What the router destroys of an order: cases or what they say, letters, mails, parked events, words of search."""

from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Action
from services.router.cases.domain.bulk import BulkItem, What, plan
from services.router.cases.domain.case import Case
from services.router.cases.domain.from_units import end_holding, hand_on
from services.router.cases.domain.held import HeldLetter
from services.router.cases.domain.parts import LegalHold, Note, Rating
from services.router.cases.domain.saved import SavedList
from services.router.cases.store.bulks import Bulks
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.cases.store.mails import Mails
from services.router.cases.store.saved import SavedLists
from services.router.cases.store.words import Words
from services.router.operations.store import ParkedEvents
from services.router.records.domain import AuditAction, audit
from services.router.records.domain.orders import OnHold, ordered
from services.router.records.handlers.erasing import ErasureHandlers
from services.router.records.store import AuditLog
from services.router.records.store.erasing import CaseRemoval
from services.router.records.store.orders import Orders
from shared.destruction import DestructionLog, Erasing, NoDestructionLog, digest
from shared.documents import Database, Erased
from shared.events import (
    AssignmentHandedOn,
    AssignmentTakenBack,
    CloudEvent,
    CodeOfMessage,
    CodesRequested,
    ErasedPart,
    IntakeErased,
    MailReceived,
    NotifierErased,
    RepliesErased,
)
from shared.state import Actor
from tests import examples as example
from tests.conftest import Make
from tests.erasing import EMAIL, NAME, PHONE, TEXT, eraser_of, hits, order, store_of
from tests.router.letters import letter_sent

BY = Actor(kind="officer", id="u1")


def planted(of: Case, **different: Any) -> Case:
    """A case in which the person is everywhere."""
    person = example.person(name=NAME, email=EMAIL, phone=PHONE)
    note = Note(id="n1", text=TEXT, by=NAME, actor=BY, at=example.NOW)
    said = {"text": TEXT, "subject": f"{NAME} hakkında", "submitter": person, "notes": (note,), "tags": ("ısıtma",)}
    rating = Rating(score=2, comment=TEXT, at=example.NOW)
    return of.model_copy(update={**said, "rating": rating, "concerns": NAME, **different})


async def test_a_destroyed_case_leaves_nothing(make: Make, database: Database) -> None:
    app = make("router")
    cases = store_of(app, Cases)
    await cases.prepare()
    await cases.add(planted(example.answered_case(), id="m1"))
    await cases.add(example.case(id="m2"))
    other = example.case(id="m1")
    await store_of(app, DeskLetters).told(letter_sent(other, recipient=EMAIL, subject=NAME, text=TEXT))
    await database["held_letters"].insert_one({"_id": "h1", "message_id": "m1", "held_at": example.NOW, "revision": 0})
    await store_of(app, Mails).collection.insert_one({"_id": "mail1", "text": TEXT, "sender": EMAIL, "revision": 0})
    await database["presence"].insert_one({"_id": "m1:u1", "case_id": "m1", "name": NAME})
    await database["kept_forms"].insert_one({"_id": "k1", "path": "/cases/m1/answer", "sealed": TEXT})
    await database["mail_queue"].insert_one({"_id": "letters", "letters": [{"message_id": "m1", "reason": EMAIL}]})
    done = await eraser_of(app).carry_out(order())
    assert await hits(database) == []
    assert done.parts
    assert {what: number for what, number in done.parts.items() if number} == {
        "cases": 1,
        "letters": 1,
        "held_letters": 1,
        "mails": 1,
        "presence": 1,
        "kept_forms": 1,
    }
    assert (await cases.get("m2")).text == example.case().text
    with pytest.raises(Erased):
        await cases.add(example.case(id="m1"))


async def test_a_case_that_another_order_destroys_meanwhile_is_no_hindrance(
    make: Make, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make("router")
    await store_of(app, Cases).add(example.answered_case(id="m1"))

    async def both(removal: CaseRemoval, _: object) -> list[str]:
        await removal._cases.erase("m1", at_once=True)
        return ["m1"]

    monkeypatch.setattr(CaseRemoval, "_meant", both)
    assert (await eraser_of(app).carry_out(order(kind="anonymise"))).done_at


async def test_an_anonymised_case_keeps_what_statistics_need(make: Make, database: Database) -> None:
    app = make("router")
    cases = store_of(app, Cases)
    before = planted(example.answered_case(), id="m1", of_a_newer_version=TEXT, tags=(NAME.lower(), "ısıtma"))
    await cases.add(before)
    await eraser_of(app).carry_out(order(kind="anonymise"))
    assert await hits(database) == []
    after = await cases.get("m1")
    assert after.anonymised_at
    kept = ("reference", "kind", "state", "submitted_at", "language", "channel")
    assert [getattr(after, name) for name in kept] == [getattr(before, name) for name in kept]
    assert after.rating and (after.rating.score, after.rating.comment) == (2, "")
    assert [a.unit.code for a in after.assignments] == [a.unit.code for a in before.assignments]
    assert [entry.at for entry in after.timeline] == [entry.at for entry in before.timeline]
    assert {part.text for a in after.assignments for part in (a, *a.replies)} == {""}
    assert not any((after.tags, after.files, after.notes, after.questions, after.answer and after.answer.text))


async def test_words_of_no_other_case_are_forgotten(make: Make, database: Database) -> None:
    app = make("router")
    cases = store_of(app, Cases)
    await cases.add(planted(example.case(), id="m1"))
    await cases.add(example.case(id="m2"))
    words = Words(cases, ZoneInfo("UTC"))
    await words.rebuild(example.NOW)
    await database["unit_words"].insert_many([{"_id": "zeyne", "units": {"x": 1}}, {"_id": "kutup", "units": {"x": 2}}])
    assert await database["words"].find_one({"_id": "zeynep"})
    await eraser_of(app).carry_out(order())
    assert await database["words"].find_one({"_id": "zeynep"}) is None
    assert await database["words"].find_one({"_id": "kutuphanenin"})


async def test_the_names_of_a_units_people_go_alone(make: Make, database: Database) -> None:
    app = make("router")
    cases = store_of(app, Cases)
    case = example.replied_case()
    mine = case.assignments[0]
    signed = mine.model_copy(update={"replies": (mine.replies[0].model_copy(update={"by": NAME}),)})
    entries = tuple(
        entry.model_copy(update={"by": NAME}) if entry.actor == mine.actor else entry for entry in case.timeline
    )
    signed_case = case.model_copy(update={"assignments": (signed,), "timeline": entries})
    about = {"message_id": case.id, "assignment_id": mine.id, "holder_id": "h1", "by": NAME}
    held = hand_on(signed_case, AssignmentHandedOn(**about, name=NAME, handed_on_at=example.NOW))
    await cases.add(end_holding(held, AssignmentTakenBack(**about, taken_back_at=example.NOW)))
    told = {"recipient": "hat@example.org", "text": f"Yazan: {NAME}", "assignment_id": mine.id}
    for template in ("arrival", "decline", "unit_question", "unit_interim", "unit_mail", "failure"):
        letter = letter_sent(case, letter_id=f"{mine.id}.{template}", template=template, **told)
        await store_of(app, DeskLetters).told(letter)
    await database["bundles"].insert_one({"_id": "b1", "case_id": case.id, "asked_at": example.NOW, "revision": 0})
    await database["bundle_contents"].insert_one({"content": "c1", "n": 0, "case_id": case.id, "data": NAME.encode()})
    await eraser_of(app).carry_out(order(message_ids=(), mail_ids=(), addresses=(), signatures=(mine.id,)))
    assert await hits(database) == []
    assert (await cases.get(case.id)).assignments[0].replies[0].text == mine.replies[0].text


async def test_why_an_event_was_parked_or_discarded_goes_and_the_record_of_it_stays(
    make: Make, database: Database
) -> None:
    app = make("router")
    parked: ParkedEvents = store_of(app, ParkedEvents)
    await parked.keep(example.parked(example.sealed(example.message_submitted(message_id="m1")), reason=TEXT))
    (event,) = await parked.find({}, sort=[("_id", 1)], limit=1)
    log = store_of(app, AuditLog)
    for one in (event, event.model_copy(update={"correlation_id": "m2", "reason": ""})):
        await log.add(audit(AuditAction.DISCARDED, one, by="Ayşe", now=example.NOW, because=TEXT))
    await eraser_of(app).carry_out(order())
    kept = {entry.message_id: (entry.deed, entry.because, entry.trouble) for entry in await log.newest()}
    assert kept == {"m1": (AuditAction.DISCARDED, "", ""), "m2": (AuditAction.DISCARDED, TEXT, "")}


@pytest.mark.parametrize("kind", ["destroy", "anonymise"])
async def test_a_saved_list_that_is_named_after_the_person_has_a_number_instead(
    make: Make, database: Database, kind: str
) -> None:
    app = make("router")
    await store_of(app, Cases).add(planted(example.answered_case(), id="m1"))
    names = [f"{NAME}'in başvuruları", f"gelen: {EMAIL.upper()}", f"tel {PHONE}", "Zeynep Hanım", "Kütüphane"]
    lists = store_of(app, SavedLists)
    await lists.prepare()
    for number, name in enumerate(names):
        chosen = {"id": f"{number}-list", "owner": "u1", "name": name, "address": "view=new"}
        await lists.add(SavedList.model_validate({**chosen, "by": BY, "at": example.NOW}))
    done = await eraser_of(app).carry_out(order(kind=kind, addresses=frozenset()))
    assert done.parts and done.parts["list_names"] == 3
    left = [one.name for one in await lists.find({}, sort=[("_id", 1)], limit=9)]
    assert left == ["#0-list", "#1-list", "#2-list", "Zeynep Hanım", "Kütüphane"]
    assert await hits(database) == []


async def test_parked_events_go_and_no_others_are_taken_in_their_place(make: Make, database: Database) -> None:
    app = make("router")
    parked: ParkedEvents = store_of(app, ParkedEvents)
    event = example.sealed(example.message_submitted(message_id="m1"))
    await parked.keep(example.parked(event, id="p1"))
    await parked.keep(example.parked(event, id="p3", queue="router.audit"))
    await eraser_of(app).carry_out(order())
    await parked.keep(example.parked(event, id="p4"))
    await parked.keep(example.parked(event, id="p5", queue="router.audit"))
    assert {found["_id"] async for found in parked.collection.find({"erased_at": None})} == {"p3", "p5"}


def lost_codes(email: str) -> CloudEvent[CodesRequested]:
    about = {"reference": "26-1111-AA", "kind": "request", "submitted_at": example.NOW}
    code = CodeOfMessage.model_validate(about | {"tracking_code": "x", "status_url": "https://klu.example/t/x"})
    asked = {"request_id": "r1", "email": email, "codes": (code,), "requested_at": example.NOW}
    return example.sealed(CodesRequested.model_validate(asked))


def came(mail_id: str, **different: Any) -> CloudEvent[MailReceived]:
    given = {"mail_id": mail_id, "purpose": "unclear", "sender": EMAIL, "text": TEXT, "received_at": example.NOW}
    return example.sealed(MailReceived.model_validate({"verified": "none", "subject": "", **given, **different}))


async def test_parked_events_about_the_address_go_and_those_of_other_messages_stay(
    make: Make, database: Database
) -> None:
    app = make("router")
    parked: ParkedEvents = store_of(app, ParkedEvents)
    submitter = example.submitter(email=EMAIL)
    gone: dict[str, CloudEvent[Any]] = {"codes": lost_codes(EMAIL.upper()), "mail": came("mail7")}
    kept: dict[str, CloudEvent[Any]] = {
        "other codes": lost_codes("baska@example.org"),
        "other message": example.sealed(example.message_submitted(message_id="m9", submitter=submitter)),
        "other answer": came("mail8", message_id="m9"),
    }
    for name, event in (gone | kept).items():
        await parked.keep(example.parked(event, id=name))
    await eraser_of(app).carry_out(order())
    assert {found["_id"] async for found in parked.collection.find({"erased_at": None})} == {*kept}


async def test_an_act_on_many_cases_forgets_what_it_would_restore(make: Make, database: Database) -> None:
    app = make("router")
    bulks = store_of(app, Bulks)
    act = plan("b1", What.CLOSE, {}, {"m1": 0, "m2": 0}, example.officer(), example.NOW)
    items = tuple(BulkItem(id=one, revision=0, before={"release": f"{one} {TEXT}"}) for one in ("m1", "m2"))
    await bulks.add(act.model_copy(update={"items": items}))
    await eraser_of(app).carry_out(order())
    first, second = (await bulks.get("b1")).items
    assert (first.before, second.before) == ({}, {"release": f"m2 {TEXT}"})


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "destruction.log"


async def test_an_order_is_in_the_log_before_it_is_kept_and_told(make: Make, log: Path) -> None:
    orders = store_of(make("router", destruction_log=log), Orders)
    made = await orders.order(kind=Erasing.DESTROY, message_ids=("m1",), addresses=(EMAIL,), rule="request", by=BY)
    (line,) = DestructionLog(log).read()
    assert (line.number, line.order_id, line.message_ids) == (1, made.id, ("m1",))
    assert line.addresses == (digest(EMAIL),)
    stored = await orders.collection.find_one({"_id": made.id})
    assert stored
    told = example.unpublished_data(stored["outbox"][0])
    assert (told["order_id"], told["addresses"], told["kind"]) == (made.id, [digest(EMAIL)], "destroy")


async def test_nothing_is_ordered_without_a_log(make: Make) -> None:
    orders = store_of(make("router"), Orders)
    with pytest.raises(NoDestructionLog):
        await orders.order(kind=Erasing.DESTROY, message_ids=("m1",), rule="request", by=BY)
    assert await orders.collection.count_documents({}) == 0


async def test_a_case_under_legal_hold_is_refused(make: Make, log: Path) -> None:
    app = make("router", destruction_log=log)
    cases, orders = store_of(app, Cases), store_of(app, Orders)
    held = LegalHold(at=example.NOW, by="Ayşe", actor=BY, why="Dava")
    await cases.add(example.routed_case(id="m1", hold=held))
    of_case = (await cases.get("m1")).assignments[0].id
    for asked in ({"message_ids": ("m1",)}, {"signatures": (of_case,)}):
        with pytest.raises(OnHold) as refused:
            await orders.order(kind=Erasing.ANONYMISE, rule="request", by=BY, **asked)
        assert refused.value.ids == ("m1",)
    assert DestructionLog(log).read() == []


async def test_an_order_is_done_when_all_four_have_answered(make: Make, log: Path) -> None:
    app = make("router", destruction_log=log)
    orders: Orders = store_of(app, Orders)
    handlers = ErasureHandlers(eraser_of(app), orders)
    made = await orders.order(kind=Erasing.DESTROY, message_ids=("m1",), rule="request", by=BY)
    told: dict[str, Any] = {"order_id": made.id, "number": 1, "erased_at": example.NOW}
    for kind in (IntakeErased, RepliesErased, IntakeErased):
        await handlers.on_erased(example.sealed(kind(parts=(ErasedPart(what="files", number=2),), **told)))
    await handlers.on_erasure_ordered(example.sealed(ordered(made)))
    assert (await orders.get(made.id)).waits_for == ("notifier",)
    await handlers.on_erased(example.sealed(NotifierErased(**told)))
    done = await orders.get(made.id)
    assert done.done_at and done.answers["intake"] == {"files": 2}


async def test_an_order_of_the_log_that_is_not_here_is_adopted(make: Make, database: Database, log: Path) -> None:
    orders: Orders = store_of(make("router", destruction_log=log), Orders)
    made = await orders.order(kind=Erasing.ANONYMISE, message_ids=("m1",), rule="expired", by=BY, request_id="rq1")
    await orders.collection.delete_many({})
    await orders.adopt()
    again = await orders.get(made.id)
    assert again.model_copy(update={"revision": 0}) == made
    assert [one.id for one in await orders.of_request("rq1")] == [made.id]


def cut_behind_the_first_line(log: Path) -> None:
    log.write_text(log.read_text().splitlines(keepends=True)[0])


async def test_a_log_that_was_cut_behind_a_line_is_found_by_the_router_and_by_every_service(
    make: Make, log: Path
) -> None:
    app = make("router", destruction_log=log)
    orders: Orders = store_of(app, Orders)
    first, second = [
        await orders.order(kind=Erasing.DESTROY, message_ids=(one,), rule="request", by=BY) for one in ("m1", "m2")
    ]
    eraser = eraser_of(app)
    await eraser.obey()
    assert [line.order_id for line in await orders.logged()] == [first.id, second.id]
    cut_behind_the_first_line(log)
    for look in (orders.adopt, eraser.obey):
        with pytest.raises(NoDestructionLog, match=f"lacks 1 orders that were given, such as {second.id}"):
            await look()


async def test_held_letters_are_not_added_again(make: Make, database: Database) -> None:
    app = make("router")
    await eraser_of(app).carry_out(order())
    held = store_of(app, HeldLetters)
    with pytest.raises(Erased):
        await held.add(HeldLetter(id="h1", message_id="m1", held_at=example.NOW))


async def test_the_page_of_an_anonymised_case_says_so_and_nobody_works_at_it(
    app: FastAPI, officer: Browser, database: Database
) -> None:
    await store_of(app, Cases).add(planted(example.answered_case(), id="m1"))
    await eraser_of(app).carry_out(order(kind="anonymise"))
    assert "This case was anonymised on" in await officer.open("/cases/m1")
    with pytest.raises(Erased):
        await store_of(app, Cases).get_for(example.officer(), "m1", Action.WORK)
