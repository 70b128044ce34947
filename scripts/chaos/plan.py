"""What will happen in a run, decided by one seed: who writes what, and what breaks; and the diary of what happened."""

import re
import time
from collections import Counter
from dataclasses import dataclass, field
from random import Random

from scripts.local.config import SERVICES

UNITS = ("kddb", "oidb", "sksdb", "yitdb")
KINDS = ("complaint", "suggestion", "request", "other")
STORES = ("RabbitMQ", "MongoDB")
MAIL = ("mail away", "mail 4xx", "mail cut")
REFUSED_DOMAIN = "refused.example"
CALM_BEFORE = 10.0
"""Seconds. RabbitMQ 3.10 may lose a quorum queue that was declared within the two seconds before a ``kill -9``."""
BETWEEN_FAULTS = 14.0
MESSAGES_PER_ROUND = 400
WITH_FILE = 5  # one message in so many has a file
WRITES_BACK, BY_MAIL = 3, 4  # one submitter, and one first unit, in so many uses e-mail
REDELIVERED = 0.05  # the share of events that are delivered a second time, as a broker may


@dataclass(frozen=True)
class PlannedMessage:
    """One thing that somebody is going to write. ``at``: seconds after the start; ``channel``: ``form`` or ``api``.

    ``with_file``: a picture is sent with it. ``writes_back``: the submitter answers the receipt by e-mail; ``by_mail``:
    the units that reply by e-mail, not through their link.
    """

    number: int
    at: float
    channel: str
    kind: str
    email: str | None
    hide_identity: bool
    units: tuple[str, ...]
    with_file: bool = False
    writes_back: bool = False
    by_mail: tuple[str, ...] = ()

    @property
    def subject(self) -> str:
        return f"Deneme iletisi {self.number:06d}"

    @property
    def undeliverable(self) -> bool:
        return bool(self.email and self.email.endswith(REFUSED_DOMAIN))


@dataclass(frozen=True)
class PlannedFault:
    """For ``seconds`` at least. ``target`` is empty for the mail server; ``recipient``: who is refused for good."""

    kind: str
    target: str
    at: float
    seconds: float
    recipient: str = ""

    @property
    def name(self) -> str:
        return f"{self.kind} {self.target.partition('-')[0]}".strip()


@dataclass(frozen=True)
class Plan:
    messages: tuple[PlannedMessage, ...]
    faults: tuple[PlannedFault, ...]
    open_at_most: int = 300
    """Nobody writes while so many are not answered: else a slow machine would never be done with its backlog."""

    @property
    def orderly(self) -> bool:
        """Whether nothing breaks: then nobody may be refused, not even once."""
        return all(fault.kind == "restart" for fault in self.faults)


@dataclass
class Written:
    """A planned message and, once it was accepted, the ``code`` that opens its status page."""

    planned: PlannedMessage
    code: str = ""


@dataclass
class Diary:
    """One for the whole run. ``waits``: seconds of each request by which a message was sent and answered."""

    written: dict[int, Written] = field(default_factory=dict)
    waits: list[float] = field(default_factory=list)
    statuses: Counter[str] = field(default_factory=Counter)
    troubles: list[str] = field(default_factory=list)
    injected: Counter[str] = field(default_factory=Counter)
    observed: Counter[str] = field(default_factory=Counter)
    handled: Counter[str] = field(default_factory=Counter)
    mails: Counter[str] = field(default_factory=Counter)
    moved_at: float = field(default_factory=time.monotonic)

    @property
    def mails_waiting(self) -> int:
        """How many mails the institution's mail server still has."""
        return self.mails["handed in"] - self.mails["taken"]

    @property
    def accepted(self) -> list[Written]:
        return [written for written in self.written.values() if written.code]

    def moved(self) -> None:
        self.moved_at = time.monotonic()


def number_in(text: str) -> int:
    for found in re.finditer(r"Deneme iletisi (\d{6})", text):
        return int(found[1])
    raise LookupError("no planned message")


