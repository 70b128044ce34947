"""A real server within limits: heads, slow clients, too many connections. No ingress stands before it."""

import asyncio
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
import uvicorn
from starlette.types import Receive, Scope, Send

from scripts.eventually import eventually
from shared.connections import LARGEST_HEAD, MOST_HEADERS, MOST_WAITING
from shared.serving import Listening, _Quiet
from tests.server import serving

GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
POST = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n"
SHORT: dict[str, Any] = {"head_seconds": 0.4, "body_seconds": 0.4, "answer_seconds": 0.4}


class Door:
    """An application that answers when it is told to."""

    def __init__(self, body: bytes = b"ok") -> None:
        self.body, self.asked, self.open = body, 0, asyncio.Event()
        self.open.set()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.asked += 1
        while (await receive()).get("more_body"):
            pass
        await self.open.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": self.body})


@asynccontextmanager
async def listening(
    app: Any, *, private: bool = False, **different: Any
) -> AsyncIterator[Callable[[], Awaitable[tuple[StreamReader, StreamWriter]]]]:
    """A server with these settings; the function opens a connection to it."""
    opened: list[StreamWriter] = []
    async with serving(app, private=private, **different) as port:

        async def connect() -> tuple[StreamReader, StreamWriter]:
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            opened.append(writer)
            return reader, writer

        yield connect
        for writer in opened:
            writer.transport.abort()


async def _true(value: bool) -> bool:
    return value


async def answer(reader: StreamReader) -> bytes:
    """All that comes until the server closes."""
    try:
        return await asyncio.wait_for(reader.read(), 20)
    except ConnectionResetError:
        return b""


def status(said: bytes) -> int:
    return int(said.split(b" ", 2)[1]) if said else 0


@pytest.mark.parametrize("private", [False, True], ids=["public", "management"])
@pytest.mark.parametrize(
    "head",
    [
        GET + b"a: b\r\n" * (MOST_HEADERS + 1),
        GET + b"a: " + b"x" * (2 * LARGEST_HEAD),
        GET + b"".join(b"%s: y\r\n" % (b"n" * 900) for _ in range(60)),
        b"GET /" + b"x" * (2 * LARGEST_HEAD) + b" HTTP/1.1\r\nHost: x\r\n",
        b"GET / HTTP/1.1\r\n" + b"n" * 1_000_000,
    ],
    ids=["many", "one long value", "many long names", "a long address", "no end of a name"],
)
async def test_a_head_that_is_too_large_is_refused_before_it_is_complete(head: bytes, private: bool) -> None:
    door = Door()
    async with listening(door, private=private) as connect:
        reader, writer = await connect()
        writer.write(head)
        assert status(await answer(reader)) in (431, 0)  # 0: it closed while we were still sending
        assert door.asked == 0


async def test_a_head_of_an_ordinary_browser_passes_byte_by_byte_and_in_one_piece() -> None:
    head = GET + b"".join(b"x-%d: %s\r\n" % (i, b"v" * 300) for i in range(60)) + b"\r\n"
    async with listening(Door()) as connect:
        for size in (7, len(head)):
            reader, writer = await connect()
            for at in range(0, len(head), size):
                writer.write(head[at : at + size])
                await writer.drain()
            assert status(await reader.readuntil(b"\r\n\r\n")) == 200


@pytest.mark.parametrize(
    "sent",
    [b"", b"\r\n", b"GET", GET, GET + b"a: ", POST % 10, POST % 10 + b"123"],
    ids=["nothing", "a blank line", "a method", "a header", "half a header", "no body", "half a body"],
)
@pytest.mark.parametrize("private", [False, True], ids=["public", "management"])
async def test_a_client_that_does_not_go_on_is_cut(sent: bytes, private: bool) -> None:
    async with listening(Door(), private=private, **SHORT) as connect:
        reader, writer = await connect()
        writer.write(sent)
        assert status(await answer(reader)) in (408, 0)


async def test_a_client_that_goes_on_too_slowly_is_cut() -> None:
    async with listening(Door(), **SHORT) as connect:
        reader, writer = await connect()
        writer.write(POST % 1000)
        closed = asyncio.create_task(answer(reader))

        async def cut() -> bool:
            writer.write(b"x")  # a byte at a time gives it 2 ms more
            return closed.done()

        await eventually(cut)
        assert status(await closed) in (408, 0)  # 0: it closed while we were still sending


