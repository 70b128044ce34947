"""All events between services, and their envelope.

A change only adds optional fields, so an older consumer can read the events of a newer producer. The golden files under
``tests/golden`` fix the wire format.
"""

from datetime import datetime
from functools import cache
from typing import ClassVar, Generic, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

CONTENT_TYPE = "application/cloudevents+json"
Language = Literal["tr", "en"]
"""The languages of this version. In an event ``language`` is any string: a newer producer may use others."""
Step = Literal["received", "at_unit", "in_review", "answered", "closed"]
"""The public steps of this version; any string in an event."""


class EventPart(BaseModel):
    """A part of an event. Unknown fields of newer producers are ignored.

    ``from_attributes`` copies parts of documents field by field.
    """

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


class Actor(EventPart):
    """Who did it: ``kind`` is submitter, officer, unit or system; ``id`` as in ``shared.state.Actor``. No name."""

    kind: str
    id: str


class Event(EventPart):
    """An event, named in the past tense. ``message_id`` is the message it belongs to, however indirectly."""

    type: ClassVar[str]
    about: ClassVar[str] = "message_id"
    message_id: str
    actor: Actor | None = None


def done_by(actor: object, *events: Event) -> list[Event]:
    """The events with their ``actor``, which is an ``Actor`` of events or of documents."""
    who = Actor.model_validate(actor)
    return [event.model_copy(update={"actor": who}) for event in events]


