"""The parts of a case."""

from collections.abc import Mapping
from typing import Any

from pydantic import AwareDatetime

from services.router.cases.domain.mail_parts import MailedReply
from services.router.cases.domain.states import OFF_THE_UNIT, AssignmentState, ObjectionDecision
from services.router.cases.domain.unit_parts import Holder, Interim, Proposal
from services.router.deadlines.domain.counting import DayClock
from services.router.texts.domain.templates import UsedTemplate
from shared.state import Actor, KeptFile, Open, State, UnitRef


class TimelineEntry(State):
    """One line of the timeline. ``what`` is a code such as ``routed``; ``text`` a reason, a note, a letter's template.

    ``by`` is the name at that time, ``actor`` the id. For an officer, the page shows the current name. ``revision`` is
    the first one of the case with this entry, ``refusal`` what the mail server said, ``files`` the ids of files,
    ``templates`` what the officer put into the text that went out.
    A last day that moved was ``due_before``, is ``due_at``, because of ``days`` of the calendar, by name.
    ``number`` is that of the working days that a unit asks for, or gets.
    ``letter`` is the id of the letter that was sent, failed or was dealt with, ``said`` how that was done.
    ``cause`` and ``passed_to`` are as in ``LetterFailed``.
    ``mail`` is the id of the mail that it came in, ``verified`` as in ``MailReceived``.
    ``fields`` are what was corrected of the submitter; empty in older entries: all.
    """

    at: AwareDatetime
    what: str
    by: str | None = None
    actor: Actor | None = None
    unit: str | None = None
    text: str = ""
    refusal: str = ""
    revision: int | None = None
    files: tuple[str, ...] = ()
    templates: tuple[UsedTemplate, ...] = ()
    due_before: AwareDatetime | None = None
    due_at: AwareDatetime | None = None
    days: Mapping[str, Any] = {}
    number: int | None = None
    letter: str | None = None
    said: str = ""
    cause: str = ""
    passed_to: str = ""
    mail: str | None = None
    verified: str = ""
    fields: tuple[str, ...] = ()


class Reply(State):
    """One version of a unit's reply. ``promised_at``: by when the unit says that it will be done; ``channel``: how it
    came, portal or email.
    """

    version: int
    text: str
    by: str
    actor: Actor | None = None
    submitted_at: AwareDatetime
    returned_because: str | None = None
    files: tuple[KeptFile, ...] = ()
    promised_at: AwareDatetime | None = None
    channel: str = "portal"


class Extension(State):
    """The unit asks for ``days`` working days more. ``granted``: what an officer has decided; None: nothing yet.

    ``decision`` is the reason of a refusal.
    """

    id: str
    days: int
    reason: str
    by: str
    requested_at: AwareDatetime
    granted: bool | None = None
    granted_days: int | None = None
    decision: str = ""
    decided_at: AwareDatetime | None = None


class AssignmentSummary(State):
    """The fields of an assignment that the inbox shows."""

    unit: UnitRef
    state: Open[AssignmentState] = AssignmentState.REQUESTED
    reply_expected: bool = True
    due_at: AwareDatetime | None = None

    @property
    def open(self) -> bool:
        """Whether the unit may still reply."""
        return self.state not in OFF_THE_UNIT

    @property
    def awaited(self) -> bool:
        """Whether the unit has to reply and has not yet."""
        return self.open and self.reply_expected


class Assignment(AssignmentSummary):
    """One unit's part of a case, with its own link, date and state. ``text`` is the text that the unit reads,
    ``files`` are the ids of the files that it may open.

    ``viewed_at``: its link was opened, by a person or by a mail server's program; ``read_at``: a person was there.
    ``clock`` is what ``due_at`` is counted from; ``due_at`` is absent while the clock stands.
    ``taken_back`` are replies that the unit has withdrawn undecided, ``withdrawn`` the versions of which it says so,
    ``late_files`` the files of replies that came too late. ``suggested_code``: the unit of the directory that should
    have the case instead.
    """

    id: str
    note: str = ""
    text: str
    identity_shared: bool = True
    requested_at: AwareDatetime
    viewed_at: AwareDatetime | None = None
    read_at: AwareDatetime | None = None
    replies: tuple[Reply, ...] = ()
    declined_because: str | None = None
    suggested_unit: str = ""
    files: tuple[str, ...] = ()
    clock: DayClock | None = None
    extensions: tuple[Extension, ...] = ()
    suggested_code: str | None = None
    taken_back: tuple[Reply, ...] = ()
    withdrawn: tuple[int, ...] = ()
    late_files: tuple[KeptFile, ...] = ()
    interims: tuple[Interim, ...] = ()
    proposals: tuple[Proposal, ...] = ()
    holders: tuple[Holder, ...] = ()
    mailed: tuple[MailedReply, ...] = ()

    @property
    def actor(self) -> Actor:
        """The unit as the actor of timeline entries."""
        return Actor(kind="unit", id=self.id)

    @property
    def reply(self) -> Reply | None:
        """The newest reply, or None."""
        return self.replies[-1] if self.replies else None

    @property
    def asks(self) -> tuple[Proposal, ...]:
        """The questions that wait for an officer's decision."""
        return tuple(one for one in self.proposals if one.asked is None) if self.open else ()

    @property
    def holder(self) -> Holder | None:
        """The colleague in the unit who holds it now."""
        held = [one for one in self.holders if one.ended_at is None]
        return held[-1] if held else None

    @property
    def files_of_unit(self) -> tuple[KeptFile, ...]:
        """All files that the unit has sent."""
        sent: list[tuple[KeptFile, ...]] = [text.files for text in (*self.replies, *self.taken_back)]
        sent += [interim.files for interim in self.interims]
        return tuple(file for files in (*sent, self.late_files) for file in files)

    @property
    def waiting_mails(self) -> tuple[MailedReply, ...]:
        """The mails of the unit about which an officer has to decide, while it may reply."""
        return tuple(mail for mail in self.mailed if mail.adopted is None) if self.open else ()

    @property
    def asks_for_time(self) -> Extension | None:
        """The request for more time that waits for a decision; a reply after it needs none any more."""
        asked = self.extensions[-1] if self.extensions and self.awaited else None
        if asked is None or asked.granted is not None:
            return None
        return None if self.reply and self.reply.submitted_at > asked.requested_at else asked


