"""What waits to be sent is told every half minute, and once that nothing does."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.notifier.domain.letter import LetterState
from services.notifier.domain.mail import Kind, Mail, MailState, OwnAddress
from services.notifier.domain.sending import sent
from services.notifier.store import Letters
from services.notifier.store.mails import Mails
from services.notifier.store.reports import EVERY, FRESH, REPORT, LetterReports
from shared.documents import Database, left_to_the_sweep
from shared.seal import Seal
from tests import examples as example

NOW = example.NOW
OLD = NOW - timedelta(minutes=5)


@pytest.fixture
async def letters(database: Database) -> Letters:
    made = Letters(database)
    await made.prepare()
    return made


async def waiting(letters: Letters, letter_id: str, **different: Any) -> None:
    """A letter that was refused once."""
    given = {"made_at": OLD, "due_at": NOW + timedelta(hours=1), "attempts": 1, "reason": "451 later", "refusals": 1}
    await letters.add(example.letter(id=letter_id, **given | different))


def reports(letters: Letters, now: datetime = NOW) -> LetterReports:
    """The store as it is at a time."""
    sealing: dict[str, Any] = {"seal": Seal(example.SECRET), "on_outbox": left_to_the_sweep}
    at = Database(letters.database.mongodb, source="notifier", clock=lambda: now, **sealing)
    return LetterReports(at, Letters(at), Mails(at))


async def came(letters: Letters, mail_id: str, **different: Any) -> None:
    """A mail that was held for too many of its hour."""
    to = OwnAddress(kind=Kind.REPLY, token="t")
    given = {"sender": "deniz@Example.org", "size": 1, "content": "", "received_at": OLD, "state": MailState.HELD}
    due = {"due_at": NOW + timedelta(hours=1), "message_id": "m1"}
    await Mails(letters.database).add(Mail.model_validate({"id": mail_id, "to": to} | given | due | different))


async def told(letters: Letters) -> dict[str, Any] | None:
    """The report that waits to be published."""
    found = await letters.database["letter_reports"].find_one({"_id": REPORT})
    entries = [example.unpublished_data(entry) for entry in example.told(found)] if found else []
    return entries[-1] if entries else None


async def test_waiting_letters_are_told_by_domain_with_the_last_reason_and_the_next_attempt(letters: Letters) -> None:
    soon = NOW + timedelta(minutes=2)
    await waiting(letters, "a1", recipient="a@Slow.example", tried_at=NOW, reason="452 4.2.2 full")
    await waiting(letters, "a2", recipient="b@slow.example", tried_at=OLD, due_at=soon)
    await waiting(letters, "b1", recipient="c@old.example", made_at=OLD - timedelta(days=1))
    found = await reports(letters).waiting(NOW)
    assert (found.waiting, found.oldest_at) == (3, OLD - timedelta(days=1))
    assert [(one.domain, one.letters, one.reason, one.next_at) for one in found.domains] == [
        ("old.example", 1, "451 later", NOW + timedelta(hours=1)),
        ("slow.example", 2, "452 4.2.2 full", soon),
    ]
    longest = found.letters[0]
    assert (longest.letter_id, longest.domain, longest.refusals) == ("b1", "old.example", 1)


async def test_what_leaves_at_once_or_waits_for_the_morning_does_not_wait(letters: Letters) -> None:
    await waiting(letters, "fresh", made_at=NOW - FRESH / 2)
    await waiting(letters, "morning", attempts=0)
    await waiting(letters, "held", state=LetterState.HELD)
    assert (await reports(letters).waiting(NOW)).waiting == 0


async def test_a_report_is_made_once_in_half_a_minute_by_whichever_process(letters: Letters) -> None:
    await waiting(letters, "a1")
    for after in (0.0, 10.0, 20.0):
        await reports(letters, NOW + timedelta(seconds=after)).report()
        assert (await told(letters) or {})["reported_at"] == NOW.isoformat().replace("+00:00", "Z")
    await reports(letters, NOW + EVERY).report()
    newest = await told(letters)
    assert newest and newest["reported_at"] != NOW.isoformat().replace("+00:00", "Z")


async def test_an_unpublished_report_gives_way_to_the_newest(letters: Letters) -> None:
    await waiting(letters, "a1")
    for number in range(3):
        await reports(letters, NOW + number * EVERY).report()
    found = await letters.database["letter_reports"].find_one({})
    assert found and len(example.told(found)) == 1


async def test_that_nothing_waits_any_more_is_told_once(letters: Letters) -> None:
    await waiting(letters, "a1")
    await reports(letters).report()
    await letters.save(sent(await letters.get("a1"), NOW)[0])
    await reports(letters, NOW + EVERY).report()
    assert (await told(letters) or {})["waiting"] == 0
    await letters.database["letter_reports"].update_one({}, {"$set": {"outbox": []}})
    await reports(letters, NOW + 2 * EVERY).report()
    assert await told(letters) is None


async def test_where_nothing_ever_waited_nothing_is_told(letters: Letters) -> None:
    await reports(letters).report()
    assert await told(letters) is None


async def test_mails_that_are_not_read_yet_are_told_with_why_and_when(letters: Letters) -> None:
    await came(letters, "held")
    await came(
        letters, "stored", state=MailState.STORED, sender="", message_id=None, attempts=2, received_at=NOW - FRESH
    )
    await came(letters, "fresh", state=MailState.STORED, received_at=NOW)
    await came(letters, "read", state=MailState.READ, due_at=None)
    found = await reports(letters).waiting(NOW)
    assert (found.waiting, found.mails_waiting, found.machine_mails) == (0, 2, 0)
    assert [(one.mail_id, one.held, one.to, one.message_id, one.domain, one.attempts) for one in found.mails] == [
        ("held", True, "reply", "m1", "example.org", 0),
        ("stored", False, "reply", None, "", 2),
    ]
    assert found.mails[0].due_at == NOW + timedelta(hours=1)


async def test_mails_of_machines_that_are_never_read_are_counted_for_a_day_and_told_when_there_are_more(
    letters: Letters,
) -> None:
    await came(letters, "old", due_at=None, received_at=NOW - timedelta(days=1))
    await reports(letters).report()
    assert await told(letters) is None
    await came(letters, "m1", due_at=None)
    await reports(letters).report()
    assert (await told(letters) or {})["machine_mails"] == 1
    await letters.database["letter_reports"].update_one({}, {"$set": {"outbox": []}})
    await reports(letters, NOW + EVERY).report()
    assert await told(letters) is None


async def test_that_the_last_mail_was_read_is_told_once(letters: Letters) -> None:
    await came(letters, "held")
    await reports(letters).report()
    assert (await told(letters) or {})["mails_waiting"] == 1
    await letters.database["mails"].update_one({}, {"$set": {"state": "read", "due_at": None}})
    await reports(letters, NOW + EVERY).report()
    assert (await told(letters) or {})["mails_waiting"] == 0
