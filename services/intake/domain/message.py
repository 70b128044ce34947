"""A message as its writer sees it, and how it is submitted."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, StringConstraints
from pydantic_core import PydanticCustomError

from services.intake.domain.codes import hash_code, status_url
from services.intake.domain.history import (
    Answer,
    FollowUp,
    Objection,
    Promise,
    Question,
    Rating,
    Undelivered,
    Withdrawal,
)
from shared.events import Actor, Event, FileRef, MessageSubmitted, ReceiptRequested, Submitter, done_by
from shared.kinds import Kind
from shared.state import Actor as StoredActor
from shared.state import Aggregate, KeptFile, Open, State, UnitName
from shared.text import Body, OptionalCode, OptionalEmail, OptionalName, OptionalPhone, Subject


class Role(StrEnum):
    """Who writes, as they say themselves."""

    STUDENT = "student"
    STAFF = "staff"
    GRADUATE = "graduate"
    PUBLIC = "public"


def _chosen(value: object) -> object:
    if not isinstance(value, str):
        raise PydanticCustomError("enum", "This is none of the kinds.")
    return value


KindId = Annotated[
    str,
    StringConstraints(min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"),
    BeforeValidator(_chosen),
]
"""One of the institution's kinds (``Institution.offers``): those of ``shared.kinds``, and others."""
LATER = ("role", "suggested_unit", "concerns")
"""Fields that 0.3.0 does not know."""


class Submission(BaseModel):
    """What somebody sends, through the form or the API: valid, and not yet a message.

    ``suggested_unit``: code of the unit that its writer thinks responsible; ``concerns``: whom a compliment is for.
    """

    model_config = ConfigDict(frozen=True)

    kind: KindId
    subject: Subject
    text: Body
    name: OptionalName = None
    email: OptionalEmail = None
    phone: OptionalPhone = None
    hide_identity: bool = False
    role: Role | None = None
    suggested_unit: OptionalCode = None
    concerns: OptionalName = None


class KeptSubmission(State):
    """A submission as it is kept. What was valid once stays readable, so nothing is checked again."""

    kind: Open[Kind]
    subject: str
    text: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    hide_identity: bool = False
    role: Open[Role] | None = None
    suggested_unit: str | None = None
    concerns: str | None = None


class Progress(State):
    """One public step, and when it was reached. ``case_revision`` orders the news, which may come in any order.

    ``cause`` says why the case is there (``CaseProgressed``), ``units`` are the names of the units it went to.
    """

    case_revision: int
    step: str
    at: AwareDatetime
    cause: str | None = None
    units: tuple[UnitName, ...] = ()


DONE = ("answered", "closed")
"""The public steps at which nothing is left to do, unless the case is opened again."""


class Paper(State):
    """A receipt or an answer that was printed. ``kind``: receipt or answer; ``at``: the time that it bears.

    ``code_hash`` is that of its verification code, ``sha256`` the fingerprint of its text (``papers.text_digest``).
    """

    kind: str
    code_hash: str
    at: AwareDatetime
    sha256: str