class Answer(State):
    """The answer to the citizen: one text, composed from the units' replies.

    ``answered_from`` names the answer of another case that this one repeats (``following.source``). ``told_by``: the
    submitter was told by telephone, on paper or at the counter, at ``told_at``, by the person ``told_of``.
    ``drafted``: what the units had written, ``checked``: the points that its officer ticked, ``approved_by``: the
    colleague who approved it. ``files`` went with it.
    """

    text: str
    by: str
    actor: Actor | None = None
    at: AwareDatetime
    waived_because: str = ""
    answered_from: str | None = None
    told_by: str | None = None
    told_at: AwareDatetime | None = None
    told_of: str | None = None
    drafted: str = ""
    checked: tuple[str, ...] = ()
    approved_by: str | None = None
    files: tuple[KeptFile, ...] = ()


class CheckedFile(State):
    """The result of a scan."""

    id: str
    state: str


class Question(State):
    """What an officer asked the submitter. ``files``: ids of the files of the answer.

    ``assignment_id``: of the unit that wanted to know it.
    """

    id: str
    text: str
    by: str
    actor: Actor | None = None
    asked_at: AwareDatetime
    answer: str | None = None
    answered_at: AwareDatetime | None = None
    files: tuple[str, ...] = ()
    assignment_id: str | None = None


class Rating(State):
    """What the submitter thinks of the answer, from 1 (bad) to 5."""

    score: int
    comment: str = ""
    at: AwareDatetime


class Objection(State):
    """The submitter objects to the answer. ``decided``: what a supervisor decided; None: not yet."""

    reason: str
    at: AwareDatetime
    files: tuple[str, ...] = ()
    decided: Open[ObjectionDecision] | None = None
    decided_at: AwareDatetime | None = None
    explanation: str = ""


class Note(State):
    """An officer's remark. No letter and no event ever carries it."""

    id: str
    text: str
    by: str
    actor: Actor
    at: AwareDatetime


class Restriction(State):
    """Only the people in ``to`` (account ids) find and read the case. ``why``: officer, harassment or health."""

    why: str
    to: tuple[str, ...]
    at: AwareDatetime
    actor: Actor | None = None


class LegalHold(State):
    """The case must not be destroyed, because of ``why`` (an officer's words), until somebody has lifted the hold."""

    at: AwareDatetime
    by: str
    actor: Actor
    why: str
    lifted_at: AwareDatetime | None = None
    lifted_by: str = ""
    lifted_actor: Actor | None = None
    lifted_because: str = ""


class Merge(State):
    """The case is dealt with together with another, ``into`` (its id).

    ``closed_from`` names the closing of the other one by which this one was closed last (``following.source``).
    """

    into: str
    at: AwareDatetime
    by: str
    actor: Actor | None = None
    closed_from: str | None = None


class Release(State):
    """An answer or a closing that may be taken back until ``at``; nothing of it is owed before.

    ``kind`` is ``answer``, ``closure``, or ``answer_for_approval``, which waits for a colleague instead; ``payload``
    has the values of its form, from which it is made at that time. ``ended``: why it did not go out (``holds``); its
    text is the draft of the next one. ``reason``: what the colleague said who gave it back. ``revision`` is the first
    one of the case with it; absent in those of older versions.
    """

    at: AwareDatetime
    by: str
    actor: Actor
    role: str
    kind: str
    payload: dict[str, Any]
    ended: str | None = None
    ended_at: AwareDatetime | None = None
    reason: str = ""
    revision: int | None = None
