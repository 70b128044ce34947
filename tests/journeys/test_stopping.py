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
from tests.journeys.conftest import Town
from tests.line import Line

API = {"kind": "request", "text": "Kütüphane hafta sonu da açık olsun.", "privacy_notice_accepted": True}


@pytest.fixture
async def line(town: Town, request: pytest.FixtureRequest) -> AsyncIterator[Line]:
    """A line to MongoDB, RabbitMQ or the mail server, and the service whose test it is behind it."""
    service, variable = request.param
    url = town.system.env_for(service)[variable]
    (free,) = ports.free(["line"]).values()
    made = Line(free, urlsplit(url).port or 0)
    await made.open()
    await town.stop(service)
    await town.start(service, **{variable: url.replace(f":{urlsplit(url).port}", f":{free}")})
    yield made
    await town.stop(service)
    await made.cut()
    await town.start(service)


async def stopped(town: Town, service: str) -> None:
    """It ends by SIGTERM; what is still there after 30 seconds is killed, and that would be seen."""
    await town.stop(service)
    assert town.system.services[service].returncode == -signal.SIGTERM


@pytest.mark.parametrize("service", config.SERVICES)
async def test_a_service_with_nothing_to_do_ends(town: Town, service: str) -> None:
    await stopped(town, service)
    await town.start(service)


@pytest.mark.parametrize("line", [("router", "KLU_MONGODB_URL"), ("router", "KLU_RABBITMQ_URL")], indirect=True)
async def test_what_waits_for_a_frozen_dependency_is_handed_back_and_done_by_the_next_process(
    town: Town, subject: str, email: str, line: Line
) -> None:
    line.freeze()
    await town.citizen().write(subject=subject, email=email)
    await town.mailbox.letter(email, "")
    await stopped(town, "router")
    line.thaw()
    await town.start("router")
    await (await town.officer()).case(subject)
    assert len(await town.documents("router", "cases", {"subject": subject})) == 1


@pytest.mark.parametrize("line", [("notifier", "KLU_SMTP_URL")], indirect=True)
async def test_a_letter_the_mail_server_is_just_taking_is_finished_and_recorded(
    town: Town, subject: str, email: str, line: Line
) -> None:
    line.freeze()
    await town.citizen().write(subject=subject, email=email)
    await claimed(town, email)
    notifier = town.system.services["notifier"]
    before = notifier.log.read_text().count("stopping")
    notifier.terminate()

    async def stopping() -> bool:
        return notifier.log.read_text().count("stopping") > before

    await eventually(stopping)
    line.thaw()
    await stopped(town, "notifier")
    (letter,) = await town.documents("notifier", "letters", {"recipient": email})
    assert (letter["state"], letter["attempts"], len(await town.mailbox.letters(email))) == ("sent", 1, 1)


@pytest.mark.parametrize("line", [("notifier", "KLU_SMTP_URL")], indirect=True)
async def test_a_letter_the_mail_server_does_not_take_leaves_with_the_next_process(
    town: Town, subject: str, email: str, line: Line
) -> None:
    line.freeze()
    await town.citizen().write(subject=subject, email=email)
    await claimed(town, email)
    await stopped(town, "notifier")
    line.thaw()
    await town.start("notifier")
    await town.mailbox.letter(email, "")


async def test_rolling_restarts_under_load_lose_nothing_and_refuse_nobody(town: Town) -> None:
    accepted: list[str] = []
    marker, over = uuid4().hex, asyncio.Event()

    async def write() -> None:
        async with httpx2.AsyncClient(base_url=town.system.urls["intake"], timeout=30) as client:
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
        await stopped(town, service)
        await town.start(service)
    over.set()
    await writing

    async def all_there() -> bool:
        return len(await town.documents("router", "cases", {"subject": {"$regex": marker}})) >= len(accepted)

    await eventually(all_there, within=60)
    cases = await town.documents("router", "cases", {"subject": {"$regex": marker}})
    assert len(cases) == len(set(accepted)) == len({case["subject"] for case in cases}) > 20


async def claimed(town: Town, email: str) -> None:
    """Wait until the notifier has taken the receipt in hand."""

    async def taken() -> bool:
        return bool(await town.documents("notifier", "letters", {"recipient": email, "attempts": 1}))

    await eventually(taken)
