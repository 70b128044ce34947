"""Letters to one mail domain have a limit, and do not hold up others."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from aiosmtpd.smtp import Envelope, Session

from scripts.eventually import eventually
from services.notifier.domain.lanes import MINUTE, Lanes
from services.notifier.domain.letter import LetterState
from services.notifier.store import Letters
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.notifier.mail import MailServer, posting, until

SLOW, QUICK = "slow.example", "quick.example"
SECOND = timedelta(seconds=1)


@pytest.fixture
async def letters(database: Database) -> Letters:
    made = Letters(database)
    await made.prepare()
    return made


def test_a_domain_is_closed_while_it_has_as_many_letters_as_it_may() -> None:
    lanes = Lanes(concurrent=2, per_minute=0)
    for _ in range(2):
        lanes.begin(SLOW, example.NOW)
    lanes.begin(QUICK, example.NOW)
    assert lanes.closed(example.NOW) == [SLOW]
    lanes.end(SLOW)
    assert lanes.closed(example.NOW) == []


def test_a_domain_is_closed_until_its_letters_of_this_minute_are_a_minute_old() -> None:
    lanes = Lanes(concurrent=9, per_minute=2)
    for number in range(2):
        lanes.begin(SLOW, example.NOW + number * SECOND)
        lanes.end(SLOW)
    assert lanes.closed(example.NOW + SECOND) == [SLOW]
    assert lanes.closed(example.NOW + MINUTE) == []


def test_a_pause_ends_by_itself() -> None:
    lanes = Lanes(concurrent=9, per_minute=0)
    lanes.pause(SLOW, example.NOW + SECOND)
    lanes.pause_all(example.NOW + SECOND)
    assert (lanes.closed(example.NOW), lanes.are_open(example.NOW)) == ([SLOW], False)
    assert (lanes.closed(example.NOW + SECOND), lanes.are_open(example.NOW + SECOND)) == ([], True)


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
        await server.close()
    assert tried == 3


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
