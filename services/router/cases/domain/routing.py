"""Routing a case to units (procedure 5.3), and the events about assignments before the reply."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from services.router.access import Action, Officer, may
from services.router.cases.domain.case import (
    Case,
    entry_by,
    entry_of,
    progressed,
    require_decided,
    require_not_held,
    with_assignment,
    with_derived_state,
    with_timeline,
)
from services.router.cases.domain.holds import interrupted
from services.router.cases.domain.parts import Assignment, TimelineEntry
from services.router.cases.domain.states import AssignmentState
from services.router.deadlines.domain.counting import DayClock
from shared.events import (
    AssignmentDeclined,
    AssignmentRecalled,
    AssignmentRequested,
    AssignmentViewed,
    CaseRerouted,
    Event,
    LetterFailed,
    LetterSent,
    done_by,
)
from shared.kinds import WITHOUT_DUTY
from shared.refused import Refused
from shared.state import UnitName, UnitRef

Cause = Literal["recalled", "answered", "closed"]
"""Why a unit is no longer asked."""
FINISHED = "This case is answered or closed already."
SENT_AROUND = "This case has been sent around. A supervisor decides which unit it goes to."
MOST_DECLINES, MOST_HOPS = 2, 3
BACK_AGAIN = ("declined", "recalled")
"""Values of ``TimelineEntry.what`` after which another routing is another hop."""
BACK = (AssignmentState.DECLINED, AssignmentState.RECALLED)
"""States of an assignment after which another routing is a re-routing."""


@dataclass(frozen=True)
class OwnTerms:
    """What one of several units gets otherwise: a note below the common one, another last day and its clock."""

    note: str = ""
    due_at: datetime | None = None
    clock: DayClock | None = None


NO_OTHERS: Mapping[str, OwnTerms] = {}

NOT_OPENED = frozenset({AssignmentState.REQUESTED, AssignmentState.INVITED, AssignmentState.UNDELIVERABLE})
"""States of an assignment about which its invitation says all that is known."""
DELIVERED = {"letter_sent": AssignmentState.INVITED, "letter_failed": AssignmentState.UNDELIVERABLE}
"""What a letter in the timeline says of the assignment that it invites to."""


def route(
    case: Case,
    units: Sequence[UnitRef],
    *,
    ids: Sequence[str],
    text: str,
    note: str,
    share_identity: bool,
    due_at: datetime | None,
    by: Officer,
    now: datetime,
    files: Sequence[str] = (),
    clock: DayClock | None = None,
    reply_expected: bool | None = None,
    own: Mapping[str, OwnTerms] = NO_OTHERS,
) -> tuple[Case, list[Event]]:
    """Route the case: one assignment for each unit, with the ids ``ids``. Raises Refused.

    ``files``: ids of the files of the case that the units get; infected ones they do not. ``due_at`` is counted from
    ``clock``; None while that stands. ``own``: by the code of the unit. The submitter is told of a re-routing
    (Law 3071, article 5).
    """
    if case.finished:
        raise Refused(FINISHED)
    require_decided(case)
    if goes_round(case) and not may(by, Action.SUPERVISE):
        raise Refused(SENT_AROUND)
    busy = {a.unit.code for a in case.assignments if a.open or a.state is AssignmentState.REPLIED}
    if busy & {unit.code for unit in units}:
        raise Refused("One of these units is already working on the case.")
    shared = share_identity and not case.hide_identity
    expected = case.kind not in WITHOUT_DUTY if reply_expected is None else reply_expected
    made = tuple(
        Assignment(
            id=assignment_id,
            unit=unit,
            note="\n\n".join(filter(None, [note, own.get(unit.code, OwnTerms()).note])),
            text=text,
            identity_shared=shared,
            reply_expected=expected,
            requested_at=now,
            due_at=(own.get(unit.code, OwnTerms()).due_at or due_at) if expected else None,
            clock=(own.get(unit.code, OwnTerms()).clock or clock) if expected else None,
            files=tuple(file.id for file in case.files if file.id in files and file.state != "infected"),
        )
        for assignment_id, unit in zip(ids, units, strict=True)
    )
    entries = [entry_by(by, "routed", now, unit=a.unit.code, text=a.note) for a in made]
    routed = with_derived_state(with_timeline(case, *entries, assignments=(*case.assignments, *made)))
    again = any(a.state in BACK for a in case.current)
    news = progressed(case, routed, now, cause="rerouted" if again else "routed", units=units)
    told = [_rerouted(case, units, now)] if again and case.submitter.email else []
    return routed, done_by(by.actor, *(_request(case, a) for a in made), *news, *told)


def goes_round(case: Case) -> bool:
    """Whether the case is sent around: two units have handed it back, or it has been routed anew twice."""
    declined = sum(a.state is AssignmentState.DECLINED for a in case.current)
    since = case.answer.at if case.answer else case.submitted_at
    hops, back = 0, True
    for entry in case.timeline:
        if entry.what in BACK_AGAIN:
            back = True
        elif entry.what == "routed" and back and entry.at >= since:
            hops, back = hops + 1, False
    return declined >= MOST_DECLINES or hops >= MOST_HOPS


def recall(case: Case, assignment_id: str, *, reason: str, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """Recall an assignment; its link becomes invalid. Raises Refused when the unit may not reply any more."""
    assignment = case.assignment(assignment_id)
    require_not_held(case)
    if not assignment.open:
        raise Refused("This assignment cannot be recalled any more.")
    assignments = with_assignment(case, assignment, state=AssignmentState.RECALLED)
    entry = entry_by(by, "recalled", now, unit=assignment.unit.code, text=reason)
    recalled = with_derived_state(with_timeline(case, entry, assignments=assignments))
    event = recalled_because(case, assignment, reason, "recalled", now)
    return recalled, done_by(by.actor, event, *progressed(case, recalled, now))


def view(case: Case, viewed: AssignmentViewed) -> tuple[Case, list[Event]]:
    """The unit's link was opened; ``by_person``: somebody in the unit has begun to write."""
    assignment = case.assignment(viewed.assignment_id)
    fresh = assignment.state in (AssignmentState.REQUESTED, AssignmentState.INVITED, AssignmentState.UNDELIVERABLE)
    state = AssignmentState.VIEWED if fresh else assignment.state
    when, what = ("read_at", "read") if viewed.by_person else ("viewed_at", "viewed")
    assignments = with_assignment(case, assignment, state=state, **{when: viewed.viewed_at})
    entry = entry_of(assignment, what, viewed.viewed_at)
    return with_derived_state(with_timeline(case, entry, assignments=assignments)), []


