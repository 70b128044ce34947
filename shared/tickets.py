"""The desk's tickets: with one, an officer enters messages of others into the intake's form."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from secrets import token_urlsafe
from typing import Final, Literal

from shared.signing import Signatures, Signer
from shared.state import Actor
from shared.tokens import NotStated, Statement, statement_in, token_of

Channel = Literal["telephone", "paper", "counter", "email"]
CHANNELS: Final[tuple[Channel, ...]] = ("telephone", "counter", "paper", "email")
VALID_FOR: Final = timedelta(minutes=15)
DESK: Final = "router"


class Ticket(Statement):
    """``officer``, whose name is ``name``, enters what came by ``channel``; until then as many as they like.

    ``desk`` is the address of the desk, ``nonce`` tells two tickets apart.
    """

    officer: Actor
    name: str
    channel: Channel
    desk: str
    nonce: str

    def holds(self, now: datetime) -> bool:
        """Whether it may still be used."""
        return now < self.until


class TicketOffice:
    """Makes the desk's tickets, and the addresses of the form that they open."""

    def __init__(self, form_url: str, desk_url: str, *, signer: Signer) -> None:
        self._form_url, self._desk_url, self._signer = form_url.rstrip("/"), desk_url.rstrip("/"), signer

    def address(self, officer: Actor, name: str, channel: Channel, now: datetime) -> str:
        """The address of the form, for this officer and channel."""
        ticket = Ticket(
            by=DESK,
            until=now + VALID_FOR,
            officer=officer,
            name=name,
            channel=channel,
            desk=self._desk_url,
            nonce=token_urlsafe(8),
        )
        return f"{self._form_url}/?ticket={token_of(ticket, self._signer)}"


class Tickets:
    """Reads tickets. ``public_keys``: for each service, its keys, as in KLU_VERIFY_KEYS."""

    def __init__(self, public_keys: Mapping[str, Sequence[str]]) -> None:
        self._signatures = Signatures(public_keys)

    def read(self, token: str) -> Ticket | None:
        """The desk's ticket, also one that is over; None for anything else."""
        try:
            return statement_in(token, Ticket, self._signatures, signed_by=[DESK]) if token else None
        except NotStated:
            return None
