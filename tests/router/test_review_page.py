"""The check of the units' replies, the answer to the citizen, and closing a case."""

import asyncio
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.review import receive_reply, return_reply
from services.router.cases.domain.states import AssignmentState, CaseState
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from shared.clock import utc_now
from shared.days import last_moment
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import announced, keeps, kept, log_in, send, shown, types

ANSWER = "Sayın Deniz Kaya,\n\nIsıtma sistemi <bugün> onarılmıştır & çalışmaktadır."
FASTER = "A colleague was faster: this case is answered or closed already."


async def at(officer: Browser, database: Database, case: Case) -> str:
    """The officer looks at the review of a case; where its form goes."""
    await kept(database, case)
    await officer.open(f"/cases/{case.id}/review")
    return f"/cases/{case.id}/review"


async def test_approving_the_one_reply_sends_it_as_it_is(officer: Browser, database: Database) -> None:
    case = example.replied_case()
    page = await officer.submit(await at(officer, database, case))
    answered, events = await Cases(database).get(case.id), await announced(database, case.id)
    assert (answered.state, answered.assignments[0].state) == (CaseState.RESOLVED, AssignmentState.ACCEPTED)
    assert types(events) == ["case.answered", "reply.accepted", "case.progressed"]
    assert events[0]["answer"] == "Isıtma sistemi onarılmıştır, bilginize sunarız."
    assert (events[0]["submitter"]["email"], events[0]["revision"]) == ("deniz.kaya@example.org", case.revision + 1)
    assert answered.answer
    assert answered.answer.by == "Ayşe Yılmaz"
    assert "Answer approved and sent" in page


async def test_an_officer_may_edit_before_sending(officer: Browser, database: Database) -> None:
    case = example.replied_case()
    await officer.submit(await at(officer, database, case), answer=ANSWER)
    assert (await announced(database, case.id))[0]["answer"] == ANSWER


async def test_two_replies_become_one_answer_under_their_units_names(officer: Browser, database: Database) -> None:
    case = example.replied_case(example.LIBRARY, example.WORKS)
    await officer.submit(await at(officer, database, case))
    events = await announced(database, case.id)
    assert types(events) == ["case.answered", "reply.accepted", "reply.accepted", "case.progressed"]
    for unit in (example.LIBRARY, example.WORKS):
        assert f"{unit.name_tr}:\nIsıtma sistemi" in events[0]["answer"]


async def test_a_case_may_be_answered_without_any_reply(officer: Browser, database: Database) -> None:
    case = example.case()
    await officer.submit(await at(officer, database, case), answer=ANSWER)
    assert types(await announced(database, case.id)) == ["case.answered", "case.progressed"]


async def test_an_awaited_unit_is_waived_only_with_a_reason(officer: Browser, database: Database) -> None:
    case = example.half_replied_case()
    review = await at(officer, database, case)
    answer = await send(officer, review, answer=ANSWER)
    assert (answer.status_code, "A unit has not replied yet." in shown(answer)) == (409, True)
    assert keeps(answer, ANSWER)
    assert await announced(database, case.id) == []
    await officer.submit(review, answer=ANSWER, waived_because="Konu çözüldü.")
    answered, events = await Cases(database).get(case.id), await announced(database, case.id)
    assert types(events) == ["case.answered", "reply.accepted", "assignment.recalled", "case.progressed"]
    assert [a.state for a in answered.assignments] == [AssignmentState.ACCEPTED, AssignmentState.RECALLED]
    assert (events[2]["assignment_id"], events[2]["reason"]) == (case.assignments[1].id, "Konu çözüldü.")


async def test_of_two_officers_who_approve_at_once_one_is_told_and_keeps_the_text(
    app: FastAPI, visit: Visit, officer: Browser, database: Database
) -> None:
    colleague = await log_in(visit(app, language="en"), database, id="meslektas@klu.example", name="Ali Demir")
    case = example.replied_case()
    review = await at(officer, database, case)
    await colleague.open(review)
    answers = await asyncio.gather(send(officer, review, answer=ANSWER), send(colleague, review, answer=ANSWER + " 2"))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    slower = max(answers, key=lambda answer: answer.status_code)
    assert FASTER in shown(slower)
    assert keeps(slower, ANSWER)
    assert types(await announced(database, case.id)).count("case.answered") == 1


