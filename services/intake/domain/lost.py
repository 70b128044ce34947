"""Lost tracking codes: who asks for them gets the same answer at once; what is sent is decided afterwards.

There is one document for each address, so that no more letters are sent in an hour than may be, however many ask at
once, and from however many processes.
"""

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from pydantic import AwareDatetime

from services.intake.domain.codes import hash_code, status_url, tracking_code
from services.intake.domain.message import Message
from shared.addresses import comparable
from shared.events import CodeOfMessage, CodesRequested, Event, IntakeAudited
from shared.state import Aggregate

MOST_CODES = 20
"""In one letter: those of the newest messages."""
HOUR = timedelta(hours=1)
KEPT_FOR = timedelta(days=7)
"""How long a document is kept that owes a letter: longer than an outage of the broker."""


class LostCodes(Aggregate):
    """Requests from one address. ``asked_at``: one waits; then ``email`` is the address, else it is empty.

    ``letters``: when letters were asked for in the last hour. ``forget_at``: when the document may be deleted.
    """

    email: str = ""
    language: str = "tr"
    asked_at: AwareDatetime | None = None
    letters: tuple[AwareDatetime, ...] = ()
    forget_at: AwareDatetime


def request_id_of(secret: str, email: str) -> str:
    """The id of an address's document, from which nobody gets the address."""
    return hmac.digest(secret.encode(), b"lost-codes:" + comparable(email).encode("utf-8", "replace"), "sha256").hex()


def nobody_asked(secret: str, email: str, now: datetime) -> LostCodes:
    """The document of an address before the first request."""
    return LostCodes(id=request_id_of(secret, email), forget_at=now + KEPT_FOR)


def request(lost: LostCodes, *, email: str, language: str, now: datetime) -> LostCodes:
    """Somebody asks; one request waits at a time."""
    asked = {"email": email, "language": language, "asked_at": now, "forget_at": now + KEPT_FOR}
    return lost.model_copy(update=asked)


def answered(
    lost: LostCodes, codes: Mapping[str, CodeOfMessage], *, request_id: str, most: int, now: datetime
) -> tuple[LostCodes, list[Event]]:
    """The request is done: a letter with the codes, unless there are none, or the address had ``most`` in this hour.

    That each was given out again is recorded; who asked is not known.
    """
    recent = tuple(at for at in lost.letters if at > now - HOUR)
    forget_at = now + (KEPT_FOR if recent else HOUR)
    done = lost.model_copy(update={"email": "", "asked_at": None, "letters": recent, "forget_at": forget_at})
    if lost.asked_at is None or not codes or len(recent) >= most:
        return done, []
    event = CodesRequested(
        request_id=request_id,
        email=lost.email,
        language=lost.language,
        codes=tuple(codes.values()),
        requested_at=lost.asked_at,
    )
    told = [_given_out(message_id, now) for message_id in codes]
    return done.model_copy(update={"letters": (*recent, now), "forget_at": now + KEPT_FOR}), [event, *told]


def codes_of(messages: Iterable[Message], secrets: Sequence[str], base_url: str) -> dict[str, CodeOfMessage]:
    """The codes of messages, by their ids; of one whose key is no longer in the settings: none.

    ``secrets``: the newest first.
    """
    found = [(message, _code(message, secrets)) for message in messages]
    return {
        message.id: CodeOfMessage(
            message_id=message.id,
            reference=message.reference,
            kind=message.submission.kind,
            submitted_at=message.submitted_at,
            tracking_code=code,
            status_url=status_url(base_url, code),
        )
        for message, code in found
        if code
    }


def _given_out(message_id: str, now: datetime) -> IntakeAudited:
    about = {"object_kind": "message", "object_id": message_id, "message_id": message_id}
    return IntakeAudited.model_validate({"action": "code.sent_again", "at": now, **about})


def _code(message: Message, secrets: Sequence[str]) -> str | None:
    codes = (tracking_code(secret, message.id) for secret in secrets)
    return next((code for code in codes if hash_code(code) == message.code_hash), None)
