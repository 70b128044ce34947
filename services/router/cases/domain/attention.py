"""Why a case needs an officer, and what changed in it after the officer opened its page."""

from services.router.cases.domain.case import AssignmentState, Case, CaseState, TimelineEntry
from shared.refused import Refused

CHANGED_MEANWHILE = "This case has changed since you opened the page. Please look at it again; your text is still here."
LETTERS_TO_OFFICERS = frozenset(
    {"notice", "arrival", "decline", "failure", "follow_up", "question_answered", "objection", "withdrawal"}
)
"""Templates. When one of these letters fails, nothing has to be done: the officers see the case on the desk."""
ROUTINE = frozenset({"submitted", "viewed", "read", "letter_sent", "letter_failed"})
"""Values of ``TimelineEntry.what`` that do not change what an officer would decide."""


def attention(case: Case) -> tuple[str, ...]:
    """Why the case needs an officer: those of ``declined``, ``recalled``, ``letter_failed`` that apply, in this order.

    ``declined`` and ``recalled`` look at the assignments of the newest routing only, and never at a finished case.
    ``letter_failed`` applies until a later letter of the same template to the same recipient was sent.
    """
    newest = max((a.requested_at for a in case.assignments), default=None)
    states = {a.state for a in case.assignments if a.requested_at == newest and not case.finished}
    reasons = {
        "declined": AssignmentState.DECLINED in states,
        "recalled": case.state is CaseState.IN_REVIEW and AssignmentState.RECALLED in states,
        "letter_failed": _has_failed_letter(case),
    }
    return tuple(reason for reason, applies in reasons.items() if applies)


def happened_since(case: Case, revision: int | None) -> tuple[TimelineEntry, ...]:
    """The timeline entries after ``revision``, the one that the officer's page showed, without those of ``ROUTINE``.

    Empty when ``revision`` is None. An entry that has no revision itself is left out.
    """
    if revision is None:
        return ()
    return tuple(e for e in case.timeline if e.revision is not None and e.revision > revision and e.what not in ROUTINE)


def unchanged_since(case: Case, revision: int | None) -> None:
    """Raise Refused when ``happened_since`` finds entries: the officer has decided on an older state of the case."""
    if happened_since(case, revision):
        raise Refused(CHANGED_MEANWHILE)


def _has_failed_letter(case: Case) -> bool:
    """Whether the newest letter of any template to any recipient has failed.

    Letters to officers do not count, nor letters to a unit that can no longer reply or whose case is finished.
    """
    open_units = {a.unit.code for a in case.assignments if a.open and not case.finished}
    newest = {(e.unit, e.text): e.what for e in case.timeline if e.what in ("letter_sent", "letter_failed")}
    return any(
        what == "letter_failed" and template not in LETTERS_TO_OFFICERS and (unit is None or unit in open_units)
        for (unit, template), what in newest.items()
    )
