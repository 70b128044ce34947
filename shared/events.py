"""All events between services, and their envelope.

A change only adds optional fields, so an older consumer can read the events of a newer producer. The golden files under
``tests/golden`` fix the wire format.
"""

import re
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
ID = r"^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$"
Id = Annotated[str, StringConstraints(max_length=200, pattern=ID)]
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
Hour = Annotated[int, Field(ge=0, le=23)]

CONTENT_TYPE = "application/cloudevents+json"
Language = Literal["tr", "en", "ar"]
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


class UnitName(EventPart):
    """A unit with its names, without its address."""

    code: Word
    name_tr: Line
    name_en: Line


class FileRef(EventPart):
    """A file, which never travels itself: ``owner``, a service, stores it and gives it to whom a signed link names.

    ``name`` is how its writer called it, ``type`` its media type, judged by its content, ``size`` its bytes, ``sha256``
    64 hexadecimal digits. ``state``: held (not scanned yet), clean, unscanned (there is no scanner) or infected.
    ``preview``: its owner has a small picture of it.
    """

    id: Id
    owner: Word
    name: Line
    type: Word
    size: Count
    sha256: Word
    state: Word
    preview: bool = False


Files = Annotated[tuple[FileRef, ...], Field(max_length=100)]


class Audited(Event):
    """An entry for the audit log. ``object_kind`` and ``object_id`` name the thing, ``fields`` what was changed of it.

    ``message_id`` is the message that the thing belongs to. ``count``: how often a stranger did this within a minute;
    ``client`` is the stranger's pseudonym. No values: they are personal data. Each service has a type of its own; they
    share the queue ``router.audited``, but for the router's.
    """

    about = "object_id"
    queue = "audited"
    action: Word
    object_kind: Word
    object_id: Word
    fields: Annotated[tuple[Word, ...], Field(max_length=100)] = ()
    at: Time
    message_id: Id | None = None
    count: Count | None = None
    client: Word | None = None

    @property
    def correlation_id(self) -> str:
        """The message, or the thing; what was done where the thing has no id, such as a page."""
        return self.message_id or (self.object_id if re.fullmatch(ID, self.object_id) else self.action)


class ErasedPart(EventPart):
    """How many of one thing were destroyed: ``what`` is a code such as ``messages``, ``files``, ``letters``."""

    what: Word
    number: Count


class FoundItem(EventPart):
    """Something that concerns the person who is sought. ``by``: email, phone or name; no personal data.

    ``kind`` is a code: message, assignment, letter, mail, address … ``assignment_id``, ``mail_id``: where it has one.
    """

    kind: Word
    id: Word
    by: Word
    at: Time | None = None
    message_id: Id | None = None
    assignment_id: Id | None = None
    mail_id: Id | None = None


class Erased(Event):
    """What a service did of an order. An order that was carried out before is answered the same way again."""

    about = "order_id"
    queue = "erased"
    order_id: Id
    number: Count
    parts: Annotated[tuple[ErasedPart, ...], Field(max_length=50)] = ()
    erased_at: Time


class PersonFound(Event):
    """What a service has of the person who is sought; ``more``: there is more than it lists."""

    about = "request_id"
    queue = "found"
    request_id: Id
    number: Count = 0
    items: Annotated[tuple[FoundItem, ...], Field(max_length=1_000)] = ()
    more: bool = False
    found_at: Time


class Exported(Event):
    """A service's part of an export: a zip file that it keeps for a day; None when it has nothing."""

    about = "request_id"
    queue = "exported"
    request_id: Id
    number: Count = 0
    file: FileRef | None = None
    exported_at: Time


class DeputyContact(EventPart):
    """Who gets a unit's letters from one time to another, in place of ``role``: ``responsible`` or ``head``."""

    email: Address
    role: Word = "responsible"
    since: Time
    until: Time


class UnitContact(EventPart):
    """Where a unit's letters go."""

    code: Word
    email: Address
    head_email: Address | None = None
    deputies: Annotated[tuple[DeputyContact, ...], Field(max_length=20)] = ()
    copies: Annotated[tuple[Address, ...], Field(max_length=20)] = ()
    language: Word | None = None


# --- published by intake ---------------------------------------------------------------------------------------------


