"""Letters to one mail domain have a limit, and do not hold up others."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope, Session

from scripts.eventually import eventually
from services.notifier.domain.letter import LetterState
from services.notifier.domain.refusals import Verdict
from services.notifier.domain.sending import ROOM_PAUSE, put_back
from services.notifier.store import Letters
from services.notifier.store.lanes import EVERYWHERE, MINUTE, Lanes
from shared.clock import utc_now
from shared.documents import Database
from shared.telemetry import Telemetry
from tests import examples as example
from tests.notifier.mail import MailServer, post_office, posting, until

SLOW, QUICK = "slow.example", "quick.example"
SECOND = timedelta(seconds=1)
LEASE = timedelta(minutes=2)


@pytest.fixture
async def letters(database: Database) -> Letters:
    made = Letters(database)
    await made.prepare()
    return made


@pytest.fixture
async def lanes(database: Database) -> Lanes:
    made = limited(database)
    await made.prepare()
    return made


def limited(database: Database, *, concurrent: int = 2, per_minute: int = 0) -> Lanes:
    """The limits as one process sees them."""
    return Lanes(database, concurrent=concurrent, per_minute=per_minute)


async def taken(lanes: Lanes, domain: str, now: datetime = example.NOW) -> str:
    place, _ = await lanes.take(domain, now, now + LEASE)
    assert place
    return place


async def refused(lanes: Lanes, domain: str, now: datetime = example.NOW) -> bool:
    """Whether there is no place for one letter more."""
    return await lanes.take(domain, now, now + LEASE) == (None, True)


async def test_a_domain_is_closed_while_it_has_as_many_letters_as_it_may(lanes: Lanes, database: Database) -> None:
    first, _ = await taken(lanes, SLOW), await taken(limited(database), SLOW)
    await taken(lanes, QUICK)
    assert await lanes.closed(example.NOW) == [SLOW]
    assert await refused(lanes, SLOW)
    await lanes.give_back(SLOW, first)
    assert await lanes.closed(example.NOW) == []
    await taken(lanes, SLOW)


async def test_of_many_processes_at_once_no_more_get_a_place_than_may(database: Database) -> None:
    processes = [limited(database, concurrent=3) for _ in range(10)]
    places = await asyncio.gather(*(one.take(SLOW, example.NOW, example.NOW + LEASE) for one in processes))
    assert len([place for place, _ in places if place]) == 3


@pytest.mark.parametrize("limits", [{"concurrent": 2}, {"concurrent": 9, "per_minute": 2}], ids=["at_once", "a_minute"])
async def test_who_takes_the_last_place_of_a_domain_is_told(database: Database, limits: dict[str, int]) -> None:
    until = example.NOW + LEASE
    taken = [await limited(database, **limits).take(SLOW, example.NOW, until) for _ in range(3)]
    assert [(bool(place), last) for place, last in taken] == [(True, False), (True, True), (False, True)]


async def test_the_place_of_a_process_that_ended_is_free_after_its_lease(lanes: Lanes) -> None:
    for _ in range(2):
        await taken(lanes, SLOW)
    assert await lanes.closed(example.NOW + LEASE - SECOND) == [SLOW]
    assert await lanes.closed(example.NOW + LEASE) == []
    await taken(lanes, SLOW, example.NOW + LEASE)


async def test_a_domain_is_closed_until_its_letters_of_this_minute_are_a_minute_old(database: Database) -> None:
    lanes = limited(database, concurrent=9, per_minute=2)
    for number in range(2):
        await lanes.give_back(SLOW, await taken(lanes, SLOW, example.NOW + number * SECOND))
    other = limited(database, concurrent=9, per_minute=2)
    assert await other.closed(example.NOW + SECOND) == [SLOW]
    assert await refused(other, SLOW, example.NOW + SECOND)
    assert await other.closed(example.NOW + MINUTE) == []


async def test_without_a_limit_of_the_minute_a_domain_stays_small_however_many_letters_it_gets(lanes: Lanes) -> None:
    for _ in range(20):
        await lanes.give_back(SLOW, await taken(lanes, SLOW))
    (kept,) = [one async for one in lanes.collection.find()]
    assert set(kept) == {"_id", "places", "expires_at"} and kept["places"] == []


async def test_a_pause_holds_for_every_process_and_ends_by_itself(lanes: Lanes, database: Database) -> None:
    await lanes.pause(SLOW, example.NOW + SECOND)
    await lanes.pause_all(example.NOW + SECOND)
    await lanes.pause(SLOW, example.NOW)  # a shorter one of another process does not end it
    assert await limited(database).closed(example.NOW) == sorted([EVERYWHERE, SLOW])
    assert await limited(database).closed(example.NOW + SECOND) == []


async def test_two_processes_together_keep_the_limit_of_a_domain(letters: Letters, database: Database) -> None:
    for number in range(12):
        await letters.add(example.letter(id=f"slow{number}", recipient=f"{number}@{SLOW}"))
    await letters.add(example.letter(id="quick", recipient=f"a@{QUICK}"))
    server = SlowServer()
    await server.open()
    limit = {"letters_per_domain": 3}
    async with (
        posting(letters, server.url, **limit),
        posting(Letters(database), server.url, **limit),
        posting(Letters(database), server.url, **limit),
    ):
        await until(letters, "quick")
        await eventually(lambda: _is(server, 3))
        tried = {"domain": SLOW, "attempts": {"$gt": 0}}  # one that finds no place is put back

        async def three_are_tried() -> bool:
            return await letters.collection.count_documents(tried) == 3

        await eventually(three_are_tried)
        await server.close()
    assert server.silent == 3


async def test_a_letter_without_a_place_is_put_back_and_that_was_no_attempt() -> None:
    claimed = example.letter(attempts=3, refusals=1, due_at=example.NOW + LEASE, leased_until=example.NOW + LEASE)
    back = put_back(claimed, example.NOW)
    assert (back.attempts, back.refusals, back.leased_until) == (2, 1, None)
    assert back.due_at == example.NOW + ROOM_PAUSE


async def test_a_slow_domain_does_not_hold_up_others(letters: Letters) -> None:
    for number in range(20):
        await letters.add(example.letter(id=f"slow{number}", recipient=f"{number}@{SLOW}"))
    await letters.add(example.letter(id="quick", recipient=f"a@{QUICK}"))
    server = SlowServer()
    await server.open()
    async with posting(letters, server.url, letters_per_domain=3):
        await until(letters, "quick")
        await eventually(lambda: _is(server, 3))
        tried = await letters.collection.count_documents({"domain": SLOW, "attempts": {"$gt": 0}})
        untouched = await letters.collection.count_documents({"domain": SLOW, "revision": 0})
        await server.close()
    assert (tried, untouched) == (3, 17)  # none was claimed and put back


async def test_a_domain_that_closes_gets_a_pause_and_others_their_letters(letters: Letters) -> None:
    await letters.add(example.letter(id="first", recipient=f"a@{SLOW}"))
    async with MailServer(at_rcpt=["421 4.7.0 try later"]) as server, posting(letters, server.url):
        await until(letters, "first", LetterState.QUEUED, refusals=1, reason="421 4.7.0 try later")
        await letters.add(example.letter(id="second", recipient=f"b@{SLOW}"))
        await letters.add(example.letter(id="other", recipient=f"b@{QUICK}"))
        await until(letters, "other")
        second = await letters.get("second")
    assert (second.attempts, len(server.accepted)) == (0, 1)


async def test_a_mail_server_that_refuses_us_is_left_alone_and_no_letter_fails(letters: Letters) -> None:
    for number in range(3):
        await letters.add(example.letter(id=f"l{number}"))
    async with MailServer(at_mail=["550 5.7.1 sender not allowed"] * 20) as server, posting(letters, server.url):
        await eventually(lambda: _with_a_reason(letters))
        await letters.add(example.letter(id="later", due_at=utc_now()))
        letters.due.set()
        await asyncio.sleep(0)
        found = await letters.find({}, sort=[("_id", 1)], limit=9)
    assert {letter.state for letter in found} == {LetterState.QUEUED}
    assert {letter.refusals for letter in found} == {0}
    assert (await letters.get("later")).attempts == 0


async def test_a_pause_that_begins_while_the_office_asks_for_pauses_is_kept(
    letters: Letters, monkeypatch: pytest.MonkeyPatch
) -> None:
    office, closed = post_office(letters, "smtp://127.0.0.1:1", Telemetry()), Lanes.closed
    refused = example.letter(id="refused", due_at=utc_now() + MINUTE)
    for letter in (refused, example.letter(id="later", due_at=utc_now())):
        await letters.add(letter)

    async def asked(lanes: Lanes, now: datetime) -> list[str]:
        before = await closed(lanes, now)
        await office.on_refusal(refused, Verdict.CLIENT, "550 5.7.1 sender not allowed")
        return before

    monkeypatch.setattr(Lanes, "closed", asked)
    await office.send_due()
    assert not office.posting
    assert (await letters.get("later")).attempts == 0


async def _with_a_reason(letters: Letters) -> bool:
    return bool(await letters.collection.count_documents({"reason": "550 5.7.1 sender not allowed"}))


async def _is(server: "SlowServer", letters: int) -> bool:
    return server.silent == letters


class SlowServer(MailServer):
    """It never answers for letters to the slow domain."""

    silent = 0

    async def handle_DATA(self, server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        if any(address.endswith(SLOW) for address in envelope.rcpt_tos):
            self.silent += 1
            await asyncio.Event().wait()
        return await super().handle_DATA(server, session, envelope)
