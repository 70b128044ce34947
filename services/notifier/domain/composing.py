"""How a letter becomes a mail (RFC 5322), always the same bytes for the same event."""

import hashlib
import re
import unicodedata
from collections.abc import Sequence
from datetime import datetime
from email.headerregistry import Address

from services.notifier.domain.letter import Letter, Writing
from services.notifier.domain.mime import address_line, date_line, lines_of, mail_of
from shared.addresses import deliverable
from shared.letters.words import without_breaks
from shared.mail_headers import header_lines

AGAIN = ".again."
CONTENT = {
    *("message_id", "template", "assignment_id", "unit_code", "role", "is_copy", "reference", "recipient", "subject"),
    *("record", "wording_version", "reply_expected", "language", "reply_token"),
}
"""What a letter that is sent again has from the first one, beside its bytes."""
KEPT = frozenset("\u200c\u200d") | {chr(tag) for tag in range(0xE0020, 0xE0080)}
"""Invisible characters that a subject may contain: joiners of scripts and emoji, and the tags in flag emoji."""


def write(
    letter_id: str,
    writing: Writing,
    *,
    message_id: str,
    template: str,
    recipient: str,
    sender: Address,
    told_at: datetime,
    now: datetime,
    reference: str = "",
    assignment_id: str | None = None,
    unit_code: str | None = None,
    thread: str | None = None,
    reply_to: Address | None = None,
) -> Letter:
    """Make a queued letter. ``thread`` is the id of the letter that it is a reply to (RFC 5322, 3.6.4), if any.

    ``told_at`` is the time of the event behind the letter. It is the ``Date``, not ``now``: the same event always makes
    the same bytes. The headers ask for no automatic reply (RFC 3834, 5). Raises ValueError unless ``recipient`` is one
    address.
    """
    recipient = deliverable(recipient)
    subject = one_line(writing.subject)
    headers = (
        address_line("From", sender),
        _to_line(recipient),
        header_lines("Subject", subject),
        date_line(told_at),
        lines_of(_threading(letter_id, thread, sender)),
        address_line("Reply-To", reply_to or sender),
        lines_of({"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "All"}),
    )
    boundary = f"=_{hashlib.sha256(letter_id.encode()).hexdigest()[:32]}"
    return Letter(
        id=letter_id,
        message_id=message_id,
        template=template,
        reference=reference,
        assignment_id=assignment_id,
        unit_code=unit_code,
        recipient=recipient,
        subject=subject,
        record=writing.record,
        wording_version=writing.wording_version,
        language=writing.language,
        raw=mail_of(headers, writing.text, writing.html, boundary=boundary),
        made_at=now,
        due_at=now,
    )


def copies_of(letter: Letter, emails: Sequence[str]) -> list[Letter]:
    """A copy of a letter for each of these addresses. It is the same mail, as with *Cc*, so its Message-ID stays."""
    to = [readdressed(letter, email) for email in emails]
    ids = [hashlib.sha256(one.recipient.encode()).hexdigest()[:16] for one in to]
    named = zip(to, ids, strict=True)
    return [one.model_copy(update={"id": f"{letter.id}.copy.{mark}", "is_copy": True}) for one, mark in named]


def readdressed(letter: Letter, email: str) -> Letter:
    """A letter that has not left, to another address. Its other bytes stay. Raises when it is not one address."""
    recipient = deliverable(email)
    line = _to_line(recipient).encode("ascii")
    raw = re.sub(rb"(?m)^To:[^\r]*\r\n(?:[ \t][^\r]*\r\n)*", lambda _: line, letter.raw, count=1)
    return letter.model_copy(update={"recipient": recipient, "raw": raw, "refusals": 0})


def again(letter: Letter, request_id: str, email: str, *, at: datetime, now: datetime) -> Letter:
    """The same letter as a new one: its content with a Message-ID of its own and the Date ``at``.

    Its bytes have to be there. Raises when ``email`` is not one address.
    """
    letter_id = sent_again(letter.id, request_id)
    date = date_line(at).encode("ascii")
    raw = re.sub(rb"(?m)^Date: [^\r]*\r\n", lambda _: date, letter.raw, count=1)
    raw = re.sub(rb"(?m)^(Message-ID:\s+<)[^@>]*", lambda m: m[1] + letter_id.encode(), raw, count=1)
    fresh = Letter(**letter.model_dump(include=CONTENT), id=letter_id, raw=raw, made_at=now, due_at=now)
    return readdressed(fresh, email)


def sent_again(letter_id: str, request_id: str) -> str:
    """The id of a letter that is sent again; also of one that is sent again for a second time."""
    return f"{letter_id.partition(AGAIN)[0]}{AGAIN}{request_id}"


def _threading(letter_id: str, thread: str | None, sender: Address) -> dict[str, str]:
    named = {"Message-ID": f"<{letter_id}@{sender.domain}>"}
    if thread:
        named |= dict.fromkeys(("In-Reply-To", "References"), f"<{thread}@{sender.domain}>")
    return named


def _to_line(recipient: str) -> str:
    return address_line("To", _one_address(recipient))


def _one_address(recipient: str) -> Address:
    try:
        return Address(addr_spec=recipient)
    except Exception:
        raise ValueError("the recipient is not one e-mail address") from None  # no address in the text: it is logged


def one_line(text: str) -> str:
    """Text that is safe in a header: no line ends, no invisible characters but KEPT. Blanks stay, but for those around
    it: what was typed is what is read.
    """
    shown = (c if c.isprintable() or c in KEPT else "" if unicodedata.category(c) == "Cf" else "\n" for c in text)
    return without_breaks("".join(shown))
