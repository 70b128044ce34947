"""The load counts what was answered as expected, and nothing else."""

import asyncio
from collections.abc import AsyncIterator
from itertools import count

import pytest

from bench.load import Connection, Load, Target, ask, get, hammer, post_form
from scripts.local.setup_error import SetupError


@pytest.fixture
async def server() -> AsyncIterator[str]:
    """Answers 200; every third question on ``/moody`` 503; hangs up after each answer on ``/short``."""
    asked = count(1)

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = next((int(h.split(b":")[1]) for h in head.split(b"\r\n") if h.startswith(b"content-l")), 0)
                body = await reader.readexactly(length)
                status = b"503 no" if b"/moody" in head and next(asked) % 3 == 0 else b"200 OK"
                short = b"connection: close\r\n" if b"/short" in head else b""
                writer.write(b"HTTP/1.1 " + status + b"\r\n" + short + b"content-length: %d\r\n\r\n" % length + body)
                if short:
                    break
        except asyncio.IncompleteReadError:
            pass
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as listening:
        yield f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}"


async def test_a_form_arrives_as_it_was_filled_in(server: str) -> None:
    connection = Connection(server)
    answer = await connection.ask(post_form("/", {"subject": "ısıtma & ışık", "units": ["a", "b"]}))
    connection.close()
    assert (answer.status, answer.body) == (200, b"subject=%C4%B1s%C4%B1tma+%26+%C4%B1%C5%9F%C4%B1k&units=a&units=b")


async def test_a_server_that_hangs_up_is_called_again(server: str) -> None:
    connection = Connection(server)
    assert [(await connection.ask(get("/short"))).status for _ in range(3)] == [200] * 3


async def test_the_answers_of_all_connections_are_counted(server: str) -> None:
    load = await hammer(Target([server], lambda: get("/")), connections=4, seconds=0.3)
    assert load.rate == pytest.approx(len(load.waits) / 0.3)
    assert 0 < load.percentile(50) <= load.percentile(99)


async def test_an_answer_that_was_not_expected_ends_the_run(server: str) -> None:
    with pytest.raises(SetupError, match=r"were not 200: \{503: \d+\}"):
        await hammer(Target([server], lambda: get("/moody")), connections=2, seconds=0.3)


async def test_so_does_a_single_one(server: str) -> None:
    with pytest.raises(SetupError, match="answered 200 where 303 or 404 was expected"):
        await ask(server, get("/"), 303, 404)


def test_no_answers_are_no_figure() -> None:
    with pytest.raises(SetupError, match="Nothing was answered within 5 seconds"):
        Load(5.0, [])
