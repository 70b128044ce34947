"""Ten thousand values in every field that reaches a letter: no header, recipient, part or element is added."""

import pytest

from tests.notifier.test_hostile_letters import allowed, look, values
from tests.notifier.test_writing import ALL

__all__ = ["allowed"]
OTHER_SEEDS = 10_000
"""Not those of the short test."""


@pytest.mark.parametrize("thousand", range(10))
def test_no_value_of_a_thousand_adds_anything(thousand: int, allowed: set[tuple[str, str]]) -> None:
    templates = list(ALL)
    for number, value in enumerate(values(OTHER_SEEDS + thousand, 1_000)):
        look(templates[number % len(templates)], ("tr", "en")[number // len(templates) % 2], value, allowed)
