"""Receipts and answers on paper. Whoever holds one can check that it is ours: it bears a verification code.

The code is derived from the secret key and what the paper says; the message keeps its hash. So a paper can still be
checked after the key was replaced, and after a newer answer.
"""

import hashlib
import hmac
import re
import unicodedata
from datetime import UTC, datetime

from services.intake.domain.codes import ALPHABET, MISREAD, hash_code
from services.intake.domain.message import Message, Paper
from shared.characters import clean

RECEIPT, ANSWER = "receipt", "answer"
LETTERS = 16
"""Of a verification code: 80 bits. A tracking code has 20, so neither is taken for the other."""


class NoSuchPaper(Exception):
    """The message has no answer yet."""


def printed(message: Message, kind: str, secret: str) -> tuple[Message, Paper, str]:
    """The message with this paper among its papers, the paper, and its verification code. Raises NoSuchPaper.

    The same paper again is the same code and changes nothing.
    """
    at, text = _said(message, kind)
    digest = text_digest(text)
    code = verification_code(secret, message.id, kind, at, digest)
    paper = Paper(kind=kind, code_hash=hash_code(code), at=at, sha256=digest)
    if any(known.code_hash == paper.code_hash for known in message.papers):
        return message, paper, code
    return message.model_copy(update={"papers": (*message.papers, paper)}), paper, code


def replaced(message: Message, paper: Paper) -> bool:
    """Whether a later answer has taken the place of this one."""
    return paper.kind == ANSWER and message.answered_at is not None and paper.at < message.answered_at


def verification_code(secret: str, message_id: str, kind: str, at: datetime, digest: str) -> str:
    """Four groups of four letters, for what a paper says: kind, time (to the millisecond, UTC) and text."""
    time = at.astimezone(UTC).isoformat(timespec="milliseconds")
    told = "\x1f".join(("paper", message_id, kind, time, digest))
    number = int.from_bytes(hmac.digest(secret.encode(), told.encode(), "sha256")[:10], "big")
    return in_groups("".join(ALPHABET[number >> 5 * i & 31] for i in range(LETTERS)))


def verification_code_in(text: str) -> str:
    """The code in what somebody typed, or pasted with the page's address before it; empty if there is none."""
    read = unicodedata.normalize("NFKC", clean(text[:2_000])).upper().replace("İ", "I")
    read = re.split(r"[?#]", read.rpartition("/VERIFY/")[2].rpartition(":")[2])[0]
    letters = re.sub(r"[^0-9A-Z]", "", read).translate(MISREAD)
    return in_groups(letters) if len(letters) == LETTERS else ""


def text_digest(text: str) -> str:
    """SHA-256 of a text in UTF-8 whose blanks and line ends are single blanks: text copied from a PDF has others."""
    return hashlib.sha256(" ".join(unicodedata.normalize("NFC", text).split()).encode("utf-8", "replace")).hexdigest()


def in_groups(letters: str) -> str:
    """Letters in groups of four."""
    return "-".join(letters[i : i + 4] for i in range(0, len(letters), 4))


def _said(message: Message, kind: str) -> tuple[datetime, str]:
    if kind == RECEIPT:
        return message.submitted_at, message.submission.text
    if message.answer is None or message.answered_at is None:
        raise NoSuchPaper(message.id)
    return message.answered_at, message.answer
