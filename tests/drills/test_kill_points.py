"""Real processes are killed at every marked point of their work; the procedure completes, and nothing comes twice."""

from contextlib import suppress

import pytest

from scripts.browser import Refused
from scripts.people import picture, sees
from tests.journeys.conftest import ChaosSystem
from tests.journeys.killing import (
    a_form_is_sent_again,
    a_letter_comes,
    an_event_is_obeyed_once,
    finished,
    killed,
    whole,
)

POINTS = ["before the write", "after the write", "after the publish", "after the clear"]


@pytest.mark.parametrize("point", POINTS)
async def test_a_form_is_sent_again_after_the_intake_died_and_is_one_message(
    chaos: ChaosSystem, subject: str, email: str, point: str
) -> None:
    await a_form_is_sent_again(chaos, subject, email, point)


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
    await an_event_is_obeyed_once(chaos, subject, email, service, event, point)


@pytest.mark.parametrize(("point", "copies"), [("before SMTP", 0), ("after SMTP", 1)])
async def test_a_letter_whose_sender_died_comes_once_with_at_most_one_identical_copy(
    chaos: ChaosSystem, subject: str, email: str, point: str, copies: int
) -> None:
    await a_letter_comes(chaos, subject, email, point, copies)


@pytest.mark.parametrize(
    ("service", "point"),
    [
        *(("intake", point) for point in POINTS),
        ("router", "before the write"),
        ("router", "before the acknowledgement"),
    ],
)
async def test_an_addition_with_a_file_is_one_though_a_service_died(
    chaos: ChaosSystem, subject: str, email: str, service: str, point: str
) -> None:
    citizen, officer, files = chaos.citizen(), await chaos.officer(), [picture()]
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)

    async def add() -> None:
        await citizen.add("follow-ups", text="Üçüncü kat da soğuk.", files=files)

    await killed(chaos, service, point, "message.followed_up", add)
    with suppress(LookupError):  # whoever was answered is on another page
        await citizen.browser.submit(f"/t/{citizen.code}/follow-ups", text="Üçüncü kat da soğuk.", files=files)
    await sees(lambda: officer.browser.open(case), "Üçüncü kat da soğuk.")
    assert (await officer.opens_file(case)).content == await citizen.opens_file()
    (message,) = await chaos.documents("intake", "messages", {"submission.subject": subject})
    (kept,) = await chaos.documents("router", "cases", {"subject": subject})
    assert [len(added["files"]) for added in message["follow_ups"]] == [len(kept["files"])] == [1]
    assert [entry["what"] for entry in kept["timeline"]].count("followed_up") == 1


@pytest.mark.parametrize("point", ["before the write", "before the acknowledgement"])
@pytest.mark.parametrize(("service", "event"), [("intake", "question.asked"), ("router", "question.answered")])
async def test_a_question_and_its_answer_are_one_though_their_consumer_died(
    chaos: ChaosSystem, subject: str, email: str, service: str, event: str, point: str
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)

    async def ask() -> None:
        await officer.ask(case, "Hangi katta?")

    async def answer() -> None:
        await citizen.reply("İkinci katta.")

    if event == "question.asked":
        await killed(chaos, service, point, event, ask)
    else:
        await ask()
    await sees(citizen.status, "Hangi katta?")
    if event == "question.answered":
        await killed(chaos, service, point, event, answer)
    else:
        await answer()
    await sees(lambda: officer.browser.open(case), "İkinci katta.")
    (message,) = await chaos.documents("intake", "messages", {"submission.subject": subject})
    (kept,) = await chaos.documents("router", "cases", {"subject": subject})
    assert [question["answer"] for question in message["questions"]] == ["İkinci katta."]
    assert [question["answer"] for question in kept["questions"]] == ["İkinci katta."]
