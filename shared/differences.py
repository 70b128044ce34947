"""How two texts differ, by word.

Words that stand once in both texts divide them, again and again; what is between is compared word by word where it is
short. So the time grows with the length of the texts, also of those that somebody made to be compared for hours.
"""

import re
from bisect import bisect
from collections import Counter
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

_WORDS = re.compile(r"\s+|[^\s]+")
COMPARED: Final = 1_600
"""Pairs of words of which each is compared with the other."""
DEEPEST: Final = 8
"""So many times what is between dividing words is divided."""
Words = Sequence[str]


class Run(NamedTuple):
    """Words that stand in both texts (``same``), in the first alone (``gone``), or in the second alone (``new``)."""

    kind: str
    text: str


def differences(before: str, after: str) -> tuple[Run, ...]:
    """The runs of two texts, in their order."""
    runs: list[Run] = []
    for same, old, new in _compared(_WORDS.findall(before), _WORDS.findall(after), DEEPEST):
        gone, come = "".join(old), "".join(new)
        for run in [Run("same", gone)] if same else [Run("gone", gone), Run("new", come)]:
            if runs and runs[-1].kind == run.kind:
                runs[-1] = Run(run.kind, runs[-1].text + run.text)
            elif run.text:
                runs.append(run)
    return tuple(runs)


def _compared(old: Words, new: Words, deep: int) -> Iterator[tuple[bool, Words, Words]]:
    """Parts of both texts, in their order; True: it is the same in both."""
    first = _alike(old, new)
    last = _alike(old[first:][::-1], new[first:][::-1])
    yield True, old[:first], new[:first]
    yield from _divided(old[first : len(old) - last], new[first : len(new) - last], deep)
    yield True, old[len(old) - last :], new[len(new) - last :]


def _divided(old: Words, new: Words, deep: int) -> Iterator[tuple[bool, Words, Words]]:
    if len(old) * len(new) <= COMPARED:
        for what, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
            yield what == "equal", old[old_from:old_to], new[new_from:new_to]
        return
    dividing = _dividing(old, new) if deep else []
    if not dividing:
        yield False, old, new
        return
    old_from = new_from = 0
    for old_to, new_to in [*dividing, (len(old), len(new))]:
        yield from _compared(old[old_from:old_to], new[new_from:new_to], deep - 1)
        yield True, old[old_to : old_to + 1], new[new_to : new_to + 1]
        old_from, new_from = old_to + 1, new_to + 1


def _alike(old: Words, new: Words) -> int:
    """How many words are the same from the start."""
    pairs = enumerate(zip(old, new, strict=False))
    return next((place for place, (one, other) in pairs if one != other), min(len(old), len(new)))


def _dividing(old: Words, new: Words) -> list[tuple[int, int]]:
    """The places of the longest row of words that stand once in both texts, and in the same order."""
    once = set.intersection(*({word for word, many in Counter(text).items() if many == 1} for text in (old, new)))
    there = {word: place for place, word in enumerate(new)}
    ends: list[int] = []
    last: list[tuple[int, int]] = []
    before: dict[tuple[int, int], tuple[int, int] | None] = {}
    for pair in [(place, there[word]) for place, word in enumerate(old) if word in once]:
        at = bisect(ends, pair[1])
        before[pair] = last[at - 1] if at else None
        ends[at : at + 1], last[at : at + 1] = [pair[1]], [pair]
    row: list[tuple[int, int]] = []
    following = last[-1] if last else None
    while following:
        row.append(following)
        following = before[following]
    return row[::-1]
