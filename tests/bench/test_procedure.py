"""A run of the procedure that did not get through is no figure."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from bench.procedure import Procedure
from scripts.local import ports
from scripts.local.setup_error import SetupError

PAGE = b'<input type="hidden" name="csrf" value="x"><input type="hidden" name="once" value="y">'


class Door:
    """Shows one page whatever is asked for, and takes every form, but tells nobody. ``status``: what a form gets."""

    def __init__(self) -> None:
        self.port = ports.free(["http"])["http"]
        self.status = 303

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                length = head.partition(b"content-length: ")[2].partition(b"\r\n")[0]
                await reader.readexactly(int(length or 0))
                status = self.status if head.startswith(b"POST") else 200
                said = f"HTTP/1.1 {status} x\r\nlocation: /\r\ncontent-length: {len(PAGE)}\r\n\r\n"
                writer.write(said.encode() + PAGE)
        except asyncio.IncompleteReadError:
            writer.close()


@pytest.fixture
async def door() -> AsyncIterator[Door]:
    made = Door()
    async with await asyncio.start_server(made.answer, ports.HOST, made.port):
        yield made


def people(door: Door, *, patience: float) -> Procedure:
    at = [f"http://{ports.HOST}:{door.port}"]
    return Procedure({"intake": at, "router": at, "replies": at}, patience=patience)


async def test_messages_that_are_stuck_end_the_run_with_their_places(door: Door) -> None:
    procedure = people(door, patience=1.0)
    with pytest.raises(SetupError, match=r"within 1\.1 seconds: 3 wait for the (notice|form)"):
        await procedure.through(0.1, concurrency=3)


async def test_so_does_an_open_loop(door: Door) -> None:
    procedure = people(door, patience=0.2)
    with pytest.raises(SetupError, match=r"1 wait for the (notice|form)"):
        await procedure.at_rate(10, 0.1)


async def test_a_form_that_is_refused_ends_the_run(door: Door) -> None:
    door.status = 503
    procedure = people(door, patience=30)
    with pytest.raises(SetupError, match=f"{door.port} answered 503 where 303 was expected"):
        await procedure.at_rate(10, 0.1)
