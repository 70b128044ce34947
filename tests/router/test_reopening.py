"""Opening a finished case again; marking a message as unwanted and back."""

from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser
from services.intake.domain.progress import answer as told_answer
from services.intake.domain.progress import progress
from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import facets
from services.router.cases.domain.parts import Merge
from services.router.cases.domain.reading import distrust, trust
from services.router.cases.domain.reopening import reopen
from services.router.cases.domain.review import close
from services.router.cases.domain.routing import route
from services.router.cases.domain.states import CaseState, ClosureReason
from services.router.cases.store.cases import Cases
from shared.documents import Database
from shared.events import CaseProgressed
from shared.refused import Refused
from tests import examples as example
from tests.router.desk import announced, kept, send, shown

OFFICER, LATER = example.officer(), example.NOW + timedelta(hours=5)


def closed(reason: ClosureReason, case: Case | None = None) -> Case:
    return example.saved(close(case or example.case(), reason=reason, explanation="Çünkü.", by=OFFICER, now=LATER)[0])


async def test_an_answered_case_is_opened_again_and_its_submitter_is_told(officer: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await officer.open(f"/cases/{case.id}/reopening")
    page = await officer.submit(f"/cases/{case.id}/reopening", reason="Onarım bir gün sürdü.")
    opened = await Cases(database).get(case.id)
    (told,) = await announced(database, case.id)
    assert (opened.state, opened.answer) == (CaseState.IN_REVIEW, case.answer)
    assert (told["type"], told["cause"], told["step"]) == ("case.progressed", "reopened", "received")
    assert "Onarım bir gün sürdü." not in str(told)
    assert "The case was opened again." in page


async def test_without_a_reason_nothing_is_opened(officer: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await officer.open(f"/cases/{case.id}/reopening")
    answer = await send(officer, f"/cases/{case.id}/reopening", reason=" ")
    assert (answer.status_code, "Please say why the case is opened again." in shown(answer)) == (422, True)


def test_the_status_page_is_not_at_its_end_any_more() -> None:
    opened, (news,) = reopen(example.answered_case(), reason="Eksik.", by=OFFICER, now=LATER)
    assert isinstance(news, CaseProgressed)
    message = told_answer(example.message(), example.case_answered(answered_at=example.NOW))
    assert (message.done, progress(message, news).done) == (True, False)
    assert opened.closure_reason is None


@pytest.mark.parametrize("reason", [ClosureReason.SPAM, ClosureReason.DUPLICATE, ClosureReason.NO_ACTION_NEEDED])
def test_a_closed_case_that_no_unit_had_waits_for_its_routing(reason: ClosureReason) -> None:
    opened, _ = reopen(closed(reason), reason="Yanlışlıkla.", by=OFFICER, now=LATER)
    assert (opened.state, opened.doubtful) == (CaseState.IN_REVIEW, False)
    sent: dict[str, Any] = {
        "text": "x",
        "note": "",
        "share_identity": False,
        "due_at": LATER,
        "by": OFFICER,
        "now": LATER,
    }
    routed, _ = route(example.saved(opened), [example.LIBRARY], ids=["a"], **sent)
    assert routed.state is CaseState.ROUTED


@pytest.mark.parametrize(
    "case",
    [
        closed(ClosureReason.WITHDRAWN),
        example.case(),
        example.answered_case().model_copy(update={"merge": Merge(into="x", at=LATER, by="Ayşe")}),
    ],
)
def test_what_was_withdrawn_is_open_or_is_merged_is_not_opened(case: Case) -> None:
    with pytest.raises(Refused):
        reopen(case, reason="Eksik.", by=OFFICER, now=LATER)


async def test_a_message_is_marked_as_unwanted_and_back(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}")
    page = await officer.submit(f"/cases/{case.id}/reading")
    doubtful = await Cases(database).get(case.id)
    assert (doubtful.state, doubtful.doubtful, doubtful.timeline[-1].what) == (CaseState.NEW, True, "distrusted")
    assert "view:doubtful" in facets(doubtful)
    assert "view:new" not in facets(doubtful)
    assert "An officer has marked it" in page
    await officer.submit(f"/cases/{case.id}/reading")
    assert "view:new" in facets(await Cases(database).get(case.id))
    assert await announced(database, case.id) == []


def test_a_message_that_was_called_wanted_can_be_marked_again() -> None:
    case = example.case(doubts=("link",))
    wanted = trust(case, by=OFFICER, now=LATER)
    again = distrust(wanted, by=OFFICER, now=LATER)
    assert (wanted.doubtful, again.doubtful, again.doubts) == (False, True, ("link", "officer"))
    assert distrust(again, by=OFFICER, now=LATER) is again


def test_a_case_that_is_worked_on_is_not_unwanted() -> None:
    with pytest.raises(Refused):
        distrust(example.routed_case(), by=OFFICER, now=LATER)
