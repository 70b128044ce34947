"""Ten thousand simulated histories: the figures equal a naive recount.

``KLU_TEST_SEED`` says which ones.
"""

import os
import random

from shared.documents import Database
from tests.drills import part_of
from tests.router.recounted import compared, lived, prepared

LIVES = part_of(10_000)
SEED = int(os.environ.get("KLU_TEST_SEED", "1807"))


async def test_figures_of_thousands_of_lives_equal_a_naive_recount(database: Database) -> None:
    desk = await prepared(database)
    histories = await lived(desk, LIVES, random.Random(SEED))
    await desk.counted()
    assert await compared(desk, histories) > LIVES // 10
