"""Every event that crosses a border between services, and the envelope it travels in. Nothing else.

Events are named in the past tense, and changed only by adding optional fields: a newer producer never breaks an older
consumer. The wire format is pinned by the golden files under ``tests/golden``.
"""

from datetime import datetime
from functools import cache
from typing import ClassVar, Generic, Literal, Self, TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict, model_validator

CONTENT_TYPE = "application/cloudevents+json"
Language = Literal["tr", "en"]
"""The languages we speak. Those of events are open: a newer producer may speak others."""
Step = Literal["received", "at_unit", "in_review", "answered", "closed"]
"""The public steps we know; open in events, too."""


class EventPart(BaseModel):
    """A piece of an event. Unknown fields of newer producers are passed over.

    A part of a document is taken field by field (``from_attributes``).
    """

    model_config = ConfigDict(frozen=True, extra="ignore", from_attributes=True)


class Actor(EventPart):
    """Who did it: ``kind`` is submitter, officer, unit or system, ``id`` says which; no name."""

    kind: str
    id: str


class Event(EventPart):
    """What happened. ``message_id`` ties everything that follows from one message together."""

    type: ClassVar[str]
    about: ClassVar[str] = "message_id"
    message_id: str
    actor: Actor | None = None


def done_by(actor: object, *events: Event) -> list[Event]:
    """These events with who did it: an ``Actor`` of events or of documents."""
    who = Actor.model_validate(actor)
    return [event.model_copy(update={"actor": who}) for event in events]


class Submitter(EventPart):
    """The person who wrote, as far as they said who they are."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class UnitAddress(EventPart):
    """A unit as its letters and pages name it."""

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
    """An officer routed the case to a unit (5.3). ``submitter`` is absent when the identity stays hidden."""

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
    reply_expected: bool = True
    requested_at: AwareDatetime
    due_at: AwareDatetime | None = None


class AssignmentRecalled(Event):
    """The officer took the assignment back; its link is dead from now on."""

    type = "assignment.recalled"
    about = "assignment_id"
    assignment_id: str
    reason: str
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
    """The public step of a case changed. ``revision`` orders the news: a lower one is older and to be ignored."""

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
    """The unit is to be written to, first or after a return. The only event that carries the unit's link."""

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
    """The unit opened its link for the first time."""

    type = "assignment.viewed"
    about = "assignment_id"
    assignment_id: str
    viewed_at: AwareDatetime


class AssignmentDeclined(Event):
    """The unit says that the case is not its own, and whose it might be."""

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
    """The mail server refused a letter for good; nobody will get it unless somebody acts."""

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
    """CloudEvents 1.0, structured JSON, with ``correlationid`` (the message) and ``causationid`` (the event obeyed)."""

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
        """An event in the wrong queue is refused instead of being read as something else."""
        if self.type != self.data.type:
            raise ValueError(f"the envelope says {self.type}, the data is {self.data.type}")
        return self


@cache
def carrying(event: type[Data]) -> type[CloudEvent[Data]]:
    """The envelope of one kind of event. Pydantic makes a model of it each time it is asked, so it is asked once."""
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