class MessageSubmitted(MessageEvent):
    """Somebody sent the form or used the API (procedure 5.2).

    ``role`` is who writes (student, staff, graduate, public), ``suggested_unit`` the code of a unit, ``concerns`` whom
    a compliment is for. ``doubts`` say why the message may be unwanted. ``channel`` is how it came: web, api, or,
    entered by the officer ``entered_by``: telephone, paper, counter, email. All are absent in older events.
    ``mail_id``: the mail that the message was (``MailReceived``).
    """

    type = "message.submitted"
    reference: Word
    kind: Word
    subject: Line
    text: Text
    submitter: Submitter
    hide_identity: bool = False
    language: Word = "tr"
    submitted_at: Time
    role: Word | None = None
    suggested_unit: Word | None = None
    concerns: Line | None = None
    files: Files = ()
    doubts: Annotated[tuple[Word, ...], Field(max_length=20)] = ()
    channel: Word | None = None
    entered_by: Actor | None = None
    mail_id: Id | None = None


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


class MessageFollowedUp(MessageEvent):
    """The submitter wrote again about the same message; in the mail ``mail_id``, if it came by e-mail."""

    type = "message.followed_up"
    follow_up_id: Id
    text: Text
    files: Files = ()
    followed_up_at: Time
    mail_id: Id | None = None


class MessageWithdrawn(MessageEvent):
    """The submitter takes the message back. ``reason`` may be empty."""

    type = "message.withdrawn"
    reason: Text = ""
    withdrawn_at: Time


class MessageRated(MessageEvent):
    """The submitter rates the answer, from 1 (bad) to 5. A later rating replaces an earlier one."""

    type = "message.rated"
    score: Annotated[int, Field(ge=1, le=5)]
    comment: Text = ""
    rated_at: Time


class MessageObjected(MessageEvent):
    """The submitter objects to the answer, once. A supervisor decides."""

    type = "message.objected"
    reason: Text
    files: Files = ()
    objected_at: Time


class QuestionAnswered(MessageEvent):
    """The submitter answered an officer's question (``QuestionAsked``). ``mail_id`` is as in ``MessageFollowedUp``."""

    type = "question.answered"
    question_id: Id
    text: Text
    files: Files = ()
    answered_at: Time
    mail_id: Id | None = None


class ContactCorrected(MessageEvent):
    """The submitter gives another address: to the one before, no letter could be delivered."""

    type = "contact.corrected"
    email: Address
    corrected_at: Time


class CodeOfMessage(EventPart):
    """A message and the secret that opens its status page. Versions before 0.8.1 tell no ``message_id``."""

    message_id: Id | None = None
    reference: Word
    kind: Word
    submitted_at: Time
    tracking_code: Line
    status_url: Line


class CodesRequested(Event):
    """Somebody lost tracking codes. Beside ReceiptRequested the only event that carries them.

    ``codes`` are those of the messages with this address, the newest first; there is at least one.
    """

    type = "codes.requested"
    about: ClassVar[str] = "request_id"
    request_id: Id
    email: Address
    language: Word = "tr"
    codes: Annotated[tuple[CodeOfMessage, ...], Field(max_length=100)]
    requested_at: Time


class FileChecked(MessageEvent):
    """A held file was scanned: ``state`` is clean or infected."""

    type = "file.checked"
    about: ClassVar[str] = "file_id"
    file_id: Id
    state: Word
    checked_at: Time


class IntakeKnown(Event):
    """The versions of the snapshots that the intake has, told at its start and hourly. It gets newer ones, if any."""

    type = "intake.known"
    about: ClassVar[str] = "directory"
    directory: Annotated[int, Field(ge=0, le=2**30)]
    institution: Annotated[int, Field(ge=0, le=2**30)]
    public_page: Annotated[int, Field(ge=0, le=2**30)] | None = None


class PromiseAnswered(MessageEvent):
    """The submitter says whether what the unit promised was done (``PromiseAsked``)."""

    type = "promise.answered"
    promise_id: Id
    kept: bool
    text: Text = ""
    answered_at: Time


class IntakeAudited(Audited):
    """An entry for the audit log that intake owes."""

    type = "intake.audited"


class IntakeErased(Erased):
    """What intake did of an order of the router's."""

    type = "intake.erased"


class IntakeFound(PersonFound):
    """What intake has of the person who is sought."""

    type = "intake.found"


class IntakeExported(Exported):
    """The part of intake of an export."""

    type = "intake.exported"


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
    files: Files = ()


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
    """The officer approved the unit's reply (5.5).

    ``answer`` is what the submitter got, with ``files``; absent in older events.
    """

    type = "reply.accepted"
    about = "assignment_id"
    assignment_id: Id
    version: Count
    accepted_at: Time
    answer: Text | None = None
    files: Files = ()
    answered_at: Time | None = None


