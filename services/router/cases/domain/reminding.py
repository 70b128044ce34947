"""What waits for whom: for a unit, and for the people of the desk; and what the timeline says of reminders."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from pydantic import AwareDatetime

from services.router.access import Action, Role, may
from services.router.accounts.domain import Account
from services.router.cases.domain.case import Case, with_timeline
from services.router.cases.domain.parts import AssignmentSummary, Merge, Release, Restriction, TimelineEntry
from services.router.cases.domain.states import FINISHED, CaseState
from services.router.deadlines.domain.counting import DayClock, Deadlines
from services.router.deadlines.domain.reminders import OVERDUE, ReminderRules, Waiting, stage
from shared.days import day_of
from shared.events import DueAssignment, DueCase, Event, OfficerReminded, UnitAddress, UnitReminderRequested
from shared.state import Actor, Open, State, UnitName, UnitRef

SYSTEM = Actor(kind="system", id="reminders")
UNTAKEN, REVIEW, DUE_SOON, LATE = "untaken", "review", "due_soon", "overdue"
"""Why a case is in a letter to a person of the desk, in the order of its groups (``DueCase.cause``)."""
BACK = frozenset(
    {
        *("submitted", "trusted", "declined", "recalled", "question_answered", "reopened", "reopened_by_desk"),
        *("separated", "freed", "unclaimed", "promise_broken"),
    }
)
"""Values of ``TimelineEntry.what`` after which a case waits for somebody of the desk to take it."""
DIGEST = "digest"
TO_TAKE = (CaseState.NEW, CaseState.IN_REVIEW)
"""States of a case which an officer has to route or to answer."""
TOLD = {"responsible": "unit_reminded", "head": "head_told"}
"""``TimelineEntry.what`` of a reminder to a unit, by whom it went to."""
OFFICERS_TOLD = {UNTAKEN: "untaken_told", LATE: "supervisor_told"}
"""The same of a reminder to people of the desk, by why the case is in it."""


class WaitingAssignment(AssignmentSummary):
    """The fields of an assignment that decide about reminders."""

    id: str
    requested_at: AwareDatetime
    clock: DayClock | None = None

    @property
    def since(self) -> datetime:
        """Since when its last day is known."""
        return self.clock.started_at if self.clock else self.requested_at


class WaitingCase(State):
    """The fields of a case that decide about reminders."""

    id: str
    reference: str
    subject: str
    submitted_at: AwareDatetime
    state: Open[CaseState] = CaseState.NEW
    officer: str | None = None
    assignments: tuple[WaitingAssignment, ...] = ()
    timeline: tuple[TimelineEntry, ...] = ()
    merge: Merge | None = None
    release: Release | None = None
    restriction: Restriction | None = None

    @property
    def due(self) -> tuple[WaitingAssignment, ...]:
        """The assignments with a last day: their units have to reply, and their clocks run."""
        if self.state in FINISHED or self.merge:
            return ()
        return tuple(a for a in self.assignments if a.awaited and a.due_at)

    @property
    def untaken(self) -> bool:
        """Whether it waits for somebody of the desk to take it."""
        return self.state in TO_TAKE and self.officer is None and self.merge is None and not self.held

    @property
    def reply_waits(self) -> bool:
        """Whether a reply waits to be checked."""
        return self.state is CaseState.REPLY_PENDING_REVIEW and self.merge is None and not self.held

    @property
    def held(self) -> bool:
        """Whether an answer or a closing is on its way."""
        return self.release is not None and self.release.ended is None

    @property
    def untaken_since(self) -> datetime:
        """Since when it waits for that."""
        return max((e.at for e in self.timeline if e.what in BACK), default=self.submitted_at)


class UnitThing(NamedTuple):
    """An assignment that waits for its unit."""

    waiting: Waiting
    case: WaitingCase
    unit: UnitRef

    @property
    def due(self) -> DueAssignment:
        """As the letter lists it."""
        return DueAssignment(
            assignment_id=self.waiting.about,
            message_id=self.case.id,
            reference=self.case.reference,
            subject=self.case.subject,
            due_at=self.waiting.due_at,
        )


class DeskThing(NamedTuple):
    """A case that waits for people of the desk."""

    waiting: Waiting
    case: WaitingCase
    cause: str
    unit: UnitRef | None = None

    @property
    def due(self) -> DueCase:
        """As the letter lists it."""
        return DueCase(
            message_id=self.case.id,
            reference=self.case.reference,
            subject=self.case.subject,
            cause=self.cause,
            due_at=self.waiting.due_at if self.unit else None,
            unit=UnitName.model_validate(self.unit) if self.unit else None,
        )


def of_units(
    cases: Iterable[WaitingCase], now: datetime, deadlines: Deadlines, rules: ReminderRules
) -> dict[str, list[UnitThing]]:
    """What is due soon or overdue, by the code of its unit."""
    found: dict[str, list[UnitThing]] = {}
    for case in cases:
        for assignment in case.due:
            thing = _of_unit(case, assignment)
            if stage(thing.waiting, now, deadlines, rules):
                found.setdefault(assignment.unit.code, []).append(thing)
    return found


def of_desk(cases: Iterable[WaitingCase], now: datetime, deadlines: Deadlines, rules: ReminderRules) -> list[DeskThing]:
    """What waits for people of the desk, each with its cause."""
    found: list[DeskThing] = []
    for case in cases:
        if case.untaken:
            found.append(_untaken(case, deadlines, rules))
        elif case.reply_waits:
            found.append(DeskThing(Waiting(f"{case.id}.review", case.submitted_at, case.submitted_at), case, REVIEW))
        for assignment in case.due:
            thing = _of_unit(case, assignment)
            if late := stage(thing.waiting, now, deadlines, rules):
                cause = LATE if late >= OVERDUE else DUE_SOON
                found.append(DeskThing(thing.waiting, case, cause, thing.unit))
    return found


def for_person(things: Iterable[DeskThing], account: Account, *, supervises: bool) -> list[DeskThing]:
    """What this person is told of; nothing of a restricted case that they may not read.

    Of what nobody has taken all are told, of what is overdue those who supervise; the digest has everything.
    """
    causes = {UNTAKEN, LATE} if supervises else {UNTAKEN}
    return [
        thing
        for thing in things
        if (account.digest or thing.cause in causes)
        and (thing.case.restriction is None or account.id in thing.case.restriction.to)
    ]


def recipients(accounts: Iterable[Account]) -> list[tuple[Account, bool]]:
    """Who of the enabled accounts gets letters, each with whether they supervise.

    Administrators get them where there is no officer or supervisor, or where they have switched on the digest.
    """
    people = [account for account in accounts if not account.disabled]
    supervising = {Role.SUPERVISOR} if any(one.role == Role.SUPERVISOR for one in people) else {Role.ADMIN}
    working = {Role.OFFICER, *supervising}
    return [
        (one, one.role in supervising)
        for one in people
        if one.role in working or (one.digest and may(one.officer, Action.WORK))
    ]


def letters_to_unit(
    told_id: str, unit: UnitRef, things: Sequence[UnitThing], now: datetime, deadlines: Deadlines, *, version: int
) -> list[Event]:
    """The reminder to a unit; of what is overdue its head is told. ``version``: of the addresses of units.

    The head is told nothing of a restricted case, which may be about the head: whom the case was sent to answers it.
    """
    today = day_of(now, deadlines.zone)
    late = [thing for thing in things if day_of(thing.waiting.due_at, deadlines.zone) < today]
    open_to_head = [thing for thing in late if thing.case.restriction is None]
    return [
        UnitReminderRequested(
            reminder_id=f"{told_id}.{today}.{role}",
            unit=UnitAddress.model_validate(unit),
            role=role,
            cause="overdue" if late else "before",
            assignments=tuple(thing.due for thing in listed),
            requested_at=now,
            contacts_version=version,
        )
        for role, listed in (("responsible", things), ("head", open_to_head))
        if listed
    ]


def letter_to_person(
    told_id: str, to: Account, things: Sequence[DeskThing], now: datetime, deadlines: Deadlines
) -> OfficerReminded:
    """The reminder to a person of the desk, or the digest."""
    return OfficerReminded(
        reminder_id=f"{told_id}.{day_of(now, deadlines.zone)}",
        account_id=to.id,
        email=to.email,
        name=to.name,
        language=to.language,
        cause=DIGEST if to.digest else "reminder",
        cases=tuple(thing.due for thing in things),
        reminded_at=now,
    )


def with_unit_told(case: Case, told: UnitReminderRequested, deadlines: Deadlines) -> Case | None:
    """The case whose unit was reminded, or whose unit's head was told; None when its timeline says so already.

    So it does, too, when the unit has replied meanwhile: then the portal leaves the case out of the letter.
    """
    ids = {one.assignment_id for one in told.assignments}
    codes = [a.unit.code for a in case.awaited if a.id in ids]
    what = TOLD.get(told.role, TOLD["responsible"])
    new = [code for code in codes if not _says(case, what, code, told.requested_at, deadlines)]
    entries = [TimelineEntry(at=told.requested_at, what=what, actor=SYSTEM, unit=code) for code in new]
    return with_timeline(case, *entries) if entries else None


def with_desk_told(case: Case, told: OfficerReminded, deadlines: Deadlines) -> Case | None:
    """The case of which people of the desk were told; None when its timeline says so already.

    A digest is no reminder: it lists every day what waits.
    """
    if told.cause == DIGEST:
        return None
    about = [one for one in told.cases if one.message_id == case.id and one.cause in OFFICERS_TOLD]
    lines = dict.fromkeys((OFFICERS_TOLD[one.cause], one.unit.code if one.unit else None) for one in about)
    new = [line for line in lines if not _says(case, *line, told.reminded_at, deadlines)]
    entries = [TimelineEntry(at=told.reminded_at, what=what, actor=SYSTEM, unit=unit) for what, unit in new]
    return with_timeline(case, *entries) if entries else None


def _untaken(case: WaitingCase, deadlines: Deadlines, rules: ReminderRules) -> DeskThing:
    since = case.untaken_since
    last = deadlines.due(DayClock(started_at=since, days=rules.untaken_days))
    return DeskThing(Waiting(case.id, last, since, early=False), case, UNTAKEN)


def _of_unit(case: WaitingCase, assignment: WaitingAssignment) -> UnitThing:
    assert assignment.due_at
    return UnitThing(Waiting(assignment.id, assignment.due_at, assignment.since), case, assignment.unit)


def _says(case: Case, what: str, unit: str | None, at: datetime, deadlines: Deadlines) -> bool:
    """Whether the timeline has such an entry of the same day: several people are told of one case."""
    day = day_of(at, deadlines.zone)
    return any(e.what == what and e.unit == unit and day_of(e.at, deadlines.zone) == day for e in case.timeline)
