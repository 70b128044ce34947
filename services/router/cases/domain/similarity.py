"""Which cases are about the same thing: they came within a fortnight of each other and share many words."""

from datetime import timedelta
from typing import Final

from services.router.cases.domain.stems import STEM, telling

FORTNIGHT: Final = timedelta(days=14)
MOST_TERMS: Final = 12
"""Words by which candidates are looked for."""
SHOWN: Final = 5
ALIKE: Final = 0.34
"""So large a part of the smaller case's stems is in the other one, too."""
ENOUGH: Final = 3
"""Stems that both must have."""


def stems(text: str) -> frozenset[str]:
    """The beginnings of the words that say what a text is about."""
    return frozenset(word[:STEM] for word in telling(text))


def looked_for(text: str) -> list[str]:
    """The words by which similar texts are looked for, the longest first: they are the rarest."""
    return sorted(set(telling(text)), key=lambda word: (-len(word), word))[:MOST_TERMS]


def likeness(one: frozenset[str], other: frozenset[str]) -> float:
    """From 0, nothing in common, to 1: the smaller one's stems are all in the other one. Below ENOUGH in common: 0."""
    common = len(one & other)
    return common / min(len(one), len(other)) if common >= ENOUGH else 0.0
