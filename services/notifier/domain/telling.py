"""What others are told of a letter: that it left, or that it was not delivered, with its words, for the case file."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.notifier.domain.letter import COPY, Letter
from shared.events import Address, LetterFailed, LetterSent

REFUSED, GIVEN_UP, RETURNED, GONE = "refused", "given_up", "returned", "gone"
"""Why a letter was not delivered: refused for good; refused for now, for days; it came back after it had left; it was
to be sent again, and its bytes have been deleted."""
LINE, TEXT = 4_000, 100_000
"""Characters that an event carries (``shared.events``)."""
_ADDRESS = TypeAdapter[str](Address)


def told_sent(letter: Letter, now: datetime) -> LetterSent:
    """The mail server has accepted it."""
    return LetterSent(
        letter_id=letter.id,
        sent_at=now,
        is_copy=letter.is_copy,
        **_about(letter),
    )


def told_failed(
    letter: Letter, reason: str, now: datetime, *, cause: str, passed_to: str | None = None, letter_id: str = ""
) -> LetterFailed:
    """It was not delivered. ``letter_id``: another one, where that was to be made of it."""
    return LetterFailed(
        letter_id=letter_id or letter.id,
        reason=reason,
        failed_at=now,
        cause=cause,
        passed_to=passed_to,
        **_about(letter),
    )


def _about(letter: Letter) -> dict[str, Any]:
    """Whose letter it is, and its words, without secrets, for the case file. Within the bounds of events: it has left
    already."""
    return {
        "message_id": letter.message_id,
        "template": COPY if letter.is_copy else letter.template,
        "assignment_id": letter.assignment_id,
        "unit": None if letter.is_copy else letter.unit_code,
        "recipient": _address(letter.recipient),
        "subject": letter.subject[:LINE],
        "text": letter.record[:TEXT],
        "language": letter.language,
        "wording_version": letter.wording_version,
    }


def _address(recipient: str) -> str | None:
    try:
        return _ADDRESS.validate_python(recipient)
    except ValidationError:  # one that the settings name, such as with a quoted name
        return None
