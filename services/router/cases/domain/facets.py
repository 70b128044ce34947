"""Facets: short values of a case by which the desk lists, filters and counts cases (``indexed.facets``).

One index serves all lists: a list is the cases that have one facet, such as ``view:new``; filters are further facets.
A restricted case has each facet once for every person who may read it, as ``view:new@<account id>``, and none without
that. So whoever may not read a case does not find it, and does not count it, in any list.
"""

from collections.abc import Iterable
from typing import Final

from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.states import FINISHED, Priority

RANKS: Final = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}
"""``indexed.rank``, by which lists are sorted by priority."""


def facets(case: Case) -> tuple[str, ...]:
    """All facets of a case."""
    return for_readers(case, [*_views(case), *_filters(case)])


def for_readers(case: Case, values: Iterable[str]) -> tuple[str, ...]:
    """The values as those find them who may read the case; the same for the terms of the search."""
    if case.restriction is None:
        return tuple(dict.fromkeys(values))
    named = case.restriction.to
    return tuple(dict.fromkeys(f"{value}@{account}" for value in values for account in named))


def found_by(reader: str, facet: str) -> list[str]:
    """The facet as a reader (an account id) finds it: of cases for everybody, and of those for this person."""
    return [facet, f"{facet}@{reader}"]


def rank(case: Case) -> int:
    """The place of the case by priority: 0 is the most urgent."""
    return next((place for priority, place in RANKS.items() if priority == case.urgency), RANKS[Priority.NORMAL])


def _views(case: Case) -> Iterable[str]:
    """``view:all``, and the lists in which the case stands.

    What is done with the primary of a merged case is done with it, so it stands in the list of all cases only; unless
    its submitter has written.
    """
    yield "view:all"
    if case.merged_into:
        yield from ("view:attention",) if needs_attention(case) else ()
        return
    if case.state not in FINISHED:
        yield "view:open"
        yield f"view:mine:{case.officer}" if case.officer else "view:unclaimed"
    if case.doubtful:
        yield "view:doubtful"
    else:
        yield f"view:{case.state}"
    if needs_attention(case):
        yield "view:attention"
    for mark in attention(case):
        yield f"view:{mark}"
    if case.release:
        yield "view:held"


def _filters(case: Case) -> Iterable[str]:
    yield f"kind:{case.kind}"
    yield f"state:{case.state}"
    yield f"priority:{case.urgency}"
    yield f"channel:{case.channel}"
    yield f"language:{case.language}"
    yield from (f"unit:{assignment.unit.code}" for assignment in case.assignments)
    yield from (f"tag:{tag}" for tag in case.tags)
    if case.officer:
        yield f"officer:{case.officer}"
    if case.files:
        yield "files"
    if case.rating:
        yield f"rating:{case.rating.score}"
    if case.objection:
        yield "objection"
    if case.restriction:
        yield "restricted"