class CaseProgressed(MessageEvent):
    """The public step of a case changed, or the case came to it again. ``revision`` gives the order.

    ``cause`` says why: routed, rerouted, returned, question, question_answered, objection; ``units`` are those to which
    the case went. Both are absent in older events.
    """

    type = "case.progressed"
    step: Word
    revision: Count
    at: Time
    cause: Word | None = None
    units: Annotated[tuple[UnitName, ...], Field(max_length=100)] = ()


class CaseRerouted(MessageEvent):
    """The case went to another unit, which its submitter is told (Law 3071, article 5)."""

    type = "case.rerouted"
    reference: Word
    submitter: Submitter
    language: Word = "tr"
    units: Annotated[tuple[UnitName, ...], Field(max_length=100)]
    rerouted_at: Time


class QuestionAsked(MessageEvent):
    """An officer asks the submitter something. ``submitter`` has the address for the letter."""

    type = "question.asked"
    question_id: Id
    reference: Word
    text: Text
    submitter: Submitter
    language: Word = "tr"
    asked_at: Time


class CaseAnswered(MessageEvent):
    """The answer was released to the person who wrote (5.5).

    ``subject``, ``text`` and ``written_at`` are those of the message; absent in older events. ``files`` belong to the
    answer. ``told_by``: the submitter has it already, by telephone, on paper or at the counter, so no letter is due.
    ``promised_for``: the day by which ``promise`` is to be done, where the answer promises something.
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
    files: Files = ()
    told_by: Word | None = None
    promised_for: Time | None = None
    promise: Text | None = None


class CaseInformed(MessageEvent):
    """An interim answer went to the person who wrote: the final one follows (Law 3071, article 7)."""

    type = "case.informed"
    reference: Word
    subject: Line
    text: Text
    submitter: Submitter
    language: Word = "tr"
    revision: Count
    informed_at: Time


class CaseMerged(MessageEvent):
    """The case is dealt with together with the case ``into``. The router itself consumes it."""

    type = "case.merged"
    into: Id
    merged_at: Time


class CaseRestricted(MessageEvent):
    """Other people than before may read the case. The router itself consumes it."""

    type = "case.restricted"
    restricted_at: Time


class AssignmentRescheduled(MessageEvent):
    """The unit's last day has changed. ``cause``: question, calendar, extension. Nothing else of it changes.

    ``stopped``: the clock stands until the submitter answers; ``due_at`` is the last day if that were now.
    """

    type = "assignment.rescheduled"
    about = "assignment_id"
    assignment_id: Id
    due_at: Time
    cause: Word
    rescheduled_at: Time
    stopped: bool | None = None


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


class RouterAudited(Audited):
    """Something that people did on the desk, or the desk by itself. Its queue is that of older versions, which read no
    other type.
    """

    type = "router.audited"
    queue = "audit"


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


class DirectoryChanged(Event):
    """The units among which a submitter may suggest one: a full snapshot, of which the newest ``version`` counts."""

    type = "directory.changed"
    about = "version"
    version: Count
    units: Annotated[tuple[UnitName, ...], Field(max_length=5_000)]


class KindOption(EventPart):
    """A kind of message with its label in each language, and whether a unit owes a reply.

    ``answer_days``: calendar days for an answer to this kind, where they are others than the institution's.
    """

    id: Id
    label: dict[Word, Line]
    reply_expected: bool = True
    answer_days: Count | None = None


class LetterWording(EventPart):
    """The subject and the paragraphs of one letter in one language, with variables in braces."""

    template: Word
    language: Word
    version: Count
    subject: Line = ""
    text: Text = ""


class InstitutionChanged(Event):
    """Names, contact, kinds and clocks of the institution: a full snapshot, of which the newest ``version`` counts.

    ``name`` and ``hotline`` are by language. ``answer_days``: calendar days for an answer (Law 3071, article 7);
    ``usual_days``: in how many days half of all answers come, None when nobody said; ``objection_days``: for how long
    after an answer its submitter may object; ``quiet_from``, ``quiet_until``: the hours of the day between which no
    reminder leaves. Empty or absent: as the service's own settings say. ``logo`` is in base64, of the media type
    ``logo_type``; ``notice`` is the notice of KVKK by language; ``wordings`` are the parts of letters that the
    institution words itself.
    """

    type = "institution.changed"
    about = "version"
    version: Count
    name: dict[Word, Line]
    hotline: Line
    url: Line
    email: Line
    phone: Line = ""
    kinds: Annotated[tuple[KindOption, ...], Field(max_length=100)]
    answer_days: Count
    usual_days: Count | None = None
    objection_days: Count
    short_name: Line = ""
    primary_color: Word | None = None
    accent_color: Word | None = None
    logo: Text = ""
    logo_type: Word = ""
    notice: dict[Word, Text] = {}
    notice_url: Line = ""
    wordings: Annotated[tuple[LetterWording, ...], Field(max_length=200)] = ()
    quiet_from: Hour | None = None
    quiet_until: Hour | None = None


class LetterDecided(MessageEvent):
    """An officer decided about a held letter: ``decision`` is ``release`` or ``discard``."""

    type = "letter.decided"
    about = "letter_id"
    letter_id: Id
    decision: Word
    decided_at: Time


class DueAssignment(EventPart):
    """An assignment in a reminder. ``link`` is there only between the portal and the letter."""

    assignment_id: Id
    message_id: Id
    reference: Word
    subject: Line
    due_at: Time
    link: Line | None = None


class UnitReminderRequested(Event):
    """A unit is to be reminded: the portal adds the links of what is still open (``UnitReminded``).

    ``role`` says who gets the letter: ``responsible`` or ``head``; ``cause`` why: ``before``, ``due`` or ``overdue``.
    """

    type = "unit.reminder_requested"
    about = "reminder_id"
    reminder_id: Id
    unit: UnitAddress
    role: Word = "responsible"
    cause: Word
    assignments: Annotated[tuple[DueAssignment, ...], Field(max_length=500)]
    requested_at: Time
    contacts_version: Count | None = None


class DueCase(EventPart):
    """A case in a reminder to an officer; ``cause`` says why it is there. ``unit`` has not replied until ``due_at``."""

    message_id: Id
    reference: Word
    subject: Line
    cause: Word
    due_at: Time | None = None
    unit: UnitName | None = None


class OfficerReminded(Event):
    """A person of the desk gets a reminder, or the digest of the day (``cause`` is ``digest``)."""

    type = "officer.reminded"
    about = "reminder_id"
    reminder_id: Id
    account_id: Id
    email: Address
    name: Line
    language: Word = "tr"
    cause: Word
    cases: Annotated[tuple[DueCase, ...], Field(max_length=500)]
    reminded_at: Time


class ExtensionDecided(MessageEvent):
    """An officer granted more time, until ``due_at``, or refused it for a reason."""

    type = "extension.decided"
    assignment_id: Id
    reference: Word
    unit: UnitAddress
    granted: bool
    reason: Text = ""
    due_at: Time
    decided_at: Time
    contacts_version: Count | None = None


class AccountNotified(Event):
    """A person of the desk gets a letter about their account. ``link`` opens the account for its holder: a secret.

    ``purpose`` is ``invitation`` or ``reset`` (with a link, until ``expires_at``), or what was changed.
    """

    type = "account.notified"
    about = "notice_id"
    notice_id: Id
    account_id: Id
    email: Address
    name: Line
    language: Word = "tr"
    purpose: Word
    link: Line | None = None
    expires_at: Time | None = None
    notified_at: Time


class TestLetterRequested(Event):
    """An administrator tries whether letters arrive: at a unit, or at an address of their own."""

    __test__ = False  # pytest takes it for a test class
    type = "letter.test_requested"
    about = "test_id"
    test_id: Id
    unit: UnitAddress | None = None
    email: Address
    name: Line
    language: Word = "tr"
    requested_at: Time
    contacts_version: Count | None = None


class AssignmentInformed(MessageEvent):
    """News of the case for the unit. ``cause``: question_answered (by the submitter), follow_up or interim_sent.

    ``question`` is what was asked.
    """

    type = "assignment.informed"
    about = "assignment_id"
    assignment_id: Id
    information_id: Id
    cause: Word
    question: Text = ""
    text: Text
    files: Files = ()
    informed_at: Time
    contacts_version: Count | None = None


class UnitQuestionDecided(MessageEvent):
    """An officer asked the submitter what the unit wants to know (``QuestionProposed``), or says why not."""

    type = "unit_question.decided"
    about = "assignment_id"
    assignment_id: Id
    proposal_id: Id
    asked: bool
    reason: Text = ""
    decided_at: Time


class MailReplyDecided(MessageEvent):
    """An officer took the unit's mail as its reply (``ReplyProposed``), or says why not."""

    type = "mail_reply.decided"
    about = "assignment_id"
    assignment_id: Id
    mail_id: Id
    adopted: bool
    reason: Text = ""
    decided_at: Time


