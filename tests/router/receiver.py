"""A system that receives webhooks, on 127.0.0.1. Each answer is chosen by the test."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Any

from standardwebhooks import Webhook as Verifier

from services.router.webhooks.domain.webhook import Webhook
from services.router.webhooks.store import Webhooks
from shared.documents import Database
from shared.seal import Seal
from tests import examples as example

SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
LOCAL = ("127.0.0.0/8",)
"""What a desk has to allow, for it to reach the receiver."""


class Receiver:
    """What was received: ``requests`` has head and body of each. ``answers`` is the status of each path; 200 else.

    A path with the status 0 never gets an answer, one of ``endless`` these bytes again and again.
    """

    def __init__(self, port: int) -> None:
        self.port, self.requests = port, list[tuple[str, dict[str, str], bytes]]()
        self.answers: dict[str, int] = {}
        self.endless: dict[str, bytes] = {}

    def url(self, path: str = "/hook") -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.port}{path}"

    def received(self, path: str = "/hook", secret: str = SECRET) -> list[Any]:
        """The bodies that this path got, each verified by the specification's own library."""
        verifier = Verifier(secret)
        return [verifier.verify(body, head) for where, head, body in self.requests if where == path]

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Read one request, and answer as the test has said."""
        first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().strip().split("\r\n")
        path = first.split()[1]
        head = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(head["content-length"]))
        self.requests.append((path, head, body))
        status = self.answers.get(path, 200)
        if path in self.endless:
            with suppress(ConnectionError):
                while not writer.is_closing():
                    writer.write(self.endless[path])
                    await writer.drain()
        elif status:
            elsewhere = f"Location: {self.url('/elsewhere')}\r\n" if 300 <= status < 400 else ""
            writer.write(f"HTTP/1.1 {status} X\r\n{elsewhere}Content-Length: 5\r\n\r\nhello".encode())
            await writer.drain()
            writer.close()
        else:
            await reader.read()  # until the other side has had enough
            writer.close()


@asynccontextmanager
async def receiving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Receiver]:
    """A receiver that runs meanwhile."""
    receiver = Receiver(0)
    async with await asyncio.start_server(receiver.answer, "127.0.0.1", 0, ssl=tls) as server:
        receiver.port = server.sockets[0].getsockname()[1]
        yield receiver


def webhooks_of(database: Database) -> Webhooks:
    """The store, with the key of the desk."""
    return Webhooks(
        Database(database.mongodb, source="router", seal=Seal(example.SECRET), on_outbox=database.on_outbox)
    )


async def hook(database: Database, url: str, **different: Any) -> Webhook:
    """A webhook with the known secret."""
    webhooks = webhooks_of(database)
    given: dict[str, Any] = {
        "id": "wh1",
        "name": "Ana Sistem",
        "url": url,
        "happenings": ("opened", "answered", "closed"),
    }
    given |= {"secret": webhooks.closed(SECRET), "created_at": example.NOW}
    made = Webhook.model_validate(given | different)
    await webhooks.add(made)
    return made
