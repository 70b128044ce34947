"""What becomes of a letter: handed over once, tried again, or given up."""

from collections.abc import Callable
from typing import Any

import pytest

from scripts.eventually import eventually
from scripts.smtp_server import CUT
from services.notifier.domain.letter import TEMPLATES, Letter, LetterState
from services.notifier.domain.sending import OUTAGE_PAUSE
from services.notifier.store import Letters
from shared.clock import utc_now
from shared.documents import Database
from shared.telemetry import Telemetry
from tests import examples as example
from tests.notifier.mail import DELAYS, MailServer, due_now, posting, raw, until

LINK = "http://127.0.0.1:8001/t/ABCD-EFGH-JKLM-NPQR"


@pytest.fixture
async def letters(database: Database) -> Letters:
    made = Letters(database)
    await made.prepare()
    return made


async def queued(letters: Letters, **different: Any) -> Letter:
    """A letter that carries a link and waits to be sent."""
    letter = example.letter(raw=f"Subject: test\r\n\r\nBaşvurunuz: {LINK}\r\n".encode(), **different)
    await letters.add(letter)
    return letter


async def document(letters: Letters, letter_id: str) -> dict[str, Any]:
    """A letter as MongoDB keeps it."""
    found = await letters.collection.find_one({"_id": letter_id})
    assert found
    return found


async def announced(letters: Letters, letter_id: str) -> list[str]:
    return [unpublished["type"] for unpublished in example.told(await document(letters, letter_id))]


async def test_a_letter_is_handed_over_once_and_announced_once(letters: Letters) -> None:
    letter = await queued(letters)
    async with MailServer() as server, posting(letters, server.url):
        gone = await until(letters, letter.id)
        await until(letters, (await queued(letters)).id)
        await until(letters, (await queued(letters)).id)
    assert (len(server.accepted), gone.attempts, gone.refusals) == (3, 1, 0)
    assert (server.accepted[0].raw, server.accepted[0].recipients) == (letter.raw, (letter.recipient,))
    assert await announced(letters, letter.id) == ["letter.sent"]


async def test_many_letters_go_once_each_however_many_senders_there_are(letters: Letters, database: Database) -> None:
    waiting = {(await queued(letters)).id for _ in range(30)}
    async with (
        MailServer() as server,
        posting(letters, server.url),
        posting(Letters(database), server.url),
    ):
        for letter_id in waiting:
            await until(letters, letter_id)
    assert len(server.accepted) == 30
    assert await letters.collection.count_documents({"attempts": 1}) == 30


async def test_a_stored_letter_loses_its_link_once_it_was_accepted(letters: Letters) -> None:
    letter = await queued(letters, record="Başvurunuz: …")
    assert LINK.encode() in (await document(letters, letter.id))["raw"]
    async with MailServer() as server, posting(letters, server.url):
        await until(letters, letter.id)
    assert LINK.encode() in server.accepted[0].raw
    assert "ABCD-EFGH" not in str(await document(letters, letter.id))


async def test_letters_are_counted_by_their_template_and_by_what_the_mail_server_said(letters: Letters) -> None:
    async with MailServer() as server, posting(letters, server.url) as telemetry:
        assert _counted(telemetry, "failed") == dict.fromkeys(TEMPLATES, 0)
        await until(letters, (await queued(letters, template="answer")).id)
        await eventually(lambda: _is(lambda: _counted(telemetry, "sent")["answer"] == 1))
        assert _counted(telemetry, "sent")["notice"] == 0
    async with posting(letters, server.url) as telemetry:
        await queued(letters, template="answer")
        await eventually(lambda: _is(lambda: _counted(telemetry, "not_offered")["answer"] == 1))


def _counted(telemetry: Telemetry, outcome: str) -> dict[str, float]:
    samples = [sample for family in telemetry.registry.collect() for sample in family.samples]
    ours = [s for s in samples if s.name == "klu_letters_total" and s.labels["outcome"] == outcome]
    return {sample.labels["template"]: sample.value for sample in ours}


async def _is(condition: Callable[[], bool]) -> bool:
    return condition()