class PromiseAsked(MessageEvent):
    """The day has come that the unit promised: the submitter is asked whether it was done.

    ``promise`` is what the unit wrote about it, and may be empty.
    """

    type = "promise.asked"
    promise_id: Id
    reference: Word
    promise: Text = ""
    promised_for: Time
    submitter: Submitter
    language: Word = "tr"
    asked_at: Time


class LetterResendRequested(MessageEvent):
    """An officer has a letter sent again that was not delivered: to ``email``, or to the same recipient."""

    type = "letter.resend_requested"
    about = "letter_id"
    letter_id: Id
    request_id: Id
    email: Address | None = None
    requested_at: Time
    contacts_version: Count | None = None


class AddressCorrected(MessageEvent):
    """An officer corrected the address of the submitter."""

    type = "address.corrected"
    email: Address
    corrected_at: Time


class MessageRequested(Event):
    """An officer has read a mail that belongs to no case (``MailReceived``): it becomes a message of this kind.

    The other fields are those of the mail.
    """

    type = "message.requested"
    about = "mail_id"
    mail_id: Id
    kind: Id
    sender: Address | None = None
    sender_name: Line = ""
    subject: Line = ""
    text: Text
    files: Files = ()
    language: Word | None = None
    received_at: Time
    requested_at: Time


