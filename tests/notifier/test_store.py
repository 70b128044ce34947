"""Letters are claimed by one sender at a time."""

import asyncio
from datetime import timedelta

import pytest

from services.notifier.domain.letter import Letter, LetterState
from services.notifier.domain.refusals import Verdict
from services.notifier.domain.sending import refused, sent
from services.notifier.store import Letters
from shared.clock import utc_now
from shared.documents import Conflict, Database
from tests import examples as example
from tests.newer import kept_through

LEASE = timedelta(seconds=60)


@pytest.fixture
async def letters(database: Database) -> Letters:
    made = Letters(database)
    await made.prepare()
    return made


async def test_a_new_letter_wakes_the_post_office(letters: Letters) -> None:
    assert not letters.due.is_set()
    await letters.add(example.letter())
    assert letters.due.is_set()


async def test_no_letter_is_claimed_when_none_is_due(letters: Letters) -> None:
    now = utc_now()
    await letters.add(example.letter(due_at=now + timedelta(milliseconds=1)))
    await letters.add(example.letter(state=LetterState.SENT))
    await letters.add(example.letter(state=LetterState.FAILED))
    assert await letters.claim(now, LEASE) is None


async def test_what_waits_longest_is_claimed_first(letters: Letters) -> None:
    for minutes in (5, 30, 10):
        await letters.add(example.letter(id=str(minutes), due_at=utc_now() - timedelta(minutes=minutes)))
    claimed = [await letters.claim(utc_now(), LEASE) for _ in range(3)]
    assert [letter.id for letter in claimed if letter] == ["30", "10", "5"]


async def test_two_senders_never_get_the_same_letter(letters: Letters, database: Database) -> None:
    for _ in range(20):
        await letters.add(example.letter())
    other = Letters(database)
    claims = [sender.claim(utc_now(), LEASE) for _ in range(15) for sender in (letters, other)]
    claimed = [letter.id for letter in await asyncio.gather(*claims) if letter]
    assert (len(claimed), len(set(claimed))) == (20, 20)


async def test_a_claim_is_counted_and_keeps_the_letter_as_it_is(letters: Letters) -> None:
    letter = example.letter()
    await letters.add(letter)
    now = utc_now()
    claimed = await letters.claim(now, LEASE)
    lease = {"due_at": now + LEASE, "leased_until": now + LEASE, "tried_at": now, "domain": "example.org"}
    assert claimed == letter.model_copy(update={"attempts": 1, "revision": 1} | lease)


async def test_a_unit_with_another_address_hastens_what_waits_but_not_what_is_being_sent(letters: Letters) -> None:
    now = utc_now()
    for letter_id in ("waiting", "leased", "refused"):
        await letters.add(example.letter(id=letter_id, unit_code="kddb", due_at=now + timedelta(hours=1)))
    for letter_id in ("leased", "refused"):
        await letters.collection.update_one({"_id": letter_id}, {"$set": {"due_at": now}})
        claimed = await letters.claim(now, LEASE)
        assert claimed and claimed.id == letter_id
        if letter_id == "refused":
            await letters.save(refused(claimed, Verdict.LATER, "451", now, [3600.0])[0])
    await letters.hasten(["kddb"], now)
    due = {
        letter_id: (await letters.get(letter_id)).due_at <= utc_now() for letter_id in ("waiting", "leased", "refused")
    }
    assert due == {"waiting": True, "leased": False, "refused": True}


async def test_an_expired_lease_is_taken_again_and_its_first_holder_gets_a_conflict(letters: Letters) -> None:
    await letters.add(example.letter())
    now = utc_now()
    first = await letters.claim(now, LEASE)
    assert await letters.claim(now + LEASE - timedelta(seconds=1), LEASE) is None
    second = await letters.claim(now + LEASE, LEASE)
    assert first and second
    assert (first.id, first.raw, second.attempts) == (second.id, second.raw, 2)
    await _save(letters, second)
    with pytest.raises(Conflict):
        await _save(letters, first)


async def test_what_a_newer_version_added_is_still_there_after_a_change(letters: Letters) -> None:
    later = example.NOW + timedelta(days=1)
    await kept_through(letters, example.letter(), lambda one: one.model_copy(update={"due_at": later}), state="held")


async def test_what_a_newer_version_added_is_still_there_when_a_letter_has_left(letters: Letters) -> None:
    letter = example.letter(id="l1")
    await letters.add(letter)
    await letters.collection.update_one({"_id": "l1"}, {"$set": {"opened": {"times": 0}}})
    claimed = await letters.claim(utc_now(), LEASE)
    assert claimed
    await _save(letters, claimed)
    raw = await letters.collection.find_one({"_id": "l1"})
    assert raw and (raw["opened"], raw["state"], raw["schema_version"]) == ({"times": 0}, "sent", 1)


async def _save(letters: Letters, letter: Letter) -> None:
    gone, announcing = sent(letter, utc_now())
    await letters.save(gone, announcing=announcing)
