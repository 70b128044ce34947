"""What may still be taken back: an answer or a closing that goes out later, and what comes in between."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, with_timeline
from services.router.cases.domain.parts import TimelineEntry

ANSWER, CLOSURE, APPROVAL = "answer", "closure", "answer_for_approval"
"""Values of ``Release.kind``. An answer for approval waits for a colleague, and for no time."""
TAKEN_BACK, CANCELLED, GIVEN_BACK = "taken_back", "cancelled", "given_back"
"""Values of ``Release.ended``: by an officer, by news of the case, by the colleague who was to approve it."""


def release_at(case: Case) -> datetime | None:
    """When what is held goes out by itself; None when nothing is, or it waits for a colleague.

    What a newer version holds goes out there.
    """
    return case.held.at if case.held and case.held.kind in (ANSWER, CLOSURE) else None


def needs_colleague(case: Case, by: Officer) -> bool:
    """Whether nobody but this officer has decided anything about the case yet: nobody else has routed it."""
    return not {e.actor.id for e in case.timeline if e.what == "routed" and e.actor} - {by.id}


def ended(case: Case, how: str, at: datetime, *entries: TimelineEntry) -> Case:
    """The case whose held answer or closing does not go out. Its text stays, for the next one."""
    if case.release is None:
        return case
    return with_timeline(case, *entries, release=case.release.model_copy(update={"ended": how, "ended_at": at}))


def interrupted(case: Case, at: datetime) -> Case:
    """Something new has come: what is held does not go out, and its officer is told. Unchanged when nothing is held."""
    if case.held is None:
        return case
    entry = TimelineEntry(at=at, what="release_cancelled", by=case.held.by, actor=None, text="")
    return ended(case, CANCELLED, at, entry)
