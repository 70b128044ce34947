"""Figures equal a naive recount of simulated histories, however rows and events came: in any order, and twice."""

import os
import random
from typing import Any

from shared.documents import Database
from tests.router.recounted import compared, lived, prepared

LIVES = int(os.environ.get("KLU_TEST_LIVES", "100"))


async def test_figures_equal_a_naive_recount_of_all_lives(database: Database) -> None:
    desk = await prepared(database)
    histories = await lived(desk, LIVES, random.Random(18))
    await desk.counted()
    assert await compared(desk, histories) > LIVES


async def test_a_recount_finds_nothing_that_differs_and_changes_nothing(database: Database) -> None:
    desk = await prepared(database)
    await lived(desk, 20, random.Random(5))
    await desk.counted()
    rows, cells = await all_of(database, "figure_rows"), await all_of(database, "figure_cells")
    found = await desk.kept.count_all()
    assert (found.cases, found.missing, found.different, found.rows) == (20, 0, 0, 20)
    assert rows == await all_of(database, "figure_rows")
    assert cells == await all_of(database, "figure_cells")


async def all_of(database: Database, collection: str) -> list[dict[str, Any]]:
    return [one async for one in database[collection].find().sort("_id", 1)]