class ErasureOrdered(Event):
    """The router has ordered that all of some messages be destroyed: each service destroys its part, and answers.

    ``number`` counts the orders, as they stand in the destruction log. ``mail_ids`` are mails that came in and belong
    to no message, ``addresses`` e-mail addresses of which nothing may stay, ``signatures`` ids of assignments in which
    only the names of the unit's people go. ``rule`` names the rule or the request behind it: a code, no personal data.
    Of an address, ``addresses`` has the digest (``shared.destruction.digest``). ``kind`` is destroy or anonymise: an
    anonymised case stays in the router without what anybody wrote.
    """

    type = "erasure.ordered"
    about = "order_id"
    order_id: Id
    number: Count
    message_ids: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    mail_ids: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    addresses: Annotated[tuple[Line, ...], Field(max_length=50)] = ()
    signatures: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    rule: Word
    ordered_at: Time
    kind: Word = "destroy"


class PersonSought(Event):
    """The privacy officer looks for one person's data. Each service answers with what it has (``*.found``).

    What is absent is not looked for. Names match in any order of their words, and a human confirms each. ``number``
    counts how often this request asked; answers repeat it, so that those of an earlier time are known.
    """

    type = "person.sought"
    about = "request_id"
    request_id: Id
    number: Count = 0
    email: Line | None = None
    phone: Line | None = None
    name: Line | None = None
    sought_at: Time


class ExportRequested(Event):
    """One person's data are to be given out: each service answers with a file of its part (``*.exported``)."""

    type = "export.requested"
    about = "request_id"
    request_id: Id
    number: Count = 0
    message_ids: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    mail_ids: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    signatures: Annotated[tuple[Id, ...], Field(max_length=500)] = ()
    requested_at: Time


class SubmitterCorrected(MessageEvent):
    """Name, address and phone of a submitter as they are from now on, corrected by the privacy officer. None: none.

    ``fields`` are those that were corrected: the submitter may have given another address meanwhile, of which the
    router has not heard. ``assignments`` are those whose units know the submitter. Versions before 0.8.1 tell neither.
    """

    type = "submitter.corrected"
    submitter: Submitter
    revision: Count
    corrected_at: Time
    fields: Annotated[tuple[Word, ...], Field(max_length=100)] = ("name", "email", "phone")
    assignments: Annotated[tuple[Id, ...], Field(max_length=1_000)] = ()


class PublicRow(EventPart):
    """One row of a public table: its code, labels by language, and the cells, None where a figure is suppressed."""

    code: Annotated[str, Field(max_length=100)] = ""
    labels: dict[Word, Line]
    cells: Annotated[tuple[float | None, ...], Field(max_length=50)]


class PublicTable(EventPart):
    """A public table: ``name`` says which one, ``columns`` are codes, one for each cell of a row."""

    name: Word
    columns: Annotated[tuple[Word, ...], Field(max_length=50)]
    rows: Annotated[tuple[PublicRow, ...], Field(max_length=1_000)]


