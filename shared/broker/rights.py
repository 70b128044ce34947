"""RabbitMQ permissions of each service: no more than its part of the topology needs.

Permissions are regular expressions (https://www.rabbitmq.com/docs/access-control). Topic permissions limit the events
that a service may publish and bind: only the notifier can receive the link in ``assignment.invited``. They are the
second wall: the first is that a consumer accepts only what the owner of its type has signed (``shared.signing``).
"""

import base64
import hashlib
import secrets
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from shared.broker.topology import (
    CONSUMERS,
    EVENTS,
    FORMER,
    PRODUCERS,
    again_name,
    parked_name,
)
from shared.events import Event

NOTHING = "^$"
LONGEST = 1024
"""RabbitMQ 4.3 refuses a longer pattern (``rabbit_re:max_pattern_length``); earlier versions accept any."""
SERVICES = f"({'|'.join(CONSUMERS)})"
"""A pattern for the name of any service."""
EXCHANGE = str(EVENTS.name).replace(".", r"\.")
DESK = "router"
"""It moves the parked events of all services into its database, and sends them back to their queues."""


@dataclass(frozen=True)
class Rights:
    """Of one user: patterns for queues and exchanges; ``says`` (publish) and ``hears`` (bind) for types of events."""

    configure: str = NOTHING
    write: str = NOTHING
    read: str = NOTHING
    says: str = NOTHING
    hears: str = NOTHING


def rights(service: str) -> Rights:
    """Permissions of one service: what begins with its name, ``klu.events``, and its events.

    They cannot keep a service from saying what it may not: whoever may heal the bindings of its own exchanges may also
    bind them to ``klu.events``, and RabbitMQ checks topics of a direct publish alone. So events are signed.
    """
    own, others = _rooms(service), [name for name in CONSUMERS if name != service and service == DESK]
    again, parked = (_any(kind(name) for name in others) for kind in (again_name, parked_name))
    return Rights(
        configure=_either(own),
        write=_either(EXCHANGE, own, again, _work_queues(PRODUCERS[service])),
        read=_either(EXCHANGE, own, parked),
        says=_types(PRODUCERS[service]),
        hears=_types(_heard(service)),
    )


def counter() -> Rights:
    """Permissions of KEDA, which asks how long the work queues are. See ``_work_queues``: it may read no exchange."""
    return Rights(write=_either(rf"{SERVICES}\.(?!again$|parked$|retry\.)[a-z0-9_.]+"))


def reader() -> Rights:
    """Permissions of a backup, which reads all queues. In RabbitMQ, *read* also allows to consume and to purge."""
    return Rights(read=_either(_rooms()))


def restorer() -> Rights:
    """Permissions of a restore, which declares everything and puts events back into their queues."""
    everything = _either(EXCHANGE, _rooms())
    return Rights(everything, everything, everything, hears=_either(r"[a-z_]+\.[a-z_]+"))


def definitions(vhost: str, passwords: Mapping[str, str], given: Mapping[str, Rights], *, admin: str) -> dict[str, Any]:
    """The definitions that a node loads at its start: users, permissions, exchange. ``admin`` may do everything.

    https://www.rabbitmq.com/docs/definitions
    """
    everything = Rights(*[".*"] * 5)
    users = {admin: everything, **given}
    return {
        "vhosts": [{"name": vhost}],
        "users": [
            {
                "name": name,
                "password_hash": _hashed(passwords[name]),
                "hashing_algorithm": "rabbit_password_hashing_sha256",
                "tags": "administrator" if name == admin else "",
            }
            for name in users
        ],
        "permissions": [
            {"user": name, "vhost": vhost, "configure": may.configure, "write": may.write, "read": may.read}
            for name, may in users.items()
        ],
        "topic_permissions": [
            {"user": name, "vhost": vhost, "exchange": EVENTS.name, "write": may.says, "read": may.hears}
            for name, may in users.items()
        ],
        "exchanges": [
            {"name": EVENTS.name, "vhost": vhost, "type": "topic", "durable": True, "auto_delete": False}
            | {"internal": False, "arguments": {}}
        ],
    }


def _hashed(password: str) -> str:
    """Salt of four bytes, then SHA-256 of salt and password (https://www.rabbitmq.com/docs/passwords)."""
    salt = secrets.token_bytes(4)
    return base64.b64encode(salt + hashlib.sha256(salt + password.encode()).digest()).decode()


def _rooms(service: str = SERVICES) -> str:
    """All queues and exchanges of one service, or of all: their names begin with that of the service."""
    return rf"{service}\.[a-z0-9_.e+-]+"


def _work_queues(said: Iterable[type[Event]]) -> str:
    """The queues for these events, for the service that asks whether they exist: RabbitMQ 4.2.7 and 4.3.1 and later
    answer a passive declare for whoever has some right to the queue, older ones to everybody.

    *Write* is the one that takes and deletes nothing: it binds the queue, to exchanges that the user may read.
    """
    return rf"{SERVICES}\.({_grouped(event.queue or event.type for event in said)})"


def _heard(service: str) -> tuple[type[Event], ...]:
    """What a service consumes, and what the version before did, whose processes run for a while beside the new ones."""
    return (*CONSUMERS[service], *FORMER.get(service, ()))


def _types(events: Iterable[type[Event]]) -> str:
    return _either(_grouped(event.type for event in events))


def _grouped(types: Iterable[str]) -> str:
    """A pattern for these types of events, which names each first word once: ``case\\.(answered|closed)``."""
    words = defaultdict[str, list[str]](list)
    for type_ in sorted(set(types)):
        first, _, second = type_.partition(".")
        words[first].append(second)
    return "|".join(rf"{first}\.({'|'.join(of)})" if any(of) else first for first, of in words.items())


def _any(names: Iterable[str]) -> str:
    return "|".join(name.replace(".", r"\.") for name in names)


def _either(*patterns: str) -> str:
    return f"^({'|'.join(pattern for pattern in patterns if pattern)})$"
