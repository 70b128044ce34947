"""Many finished cases, made quickly: one is simulated, the others are it with other kinds, ends and times."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from services.intake.domain.codes import new_reference
from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import TimelineEntry
from services.router.cases.domain.states import CaseState, ClosureReason
from services.router.cases.store.cases import Cases
from services.router.records.domain.destruction import Destruction
from services.router.records.domain.orders import SERVICES, ErasureOrder
from services.router.records.domain.orders import answered as with_answer
from services.router.records.domain.retention import Doing, Rule
from services.router.records.domain.runs import Run
from services.router.records.jobs.retention import RetentionJob
from services.router.records.store.destructions import Destructions
from services.router.records.store.orders import Orders
from services.router.records.store.retention import Batches, RetentionStore, Runs
from shared.days import day_of
from shared.destruction import DestructionLog
from shared.documents import Database
from shared.state import Actor
from tests import examples as example

ZONE = ZoneInfo("Europe/Istanbul")
BY = Actor(kind="officer", id="p1")
RULES = (
    Rule(kind="complaint", outcome="answered", months=24, doing=Doing.ANONYMISE),
    Rule(outcome="spam", months=6, doing=Doing.DESTROY),
    Rule(outcome="withdrawn", months=12, doing=Doing.KEEP),
    Rule(months=36, doing=Doing.DESTROY),
)
NOW = example.NOW


def ended(at: datetime, *, outcome: str = "answered", **different: Any) -> Case:
    """A case that was finished at this time."""
    answer = outcome == ClosureReason.ANSWERED
    state: dict[str, Any] = {"state": CaseState.RESOLVED if answer else CaseState.CLOSED}
    state |= {} if answer else {"closure_reason": ClosureReason(outcome)}
    case = example.case(**state | {"submitted_at": at - timedelta(days=9)})
    entry = TimelineEntry(at=at, what="answered" if answer else "closed")
    fresh = {"id": str(uuid4()), "reference": new_reference(NOW), "timeline": (*case.timeline[:0], entry)}
    return case.model_copy(update=fresh | different)


def some(number: int, *, kinds: Sequence[str] = ("complaint", "request", "odd")) -> list[Case]:
    """Finished cases of every kind and outcome, some of which are due by RULES."""
    outcomes = ("answered", "spam", "withdrawn", "not_responsible")
    return [
        ended(
            NOW - timedelta(days=37 * (place % 41)),
            outcome=outcomes[place // 3 % 4],
            kind=kinds[place % len(kinds)],
        )
        for place in range(number)
    ]


class Retaining:
    """The stores and the job over one database, with a clock that stands."""

    def __init__(self, database: Database, folder: Path, now: datetime = NOW, **job: Any) -> None:
        self.now = now
        self.database = Database(
            database.mongodb, source="router", clock=lambda: self.now, on_outbox=database.on_outbox
        )
        self.log = DestructionLog(folder / "destruction.log")
        self.cases = Cases(self.database)
        self.rules, self.runs = RetentionStore(self.database), Runs(self.database)
        self.batches = Batches(self.database, self.cases, ZONE)
        self.orders = Orders(self.database, self.cases, self.log)
        self.job = RetentionJob(self.rules, self.runs, self.batches, self.orders, ZONE, **{"at_once": 1_000} | job)

    async def prepare(self) -> None:
        """Create the indexes that these tests need."""
        for store in (self.runs, self.batches, self.orders):
            await store.prepare()

    async def add(self, *cases: Case) -> None:
        """Store these cases."""
        for case in cases:
            await self.cases.add(case)

    @property
    def today(self) -> date:
        """The day where the institution is: after midnight there, another than that of UTC."""
        return day_of(self.now, ZONE)

    async def listed(self, run_id: str = "r1", **different: Any) -> Run:
        """Make a list for today."""
        given = {"day": self.today, "rules": RULES, "made_at": self.now, "made_by": BY}
        await self.runs.add(Run(id=run_id, **given | different))
        await self.work()
        return await self.runs.get(run_id)

    async def begun(self, run: Run) -> None:
        """Somebody has confirmed the list."""
        told = {"state": "running", "begun_at": self.now, "begun_by": BY}
        await self.runs.save((await self.runs.get(run.id)).model_copy(update=told))

    async def work(self) -> None:
        """Do all that is to be done."""
        while await self.job.run():
            pass

    async def lines(self, run_id: str = "r1") -> dict[str, str | None]:
        """The cases of a list, each with why it is left out."""
        return {one.id: one.left async for batch in self.batches.of_run(run_id) for one in batch.cases}

    async def ordered(self) -> list[ErasureOrder]:
        """All orders, the oldest first."""
        return await self.orders.find({}, sort=[("number", 1)], limit=10_000)

    async def answer(self, order_id: str, parts: Callable[[str, ErasureOrder], dict[str, int]], *services: str) -> None:
        """These services, or all, carry out an order."""
        for service in services or SERVICES:
            order = await self.orders.get(order_id)
            answered = with_answer(order, service, parts(service, order), self.now)
            await self.orders.save(answered)


async def of_retention(database: Database) -> dict[str, str]:
    """The ids of a list and of an entry of the destruction record, for tests that go over all pages."""
    await Runs(database).add(Run(id="r1", day=NOW.date(), rules=RULES, made_at=NOW, made_by=BY, listed_at=NOW))
    order = {"number": 1, "kind": "destroy", "rule": "retention:any:spam", "by": BY, "ordered_at": NOW}
    orders = Orders(database, Cases(database), DestructionLog(None))
    await Destructions(database, orders, years=10).add(Destruction.model_validate({"id": "d7", **order}))
    return {"run_id": "r1", "record_id": "d7"}
