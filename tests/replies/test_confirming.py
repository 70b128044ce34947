"""The page between writing and sending, the promise, and two people on one link."""

from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser, text_of
from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.links import token
from services.replies.domain.writing import keep_draft
from services.replies.store import Assignments
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted

TOMORROW = str((utc_now() + timedelta(days=2)).date())


@pytest.fixture
async def unit(make: Make, visit: Visit, database: Database) -> Browser:
    await Assignments(database).prepare()
    return visit(make("replies"))


async def link(database: Database, assignment: Assignment | None = None) -> str:
    made = assignment or example.units_assignment()
    await Assignments(database).add(made)
    return f"/a/{token(example.SECRET, made.id)}"


async def document(database: Database) -> dict[str, Any]:
    (found,) = await database["assignments"].find().to_list(None)
    return found


async def test_what_will_be_sent_is_shown_first_and_is_a_draft(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    answer = await send(unit, f"{path}/reply", **example.REPLY_FORM | {"step": "preview", "promised_on": TOMORROW})
    page = text_of(answer.text)
    for said in (
        "Henüz hiçbir şey gönderilmemiştir",
        "Isıtma sistemi onarılmıştır.",
        "Fatma Şahin",
        "Tamamlanma tarihi",
    ):
        assert said in page
    assert "no-store" not in answer.headers["cache-control"]
    kept = await document(database)
    assert (kept["state"], kept["draft"]["text"]) == (AssignmentState.INVITED, "Isıtma sistemi onarılmıştır.")
    await unit.submit(f"{path}/reply", step="send")
    kept = await document(database)
    assert kept["state"] == AssignmentState.REPLIED
    told = example.unpublished_data(example.told(kept)[-1])
    assert told["promised_at"]
    assert "Tamamlanma tarihi" in unit.html


async def test_going_back_loses_nothing(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    await send(unit, f"{path}/reply", **example.REPLY_FORM | {"step": "preview", "promised_on": TOMORROW})
    answer = await send(unit, f"{path}/reply", step="edit")
    assert answer.status_code == 200
    again = submitted(unit, f"{path}/reply")
    expected = example.REPLY_FORM | {"promised_on": TOMORROW}
    assert {name: again[name] for name in expected} == expected
    assert (await document(database))["replies"] == []


async def test_changing_the_language_shows_the_same_page_again(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    await send(unit, f"{path}/reply", **example.REPLY_FORM | {"step": "preview"})
    answer = await send(unit, f"{path}/reply", by_way_of=f"{path}/reply?lang=en", switch="en")
    assert "Please check your reply" in answer.text
    assert (await document(database))["replies"] == []


async def test_who_has_not_typed_the_check_does_not_come_to_the_page(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    before = await document(database)
    for step in ("preview", "edit", "take", "send"):
        answer = await send(unit, f"{path}/reply", **example.REPLY_FORM | {"step": step, "check": ""})
        assert answer.status_code == 422
    assert await document(database) == before


async def test_a_promise_is_kept_in_the_draft(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    saved = {"text": "Yazıyorum", "check": "7KX4", "promised_on": TOMORROW}
    await send(unit, f"{path}/reply", by_way_of=f"{path}/draft", **saved)
    assert submitted(unit, f"{path}/reply")["promised_on"] == TOMORROW


async def test_what_is_for_information_has_no_form(unit: Browser, database: Database) -> None:
    path = await link(database, example.units_assignment(reply_expected=False, due_at=None))
    page = await unit.open(path)
    assert "Herhangi bir işlem yapmanız gerekmemektedir." in page
    assert "<form" not in unit.html.partition("<main")[2]


async def test_the_other_text_can_be_taken_and_the_own_one_stays_beside(unit: Browser, database: Database) -> None:
    path = await link(database)
    mine, theirs = unit.tab(), unit.tab()
    await mine.open(path)
    await theirs.open(path)
    await send(theirs, f"{path}/reply", by_way_of=f"{path}/draft", text="Ayşe'nin metni", by="Ayşe", check="7KX4")
    answer = await send(mine, f"{path}/reply", **example.REPLY_FORM | {"text": "Fatma'nın metni", "step": "preview"})
    assert answer.status_code == 409
    assert "Ayşe'nin metni" in text_of(answer.text)
    taken = await send(mine, f"{path}/reply", step="take")
    assert submitted(mine, f"{path}/reply")["text"] == "Ayşe'nin metni"
    assert "Fatma'nın metni" in text_of(taken.text)
    await send(mine, f"{path}/reply", step="preview")
    await mine.submit(f"{path}/reply", step="send")
    assert (await document(database))["replies"][0]["text"] == "Ayşe'nin metni"


async def test_a_text_that_another_one_replaces_is_set_aside(unit: Browser, database: Database) -> None:
    path = await link(database)
    mine, theirs = unit.tab(), unit.tab()
    await mine.open(path)
    await theirs.open(path)
    await send(theirs, f"{path}/reply", by_way_of=f"{path}/draft", text="Ayşe'nin metni", by="Ayşe", check="7KX4")
    for _ in range(2):  # the second time after both texts were shown
        await send(mine, f"{path}/reply", by_way_of=f"{path}/draft", text="Fatma'nın metni", check="7KX4")
    assert (await document(database))["draft"]["text"] == "Fatma'nın metni"
    page = await theirs.open(path)
    assert "Yerine başka metin kaydedilen taslaklar" in page
    assert "Ayşe'nin metni" in page


def test_own_drafts_and_what_the_new_text_contains_are_not_set_aside() -> None:
    assignment = example.units_assignment()
    for text, form in (("Bir", "form 1"), ("İki", "form 1"), ("İki üç", "form 2")):
        drawn = example.drawn(assignment, form)
        assignment, _ = keep_draft(assignment, text=text, by="", drawn=drawn, now=example.NOW)
    assert assignment.set_aside == ()


def test_so_many_drafts_are_set_aside_at_most() -> None:
    assignment = example.units_assignment()
    for number in range(9):
        drawn = example.drawn(assignment, f"form {number}")
        assignment, _ = keep_draft(assignment, text=f"Metin {number}", by="", drawn=drawn, now=example.NOW)
    assert [one.text for one in assignment.set_aside] == [f"Metin {number}" for number in range(3, 8)]
