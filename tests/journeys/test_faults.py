"""The procedure while parts of the system are away or die: it completes, and nothing comes twice."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager

import httpx2
import pytest

from scripts.eventually import eventually
from scripts.local.config import SERVICES
from scripts.people import sees
from tests.journeys.conftest import ChaosSystem
from tests.journeys.killing import finished, whole
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


async def test_three_services_that_are_away_during_each_step_do_their_parts_when_they_are_back(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()

    async def alone(service: str, doing: Awaitable[object]) -> None:
        """Let somebody act while all services but the one they meet are away, and bring those back."""
        others = [name for name in SERVICES if name != service]
        await chaos.stop(*others)
        await doing
        await chaos.start(*others)

    await alone("intake", citizen.write(subject=subject, email=email))
    case = await officer.case(subject)
    await alone("router", officer.route(case, ["kddb"]))
    secretary = await chaos.secretary("kddb", subject)
    await alone("replies", secretary.reply("Isıtma onarılmıştır."))
    await officer.case(subject, "reply_pending_review")
    await alone("router", officer.approve(case))
    await chaos.mailbox.letter(email, "", number=2)
    await sees(citizen.status, "Isıtma onarılmıştır.")
    await finished(chaos, subject)
    await whole(chaos, subject, email)


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


async def test_what_officer_and_unit_did_survives_the_death_of_their_service_before_publication(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    await chaos.mailbox.letter(email, "")

    async with without_broker(chaos):
        await officer.route(case, ["kddb"])
        chaos.kill("router")
    await chaos.start("router")
    secretary = await chaos.secretary("kddb", subject)
    await secretary.read()
    async with without_broker(chaos):
        await secretary.reply("Isıtma onarılmıştır.")
        chaos.kill("replies")
    await chaos.start("replies")
    await officer.case(subject, "reply_pending_review")
    await officer.approve(case)
    await chaos.mailbox.letter(email, "", number=2)
    await finished(chaos, subject)
    await whole(chaos, subject, email)


async def test_a_letter_survives_the_death_of_the_notifier_before_it_was_sent(
    chaos: ChaosSystem, subject: str, email: str
) -> None:
    assert chaos.system.mailbox
    await asyncio.to_thread(chaos.system.mailbox.stop)
    citizen = chaos.citizen()
    await citizen.write(subject=subject, email=email)

    async def written() -> bool:
        return bool(await chaos.documents("notifier", "letters", {"recipient": email, "reason": {"$ne": ""}}))

    await eventually(written)
    chaos.kill("notifier")
    chaos.system.mailbox.start()
    await asyncio.to_thread(chaos.system.mailbox.wait_ready)
    await chaos.start("notifier")
    await chaos.mailbox.letter(email, "")
    officer = await chaos.officer()
    case = await officer.case(subject)
    await sees(lambda: officer.browser.open(case), "Başvuru sahibine alındı bilgisi")
