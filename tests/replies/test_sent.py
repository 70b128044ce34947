"""After the reply was sent: what happens next, the answer, taking it back, and races with the hotline's decision."""

from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser
from services.replies.domain.assignment import Assignment, AssignmentState, Draft
from services.replies.domain.following import accept, take_back
from services.replies.domain.links import token
from services.replies.domain.writing import DECIDED, Refused, reply, withdraw
from services.replies.store import Assignments
from shared.documents import Database
from shared.events import ReplyWithdrawn
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted
from tests.links import KEYS

LATER = example.NOW + timedelta(hours=2)
TAKING = {"withdrawal_check": "7KX4", "withdrawn_by": "Fatma Şahin", "withdrawal_reason": "Tarih yanlış"}


@pytest.fixture
async def unit(make: Make, visit: Visit, database: Database) -> Browser:
    await Assignments(database).prepare()
    return visit(make("replies"))


async def link(database: Database, assignment: Assignment) -> str:
    await Assignments(database).add(assignment)
    return f"/a/{token(example.SECRET, assignment.id)}"


async def document(database: Database) -> dict[str, Any]:
    (found,) = await database["assignments"].find().to_list(None)
    return found


def withdrawn(assignment: Assignment) -> Assignment:
    return withdraw(assignment, by="Fatma Şahin", reason="", now=LATER)[0]


async def test_the_page_says_what_happens_next(unit: Browser, database: Database) -> None:
    page = await unit.open(await link(database, example.replied_assignment()))
    for said in ("Cevabı gönderdiniz", "Hat görevlisi kontrol eder", "Başvuru sahibine cevap iletilir"):
        assert said in page


async def test_after_a_reply_the_page_leads_to_what_else_awaits_one_of_the_unit(
    unit: Browser, database: Database
) -> None:
    path = await link(database, example.replied_assignment())
    assert "başvuru daha" not in await unit.open(path)
    assert '<a href="/new-link">Biriminizin açık başvurularının tümü tek sayfada</a>' in unit.html
    elsewhere = example.units_assignment().unit.model_copy(update={"code": "baska"})
    await link(database, example.units_assignment(id="a2", token_hash="2"))
    await link(database, example.units_assignment(id="a3", token_hash="3", unit=elsewhere))
    await link(database, example.units_assignment(id="a4", token_hash="4", state=AssignmentState.ACCEPTED))
    assert "Biriminizden cevap bekleyen 1 başvuru daha bulunmaktadır." in await unit.open(path)


async def test_the_answer_that_the_person_got_is_shown_with_its_date_and_files(
    unit: Browser, database: Database
) -> None:
    replied = example.replied_assignment()
    told = example.reply_accepted(
        replied, answer="Sayın Deniz Kaya, onarıldı.", files=(example.file_ref(),), answered_at=LATER
    )
    path = await link(database, accept(replied, told))
    page = await unit.open(path)
    assert "Sayın Deniz Kaya, onarıldı." in page
    assert "kalorifer.jpg" in page
    assert "Başvuru sahibine iletilen cevap" in page
    opened = await unit.client.get(f"{path}/files/a1", follow_redirects=False)
    assert opened.status_code == 303


async def test_an_older_acceptance_without_the_answer_is_shown_too(unit: Browser, database: Database) -> None:
    replied = example.replied_assignment()
    page = await unit.open(await link(database, accept(replied, example.reply_accepted(replied))))
    assert "Cevabınız onaylanmıştır" in page
    assert "Başvuru sahibine iletilen cevap" not in page


async def test_a_reply_is_taken_back_and_its_text_is_the_draft(unit: Browser, database: Database) -> None:
    path = await link(database, example.replied_assignment(viewed_at=example.NOW))
    await unit.open(path)
    await unit.submit(f"{path}/withdrawal", **TAKING)
    assert submitted(unit, f"{path}/reply")["text"] == example.REPLY_FORM["text"]
    kept = await document(database)
    assert (kept["state"], example.told(kept)[-1]["type"]) == (AssignmentState.INVITED, "reply.withdrawn")
    told = example.unpublished_data(example.told(kept)[-1])
    assert (told["version"], told["by"], told["reason"]) == (1, "Fatma Şahin", "Tarih yanlış")
    await unit.submit(f"{path}/reply", **example.REPLY_FORM)
    assert [one["version"] for one in (await document(database))["replies"]] == [1, 2]


@pytest.mark.parametrize("different", [{"withdrawal_check": ""}, {"withdrawn_by": ""}, {"csrf": "forged"}])
async def test_a_reply_is_not_taken_back_without_a_person(
    unit: Browser, database: Database, different: dict[str, str]
) -> None:
    path = await link(database, example.replied_assignment())
    await unit.open(path)
    before = await document(database)
    assert (await send(unit, f"{path}/withdrawal", **TAKING | different)).status_code == 422
    assert await document(database) == before