class PublishedAnswer(EventPart):
    """*Sordunuz, yaptık*: what was asked and what was done, in the officers' words, by language."""

    id: Id
    asked: dict[Word, Text]
    done: dict[Word, Text]
    unit: UnitName | None = None
    published_at: Time


class PublicPageChanged(Event):
    """What the institution publishes: a full snapshot, of which the newest ``version`` counts. Small cells are gone.

    ``figures_shown`` and ``answers_shown``: whether there is such a page. ``since`` and ``until`` are ISO dates.
    """

    type = "public_page.changed"
    about = "version"
    version: Count
    figures_shown: bool = False
    answers_shown: bool = False
    since: Word = ""
    until: Word = ""
    tables: Annotated[tuple[PublicTable, ...], Field(max_length=20)] = ()
    answers: Annotated[tuple[PublishedAnswer, ...], Field(max_length=200)] = ()
    changed_at: Time


class FiguresOfUnit(EventPart):
    """A unit's own figures of a period. Hours are working hours; shares are between 0 and 1; None: no such case."""

    code: Word
    asked: Count
    answered: Count
    open: Count
    median_hours: float | None = None
    p90_hours: float | None = None
    on_time: float | None = None
    accepted_at_once: float | None = None
    median_before: float | None = None
    on_time_before: float | None = None


class UnitFiguresChanged(Event):
    """Each unit's own figures, for the portal: a full snapshot, of which the newest ``version`` counts.

    ``since`` and ``until`` are ISO dates; ``…_before`` are of the period of the same length before it.
    """

    type = "unit_figures.changed"
    about = "version"
    version: Count
    since: Word
    until: Word
    units: Annotated[tuple[FiguresOfUnit, ...], Field(max_length=5_000)]
    changed_at: Time


class CaseHappened(MessageEvent):
    """A case was opened, answered or closed (``what``): the router itself tells the webhooks then."""

    type = "case.happened"
    what: Word
    reference: Word
    kind: Word
    units: Annotated[tuple[Word, ...], Field(max_length=500)] = ()
    closure_reason: Word | None = None
    revision: Count
    at: Time


class WebhookRequested(Event):
    """One delivery to one webhook; the router itself sends it. Its body may have personal data, and stays at home."""

    type = "webhook.requested"
    about = "delivery_id"
    delivery_id: Id
    webhook_id: Id
    requested_at: Time


# --- published by replies --------------------------------------------------------------------------------------------


class AssignmentInvited(MessageEvent):
    """The unit gets its link, which no other event about one assignment carries.

    ``cause``: invited, returned, new_link (the unit asked for it) or informed (there is news of the case). Absent in
    older events: then ``returned_because`` says whether the reply was returned.
    """

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
    cause: Word | None = None
    news: Text | None = None
    """What is new, with ``cause`` informed."""


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

    ``reference``, ``unit`` and ``suggested_code``, that of a unit of the directory, are absent in older events.
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
    suggested_code: Word | None = None


class ReplySubmitted(MessageEvent):
    """The unit wrote its solution (5.4). ``version`` counts the unit's replies to this assignment from 1.

    ``promised_at``: by when the unit says that it will be done. ``channel``: portal or email. Absent in older events.
    """

    type = "reply.submitted"
    about = "assignment_id"
    assignment_id: Id
    reference: Word
    unit: UnitAddress
    version: Count
    text: Text
    by: Line
    submitted_at: Time
    files: Files = ()
    promised_at: Time | None = None
    channel: Word | None = None


class UnitReminded(Event):
    """A unit's open assignments, each with its link. Fields are as in ``UnitReminderRequested``."""

    type = "unit.reminded"
    about = "reminder_id"
    reminder_id: Id
    unit: UnitAddress
    role: Word = "responsible"
    cause: Word
    assignments: Annotated[tuple[DueAssignment, ...], Field(max_length=500)]
    reminded_at: Time
    contacts_version: Count | None = None


class ExtensionRequested(MessageEvent):
    """The unit asks for so many working days more, and says why. ``by`` is the name that the person gave."""

    type = "extension.requested"
    request_id: Id
    assignment_id: Id
    days: Count
    reason: Text
    by: Line
    requested_at: Time


class RepliesKnown(Event):
    """The versions of the snapshots that the portal has, told at its start and hourly. It gets newer ones, if any."""

    type = "replies.known"
    about = "institution"
    institution: Annotated[int, Field(ge=0, le=2**30)]
    directory: Annotated[int, Field(ge=0, le=2**30)] | None = None
    unit_figures: Annotated[int, Field(ge=0, le=2**30)] | None = None


