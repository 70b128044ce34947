"""The letters that arrived: parsed, kept in memory, and written as .eml files. Knows no SMTP and no HTTP."""

import hashlib
import secrets
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.message import MIMEPart
from pathlib import Path

BOUND = 1000


@dataclass(frozen=True)
class Letter:
    """One letter as the mail server got it. Header values are decoded; ``received_at`` is ISO 8601 in UTC."""

    id: str
    mail_from: str
    rcpt_to: list[str]
    subject: str
    message_id: str
    in_reply_to: str
    references: str
    date: str
    headers: dict[str, str]
    text: str
    html: str
    attachments: list[dict[str, str | int]]
    received_at: str
    raw_sha256: str
    raw: bytes = field(repr=False)

    def matches(self, to: str, subject: str) -> bool:
        """Whether one of the recipients and the subject contain these; letter case does not count."""
        recipients = any(to.casefold() in address.casefold() for address in self.rcpt_to)
        return (not to or recipients) and subject.casefold() in self.subject.casefold()

    def as_json(self) -> dict[str, object]:
        """Everything but the raw bytes, which have an address of their own."""
        return {name: value for name, value in vars(self).items() if name != "raw"}


def read(raw: bytes, mail_from: str, rcpt_to: list[str]) -> Letter:
    """Parse what came over SMTP; a broken letter is kept as well as it can be read."""
    mail = message_from_bytes(raw, policy=policy.default)
    return Letter(
        id=secrets.token_hex(8),
        mail_from=mail_from,
        rcpt_to=rcpt_to,
        subject=str(mail["Subject"] or ""),
        message_id=str(mail["Message-ID"] or ""),
        in_reply_to=str(mail["In-Reply-To"] or ""),
        references=str(mail["References"] or ""),
        date=str(mail["Date"] or ""),
        headers={name: str(value) for name, value in mail.items()},
        text=content(mail.get_body(("plain",))),
        html=content(mail.get_body(("html",))),
        attachments=[describe(part) for part in mail.iter_attachments()] if mail.is_multipart() else [],
        received_at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        raw_sha256=hashlib.sha256(raw).hexdigest(),
        raw=raw,
    )


def content(part: MIMEPart | None) -> str:
    """The text of a part; bytes that are none become replacement characters."""
    if part is None:
        return ""
    try:
        return str(part.get_content())
    except (LookupError, KeyError):  # a character set nobody knows
        payload = part.get_payload(decode=True)
        return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else str(payload)


def describe(part: MIMEPart) -> dict[str, str | int]:
    """An attachment's name, type and size in bytes."""
    payload = part.get_payload(decode=True)
    size = len(payload) if isinstance(payload, bytes) else 0
    return {"filename": part.get_filename() or "", "content_type": part.get_content_type(), "size": size}


class NoSuchLetter(LookupError):
    """No letter has this id."""


class Letters:
    """The last thousand letters, in memory and as files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._letters: OrderedDict[str, Letter] = OrderedDict()
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)  # secret links are in there
        for old in sorted(folder.glob("*.eml"))[:-BOUND]:
            old.unlink()

    def add(self, letter: Letter) -> None:
        """Keep it; the oldest goes when there are too many."""
        self._letters[letter.id] = letter
        self._file(letter).write_bytes(letter.raw)
        while len(self._letters) > BOUND:
            _, oldest = self._letters.popitem(last=False)
            self._file(oldest).unlink(missing_ok=True)

    def require(self, letter_id: str) -> Letter:
        """The letter; NoSuchLetter when it never came or is forgotten."""
        if letter_id not in self._letters:
            raise NoSuchLetter
        return self._letters[letter_id]

    def newest(self, to: str = "", subject: str = "") -> Iterator[Letter]:
        """Newest first, of those that match."""
        return (letter for letter in reversed(self._letters.values()) if letter.matches(to, subject))

    def clear(self) -> None:
        """Forget all, the files too."""
        self._letters.clear()
        for file in self._folder.glob("*.eml"):
            file.unlink(missing_ok=True)

    def _file(self, letter: Letter) -> Path:
        return self._folder / f"{letter.received_at.replace(':', '')}-{letter.id}.eml"
