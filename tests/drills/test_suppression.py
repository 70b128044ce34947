"""A thousand made-up institutions publish their figures: whoever solves for a small number does not find it."""

import pytest

from services.router.statistics.domain.suppression import suppressed
from tests.router.test_suppression import entries_of, told_apart


@pytest.mark.parametrize("first", range(0, 1_000, 50))
def test_no_combination_of_the_tables_gives_back_a_small_number(first: int) -> None:
    found = {}
    for seed in range(first, first + 50):
        entries = entries_of(seed)
        if given := list(told_apart(entries, suppressed(entries))):
            found[seed] = given
    assert found == {}