class ReplyWithdrawn(MessageEvent):
    """The unit takes its reply back, which nobody has decided about yet."""

    type = "reply.withdrawn"
    about = "assignment_id"
    assignment_id: Id
    version: Count
    by: Line
    reason: Text = ""
    withdrawn_at: Time


class InterimSubmitted(MessageEvent):
    """The unit says what it can say now; its reply follows. The officer may send it as an interim answer."""

    type = "interim.submitted"
    about = "assignment_id"
    assignment_id: Id
    interim_id: Id
    reference: Word
    unit: UnitAddress
    text: Text
    by: Line
    files: Files = ()
    submitted_at: Time


class QuestionProposed(MessageEvent):
    """The unit wants to know something from the submitter. The officer asks it, or not (``UnitQuestionDecided``)."""

    type = "question.proposed"
    about = "assignment_id"
    assignment_id: Id
    proposal_id: Id
    reference: Word
    unit: UnitAddress
    text: Text
    by: Line
    proposed_at: Time


class ReplyProposed(MessageEvent):
    """The unit wrote an e-mail instead of using its link. The officer may take it as the reply (``MailReplyDecided``).

    ``verified`` is as in ``MailReceived``; ``by`` and ``sender`` are what the mail says of who wrote it.
    """

    type = "reply.proposed"
    about = "assignment_id"
    assignment_id: Id
    mail_id: Id
    reference: Word
    unit: UnitAddress
    text: Text
    by: Line
    sender: Address
    verified: Word
    files: Files = ()
    proposed_at: Time


class AssignmentHandedOn(MessageEvent):
    """Somebody in the unit gave a colleague, ``name``, a link of their own. ``by`` did it."""

    type = "assignment.handed_on"
    about = "assignment_id"
    assignment_id: Id
    holder_id: Id
    name: Line
    by: Line
    handed_on_at: Time


class AssignmentTakenBack(MessageEvent):
    """The colleague's link is no longer valid."""

    type = "assignment.taken_back"
    about = "assignment_id"
    assignment_id: Id
    holder_id: Id
    by: Line
    taken_back_at: Time


class ColleagueInvited(MessageEvent):
    """The letter with the link of a colleague in the unit (``AssignmentHandedOn``). ``link`` is a secret."""

    type = "colleague.invited"
    about = "assignment_id"
    assignment_id: Id
    holder_id: Id
    reference: Word
    kind: Word
    subject: Line
    unit: UnitName
    link: Line
    email: Address
    name: Line
    by: Line
    note: Text = ""
    due_at: Time | None = None
    invited_at: Time


class OverviewRequested(Event):
    """Somebody asked for the link to all open assignments of a unit, which goes to the unit's own address.

    ``link`` is a secret, valid until ``expires_at``.
    """

    type = "overview.requested"
    about = "request_id"
    request_id: Id
    unit: UnitAddress
    link: Line
    expires_at: Time
    requested_at: Time
    contacts_version: Count | None = None


class UnitFileChecked(MessageEvent):
    """A held file of a unit's reply was scanned: ``state`` is clean or infected."""

    type = "unit_file.checked"
    about = "file_id"
    assignment_id: Id
    file_id: Id
    state: Word
    checked_at: Time


class RepliesAudited(Audited):
    """An entry for the audit log that replies owes."""

    type = "replies.audited"


class RepliesErased(Erased):
    """What replies did of an order of the router's."""

    type = "replies.erased"


class RepliesFound(PersonFound):
    """What replies has of the person who is sought."""

    type = "replies.found"


class RepliesExported(Exported):
    """The part of replies of an export."""

    type = "replies.exported"


# --- published by notifier -------------------------------------------------------------------------------------------


class LetterSent(MessageEvent):
    """The mail server accepted a letter. ``template`` names the letter: receipt, notice, invitation, ...

    ``unit`` is the code of the unit that it went to. ``text`` has no secret links and codes (``…``). The fields after
    ``unit`` are absent in older events.
    """

    type = "letter.sent"
    about = "letter_id"
    letter_id: Id
    template: Word
    assignment_id: Id | None = None
    sent_at: Time
    unit: Word | None = None
    recipient: Address | None = None
    subject: Line | None = None
    text: Text | None = None
    language: Word | None = None
    wording_version: Count | None = None
    is_copy: bool | None = None