def make(seed: int, count: int, *, rate: float, replicas: int, routers: int = 0) -> Plan:
    """So many messages at so many a second, and at least one fault of each kind; fewer a second where time is short."""
    dice = Random(seed)
    rounds = max(1, count // MESSAGES_PER_ROUND)
    breaks = [each for _ in range(rounds) for each in _round(dice, replicas, max(replicas, routers))]
    mail = [kind for _ in range(rounds) for kind in dice.sample(MAIL, len(MAIL))]
    duration = max(count / rate, CALM_BEFORE + BETWEEN_FAULTS * len(breaks))
    undeliverable = set(dice.sample(range(count), min(rounds, count)))
    messages = [_message(dice, n, n * duration / count, undeliverable=n in undeliverable) for n in range(count)]
    faults = [
        PlannedFault(kind, target, at, dice.uniform(6, 10) if kind == "freeze" else dice.uniform(0.5, 4))
        for (kind, target), at in zip(breaks, _spread(dice, len(breaks), duration), strict=True)
    ]
    times = _spread(dice, len(mail), duration)
    faults += [PlannedFault(kind, "", at, dice.uniform(3, 8)) for kind, at in zip(mail, times, strict=True)]
    faults += [PlannedFault("mail 5xx", "", one.at, 0, str(one.email)) for one in messages if one.undeliverable]
    return Plan(tuple(messages), tuple(sorted(faults, key=lambda fault: fault.at)))


def broker_away(seed: int, count: int, seconds: float) -> Plan:
    """So many messages, all of them while RabbitMQ is away for so long; nothing else breaks."""
    dice = Random(seed)
    times = [CALM_BEFORE + 1 + number * (seconds - 2) / count for number in range(count)]
    messages = tuple(_message(dice, number, at) for number, at in enumerate(times))
    return Plan(messages, (PlannedFault("kill", "RabbitMQ", CALM_BEFORE, seconds),), open_at_most=count)


def rolling(seed: int, count: int, *, rate: float, replicas: int) -> Plan:
    """So many messages while each process in turn is told to end and started again, as in an upgrade; no mail comes."""
    dice = Random(seed)
    names = [_replica(service, n) for n in range(1, replicas + 1) for service in SERVICES]
    messages = tuple(_message(dice, number, number / rate, mails=False) for number in range(count))
    return Plan(messages, tuple(PlannedFault("restart", name, 2.0, 0) for name in names))


def _round(dice: Random, replicas: int, routers: int) -> list[tuple[str, str]]:
    counts = {service: routers if service == "router" else replicas for service in SERVICES}
    chosen = [_replica(service, dice.randint(1, count)) for service, count in counts.items()]
    both = [("kill", target) for target in (*STORES, *chosen)] + [("freeze", target) for target in STORES]
    return dice.sample(both, len(both))


def _replica(service: str, n: int) -> str:
    return service if n == 1 else f"{service}-{n}"


def _spread(dice: Random, count: int, duration: float) -> list[float]:
    part = (duration - CALM_BEFORE) / count
    return [CALM_BEFORE + part * (i + dice.uniform(0, 0.4)) for i in range(count)]


def _message(
    dice: Random, number: int, at: float, *, undeliverable: bool = False, mails: bool = True
) -> PlannedMessage:
    address = f"yazan.{number:06d}@{REFUSED_DOMAIN if undeliverable else 'example.org'}"
    channel, kind = dice.choice(("form", "api")), dice.choice(KINDS)
    email = address if undeliverable or dice.random() < 0.9 else None
    hide_identity, units = dice.random() < 0.2, tuple(sorted(dice.sample(UNITS, dice.choice((1, 1, 2)))))
    return PlannedMessage(
        number=number,
        at=at,
        channel=channel,
        kind=kind,
        email=email,
        hide_identity=hide_identity,
        units=units,
        with_file=number % WITH_FILE == 0,
        writes_back=mails and number % WRITES_BACK == 1 and email is not None and not undeliverable,
        by_mail=units[:1] if mails and number % BY_MAIL == 2 else (),
    )
