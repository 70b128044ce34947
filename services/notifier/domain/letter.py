"""One letter, its states, and the ids of letters that others refer to."""

import hashlib
from enum import StrEnum

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.state import Aggregate, Open

TO_THE_DESK = (
    *("notice", "arrival", "decline", "failure"),
    *("follow_up", "question_answered", "objection", "withdrawal"),
    *("unit_question", "unit_interim", "unit_mail"),
)
"""Letters to the officers."""
OF_UNITS_PEOPLE = ("colleague", "arrival", "decline", "unit_question", "unit_interim", "unit_mail", "failure")
"""Letters about an assignment that name a person of the unit, or have their address."""
TEMPLATES = (
    *TO_THE_DESK,
    "receipt",
    "invitation",
    "return",
    "answer",
    "closure",
    "recall",
    "question",
    "rerouting",
    "codes",
    "interim",
    *("account_invitation", "account_reset", "account_change"),
    *("extension", "test", "reminder", "desk_reminder"),
    *("new_link", "news", "colleague", "overview", "promise"),
)
"""Every kind of letter; each has a file of this name in ``templates``."""
COPY = "copy"
"""How the desk is told of a copy that was not delivered: the letter itself may have been."""
TEST = "test"
OF_NO_MESSAGE = (
    *("codes", "reminder", "desk_reminder", "overview"),
    *("account_invitation", "account_reset", "account_change"),
)
"""Letters about no one message. The desk is not told of them."""


def mail_domain(address: str) -> str:
    """The part after the @, in small letters."""
    return address.rpartition("@")[2].lower()


class LetterState(StrEnum):
    """``HELD`` waits for an officer; ``DISCARDED``, ``SENT`` and ``FAILED`` are final."""

    QUEUED = "queued"
    HELD = "held"
    DISCARDED = "discarded"
    SENT = "sent"
    FAILED = "failed"


class Writing(BaseModel):
    """The rendered content of a letter. ``record`` is ``text`` with secret links and codes replaced.

    ``wording_version`` is that of the institution's own words; 0: they are ours.
    """

    model_config = ConfigDict(frozen=True)

    subject: str
    text: str
    html: str
    record: str
    wording_version: int = 0
    language: str = "tr"


class Letter(Aggregate):
    """One letter. ``raw`` is the complete mail (RFC 5322), the same bytes at every attempt.

    ``due_at`` is the time of the next attempt; a process that sends the letter moves it forward, as its lease.
    ``attempts`` counts leases, ``refusals`` the temporary refusals (4xx); only refusals lead to giving up. ``reason``
    says why the last attempt did not succeed. ``sealed_link`` is the encrypted status link of a receipt: later letters
    to the same address contain it too. ``reply_expected`` says of an invitation whether the unit has to reply.
    ``unit_code`` names the unit to whose newest address the letter goes; without it, the address never changes.
    ``role`` is in whose place: ``responsible`` or ``head``; ``is_copy``: it goes to one of those who get copies, and
    not at all once that one gets none.
    ``reference`` is the public number of the message, where the letter's event has it; absent in older letters, as is
    ``leased_until``: while a process sends the letter, until when nobody else does.
    """

    message_id: str
    template: str
    assignment_id: str | None = None
    unit_code: str | None = None
    role: str = "responsible"
    is_copy: bool = False
    reference: str = ""
    recipient: str
    subject: str
    record: str
    raw: bytes
    state: Open[LetterState] = LetterState.QUEUED
    attempts: int = 0
    refusals: int = 0
    made_at: AwareDatetime
    due_at: AwareDatetime
    leased_until: AwareDatetime | None = None
    wording_version: int = 0
    """As in ``Writing``."""
    sent_at: AwareDatetime | None = None
    reason: str = ""
    reply_expected: bool = True
    sealed_link: str = ""
    link_for: str = ""
    """Since ``link_moved``, to which address letters have that link: the submitter's was corrected. Empty: to none."""
    link_moved: bool = False
    sealed_raw: str = ""
    """In a letter that has failed or is held, ``raw`` encrypted with ``shared.seal``, and ``raw`` is empty;
    ``seal_key`` names the key."""
    seal_key: str = ""
    language: str = "tr"
    return_path: str = ""
    """The token of its envelope sender (``addressing``), the same at every attempt; empty: it is the hotline."""
    reply_token: str = ""
    """The token of its Reply-To; empty: answers go to the hotline."""
    domain: str = ""
    """The mail domain of the recipient, for the limits of domains."""
    corrected_at: AwareDatetime | None = None
    """When the address of the submitter was corrected that it, or its link, goes to."""
    tried_at: AwareDatetime | None = None
    """When the last attempt began."""
    passed_to: str = ""
    """The role (deputy, head) to whom it goes, because it could not be delivered to whom it was meant for. It follows
    that role."""
    fixed: bool = False
    """Its recipient was chosen for this letter: it does not follow the unit's newest address, and is not passed on.
    Nor is one that was passed on."""
    keep_until: AwareDatetime | None = None
    """When its bytes are deleted, once it is sent or has failed; None: they are gone, or it waits."""


def receipt(message_id: str) -> str:
    """The id of the first letter in the citizen's thread."""
    return f"{message_id}.receipt"


def receipt_to(message_id: str, recipient: str) -> str:
    """The id of a receipt to an address that its writer has corrected. The same address again is the same letter."""
    return f"{receipt(message_id)}.{hashlib.sha256(recipient.encode()).hexdigest()[:16]}"


def notice(message_id: str) -> str:
    """The id of the first letter in the desk's thread."""
    return f"{message_id}.notice"


def invitation(assignment_id: str) -> str:
    """The id of the first letter in the unit's thread."""
    return f"{assignment_id}.invitation"


def same_address(recipient: str) -> str:
    """A key for counting, equal for addresses of one mailbox: lower case, no ``+tag``, no dots at Gmail."""
    local, _, domain = recipient.lower().rpartition("@")
    local = local.partition("+")[0]
    return f"{local.replace('.', '') if domain in ('gmail.com', 'googlemail.com') else local}@{domain}"
