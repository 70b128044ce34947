"""Facets: short values of a case by which the desk lists, filters and counts cases (``indexed.facets``).

One index serves all lists: a list is the cases that have one facet, such as ``view:new``; filters are further facets.
A restricted case has each facet once for every person who may read it, as ``view:new@<account id>``, and none without
that. So whoever may not read a case does not find it, and does not count it, in any list.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Final

from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import APPROVAL
from services.router.cases.domain.promises import promise_due
from services.router.cases.domain.states import FINISHED, Priority

RANKS: Final = {Priority.URGENT: 0, Priority.HIGH: 1, Priority.NORMAL: 2, Priority.LOW: 3}
"""``indexed.rank``, by which lists are sorted by priority."""
NO_LAST_DAY: Final = datetime(9999, 12, 1, tzinfo=UTC)
"""``indexed.time_left`` of a case in which nothing is due: it comes last."""


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


def time_left(case: Case) -> datetime:
    """When the next reply of a unit is due."""
    return NO_LAST_DAY if case.finished else case.due_at or NO_LAST_DAY


def to_be_done(case: Case) -> bool:
    """Whether the case stands in some list of work. Merged into another, it is dealt with there."""
    return (case.merged_into is None and case.state not in FINISHED) or needs_attention(case) or promise_due(case)


def _views(case: Case) -> Iterable[str]:
    """``view:all``, and the lists in which the case stands.

    A case of which an answer or a closing is held stands in no list of its state: nothing is done with it meanwhile.
    What is done with the primary of a merged case is done with it, so it stands in the list of all cases only; unless
    its submitter has written.
    """
    yield "view:all"
    if promise_due(case):
        yield "view:promise_due"
    if case.merged_into:
        yield from ("view:attention",) if needs_attention(case) else ()
        return
    if case.state not in FINISHED:
        yield "view:open"
        yield f"view:mine:{case.officer}" if case.officer else "view:unclaimed"
    if case.held:
        yield "view:four_eyes" if case.held.kind == APPROVAL else "view:held"
    elif case.doubtful:
        yield "view:doubtful"
    else:
        yield f"view:{case.state}"
    if needs_attention(case):
        yield "view:attention"
        yield from (f"view:{mark}" for mark in attention(case))


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
    if case.hold:
        yield "hold"
