"""The procedure while parts of the system are away or die: it completes, and nothing comes twice."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest

from scripts.eventually import eventually
from tests.journeys.conftest import Town, sees
from tests.stack import NotOurs

API = {
    "kind": "request",
    "text": "Kütüphanenin hafta sonu da açık olmasını isterim.",
    "privacy_notice_accepted": True,
}


@pytest.fixture
async def broker_away(town: Town) -> AsyncIterator[None]:
    """RabbitMQ is stopped when the test begins, and there again when it has ended."""
    try:
        await asyncio.to_thread(town.stack.stop_rabbitmq)
    except NotOurs as why:
        pytest.skip(str(why))
    yield
    await asyncio.to_thread(town.stack.start_rabbitmq)
    for process in town.system.services.values():
        process.start()
        await asyncio.to_thread(process.wait_ready)


async def once(town: Town, subject: str, email: str) -> None:
    """One case, one assignment for each unit, one answer: nothing twice."""
    cases = await town.documents("router", "cases", {"subject": subject})
    assignments = await town.documents("replies", "assignments", {"subject": subject})
    letters = await town.mailbox.letters(email)
    assert (len(cases), len(assignments), len(letters)) == (1, 1, 2)
    assert len({letter["message_id"] for letter in letters}) == 2


@pytest.mark.parametrize("away", ["router", "replies", "notifier", "intake"])
async def test_a_service_that_is_away_during_each_step_does_its_part_when_it_is_back(
    town: Town, subject: str, email: str, away: str
) -> None:
    citizen, officer = town.citizen(), await town.officer()

    async def without(doing: object) -> None:
        """Let somebody act while the service is away, if they can, and bring it back."""
        await town.stop(away)
        task = asyncio.ensure_future(doing)  # type: ignore[call-overload]
        await asyncio.wait({task}, timeout=1)
        await town.start(away)
        await task

    await without(citizen.write(subject=subject, email=email))
    case = await officer.case(subject)
    await without(officer.route(case, ["kddb"]))
    secretary = await town.secretary("kddb", subject)
    await without(secretary.reply("Isıtma onarılmıştır."))
    await officer.case(subject, "reply_pending_review")
    await without(officer.approve(case))
    await town.mailbox.letter(email, "", number=2)
    await sees(citizen.status, "Isıtma onarılmıştır.")
    await once(town, subject, email)


async def test_the_form_and_the_api_accept_without_the_broker_and_everything_arrives_afterwards(
    town: Town, subject: str, email: str, broker_away: None
) -> None:
    citizen = town.citizen()
    await citizen.write(subject=subject, email=email)
    async with httpx2.AsyncClient(base_url=town.system.urls["intake"]) as machine:
        accepted = await machine.post("/api/v1/messages", json=API | {"subject": f"API {subject}"})
    assert accepted.status_code == 202
    assert "Alındı" in await citizen.status()

    await asyncio.to_thread(town.stack.start_rabbitmq)
    officer = await town.officer()
    await officer.case(subject)
    await officer.case(f"API {subject}")
    assert citizen.code in (await town.mailbox.letter(email, ""))["text"]
    assert len(await town.mailbox.letters(email)) == 1


async def test_a_message_survives_the_death_of_the_intake_before_its_event_was_published(
    town: Town, subject: str, email: str, broker_away: None
) -> None:
    citizen = town.citizen()
    await citizen.write(subject=subject, email=email)
    town.kill("intake")
    await asyncio.to_thread(town.stack.start_rabbitmq)
    await town.start("intake")
    await (await town.officer()).case(subject)
    await town.mailbox.letter(email, "")
    assert len(await town.documents("router", "cases", {"subject": subject})) == 1


async def test_what_officer_and_unit_did_survives_the_death_of_their_service_before_publication(
    town: Town, subject: str, email: str
) -> None:
    citizen, officer = town.citizen(), await town.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    await town.mailbox.letter(email, "")

    await _killed_while_the_broker_is_away(town, "router", officer.route(case, ["kddb"]))
    secretary = await town.secretary("kddb", subject)
    await secretary.read()
    await _killed_while_the_broker_is_away(town, "replies", secretary.reply("Isıtma onarılmıştır."))
    await officer.case(subject, "reply_pending_review")
    await officer.approve(case)
    await town.mailbox.letter(email, "", number=2)
    await once(town, subject, email)


async def test_a_letter_survives_the_death_of_the_notifier_before_it_was_sent(
    town: Town, subject: str, email: str
) -> None:
    assert town.system.mailbox
    await asyncio.to_thread(town.system.mailbox.stop)
    citizen = town.citizen()
    await citizen.write(subject=subject, email=email)

    async def written() -> bool:
        return bool(await town.documents("notifier", "letters", {"recipient": email, "reason": {"$ne": ""}}))

    await eventually(written)
    town.kill("notifier")
    town.system.mailbox.start()
    await asyncio.to_thread(town.system.mailbox.wait_ready)
    await town.start("notifier")
    await town.mailbox.letter(email, "")
    officer = await town.officer()
    case = await officer.case(subject)
    await sees(lambda: officer.browser.open(case), "Başvuru sahibine alındı bilgisi")


async def _killed_while_the_broker_is_away(town: Town, service: str, doing: object) -> None:
    """Somebody acts and is answered; then the service dies with the event still in its hands."""
    try:
        await asyncio.to_thread(town.stack.stop_rabbitmq)
    except NotOurs as why:
        pytest.skip(str(why))
    try:
        await doing  # type: ignore[misc]
        town.kill(service)
    finally:
        await asyncio.to_thread(town.stack.start_rabbitmq)
    await town.start(service)
