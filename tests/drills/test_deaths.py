"""A service dies before it could publish or send what it has in hand: it goes out once, with the next process."""

import asyncio

from scripts.eventually import eventually
from scripts.people import sees
from tests.journeys.conftest import ChaosSystem
from tests.journeys.killing import finished, whole
from tests.journeys.test_faults import without_broker


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
