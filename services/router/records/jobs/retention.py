"""Lists of what is due are made, and carried out, by any process: one batch at a time, each kept before it counts.

A process that dies leaves its batch to another one: the list is the same whoever goes on, and an order that was given
is found before it could be given twice.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import structlog

from services.router.records.domain.orders import MOST_IDS, ErasureOrder, OnHold
from services.router.records.domain.retention import after_periodic
from services.router.records.domain.runs import (
    SYSTEM,
    Batch,
    Run,
    RunState,
    complete,
    finish,
    forgotten,
    with_batch,
    with_left,
)
from services.router.records.store.orders import Orders
from services.router.records.store.retention import Batches, RetentionStore, Runs, given, unfinished_of
from shared.days import day_of
from shared.destruction import Erasing, NoDestructionLog
from shared.documents import Conflict
from shared.scheduled import act_on_due

log = structlog.get_logger()
SECONDS: Final = 5.0
"""Between two looks at what is to be done."""
LEFT_BEHIND: Final = timedelta(minutes=2)
"""A batch that was decided and not ordered by then was left by a process that has died."""
CONCURRENT: Final = 4
"""Orders of one run that services may still be carrying out: so that other work is not kept waiting."""


async def retention_counts(runs: Runs, batches: Batches) -> dict[str, int]:
    """Runs in progress, and how many cases they have still to order: for the metric ``klu_retention_cases``."""
    running = await runs.running()
    return {"runs": len(running), "left": await batches.left_cases(running) if running else 0}


class RetentionJob:
    """Makes lists, begins the periodic destruction on its day, and orders what a run has to destroy."""

    def __init__(
        self,
        rules: RetentionStore,
        runs: Runs,
        batches: Batches,
        orders: Orders,
        zone: ZoneInfo,
        *,
        left_behind: timedelta = LEFT_BEHIND,
        at_once: int = CONCURRENT,
    ) -> None:
        self._rules, self._runs, self._batches, self._orders = rules, runs, batches, orders
        self._zone, self._left_behind, self._at_once = zone, left_behind, at_once

    async def run(self) -> bool:
        """Do what is to be done now. Returns whether there is more to do at once."""
        await self._schedule()
        self._more = False
        await act_on_due(self._runs, Runs.working, self._step)
        return self._more

    async def _schedule(self) -> None:
        """On the day of the periodic destruction, make its list: the same one, whichever process does it."""
        rules = await self._rules.stored()
        now = self._runs.database.clock()
        today = day_of(now, self._zone)
        if not rules.active or rules.next_on is None or rules.next_on > today:
            return
        made = {"rules": rules.rules, "made_at": now, "made_by": SYSTEM, "periodic": True}
        await self._runs.get_or_add(Run(id=f"periodic-{rules.next_on}", day=today, **made))
        after, announcing = after_periodic(rules, by=SYSTEM, now=now, today=today)
        try:
            await self._rules.save(after, announcing=announcing)
        except Conflict:
            return  # another process has, or the rules were changed: the next look sees it

    async def _step(self, run_id: str, now: datetime) -> None:
        run = await self._runs.get(run_id)
        if run.state == RunState.LISTING:
            await self._list(run)
        elif run.state == RunState.RUNNING:
            await self._carry_out(run)

    async def _list(self, run: Run) -> None:
        """List the next batch, or say that the list is complete."""
        self._more = True
        batch = await self._batches.next(run)
        if batch is None:
            done, announcing = complete(run, self._runs.database.clock())
            await self._runs.save(done, announcing=announcing)
        else:
            await self._runs.save(with_batch(run, batch))

    async def _carry_out(self, run: Run) -> None:
        """Order the next batch, unless the services are still busy with those before it."""
        if await unfinished_of(self._orders, run.id) >= self._at_once:
            return
        now = self._runs.database.clock()
        batch = await self._batches.waiting(run.id, now, left_behind=self._left_behind)
        if batch is None:
            await self._count(run)
            return
        self._more = True
        mine = await self._decide(batch, now)
        if mine is None:
            return
        try:
            numbers = await self._order(run, mine, again=batch.decided_at is not None)
        except OnHold:
            await self._batches.save(mine.model_copy(update={"decided_at": None}))  # it is decided anew
            return
        except NoDestructionLog:
            await self._batches.save(mine.model_copy(update={"decided_at": None}))
            self._more = False
            log.error("nothing is destroyed without a destruction log", run=run.id)
            return
        await self._batches.save(forgotten(mine, numbers, self._batches.database.clock()))

    async def _decide(self, batch: Batch, now: datetime) -> Batch | None:
        """Take a batch, without the cases that have changed; None when another process was faster.

        One that was decided before is taken as it is: its order may have been given.
        """
        cases = batch.cases
        if batch.decided_at is None:
            cases = with_left(cases, await self._batches.standing([one.id for one in cases]))
        try:
            return await self._batches.save(batch.model_copy(update={"cases": cases, "decided_at": now}))
        except Conflict:
            return None

    async def _order(self, run: Run, batch: Batch, *, again: bool) -> list[int]:
        """Give the orders of a batch; those that were given before, by a process that died, are found first."""
        if again:
            await self._orders.adopt()
        ids = [one.id for one in batch.going]
        numbers = list[int]()
        for first in range(0, len(ids), MOST_IDS):
            some = ids[first : first + MOST_IDS]
            known = await given(self._orders, run.id, some) if again else None
            numbers.append((known or await self._ordered(run, batch, some)).number)
        return numbers

    async def _ordered(self, run: Run, batch: Batch, ids: Sequence[str]) -> ErasureOrder:
        return await self._orders.order(
            kind=Erasing(batch.rule.doing),
            message_ids=ids,
            rule=batch.rule.code,
            by=run.begun_by or run.made_by,
            request_id=run.id,
        )

    async def _count(self, run: Run) -> None:
        """Nothing is left to take: the run is done, or other processes have its last batches."""
        if not await self._batches.unordered(run.id):
            done, announcing = finish(run, await self._batches.tallies(run.id), self._runs.database.clock())
            await self._runs.save(done, announcing=announcing)
