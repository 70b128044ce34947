"""Slow proofs: what takes minutes, and is run by ``make drills`` instead of ``make test``.

``KLU_TEST_PERCENT`` tries so many percent of the examples and lives: CI takes 10, a release all.
"""

import os

PERCENT = int(os.environ.get("KLU_TEST_PERCENT", "100"))


def part_of(number: int) -> int:
    """How many of these are tried."""
    return max(1, number * PERCENT // 100)
