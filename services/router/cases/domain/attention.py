"""Why a case needs an officer, and what changed in it after the officer opened its page."""

from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import GIVEN_BACK
from services.router.cases.domain.parts import TimelineEntry
from services.router.cases.domain.routing import goes_round
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason
from shared.refused import Refused

CHANGED_MEANWHILE = "This case has changed since you opened the page. Please look at it again; your text is still here."
LETTERS_TO_OFFICERS = frozenset(
    {
        *("notice", "arrival", "decline", "failure", "follow_up", "question_answered", "objection", "withdrawal"),
        *("unit_question", "unit_interim", "unit_mail"),
    }
)
"""Templates. When one of these letters fails, nothing has to be done: the officers see the case on the desk."""
NOTHING_TO_DO = LETTERS_TO_OFFICERS | {"copy"}
"""Also of copies: the unit itself got the letter, or that it did not is told apart."""
ROUTINE = frozenset(
    {
        *("submitted", "viewed", "read", "letter_sent", "letter_failed", "rated", "contact_corrected", "looked_at"),
        *("unclaimed", "freed", "prioritised", "tagged", "rescheduled", "answer_rescheduled"),
        *("unit_reminded", "head_told", "supervisor_told", "untaken_told", "mail_automatic"),
        *("handed_on", "holding_ended", "promise_asked", "promise_kept"),
        *("address_corrected", "letter_dealt_with", "hold_set", "hold_lifted", "submitter_corrected"),
    }
)
"""Values of ``TimelineEntry.what`` that do not change what an officer would decide."""
ABOUT_THE_WORK = frozenset(
    {"claimed", "assigned", "unclaimed", "freed", "prioritised", "kind_corrected", "tagged", "noted", "copied"}
    | {"address_corrected", "letter_dealt_with", "hold_set", "hold_lifted", "submitter_corrected"}
)
"""Values of ``TimelineEntry.what``: an officer has put the case in order, and has not dealt with its submitter."""
WRITTEN = ("followed_up", "question_answered")
"""Values of ``TimelineEntry.what``: the submitter has written, and an officer should read it, also in a closed case."""
ABOUT_LETTERS = ("letter_sent", "letter_failed", "letter_dealt_with")
"""Values of ``TimelineEntry.what`` that say whether a letter arrived, or nothing is to be done about it."""
ENDS = ("closed", "withdrawn", "answer_upheld")
"""Values of ``TimelineEntry.what`` that close a case."""
NEWS = (*WRITTEN, "separated", "promise_broken", "mail_received")
"""Marks that an officer can take away by saying that it was looked at, also from a closed case."""
INTERIM = "interim_submitted"
"""A mark that an officer can take away likewise, while the case is open."""


def attention(case: Case) -> tuple[str, ...]:
    """Why the case needs an officer: those of the reasons below that apply, in this order.

    ``objection`` applies until a supervisor has decided, those of WRITTEN until an officer acts on the case (beyond
    ABOUT_THE_WORK) or says that it was looked at; ``separated``, when no officer has ended a merging, and
    ``release_cancelled``, when an answer did not go out because
    something came in between, likewise; ``ping_pong`` while a supervisor has to say where a case goes that was sent
    around; ``given_back`` until the answer that a colleague did not approve is sent anew. ``declined`` and ``recalled``
    look at the assignments of the newest routing only, and never at a finished case. ``letter_failed`` applies until a
    later letter of the same template to the same recipient was sent, an officer has dealt with it, or the submitter has
    given another address.
    ``extension_requested`` applies until somebody has decided about it, or the unit has replied; so does
    ``question_proposed``, and ``reply_proposed`` about a mail of the unit. ``interim_submitted`` applies as those of
    WRITTEN, ``promise_broken`` (what was promised was not done) and ``mail_received`` too, to a mail that has become
    nothing else.
    """
    newest = max((a.requested_at for a in case.current), default=None)
    states = {a.state for a in case.current if a.requested_at == newest and not case.finished}
    reasons = {
        "objection": case.objected,
        **{what: _unread(case, what) for what in NEWS if what != "mail_received"},
        "release_cancelled": not case.finished and _unread(case, "release_cancelled"),
        "given_back": not case.finished and case.release is not None and case.release.ended == GIVEN_BACK,
        "declined": AssignmentState.DECLINED in states,
        "ping_pong": case.state is CaseState.IN_REVIEW and goes_round(case),
        "recalled": case.state is CaseState.IN_REVIEW and AssignmentState.RECALLED in states,
        "letter_failed": _has_failed_letter(case),
        "extension_requested": not case.finished and any(a.asks_for_time for a in case.assignments),
        "question_proposed": not case.finished and any(a.asks for a in case.assignments),
        INTERIM: not case.finished and _unread(case, INTERIM),
        "reply_proposed": not case.finished and any(a.waiting_mails for a in case.assignments),
        "mail_received": _unread(_without_taken(case), "mail_received"),
    }
    return tuple(reason for reason, applies in reasons.items() if applies)


def needs_attention(case: Case) -> bool:
    """Whether the case stands in the view of what an officer should look at.

    Nothing else is done with a closed one, unless what its submitter was told at the end did not arrive.
    """
    marks = attention(case)
    if case.state is not CaseState.CLOSED:
        return bool(marks)
    return any(mark in NEWS for mark in marks) or ("letter_failed" in marks and _failed_since_closed(case))


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
    corrected = max((e.at for e in case.timeline if e.what == "contact_corrected"), default=None)
    letters = [e for e in case.timeline if e.what in ABOUT_LETTERS]
    counted = [e for e in letters if e.unit or corrected is None or e.at > corrected]
    newest = {(e.unit, e.text): e.what for e in counted}
    return any(
        what == "letter_failed" and template not in NOTHING_TO_DO and (unit is None or unit in open_units)
        for (unit, template), what in newest.items()
    )


def _failed_since_closed(case: Case) -> bool:
    """Whether a letter failed after the end; not one of an older version, with which nobody could deal."""
    ended = max((e.at for e in case.timeline if e.what in ENDS), default=None)
    failed = (e.at for e in case.timeline if e.what == "letter_failed" and e.letter and e.text not in NOTHING_TO_DO)
    reachable = case.closure_reason is not ClosureReason.NOT_CONTACTABLE
    return reachable and any(ended is None or at > ended for at in failed)


def _unread(case: Case, what: str) -> bool:
    """Whether there is such an entry after everything that officers did, and after a withdrawal."""
    acts = [e for e in case.timeline if e.what not in ABOUT_THE_WORK]
    ends = [e for e in acts if (e.actor and e.actor.kind == "officer") or e.what == "withdrawn"]
    read = max((e.revision or 0 for e in ends), default=0)
    return any(e.what == what and (e.revision or 0) > read for e in case.timeline)


def _without_taken(case: Case) -> Case:
    """The case without the entries of mails that have become something else, which has a mark of its own."""
    taken = {e.mail for e in case.timeline if e.what in WRITTEN}
    if not case.finished:
        taken |= {mail.id for a in case.assignments for mail in a.waiting_mails}
    others = tuple(e for e in case.timeline if e.what != "mail_received" or e.mail not in taken)
    return case.model_copy(update={"timeline": others})
