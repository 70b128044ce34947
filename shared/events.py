"""All events between services, and their envelope.

A change only adds optional fields, so an older consumer can read the events of a newer producer. The golden files under
``tests/golden`` fix the wire format.
"""

from datetime import datetime
from functools import cache
from typing import Annotated, ClassVar, Generic, Literal, Self, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

YEARS = range(2000, 2201)
"""Of every date in an event: one near the ends of the calendar cannot be shown in every time zone."""


def _near(value: datetime) -> datetime:
    if value.year not in YEARS:
        raise PydanticCustomError("date_out_of_range", "The year must be between 2000 and 2200.")
    return value


Time = Annotated[AwareDatetime, AfterValidator(_near)]
Id = Annotated[str, StringConstraints(max_length=200, pattern=r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$")]
"""It becomes a part of addresses and of a letter's Message-ID (a dot-atom, RFC 5322, 3.2.3)."""
Word = Annotated[str, StringConstraints(max_length=500)]
"""A code, or the name of a state."""
_ATOM = r"[A-Za-z0-9_!#$%&'*+/=?^`{|}~-]+"
Address = Annotated[
    str,
    StringConstraints(
        max_length=500, pattern=r"^[\w!#$%&'*+/=?^`{|}~-]+(\.[\w!#$%&'*+/=?^`{|}~-]+)*@[\w-]+(\.[\w-]+)*$"
    ),
]
"""One e-mail address, as it can stand in a letter; its domain may be an international one."""
Line = Annotated[str, StringConstraints(max_length=4_000)]
"""A name, a subject, an address or a link."""
Text = Annotated[str, StringConstraints(max_length=100_000)]
"""What people write, far above what forms accept: a newer version may accept more."""
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]

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

    kind: Word
    id: Word


class Event(EventPart):
    """An event, named in the past tense. ``about`` names the field with the id of what it is about."""

    type: ClassVar[str]
    about: ClassVar[str]
    queue: ClassVar[str] = ""
    """The last part of its queues' names; empty: its type."""
    actor: Actor | None = None

    @property
    def correlation_id(self) -> str:
        """What the events of one thing have in common."""
        return str(getattr(self, self.about))


class MessageEvent(Event):
    """An event of a message. ``message_id`` is the message it belongs to, however indirectly."""

    about: ClassVar[str] = "message_id"
    message_id: Id

    @property
    def correlation_id(self) -> str:
        """The message."""
        return self.message_id


def done_by(actor: object, *events: Event) -> list[Event]:
    """The events with their ``actor``, which is an ``Actor`` of events or of documents."""
    who = Actor.model_validate(actor)
    return [event.model_copy(update={"actor": who}) for event in events]


class Submitter(EventPart):
    """The person who wrote the message. Every field is optional."""

    name: Line | None = None
    email: Address | None = None
    phone: Line | None = None


class UnitAddress(EventPart):
    """A unit with its names and e-mail address."""

    code: Word
    name_tr: Line
    name_en: Line
    email: Address


class UnitContact(EventPart):
    """Where a unit's letters go."""

    code: Word
    email: Address


# --- published by intake ---------------------------------------------------------------------------------------------


class MessageSubmitted(MessageEvent):
    """Somebody sent the form or used the API (procedure 5.2)."""

    type = "message.submitted"
    reference: Word
    kind: Word
    subject: Line
    text: Text
    submitter: Submitter
    hide_identity: bool = False
    language: Word = "tr"
    submitted_at: Time


class ReceiptRequested(MessageEvent):
    """The submitter left an e-mail address. The only event that carries the secret status link."""

    type = "receipt.requested"
    reference: Word
    email: Address
    name: Line | None = None
    language: Word = "tr"
    tracking_code: Line
    status_url: Line
    submitted_at: Time


# --- published by router ---------------------------------------------------------------------------------------------


class AssignmentRequested(MessageEvent):
    """An officer routed the case to a unit (5.3). ``submitter`` is absent when the identity stays hidden.

    ``language`` is that of the message; absent in older events, as is ``contacts_version`` (see ``ContactsChanged``).
    """

    type = "assignment.requested"
    about = "assignment_id"
    assignment_id: Id
    reference: Word
    kind: Word
    subject: Line
    text: Text
    submitter: Submitter | None = None
    note: Text = ""
    unit: UnitAddress
    language: Word | None = None
    reply_expected: bool = True
    requested_at: Time
    due_at: Time | None = None
    contacts_version: Count | None = None


class AssignmentRecalled(MessageEvent):
    """The unit is no longer asked. Its link is no longer valid.

    ``cause`` is recalled (by an officer), answered (without this unit's reply) or closed. ``reply_expected`` is as in
    the request. Both are absent in older events.
    """

    type = "assignment.recalled"
    about = "assignment_id"
    assignment_id: Id
    reason: Text
    cause: Word | None = None
    reply_expected: bool | None = None
    recalled_at: Time
    contacts_version: Count | None = None


class ReplyReturned(MessageEvent):
    """The officer asks the unit to revise its reply (5.5)."""

    type = "reply.returned"
    about = "assignment_id"
    assignment_id: Id
    version: Count
    reason: Text
    returned_at: Time
    due_at: Time | None = None
    contacts_version: Count | None = None


class ReplyAccepted(MessageEvent):
    """The officer approved the unit's reply (5.5)."""

    type = "reply.accepted"
    about = "assignment_id"
    assignment_id: Id
    version: Count
    accepted_at: Time


class CaseProgressed(MessageEvent):
    """The public step of a case changed. ``revision`` gives the order: events may arrive in another."""

    type = "case.progressed"
    step: Word
    revision: Count
    at: Time


class CaseAnswered(MessageEvent):
    """The answer was released to the person who wrote (5.5).

    ``subject``, ``text`` and ``written_at`` are those of the message; absent in older events.
    """

    type = "case.answered"
    reference: Word
    answer: Text
    subject: Line | None = None
    text: Text | None = None
    written_at: Time | None = None
    submitter: Submitter
    language: Word = "tr"
    revision: Count
    answered_at: Time


class CaseClosed(MessageEvent):
    """The case was closed. ``explanation`` is for the submitter; ``submitter`` is absent when no letter is due."""

    type = "case.closed"
    reference: Word
    closure_reason: Word
    explanation: Text = ""
    submitter: Submitter | None = None
    language: Word = "tr"
    assignment_ids: Annotated[tuple[Id, ...], Field(max_length=1_000)] = ()
    revision: Count
    closed_at: Time


class RouterAudited(Event):
    """An entry for the audit log. ``object_kind`` and ``object_id`` name the thing, ``fields`` what was changed of it.

    No values: they are personal data. The queue, ``router.audit``, is that of all entries for the audit log.
    """

    type = "router.audited"
    about = "object_id"
    queue = "audit"
    action: Word
    object_kind: Word
    object_id: Word
    fields: Annotated[tuple[Word, ...], Field(max_length=100)] = ()
    at: Time


class UnitChanged(Event):
    """A unit has another address, or is new. The router itself makes new snapshots from the directory then."""

    type = "unit.changed"
    about = "code"
    code: Id


class ContactsChanged(Event):
    """The addresses of all units: a full snapshot, of which the newest ``version`` counts.

    An event with ``contacts_version`` says that its letter goes to the address in this version, or a newer one.
    """

    type = "contacts.changed"
    about = "version"
    version: Count
    units: Annotated[tuple[UnitContact, ...], Field(max_length=5_000)]


class LetterDecided(MessageEvent):
    """An officer decided about a held letter: ``decision`` is ``release`` or ``discard``."""

    type = "letter.decided"
    about = "letter_id"
    letter_id: Id
    decision: Word
    decided_at: Time


# --- published by replies --------------------------------------------------------------------------------------------


class AssignmentInvited(MessageEvent):
    """The unit gets an invitation, at first and after a return. The only event that carries the unit's link."""

    type = "assignment.invited"
    about = "assignment_id"
    assignment_id: Id
    reference: Word
    kind: Word
    subject: Line
    note: Text = ""
    unit: UnitAddress
    link: Line
    reply_expected: bool = True
    returned_because: Text | None = None
    due_at: Time | None = None
    contacts_version: Count | None = None


class AssignmentViewed(MessageEvent):
    """The unit's link was opened for the first time; and again ``by_person``, when it is sure that no program did.

    Mail servers open links too. ``by_person`` is absent in older events.
    """

    type = "assignment.viewed"
    about = "assignment_id"
    assignment_id: Id
    viewed_at: Time
    by_person: bool | None = None


class AssignmentDeclined(MessageEvent):
    """The unit is not responsible for the case, and may suggest another unit.

    ``reference`` and ``unit`` are absent in older events.
    """

    type = "assignment.declined"
    about = "assignment_id"
    assignment_id: Id
    reference: Word | None = None
    unit: UnitAddress | None = None
    reason: Text
    suggested_unit: Line = ""
    by: Line
    declined_at: Time


class ReplySubmitted(MessageEvent):
    """The unit wrote its solution (5.4). ``version`` counts the unit's replies to this assignment from 1."""

    type = "reply.submitted"
    about = "assignment_id"
    assignment_id: Id
    reference: Word
    unit: UnitAddress
    version: Count
    text: Text
    by: Line
    submitted_at: Time


# --- published by notifier -------------------------------------------------------------------------------------------


class LetterSent(MessageEvent):
    """The mail server accepted a letter. ``template`` names the letter: receipt, notice, invitation, ..."""

    type = "letter.sent"
    about = "letter_id"
    letter_id: Id
    template: Word
    assignment_id: Id | None = None
    sent_at: Time


class LetterFailed(MessageEvent):
    """The mail server refused a letter permanently. It is not sent again."""

    type = "letter.failed"
    about = "letter_id"
    letter_id: Id
    template: Word
    assignment_id: Id | None = None
    reason: Text
    failed_at: Time


class LetterHeld(MessageEvent):
    """A receipt is not sent before an officer says so: its address has had enough of them in this hour."""

    type = "letter.held"
    about = "letter_id"
    letter_id: Id
    template: Word
    held_at: Time


class ContactsKnown(Event):
    """The version of the addresses that the notifier has, told at its start and hourly. It gets a newer one, if any.

    The bound leaves room for versions above it (``Count``).
    """

    type = "contacts.known"
    about = "version"
    version: Annotated[int, Field(ge=0, le=2**30)]


# --- the envelope ----------------------------------------------------------------------------------------------------

Data = TypeVar("Data", bound=Event)


class CloudEvent(BaseModel, Generic[Data]):
    """CloudEvents 1.0, structured JSON. ``correlationid`` is what it belongs to, ``causationid`` its cause."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    specversion: Literal["1.0"] = "1.0"
    id: Id
    source: Line
    type: str
    time: Time
    subject: Line
    datacontenttype: Literal["application/json"] = "application/json"
    correlationid: Id
    causationid: Id | None = None
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
        correlationid=data.correlation_id,
        causationid=because,
        data=data,
    )
