"""A letter is sent again: to the same address, to the newest one, or to a corrected one."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from services.notifier.domain.composing import again, sent_again
from services.notifier.domain.letter import Letter, LetterState
from services.notifier.domain.sending import FAILED_KEPT, SENT_KEPT, failed, sent
from services.notifier.store import Letters
from shared.clock import utc_now
from shared.documents import AlreadyProcessed, Database, NotFound, NotYet, left_to_the_sweep
from shared.events import CloudEvent, LetterResendRequested
from shared.seal import Seal
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.notifier.letters import (
    CITIZEN,
    CODE,
    LINK,
    announced,
    assignment_invited,
    case_closed,
    codes_requested,
    deliver,
    handle,
    receipt_requested,
)
from tests.notifier.mail import MailServer, parsed, part, posting, until
from tests.notifier.test_deputies import told

NEW = "kaya@okul.example"
FIRST, AGAIN = "m1.receipt", "m1.receipt.again.r1"


def requested(letter_id: str = FIRST, **different: Any) -> LetterResendRequested:
    given = {"message_id": "m1", "letter_id": letter_id, "request_id": "r1", "requested_at": example.NOW}
    return LetterResendRequested.model_validate(given | different)


async def receipt_that(ended: Any, database: Database) -> Letters:
    """The store, with a receipt that has failed or was sent."""
    letters = await handle(database, receipt_requested(message_id="m1"))
    letter = await letters.get(FIRST)
    after, events = ended(letter)
    await letters.save(after, announcing=events)
    return letters


def lost(letter: Letter) -> Any:
    return failed(letter, "550 5.1.1", example.NOW)


def gone(letter: Letter) -> Any:
    return sent(letter, utc_now())


@pytest.mark.parametrize("ended", [lost, gone])
async def test_a_letter_goes_again_with_the_same_words_and_a_message_id_of_its_own(
    database: Database, ended: Any
) -> None:
    letters = await receipt_that(ended, database)
    first = letters.opened(await letters.get(FIRST))
    await handle(database, requested())
    fresh = await letters.get(AGAIN)
    assert (fresh.state, fresh.recipient, fresh.subject, fresh.attempts) == ("queued", CITIZEN, first.subject, 0)
    before, after = parsed(first.raw), parsed(fresh.raw)
    assert (after["Message-ID"], before["Message-ID"]) == (f"<{AGAIN}@klu.example>", f"<{FIRST}@klu.example>")
    assert after["Date"].datetime == example.NOW
    assert [part(after, kind) for kind in ("plain", "html")] == [part(before, kind) for kind in ("plain", "html")]
    assert CODE in part(after, "plain")


async def test_a_letter_goes_again_to_a_corrected_address_which_nothing_changes(database: Database) -> None:
    await told(database)
    event = assignment_invited(message_id="m1", assignment_id="a1", contacts_version=1)
    letters = await handle(database, event)
    lost_letter, events = lost(await letters.get("a1.invitation"))
    await letters.save(lost_letter, announcing=events)
    await handle(database, requested("a1.invitation", email=NEW))
    async with MailServer() as server, posting(letters, server.url):
        arrived = await until(letters, "a1.invitation.again.r1")
    assert [letter.recipients for letter in server.accepted] == [(NEW,)]
    assert (parsed(server.accepted[0].raw)["To"], arrived.unit_code) == (NEW, example.LIBRARY.code)
    assert LINK in part(parsed(server.accepted[0].raw), "plain")


async def test_a_units_letter_goes_again_to_its_newest_address(database: Database) -> None:
    await told(database)
    event = assignment_invited(message_id="m1", assignment_id="a1", contacts_version=1)
    letters = await handle(database, event)
    lost_letter, events = lost(await letters.get("a1.invitation"))
    await letters.save(lost_letter, announcing=events)
    with pytest.raises(NotYet):
        await handle(database, requested("a1.invitation", contacts_version=2))
    await told(database, 2, email=NEW)
    await handle(database, requested("a1.invitation", contacts_version=2))
    assert (await letters.get("a1.invitation.again.r1")).recipient == NEW


async def test_one_request_makes_one_letter(make: Make, broker: Broker, database: Database) -> None:
    await receipt_that(lost, database)
    async with MailServer() as server, listening(make("notifier", smtp_url=server.url)) as service:
        await broker.publish(example.sealed(requested()), times=10)
        assert await outcomes(service, "notifier.letter.resend_requested", of=10) == {"obeyed": 1, "duplicate": 9}
        await until(Letters(database), AGAIN)
    assert [letter.message_id for letter in server.accepted if CITIZEN in letter.recipients] == [f"{AGAIN}@klu.example"]


async def test_a_request_that_was_cut_off_after_the_new_letter_is_finished(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    letters = await receipt_that(lost, database)
    event = example.sealed(requested())
    with monkeypatch.context() as broken:
        broken.setattr(Letters, "save", _breaking)
        with pytest.raises(ConnectionError):
            await deliver(database, event)
    await deliver(database, event)
    assert [letter_id async for letter_id in letters.ids({"_id": {"$regex": "again"}})] == [AGAIN]
    with pytest.raises(AlreadyProcessed):
        await deliver(database, event)


async def _breaking(*_: Any, **__: Any) -> None:
    raise ConnectionError


async def test_the_bytes_of_a_failed_letter_stay_sealed_until_it_goes_again(database: Database) -> None:
    letters = await receipt_that(lost, database)
    assert CODE in letters.raw(await letters.get(FIRST)).decode()
    await handle(database, requested())
    first = await letters.get(FIRST)
    assert (first.state, letters.raw(first), first.keep_until) == (LetterState.FAILED, b"", None)


async def test_what_cannot_be_sent_again_is_answered(database: Database) -> None:
    letters = await receipt_that(lost, database)
    for request in ("r1", "r2"):
        await handle(database, requested(request_id=request))
    answer = (await announced(letters, FIRST))[-1]
    assert (answer["letter_id"], answer["cause"], answer["recipient"]) == ("m1.receipt.again.r2", "gone", CITIZEN)
    assert await letters.find_one("m1.receipt.again.r2") is None


async def test_a_letter_whose_key_is_lost_cannot_be_sent_again(database: Database) -> None:
    letters = await receipt_that(lost, database)
    other = Seal("another secret key of 32 characters")
    stored = {"sealed_raw": other.close("x"), "seal_key": other.key_id}
    await letters.collection.update_one({"_id": FIRST}, {"$set": stored})
    await handle(database, requested())
    assert (await announced(letters, FIRST))[-1]["cause"] == "gone"


async def test_the_letter_of_another_message_is_not_sent_again(database: Database) -> None:
    await receipt_that(lost, database)
    with pytest.raises(NotFound):
        await handle(database, requested(message_id="m2"))


async def test_a_letter_that_waits_goes_now_to_the_corrected_address(database: Database) -> None:
    letters = await handle(database, receipt_requested(message_id="m1"))
    await letters.collection.update_one({"_id": FIRST}, {"$set": {"due_at": utc_now() + timedelta(hours=4)}})
    await handle(database, requested(email=NEW))
    async with MailServer() as server, posting(letters, server.url):
        await until(letters, FIRST)
    assert [letter.recipients for letter in server.accepted] == [(NEW,)]


async def test_a_letter_that_is_being_sent_is_left_alone(database: Database) -> None:
    letters = await handle(database, receipt_requested(message_id="m1"))
    assert await letters.claim(utc_now(), timedelta(minutes=1))
    with pytest.raises(NotYet):
        await handle(database, requested(email=NEW))


async def test_bytes_are_deleted_a_week_after_a_letter_left_and_months_after_it_failed(database: Database) -> None:
    await receipt_that(gone, database)
    await handle(database, receipt_requested(message_id="m2"))
    now = utc_now()
    kept: dict[timedelta, list[bool]] = {}
    for after in (SENT_KEPT - timedelta(hours=1), SENT_KEPT + timedelta(hours=1), FAILED_KEPT + timedelta(hours=1)):
        later = Letters(_sealing(database, now + after))
        if not kept:
            lost_letter, events = failed(await later.get("m2.receipt"), "550", now)
            await later.save(lost_letter, announcing=events)
        await later.delete_old_bytes()
        kept[after] = [bool(later.raw(await later.get(letter_id))) for letter_id in (FIRST, "m2.receipt")]
    assert list(kept.values()) == [[True, True], [False, True], [False, False]]


async def test_the_bytes_of_failed_letters_go_when_the_case_is_closed(database: Database) -> None:
    letters = await receipt_that(lost, database)
    await handle(database, receipt_requested(message_id="m2"))
    await handle(database, case_closed(message_id="m1"))
    assert letters.raw(await letters.get(FIRST)) == b""
    assert letters.raw(await letters.get("m2.receipt")) != b""


async def test_codes_are_never_kept_after_they_were_sent(database: Database) -> None:
    letters = await handle(database, codes_requested(request_id="r1"))
    async with MailServer() as server, posting(letters, server.url):
        await until(letters, "r1.codes")
    assert letters.raw(await letters.get("r1.codes")) == b""


def test_a_letter_that_goes_again_for_a_second_time_has_no_longer_id() -> None:
    first = again(example.letter(), "r1", NEW, at=example.NOW, now=example.NOW)
    assert sent_again(first.id, "r2") == f"{first.id.partition('.again')[0]}.again.r2"


async def test_letters_sent_again_at_once_are_all_made(database: Database) -> None:
    letters = await receipt_that(gone, database)
    events: list[CloudEvent[Any]] = [example.sealed(requested(request_id=f"r{number}")) for number in range(3)]
    for event in events:
        await asyncio.gather(deliver(database, event))
    assert len([letter_id async for letter_id in letters.ids({"state": "queued"})]) == 3


def _sealing(database: Database, now: Any) -> Database:
    seal = Seal(example.SECRET)
    return Database(database.mongodb, source="notifier", seal=seal, on_outbox=left_to_the_sweep, clock=lambda: now)
