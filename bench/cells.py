"""Cells of figures as years of made-up cases give them, without adding up a million rows: one month stands for all."""

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from bench.rows import rows
from services.router.statistics.domain.cells import Above, cells_of
from services.router.statistics.domain.periods import Period
from services.router.statistics.store.months import stored_cell
from shared.clock import utc_now

KINDS = ("complaint", "suggestion", "compliment", "request", "other", "information", "objection", "thanks")


def cells(period: Period, number: int, units: Sequence[str], above: Above) -> Iterator[dict[str, Any]]:
    """The cells of each month of a period in which so many cases came, with eight kinds and five channels."""
    chance, today = random.Random(1), utc_now().date()
    long_ago = today - timedelta(days=400)
    came = [
        row.model_copy(update={"opened": f"{long_ago:%Y-%m}-01", "kind": chance.choice(KINDS)})
        for row in rows(number // len(period.months), units, today, days=3 * 365)
    ]
    made = cells_of(came, came, above)
    for month in period.months:
        for key, summary in made.items():
            yield stored_cell("|".join((month, *key)), month, key, summary)