async def test_a_service_that_takes_its_time_is_waited_for() -> None:
    door = Door()
    door.open.clear()
    async with listening(door, **SHORT) as connect:
        reader, writer = await connect()
        writer.write(GET + b"\r\n" + GET)  # and the begin of a second request, which is late
        slow, slow_writer = await connect()
        slow_writer.write(GET)
        assert status(await answer(slow)) == 408  # so the time is over for both
        door.open.set()
        assert (await answer(reader)).startswith(b"HTTP/1.1 200")


async def test_a_client_that_takes_nothing_of_its_answer_is_cut() -> None:
    door = Door(b"x" * 50_000_000)
    async with listening(door, **SHORT) as connect:
        reader, writer = await connect()
        reader._transport.pause_reading()  # type: ignore[attr-defined]
        writer.write(GET + b"\r\n")
        other, other_writer = await connect()
        other_writer.write(GET)
        await answer(other)
        await eventually(lambda: _closed(writer))
        assert len(await answer(reader)) < len(door.body)


async def _closed(writer: StreamWriter) -> bool:
    writer.write(b"x")
    return writer.transport.is_closing()


async def test_for_one_connection_too_many_the_one_that_has_waited_longest_is_closed() -> None:
    door = Door()
    async with listening(door, max_connections=10) as connect:
        waiting = [await connect() for _ in range(10)]
        reader, writer = await connect()
        writer.write(GET + b"\r\n")
        assert status(await reader.readuntil(b"\r\n\r\n")) == 200
        assert await answer(waiting[0][0]) == b""
        waiting[9][1].write(GET + b"\r\n")
        assert status(await waiting[9][0].readuntil(b"\r\n\r\n")) == 200


async def test_a_request_that_is_being_answered_makes_no_room() -> None:
    door = Door()
    door.open.clear()
    async with listening(door, max_connections=10) as connect:
        busy = [await connect() for _ in range(10)]
        for _, writer in busy:
            writer.write(GET + b"\r\n")
        await eventually(lambda: _true(door.asked == 10))
        refused, _ = await connect()
        assert await answer(refused) == b""
        door.open.set()
        assert {status(await reader.readuntil(b"\r\n\r\n")) for reader, _ in busy} == {200}


async def test_more_requests_at_once_than_the_limit_are_told_to_come_again() -> None:
    door = Door()
    door.open.clear()
    async with listening(door, max_requests=2) as connect:
        working = [await connect() for _ in range(2)]
        for _, writer in working:
            writer.write(GET + b"\r\n")
        await eventually(lambda: _true(door.asked == 2))
        reader, writer = await connect()
        writer.write(GET + b"\r\n")
        assert status(await answer(reader)) == 503
        door.open.set()
        assert {status(await reader.readuntil(b"\r\n\r\n")) for reader, _ in working} == {200}


async def test_who_has_sent_much_may_not_be_silent_for_longer_than_others() -> None:
    async with listening(Door(), **SHORT) as connect:
        reader, writer = await connect()
        writer.write(POST % 60_000 + b"x" * 50_000)
        assert status(await answer(reader)) == 408


async def test_requests_whose_bodies_do_not_come_keep_nobody_out() -> None:
    door = Door()
    async with listening(door, max_requests=2) as connect:
        for _ in range(5):
            _, writer = await connect()
            writer.write(POST % 10 + b"123")
        await eventually(lambda: _true(door.asked == 5))
        reader, writer = await connect()
        writer.write(GET + b"\r\n")
        assert status(await reader.readuntil(b"\r\n\r\n")) == 200


async def test_requests_in_a_row_are_answered_up_to_a_limit() -> None:
    door = Door()
    async with listening(door) as connect:
        reader, writer = await connect()
        writer.write((GET + b"\r\n") * (MOST_WAITING - 1) + GET + b"Connection: close\r\n\r\n")
        assert (await answer(reader)).count(b"HTTP/1.1 200") == MOST_WAITING
        reader, writer = await connect()
        writer.write((GET + b"\r\n") * 5000)
        await answer(reader)
        assert door.asked <= 2 * MOST_WAITING + 2


def test_every_service_listens_within_these_limits() -> None:
    assert issubclass(_Quiet, Listening)
    assert issubclass(Listening, uvicorn.Server)
