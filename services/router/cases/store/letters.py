"""The collections ``held_letters`` and ``letters``."""

from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from pymongo import IndexModel
from pymongo.errors import ExecutionTimeout

from services.router.cases.domain.held import HeldLetter
from services.router.cases.domain.letters import UNDELIVERED, DeskLetter, LetterState, replaced_by, told
from services.router.cases.domain.lists import Position
from services.router.cases.store.inbox import COUNTED, MOST_TIME, MOST_TIME_TO_COUNT, PER_PAGE
from shared.documents import AGGREGATE, AlreadyExists, Conflict, Database, Documents, Erased, NotFound
from shared.events import LetterFailed, LetterSent
from shared.retrying import on_conflict

MOST_OF_A_CASE = 200
COLLEAGUE = "colleague"
"""The template of letters to a person in a unit."""
OF_UNITS_PEOPLE = ("arrival", "decline", "unit_question", "unit_interim", "unit_mail", "failure")
"""Those of letters to the desk about an assignment that name a person in the unit."""
BY_TIME = [("indexed.at", -1), ("_id", -1)]
WITHOUT_TEXT = {**AGGREGATE, "text": 0}


class HeldLetters(Documents[HeldLetter]):
    """Letters about which an officer has to decide, and those decided."""

    indexes = (
        IndexModel("held_at", partialFilterExpression={"decision": None}),
        IndexModel([("decision", 1), ("decided_at", -1)]),
        IndexModel("message_id"),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "held_letters", HeldLetter)

    @staticmethod
    def belongs_to(aggregate: HeldLetter) -> tuple[str, ...]:
        """The message."""
        return (aggregate.message_id,)

    async def waiting(self, *, limit: int) -> list[HeldLetter]:
        """Those without a decision, the oldest first."""
        return await self.find({"decision": None}, sort=[("held_at", 1)], limit=limit)

    async def listed(self, decision: str | None, cases: dict[str, Any], *, limit: int) -> list[HeldLetter]:
        """Those with this decision, of these cases (a query): the newest decisions first, the oldest waiting ones."""
        sort = [("held_at", 1)] if decision is None else [("decided_at", -1)]
        return await self.find({"decision": decision} | cases, sort=sort, limit=limit)

    async def of_case(self, case_id: str) -> list[HeldLetter]:
        """Those of a case that were not sent."""
        unsent = {"message_id": case_id, "decision": {"$ne": "release"}}
        return await self.find(unsent, sort=[("held_at", -1)], limit=MOST_OF_A_CASE)

    async def count(self, decision: str | None = None, cases: dict[str, Any] | None = None) -> int:
        """How many have this decision; without one, how many wait for it."""
        return int(await self.collection.count_documents({"decision": decision} | (cases or {}), limit=COUNTED))


@dataclass(frozen=True)
class LetterFilter:
    """Letters in these states, to this kind of recipient, of cases (a query); after or before a position."""

    states: Sequence[LetterState] = ()
    to: str = ""
    cases: dict[str, Any] = field(default_factory=dict)
    after: Position | None = None
    before: Position | None = None

    @property
    def query(self) -> dict[str, Any]:
        """The query for all of them."""
        wanted: dict[str, Any] = {"indexed.state": {"$in": list(self.states)}} if self.states else {}
        return wanted | ({"indexed.to": self.to} if self.to else {}) | self.cases


@dataclass(frozen=True)
class LetterPage:
    """One page of a list. ``previous`` and ``next`` are None when there is no page before or after."""

    letters: tuple[DeskLetter, ...]
    previous: Position | None = None
    next: Position | None = None