async def test_what_was_decided_meanwhile_is_not_taken_back(unit: Browser, database: Database) -> None:
    replied = example.replied_assignment()
    path = await link(database, replied)
    await unit.open(path)
    await database["assignments"].update_one({}, {"$set": {"state": AssignmentState.ACCEPTED}})
    answer = await send(unit, f"{path}/withdrawal", **TAKING)
    assert answer.status_code == 409
    assert "Hat görevlisi cevap hakkında karar vermiştir" in answer.text


@pytest.mark.parametrize("state", [state for state in AssignmentState if state != AssignmentState.REPLIED])
def test_only_a_reply_that_waits_is_taken_back(state: AssignmentState) -> None:
    with pytest.raises(Refused, match=DECIDED[:20]):
        withdrawn(example.replied_assignment(state=state))


async def test_who_takes_it_back_twice_comes_to_the_draft(unit: Browser, database: Database) -> None:
    path = await link(database, example.replied_assignment())
    await unit.open(path)
    form = submitted(unit, f"{path}/withdrawal") | TAKING
    answers = [await unit.client.post(f"{path}/withdrawal", data=form, follow_redirects=False) for _ in range(2)]
    assert [(one.status_code, one.headers.get("location")) for one in answers] == [(303, f"{path}#reply")] * 2
    assert [one["type"] for one in example.told(await document(database))].count("reply.withdrawn") == 1


def test_taking_back_tells_the_hotline() -> None:
    taken, (event,) = withdraw(example.replied_assignment(), by="Fatma", reason="", now=LATER)
    assert isinstance(event, ReplyWithdrawn)
    assert (event.version, event.withdrawn_at) == (1, LATER)
    assert taken.counted is None


def test_the_draft_of_who_takes_a_colleagues_reply_back_is_kept_beside_it() -> None:
    mine = Draft(text="Kendi taslağım", by="Fatma", saved_at=example.NOW)
    taken = withdrawn(example.replied_assignment(draft=mine))
    assert (taken.text_in_form, taken.set_aside) == (example.REPLY_FORM["text"], (mine,))
    same = Draft(text=example.REPLY_FORM["text"], by="Fatma", saved_at=example.NOW)
    assert withdrawn(example.replied_assignment(draft=same)).set_aside == ()


def test_an_acceptance_that_crossed_the_withdrawal_wins_and_nothing_is_lost() -> None:
    replied = example.replied_assignment()
    taken = withdrawn(replied)
    again, _ = reply(taken, text="Yeni metin", by="Fatma", drawn=example.drawn(taken), now=LATER)
    for crossed in (taken, again):
        over = accept(crossed, example.reply_accepted(replied))
        assert over.state is AssignmentState.ACCEPTED
        assert over.counted
        assert over.counted.version == 1
    assert [one.text for one in over.replies] == [example.REPLY_FORM["text"], "Yeni metin"]


def test_a_return_that_crossed_the_withdrawal_brings_its_reason_above_the_draft() -> None:
    replied = example.replied_assignment()
    returned = example.reply_returned(replied, reason="Tarih?")
    again, events = take_back(withdrawn(replied), returned, **KEYS)
    assert (again.state, len(events)) == (AssignmentState.RETURNED, 1)
    assert again.returned
    assert again.returned.returned_because == "Tarih?"
    assert again.text_in_form == example.REPLY_FORM["text"]
    assert take_back(again, returned, **KEYS) == (again, [])


def test_a_reply_that_was_returned_before_is_returned_again_after_it_was_taken_back() -> None:
    replied = example.replied_assignment()
    returned, _ = take_back(replied, example.reply_returned(replied), **KEYS)
    revised, _ = reply(returned, text="Dün onarıldı.", by="F", drawn=example.drawn(returned), now=LATER)
    taken = withdrawn(revised)
    assert (taken.state, taken.text_in_form) == (AssignmentState.RETURNED, "Dün onarıldı.")
    sent, _ = reply(taken, text="Dün onarıldı.", by="F", drawn=example.drawn(taken), now=LATER)
    assert sent.state is AssignmentState.REPLIED


async def test_a_revised_reply_shows_by_word_what_has_changed(unit: Browser, database: Database) -> None:
    replied = example.replied_assignment()
    path = await link(database, take_back(replied, example.reply_returned(replied), **KEYS)[0])
    await unit.open(path)
    form = example.REPLY_FORM | {"text": "Isıtma sistemi dün onarılmıştır."}
    await send(unit, f"{path}/reply", **form | {"step": "preview"})
    assert "<ins>dün" in unit.html
    await unit.submit(f"{path}/reply", step="send")
    assert "<ins>dün" in unit.html
    assert "Onarımın tarihini de yazınız." in unit.html
