"""Helpers for commands: the database, and a message instead of a traceback when a store is away."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from services.router.config import Settings
from shared.broker.parking import BrokerAway
from shared.config import load
from shared.documents import AWAY, Database, left_to_the_sweep

T = TypeVar("T")


def database() -> Database:
    """The router's database, for a command."""
    return Database.of("router", load(Settings), on_outbox=left_to_the_sweep)


def done(work: Coroutine[Any, Any, T]) -> T:
    """Run the work and return its result. Exits with a message when a store is away."""
    try:
        return asyncio.run(work)
    except AWAY:
        raise SystemExit("MongoDB does not answer; please check KLU_MONGODB_URL.") from None
    except BrokerAway:
        raise SystemExit("RabbitMQ does not answer; please check KLU_RABBITMQ_URL.") from None
