"""Who works on a case, how urgent it is, of which kind, and under which words it is kept."""

import re
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.parts import TimelineEntry
from services.router.cases.domain.states import Priority
from shared.alphabet import lower
from shared.refused import Refused
from shared.state import Actor

FINISHED = "This case is answered or closed already."
MOST_TAGS: Final = 10
LONGEST_TAG: Final = 30
"""Characters."""
_NOT_IN_TAGS = re.compile(r"[^\w .&/+-]")
"""``@`` and ``:`` have a meaning in facets."""


def assign(case: Case, officer_id: str | None, name: str, by: Officer, now: datetime) -> Case:
    """Give the case to an officer, whose name is ``name``; None: to nobody. Raises Refused.

    Unchanged when it is theirs already. A restricted case is given to those who may read it.
    """
    if case.finished:
        raise Refused(FINISHED)
    if officer_id == case.officer:
        return case
    if case.restriction and officer_id and officer_id not in case.restriction.to:
        raise Refused("This colleague may not read the case, which is restricted.")
    what = "unclaimed" if officer_id is None else "claimed" if officer_id == by.id else "assigned"
    return with_timeline(case, entry_by(by, what, now, text=name if what == "assigned" else ""), officer=officer_id)


def free(case: Case, now: datetime) -> Case:
    """The case, claimed by nobody: the account of its officer was disabled."""
    return with_timeline(
        case, TimelineEntry(at=now, what="freed", actor=Actor(kind="system", id="claims")), officer=None
    )


def set_priority(case: Case, priority: Priority, by: Officer, now: datetime) -> Case:
    """Say how urgent the case is; from then on, words of the message do not. Unchanged if an officer has said so."""
    if priority == case.priority:
        return case
    return with_timeline(case, entry_by(by, "prioritised", now, text=priority), priority=priority)


def correct_kind(case: Case, kind: str, by: Officer, now: datetime) -> Case:
    """The case is of another kind than its submitter said. What was sent to units keeps its kind."""
    if kind == case.kind:
        return case
    given = case.given_kind or case.kind
    entry = entry_by(by, "kind_corrected", now, text=kind)
    return with_timeline(case, entry, kind=kind, given_kind=None if kind == given else given)


def set_tags(case: Case, tags: Iterable[str], by: Officer, now: datetime) -> Case:
    """Keep the case under these words and no others. Raises Refused for too many, and for one that is too long."""
    wanted = tuple(sorted(set(filter(None, map(tag, tags)))))
    if len(wanted) > MOST_TAGS:
        raise Refused("Please use at most ten tags.")
    if any(len(word) > LONGEST_TAG for word in wanted):
        raise Refused("Please use at most 30 characters for a tag.")
    if wanted == case.tags:
        return case
    return with_timeline(case, entry_by(by, "tagged", now, text=", ".join(wanted)), tags=wanted)


def tag(word: str) -> str:
    """A tag as it is kept: in small letters (of the Turkish alphabet), so that one word is one tag."""
    return " ".join(_NOT_IN_TAGS.sub(" ", lower(word)).split())
