"""What somebody must be told of by letter. Each event is delivered ten times over the real broker: one letter."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest

from scripts.eventually import eventually
from services.notifier.domain.letter import Letter, LetterState
from services.notifier.domain.sending import UnknownDecision, failed
from services.notifier.store import Letters, ReceiptCounts
from shared.clock import utc_now
from shared.documents import Database, NotFound, NotYet
from shared.events import AssignmentRecalled, LetterDecided, LetterFailed, MessageEvent
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.notifier.letters import (
    CITIZEN,
    CODE,
    EVENTS,
    LATER,
    LINK,
    RECIPIENTS,
    STATUS_URL,
    assignment_invited,
    case_answered,
    case_closed,
    handle,
    receipt_requested,
)
from tests.notifier.mail import MailServer, parsed, part


async def every(database: Database) -> list[Letter]:
    """All letters, in the order in which they were made."""
    return await Letters(database).find({}, sort=[("made_at", 1)], limit=100)


@pytest.mark.parametrize("template", EVENTS)
async def test_an_event_makes_one_letter_however_often_it_is_delivered(
    make: Make, broker: Broker, database: Database, template: str
) -> None:
    event = EVENTS[template]
    async with MailServer() as server, listening(make("notifier", smtp_url=server.url)) as service:
        await broker.publish(example.sealed(event), times=10)
        assert await outcomes(service, f"notifier.{event.type}", of=10) == {"obeyed": 1, "duplicate": 9}
        told = [json.loads((await broker.take("router.letter.sent")).body)]
        told += [
            json.loads((await broker.take("router.letter.sent")).body)
            for _ in range(await broker.count("router.letter.sent"))
        ]
    assert len({event["id"] for event in told}) == 1  # the relay may publish an event again
    announced = told[0]["data"]
    (letter,) = await every(database)
    assert (letter.template, letter.recipient, letter.message_id) == (template, RECIPIENTS[template], event.message_id)
    assert [letter.recipients for letter in server.accepted] == [(RECIPIENTS[template],)]
    assert (announced["letter_id"], announced["template"]) == (letter.id, template)
    assert announced.get("assignment_id") == getattr(event, "assignment_id", None)


@pytest.mark.parametrize(
    "event",
    [
        case_answered(submitter=example.submitter(email=None)),
        case_closed(submitter=example.submitter(email=None)),
        case_closed(submitter=None, explanation=""),
    ],
    ids=["answered, no address", "closed, no address", "closed, nothing to tell"],
)
async def test_who_left_no_address_gets_no_letter(
    make: Make, broker: Broker, database: Database, event: MessageEvent
) -> None:
    async with listening(make("notifier")) as service:
        await broker.publish(example.sealed(event), times=10)
        assert await outcomes(service, f"notifier.{event.type}", of=10) == {"obeyed": 10}
    assert await every(database) == []


@pytest.mark.parametrize("order", [1, -1], ids=["in order", "reversed"])
async def test_the_letters_of_a_case_are_the_same_in_any_order(
    make: Make, broker: Broker, database: Database, order: int
) -> None:
    message_id = "m1"
    events = [event.model_copy(update={"message_id": message_id}) for event in EVENTS.values()]
    async with listening(make("notifier")) as service:
        for event in events[::order]:
            await broker.publish(example.sealed(event))
        for queue in {f"notifier.{event.type}" for event in events}:
            await outcomes(service, queue, of=1)
        letters = await eventually(lambda: _all(database))
    threads = {letter.template: parsed(letter.raw)["In-Reply-To"] for letter in letters}
    assert threads["answer"] == threads["closure"] == "<m1.receipt@klu.example>"
    assert {threads[template] for template in ("question", "rerouting")} == {"<m1.receipt@klu.example>"}
    told = {"arrival", "decline", "follow_up", "question_answered", "objection", "withdrawal"}
    told |= {"unit_question", "unit_interim", "unit_mail"}
    assert {threads[template] for template in told} == {"<m1.notice@klu.example>"}
    assert threads["receipt"] is threads["notice"] is threads["invitation"] is None
    assert {letter.template for letter in letters} == set(EVENTS)


async def test_a_case_that_is_closed_again_after_an_objection_is_told_again(database: Database) -> None:
    closed = case_closed()
    await handle(database, closed)
    await handle(database, closed.model_copy(update={"explanation": "İtirazınız incelenmiştir."}))
    assert [letter.template for letter in await every(database)] == ["closure", "closure"]


async def test_two_returns_of_one_assignment_are_two_letters_in_one_thread(database: Database) -> None:
    again = assignment_invited(returned_because="Tarih de yazınız.")
    await handle(database, again)
    await handle(database, again)
    letters = await every(database)
    assert len({letter.id for letter in letters}) == 2
    assert {parsed(letter.raw)["References"] for letter in letters} == {
        f"<{again.assignment_id}.invitation@klu.example>"
    }


async def test_a_return_is_a_reply_to_the_invitation_in_the_units_mailbox(database: Database) -> None:
    first = assignment_invited()
    await handle(database, first, mail_from="hat@bilgiislem.kirklareli.edu.tr")
    await handle(
        database, first.model_copy(update={"returned_because": "Eksik."}), mail_from="hat@bilgiislem.kirklareli.edu.tr"
    )
    invitation, returned = [parsed(letter.raw) for letter in await every(database)]
    assert returned["In-Reply-To"] == returned["References"] == invitation["Message-ID"]


@pytest.mark.parametrize("template", ["receipt", "invitation", "return"])
async def test_a_link_leaves_the_stored_letter_when_it_was_accepted(
    make: Make, broker: Broker, database: Database, template: str
) -> None:
    async with MailServer() as server, listening(make("notifier", smtp_url=server.url)):
        await broker.publish(example.sealed(EVENTS[template]))
        await broker.take("router.letter.sent")
        raw = str(await database["letters"].find_one({}))
    secret = CODE if template == "receipt" else LINK
    assert secret in part(server.accepted[0].mail, "plain")
    for trace in (CODE, LINK, LINK.rpartition("/")[2]):
        assert trace not in raw


async def test_the_automatic_receipt_holds_nothing_that_the_citizen_wrote(
    make: Make, broker: Broker, database: Database
) -> None:
    submitted, receipt = EVENTS["notice"], EVENTS["receipt"]
    async with MailServer() as server, listening(make("notifier", smtp_url=server.url)):
        await broker.publish(example.sealed(receipt))
        await broker.take("router.letter.sent")
    letter = server.accepted[0].mail
    for written in (submitted.model_dump()["subject"], submitted.model_dump()["text"]):
        assert written not in letter["Subject"] + part(letter, "plain") + part(letter, "html")
    assert letter["To"] == CITIZEN


async def test_a_refused_letter_is_announced_once(make: Make, broker: Broker, database: Database) -> None:
    async with (
        MailServer(at_rcpt=["550 no such user"]) as server,
        listening(make("notifier", smtp_url=server.url)),
    ):
        await broker.publish(example.sealed(EVENTS["invitation"]))
        failed: dict[str, Any] = json.loads((await broker.take("router.letter.failed")).body)["data"]
        told = json.loads((await broker.take("router.letter.sent")).body)["data"]
    assert (failed["template"], failed["reason"]) == ("invitation", "550 no such user")
    assert (told["template"], await broker.count("router.letter.failed")) == ("failure", 0)


@pytest.mark.parametrize(
    "email", ["a@b.example, c@d.example", "a@b.example\r\nBcc: c@d.example", "a@b\x00.example", ""]
)
async def test_a_letter_without_one_proper_recipient_is_parked_unwritten(
    make: Make, broker: Broker, database: Database, email: str
) -> None:
    told = example.sealed(assignment_invited()).model_dump_json().replace('"kddb@klu.example"', json.dumps(email))
    async with listening(make("notifier")) as service:
        await broker.publish_raw("assignment.invited", example.SIGNERS["replies"].sign(told).encode())
        await outcomes(service, "notifier.assignment.invited", of=1)
        parked = await broker.take("notifier.parked")
    assert "data.unit.email" in str(parked.headers["x-reason"])
    assert await every(database) == []


async def _all(database: Database) -> list[Letter] | None:
    letters = await every(database)
    return letters if len(letters) == len(EVENTS) else None


async def test_the_third_receipt_of_an_hour_is_held_until_an_officer_decides(
    make: Make, broker: Broker, database: Database
) -> None:
    async with MailServer() as server, listening(make("notifier", smtp_url=server.url, receipts_per_hour=2)) as service:
        spellings = ["a.b@gmail.com", "ab+x@GMail.com", "ab@gmail.com", "ab@gmail.com"]
        for number, address in enumerate(spellings):
            await broker.publish(example.sealed(receipt_requested(message_id=f"m{number}", email=address)))
        assert (await outcomes(service, "notifier.receipt.requested", of=4))["obeyed"] == 4
        held = [json.loads((await broker.take("router.letter.held")).body)["data"] for _ in "ab"]
        for one, decision in zip(held, ("release", "discard"), strict=True):
            ids = {"message_id": one["message_id"], "letter_id": one["letter_id"]}
            decided = LetterDecided(**ids, decision=decision, decided_at=example.NOW)
            await broker.publish(example.sealed(decided), times=2)
        assert (await outcomes(service, "notifier.letter.decided", of=4))["duplicate"] == 2
        await eventually(lambda: asyncio.sleep(0, len(server.accepted) == 3))
    states = {letter.id: letter.state for letter in await every(database)}
    assert sorted(states.values()) == ["discarded", "sent", "sent", "sent"]
    assert states[held[1]["letter_id"]] == "discarded"


async def test_a_unit_that_is_no_longer_asked_gets_a_letter(database: Database) -> None:
    invited = assignment_invited()
    await handle(database, invited)
    recalled = AssignmentRecalled(
        message_id=invited.message_id, assignment_id=invited.assignment_id, reason="x", recalled_at=example.NOW
    )
    letters = await handle(database, recalled)
    letter = await letters.get(f"{invited.assignment_id}.recall")
    assert (letter.recipient, letter.template) == (example.LIBRARY.email, "recall")
    assert "Cevabınıza gerek kalmamıştır" in letter.subject


@pytest.mark.parametrize(
    ("invited", "cause", "told"),
    [
        ({}, None, True),
        ({}, "closed", True),
        ({}, "answered", True),
        ({"reply_expected": False}, "closed", False),
        ({"reply_expected": False}, "answered", False),
        ({"reply_expected": False}, "recalled", True),
    ],
)
async def test_a_unit_that_owed_no_reply_hears_only_of_a_recall(
    database: Database, invited: dict[str, Any], cause: str | None, told: bool
) -> None:
    asked = assignment_invited(**invited)
    await handle(database, asked)
    ids = {"message_id": asked.message_id, "assignment_id": asked.assignment_id}
    letters = await handle(database, AssignmentRecalled(**ids, reason="x", cause=cause, recalled_at=example.NOW))
    assert (await letters.find_one(f"{asked.assignment_id}.recall") is not None) is told


async def test_a_unit_that_was_never_reached_is_not_told_that_it_need_not_reply(database: Database) -> None:
    asked = assignment_invited()
    letters = await handle(database, asked)
    lost, _ = failed(await letters.get(f"{asked.assignment_id}.invitation"), "550", example.NOW)
    await letters.save(lost)
    ids = {"message_id": asked.message_id, "assignment_id": asked.assignment_id}
    await handle(database, AssignmentRecalled(**ids, reason="x", recalled_at=example.NOW))
    assert await letters.find_one(f"{asked.assignment_id}.recall") is None


async def test_a_receipt_that_is_delivered_again_counts_once(database: Database) -> None:
    counts, now = ReceiptCounts(database), example.NOW
    for letter_id in "ababcac":
        assert await counts.has_room(letter_id, "x@example.org", now, most=2) is (letter_id != "c")
    assert await counts.has_room("c", "y@example.org", now, most=2)
    assert await counts.has_room("c", "x@example.org", now + timedelta(hours=1), most=2)


async def test_receipts_at_the_same_time_have_room_for_no_more_than_there_is(database: Database) -> None:
    counts = ReceiptCounts(database)
    asked = (counts.has_room(str(n), "x@example.org", example.NOW, most=5) for n in range(40))
    assert sum(await asyncio.gather(*asked)) == 5


async def test_a_letter_to_a_desk_that_cannot_be_reached_causes_no_other(database: Database) -> None:
    event = receipt_requested(message_id="m1")
    told = {"message_id": "m1", "template": "x", "reason": "550", "failed_at": example.NOW}
    failing = [LetterFailed(letter_id=letter_id, **told) for letter_id in ("m1.receipt", "m1.receipt.failure")]
    for one in (event, *failing):
        letters = await handle(database, one, desk_email="hat@kırklareli.example")
    assert await letters.find_one("m1.receipt.failure.failure") is None


async def test_a_recall_waits_for_its_invitation_without_counting_as_long_as_the_portal_may_be_away(
    make: Make, broker: Broker, database: Database
) -> None:
    with pytest.raises(NotYet):
        await handle(database, LATER["recall"], clock=lambda: example.NOW + timedelta(days=2))
    with pytest.raises(NotFound):
        await handle(database, LATER["recall"], clock=lambda: example.NOW + timedelta(days=4))
    async with listening(make("notifier", retry_delays=(0.05,))) as service:
        await broker.publish(example.sealed(LATER["recall"], at=utc_now()))
        await eventually(lambda: _tried(service, 3))
        await broker.publish(example.sealed(assignment_invited(message_id="m1", assignment_id="a1")))
        await eventually(lambda: Letters(database).find_one("a1.recall"))
    assert await broker.count("notifier.parked") == 0


async def _tried(service: Any, times: int) -> bool:
    return bool(service.consuming.done["notifier.assignment.recalled"] >= times)


async def test_a_unit_that_never_got_its_invitation_gets_no_recall(database: Database) -> None:
    invited = assignment_invited()
    letters = await handle(database, invited)
    first = await letters.get(f"{invited.assignment_id}.invitation")
    await letters.save(first.model_copy(update={"state": LetterState.FAILED}))
    recalled = LATER["recall"].model_copy(update={"assignment_id": invited.assignment_id})
    await handle(database, recalled)
    assert len(await every(database)) == 1


@pytest.mark.parametrize(("cause", "told"), [("answered", False), ("closed", False), ("recalled", True)])
async def test_a_unit_without_a_duty_to_reply_is_told_of_a_recall_only(
    database: Database, cause: str, told: bool
) -> None:
    invited = assignment_invited(reply_expected=False)
    letters = await handle(database, invited)
    ids = {"message_id": invited.message_id, "assignment_id": invited.assignment_id}
    recalled = AssignmentRecalled(**ids, reason="", cause=cause, reply_expected=False, recalled_at=example.NOW)
    await handle(database, recalled)
    assert (await letters.find_one(f"{invited.assignment_id}.recall") is not None) is told


async def test_a_held_letter_is_sealed_until_it_is_released(database: Database) -> None:
    letters = await handle(database, receipt_requested(message_id="m1"), receipts_per_hour=1)
    sent = (await letters.get("m1.receipt")).raw
    await handle(database, receipt_requested(message_id="m2"), receipts_per_hour=1)
    stored = str(await database["letters"].find_one({"_id": "m2.receipt"}))
    assert CODE not in stored
    decided = LetterDecided(message_id="m2", letter_id="m2.receipt", decision="release", decided_at=example.NOW)
    await handle(database, decided)
    released = await letters.get("m2.receipt")
    assert (released.state, released.sealed_raw, released.seal_key) == ("queued", "", "")
    assert part(parsed(released.raw), "plain") == part(parsed(sent), "plain")


async def test_a_decision_that_this_version_does_not_know_discards_nothing(database: Database) -> None:
    await handle(database, receipt_requested(message_id="m1"), receipts_per_hour=1)
    letters = await handle(database, receipt_requested(message_id="m2"), receipts_per_hour=1)
    decided = LetterDecided(message_id="m2", letter_id="m2.receipt", decision="postpone", decided_at=example.NOW)
    with pytest.raises(UnknownDecision):
        await handle(database, decided)
    assert (await letters.get("m2.receipt")).state == "held"


async def test_a_desk_with_an_international_address_gets_no_letter_about_its_own(database: Database) -> None:
    desk, submitted = "hat@üniversite.example", example.message_submitted()
    await handle(database, submitted, desk_email=desk)
    ids = {"message_id": submitted.message_id, "letter_id": f"{submitted.message_id}.notice", "template": "notice"}
    failed = LetterFailed(**ids, reason="550", failed_at=example.NOW)
    letters = await handle(database, failed, desk_email=desk)
    assert await letters.find_one(f"{failed.letter_id}.failure") is None


async def test_the_spellings_of_an_international_domain_are_one_address(database: Database) -> None:
    for number, email in enumerate(["a@üniversite.example", "a@xn--niversite-p9a.example"]):
        letters = await handle(database, receipt_requested(message_id=f"m{number}", email=email), receipts_per_hour=1)
    assert [(await letters.get(f"m{n}.receipt")).state for n in range(2)] == ["queued", "held"]
    await handle(database, case_answered(message_id="m0", submitter=example.submitter(email="a@üniversite.example")))
    (letter,) = await letters.find({"template": "answer"}, sort=[("_id", 1)], limit=2)
    assert STATUS_URL in part(parsed(letter.raw), "plain")


async def test_the_desk_gets_a_letter_about_a_failed_one_but_not_about_its_own(database: Database) -> None:
    submitted = example.message_submitted()
    for event, letter_id, told in (
        (receipt_requested(message_id="m1"), "m1.receipt", True),
        (submitted, f"{submitted.message_id}.notice", False),
    ):
        await handle(database, event)
        failed = LetterFailed(
            message_id=event.message_id, letter_id=letter_id, template="x", reason="550", failed_at=example.NOW
        )
        letters = await handle(database, failed)
        assert (await letters.find_one(f"{letter_id}.failure") is not None) is told


async def test_the_answer_links_to_the_status_page_if_the_receipt_went_to_the_same_address(database: Database) -> None:
    wide = "ali@üniversite.example"
    cases = [(CITIZEN, CITIZEN, True), (CITIZEN, "other@example.org", False), (wide, wide, True)]
    for number, (first, email, linked) in enumerate(cases):
        await handle(database, receipt_requested(message_id=f"m{number}", email=first))
        answered = case_answered(message_id=f"m{number}", submitter=example.submitter(email=email))
        letters = await handle(database, answered)
        (letter,) = await letters.find({"template": "answer", "message_id": f"m{number}"}, sort=[("_id", 1)], limit=2)
        assert (STATUS_URL in part(parsed(letter.raw), "plain")) is linked
        assert STATUS_URL not in letter.record
        assert STATUS_URL not in str((await letters.get(f"m{number}.receipt")).sealed_link)
