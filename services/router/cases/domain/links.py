"""Linking: two cases belong together, and each is dealt with on its own. One of them keeps the other's id.

It is the restricted one, if one of them is.
"""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, CaseSummary, entry_by, with_timeline
from services.router.cases.domain.parts import Merge, Release, Restriction
from shared.refused import Refused

ABOUT_OTHERS = ("merged", "linked", "unlinked")
"""Values of ``TimelineEntry.what`` whose text is the number of another case. Who may not read that does not see it."""


class RelatedCase(CaseSummary):
    """A case that belongs to another, as that one's page lists it."""

    linked: tuple[str, ...] = ()
    merge: Merge | None = None
    restriction: Restriction | None = None
    release: Release | None = None
    revision: int = 0


def link(case: Case, other: CaseSummary, *, by: Officer, now: datetime) -> Case:
    """The case belongs to the other one. Raises Refused for itself; linking twice changes nothing."""
    if case.id == other.id:
        raise Refused("A case cannot be linked with itself.")
    if other.id in case.linked:
        return case
    return with_timeline(case, entry_by(by, "linked", now, text=other.reference), linked=(*case.linked, other.id))


def unlink(case: Case, other: CaseSummary, *, by: Officer, now: datetime) -> Case:
    """They do not belong together any more. ``case`` is the one that keeps the link."""
    kept = tuple(known for known in case.linked if known != other.id)
    return with_timeline(case, entry_by(by, "unlinked", now, text=other.reference), linked=kept)
