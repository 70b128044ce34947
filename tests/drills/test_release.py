"""The desk is killed while an answer can be taken back: the answer goes out once, after that time, or never."""

import pytest

from scripts.eventually import eventually
from scripts.people import sees
from shared.clock import utc_now
from tests.journeys.conftest import ChaosSystem
from tests.journeys.killing import finished, whole


@pytest.mark.parametrize("taken_back", [False, True], ids=["left alone", "taken back"])
async def test_an_answer_whose_desk_was_killed_goes_out_once_and_one_that_was_taken_back_does_not(
    chaos: ChaosSystem, subject: str, email: str, taken_back: bool
) -> None:
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email)
    case = await officer.case(subject)
    await officer.route(case, ["kddb"])
    await (await chaos.secretary("kddb", subject)).reply("Isıtma onarılmıştır.")
    await officer.case(subject, "reply_pending_review")
    await chaos.stop("router")
    await chaos.start("router", KLU_UNDO_SECONDS="6")
    await officer.approve(case)
    if taken_back:
        await officer.browser.open(case)
        await officer.browser.submit(f"{case}/release")
    chaos.kill("router")
    (kept,) = await chaos.documents("router", "cases", {"subject": subject})
    assert kept["state"] == "reply_pending_review"
    assert "case.answered" not in [entry["type"] for entry in kept["outbox"]]
    await chaos.start("router")
    if taken_back:
        await eventually(lambda: after(kept["release"]["at"].timestamp()))
        await officer.approve(case)
    await finished(chaos, subject)
    await sees(citizen.status, "Isıtma onarılmıştır.")
    if not taken_back:
        await whole(chaos, subject, email)
    letters = await chaos.documents("notifier", "letters", {"message_id": kept["_id"], "template": "answer"})
    assert len(letters) == 1


async def after(at: float) -> bool:
    """Whether this time, by which the answer would have gone out, is over for long enough to see it."""
    return utc_now().timestamp() > at + 3