class DeskLetters(Documents[DeskLetter]):
    """Every letter of which the notifier has told: ``indexed`` has its state, its kind of recipient and its time."""

    index_version = 1
    indexes = (
        IndexModel([("indexed.state", 1), *BY_TIME]),
        IndexModel(BY_TIME),
        IndexModel([("message_id", 1), *BY_TIME]),
        IndexModel("assignment_id", name="colleagues", partialFilterExpression={"template": COLLEAGUE}),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "letters", DeskLetter)

    @staticmethod
    def index_fields(aggregate: DeskLetter) -> dict[str, Any]:
        """``state``, ``to``, and ``at``, by which lists are sorted."""
        return {"state": aggregate.state.value, "to": aggregate.to.value, "at": aggregate.at}

    @staticmethod
    def belongs_to(aggregate: DeskLetter) -> tuple[str, ...]:
        """The message."""
        return (aggregate.message_id,)

    async def told(self, event: LetterSent | LetterFailed) -> None:
        """Keep what an event says. May be told twice, and in any order."""
        with suppress(Erased):
            await on_conflict(lambda: self._told(event))
        await self._replaced(event)

    async def _told(self, event: LetterSent | LetterFailed) -> None:
        try:
            before = await self.get(event.letter_id)
        except Erased:
            raise
        except NotFound:
            before = None
        after = told(before, event)
        if before is None:
            try:
                await self.add(after)
            except AlreadyExists:
                raise Conflict(event.letter_id) from None
        elif after != before:
            await self.save(after)

    async def _replaced(self, event: LetterSent | LetterFailed) -> None:
        same = {"message_id": event.message_id, "template": event.template, "_id": {"$ne": event.letter_id}}
        failed = {"indexed.state": {"$in": [*UNDELIVERED, LetterState.AGAIN]}}
        async for letter_id in self.ids(same | failed):
            await self.change(letter_id, lambda letter: replaced_by(letter, event))

    async def change(self, letter_id: str, decide: Callable[[DeskLetter], DeskLetter]) -> None:
        """Save what ``decide`` makes of a letter, if it changes it."""

        async def work() -> None:
            before = await self.get(letter_id)
            if (after := decide(before)) != before:
                await self.save(after)

        await on_conflict(work)

    async def change_all(self, case_id: str, decide: Callable[[DeskLetter], DeskLetter]) -> None:
        """Do so with each letter of a case."""
        for letter in await self.of_case(case_id):
            await self.change(letter.id, decide)

    async def of_case(self, case_id: str, *, limit: int = MOST_OF_A_CASE) -> list[DeskLetter]:
        """The letters of a case, the newest first."""
        return await self.find({"message_id": case_id}, sort=[("indexed.at", -1), ("_id", -1)], limit=limit)

    async def page(self, chosen: LetterFilter) -> LetterPage:
        """One page of a list, the newest first."""
        if chosen.before:
            earlier = await self._beyond(chosen, chosen.before, backwards=True)
            if len(earlier) > PER_PAGE:
                shown = tuple(reversed(earlier[:PER_PAGE]))
                return LetterPage(shown, position(shown[0]), position(shown[-1]))
        start = None if chosen.before else chosen.after  # near the start: show a full first page
        found = await self._beyond(chosen, start)
        shown = tuple(found[:PER_PAGE])
        following = position(shown[-1]) if len(found) > PER_PAGE else None
        return LetterPage(shown, position(shown[0]) if shown and start else None, following)

    async def count(self, chosen: LetterFilter) -> int | None:
        """How many letters a list has, COUNTED at most; None when it takes too long to say."""
        with suppress(ExecutionTimeout):
            counted = self.collection.count_documents(chosen.query, limit=COUNTED, maxTimeMS=MOST_TIME_TO_COUNT)
            return int(await counted)
        return None

    async def _beyond(
        self, chosen: LetterFilter, start: Position | None, *, backwards: bool = False
    ) -> list[DeskLetter]:
        order, than = (1, "$gt") if backwards else (-1, "$lt")
        later: list[dict[str, Any]] = [{}]
        if start:  # two ranges of the index, as in ``Inbox``: with ``$or``, MongoDB would sort in memory
            later = [{"indexed.at": start.at, "_id": {than: start.id}}, {"indexed.at": {than: start.at}}]
        found: list[DeskLetter] = []
        for bounds in later:
            rows = self.collection.find(
                {"erased_at": None} | chosen.query | bounds, WITHOUT_TEXT, max_time_ms=MOST_TIME
            )
            rows = rows.sort([("indexed.at", order), ("_id", order)]).limit(PER_PAGE + 1 - len(found))
            found += [self.read_as(DeskLetter, row) async for row in rows]
            if len(found) > PER_PAGE:
                break
        return found


def position(letter: DeskLetter) -> Position:
    """The position of a letter in a list."""
    return Position(letter.at, letter.id)


def of_cases(*, only: str | None = None, hidden: Iterable[str] = ()) -> dict[str, Any]:
    """Query for the letters of one case, or of all but those that somebody may not read."""
    excluded = list(hidden)
    wanted: dict[str, Any] = {"$eq": only} if only is not None else {}
    return {"message_id": wanted | ({"$nin": excluded} if excluded else {})} if wanted or excluded else {}
