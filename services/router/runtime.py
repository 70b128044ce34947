"""What every command needs: the database, and a sentence instead of a traceback when something is away."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from services.router.config import Settings
from shared.broker.parking import BrokerAway
from shared.config import load
from shared.documents import AWAY, Database, left_to_the_sweep

T = TypeVar("T")


def database() -> Database:
    """The router's own."""
    return Database.of("router", load(Settings), on_outbox=left_to_the_sweep)


def done(work: Coroutine[Any, Any, T]) -> T:
    """What the work returns, or the end of the program with a sentence."""
    try:
        return asyncio.run(work)
    except AWAY:
        raise SystemExit("MongoDB does not answer; please check KLU_MONGODB_URL.") from None
    except BrokerAway:
        raise SystemExit("RabbitMQ does not answer; please check KLU_RABBITMQ_URL.") from None
