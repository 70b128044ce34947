"""A mail that came in: to which of our addresses, and what became of it."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from enum import StrEnum

from pydantic import AwareDatetime

from services.notifier.domain.addressing import REPLY_PREFIX, RETURN_PREFIX, TOKEN_LETTERS
from shared.addresses import comparable
from shared.state import Aggregate, KeptFile, Open, State

LONGEST_HEAD = 256 * 1024
"""Bytes of a mail's head in which the lines are looked for that identify it."""
_TOKEN = re.compile(rf"({RETURN_PREFIX}|{REPLY_PREFIX})([a-z2-7]{{{TOKEN_LETTERS}}})")
_IDENTITY = re.compile(rb"(?im)^(?:from|date|message-id|subject):[^\n]*(?:\n[ \t][^\n]*)*")


class Kind(StrEnum):
    """Of an address of ours: a letter comes back to RETURN, an answer goes to REPLY; HOTLINE is public."""

    RETURN = "return"
    REPLY = "reply"
    HOTLINE = "hotline"


class MailState(StrEnum):
    """``STORED``: not read yet. ``HELD``: its sender has written too much in this hour. Others are final.

    ``UNREADABLE``: no process could read it within its limits.
    """

    STORED = "stored"
    HELD = "held"
    READ = "read"
    UNREADABLE = "unreadable"


class OwnAddress(State):
    """One of our addresses; ``token`` is empty in the hotline's."""

    kind: Open[Kind]
    token: str = ""


class Mail(Aggregate):
    """One mail to one address of ours, as it came. ``sender`` is the envelope's; empty: nobody (RFC 5321, 4.5.5).

    ``content`` names its bytes, which are sealed; empty once they are deleted. ``due_at`` is when it is to be read; a
    process that reads it moves it forward, as its lease; None when there is nothing more to do. ``purpose``, the ids
    and ``files`` are what was found, ``reason`` is which failure it reports.
    """

    to: OwnAddress
    sender: str = ""
    size: int
    content: str
    state: Open[MailState] = MailState.STORED
    received_at: AwareDatetime
    due_at: AwareDatetime | None = None
    attempts: int = 0
    purpose: str = ""
    message_id: str | None = None
    letter_id: str = ""
    reason: str = ""
    files: tuple[KeptFile, ...] = ()


def own_address(address: str, *, domain: str, hotline: str) -> OwnAddress | None:
    """Which of our addresses it may be, in any case of its letters; None for one that is none.

    ``domain`` is that of the addresses with a token; empty: there are none.
    """
    local, _, given = comparable(address).rpartition("@")
    if domain and given == domain and (found := _TOKEN.fullmatch(local)):
        return OwnAddress(kind=Kind.RETURN if found[1] == RETURN_PREFIX else Kind.REPLY, token=found[2])
    return OwnAddress(kind=Kind.HOTLINE) if comparable(address) == comparable(hotline) else None


def stored_for(addresses: Iterable[OwnAddress]) -> list[OwnAddress]:
    """Each of our addresses once. Of an answer the hotline needs no copy: it would become a message beside it."""
    each = {(to.kind, to.token): to for to in addresses}.values()
    answers = any(to.kind is Kind.REPLY for to in each)
    return [to for to in each if not (answers and to.kind is Kind.HOTLINE)]


def identity_of(raw: bytes) -> tuple[bytes, ...]:
    """What is the same in a mail that came by another way: all but its trace headers.

    Its Message-ID alone does not say that: some programs use one for several mails. Of a head that is longer than any
    person's, the rest counts as it is: to look for lines in 20 MB of them takes seconds, and 1 GB.
    """
    head, _, body = raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    lines = sorted(_IDENTITY.findall(head[:LONGEST_HEAD]))
    return (*(b" ".join(line.split()) + b"\n" for line in lines), head[LONGEST_HEAD:], b"\n", body.rstrip())


def mail_id(identity: Sequence[bytes], to: OwnAddress) -> str:
    """The same for the same mail (``identity_of``) to the same address."""
    found = hashlib.sha256(f"{to.kind}:{to.token}\n".encode())
    for part in identity:
        found.update(part)
    return found.hexdigest()[:32]