async def test_an_approval_after_a_new_version_is_refused_and_keeps_the_text(
    officer: Browser, database: Database
) -> None:
    case = example.replied_case()
    review = await at(officer, database, case)
    cases, later = Cases(database), example.NOW + timedelta(hours=3)
    given: dict[str, Any] = {"due_at": later, "by": example.officer(name="Ali Demir"), "now": later}
    returned, _ = return_reply(case, case.assignments[0].id, version=1, reason="Eksik.", **given)
    returned = await cases.save(returned)
    again = example.reply_submitted(case, version=2, text="İkinci ve daha ayrıntılı cevabımızdır.", submitted_at=later)
    await cases.save(receive_reply(returned, again, later)[0])
    answer = await send(officer, review, answer=ANSWER)
    assert (answer.status_code, "The replies have changed meanwhile." in shown(answer)) == (409, True)
    assert keeps(answer, ANSWER)
    assert "İkinci ve daha ayrıntılı" in shown(answer)
    assert await announced(database, case.id) == []


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"answer": ""}, 422, "Please write the answer."),
        ({"answer": "x" * 10_001}, 422, "Please use at most 10,000 characters."),
        ({"answer": "Cevap metni \ufffd burada"}, 422, "The text contains characters that could not be read."),
        ({"answer": "Cevap metni \ufffd burada"}, 422, "could not be read"),
        ({"waived_because": "\ufffd[31m"}, 422, "The text contains characters that could not be read."),
        ({"csrf": "forged"}, 422, "This page was open for a long time."),
        ({"versions": []}, 409, "The replies have changed meanwhile."),
        ({"versions": ["nonsense", "x:99"]}, 409, "The replies have changed meanwhile."),
    ],
)
async def test_a_bad_review_is_explained_and_nothing_is_half_done(
    officer: Browser, database: Database, fields: dict[str, Any], status: int, said: str
) -> None:
    case = example.replied_case()
    review = await at(officer, database, case)
    answer = await send(officer, review, **{"answer": ANSWER} | fields)
    assert (answer.status_code, said in shown(answer)) == (status, True)
    assert keeps(answer, fields.get("answer", ANSWER))
    assert await Cases(database).get(case.id) == case
    assert await announced(database, case.id) == []


async def test_returning_a_reply_asks_the_unit_to_revise_it(officer: Browser, database: Database) -> None:
    case = await kept(database, example.replied_case())
    path = f"/cases/{case.id}/assignments/{case.assignments[0].id}/return"
    await officer.open(path)
    page = await officer.submit(path, reason="Tarih de yazınız.")
    returned, events = await Cases(database).get(case.id), await announced(database, case.id)
    assert (returned.state, returned.assignments[0].state) == (CaseState.ROUTED, AssignmentState.RETURNED)
    assert types(events) == ["reply.returned", "case.progressed"]
    assert (events[0]["version"], events[0]["reason"], events[1]["step"]) == (1, "Tarih de yazınız.", "at_unit")
    assert "Tarih de yazınız." in page


@pytest.mark.parametrize(("said", "days"), [({}, 3), ({"days": "1"}, 1), ({"days": "60"}, 60), ({"days": []}, 3)])
async def test_a_return_gives_the_days_that_the_officer_says_three_unless_changed(
    officer: Browser, database: Database, said: dict[str, str], days: int
) -> None:
    case = await kept(database, example.replied_case())
    path = f"/cases/{case.id}/assignments/{case.assignments[0].id}/return"
    await officer.open(path)
    await officer.submit(path, reason="Tarih de yazınız.", **said)
    due_at = Deadlines().due(Deadlines().for_unit(utc_now(), days))
    assert (await Cases(database).get(case.id)).assignments[0].due_at == due_at
    assert datetime.fromisoformat((await announced(database, case.id))[0]["due_at"]) == due_at


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        *(
            ({"days": days}, 422, "Please enter a number of working days from 1 to 60.")
            for days in ("", "0", "61", "-3", "three", "1.5", "9" * 30)
        ),
        ({"reason": ""}, 422, "Please tell the unit what to revise."),
        ({"reason": "x" * 2001}, 422, "Please use at most 2,000 characters."),
        ({"reason": "Tarih \ufffd eksik"}, 422, "The text contains characters that could not be read."),
        ({"version": "one"}, 422, "Please check"),
        ({"version": ""}, 422, "Please fill in this field."),
        ({"version": "2"}, 409, "This reply has been dealt with already, or the unit has sent another."),
        ({"version": "9" * 30}, 409, "This reply has been dealt with already"),
        ({"csrf": "forged"}, 422, "This page was open for a long time."),
    ],
)
async def test_a_bad_return_is_explained_and_nothing_is_half_done(
    officer: Browser, database: Database, fields: dict[str, Any], status: int, said: str
) -> None:
    case = await kept(database, example.replied_case())
    path = f"/cases/{case.id}/assignments/{case.assignments[0].id}/return"
    await officer.open(path)
    answer = await send(officer, path, **{"reason": "Tarih de yazınız."} | fields)
    assert (answer.status_code, said in shown(answer)) == (status, True)
    assert keeps(answer, fields.get("reason", "Tarih de yazınız."))
    assert await Cases(database).get(case.id) == case


