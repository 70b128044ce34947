"""What the intake knows: a message, and how far it has come. Plain Python; returns the new state and the event."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from datetime import datetime
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.characters import clean
from shared.events import (
    Actor,
    CaseAnswered,
    CaseClosed,
    CaseProgressed,
    Event,
    MessageSubmitted,
    ReceiptRequested,
    Submitter,
    done_by,
)
from shared.kinds import Kind
from shared.state import Aggregate, Open, State
from shared.text import Body, OptionalEmail, OptionalName, OptionalPhone, Subject

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is read as another."""
MISREAD = str.maketrans("OIL", "011", "- ")
CODE_LENGTH = 20
MOST_CODES = 20
"""As many codes are looked up from one text; a whole letter may be pasted."""
_READ = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212_", "-") | {"İ": "I"})
_CODE = re.compile(r"(?<![0-9A-Z])(?=([0-9A-Z]{5}(?:[\s.-]{0,3}[0-9A-Z]{5}){3})(?![0-9A-Z]))")
_REFERENCE = re.compile(r"(?<![0-9A-Z-])[0-9O]{2}[\s.-]?[0-9A-Z]{4}[\s.-]?[0-9A-Z]{2}(?![0-9A-Z-])")


class Submission(BaseModel):
    """What somebody sends, through the form or the API: valid, and not yet a message."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    subject: Subject
    text: Body
    name: OptionalName = None
    email: OptionalEmail = None
    phone: OptionalPhone = None
    hide_identity: bool = False


class KeptSubmission(State):
    """A submission as it is kept. What was valid once stays readable, so nothing is checked again."""

    kind: Open[Kind]
    subject: str
    text: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None
    hide_identity: bool = False


class Progress(State):
    """One public step, and when it was reached. ``case_revision`` orders the news, which may come in any order."""

    case_revision: int
    step: str
    at: AwareDatetime


class Message(Aggregate):
    """A message as its writer sees it."""

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

    @property
    def step(self) -> str:
        """How far the message has come."""
        return self.progress[-1].step if self.progress else "received"


def submit(
    submission: Submission,
    *,
    message_id: str,
    reference: str,
    code: str,
    base_url: str,
    language: str,
    now: datetime,
) -> tuple[Message, list[Event]]:
    """Accept a message: the citizen is done. A receipt is asked for when there is an address to send it to."""
    message = Message(
        id=message_id,
        reference=reference,
        code_hash=hash_code(code),
        fingerprint=fingerprint(submission),
        submission=KeptSubmission.model_validate(submission),
        language=language,
        submitted_at=now,
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


def progress(message: Message, news: CaseProgressed) -> Message:
    """Note a public step, in its place among the others."""
    reached = Progress(case_revision=news.revision, step=news.step, at=news.at)
    steps = sorted([*message.progress, reached], key=lambda p: p.case_revision)
    return message.model_copy(update={"progress": tuple(steps)})


def answer(message: Message, news: CaseAnswered) -> Message:
    """Show the answer, unless a newer one is there."""
    if message.answered_at and news.answered_at <= message.answered_at:
        return message
    return message.model_copy(update={"answer": news.answer, "answered_at": news.answered_at})


def close(message: Message, news: CaseClosed) -> Message:
    """Show that the case is closed, and what its officer said to its writer."""
    return message.model_copy(
        update={
            "closure_reason": news.closure_reason,
            "explanation": news.explanation,
            "closed_at": news.closed_at,
        }
    )


def tracking_code(secret: str, message_id: str) -> str:
    """The secret of the status page: 100 bits in 20 letters, derived so that the same request gives the same answer."""
    digest = hmac.digest(secret.encode(), b"tracking-code:" + message_id.encode(), "sha256")
    number = int.from_bytes(digest[:13], "big") >> 4
    letters = [ALPHABET[number >> 5 * i & 31] for i in range(20)]
    return _in_groups("".join(letters))


def codes_in(text: str) -> list[str]:
    """The codes that a text may hold, with whatever stands around them; as ``tracking_code`` writes them."""
    read = _read(text)
    found = [match[1] for match in _CODE.finditer(read)] + [_letters(read)]
    codes = map(_letters, found)
    return list(dict.fromkeys(_in_groups(code) for code in codes if len(code) == CODE_LENGTH))[:MOST_CODES]


def code_of(message: "Message", text: str) -> str:
    """The code in ``text`` that opens this message."""
    return next(code for code in codes_in(text) if hash_code(code) == message.code_hash)


def is_reference(text: str) -> bool:
    """Whether somebody typed the public number in place of the code."""
    return not codes_in(text) and _REFERENCE.search(_read(text)) is not None


def missing_characters(text: str) -> int:
    """How many characters a code lacks that is too short; 0 for one that is not."""
    return max(CODE_LENGTH - len(_letters(_read(text))), 0)


def hash_code(code: str) -> str:
    """What is kept of a tracking code; typed in any case, with or without its dashes, it finds the same message."""
    return hashlib.sha256(code.upper().translate(MISREAD).encode("utf-8", "replace")).hexdigest()


def status_url(base_url: str, code: str) -> str:
    """Where the writer follows the message."""
    return f"{base_url.rstrip('/')}/t/{code}"


def new_reference(now: datetime) -> str:
    """A public number such as ``26-7KX4-9Q``: the year and 30 random bits."""
    number = secrets.randbits(30)
    letters = "".join(ALPHABET[number >> 5 * i & 31] for i in range(6))
    return f"{now:%y}-{letters[:4]}-{letters[4:]}"


def message_id_of(*parts: str) -> str:
    """An id derived from what was sent, so that sending the same thing again is the same message."""
    digest = hashlib.sha256("\x1f".join(parts).encode("utf-8", "replace")).digest()
    return str(UUID(bytes=digest[:16], version=5))


def fingerprint(submission: Submission) -> str:
    """What tells one submission from another, without keeping it twice."""
    return hashlib.sha256(submission.model_dump_json().encode()).hexdigest()


def _read(text: str) -> str:
    """Capitals and hyphens; of an address what follows ``/t/``, of a line with a label what follows the colon."""
    read = unicodedata.normalize("NFKC", clean(text[:10_000])).upper().translate(_READ)
    _, slash, rest = read.rpartition("/T/")
    return re.split(r"[/?#&]", rest, maxsplit=1)[0] if slash else read


def _letters(read: str) -> str:
    """Only what a code is made of; ``TAKIP KODU:`` before it is not."""
    return re.sub(r"[^0-9A-Z]", "", read.rpartition(":")[2]).translate(MISREAD)


def _in_groups(letters: str) -> str:
    return "-".join(letters[i : i + 5] for i in range(0, len(letters), 5))
