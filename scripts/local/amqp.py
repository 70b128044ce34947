"""Whether a RabbitMQ answers for real, and the address a client finds it at."""

import asyncio
import time
from concurrent.futures import ThreadPoolExecutor

import aio_pika

from scripts.local.ports import HOST
from scripts.local.setup_error import SetupError

USER = "klu"
VHOST = "klu"


def url(password: str, port: int, host: str = HOST, user: str = USER) -> str:
    """For a client on this machine."""
    return f"amqp://{user}:{password}@{host}:{port}/{VHOST}"


def wait_for(url: str, seconds: float) -> None:
    """Return once a client can log in; Trouble after so many seconds."""
    deadline = time.monotonic() + seconds
    while not answers(url):
        if time.monotonic() > deadline:
            raise SetupError(f"RabbitMQ did not answer within {seconds:.0f} seconds.")
        time.sleep(0.2)


def answers(url: str) -> bool:
    """Whether a client can log in and finds an exchange: an open port says nothing yet."""
    with ThreadPoolExecutor(max_workers=1) as thread:  # the caller may be inside an event loop
        return thread.submit(asyncio.run, _log_in(url)).result()


async def _log_in(url: str) -> bool:
    try:
        connection = await aio_pika.connect(url, timeout=5)
        async with connection:
            await (await connection.channel()).get_exchange("amq.topic", ensure=True)
    except (aio_pika.exceptions.AMQPException, OSError, TimeoutError):
        return False
    return True
