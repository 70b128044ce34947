"""Live news over two real processes of the desk, while one is ended or killed: nothing is missed."""

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import expect

from scripts.eventually import eventually
from scripts.local import ports
from scripts.local.processes import Process
from services.router.cases.store.cases import Cases
from services.router.cases.store.presence import Whereabouts
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import kept, log_in
from tests.stack import Stack

ROOT = Path(__file__).parents[2]
PATIENCE = 60


def replica(stack: Stack, database: Database, name: str, log: Path) -> tuple[Process, str]:
    """A process of the desk, and its address."""
    free = ports.free(["public", "private"])
    keys = {f"KLU_{key.upper()}": value for key, value in example.keys("router").items()}
    env = {
        "PATH": "/usr/bin:/bin",
        "KLU_MONGODB_URL": stack.mongodb_url,
        "KLU_ROUTER_DATABASE": database.mongodb.name,
        "KLU_RABBITMQ_URL": stack.rabbitmq_url,
        "KLU_SECRET_KEY": example.SECRET,
        "KLU_ROUTER_PORT": str(free["public"]),
        "KLU_ROUTER_MANAGEMENT_PORT": str(free["private"]),
        **keys,
    }
    command = [sys.executable, "-m", "services.router"]
    return Process(name, command, env=env, log=log / f"{name}.log", cwd=ROOT), f"http://127.0.0.1:{free['public']}"


@asynccontextmanager
async def stream(client: httpx2.AsyncClient, url: str, last: str = "") -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
    """What a stream tells, with the id of each event as ``id``."""

    async def told(response: httpx2.Response) -> AsyncIterator[dict[str, Any]]:
        known = ""
        async for line in response.aiter_lines():
            name, _, value = line.partition(": ")
            if name == "id":
                known = value
            if name == "data":
                yield {"id": known, **json.loads(value)}

    headers = {"accept": "text/event-stream"} | ({"last-event-id": last} if last else {})
    async with client.stream("GET", f"{url}/live", headers=headers) as response:
        assert (response.status_code, response.headers["cache-control"]) == (200, "no-store")
        yield told(response)


async def until(events: AsyncIterator[dict[str, Any]], case_id: str) -> str:
    """Wait until a stream tells the case. Returns the event's id."""
    async with asyncio.timeout(PATIENCE):
        async for told in events:
            if case_id in told["changed"]:
                return str(told["id"])
    raise AssertionError("the stream ended")


async def test_what_changes_while_a_replica_ends_is_told_by_the_other(
    stack: Stack, database: Database, app: FastAPI, visit: Visit, tmp_path: Path
) -> None:
    await Whereabouts(Cases(database)).prepare()
    cookies = dict((await log_in(visit(app), database)).client.cookies)
    (one, first), (two, second) = (replica(stack, database, name, tmp_path) for name in ("one", "two"))
    one.start()
    two.start()
    try:
        async with httpx2.AsyncClient(cookies=cookies, timeout=PATIENCE) as client:
            for url in (first, second):
                await eventually(lambda url=url: client.get(f"{url}/login"), within=PATIENCE, after=(Exception,))  # type: ignore[misc]
            async with stream(client, first) as here, stream(client, second) as there:
                case = await kept(database, example.case())
                known = await until(here, case.id)
                await until(there, case.id)
                one.send(signal.SIGTERM)
                async with asyncio.timeout(PATIENCE):
                    async for _ in here:  # it ends, and in order, though nothing was asked of it
                        pass
                missed = await kept(database, example.case())
                await until(there, missed.id)
            async with stream(client, second, known) as again:
                assert await until(again, missed.id)
    finally:
        one.stop()
        two.stop()
    told = (tmp_path / "one.log").read_text()
    assert (one.returncode, '"level": "error"' in told) == (-signal.SIGTERM, False), told


@asynccontextmanager
async def in_front_of(*urls: str) -> AsyncIterator[str]:
    """One address for several processes, as a load balancer has: a connection goes to the first that takes it."""
    ends: set[asyncio.StreamWriter] = set()

    async def passed_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await reader.read(65536):
                writer.write(piece)
                await writer.drain()
        writer.close()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for url in urls:
            with suppress(OSError):
                there, back = await asyncio.open_connection("127.0.0.1", int(url.rpartition(":")[2]))
                ends.update((writer, back))
                await asyncio.gather(passed_on(reader, back), passed_on(there, writer))
                return
        writer.close()

    server = await asyncio.start_server(connected, "127.0.0.1", 0)
    yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    server.close()
    for end in ends:
        end.transport.abort()


async def test_the_counts_follow_without_a_reload_though_the_process_that_told_them_is_killed(
    stack: Stack, database: Database, app: FastAPI, visit: Visit, chromium: Chromium, tmp_path: Path
) -> None:
    await Whereabouts(Cases(database)).prepare()
    session = (await log_in(visit(app), database)).client.cookies["session"]
    (one, first), (two, second) = (replica(stack, database, name, tmp_path) for name in ("one", "two"))
    one.start()
    two.start()
    try:
        async with httpx2.AsyncClient(timeout=PATIENCE) as client:
            for url in (first, second):
                await eventually(lambda url=url: client.get(f"{url}/login"), within=PATIENCE, after=(Exception,))  # type: ignore[misc]
        async with in_front_of(first, second) as url:
            context = await chromium.new_context(locale="tr-TR")
            await context.add_cookies([{"name": "session", "value": session, "url": url}])
            page = await context.new_page()
            page.set_default_timeout(PATIENCE * 1000)
            await page.goto(url)
            await page.evaluate("window.unreloaded = true")
            count = page.locator("[data-live-counts] [aria-current=page] .count")
            await kept(database, example.case())
            await expect(count).to_have_text("1", timeout=PATIENCE * 1000)
            one.kill()
            await kept(database, example.case())
            await expect(count).to_have_text("2", timeout=PATIENCE * 1000)
            assert await page.evaluate("window.unreloaded")
            await context.close()
    finally:
        one.stop()
        two.stop()
