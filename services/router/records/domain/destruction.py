"""The destruction record: what was destroyed, how many of each thing in each service, when, by which rule, by whom.

It proves the destruction and outlives what was destroyed; it has no personal data and no reference (Regulation on
Erasure, Destruction or Anonymisation art. 7: records of these acts are kept for at least three years).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from pydantic import AwareDatetime

from services.router.access import AuditAction
from services.router.records.domain.orders import SERVICES, ErasureOrder
from shared.destruction import Erasing
from shared.events import Event, RouterAudited, done_by
from shared.state import Actor, Aggregate, Open

LEAST_YEARS = 3
"""For which the record has to be kept."""


class Destruction(Aggregate):
    """The entry of one order, under its id. ``cases``, ``mails``, ``addresses``, ``signatures``: how many it named.

    ``parts``: what each service says that it has destroyed, how many of each kind of thing. ``request_id``: the run, or
    the request of a person, that led to it.
    """

    number: int
    kind: Open[Erasing]
    rule: str
    by: Actor
    ordered_at: AwareDatetime
    request_id: str | None = None
    cases: int = 0
    mails: int = 0
    addresses: int = 0
    signatures: int = 0
    parts: Mapping[str, Mapping[str, int]] = {}
    done_at: AwareDatetime | None = None

    @property
    def waits_for(self) -> tuple[str, ...]:
        """The services that have not answered."""
        return tuple(service for service in SERVICES if service not in self.parts)


@dataclass(frozen=True)
class Sums:
    """Several entries together: ``rows`` has service, kind of thing and number; ``totals`` by kind of thing.

    ``waiting``: how many orders each service has not answered. ``by_rule``: cases by rule.
    """

    numbers: tuple[int, ...]
    cases: int
    by_rule: Mapping[tuple[str, str], int]
    rows: tuple[tuple[str, str, int], ...]
    totals: Mapping[str, int]
    waiting: Mapping[str, int]
    first_at: datetime | None
    last_at: datetime | None
    done_at: datetime | None

    @property
    def total(self) -> int:
        """All things that were destroyed."""
        return sum(self.totals.values())


def entry_of(order: ErasureOrder) -> Destruction:
    """The entry of an order, as far as it is answered."""
    told = order.model_dump(include={"id", "number", "kind", "rule", "by", "ordered_at", "request_id", "done_at"})
    named = {"cases": order.message_ids, "mails": order.mail_ids}
    named |= {"addresses": order.addresses, "signatures": order.signatures}
    return Destruction.model_validate(told | {what: len(ids) for what, ids in named.items()} | {"parts": order.answers})


def recorded(entry: Destruction, now: datetime) -> list[Event]:
    """A new entry, for the audit record."""
    return _audited(entry, AuditAction.DESTRUCTION_RECORDED, now)


def answered(before: Destruction, order: ErasureOrder, now: datetime) -> tuple[Destruction, list[Event]] | None:
    """The entry with what services have answered since; None when there is nothing new."""
    entry = entry_of(order).model_copy(update={"revision": before.revision})
    if entry == before:
        return None
    done = entry.done_at is not None and before.done_at is None
    return entry, _audited(entry, AuditAction.DESTRUCTION_ANSWERED, now) if done else []


def sums(entries: Iterable[Destruction]) -> Sums:
    """The entries of one run, or one entry, together."""
    listed = sorted(entries, key=lambda entry: entry.number)
    by_rule, found, waiting = dict[tuple[str, str], int](), dict[tuple[str, str], int](), dict[str, int]()
    for entry in listed:
        rule = (entry.rule, str(entry.kind))
        by_rule[rule] = by_rule.get(rule, 0) + entry.cases
        for service, parts in entry.parts.items():
            for what, number in parts.items():
                found[service, what] = found.get((service, what), 0) + number
        for service in entry.waits_for:
            waiting[service] = waiting.get(service, 0) + 1
    totals: dict[str, int] = {}
    for (_, what), number in sorted(found.items(), key=lambda one: one[0][1]):
        totals[what] = totals.get(what, 0) + number
    order = {service: place for place, service in enumerate(SERVICES)}
    rows = sorted(found.items(), key=lambda one: (order.get(one[0][0], len(order)), one[0]))
    ends = [entry.done_at for entry in listed if entry.done_at]
    return Sums(
        numbers=tuple(entry.number for entry in listed),
        cases=sum(entry.cases for entry in listed),
        by_rule=dict(sorted(by_rule.items())),
        rows=tuple((service, what, number) for (service, what), number in rows),
        totals=totals,
        waiting=waiting,
        first_at=min((entry.ordered_at for entry in listed), default=None),
        last_at=max((entry.ordered_at for entry in listed), default=None),
        done_at=max(ends) if listed and len(ends) == len(listed) else None,
    )


def ranges(numbers: Iterable[int]) -> str:
    """Numbers in words as short as they can be: ``3–7, 9``."""
    spans: list[list[int]] = []
    for number in sorted(numbers):
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in spans)


def _audited(entry: Destruction, action: AuditAction, now: datetime) -> list[Event]:
    record = RouterAudited(action=action, object_kind="erasure_order", object_id=entry.id, at=now, count=entry.cases)
    return done_by(entry.by, record)
