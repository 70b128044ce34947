"""A service is killed at one point of its work; then the procedure completes, and nothing comes twice."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import httpx2

from scripts.eventually import eventually
from scripts.people import sees
from tests.journeys.conftest import ChaosSystem

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


async def a_form_is_sent_again(chaos: ChaosSystem, subject: str, email: str, point: str) -> None:
    """The intake dies while it takes a message; the citizen sends the form again unless they were answered."""
    citizen = chaos.citizen()
    await killed(chaos, "intake", point, "message.submitted", lambda: citizen.write(subject=subject, email=email))
    if not citizen.code:
        await citizen.send(subject=subject, email=email)
    assert "Alındı" in await citizen.status()
    await complete(chaos, subject, email)
    await sees(citizen.status, "Isıtma onarılmıştır.")
    await whole(chaos, subject, email)


async def an_event_is_obeyed_once(
    chaos: ChaosSystem, subject: str, email: str, service: str, event: str, point: str
) -> None:
    """A consumer dies with an event in hand."""
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


async def a_letter_comes(chaos: ChaosSystem, subject: str, email: str, point: str, copies: int) -> None:
    """The notifier dies with a letter in hand; the person gets it, and so many identical copies at most."""
    await chaos.stop("notifier")
    await chaos.start_dying("notifier", point, f"To: {email}")
    citizen = chaos.citizen()
    await citizen.write(subject=subject, email=email)
    await chaos.died("notifier")
    await complete(chaos, subject, email)
    await whole(chaos, subject, email, copies=copies)
