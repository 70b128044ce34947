"""Orders to destroy. Each service carries out its part of an order and answers; the answers stand in the order."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final

from pydantic import AwareDatetime

from shared.destruction import Erasing, LoggedOrder, digest
from shared.events import ErasureOrdered
from shared.state import Actor, Aggregate, Open

SERVICES: Final = ("intake", "router", "replies", "notifier")
MOST_IDS: Final = 500
"""Ids of one kind in one order; more are several orders."""
MOST_ADDRESSES: Final = 50


class OnHold(Exception):
    """Some of these cases are under legal hold (``ids``): nothing of them may be destroyed."""

    def __init__(self, ids: Sequence[str]) -> None:
        super().__init__(f"{len(ids)} under legal hold")
        self.ids = tuple(ids)


class ErasureOrder(Aggregate):
    """One order, as it stands in the destruction log under ``number``. It has no personal data.

    ``addresses`` are digests (``shared.destruction.digest``). ``answers``: what each service says that it has
    destroyed, how many of each kind of thing. ``done_at``: all four have answered.
    """

    number: int
    kind: Open[Erasing]
    message_ids: tuple[str, ...] = ()
    mail_ids: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    rule: str
    by: Actor
    ordered_at: AwareDatetime
    request_id: str | None = None
    answers: Mapping[str, Mapping[str, int]] = {}
    done_at: AwareDatetime | None = None

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The services that have not answered."""
        return tuple(service for service in SERVICES if service not in self.answers)


def line_of(
    number: int,
    *,
    order_id: str,
    kind: Erasing,
    message_ids: Sequence[str],
    mail_ids: Sequence[str],
    addresses: Sequence[str],
    signatures: Sequence[str],
    rule: str,
    by: Actor,
    request_id: str | None,
    now: datetime,
) -> LoggedOrder:
    """The line of the destruction log. Raises ValueError for more ids than one order may have."""
    if max(len(message_ids), len(mail_ids), len(signatures)) > MOST_IDS or len(addresses) > MOST_ADDRESSES:
        raise ValueError(f"an order has at most {MOST_IDS} ids and {MOST_ADDRESSES} addresses")
    return LoggedOrder(
        number=number,
        order_id=order_id,
        kind=kind.value,
        message_ids=tuple(message_ids),
        mail_ids=tuple(mail_ids),
        addresses=tuple(digest(address) for address in addresses),
        signatures=tuple(signatures),
        rule=rule,
        by=by.id,
        by_kind=by.kind,
        request_id=request_id,
        ordered_at=now,
    )


def order_of(line: LoggedOrder) -> ErasureOrder:
    """The order that a line of the log names."""
    told = line.model_dump(exclude={"order_id", "by", "by_kind"})
    return ErasureOrder(id=line.order_id, by=Actor(kind=line.by_kind, id=line.by), **told)


def ordered(order: ErasureOrder) -> ErasureOrdered:
    """The event that tells the services of an order."""
    told = order.model_dump(include={"number", "message_ids", "mail_ids", "addresses", "signatures", "rule", "kind"})
    return ErasureOrdered(order_id=order.id, ordered_at=order.ordered_at, **told)


def answered(order: ErasureOrder, service: str, parts: Mapping[str, int], at: datetime) -> ErasureOrder:
    """A service has carried out its part; the first answer counts. After the last one, the order is done."""
    if service in order.answers:
        return order
    there = {what: number for what, number in parts.items() if number}
    changed = order.model_copy(update={"answers": {**order.answers, service: there}})
    return changed if changed.waits_for else changed.model_copy(update={"done_at": at})
