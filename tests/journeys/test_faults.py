"""RabbitMQ is away or a service dies: what the form accepted arrives afterwards. ``tests/drills`` has more deaths."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import pytest

from tests.journeys.conftest import ChaosSystem
from tests.stack import NotOurs

API = {
    "kind": "request",
    "text": "Kütüphanenin hafta sonu da açık olmasını isterim.",
    "privacy_notice_accepted": True,
}


@pytest.fixture
async def broker_away(chaos: ChaosSystem) -> AsyncIterator[None]:
    """RabbitMQ is stopped when the test begins, and there again when it has ended."""
    async with without_broker(chaos):
        yield


@asynccontextmanager
async def without_broker(chaos: ChaosSystem) -> AsyncIterator[None]:
    """RabbitMQ is away inside the block."""
    try:
        await asyncio.to_thread(chaos.stack.stop_rabbitmq)
    except NotOurs as why:
        pytest.skip(str(why))
    try:
        yield
    finally:
        await asyncio.to_thread(chaos.stack.start_rabbitmq)


async def test_the_form_and_the_api_accept_without_the_broker_and_everything_arrives_afterwards(
    chaos: ChaosSystem, subject: str, email: str, broker_away: None
) -> None:
    citizen = chaos.citizen()
    await citizen.write(subject=subject, email=email)
    async with httpx2.AsyncClient(base_url=chaos.system.urls["intake"]) as machine:
        accepted = await machine.post("/api/v1/messages", json=API | {"subject": f"API {subject}"})
    assert accepted.status_code == 202
    assert "Alındı" in await citizen.status()

    await asyncio.to_thread(chaos.stack.start_rabbitmq)
    officer = await chaos.officer()
    await officer.case(subject)
    await officer.case(f"API {subject}")
    assert citizen.code in (await chaos.mailbox.letter(email, ""))["text"]
    assert len(await chaos.mailbox.letters(email)) == 1


async def test_a_message_survives_the_death_of_the_intake_before_its_event_was_published(
    chaos: ChaosSystem, subject: str, email: str, broker_away: None
) -> None:
    citizen = chaos.citizen()
    await citizen.write(subject=subject, email=email)
    chaos.kill("intake")
    await asyncio.to_thread(chaos.stack.start_rabbitmq)
    await chaos.start("intake")
    await (await chaos.officer()).case(subject)
    await chaos.mailbox.letter(email, "")
    assert len(await chaos.documents("router", "cases", {"subject": subject})) == 1
