"""Readiness: probed by real round trips, one at a time; a good result is kept for 3 s."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest
from prometheus_client import CollectorRegistry
from starlette.applications import Starlette

from scripts.eventually import eventually
from scripts.local import ports
from shared import health
from tests.conftest import Broker, Make, listening
from tests.stack import Stack
from tests.tcp_proxy import TcpProxy


class Dependency:
    """Answers when the test lets it; counts the probes, and the concurrent ones."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.answers.set()
        self.wrong: Exception | None = None
        self.asked = self.now = self.most = 0

    async def __call__(self) -> None:
        self.asked, self.now = self.asked + 1, self.now + 1
        self.most = max(self.most, self.now)
        try:
            await self.answers.wait()
        finally:
            self.now -= 1
        if self.wrong:
            raise self.wrong


@pytest.fixture
def dependency(monkeypatch: pytest.MonkeyPatch) -> Dependency:
    monkeypatch.setattr(health, "PATIENCE", 0.05)
    monkeypatch.setattr(health, "FRESH", 0.3)
    return Dependency()


@pytest.fixture
async def client(dependency: Dependency) -> AsyncIterator[httpx2.AsyncClient]:
    app = health.management(
        ended=list, stuck=list, probes={"it": dependency}, needed=["it"], registry=CollectorRegistry()
    )
    async with opened(app) as found:
        yield found


def opened(app: Starlette) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://management")


async def state(client: httpx2.AsyncClient, of: str = "it") -> str:
    return str((await client.get("/readyz")).json()["dependencies"][of])


async def test_many_who_ask_at_once_share_one_probe(client: httpx2.AsyncClient, dependency: Dependency) -> None:
    assert await asyncio.gather(*(state(client) for _ in range(20))) == 20 * ["ok"]
    assert await state(client) == "ok"
    assert (dependency.asked, dependency.most) == (1, 1)


async def test_a_probe_that_outlives_the_answer_goes_on_and_counts_for_the_next(
    client: httpx2.AsyncClient, dependency: Dependency
) -> None:
    dependency.answers.clear()
    assert [await state(client) for _ in range(3)] == 3 * ["no answer"]
    dependency.answers.set()

    async def answered() -> bool:
        return not dependency.now

    await eventually(answered)
    dependency.answers.clear()
    assert await state(client) == "ok"
    assert dependency.most == 1


async def test_what_was_good_is_asked_for_again_after_a_while(
    client: httpx2.AsyncClient, dependency: Dependency
) -> None:
    assert await state(client) == "ok"
    dependency.answers.clear()
    await eventually(lambda: _is(client, "no answer"))


async def test_what_was_wrong_is_asked_about_anew(client: httpx2.AsyncClient, dependency: Dependency) -> None:
    dependency.wrong = ConnectionError()
    assert (await client.get("/readyz")).status_code == 503
    assert await state(client) == "ConnectionError"
    dependency.wrong = None
    assert await state(client) == "ok"


async def test_a_probe_that_never_ends_is_given_up(
    client: httpx2.AsyncClient, dependency: Dependency, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "TIMEOUT", 0.1)
    dependency.answers.clear()
    assert await state(client) == "no answer"

    async def asked_again() -> bool:
        return await state(client) == "no answer" and dependency.asked >= 2

    await eventually(asked_again)
    assert dependency.most == 1


async def test_a_frozen_broker_is_noticed_and_so_is_its_thaw(
    make: Make, broker: Broker, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH", 0.5)
    url = urlsplit(stack.rabbitmq_url)
    (port,) = ports.free(["amqp"]).values()
    proxy = TcpProxy(port, url.port or 0)
    await proxy.open()
    through = url._replace(netloc=f"{url.username}:{url.password}@{ports.HOST}:{port}").geturl()
    app = make("notifier", rabbitmq_url=through)
    async with listening(app), opened(app.state.management) as client:
        await eventually(lambda: _is(client, "ok", "rabbitmq"))
        proxy.freeze()
        await eventually(lambda: _is(client, "no answer", "rabbitmq"))
        assert (await client.get("/readyz")).status_code == 503
        proxy.thaw()
        await eventually(lambda: _is(client, "ok", "rabbitmq"))
    await proxy.cut()


async def test_readiness_opens_one_channel_however_often_it_is_asked_for(
    make: Make, broker: Broker, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "FRESH", 0.0)
    app = make("notifier")
    async with listening(app) as service, opened(app.state.management) as client:
        await eventually(lambda: _is(client, "ok", "rabbitmq"))
        connection = await service.broker.connect()
        open_channel, channels = connection.channel, 0

        def count(*arguments: Any, **named: Any) -> Any:
            nonlocal channels
            channels += 1
            return open_channel(*arguments, **named)

        monkeypatch.setattr(connection, "channel", count)
        assert {await state(client, "rabbitmq") for _ in range(20)} == {"ok"}
        assert channels == 0


async def _is(client: httpx2.AsyncClient, expected: str, of: str = "it") -> bool:
    return await state(client, of) == expected