class Submitter(EventPart):
    """The person who wrote the message. Every field is optional."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class UnitAddress(EventPart):
    """A unit with its names and e-mail address."""

    code: str
    name_tr: str
    name_en: str
    email: str


# --- published by intake ---------------------------------------------------------------------------------------------


class MessageSubmitted(Event):
    """Somebody sent the form or used the API (procedure 5.2)."""

    type = "message.submitted"
    reference: str
    kind: str
    subject: str
    text: str
    submitter: Submitter
    hide_identity: bool = False
    language: str = "tr"
    submitted_at: AwareDatetime


class ReceiptRequested(Event):
    """The submitter left an e-mail address. The only event that carries the secret status link."""

    type = "receipt.requested"
    reference: str
    email: str
    name: str | None = None
    language: str = "tr"
    tracking_code: str
    status_url: str
    submitted_at: AwareDatetime


# --- published by router ---------------------------------------------------------------------------------------------


class AssignmentRequested(Event):
    """An officer routed the case to a unit (5.3). ``submitter`` is absent when the identity stays hidden.

    ``language`` is that of the message; absent in older events.
    """

    type = "assignment.requested"
    about = "assignment_id"
    assignment_id: str
    reference: str
    kind: str
    subject: str
    text: str
    submitter: Submitter | None = None
    note: str = ""
    unit: UnitAddress
    language: str | None = None
    reply_expected: bool = True
    requested_at: AwareDatetime
    due_at: AwareDatetime | None = None


class AssignmentRecalled(Event):
    """The unit is no longer asked. Its link is no longer valid.

    ``cause`` is recalled (by an officer), answered (without this unit's reply) or closed; absent in older events.
    """

    type = "assignment.recalled"
    about = "assignment_id"
    assignment_id: str
    reason: str
    cause: str | None = None
    recalled_at: AwareDatetime


class ReplyReturned(Event):
    """The officer asks the unit to revise its reply (5.5)."""

    type = "reply.returned"
    about = "assignment_id"
    assignment_id: str
    version: int
    reason: str
    returned_at: AwareDatetime
    due_at: AwareDatetime | None = None


class ReplyAccepted(Event):
    """The officer approved the unit's reply (5.5)."""

    type = "reply.accepted"
    about = "assignment_id"
    assignment_id: str
    version: int
    accepted_at: AwareDatetime


class CaseProgressed(Event):
    """The public step of a case changed. ``revision`` gives the order: events may arrive in another."""

    type = "case.progressed"
    step: str
    revision: int
    at: AwareDatetime


class CaseAnswered(Event):
    """The answer was released to the person who wrote (5.5)."""

    type = "case.answered"
    reference: str
    answer: str
    submitter: Submitter
    language: str = "tr"
    revision: int
    answered_at: AwareDatetime


class CaseClosed(Event):
    """The case was closed. ``explanation`` is for the submitter; ``submitter`` is absent when no letter is due."""

    type = "case.closed"
    reference: str
    closure_reason: str
    explanation: str = ""
    submitter: Submitter | None = None
    language: str = "tr"
    assignment_ids: tuple[str, ...] = ()
    revision: int
    closed_at: AwareDatetime


# --- published by replies --------------------------------------------------------------------------------------------


class AssignmentInvited(Event):
    """The unit gets an invitation, at first and after a return. The only event that carries the unit's link."""

    type = "assignment.invited"
    about = "assignment_id"
    assignment_id: str
    reference: str
    kind: str
    subject: str
    note: str = ""
    unit: UnitAddress
    link: str
    reply_expected: bool = True
    returned_because: str | None = None
    due_at: AwareDatetime | None = None


class AssignmentViewed(Event):
    """The unit's link was opened for the first time; and again ``by_person``, when it is sure that no program did.

    Mail servers open links too. ``by_person`` is absent in older events.
    """

    type = "assignment.viewed"
    about = "assignment_id"
    assignment_id: str
    viewed_at: AwareDatetime
    by_person: bool | None = None


class AssignmentDeclined(Event):
    """The unit is not responsible for the case, and may suggest another unit."""

    type = "assignment.declined"
    about = "assignment_id"
    assignment_id: str
    reason: str
    suggested_unit: str = ""
    by: str
    declined_at: AwareDatetime


class ReplySubmitted(Event):
    """The unit wrote its solution (5.4). ``version`` counts the unit's replies to this assignment from 1."""

    type = "reply.submitted"
    about = "assignment_id"
    assignment_id: str
    reference: str
    unit: UnitAddress
    version: int
    text: str
    by: str
    submitted_at: AwareDatetime


# --- published by notifier -------------------------------------------------------------------------------------------


class LetterSent(Event):
    """The mail server accepted a letter. ``template`` names the letter: receipt, notice, invitation, ..."""

    type = "letter.sent"
    about = "letter_id"
    letter_id: str
    template: str
    assignment_id: str | None = None
    sent_at: AwareDatetime


class LetterFailed(Event):
    """The mail server refused a letter permanently. It is not sent again."""

    type = "letter.failed"
    about = "letter_id"
    letter_id: str
    template: str
    assignment_id: str | None = None
    reason: str
    failed_at: AwareDatetime


# --- the envelope ----------------------------------------------------------------------------------------------------

Data = TypeVar("Data", bound=Event)


class CloudEvent(BaseModel, Generic[Data]):
    """CloudEvents 1.0, structured JSON. ``correlationid`` is the message, ``causationid`` the event that caused it."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: str
    source: str
    type: str
    time: AwareDatetime
    subject: str
    datacontenttype: Literal["application/json"] = "application/json"
    correlationid: str
    causationid: str | None = None
    data: Data

    @model_validator(mode="after")
    def type_and_data_agree(self) -> Self:
        """Refuse an event in the wrong queue, instead of reading it as another event."""
        if self.type != self.data.type:
            raise ValueError(f"the envelope says {self.type}, the data is {self.data.type}")
        return self


@cache
def carrying(event: type[Data]) -> type[CloudEvent[Data]]:
    """The envelope class of an event class. Cached, because pydantic builds a model at each call."""
    return CloudEvent[event]  # type: ignore[valid-type]  # the parameter is known only at run time


def envelope(data: Data, *, event_id: str, source: str, at: datetime, because: str | None = None) -> CloudEvent[Data]:
    """Put an event into its envelope. ``because`` is the id of the event that caused it."""
    return carrying(type(data))(
        id=event_id,
        source=f"/klu/{source}",
        type=data.type,
        time=at,
        subject=str(getattr(data, data.about)),
        correlationid=data.message_id,
        causationid=because,
        data=data,
    )
