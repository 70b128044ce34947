"""The procedure while parts of the system are away or die: it completes, and nothing comes twice."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from scripts.eventually import eventually
from scripts.people import sees
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
    try:
        await asyncio.to_thread(chaos.stack.stop_rabbitmq)
    except NotOurs as why:
        pytest.skip(str(why))
    yield
    await asyncio.to_thread(chaos.stack.start_rabbitmq)
    for process in chaos.system.services.values():
        process.start()
        await asyncio.to_thread(process.wait_ready)


async def once(chaos: ChaosSystem, subject: str, email: str) -> None:
    """One case, one assignment for each unit, one answer: nothing twice."""
    cases = await chaos.documents("router", "cases", {"subject": subject})
    assignments = await chaos.documents("replies", "assignments", {"subject": subject})
    letters = await chaos.mailbox.letters(email)
    assert (len(cases), len(assignments), len(letters)) == (1, 1, 2)
    assert len({letter["message_id"] for letter in letters}) == 2


@pytest.mark.parametrize("away", ["router", "replies", "notifier", "intake"])
async def test_a_service_that_is_away_during_each_step_does_its_part_when_it_is_back(
    chaos: ChaosSystem, subject: str, email: str, away: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()

    async def without(doing: object) -> None:
        """Let somebody act while the service is away, if they can, and bring it back."""
        await chaos.stop(away)
        task = asyncio.ensure_future(doing)  # type: ignore[call-overload]
        await asyncio.wait({task}, timeout=1)
        await chaos.start(away)
        await task

    await without(citizen.write(subject=subject, email=email))
    case = await officer.case(subject)
    await without(officer.route(case, ["kddb"]))
    secretary = await chaos.secretary("kddb", subject)
    await without(secretary.reply("Isıtma onarılmıştır."))
    await officer.case(subject, "reply_pending_review")
    await without(officer.approve(case))
    await chaos.mailbox.letter(email, "", number=2)
    await sees(citizen.status, "Isıtma onarılmıştır.")
    await once(chaos, subject, email)


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

    await _killed_while_the_broker_is_away(chaos, "router", officer.route(case, ["kddb"]))
    secretary = await chaos.secretary("kddb", subject)
    await secretary.read()
    await _killed_while_the_broker_is_away(chaos, "replies", secretary.reply("Isıtma onarılmıştır."))
    await officer.case(subject, "reply_pending_review")
    await officer.approve(case)
    await chaos.mailbox.letter(email, "", number=2)
    await once(chaos, subject, email)


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


async def _killed_while_the_broker_is_away(chaos: ChaosSystem, service: str, doing: object) -> None:
    """Somebody acts and is answered; then the service dies with the event still in its hands."""
    try:
        await asyncio.to_thread(chaos.stack.stop_rabbitmq)
    except NotOurs as why:
        pytest.skip(str(why))
    try:
        await doing  # type: ignore[misc]
        chaos.kill(service)
    finally:
        await asyncio.to_thread(chaos.stack.start_rabbitmq)
    await chaos.start(service)
