"""What the unit says before its reply: questions through the hotline, interim replies; and the news that come back."""

from typing import Any

import pytest
from pydantic import SecretStr

from scripts.browser import Browser
from services.replies.config import Settings
from services.replies.domain.asking import MOST, decide_question, inform, propose, send_interim, waiting
from services.replies.domain.assignment import Assignment
from services.replies.domain.links import token
from services.replies.domain.writing import Refused
from services.replies.handlers import AssignmentHandlers
from services.replies.store import Assignments
from shared.documents import Database
from shared.events import (
    AssignmentInformed,
    AssignmentInvited,
    AssignmentViewed,
    InterimSubmitted,
    QuestionProposed,
    UnitQuestionDecided,
)
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted
from tests.links import in_state

KEYS = {"secret": example.SECRET, "base_url": "http://127.0.0.1:8003"}
QUESTION = {"question": "Hangi katta?", "question_by": "Fatma Şahin"}
INTERIM = {"interim_text": "Parça sipariş edildi.", "interim_by": "Fatma Şahin"}


def asked(assignment: Assignment | None = None, text: str = "Hangi katta?") -> tuple[Assignment, list[Any]]:
    assignment = assignment or example.units_assignment()
    number = f"p{len(assignment.proposals)}"
    return propose(assignment, proposal_id=number, text=text, by="Fatma", now=example.NOW)


def decided(of: Assignment, *, yes: bool = True, number: str = "p0") -> UnitQuestionDecided:
    return UnitQuestionDecided(
        message_id=of.message_id,
        assignment_id=of.id,
        proposal_id=number,
        asked=yes,
        reason="" if yes else "Başvuruda yazıyor.",
        decided_at=example.NOW,
    )


def informed(of: Assignment, **different: Any) -> AssignmentInformed:
    given = {
        "message_id": of.message_id,
        "assignment_id": of.id,
        "information_id": "i1",
        "cause": "question_answered",
        "question": "Hangi katta?",
        "text": "İkinci katta.",
        "files": [example.file_ref(id="f9", name="kat.pdf")],
        "informed_at": example.NOW,
        "contacts_version": 4,
    }
    return AssignmentInformed.model_validate(given | different)


def interim(assignment: Assignment, text: str = "Parça sipariş edildi.") -> tuple[Assignment, list[Any]]:
    return send_interim(assignment, interim_id="n1", text=text, by="Fatma", now=example.NOW)


def test_a_second_question_waits_for_the_decision_about_the_first() -> None:
    after, (read, told) = asked()
    assert isinstance(read, AssignmentViewed) and read.by_person and after.read_at
    assert isinstance(told, QuestionProposed) and told.text == "Hangi katta?"
    assert asked(after) == (after, [])  # the same, sent twice
    with pytest.raises(Refused, match="not decided"):
        asked(after, "Ne zaman?")
    answered = decide_question(after, decided(after, yes=False))
    assert waiting(answered) is None and answered.proposals[0].reason == "Başvuruda yazıyor."
    assert len(asked(answered, "Ne zaman?")[0].proposals) == 2


def test_interim_replies_leave_the_assignment_open() -> None:
    first, (read, told) = interim(example.units_assignment())
    assert isinstance(read, AssignmentViewed) and read.by_person and first.read_at
    assert isinstance(told, InterimSubmitted) and first.writable
    assert interim(first) == (first, [])
    assert len(interim(first, "Yarın gelecek.")[0].interims) == 2


def test_of_interim_replies_and_questions_there_is_an_end() -> None:
    assignment = example.units_assignment()
    for number in range(MOST):
        assignment, _ = interim(assignment, f"Ara bilgi {number}")
        assignment, _ = asked(assignment, f"Soru {number}")
        assignment = decide_question(assignment, decided(assignment, number=f"p{number}"))
    with pytest.raises(Refused, match="No more"):
        interim(assignment, "Bir daha")
    with pytest.raises(Refused, match="No more"):
        asked(assignment, "Bir daha")


