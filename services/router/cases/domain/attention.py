"""Why an officer should look at a case, and what happened to it while one was looking."""

from services.router.cases.domain.case import AssignmentState, Case, CaseState, TimelineEntry
from shared.refused import Refused

CHANGED_MEANWHILE = "This case has changed since you opened the page. Please look at it again; your text is still here."
TO_THE_DESK = frozenset({"notice", "arrival"})
"""Letters to the officers themselves, who see the case anyway."""
SILENT = frozenset({"submitted", "viewed", "read", "letter_sent", "letter_failed"})
"""Timeline entries after which an officer need not think again about what to do."""


def attention(case: Case) -> tuple[str, ...]:
    """Why an officer should look at the case: ``declined``, ``recalled``, ``letter_failed``; empty without a reason.

    What a unit handed back counts until the case is routed anew, a failed letter until a later one has arrived.
    """
    newest = max((a.requested_at for a in case.assignments), default=None)
    left = {a.state for a in case.assignments if a.requested_at == newest and not case.finished}
    marks = {
        "declined": AssignmentState.DECLINED in left,
        "recalled": case.state is CaseState.IN_REVIEW and AssignmentState.RECALLED in left,
        "letter_failed": _unreached(case),
    }
    return tuple(mark for mark, there in marks.items() if there)


def happened_since(case: Case, revision: int | None) -> tuple[TimelineEntry, ...]:
    """What happened after this revision of the case that an officer has to know; nothing if it is not known."""
    if revision is None:
        return ()
    return tuple(e for e in case.timeline if e.revision is not None and e.revision > revision and e.what not in SILENT)


def unchanged_since(case: Case, revision: int | None) -> None:
    """Raise Refused when something happened after this revision of the case: the officer decided on an older state."""
    if happened_since(case, revision):
        raise Refused(CHANGED_MEANWHILE)


def _unreached(case: Case) -> bool:
    """Whether the newest letter of a kind did not arrive; a unit's only while the unit is asked for something."""
    asked = {a.unit.code for a in case.assignments if a.open and not case.finished}
    last = {(e.unit, e.text): e.what for e in case.timeline if e.what in ("letter_sent", "letter_failed")}
    return any(
        what == "letter_failed" and template not in TO_THE_DESK and (unit is None or unit in asked)
        for (unit, template), what in last.items()
    )
