"""Due work is done once, however many replicas run and however often."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from pymongo.errors import AutoReconnect

from shared.documents import Database, Documents
from shared.events import Event
from shared.scheduled import act_on_due, deciding
from shared.state import Aggregate
from tests import examples as example
from tests.shared.test_documents import viewed

HOUR = timedelta(hours=1)


class Reminder(Aggregate):
    due_at: datetime | None
    sent: int = 0


def remind(reminder: Reminder, now: datetime) -> tuple[Reminder, Sequence[Event]] | None:
    """Remind once; a reminder without a date is not due any more."""
    if reminder.due_at is None or reminder.due_at > now:
        return None
    return reminder.model_copy(update={"due_at": None, "sent": reminder.sent + 1}), [viewed(reminder.id)]


def reminders(database: Database, now: datetime) -> Documents[Reminder]:
    """The store of one process, with a fixed clock."""
    own = Database(database.mongodb, source="test", clock=lambda: now, on_outbox=database.on_outbox)
    return Documents(own, "reminders", Reminder)


async def look(store: Documents[Reminder], act: Any = None) -> bool:
    return await act_on_due(store, lambda now: {"due_at": {"$lte": now}}, act or deciding(store, remind))


async def state(store: Documents[Reminder]) -> dict[str, tuple[int, int]]:
    """For each, how often it was sent, and how many events its outbox has."""
    return {raw["_id"]: (raw["sent"], len(raw["outbox"])) async for raw in store.collection.find({})}


async def test_what_is_due_happens_and_what_is_not_waits(database: Database) -> None:
    store = reminders(database, example.NOW)
    await store.add(Reminder(id="due", due_at=example.NOW))
    await store.add(Reminder(id="later", due_at=example.NOW + HOUR))
    for _ in range(2):
        assert not await look(store)
    assert await state(store) == {"due": (1, 1), "later": (0, 0)}
    await look(reminders(database, example.NOW + HOUR))
    assert await state(store) == {"due": (1, 1), "later": (1, 1)}


async def test_replicas_do_nothing_twice(database: Database) -> None:
    replicas = [reminders(database, example.NOW) for _ in range(4)]
    for number in range(20):
        await replicas[0].add(Reminder(id=str(number), due_at=example.NOW))
    await asyncio.gather(*(look(replica) for replica in replicas))
    assert set((await state(replicas[0])).values()) == {(1, 1)}


async def test_a_failing_or_erased_document_does_not_block_the_others(database: Database) -> None:
    store = reminders(database, example.NOW)
    await store.collection.insert_one({"_id": "0", "revision": 0, "due_at": example.NOW, "sent": "unreadable"})
    await store.collection.insert_one({"_id": "1", "revision": 0, "due_at": example.NOW, "erased_at": example.NOW})
    await store.add(Reminder(id="2", due_at=example.NOW))
    await look(store)
    found = await store.get("2")
    assert (found.sent, found.due_at) == (1, None)


async def test_while_the_database_is_away_the_round_ends_and_is_tried_again(database: Database) -> None:
    store = reminders(database, example.NOW)
    for number in range(3):
        await store.add(Reminder(id=str(number), due_at=example.NOW))
    tried: list[str] = []

    async def away(document_id: str, now: datetime) -> None:
        tried.append(document_id)
        raise AutoReconnect("gone")

    with pytest.raises(AutoReconnect):
        await look(store, away)
    assert len(tried) == 1
