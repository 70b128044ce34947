"""Real processes are killed at every marked point of their work; the procedure completes, and nothing comes twice."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx2
import pytest

from scripts.browser import Refused
from scripts.eventually import eventually
from scripts.people import sees
from tests.journeys.conftest import ChaosSystem

POINTS = ["before the write", "after the write", "after the publish", "after the clear"]
Act = Callable[[], Awaitable[object]]


async def killed(chaos: ChaosSystem, service: str, point: str, what: str, act: Act) -> None:
    """Somebody acts while the service dies at this point. They may or may not have been answered."""
    await chaos.stop(service)
    await chaos.start_dying(service, point, what)
    with suppress(httpx2.TransportError):
        await act()
    await chaos.died(service)


async def whole(chaos: ChaosSystem, subject: str, email: str, *, copies: int = 0) -> None:
    """One of everything: message, case, assignment, reply, answer, and each letter with its ``copies`` at most."""
    (message,) = await chaos.documents("intake", "messages", {"submission.subject": subject})
    (case,) = await chaos.documents("router", "cases", {"subject": subject})
    (assignment,) = await chaos.documents("replies", "assignments", {"subject": subject})
    assert message["_id"] == case["_id"] == assignment["message_id"]
    assert [a["id"] for a in case["assignments"]] == [assignment["_id"]]
    assert [len(a["replies"]) for a in (*case["assignments"], assignment)] == [1, 1]
    assert message["answer"] == case["answer"]["text"]
    happened = [entry["what"] for entry in case["timeline"] if entry["what"] != "letter_sent"]
    assert sorted(happened) == ["answered", "replied", "routed", "submitted", "viewed"]
    letters = await chaos.documents("notifier", "letters", {"message_id": message["_id"]})
    assert sorted(letter["template"] for letter in letters) == ["answer", "arrival", "invitation", "notice", "receipt"]
    arrived = await chaos.mailbox.letters(email)
    assert len({letter["message_id"] for letter in arrived}) == 2
    assert 2 <= len(arrived) <= 2 + copies
    assert len({(letter["message_id"], letter["text"], letter["html"]) for letter in arrived}) == 2


async def finished(chaos: ChaosSystem, subject: str) -> None:
    """Wait until everything that was going to happen has happened."""

    async def quiet() -> bool:
        (case,) = await chaos.documents("router", "cases", {"subject": subject})
        sent = [entry for entry in case["timeline"] if entry["what"] == "letter_sent"]
        return case["state"] == "resolved" and len(sent) == 5

    await eventually(quiet, within=90)


async def complete(chaos: ChaosSystem, subject: str, email: str) -> None:
    """The rest of the procedure, with every service well."""
    officer = await chaos.officer()
    await officer.route(await officer.case(subject), ["kddb"])
    secretary = await chaos.secretary("kddb", subject)
    await secretary.reply("Isıtma onarılmıştır.")
    await officer.approve(await officer.case(subject, "reply_pending_review"))
    await chaos.mailbox.letter(email, "", number=2)
    await finished(chaos, subject)


@pytest.mark.parametrize("point", POINTS)
async def test_a_form_is_sent_again_after_the_intake_died_and_is_one_message(
    chaos: ChaosSystem, subject: str, email: str, point: str
) -> None:
    citizen = chaos.citizen()
    await killed(chaos, "intake", point, "message.submitted", lambda: citizen.write(subject=subject, email=email))
    if not citizen.code:
        await citizen.send(subject=subject, email=email)
    assert "Alındı" in await citizen.status()
    await complete(chaos, subject, email)
    await sees(citizen.status, "Isıtma onarılmıştır.")
    await whole(chaos, subject, email)


@pytest.mark.parametrize("point", POINTS)
async def test_officer_and_unit_look_again_after_their_service_died_and_nothing_is_done_twice(
    chaos: ChaosSystem, subject: str, email: str, point: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    await killed(chaos, "router", point, "assignment.requested", lambda: officer.route(case, ["kddb"]))
    with suppress(Refused):
        await officer.route(case, ["kddb"])

    secretary = await chaos.secretary("kddb", subject)
    await secretary.read()
    await killed(chaos, "replies", point, "reply.submitted", lambda: secretary.reply("Isıtma onarılmıştır."))
    with suppress(LookupError):
        await secretary.reply("Isıtma onarılmıştır.")

    await officer.case(subject, "reply_pending_review")
    await killed(chaos, "router", point, "case.answered", lambda: officer.approve(case))
    with suppress(LookupError, Refused):
        await officer.approve(case)
    await chaos.mailbox.letter(email, "", number=2)
    await finished(chaos, subject)
    await sees(citizen.status, "Isıtma onarılmıştır.")
    await whole(chaos, subject, email)


@pytest.mark.parametrize(
    ("service", "event", "point"),
    [
        ("router", "message.submitted", "before the write"),
        ("router", "message.submitted", "before the acknowledgement"),
        ("replies", "assignment.requested", "before the acknowledgement"),
        ("router", "reply.submitted", "before the write"),
        ("router", "reply.submitted", "before the acknowledgement"),
        ("notifier", "case.answered", "before the write"),
        ("notifier", "case.answered", "before the acknowledgement"),
        ("intake", "case.answered", "before the acknowledgement"),
    ],
)
async def test_an_event_whose_consumer_died_is_obeyed_once(
    chaos: ChaosSystem, subject: str, email: str, service: str, event: str, point: str
) -> None:
    await chaos.stop(service)
    await chaos.start_dying(service, point, event)
    citizen = chaos.citizen()
    await citizen.write(subject=subject, email=email)
    if event == "message.submitted":  # it arrives by itself: nobody logs in while the desk is dying
        await chaos.died(service)
        await complete(chaos, subject, email)
    else:
        going_on = asyncio.create_task(complete(chaos, subject, email))
        await chaos.died(service)
        await going_on
    await sees(citizen.status, "Isıtma onarılmıştır.")
    await whole(chaos, subject, email)


@pytest.mark.parametrize(("point", "copies"), [("before SMTP", 0), ("after SMTP", 1)])
async def test_a_letter_whose_sender_died_comes_once_with_at_most_one_identical_copy(
    chaos: ChaosSystem, subject: str, email: str, point: str, copies: int
) -> None:
    await chaos.stop("notifier")
    await chaos.start_dying("notifier", point, f"To: {email}")
    citizen = chaos.citizen()
    await citizen.write(subject=subject, email=email)
    await chaos.died("notifier")
    await complete(chaos, subject, email)
    await whole(chaos, subject, email, copies=copies)