async def test_an_outage_counts_for_nothing_and_the_letter_goes_when_the_server_is_back(letters: Letters) -> None:
    letter = await queued(letters)
    async with MailServer() as server:
        pass
    async with posting(letters, server.url):
        waiting = await until(letters, letter.id, LetterState.QUEUED, reason="SMTPConnectError", revision=2)
        for attempt in range(2, 6):
            await due_now(letters)
            waiting = await until(
                letters, letter.id, LetterState.QUEUED, reason="SMTPConnectError", revision=2 * attempt
            )
        assert (waiting.refusals, await announced(letters, letter.id)) == (0, [])
        async with server:
            await due_now(letters)
            gone = await until(letters, letter.id)
    assert (raw(server.accepted), gone.refusals, gone.reason) == ([letter.raw], 0, "")
    assert await announced(letters, letter.id) == ["letter.sent"]


async def test_an_outage_is_looked_at_again_soon(letters: Letters) -> None:
    letter, before = await queued(letters), utc_now()
    async with MailServer() as server:
        pass
    async with posting(letters, server.url):
        waiting = await until(letters, letter.id, LetterState.QUEUED, reason="SMTPConnectError")
    assert before + OUTAGE_PAUSE <= waiting.due_at <= utc_now() + OUTAGE_PAUSE


@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
async def test_a_letter_refused_for_now_goes_later_with_the_same_bytes(letters: Letters, stage: str) -> None:
    letter = await queued(letters)
    async with MailServer(**{stage: ["451 later"] * len(DELAYS)}) as server, posting(letters, server.url):
        gone = await until(letters, letter.id)
    assert (gone.attempts, gone.refusals, set(raw(server.offered))) == (3, 2, {letter.raw})
    assert await announced(letters, letter.id) == ["letter.sent"]


async def test_a_letter_refused_for_now_too_often_is_given_up_and_shown(letters: Letters) -> None:
    letter = await queued(letters)
    async with MailServer(at_data=["451 later"] * 20) as server, posting(letters, server.url):
        lost = await until(letters, letter.id, LetterState.FAILED)
    assert (len(server.offered), lost.reason) == (1 + len(DELAYS), "451 later")
    assert await announced(letters, letter.id) == ["letter.failed"]


@pytest.mark.parametrize("stage", ["at_rcpt", "at_data"])
async def test_a_letter_refused_for_good_is_given_up_at_once(letters: Letters, stage: str) -> None:
    letter = await queued(letters)
    async with MailServer(**{stage: ["550 no such user"]}) as server, posting(letters, server.url):
        lost = await until(letters, letter.id, LetterState.FAILED)
    assert (lost.attempts, lost.reason, server.accepted) == (1, "550 no such user", [])
    assert await announced(letters, letter.id) == ["letter.failed"]


async def test_a_letter_whose_connection_was_cut_after_it_goes_again_with_the_same_bytes(letters: Letters) -> None:
    letter = await queued(letters)
    async with MailServer(at_data=[CUT]) as server, posting(letters, server.url):
        await until(letters, letter.id, LetterState.QUEUED, attempts=1, reason="SMTPServerDisconnected")
        await due_now(letters)
        gone = await until(letters, letter.id)
    assert (raw(server.offered), gone.refusals) == ([letter.raw, letter.raw], 0)
    assert await announced(letters, letter.id) == ["letter.sent"]


async def test_a_letter_whose_sender_died_is_sent_when_the_lease_is_over(letters: Letters) -> None:
    letter = await queued(letters)
    dead = await letters.claim(utc_now(), OUTAGE_PAUSE)
    assert dead
    async with MailServer() as server, posting(letters, server.url):
        await until(letters, (await queued(letters)).id)
        assert (await letters.get(letter.id)).state is LetterState.QUEUED
        await due_now(letters)
        gone = await until(letters, letter.id)
    assert (gone.attempts, len(server.accepted)) == (2, 2)


async def test_a_bad_letter_does_not_hold_up_its_neighbours(letters: Letters) -> None:
    bad = await queued(letters)
    async with MailServer(at_rcpt=["550 no"]) as server, posting(letters, server.url):
        await until(letters, bad.id, LetterState.FAILED)
        for letter in [await queued(letters) for _ in range(10)]:
            await until(letters, letter.id)
    assert len(server.accepted) == 10