def decline(case: Case, declined: AssignmentDeclined, now: datetime) -> tuple[Case, list[Event]]:
    """The unit is not responsible for the case: what is held does not go out. A late decline is an entry only."""
    assignment = case.assignment(declined.assignment_id)
    entry = entry_of(assignment, "declined", declined.declined_at, by=declined.by, text=declined.reason)
    if not assignment.open:
        return with_timeline(case, entry), []
    assignments = with_assignment(
        case,
        assignment,
        state=AssignmentState.DECLINED,
        declined_because=declined.reason,
        suggested_unit=declined.suggested_unit,
        suggested_code=declined.suggested_code,
    )
    of_case = interrupted(case, declined.declined_at)
    back = with_derived_state(with_timeline(of_case, entry, assignments=assignments))
    return back, progressed(case, back, now)


def letter_sent(case: Case, letter: LetterSent) -> tuple[Case, list[Event]]:
    """The mail server accepted a letter. An invitation makes the assignment *invited*."""
    entry = TimelineEntry(
        at=letter.sent_at,
        what="letter_sent",
        unit=_unit_of(case, letter),
        text=letter.template,
        letter=letter.letter_id,
    )
    return _delivered(case, letter, entry)


def letter_failed(case: Case, letter: LetterFailed) -> tuple[Case, list[Event]]:
    """A letter was refused for good, or came back. An invitation makes the assignment *undeliverable*."""
    entry = TimelineEntry(
        at=letter.failed_at,
        what="letter_failed",
        unit=_unit_of(case, letter),
        text=letter.template,
        refusal=letter.reason,
        letter=letter.letter_id,
        cause=letter.cause or "",
        passed_to=letter.passed_to or "",
    )
    return _delivered(case, letter, entry)


def recalled_because(
    case: Case, assignment: Assignment, reason: str, cause: Cause, now: datetime
) -> AssignmentRecalled:
    """The event that tells a unit that it is no longer asked."""
    return AssignmentRecalled(
        message_id=case.id,
        assignment_id=assignment.id,
        reason=reason,
        cause=cause,
        reply_expected=assignment.reply_expected,
        recalled_at=now,
    )


def _delivered(case: Case, letter: LetterSent | LetterFailed, entry: TimelineEntry) -> tuple[Case, list[Event]]:
    """The newest of what is known of an assignment's invitation counts, in whatever order it is told."""
    told = with_timeline(case, entry)
    if letter.assignment_id is None or letter.template != "invitation":
        return told, []
    assignment = case.assignment(letter.assignment_id)
    if assignment.state not in NOT_OPENED:
        return told, []
    letters = [e for e in told.timeline if e.what in DELIVERED and (e.unit, e.text) == (entry.unit, entry.text)]
    newest = [e for e in letters if e.at >= assignment.requested_at][-1:] or [entry]
    return told.model_copy(
        update={"assignments": with_assignment(told, assignment, state=DELIVERED[newest[0].what])}
    ), []


def _unit_of(case: Case, letter: LetterSent | LetterFailed) -> str | None:
    return case.assignment(letter.assignment_id).unit.code if letter.assignment_id else None


def _request(case: Case, assignment: Assignment) -> AssignmentRequested:
    return AssignmentRequested(
        message_id=case.id,
        assignment_id=assignment.id,
        reference=case.reference,
        kind=case.kind,
        subject=case.subject,
        text=assignment.text,
        submitter=case.submitter if assignment.identity_shared else None,
        note=assignment.note,
        unit=assignment.unit,
        language=case.language,
        reply_expected=assignment.reply_expected,
        requested_at=assignment.requested_at,
        due_at=assignment.due_at,
        files=tuple(file for file in case.files if file.id in assignment.files),
    )


def _rerouted(case: Case, units: Sequence[UnitRef], now: datetime) -> CaseRerouted:
    return CaseRerouted(
        message_id=case.id,
        reference=case.reference,
        submitter=case.submitter,
        language=case.language,
        units=tuple(UnitName.model_validate(unit) for unit in units),
        rerouted_at=now,
    )
