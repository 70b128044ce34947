"""Retention over 100,000 cases while the desk works: what the list shows is destroyed, and nothing else (two minutes).

The cases are copies of one, stored as the desk stores them. Processes of the job are killed (SIGKILL, wherever they
are) again and again, and another one goes on; meanwhile cases are held, opened again and added.
"""

import asyncio
import random
import sys
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from pymongo import WriteConcern

from services.router.cases.domain.legal_hold import hold
from services.router.cases.domain.reopening import reopen
from services.router.cases.store.related import Related
from services.router.records.domain.destruction import sums
from services.router.records.domain.retention import Doing, due_on, rule_for
from services.router.records.domain.runs import Run, RunState
from services.router.records.store.destructions import Destructions
from shared.documents import Database
from tests import examples as example
from tests.router.retained import BY, NOW, RULES, ZONE, Retaining, ended
from tests.stack import Stack

MANY = 100_000
INSERTED_TOGETHER = 1_000
KILLS = 3
"""Processes that are killed while the list is made, and as many while it is carried out."""
OFFICER = example.officer()


async def test_of_a_hundred_thousand_cases_those_of_the_list_are_destroyed(
    stack: Stack, database: Database, tmp_path: Path
) -> None:
    first = Retaining(database, tmp_path)
    await first.prepare()
    due = await seeded(first)
    await first.cases.prepare()
    await Related(first.cases).prepare()
    processes = Processes(stack, first, tmp_path)
    made = {"id": "r1", "day": NOW.date(), "rules": RULES, "made_at": NOW, "made_by": BY}
    await first.runs.add(Run.model_validate(made))
    assert await processes.work(RunState.LISTED) == KILLS
    run = await first.runs.get("r1")
    listed = await first.lines()
    assert set(listed) == due
    assert run.total_due == len(due)
    await first.begun(run)
    changing = asyncio.create_task(changes(first, sorted(due)))
    assert await processes.work(RunState.DONE) == KILLS
    changing.cancel()
    with suppress(asyncio.CancelledError):
        await changing
    done, left = await first.runs.get("r1"), {one for one, why in (await first.lines()).items() if why}
    orders = await first.ordered()
    ordered = [case_id for order in orders for case_id in order.message_ids]
    assert len(ordered) == len(set(ordered)) == done.total_destroyed
    assert set(ordered) == due - left
    assert sum(done.left.values()) == len(left)
    record = Destructions(first.database, first.orders, years=10)
    await record.record()
    for order in orders:
        await first.answer(order.id, lambda service, order: {"things": len(order.message_ids)})
    await record.record()
    total = sums(await record.of("r1"))
    assert (total.cases, total.total, total.waiting) == (len(ordered), 4 * len(ordered), {})
    assert sum(total.by_rule.values()) == done.total_destroyed


async def seeded(retaining: Retaining) -> set[str]:
    """Store the cases; the ids of those that are due by RULES, counted one by one."""
    due, templates = set[str](), dict[tuple[str, str], dict[str, Any]]()
    quickly = retaining.cases.collection.with_options(write_concern=WriteConcern(w=1, j=False))
    chance = random.Random(18)
    batch = list[dict[str, Any]]()
    for kind, outcome, days in kinds_and_outcomes(chance):
        at = NOW - timedelta(days=days, seconds=chance.randrange(86_400))
        if (kind, outcome) not in templates:
            case = ended(NOW, outcome=outcome, kind=kind)
            await retaining.cases.add(case)
            template = await retaining.cases.collection.find_one_and_delete({"_id": case.id})
            assert template
            templates[kind, outcome] = template
        template, case_id = templates[kind, outcome], str(uuid4())
        known = {name: template["indexed"][name] for name in ("retention", "revision", "version")}
        indexed = {**known, "finished_at": at}
        timeline = [{**template["timeline"][0], "at": at}]
        more = {"_id": case_id, "reference": case_id, "timeline": timeline, "indexed": indexed}
        batch.append({**template, **more})
        rule = rule_for(RULES, kind, outcome)
        if rule.doing != Doing.KEEP and due_on(at, rule, ZONE) <= NOW.date():
            due.add(case_id)
        if len(batch) == INSERTED_TOGETHER:
            await quickly.insert_many(batch, ordered=False)
            batch.clear()
    return due


def kinds_and_outcomes(chance: random.Random) -> Iterator[tuple[str, str, int]]:
    """Kind, outcome and age in days of each case."""
    outcomes = ("answered", "answered", "spam", "withdrawn", "not_responsible")
    for _ in range(MANY):
        yield chance.choice(("complaint", "request", "odd")), chance.choice(outcomes), chance.randrange(5 * 365)


class Processes:
    """Real processes of the job, killed again and again after some progress; the last one comes to the end."""

    def __init__(self, stack: Stack, retaining: Retaining, folder: Path) -> None:
        self._retaining, self._chance, self._hours = retaining, random.Random(7), 0
        self._told = (stack.mongodb_url, retaining.database.mongodb.name, str(folder))

    async def work(self, until: RunState) -> int:
        """Work until the list is so far. Returns how many processes were killed before that."""
        killed, runs = 0, self._retaining.runs
        while (await runs.get("r1")).state != until:
            self._hours += 1
            command = (sys.executable, "-m", "tests.drills.retaining", *self._told, str(self._hours))
            process = await asyncio.create_subprocess_exec(*command)
            end = asyncio.ensure_future(process.wait())
            enough = await self._progress() + self._chance.randint(3, 25) if killed < KILLS else 10 * MANY
            while not end.done() and await self._progress() < enough:
                await asyncio.wait({end}, timeout=0.05)
            if not end.done():
                process.kill()
                killed += 1
            await end
        return killed

    async def _progress(self) -> int:
        """Batches that were stored, and orders that were given."""
        of_list = await self._retaining.batches.collection.count_documents({"run": "r1"})
        return of_list + await self._retaining.orders.collection.count_documents({})


async def changes(retaining: Retaining, due: list[str]) -> None:
    """The desk works meanwhile: cases of the list are held and opened again, and others come."""
    chance = random.Random(3)
    while True:
        case = await retaining.cases.get(chance.choice(due))
        changed = chance.choice((held, opened))(case)
        await retaining.cases.save(changed)
        await retaining.add(ended(NOW - timedelta(days=4_000), outcome="spam"))
        await asyncio.sleep(0.05)


def held(case: Any) -> Any:
    return case if case.hold else hold(case, "Dava", by=OFFICER, now=NOW)[0]


def opened(case: Any) -> Any:
    return reopen(case, reason="Eksik.", by=OFFICER, now=NOW)[0] if case.finished else case
