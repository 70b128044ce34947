"""Ten thousand simulated histories: the figures equal a naive recount. ``KLU_TEST_LIVES`` says another number."""

import os
import random

from shared.documents import Database
from tests.router.recounted import compared, lived, prepared

LIVES = int(os.environ.get("KLU_TEST_LIVES", "10000"))


async def test_figures_of_ten_thousand_lives_equal_a_naive_recount(database: Database) -> None:
    desk = await prepared(database)
    found = await lived(desk, LIVES, random.Random(1807))
    await desk.counted()
    assert await compared(desk, found) > 1_000
