"""The procedure while services are away at each of its steps: it completes, and nothing comes twice."""

import asyncio
from collections.abc import Awaitable

import pytest

from scripts.local.config import SERVICES
from scripts.people import sees
from tests.journeys.conftest import ChaosSystem
from tests.journeys.killing import finished, whole


@pytest.mark.parametrize("away", SERVICES)
async def test_a_service_that_is_away_during_each_step_does_its_part_when_it_is_back(
    chaos: ChaosSystem, subject: str, email: str, away: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()

    async def without(service: str, doing: Awaitable[object]) -> None:
        """Let somebody act while the service is away, and bring it back; whoever meets it waits for it."""
        await chaos.stop(away)
        if service == away:
            await asyncio.gather(doing, chaos.start(away))
        else:
            await doing
            await chaos.start(away)

    await without("intake", citizen.write(subject=subject, email=email))
    case = await officer.case(subject)
    await without("router", officer.route(case, ["kddb"]))
    secretary = await chaos.secretary("kddb", subject)
    await without("replies", secretary.reply("Isıtma onarılmıştır."))
    await officer.case(subject, "reply_pending_review")
    await without("router", officer.approve(case))
    await chaos.mailbox.letter(email, "", number=2)
    await sees(citizen.status, "Isıtma onarılmıştır.")
    await finished(chaos, subject)
    await whole(chaos, subject, email)


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