class LetterFailed(MessageEvent):
    """A letter was not delivered, and is not sent again by itself. Other fields are as in ``LetterSent``.

    ``cause``: refused (by the mail server, for good), given_up (it refused for now, for days) or returned (it came back
    after it had left). ``passed_to``: the role (deputy, head) to whom the letter goes instead. Absent in older events.
    """

    type = "letter.failed"
    about = "letter_id"
    letter_id: Id
    template: Word
    assignment_id: Id | None = None
    reason: Text
    failed_at: Time
    unit: Word | None = None
    recipient: Address | None = None
    subject: Line | None = None
    text: Text | None = None
    language: Word | None = None
    wording_version: Count | None = None
    cause: Word | None = None
    passed_to: Word | None = None


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


class NotifierKnown(Event):
    """The version of the institution that the notifier has, told as ``RepliesKnown``."""

    type = "notifier.known"
    about = "institution"
    institution: Annotated[int, Field(ge=0, le=2**30)]


class MailReceived(Event):
    """An e-mail came in. ``purpose``: citizen or unit (an answer to a letter of theirs), new, automatic or unclear.

    ``text`` is what was written now, ``quotation`` what the mail repeats of letters before. ``sender`` and
    ``sender_name`` are what the mail says, which anybody can write: ``verified`` is pass, fail or none, as the
    institution's mail server found (RFC 8601). ``message_id`` and ``assignment_id`` come from the address that it was
    sent to. ``automatic``: out_of_office or other; None when a person wrote. ``files`` belong to the notifier.
    """

    type = "mail.received"
    about = "mail_id"
    mail_id: Id
    purpose: Word
    message_id: Id | None = None
    assignment_id: Id | None = None
    sender: Address | None = None
    sender_name: Line = ""
    subject: Line = ""
    text: Text
    quotation: Text = ""
    files: Files = ()
    verified: Word = "none"
    automatic: Word | None = None
    language: Word | None = None
    received_at: Time

    @property
    def correlation_id(self) -> str:
        """The message, or the mail itself."""
        return self.message_id or self.mail_id


class MailFileChecked(Event):
    """A held file of a mail was scanned: ``state`` is clean or infected."""

    type = "mail_file.checked"
    about = "file_id"
    mail_id: Id
    message_id: Id | None = None
    file_id: Id
    state: Word
    checked_at: Time


class DomainWaiting(EventPart):
    """Letters that wait for one mail domain. ``reason``: what it said last."""

    domain: Word
    letters: Count
    reason: Text = ""
    next_at: Time | None = None


class LetterWaiting(EventPart):
    """A letter that has not left. ``due_at``: its next attempt."""

    letter_id: Id
    message_id: Id
    template: Word
    domain: Word
    reason: Text = ""
    refusals: Count = 0
    made_at: Time
    due_at: Time


class MailWaiting(EventPart):
    """A mail that came in and is not read yet. ``held``: there were too many, and it is read at ``due_at``.

    ``to``: return, reply or hotline, as our address; ``domain``: of its sender; empty: it names none.
    """

    mail_id: Id
    held: bool = False
    to: Word
    message_id: Id | None = None
    domain: Word = ""
    attempts: Count = 0
    received_at: Time
    due_at: Time


class LettersReported(Event):
    """What waits to be sent, and which mails wait to be read: told each half minute while something waits, and once
    when nothing does any more.

    ``domains``, ``letters`` and ``mails`` are those that wait longest. ``machine_mails``: how many of the last day are
    never read, because a machine wrote too many.
    """

    type = "letters.reported"
    about = "report"
    report: Word = "letters"
    waiting: Count
    oldest_at: Time | None = None
    domains: Annotated[tuple[DomainWaiting, ...], Field(max_length=50)] = ()
    letters: Annotated[tuple[LetterWaiting, ...], Field(max_length=100)] = ()
    mails_waiting: Count = 0
    mails: Annotated[tuple[MailWaiting, ...], Field(max_length=100)] = ()
    machine_mails: Count = 0
    reported_at: Time


class NotifierAudited(Audited):
    """An entry for the audit log that notifier owes."""

    type = "notifier.audited"


class NotifierErased(Erased):
    """What notifier did of an order of the router's."""

    type = "notifier.erased"


class NotifierFound(PersonFound):
    """What notifier has of the person who is sought."""

    type = "notifier.found"


class NotifierExported(Exported):
    """The part of notifier of an export."""

    type = "notifier.exported"


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