class Message(Aggregate):
    """A message as its writer sees it. ``proof``: the id of the proof of work with which it was sent.

    ``answer`` and ``answered_at`` are those of the newest answer, ``answers`` are all (see ``all_answers``).
    ``informed`` are interim answers, after which a final one follows.
    ``undelivered``: a letter came back since the writer gave the address (``corrected_at``: a later one).
    ``channel`` and ``entered_by`` are as in ``MessageSubmitted``. ``promises``: those whose day has come.
    """

    reference: str
    code_hash: str
    fingerprint: str
    submission: KeptSubmission
    language: str
    submitted_at: AwareDatetime
    progress: tuple[Progress, ...] = ()
    answer: str | None = None
    answered_at: AwareDatetime | None = None
    closure_reason: str | None = None
    explanation: str = ""
    closed_at: AwareDatetime | None = None
    answers: tuple[Answer, ...] = ()
    informed: tuple[Answer, ...] = ()
    follow_ups: tuple[FollowUp, ...] = ()
    questions: tuple[Question, ...] = ()
    withdrawn: Withdrawal | None = None
    rating: Rating | None = None
    objection: Objection | None = None
    undelivered: Undelivered | None = None
    corrected_at: AwareDatetime | None = None
    submitter_revision: int = 0
    files: tuple[KeptFile, ...] = ()
    doubts: tuple[str, ...] = ()
    proof: str | None = None
    papers: tuple[Paper, ...] = ()
    channel: str = "web"
    entered_by: StoredActor | None = None
    promises: tuple[Promise, ...] = ()

    @property
    def step(self) -> str:
        """How far the message has come."""
        return self.progress[-1].step if self.progress else "received"

    @property
    def all_answers(self) -> tuple[Answer, ...]:
        """Every answer, the oldest first; also one that 0.3.0, which keeps the newest alone, has noted."""
        known = {answer.at for answer in self.answers}
        if self.answer is None or self.answered_at is None or self.answered_at in known:
            return self.answers
        alone = Answer(text=self.answer, at=self.answered_at)
        return tuple(sorted((*self.answers, alone), key=lambda answer: answer.at))

    @property
    def ended_at(self) -> datetime | None:
        """When it was answered or closed last."""
        return max(filter(None, (self.answered_at, self.closed_at)), default=None)

    @property
    def done(self) -> bool:
        """Whether it is answered or closed now: not if the case was opened again since."""
        ended = self.ended_at
        return self.step in DONE or (ended is not None and not self._moved_after(ended))

    @property
    def closed(self) -> bool:
        """Whether it is closed now."""
        return self.closed_at is not None and not self._moved_after(self.closed_at)

    def question(self, question_id: str) -> Question | None:
        """The question with this id."""
        return next((question for question in self.questions if question.id == question_id), None)

    @property
    def open_questions(self) -> tuple[Question, ...]:
        """What an officer waits for, the oldest first; nothing, once the message is answered or closed."""
        return () if self.done else tuple(question for question in self.questions if question.answered_at is None)

    def promise(self, promise_id: str) -> Promise | None:
        """The promise with this id."""
        return next((promise for promise in self.promises if promise.id == promise_id), None)

    @property
    def open_promises(self) -> tuple[Promise, ...]:
        """What the writer is asked about: of the newest answer; nothing, once the message is dealt with again."""
        newest = self.answered_at or self.submitted_at
        waiting = tuple(one for one in self.promises if one.kept is None and one.asked_at >= newest)
        return waiting if self.done and not self.closed and not self.withdrawn else ()

    @property
    def objection_waits(self) -> bool:
        """Whether nobody has acted on the objection yet, since it was sent, or since it has arrived at the desk."""
        if self.objection is None:
            return False
        arrived = max((told.at for told in self.progress if told.cause == "objection"), default=self.objection.at)
        at, ended = max(self.objection.at, arrived), self.ended_at
        return not self._moved_after(at) and (ended is None or ended <= at)

    def _moved_after(self, at: datetime) -> bool:
        return any(progress.at > at for progress in self.progress)


def submit(
    submission: Submission,
    *,
    message_id: str,
    reference: str,
    code: str,
    base_url: str,
    language: str,
    now: datetime,
    files: Sequence[FileRef] = (),
    doubts: Sequence[str] = (),
    proof: str | None = None,
    channel: str = "web",
    entered_by: StoredActor | None = None,
    mail_id: str | None = None,
) -> tuple[Message, list[Event]]:
    """Accept a message: the citizen is done. A receipt is asked for when there is an address to send it to.

    ``doubts`` say why it may be unwanted; an officer decides.
    """
    message = Message(
        id=message_id,
        reference=reference,
        code_hash=hash_code(code),
        fingerprint=fingerprint(submission, files),
        submission=KeptSubmission.model_validate(submission),
        language=language,
        submitted_at=now,
        files=tuple(KeptFile.model_validate(file) for file in files),
        doubts=tuple(doubts),
        proof=proof,
        channel=channel,
        entered_by=entered_by,
    )
    actor = Actor(kind="submitter", id=message_id)
    who = Submitter(name=submission.name, email=submission.email, phone=submission.phone)
    submitted = MessageSubmitted(
        message_id=message_id,
        reference=reference,
        kind=submission.kind,
        subject=submission.subject,
        text=submission.text,
        submitter=who,
        hide_identity=submission.hide_identity,
        language=language,
        submitted_at=now,
        role=submission.role,
        suggested_unit=submission.suggested_unit,
        concerns=submission.concerns,
        files=tuple(files),
        doubts=tuple(doubts),
        channel=channel,
        entered_by=Actor.model_validate(entered_by) if entered_by else None,
        mail_id=mail_id,
    )
    if submission.email is None:
        return message, done_by(actor, submitted)
    receipt = ReceiptRequested(
        message_id=message_id,
        reference=reference,
        email=submission.email,
        name=submission.name,
        language=language,
        tracking_code=code,
        status_url=status_url(base_url, code),
        submitted_at=now,
    )
    return message, done_by(actor, submitted, receipt)


def message_id_of(*parts: str) -> str:
    """An id derived from what was sent, so that sending the same thing again is the same message."""
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()
    return str(UUID(bytes=digest[:16], version=5))


def fingerprint(submission: Submission, files: Sequence[FileRef] = ()) -> str:
    """What tells one submission from another, without keeping it twice.

    Of ``LATER`` what is filled in alone: of a message without them, the version before makes the same fingerprint.
    """
    told = submission.model_dump_json(exclude=set(LATER))
    later = submission.model_dump_json(include=set(LATER), exclude_none=True)
    told += (later if later != "{}" else "") + "".join(sorted(file.sha256 for file in files))
    return hashlib.sha256(told.encode()).hexdigest()