@pytest.mark.parametrize("state", ["answered", "declined", "recalled", "closed"])
def test_when_it_is_over_nothing_more_is_said(state: str) -> None:
    for say in (asked, interim):
        with pytest.raises(Refused):
            say(in_state(state))


def test_news_invite_the_unit_again_once() -> None:
    assignment = example.units_assignment()
    after, (letter,) = inform(assignment, informed(assignment), **KEYS)
    assert isinstance(letter, AssignmentInvited)
    assert (letter.cause, letter.news, letter.contacts_version) == ("informed", "İkinci katta.", 4)
    assert letter.link.endswith(token(example.SECRET, assignment.id))
    assert inform(after, informed(assignment), **KEYS) == (after, [])


@pytest.mark.parametrize("state", ["accepted", "declined", "recalled", "closed"])
def test_whose_part_is_over_gets_no_letter_with_news(state: str) -> None:
    after, letters = inform(in_state(state), informed(in_state(state)), **KEYS)
    assert (letters, len(after.news)) == ([], 1)


@pytest.fixture
async def unit(make: Make, visit: Visit, database: Database) -> Browser:
    await Assignments(database).prepare()
    return visit(make("replies"))


async def opened(unit: Browser, database: Database) -> tuple[str, Assignment]:
    assignment = example.units_assignment()
    await Assignments(database).add(assignment)
    path = f"/a/{token(example.SECRET, assignment.id)}"
    await unit.open(path)
    return path, assignment


async def test_a_question_waits_is_asked_and_its_answer_is_shown_with_its_file(
    unit: Browser, database: Database
) -> None:
    path, assignment = await opened(unit, database)
    page = await unit.submit(f"{path}/question", **QUESTION, question_check="7KX4")
    assert "Hangi katta?" in page and "henüz karar vermedi" in page
    assert f"{path}/question" not in unit.html
    store = Assignments(database)
    settings = Settings.model_construct(secret_key=SecretStr(example.SECRET), replies_url=KEYS["base_url"])
    handlers = AssignmentHandlers(store, settings)
    number = (await store.get(assignment.id)).proposals[0].id
    await handlers.on_unit_question_decided(example.sealed(decided(assignment, number=number)))
    assert "tarihinde soruldu" in await unit.open(path)
    await handlers.on_assignment_informed(example.sealed(informed(assignment)))
    page = await unit.open(path)
    assert "Başvuru sahibi bir soruyu cevapladı" in page and "İkinci katta." in page and "kat.pdf" in page
    answer = await unit.client.get(f"{path}/files/f9", follow_redirects=False)
    assert answer.status_code == 303


async def test_an_interim_reply_is_shown_and_the_form_stays(unit: Browser, database: Database) -> None:
    path, _ = await opened(unit, database)
    page = await unit.submit(f"{path}/interim", **INTERIM, interim_check="7KX4")
    assert "Verdiğiniz ara bilgiler" in page and "Parça sipariş edildi." in page
    assert f"{path}/reply" in unit.html


@pytest.mark.parametrize("act", ["question", "interim"])
@pytest.mark.parametrize("wrong", ["check", "by", "csrf"])
async def test_what_was_typed_stays_and_nothing_is_sent(
    unit: Browser, database: Database, act: str, wrong: str
) -> None:
    path, assignment = await opened(unit, database)
    fields = (QUESTION if act == "question" else INTERIM) | {f"{act}_check": "7KX4"}
    bad = {"csrf": "x"} if wrong == "csrf" else {f"{act}_{wrong}": ""}
    answer = await send(unit, f"{path}/{act}", **fields | bad)
    assert answer.status_code == 422
    written = "question" if act == "question" else "interim_text"
    assert submitted(unit, f"{path}/{act}")[written].strip() == fields[written]
    kept = await Assignments(database).get(assignment.id)
    assert (kept.proposals, kept.interims) == ((), ())


@pytest.mark.parametrize("act", ["question", "interim", "colleagues", "colleagues/removal"])
async def test_a_reload_after_an_error_shows_the_page(unit: Browser, database: Database, act: str) -> None:
    path, _ = await opened(unit, database)
    await unit.open(f"{path}/{act}")
    assert unit.path == path
