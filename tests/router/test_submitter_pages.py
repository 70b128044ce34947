"""The desk's pages about what submitters do: questions, objections, doubtful messages, files."""

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.questions import receive_answer
from services.router.cases.domain.states import CaseState
from services.router.cases.domain.submitter import follow_up, rate
from services.router.cases.store.cases import Cases
from shared.documents import Database
from shared.file_links import Grants
from shared.state import Actor, KeptFile
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import announced, directory, keeps, kept, log_in, send, shown, types
from tests.router.submitting import answered, asked_case, followed_up, objected_case, rated

GRANTS = Grants({service: [signer.public_key] for service, signer in example.SIGNERS.items()})


@pytest.fixture
async def supervisor(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """The browser of a supervisor who reads English."""
    return await log_in(
        visit(app, language="en"), database, role=Role.SUPERVISOR, email="yonetici@klu.example", id="chief"
    )


def files(*states: str) -> tuple[KeptFile, ...]:
    named = [{"id": f"a{n}", "name": f"{state}.jpg", "state": state} for n, state in enumerate(states)]
    return tuple(KeptFile.model_validate(example.file_ref(**given, preview=True)) for given in named)


async def test_an_officer_asks_the_submitter_with_a_sentence_to_begin_with(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}")
    assert "Ask the submitter" in officer.html
    await officer.open(f"/cases/{case.id}/questions")
    assert "Başvurunuzu sonuçlandırabilmemiz için" in officer.html
    assert "gave no e-mail address" not in officer.html
    page = await officer.submit(f"/cases/{case.id}/questions", text="Hangi katta?")
    assert "The submitter was asked." in page
    assert "Waiting for the submitter's answer" in page
    assert "Not answered yet" in page
    question, news = await announced(database, case.id)
    assert (question["text"], question["submitter"]["email"]) == ("Hangi katta?", "deniz.kaya@example.org")
    assert (news["step"], news["cause"], news["actor"]["kind"]) == ("received", "question", "officer")
    assert case.reference in await officer.open("/?state=awaiting_submitter")


async def test_a_question_without_words_of_its_own_is_not_sent(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case(submitter=example.person(email=None)))
    page = await officer.open(f"/cases/{case.id}/questions")
    assert "The question stands on the status page only." in page
    action = f"/cases/{case.id}/questions"
    for text in ({}, {"text": " "}):
        answer = await send(officer, action, **text)
        assert (answer.status_code, "Please write the question." in shown(answer)) == (422, True)
    assert await Cases(database).get(case.id) == case


async def test_a_question_about_an_older_state_is_asked_after_another_look(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}/questions")
    await Cases(database).save(follow_up(case, followed_up(case)))
    answer = await send(officer, f"/cases/{case.id}/questions", text="Hangi katta?")
    assert (answer.status_code, keeps(answer, "Hangi katta?")) == (409, True)
    assert "Bir de fotoğraf." in shown(answer)


async def test_what_a_submitter_wrote_stands_on_the_page_until_it_is_marked_as_read(
    officer: Browser, database: Database
) -> None:
    asked = asked_case()
    told = receive_answer(asked, answered(asked), example.NOW + timedelta(hours=4))[0]
    case = await kept(database, example.saved(rate(told, rated(told))))
    page = await officer.open(f"/cases/{case.id}")
    assert all(said in page for said in ("İkinci katta.", "4 of 5", "Teşekkürler.", "kalorifer.jpg"))
    assert "Needs attention 1" in await officer.open("/?state=attention")
    await officer.open(f"/cases/{case.id}")
    page = await officer.submit(f"/cases/{case.id}/reading")
    assert "What the submitter wrote is marked as read." in page
    assert "Mark as read" not in await officer.open(f"/cases/{case.id}")
    assert "Needs attention 0" in await officer.open("/?state=attention")


async def test_a_follow_up_to_a_closed_case_reaches_the_desk(officer: Browser, database: Database) -> None:
    closed = example.case(state=CaseState.CLOSED)
    case = await kept(database, example.saved(follow_up(closed, followed_up(closed))))
    page = await officer.open("/?state=attention")
    assert case.reference in page
    assert "The submitter wrote again" in page


async def test_a_doubtful_message_waits_in_a_view_of_its_own_until_it_is_wanted(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, example.case(doubts=("link", "of_tomorrow")))
    plain = await kept(database, example.case())
    assert case.reference not in await officer.open("/")
    view = await officer.open("/?state=doubtful")
    assert all(said in view for said in (case.reference, "Contains links · of_tomorrow", "Doubtful 1", "New 1"))
    assert plain.reference not in view
    await officer.open(f"/cases/{case.id}")
    assert f"/cases/{case.id}/closure?reason=spam" in officer.html
    page = await officer.submit(f"/cases/{case.id}/reading")
    assert "The message is among the new ones now." in page
    view = await officer.open("/")
    assert case.reference in view
    assert "Doubtful 0" in view
    assert await announced(database, case.id) == []


async def test_a_doubtful_message_is_closed_as_unwanted(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case(doubts=("link",)))
    await officer.open(f"/cases/{case.id}/closure?reason=spam")
    await officer.submit(f"/cases/{case.id}/closure")
    closed, _ = await announced(database, case.id)
    assert (closed["closure_reason"], closed.get("submitter")) == ("spam", None)


async def test_two_officers_who_say_that_a_message_is_wanted(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case(doubts=("link",)))
    await officer.open(f"/cases/{case.id}")
    other = officer.tab()
    await other.open(f"/cases/{case.id}")
    await officer.submit(f"/cases/{case.id}/reading")
    answer = await send(other, f"/cases/{case.id}/reading")
    assert (answer.status_code, "A colleague has dealt with this message already." in shown(answer)) == (409, True)
    assert keeps(answer, case.text), "the routing form is as it was"


async def test_an_officer_sees_an_objection_and_only_a_supervisor_decides(
    officer: Browser, supervisor: Browser, database: Database
) -> None:
    case = await kept(database, objected_case())
    page = await officer.open(f"/cases/{case.id}")
    assert "Isıtma yine çalışmıyor." in page
    assert "A supervisor decides about it." in page
    assert "Route to units" not in page
    assert (await officer.client.get(f"/cases/{case.id}/objection")).status_code == 403
    await officer.open(f"/cases/{case.id}/closure")
    answer = await send(officer, f"/cases/{case.id}/closure", reason="no_action_needed")
    assert (answer.status_code, "until a supervisor has decided" in shown(answer)) == (409, True)
    await supervisor.open(f"/cases/{case.id}/objection")
    page = await supervisor.submit(f"/cases/{case.id}/objection", decision="reopened")
    assert "The objection was accepted." in page
    page = await officer.open(f"/cases/{case.id}")
    assert "Route to units" in page
    assert "Accepted, worked on again" in page


@pytest.mark.parametrize(
    ("explanation", "told"),
    [("Cevabımız aynıdır.", "Cevabımız aynıdır."), ("", "İtirazınız incelenmiş, cevabımızda bir değişiklik")],
)
async def test_a_supervisor_keeps_the_answer_and_the_submitter_is_told(
    supervisor: Browser, database: Database, explanation: str, told: str
) -> None:
    case = await kept(database, objected_case())
    await supervisor.open(f"/cases/{case.id}/objection")
    await supervisor.submit(f"/cases/{case.id}/objection", decision="upheld", explanation=explanation)
    events = await announced(database, case.id)
    assert types(events) == ["case.closed", "case.progressed"]
    assert events[0]["explanation"].startswith(told)
    assert events[0]["submitter"]["email"] == "deniz.kaya@example.org"
    assert "Rejected" in await supervisor.open(f"/cases/{case.id}")


async def test_an_objection_is_decided_once_and_only_when_something_was_chosen(
    supervisor: Browser, database: Database
) -> None:
    case = await kept(database, objected_case())
    await supervisor.open(f"/cases/{case.id}/objection")
    answer = await send(supervisor, f"/cases/{case.id}/objection")
    assert (answer.status_code, "Please choose what is done." in shown(answer)) == (422, True)
    other = supervisor.tab()
    await other.open(f"/cases/{case.id}/objection")
    await supervisor.submit(f"/cases/{case.id}/objection", decision="upheld")
    answer = await send(other, f"/cases/{case.id}/objection", decision="reopened")
    assert (answer.status_code, "no objection to decide about" in shown(answer)) == (409, True)
    assert "No objection waits for a decision" in await other.open(f"/cases/{case.id}/objection")


async def test_what_a_submitter_said_of_themselves_and_of_a_unit_is_shown(officer: Browser, database: Database) -> None:
    await directory(database)
    given: dict[str, Any] = {"role": "student", "suggested_unit": "yitdb", "concerns": "Ali Demir"}
    case = await kept(database, example.case(kind="compliment", **given))
    page = await officer.open(f"/cases/{case.id}")
    assert all(said in page for said in ("Student", example.WORKS.name_en, "Ali Demir"))
    offered = page[page.index("You can choose more than one.") :]
    assert offered.index("suggested by the submitter") < offered.index(example.LIBRARY.name_en)
    form = officer.form(f"/cases/{case.id}/routing")
    assert "units" not in form.fields, "the officer decides"
    older = await kept(database, example.case(role="of_tomorrow", suggested_unit="gone"))
    page = await officer.open(f"/cases/{older.id}")
    assert all(said in page for said in ("of_tomorrow", "gone"))


async def test_files_are_listed_with_what_is_known_of_them(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case(files=files("clean", "unscanned", "held", "infected", "of_tomorrow")))
    page = await officer.open(f"/cases/{case.id}")
    for said in (
        "clean.jpg JPEG, 47 KB",
        "Not scanned for viruses",
        "Being scanned",
        "Infected",
        "JPEG, 47 KB of_tomorrow",
    ):
        assert said in page
    linked = [n for n in range(5) if f'href="/cases/{case.id}/files/a{n}"' in officer.html]
    pictured = [n for n in range(5) if f'src="/cases/{case.id}/files/a{n}/preview"' in officer.html]
    assert (linked, pictured) == ([0, 1], [0, 1])
    opened = [
        (await officer.client.get(f"/cases/{case.id}/files/a{n}", follow_redirects=False)).status_code for n in range(6)
    ]
    assert opened == [303, 303, 404, 404, 404, 404]


@pytest.mark.parametrize("path", ["", "/preview"])
async def test_a_file_is_opened_at_its_owner_as_the_officer(
    app: FastAPI, officer: Browser, database: Database, path: str
) -> None:
    case = await kept(database, example.case(files=files("clean")))
    answer = await officer.client.get(f"/cases/{case.id}/files/a0{path}", follow_redirects=False)
    there = urlsplit(answer.headers["location"])
    assert (there.netloc, there.path) == ("127.0.0.1:8001", f"/files/a0{path}")
    owners = "http://127.0.0.1:8001 http://127.0.0.1:8003 http://127.0.0.1:8004"
    assert f"img-src 'self' {owners} data:" in answer.headers["content-security-policy"]
    grant = GRANTS.check(parse_qs(there.query)["grant"][0], file_id="a0", now=app.state.clock())
    assert (grant.actor, grant.by) == (Actor(kind="officer", id=example.account().id), "router")


async def test_an_officer_chooses_which_files_a_unit_gets(officer: Browser, database: Database) -> None:
    await directory(database)
    case = await kept(database, example.case(files=files("clean", "held", "infected")))
    await officer.open(f"/cases/{case.id}")
    assert officer.form(f"/cases/{case.id}/routing").fields["files"] == ["a0", "a1"]
    page = await officer.submit(f"/cases/{case.id}/routing", units=["kddb"], files=["a1"])
    assert "1 file" in page
    request = (await announced(database, case.id))[0]
    assert [file["id"] for file in request["files"]] == ["a1"]


async def test_a_case_of_the_version_before_is_shown(officer: Browser, database: Database) -> None:
    case = await kept(database, example.routed_case())
    added = ("files", "checked", "doubts", "trusted_at", "questions", "role", "rating", "objection", "earlier_answers")
    await database["cases"].update_one({"_id": case.id}, {"$unset": dict.fromkeys(added, "")})
    assert case.subject in await officer.open(f"/cases/{case.id}")
    assert case.reference in await officer.open("/?state=routed")
