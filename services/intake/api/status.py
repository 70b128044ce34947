"""Reading the status of a message, as JSON."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from pydantic import AwareDatetime, BaseModel, Field

from services.intake.config import Settings
from services.intake.domain import after
from services.intake.domain.history import Answer
from services.intake.domain.message import Message
from services.intake.store import Messages, Snapshots
from shared.documents import NotFound
from shared.events import Step, UnitName
from shared.kinds import Kind
from shared.state import KeptFile
from shared.web.problems import Api, Refused, problems
from shared.web.provided import Now, provided

api = APIRouter(prefix="/api/v1", route_class=Api, tags=["messages"])


class Reached(BaseModel):
    """A public step, and the time when it was reached. A second round is a second step.

    ``cause`` says why the message is there: routed, rerouted, returned, question, question_answered, objection.
    """

    step: Step | str
    at: AwareDatetime
    cause: str | None
    units: list[UnitName]


class File(BaseModel):
    """A file. ``state``: held (being checked), clean, unscanned or infected. ``owner``: intake for the writer's own."""

    id: str
    owner: str
    name: str
    type: str
    size: int
    state: str


class GivenAnswer(BaseModel):
    """An answer of the institution. ``told_by``: the writer was told by telephone, on paper or at the counter; null:
    by e-mail or on the status page alone. ``promised_for``: the day by which ``promise`` is to be done; null: the
    answer promises nothing.
    """

    text: str
    at: AwareDatetime
    files: list[File]
    told_by: str | None = None
    promised_for: AwareDatetime | None = None
    promise: str = ""


class Asked(BaseModel):
    """An officer's question; ``answer`` is null until it is answered. ``channel`` is as in ``Added``."""

    id: str
    text: str
    asked_at: AwareDatetime
    answer: str | None
    answered_at: AwareDatetime | None
    files: list[File]
    channel: str | None = None


class Added(BaseModel):
    """An addition to the message. ``channel``: email, if it came by e-mail; null: on the status page or the API."""

    id: str
    text: str
    at: AwareDatetime
    files: list[File]
    channel: str | None = None


class Rated(BaseModel):
    """The writer's rating of the answer, from 1 (bad) to 5."""

    score: int
    comment: str
    at: AwareDatetime


class Objected(BaseModel):
    """The writer's objection. ``waits``: nobody has decided about it yet."""

    reason: str
    at: AwareDatetime
    waits: bool
    files: list[File]


class Promised(BaseModel):
    """What was promised for a day that has come; ``kept`` is null until the writer says whether it was done."""

    id: str
    text: str
    promised_for: AwareDatetime
    asked_at: AwareDatetime
    kept: bool | None
    comment: str
    answered_at: AwareDatetime | None


class Status(BaseModel):
    """What has become of a message. ``answer`` and ``answered_at`` are those of the newest of ``answers``.

    ``possible`` names what may be sent now: follow-ups, withdrawal, rating, objection (until ``objection_until``),
    address. ``informed`` are interim answers. ``promises``: those whose day has come.
    ``undelivered``: a letter to the writer's address came back.
    """

    reference: str
    kind: Kind | str
    subject: str
    submitted_at: AwareDatetime
    step: Step | str
    steps: list[Reached]
    answer: str | None
    answered_at: AwareDatetime | None
    closure_reason: str | None
    explanation: str
    closed_at: AwareDatetime | None
    answers: list[GivenAnswer]
    informed: list[GivenAnswer]
    files: list[File]
    questions: list[Asked]
    follow_ups: list[Added]
    withdrawn_at: AwareDatetime | None
    rating: Rated | None
    objection: Objected | None
    objection_until: AwareDatetime | None
    undelivered: bool
    promises: list[Promised] = []
    possible: list[str] = Field(examples=[["follow-ups", "withdrawal"]])


async def message_of(tracking_code: str, messages: Annotated[Messages, provided(Messages)]) -> Message:
    """The message with this tracking code. Raises Refused, for a wrong code as for an unknown one."""
    try:
        return await messages.by_code(tracking_code)
    except NotFound:
        raise Refused(404, "No message has this code", "Please check the tracking code.") from None


async def _rules(
    settings: Annotated[Settings, provided(Settings)], snapshots: Annotated[Snapshots, provided(Snapshots)]
) -> dict[str, Any]:
    return after.objection_rules(snapshots.institution, settings.timezone)


Rules = Annotated[dict[str, Any], Depends(_rules)]
"""A dependency: when one may object."""


@api.get("/messages/{tracking_code}", responses=problems(404, 429, 503))
async def get_message(
    tracking_code: str,
    messages: Annotated[Messages, provided(Messages)],
    rules: Rules,
    now: Now,
) -> Status:
    """What has become of the message with this tracking code, and what its writer may do now."""
    return status_of(await message_of(tracking_code, messages), rules, now)


def status_of(message: Message, rules: dict[str, Any], now: datetime) -> Status:
    """The status of a message, without who wrote it and what. ``rules`` as in ``objection_rules``."""
    rating, objection, withdrawn = message.rating, message.objection, message.withdrawn
    return Status(
        reference=message.reference,
        kind=message.submission.kind,
        subject=message.submission.subject,
        submitted_at=message.submitted_at,
        step=message.step,
        steps=[
            Reached(step=p.step, at=p.at, cause=p.cause, units=[UnitName.model_validate(u) for u in p.units])
            for p in message.progress
        ],
        answer=message.answer,
        answered_at=message.answered_at,
        closure_reason=message.closure_reason,
        explanation=message.explanation,
        closed_at=message.closed_at,
        answers=[_given(one) for one in message.all_answers],
        informed=[_given(one) for one in message.informed],
        files=_files(message.files),
        questions=[
            Asked(
                id=q.id,
                text=q.text,
                asked_at=q.asked_at,
                answer=q.answer,
                answered_at=q.answered_at,
                files=_files(q.files),
                channel=_channel(q.mail_id),
            )
            for q in message.questions
        ],
        follow_ups=[
            Added(id=f.id, text=f.text, at=f.at, files=_files(f.files), channel=_channel(f.mail_id))
            for f in message.follow_ups
        ],
        withdrawn_at=withdrawn.at if withdrawn else None,
        rating=Rated(score=rating.score, comment=rating.comment, at=rating.at) if rating else None,
        objection=Objected(
            reason=objection.reason, at=objection.at, waits=message.objection_waits, files=_files(objection.files)
        )
        if objection
        else None,
        objection_until=after.objection_ends(message, **rules),
        undelivered=message.undelivered is not None,
        promises=[
            Promised(
                id=p.id,
                text=p.text,
                promised_for=p.promised_for,
                asked_at=p.asked_at,
                kept=p.kept,
                comment=p.comment,
                answered_at=p.answered_at,
            )
            for p in message.promises
        ],
        possible=list(after.possible(message, **rules, now=now)),
    )


def _given(answer: Answer) -> GivenAnswer:
    return GivenAnswer(
        text=answer.text,
        at=answer.at,
        files=_files(answer.files),
        told_by=answer.told_by,
        promised_for=answer.promised_for,
        promise=answer.promise,
    )


def _channel(mail_id: str | None) -> str | None:
    return "email" if mail_id else None


def _files(files: Sequence[KeptFile]) -> list[File]:
    return [
        File(id=file.id, owner=file.owner, name=file.name, type=file.type, size=file.size, state=file.state)
        for file in files
    ]
