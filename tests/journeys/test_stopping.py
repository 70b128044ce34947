"""SIGTERM: a service takes no more work, finishes or hands back what it has in hand, and is gone within 30 seconds."""

import asyncio
import signal
from collections.abc import AsyncIterator
from urllib.parse import urlsplit
from uuid import uuid4

import httpx2
import pytest

from scripts.eventually import eventually
from scripts.local import config, ports
from tests.journeys.conftest import ChaosSystem
from tests.tcp_proxy import TcpProxy

API = {"kind": "request", "text": "Kütüphane hafta sonu da açık olsun.", "privacy_notice_accepted": True}


@pytest.fixture
async def proxy(chaos: ChaosSystem, request: pytest.FixtureRequest) -> AsyncIterator[TcpProxy]:
    """A line to MongoDB, RabbitMQ or the mail server, and the service whose test it is behind it."""
    service, variable = request.param
    url = chaos.system.env_for(service)[variable]
    (free,) = ports.free(["proxy"]).values()
    made = TcpProxy(free, urlsplit(url).port or 0)
    await made.open()
    await chaos.stop(service)
    await chaos.start(service, **{variable: url.replace(f":{urlsplit(url).port}", f":{free}")})
    yield made
    await chaos.stop(service)
    await made.cut()
    await chaos.start(service)


async def stopped(chaos: ChaosSystem, service: str) -> None:
    """It ends by SIGTERM; what is still there after 30 seconds is killed, and that would be seen."""
    await chaos.stop(service)
    assert chaos.system.services[service].returncode == -signal.SIGTERM


@pytest.mark.parametrize("service", config.SERVICES)
async def test_a_service_with_nothing_to_do_ends(chaos: ChaosSystem, service: str) -> None:
    await stopped(chaos, service)
    await chaos.start(service)


@pytest.mark.parametrize("proxy", [("router", "KLU_MONGODB_URL"), ("router", "KLU_RABBITMQ_URL")], indirect=True)
async def test_what_waits_for_a_frozen_dependency_is_handed_back_and_done_by_the_next_process(
    chaos: ChaosSystem, subject: str, email: str, proxy: TcpProxy
) -> None:
    proxy.freeze()
    await chaos.citizen().write(subject=subject, email=email)
    await chaos.mailbox.letter(email, "")
    await stopped(chaos, "router")
    proxy.thaw()
    await chaos.start("router")
    await (await chaos.officer()).case(subject)
    assert len(await chaos.documents("router", "cases", {"subject": subject})) == 1


@pytest.mark.parametrize("proxy", [("notifier", "KLU_SMTP_URL")], indirect=True)
async def test_a_letter_the_mail_server_is_just_taking_is_finished_and_recorded(
    chaos: ChaosSystem, subject: str, email: str, proxy: TcpProxy
) -> None:
    proxy.freeze()
    await chaos.citizen().write(subject=subject, email=email)
    await claimed(chaos, email)
    notifier = chaos.system.services["notifier"]
    before = notifier.log.read_text().count("stopping")
    notifier.terminate()

    async def stopping() -> bool:
        return notifier.log.read_text().count("stopping") > before

    await eventually(stopping)
    proxy.thaw()
    await stopped(chaos, "notifier")
    (letter,) = await chaos.documents("notifier", "letters", {"recipient": email})
    assert (letter["state"], letter["attempts"], len(await chaos.mailbox.letters(email))) == ("sent", 1, 1)


@pytest.mark.parametrize("proxy", [("notifier", "KLU_SMTP_URL")], indirect=True)
async def test_a_letter_the_mail_server_does_not_take_leaves_with_the_next_process(
    chaos: ChaosSystem, subject: str, email: str, proxy: TcpProxy
) -> None:
    proxy.freeze()
    await chaos.citizen().write(subject=subject, email=email)
    await claimed(chaos, email)
    await stopped(chaos, "notifier")
    proxy.thaw()
    await chaos.start("notifier")
    await chaos.mailbox.letter(email, "")


async def test_rolling_restarts_under_load_lose_nothing_and_refuse_nobody(chaos: ChaosSystem) -> None:
    accepted: list[str] = []
    marker, over = uuid4().hex, asyncio.Event()

    async def write() -> None:
        async with httpx2.AsyncClient(base_url=chaos.system.urls["intake"], timeout=30) as client:
            while not over.is_set():
                key = {"Idempotency-Key": f"{marker}-{len(accepted)}"}
                body = API | {"subject": f"{marker} {len(accepted)}"}
                try:
                    answer = await client.post("/api/v1/messages", json=body, headers=key)
                except httpx2.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                assert answer.status_code == 202, answer.text
                accepted.append(answer.json()["tracking_code"])
                await asyncio.sleep(0.02)

    writing = asyncio.create_task(write())
    for service in config.SERVICES:
        await stopped(chaos, service)
        await chaos.start(service)
    over.set()
    await writing

    async def all_there() -> bool:
        return len(await chaos.documents("router", "cases", {"subject": {"$regex": marker}})) >= len(accepted)

    await eventually(all_there, within=60)
    cases = await chaos.documents("router", "cases", {"subject": {"$regex": marker}})
    assert len(cases) == len(set(accepted)) == len({case["subject"] for case in cases}) > 20


async def claimed(chaos: ChaosSystem, email: str) -> None:
    """Wait until the notifier has taken the receipt in hand."""

    async def taken() -> bool:
        return bool(await chaos.documents("notifier", "letters", {"recipient": email, "attempts": 1}))

    await eventually(taken)
