"""Internal notes: colleagues read them, and nobody else."""

import json
from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser
from services.notifier.store import Letters
from services.router.cases.domain.attention import happened_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.notes import take_note
from services.router.cases.domain.states import CaseState
from services.router.cases.handlers import CaseHandlers, SubmitterHandlers
from services.router.cases.store.cases import Cases
from shared.broker.consuming import handlers_of
from shared.broker.topology import CONSUMERS
from shared.documents import Database, left_to_the_sweep
from shared.events import (
    AssignmentDeclined,
    Event,
    MessageFollowedUp,
    MessageObjected,
    QuestionAnswered,
)
from shared.seal import Seal
from tests import examples as example
from tests.notifier.letters import handle
from tests.router.desk import announced, directory, kept, log_in, send, shown

SECRET = "Kaplumbağa-9"
"""A word that stands in notes alone."""
LATER = example.NOW + timedelta(hours=1)


async def test_a_note_stands_in_the_timeline_and_is_called_internal(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}")
    page = await officer.submit(f"/cases/{case.id}/notes", remark="Kütüphane aradı, <yarın> onarılacak.")
    assert "Kütüphane aradı, <yarın> onarılacak." in page
    assert "Internal note – the submitter and the unit do not see it" in page
    (note,) = (await Cases(database).get(case.id)).notes
    assert (note.by, note.actor) == ("Ayşe Yılmaz", example.officer().actor)
    assert await announced(database, case.id) == []


async def test_an_empty_note_is_refused_on_the_same_page(officer: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await officer.open(f"/cases/{case.id}")
    answer = await send(officer, f"/cases/{case.id}/notes", remark=" ")
    assert (answer.status_code, "Please write the note." in shown(answer)) == (422, True)
    assert "Route to units" not in shown(answer)


async def test_of_two_notes_at_once_both_stay(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}")
    await Cases(database).save(take_note(case, note_id="n1", text="Biri.", by=example.officer(), now=LATER))
    page = await officer.submit(f"/cases/{case.id}/notes", remark="Öteki.")
    assert "Biri." in page
    assert "Öteki." in page


def test_a_colleagues_note_is_something_that_happened_meanwhile() -> None:
    case = example.case()
    with_note = example.saved(take_note(case, note_id="n1", text="Beklet.", by=example.officer(), now=LATER))
    assert [entry.what for entry in happened_since(with_note, case.revision)] == ["noted"]


async def _handled(database: Database, event: Event) -> None:
    """The desk's handler of an event, without a broker."""
    cases = Cases(Database(database.mongodb, source="router", seal=Seal(example.SECRET), on_outbox=left_to_the_sweep))
    named = {handler.__name__: handler for handler in handlers_of(CaseHandlers(cases), SubmitterHandlers(cases))}
    await named[f"on_{event.type.replace('.', '_')}"](example.sealed(event))


async def _with_note(database: Database, case: Case) -> Case:
    """Its newest state, after a colleague has taken a note."""
    cases = Cases(database)
    newest = await cases.get(case.id)
    number = len(newest.notes)
    note = take_note(newest, note_id=f"n{number}", text=f"{SECRET} {number}", by=example.officer(), now=LATER)
    return await cases.save(note)


def _told(event: type[Event], case: Case, **different: Any) -> Event:
    return event.model_validate({"message_id": case.id} | different)


async def _life(officer: Browser, database: Database, case: Case) -> None:
    """Everything that happens to a case, with a note before each step."""
    path = f"/cases/{case.id}"

    async def on_page(page: str, form: str, **fields: Any) -> Case:
        with_note = await _with_note(database, case)
        await officer.open(path + page)
        await officer.submit(path + form, **fields)
        return with_note

    await on_page("/questions", "/questions", text="Hangi kat?")
    asked = (await _with_note(database, case)).questions[0].id
    given = {"question_id": asked, "text": "İkinci.", "answered_at": LATER}
    await _handled(database, _told(QuestionAnswered, case, **given))
    await on_page("", "/routing", units=["kddb", "yitdb"], note="Lütfen bakınız.")
    first, second = (await _with_note(database, case)).assignments
    declined = {"assignment_id": second.id, "reason": "Konu dışı.", "by": "Ali", "declined_at": LATER}
    await _handled(database, _told(AssignmentDeclined, case, **declined))
    reply = {"message_id": case.id, "assignment_id": first.id, "unit": first.unit}
    await _handled(database, example.reply_submitted(await _with_note(database, case), **reply))
    await on_page(f"/assignments/{first.id}/return", f"/assignments/{first.id}/return", reason="Tarih yazınız.")
    await _handled(database, example.reply_submitted(await _with_note(database, case), **reply, version=2))
    await on_page("", "/routing", units=["yitdb"])
    third = (await _with_note(database, case)).assignments[-1].id
    await on_page(f"/assignments/{third}/recall", f"/assignments/{third}/recall", reason="Gerek kalmadı.")
    await on_page("/review", "/review", answer="Onarılmıştır.")
    follow_up = {"follow_up_id": "f1", "text": "Hâlâ soğuk.", "followed_up_at": LATER}
    await _handled(database, _told(MessageFollowedUp, case, **follow_up))
    await _handled(database, _told(MessageObjected, case, reason="Onarılmadı.", objected_at=LATER))
    await on_page("/objection", "/objection", decision="reopened")
    await on_page("/copy", "/copy", text="Üşüyoruz.")
    await on_page("", "/routing", units=["kddb"])
    await on_page("/closure", "/closure", reason="no_action_needed", explanation="Bilginize.")
    await on_page("/reopening", "/reopening", reason="Eksik kaldı.")
    await on_page("/closure", "/closure", reason="not_responsible")


async def test_no_event_and_no_letter_of_a_whole_life_has_a_word_of_a_note(
    officer: Browser, database: Database
) -> None:
    await log_in(officer, database, role="supervisor")
    await directory(database)
    case = await kept(database, example.case())
    await _life(officer, database, case)
    finished = await Cases(database).get(case.id)
    assert (finished.state, len(finished.notes) > 15) == (CaseState.CLOSED, True)
    events = await announced(database, case.id)
    assert len(events) > 20
    assert SECRET not in json.dumps(events, ensure_ascii=False)
    by_type = {event.type: event for event in CONSUMERS["notifier"]}
    for event in events:
        if event["type"] in by_type and not event["type"].startswith("assignment."):
            await handle(database, by_type[event["type"]].model_validate(event))
    letters = await Letters(database).find({}, sort=[("_id", 1)], limit=100)
    assert {letter.template for letter in letters} >= {"answer", "closure", "question"}
    assert all(SECRET not in f"{letter.subject} {letter.record}" for letter in letters)


@pytest.mark.parametrize("role", ["auditor", "privacy_officer"])
async def test_a_reader_sees_notes_and_takes_none(officer: Browser, database: Database, role: str) -> None:
    case = await kept(database, example.case())
    await _with_note(database, case)
    await database["accounts"].update_one({}, {"$set": {"role": role}})
    page = await officer.open(f"/cases/{case.id}")
    assert SECRET in page
    assert "Add the note" not in page
