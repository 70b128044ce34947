"""Databases that tests leave behind, emptied for the next ones: MongoDB makes and drops a file for each collection and
each index, which costs it more than most tests.

A test gets one only in the state in which it would find one of its own: without a document, and without an index but
those that its fixtures make anyway, which the first test with the same fixtures has shown, or the service that the test
before it in the same file has started. Whoever makes another index while it runs, or drops one, had the database last.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Coroutine
from typing import Any
from uuid import uuid4

from pymongo import monitoring

from services.router.cases.store.cases import ALL_BY_AGE, WORK_BY, work_by
from shared.documents import MongoDatabase

Indexes = frozenset[tuple[str, str]]
"""Those of a database, each with its collection and its name."""
LISTS: Indexes = frozenset(("cases", name) for name in (ALL_BY_AGE, *map(work_by, WORK_BY)))
"""Those that ``tests.router.desk.log_in`` makes."""
WRITES = {"insert", "update", "findAndModify", "findandmodify"}
SPOILS = {"create", "collMod", "dropDatabase", "profile"}


class Watch(monitoring.CommandListener):
    """What the clients of this process do with each database."""

    def __init__(self) -> None:
        self.written: dict[str, set[str]] = {}
        self.indexes: dict[str, set[tuple[str, str]]] = {}
        self.spoiled: set[str] = set()
        self.of_services: set[Indexes] = set()
        """Indexes that a database had when a service in it had been started."""

    def service_started(self, name: str) -> None:
        """A service has made the indexes of this database."""
        self.of_services.add(frozenset(self.indexes.get(name, ())))

    def started(self, event: monitoring.CommandStartedEvent) -> None:
        command, name = event.command_name, event.database_name
        if command in WRITES:
            self.written.setdefault(name, set()).add(event.command[command])
        elif command == "createIndexes":
            made = {(event.command[command], index["name"]) for index in event.command["indexes"]}
            self.indexes.setdefault(name, set()).update(made)
        elif command == "drop":
            self._move(name, event.command[command])
        elif command == "renameCollection":
            (name, _, moved), (_, _, to) = (event.command[field].partition(".") for field in (command, "to"))
            self._move(name, to)
            self._move(name, moved, to)
            self.written.setdefault(name, set()).add(to)
        elif command in SPOILS:
            self.spoiled.add(name)

    def _move(self, name: str, collection: str, to: str = "") -> None:
        """A collection is dropped, or has another name."""
        made = self.indexes.get(name, set())
        moved = {index for index in made if index[0] == collection}
        self.indexes[name] = made - moved | ({(to, index) for _, index in moved} if to else set())

    def succeeded(self, event: monitoring.CommandSucceededEvent) -> None:
        """A service drops indexes of earlier versions when it starts: mostly there are none, and that fails."""
        if event.command_name == "dropIndexes":
            self.spoiled.add(event.database_name)

    def failed(self, event: monitoring.CommandFailedEvent) -> None:
        """Nothing to do."""


WATCH = Watch()


class Databases:
    """Those of a run, through a connection that outlives the tests."""

    def __init__(self, connected: MongoDatabase) -> None:
        self.client = connected.client
        self.idle: defaultdict[Indexes, deque[str]] = defaultdict(deque)
        self.made_by: dict[tuple[str, ...], Indexes] = {}
        self.started_by: dict[tuple[str, ...], Indexes] = {}
        self.busy = set[asyncio.Task[None]]()

    async def take(self, fixtures: tuple[str, ...], at_the_desk: bool) -> MongoDatabase:
        """An empty one for a test with these fixtures. ``at_the_desk``: it may have the indexes of the desk's lists."""
        made = self.made_by.get(fixtures, frozenset()) | (LISTS if at_the_desk else frozenset())
        idle = self.idle[self.started_by.get(fixtures, made)] or self.idle[made]
        while idle:
            if await self._as_new(name := idle.popleft()):
                return self.client[name]
            self._meanwhile(self._drop(name))
        return self.client[f"test_{uuid4().hex}"]

    def set_up(self, name: str, fixtures: tuple[str, ...]) -> None:
        """The fixtures of a test have done their work."""
        self.made_by.setdefault(fixtures, frozenset(WATCH.indexes.get(name, ())))

    def give(self, name: str, fixtures: tuple[str, ...]) -> None:
        """Empty it, or drop it, meanwhile: no test has to wait for that. As stores read what the majority has, it is
        empty when the majority has heard of it.
        """
        known = {*self.made_by.values(), LISTS, *(made | LISTS for made in self.made_by.values()), *WATCH.of_services}
        indexes = frozenset(WATCH.indexes.get(name, ()))
        if indexes in WATCH.of_services:
            self.started_by[fixtures] = indexes
        cases = "cases" in {*WATCH.written.get(name, ()), *(collection for collection, _ in indexes)}
        unlisted = cases and not indexes >= LISTS  # lists name their indexes: without a collection they find nothing
        spoiled = name in WATCH.spoiled or indexes not in known or unlisted
        self._meanwhile(self._drop(name) if spoiled else self._empty(name))

    async def end(self) -> None:
        """Drop all."""
        await asyncio.gather(*self.busy)
        await asyncio.gather(*(self._drop(name) for names in self.idle.values() for name in names))

    async def _as_new(self, name: str) -> bool:
        """Whether nobody else, such as a process of the test, has left something in it."""
        found = await self.client[name].command("dbStats")
        made = len(WATCH.indexes.get(name, ()))
        return not found["objects"] and found["indexes"] == found["collections"] + made

    async def _empty(self, name: str) -> None:
        written = WATCH.written.pop(name, set())
        await asyncio.gather(*(self.client[name][collection].delete_many({}) for collection in written))
        self.idle[frozenset(WATCH.indexes.get(name, ()))].append(name)

    async def _drop(self, name: str) -> None:
        await self.client.drop_database(name)

    def _meanwhile(self, work: Coroutine[Any, Any, None]) -> None:
        self.busy.add(task := asyncio.ensure_future(work))
        task.add_done_callback(self.busy.discard)
