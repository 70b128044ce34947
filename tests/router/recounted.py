"""Simulated histories are lived while two processes count them; then every cell is compared with a naive recount."""

import asyncio
import random
from collections.abc import Mapping
from datetime import date
from itertools import chain

from services.router.statistics.domain.cells import Key, Summary
from services.router.statistics.domain.periods import Period
from shared.documents import Database
from tests import examples as example
from tests.router.figures import Desk
from tests.router.simulated.facts import CHANNELS, CODES, KINDS
from tests.router.simulated.life import Life
from tests.router.simulated.naive import Naive

PARENTS = {"kim": "fen", "fiz": "fen"}
TOGETHER = 20
YEARS = Period("2026-01", "2029-12")
"""More than any life lasts: a cell of a month in which nothing happened is found too."""


async def prepared(database: Database) -> Desk:
    """A desk with a directory of two levels, and its indexes."""
    made = Desk(database)
    for code, parent in [("fen", ""), *((code, PARENTS.get(code, "")) for code in CODES)]:
        await made.units.add(example.unit(id=code, parent=parent, email=f"{code}@klu.example"))
    await made.rows.prepare()
    await made.months.prepare()
    await made.cases.collection.create_index("indexed.changed_at")
    await made.rows.begin()
    return made


async def lived(desk: Desk, number: int, chance: random.Random) -> list[Life]:
    """So many lives, several at a time; meanwhile two processes count what has changed, each in its own order."""
    another = Desk(desk.cases.database, desk.deadlines)
    found: list[Life] = []
    for first in range(0, number, TOGETHER):
        many = min(TOGETHER, number - first)
        own = [random.Random(chance.getrandbits(64)) for _ in range(many + 2)]
        begun = [Life(desk.cases, one, example.officer(), desk.deadlines) for one in own[2:]]
        counting = asyncio.gather(_counting(desk, own[0]), _counting(another, own[1]))
        found += chain(*await asyncio.gather(*(life.live() for life in begun)))
        await counting
    return found


async def _counting(desk: Desk, chance: random.Random) -> None:
    """What a process does again and again: follow the cases, add months up, and now and then count all again."""
    for _ in range(3):
        await desk.rows.follow()
        if chance.random() < 0.5:
            await desk.months.add_up(paced=False)
        if chance.random() < 0.05:
            await desk.kept.recount(desk.cases.database.clock())


async def compared(desk: Desk, histories: list[Life], parents: Mapping[str, str] = PARENTS) -> int:
    """How many medians and percentiles were compared, and were equal; so were all numbers."""
    naive = Naive([life.facts for life in histories], parents, *_days_off(desk))
    equal = 0
    for key in (Key(u, k, c) for u in ("", "fen", *CODES) for k in ("", *KINDS) for c in ("", *CHANNELS)):
        found = await desk.months.summed(YEARS, key, by=["month"])
        for month in {*naive.months(), *(month for (month,) in found)}:
            counts, values = naive.count(month, *key)
            summary = found.get((month,), Summary())
            assert dict(summary.counts) == counts, (month, key)
            assert {clock for clock, counted in summary.values.items() if counted} == {*values}, (month, key)
            for clock, numbers in values.items():
                assert sorted(summary.values[clock].elements()) == sorted(numbers), (month, key, clock)
                assert (summary.median(clock), summary.p90(clock)) == naive.percentiles(numbers)
                equal += 1
    return equal


def _days_off(desk: Desk) -> tuple[set[date], set[date]]:
    return set(desk.deadlines.calendar.holidays), set(desk.deadlines.calendar.half_days)
