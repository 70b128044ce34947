"""Shares as whole percents."""

import pytest

from services.router.statistics.domain.percent import percent


@pytest.mark.parametrize(
    ("share", "said"), [(1, 100), (1128 / 1132, 99), (0.994, 99), (0.856, 86), (0.001, 1), (0, 0), (2.46, 246)]
)
def test_only_all_are_a_hundred_percent_and_only_none_are_zero(share: float, said: int) -> None:
    assert percent(share) == said
