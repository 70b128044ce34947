"""Addresses at which this service itself gets mail: where a letter comes back to, and where an answer to it goes.

Both have a token of 26 letters, which nobody can guess: so what a mail belongs to never hangs on its headers, which
anybody can write.
"""

import hmac
from base64 import b32encode
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.notifier.domain.letter import OF_NO_MESSAGE, TEST, TO_THE_DESK

RETURN_PREFIX = "donus-"
REPLY_PREFIX = "yanit-"
TOKEN_LETTERS = 26
"""130 bits in base 32."""

Addressee = Literal["citizen", "unit", "desk"]


class ReplyAddress(BaseModel):
    """Whose answers come to a Reply-To: those of one addressee of one message, or of one assignment of it.

    ``recipient`` and ``language`` are those of the newest letter that had it.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    token: str
    message_id: str
    assignment_id: str | None = None
    addressee: Addressee
    recipient: str
    language: str = "tr"


def addressee_of(template: str, assignment_id: str | None) -> Addressee | None:
    """Who answers such a letter; None for one that belongs to no one message."""
    if template in OF_NO_MESSAGE or template == TEST:
        return None
    if template in TO_THE_DESK:
        return "desk"
    return "unit" if assignment_id else "citizen"


def reply_token(secret_key: str, addressee: Addressee, message_id: str, assignment_id: str | None) -> str:
    """The token of a case and addressee, always the same: all letters of a thread have one Reply-To."""
    about = assignment_id if addressee == "unit" and assignment_id else message_id
    return as_token(hmac.digest(secret_key.encode(), f"reply-to:{addressee}:{about}".encode(), "sha256"))


def as_token(unguessable: bytes) -> str:
    """At least 17 bytes as lower-case base 32: a local part is not always kept in its case (RFC 5321, 2.4)."""
    return b32encode(unguessable).decode().lower()[:TOKEN_LETTERS]


def return_path(token: str, domain: str) -> str:
    """The envelope sender of a letter (RFC 5321, 4.4)."""
    return f"{RETURN_PREFIX}{token}@{domain}"


def reply_to(token: str, domain: str) -> str:
    """The Reply-To of a letter (RFC 5322, 3.6.2)."""
    return f"{REPLY_PREFIX}{token}@{domain}"
