"""What opens a page, or is somebody's, is not in clear in the database, and can be opened after a change of keys."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.store import Messages
from services.notifier.domain.letter import LetterState
from services.notifier.domain.mail import Kind, Mail, OwnAddress
from services.notifier.domain.sending import failed
from services.notifier.store import Letters
from services.notifier.store.mails import Mails
from services.router.operations.store import ParkedEvents
from shared.clock import utc_now
from shared.documents import Database, Documents, left_to_the_sweep
from shared.outbox import SEAL_KEY
from shared.scheduled import act_on_due
from shared.seal import Seal, WrongKey, key_id
from tests import examples as example
from tests.stack import Stack

OLD, NEW = "the first secret key of this service", "the second secret key of this service"
LINK = "http://127.0.0.1:8003/a/secret-of-the-link"


def keyed(database: Database, seal: Seal) -> Database:
    return Database(database.mongodb, source="test", seal=seal, on_outbox=left_to_the_sweep)


async def at_rest(store: Documents[Any]) -> str:
    return str(await store.collection.find().to_list(None))


def test_an_old_key_opens_and_the_new_one_closes() -> None:
    both = Seal(NEW, [OLD])
    assert both.open(Seal(OLD).close("ğ")) == both.open(both.close("ğ")) == Seal(NEW).open(both.close("ğ")) == "ğ"
    assert both.key_id == key_id(NEW) != key_id(OLD)
    with pytest.raises(WrongKey):
        Seal(OLD).open(both.close("ğ"))


async def test_an_owed_event_is_sealed_with_the_name_of_its_key_and_read_under_the_next(database: Database) -> None:
    event = example.message_submitted(text=LINK)
    await Messages(keyed(database, Seal(OLD))).add(example.message(), announcing=event)
    after = Messages(keyed(database, Seal(NEW, [OLD])))
    assert LINK not in await at_rest(after)
    (stored,) = (await after.collection.find_one({}) or {})["outbox"]
    assert stored[SEAL_KEY] == key_id(OLD)
    (entry,) = await after.unpublished(before=utc_now(), limit=1)
    assert (LINK in entry.body, entry.sealed) == (True, False)


async def test_what_an_older_version_owes_in_clear_is_published(database: Database) -> None:
    await Messages(database).add(example.message(), announcing=example.message_submitted(text=LINK))
    sealing = Messages(keyed(database, Seal(NEW)))
    assert LINK in await at_rest(sealing)
    (entry,) = await sealing.unpublished(before=utc_now(), limit=1)
    assert LINK in entry.body


async def test_a_letter_that_is_refused_for_good_keeps_its_bytes_sealed(database: Database) -> None:
    letters = Letters(keyed(database, Seal(OLD)))
    letter = example.letter(raw=LINK.encode())
    await letters.add(letter)
    lost, announcing = failed(letter, "550 no such user", example.NOW)
    await letters.save(lost, announcing=announcing)
    assert LINK not in await at_rest(letters)
    kept = await letters.get(letter.id)
    assert (kept.state, kept.raw, letters.raw(kept)) == (LetterState.FAILED, b"", LINK.encode())


async def test_a_failed_letter_of_an_older_version_is_sealed_by_the_job(database: Database) -> None:
    letters = Letters(keyed(database, Seal(NEW)))
    await letters.add(example.letter(id="l1", state="failed"))
    in_clear = {"raw": LINK.encode(), "sealed_raw": "", "seal_key": ""}
    await letters.collection.update_one({"_id": "l1"}, {"$set": in_clear})
    await letters.add(example.letter(id="waits", raw=b"still to be sent"))
    assert LINK in await at_rest(letters)
    await act_on_due(letters, letters.sealed_before, letters.seal_anew)
    assert LINK not in await at_rest(letters)
    assert letters.raw(await letters.get("l1")) == LINK.encode()
    assert (await letters.get("waits")).raw == b"still to be sent"


async def test_what_is_kept_for_long_is_sealed_anew_under_the_newest_key(database: Database, stack: Stack) -> None:
    event = example.sealed(example.case_answered(answer=LINK))
    before = keyed(database, Seal(OLD))
    await ParkedEvents(before, stack.rabbitmq_url).keep(example.parked(event))
    await Letters(before).add(letter := example.letter(raw=LINK.encode()))
    await Letters(before).save(letter.model_copy(update={"state": LetterState.FAILED}))
    await Letters(before).add(left := example.letter(id="left", raw=LINK.encode()))
    await Letters(before).save(left.model_copy(update={"state": LetterState.SENT}))
    content = await Mails(before).keep_content(LINK.encode())

    both, now = keyed(database, Seal(NEW, [OLD])), utc_now() + timedelta(days=1)
    parked, letters = ParkedEvents(both, stack.rabbitmq_url), Letters(both)
    for store in (parked, letters):
        await act_on_due(store, store.sealed_before, store.seal_anew)
        assert [found async for found in store.ids(store.sealed_before(now))] == []
        assert LINK not in await at_rest(store)
    await Mails(both).seal_anew()

    alone = keyed(database, Seal(NEW))
    opened = ParkedEvents(alone, stack.rabbitmq_url)
    (one,) = [await opened.get(found["_id"]) async for found in opened.collection.find({}, {"_id": 1})]
    assert LINK in opened.message(one).content
    again = Letters(alone)
    for letter_id in (letter.id, left.id):
        assert again.raw(await again.get(letter_id)) == LINK.encode()
    mail = Mail(id="m", to=OwnAddress(kind=Kind.HOTLINE), size=9, content=content, received_at=now)
    assert await Mails(alone).content_of(mail) == LINK.encode()