async def test_a_reply_of_another_case_is_not_returned(officer: Browser, database: Database) -> None:
    case, other = await kept(database, example.replied_case()), await kept(database, example.replied_case())
    own = f"/cases/{case.id}/assignments/{case.assignments[0].id}/return"
    await officer.open(own)
    foreign = f"/cases/{case.id}/assignments/{other.assignments[0].id}/return"
    assert (await send(officer, own, url=foreign, reason="Tarih de yazınız.")).status_code == 404
    assert await Cases(database).get(other.id) == other


async def test_the_letter_and_its_hints_are_shown_and_nothing_is_sent(officer: Browser, database: Database) -> None:
    case = example.replied_case()
    review = await at(officer, database, case)
    answer = await send(officer, review, answer="Isıtma yakında onarılacaktır.", look="yes")
    assert (answer.status_code, shown(answer).count("Isıtma yakında onarılacaktır.")) == (200, 2)
    assert "Something is announced, but no date is named." in shown(answer)
    assert "Sayın Deniz Kaya," in shown(answer)
    assert await announced(database, case.id) == []


async def test_what_the_officer_edits_and_ticks_is_kept_with_the_answer(officer: Browser, database: Database) -> None:
    case = example.replied_case()
    review = await at(officer, database, case)
    page = await officer.submit(review, answer=ANSWER, checked=["Every point of the message is answered."])
    answer = (await Cases(database).get(case.id)).answer
    assert answer
    assert (answer.drafted, answer.checked) == (
        "Isıtma sistemi onarılmıştır, bilginize sunarız.",
        ("Every point of the message is answered.",),
    )
    assert "What the units wrote, and what went out" in page


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"because": "no_date", "reason": ""}, "Lütfen işlemin ne zaman yapıldığını veya yapılacağını yazınız."),
        (
            {"because": "incomplete", "reason": "İkinci soru."},
            "Lütfen başvurudaki her hususu cevaplayınız.\nİkinci soru.",
        ),
        ({"because": "", "reason": "Tarih?"}, "Tarih?"),
        ({"because": "unknown", "reason": "Tarih?"}, "Tarih?"),
    ],
)
async def test_a_reason_from_the_list_is_a_sentence_for_the_unit(
    officer: Browser, database: Database, fields: dict[str, str], told: str
) -> None:
    case = await kept(database, example.replied_case())
    path = f"/cases/{case.id}/assignments/{case.assignments[0].id}/return"
    await officer.open(path)
    await officer.submit(path, **fields)
    assert (await announced(database, case.id))[0]["reason"] == told


@pytest.mark.parametrize(("away", "status"), [(-1, 409), (0, 200), (30, 200), (400, 409)])
async def test_the_last_day_of_a_revision_is_chosen(
    officer: Browser, database: Database, away: int, status: int
) -> None:
    case = await kept(database, example.replied_case())
    path = f"/cases/{case.id}/assignments/{case.assignments[0].id}/return"
    await officer.open(path)
    zone = ZoneInfo("Europe/Istanbul")
    day = (utc_now() + timedelta(days=away)).astimezone(zone).date()
    answer = await send(officer, path, reason="Tarih de yazınız.", last_day=day.isoformat())
    assert answer.status_code == status
    due_at = (await Cases(database).get(case.id)).assignments[0].due_at
    assert (due_at == last_moment(day, zone)) is (status == 200)


async def test_the_letter_on_the_page_has_what_is_promised_as_its_reader_gets_it(
    officer: Browser, database: Database
) -> None:
    action = await at(officer, database, example.replied_case())
    day = (utc_now() + timedelta(days=9)).date()
    page = await officer.submit(action, promised_on=day.isoformat(), promise="Isıtma onarılacak.", look="yes")
    assert "Yapılacak iş Isıtma onarılacak." in page and "O gün, yapılıp yapılmadığı size sorulacaktır." in page
    for no_day in ("no day", "0001-01-01", "9999-12-31"):
        assert (await send(officer, action, promised_on=no_day)).status_code in (409, 422)
