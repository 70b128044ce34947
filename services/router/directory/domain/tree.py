"""The directory as a tree, and what is shown of it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from services.router.directory.domain.units import Unit, in_circles
from services.router.directory.domain.words import fold

DEEPEST = 20
"""Levels of the tree that are drawn. What lies deeper stands beside the roots, so that no table breaks the page."""


class Only(StrEnum):
    """What the directory can be narrowed down to."""

    INACTIVE = "inactive"
    UNHEALTHY = "unhealthy"
    HEADLESS = "headless"


@dataclass(frozen=True)
class Branch:
    """A unit with the units that belong to it."""

    unit: Unit
    below: tuple[Self, ...] = ()


def tree(units: Sequence[Unit]) -> tuple[Branch, ...]:
    """The units under those to which they belong, in their order. One in a circle, or without a parent, is a root."""
    parents = {unit.id: unit.parent for unit in units}
    circles = in_circles(parents)
    below: dict[str, list[Unit]] = {}
    for unit in units:
        root = unit.parent not in parents or unit.id in circles
        below.setdefault("" if root else unit.parent, []).append(unit)

    roots = below.get("", [])

    def branch(unit: Unit, level: int) -> Branch:
        children = below.get(unit.id, [])
        if level == DEEPEST:
            roots.extend(children)  # the loop below comes to them
            children = []
        return Branch(unit, tuple(branch(child, level + 1) for child in children))

    return tuple(branch(root, 1) for root in roots)


def topmost(branches: Sequence[Branch]) -> Sequence[Branch]:
    """The branches at the top; below a single one there, such as a rectorate that has all others, those below it."""
    while len(branches) == 1 and branches[0].below:
        branches = branches[0].below
    return branches


def found(units: Iterable[Unit], words: str, only: Only | None, unhealthy: Collection[str]) -> list[Unit]:
    """The units whose name or code has all the words, in any spelling, among those that are asked for."""
    folded = [fold(word) for word in words.split()]
    rows = ((unit, fold(f"{unit.id} {unit.name_tr} {unit.name_en}")) for unit in units)
    named = [unit for unit, text in rows if all(word in text for word in folded)]
    return [
        unit
        for unit in named
        if only is None
        or (only is Only.INACTIVE and not unit.active)
        or (only is Only.UNHEALTHY and unit.id in unhealthy)
        or (only is Only.HEADLESS and unit.active and not unit.head_email)
    ]


def below(units: Iterable[Unit], code: str) -> set[str]:
    """The codes of all units that belong to this one, however indirectly."""
    children: dict[str, list[str]] = {}
    for unit in units:
        children.setdefault(unit.parent, []).append(unit.id)
    reached, waiting = set[str](), [code]
    while waiting:
        for child in children.get(waiting.pop(), ()):
            if child not in reached:
                reached.add(child)
                waiting.append(child)
    return reached
