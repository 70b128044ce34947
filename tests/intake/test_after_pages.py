"""The status page and what is sent from it, as a browser without scripts uses them."""

import asyncio
from datetime import datetime, timedelta

import pytest

from scripts.browser import Browser, Refused
from services.intake.domain.after import object_to, withdraw
from services.intake.domain.codes import tracking_code
from services.intake.domain.message import Message
from services.intake.domain.progress import answer, ask, came_back, close, inform, progress
from services.intake.store import Messages
from shared.documents import Database
from shared.events import CaseProgressed
from shared.state import KeptFile
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import check_on, send, submitted
from tests.intake.test_after import ZONE, answered, asked, bounced, closed

NAMES = {"code": example.WORKS.code, "name_tr": example.WORKS.name_tr, "name_en": example.WORKS.name_en}


@pytest.fixture
async def citizen(make: Make, visit: Visit, database: Database) -> Browser:
    await Messages(database).prepare()
    return visit_at(make, visit, example.NOW + timedelta(days=3))


def visit_at(make: Make, visit: Visit, now: datetime) -> Browser:
    """An English visitor at this time."""
    app = make("intake")
    app.state.clock = lambda: now
    return visit(app, language="en")


async def kept(database: Database, message: Message) -> str:
    """The address of the status page of this message, which is kept."""
    await Messages(database).add(message)
    return f"/t/{tracking_code(example.SECRET, message.id)}"


async def stored(database: Database, url: str) -> tuple[Message, list[str]]:
    """The message now, and the types of the events that were announced."""
    message = await Messages(database).by_code(url)
    document = await database["messages"].find_one({"_id": message.id})
    assert document
    return message, [entry["type"] for entry in example.told(document)]


def round_of(*steps: tuple[str, str | None]) -> Message:
    """A message that came to these steps, one each day, for these causes."""
    message = example.message()
    for number, (step, cause) in enumerate(steps, start=1):
        told = {"step": step, "cause": cause, "revision": number, "at": example.NOW + timedelta(days=number)}
        units = [NAMES] if step == "at_unit" else []
        message = progress(message, CaseProgressed.model_validate({"message_id": message.id, "units": units} | told))
    return message


async def test_a_second_round_is_a_second_step_with_its_own_date(citizen: Browser, database: Database) -> None:
    message = round_of(("at_unit", "routed"), ("in_review", None), ("at_unit", "returned"), ("in_review", None))
    page = await citizen.open(await kept(database, message))
    told = [("At the unit", 24), ("In review", 25), ("At the unit again", 26), ("In review", 27)]
    places = [page.index(f"{label} (done) {day} November 2026") for label, day in told[:3]]
    assert places == sorted(places)
    assert "In review 27 November 2026" in page


async def test_rerouting_is_told_with_the_name_of_the_unit(citizen: Browser, database: Database) -> None:
    page = await citizen.open(await kept(database, round_of(("at_unit", "routed"), ("at_unit", "rerouted"))))
    assert "At another unit" in page
    assert example.WORKS.name_en in page
    assert "Law No. 3071, article 5" in page


async def test_what_is_needed_is_said_only_while_it_is(citizen: Browser, database: Database) -> None:
    """Not once the writer has answered, even before the router says that it knows."""
    waits = ask(round_of(("at_unit", "question")), example.question_asked(question_id="q1"))
    url = await kept(database, waits)
    page = await citizen.open(url)
    assert "Your answer is needed to go on." in page
    page = await citizen.submit(f"{url}/questions/q1", answer="Sabah.")
    assert "Your answer is needed to go on." not in page
    assert "Your answer has arrived" in page


async def test_an_objection_is_a_step_from_the_moment_it_is_sent(citizen: Browser, database: Database) -> None:
    told = CaseProgressed.model_validate(
        {"message_id": example.message().id, "step": "answered", "revision": 2, "at": example.NOW + timedelta(days=1)}
    )
    url = await kept(database, progress(answered(), told))
    await citizen.open(f"{url}/objection")
    page = await citizen.submit(f"{url}/objection", reason="Sorun sürüyor.")
    assert "Your objection is examined" in page
    assert "A supervisor of the hotline decides about it." in page


async def test_a_step_of_a_newer_version_is_left_out(citizen: Browser, database: Database) -> None:
    page = await citizen.open(await kept(database, round_of(("at_unit", "routed"), ("at_the_moon", "flown"))))
    assert "moon" not in page


@pytest.mark.parametrize(
    ("explanation", "told"), [("", "our institution is not responsible"), ("Belediye.", "Belediye.")]
)
async def test_the_reason_of_a_closing_is_always_told(
    citizen: Browser, database: Database, explanation: str, told: str
) -> None:
    message = close(example.message(), example.case_closed(explanation=explanation))
    page = await citizen.open(await kept(database, message))
    assert told in page
    assert "This message was closed on" in page


async def test_earlier_answers_stay_below_the_newest(citizen: Browser, database: Database) -> None:
    first = answer(answered(), example.case_answered(answer="Onarıldı.", answered_at=example.NOW + timedelta(days=2)))
    message = answer(
        first, example.case_answered(answer="Şimdi onarıldı.", answered_at=example.NOW + timedelta(days=9))
    )
    page = await citizen.open(await kept(database, message))
    assert page.index("Şimdi onarıldı.") < page.index("Earlier answer of 25 November 2026")


async def test_of_an_answer_that_was_given_otherwise_no_letter_is_told(citizen: Browser, database: Database) -> None:
    told = example.case_answered(told_by="telephone", answered_at=example.NOW + timedelta(days=2))
    message = answer(bounced(), told)
    page = await citizen.open(await kept(database, message))
    assert "You were given this answer by telephone; no e-mail was sent." in page
    assert "so that the answer reaches you" not in page
    of_a_newer_version = told.model_copy(update={"told_by": "fax"})
    page = await citizen.open(await kept(database, answer(example.message(), of_a_newer_version)))
    assert "You were given this answer by our staff; no e-mail was sent." in page
    page = await citizen.open(await kept(database, answered()))
    assert "no e-mail was sent" not in page


async def test_files_are_listed_with_a_way_to_those_of_the_writer(citizen: Browser, database: Database) -> None:
    mine, held = example.file_ref(), example.file_ref(id="a2", name="bekleyen.pdf", state="held")
    theirs = example.file_ref(id="a3", owner="router", name="tutanak.pdf")
    message = answer(example.message(), example.case_answered(files=(theirs,)))
    files = tuple(KeptFile.model_validate(file) for file in (mine, held))
    url = await kept(database, message.model_copy(update={"files": files}))
    page = await citizen.open(url)
    assert f'href="{url}/files/a1"' in citizen.html
    assert "/files/a2" not in citizen.html
    assert "/files/a3" not in citizen.html
    assert "bekleyen.pdf" in page
    assert "still being checked" in page
    assert "tutanak.pdf" in page


async def test_something_is_added_once_however_often_it_is_sent(citizen: Browser, database: Database) -> None:
    url = await kept(database, example.message())
    await citizen.open(f"{url}/follow-ups")
    typed_in = {"text": "Bir de pencere kırık.", "check": check_on(citizen)}
    fields = citizen.form(f"{url}/follow-ups").fields | typed_in
    answers = await asyncio.gather(*(citizen.client.post(f"{url}/follow-ups", data=fields) for _ in range(5)))
    assert {answer.url.path for answer in answers} == {url}
    assert "An officer will read it" in answers[0].text
    assert "Bir de pencere kırık." in answers[0].text
    message, announced = await stored(database, url)
    assert [follow_up.text for follow_up in message.follow_ups] == ["Bir de pencere kırık."]
    assert announced == ["message.followed_up"]


@pytest.mark.parametrize("message", [answered(), closed()], ids=["answered", "closed"])
async def test_an_addition_to_a_finished_message_is_taken_and_says_what_happens(
    citizen: Browser, database: Database, message: Message
) -> None:
    url = await kept(database, message)
    page = await citizen.open(f"{url}/follow-ups")
    assert "decides whether the case is opened again" in page
    page = await citizen.submit(f"{url}/follow-ups", text="Sorun sürüyor.")
    assert "decides whether the case is opened again" in page
    assert (await stored(database, url))[1] == ["message.followed_up"]


async def test_what_was_typed_stays_after_an_error(citizen: Browser, database: Database) -> None:
    url = await kept(database, answered())
    await citizen.open(f"{url}/rating")
    answer_page = await send(citizen, f"{url}/rating", comment="Hızlı oldu.")
    assert answer_page.status_code == 422
    assert "Please choose one of the five ratings." in answer_page.text
    assert submitted(citizen, f"{url}/rating")["comment"] == "Hızlı oldu."


@pytest.mark.parametrize("what", ["follow-ups", "withdrawal", "rating", "objection", "address"])
async def test_a_form_of_another_message_is_not_taken(citizen: Browser, database: Database, what: str) -> None:
    """CSRF: the token is bound to the message."""
    may = {"rating": answered, "objection": answered, "address": bounced}.get(what, example.message)
    one, other = await kept(database, may()), await kept(database, may())
    await citizen.open(f"{one}/{what}")
    written = {"text": "x", "why": "x", "score": "5", "reason": "x", "email": "a@example.com"}
    refused = await send(citizen, f"{one}/{what}", by_way_of=f"{other}/{what}", **written)
    assert refused.status_code == 422
    assert (await stored(database, other))[1] == []
    assert (await stored(database, one))[1] == []


async def test_the_question_of_an_officer_comes_first_and_is_answered_there(
    citizen: Browser, database: Database
) -> None:
    message = asked(ask(example.message(), example.question_asked(question_id="q2", text="Saat kaçta?")))
    url = await kept(database, message)
    page = await citizen.open(url)
    assert page.index("Saat kaçta?") < page.index("Received")
    page = await citizen.submit(f"{url}/questions/q2", answer="Sabah.")
    assert "Your answer has been received" in page
    assert (await stored(database, url))[1] == ["question.answered"]
    await citizen.open(f"{url}/questions/q2")
    assert citizen.path == url


async def test_a_question_that_was_answered_elsewhere_keeps_what_is_typed_now(
    citizen: Browser, database: Database
) -> None:
    url = await kept(database, asked())
    await citizen.open(url)
    other = citizen.tab()
    other.page = citizen.page
    await other.submit(f"{url}/questions/q1", answer="İkinci kat.")
    late = await send(citizen, f"{url}/questions/q1", answer="Üçüncü kat.", check=check_on(citizen))
    assert late.status_code == 409
    assert "answered this question already" in late.text
    assert submitted(citizen, f"{url}/questions/q1")["answer"] == "Üçüncü kat."


async def test_a_message_is_withdrawn_after_it_was_asked_whether(citizen: Browser, database: Database) -> None:
    url = await kept(database, example.message())
    assert "cannot be undone" in await citizen.open(f"{url}/withdrawal")
    page = await citizen.submit(f"{url}/withdrawal", why="Çözüldü.", check=check_on(citizen))
    assert "You have withdrawn this message on" in page
    assert "In review" not in page, "no step is to come"
    message, announced = await stored(database, url)
    assert message.withdrawn and message.withdrawn.reason == "Çözüldü."
    assert announced == ["message.withdrawn"]


async def test_of_a_withdrawal_that_the_answer_has_overtaken_nobody_says_that_the_case_is_being_closed(
    citizen: Browser, database: Database
) -> None:
    message = example.message()
    url = await kept(database, message)
    await citizen.open(f"{url}/withdrawal")
    await send(citizen, f"{url}/withdrawal", check=check_on(citizen))
    assert "Its case is being closed" in await citizen.open(url)
    messages = Messages(database)
    await messages.save(answer(await messages.get(message.id), example.case_answered(message_id=message.id)))
    page = await citizen.open(url)
    assert "Its case is being closed" not in page
    assert "You have withdrawn the message" in page


async def test_a_withdrawal_that_comes_too_late_is_refused_with_the_reason(
    citizen: Browser, database: Database
) -> None:
    message = example.message()
    url = await kept(database, message)
    await citizen.open(f"{url}/withdrawal")
    messages = Messages(database)
    await messages.save(answer(await messages.get(message.id), example.case_answered(message_id=message.id)))
    late = await send(citizen, f"{url}/withdrawal", check=check_on(citizen))
    assert late.status_code == 409
    assert "can no longer be withdrawn" in late.text


async def test_a_link_in_a_letter_chooses_a_rating_and_stores_nothing(citizen: Browser, database: Database) -> None:
    url = await kept(database, answered())
    await citizen.open(f"{url}/rating?score=4")
    assert submitted(citizen, f"{url}/rating")["score"] == "4"
    assert (await stored(database, url))[0].rating is None
    page = await citizen.submit(f"{url}/rating", comment="Hızlı oldu.")
    assert "Thank you for your rating" in page
    message, announced = await stored(database, url)
    assert message.rating and (message.rating.score, message.rating.comment) == (4, "Hızlı oldu.")
    assert announced == ["message.rated"]


@pytest.mark.parametrize("score", ["0", "6", "x", "4'", "<b>"])
async def test_another_rating_in_the_link_chooses_none(citizen: Browser, database: Database, score: str) -> None:
    url = await kept(database, answered())
    await citizen.open(f"{url}/rating?score={score}")
    assert "score" not in submitted(citizen, f"{url}/rating")


async def test_one_objects_once(citizen: Browser, database: Database) -> None:
    url = await kept(database, answered())
    assert "until 10 December 2026" in await citizen.open(url)
    await citizen.open(f"{url}/objection")
    page = await citizen.submit(f"{url}/objection", reason="Sorun sürüyor.")
    assert "You have objected on" in page
    assert "Sorun sürüyor." in page
    assert (await stored(database, url))[1] == ["message.objected"]
    await citizen.open(f"{url}/objection")
    assert citizen.path == url


async def test_after_the_last_day_nobody_objects(make: Make, visit: Visit, database: Database) -> None:
    url = await kept(database, answered())
    late = visit_at(make, visit, example.NOW + timedelta(days=40))
    page = await late.open(f"{url}/objection")
    assert late.path == url
    assert "You can object once" not in page


async def test_an_address_that_bounced_is_seen_and_corrected(citizen: Browser, database: Database) -> None:
    url = await kept(database, bounced())
    assert "deniz.kaya@example.org could not be delivered" in await citizen.open(url)
    await citizen.open(f"{url}/address")
    doubt = await send(citizen, f"{url}/address", email="deniz@gmial.com")
    assert doubt.status_code == 422
    assert "Did you mean deniz@gmail.com?" in doubt.text
    page = await citizen.submit(f"{url}/address", email_meant="deniz@gmail.com")
    assert "The new address has been noted" in page
    message, announced = await stored(database, url)
    assert message.submission.email == "deniz@gmail.com"
    assert announced == ["contact.corrected", "receipt.requested"]


@pytest.mark.parametrize("what", ["withdrawal", "rating", "objection", "address"])
async def test_what_cannot_be_done_now_leads_to_the_status_page(
    citizen: Browser, database: Database, what: str
) -> None:
    message = withdraw(example.message(), now=example.NOW)[0]
    url = await kept(database, message)
    await citizen.open(f"{url}/{what}")
    assert citizen.path == url


@pytest.mark.parametrize("what", ["follow-ups", "withdrawal", "rating", "objection", "address", "questions/q1"])
async def test_a_wrong_code_opens_none_of_the_pages(citizen: Browser, database: Database, what: str) -> None:
    await kept(database, asked())
    for code in ("AAAAA-BBBBB-CCCCC-DDDDD", "x"):
        with pytest.raises(Refused) as refused:
            await citizen.open(f"/t/{code}/{what}")
        assert refused.value.status == 404
        assert (await citizen.client.post(f"/t/{code}/{what}", data={"text": "x"})).status_code == 404


async def test_another_question_of_the_message_is_unknown(citizen: Browser, database: Database) -> None:
    url = await kept(database, asked())
    with pytest.raises(Refused, match="404"):
        await citizen.open(f"{url}/questions/q9")


async def test_another_language_keeps_what_was_typed_and_sends_nothing(citizen: Browser, database: Database) -> None:
    url = await kept(database, example.message())
    await citizen.open(f"{url}/follow-ups")
    page = await send(
        citizen, f"{url}/follow-ups", by_way_of=f"{url}/follow-ups?lang=tr", text="Pencere kırık.", switch="tr"
    )
    assert "Bilgi ekle" in page.text
    assert submitted(citizen, f"{url}/follow-ups")["text"] == "Pencere kırık."
    assert (await stored(database, url))[1] == []


async def test_a_claim_in_the_address_is_not_repeated(citizen: Browser, database: Database) -> None:
    url = await kept(database, example.message())
    assert "Thank you for your rating" not in await citizen.open(f"{url}?sent=rating")


async def test_looking_changes_nothing(citizen: Browser, database: Database) -> None:
    message = object_to(
        came_back(asked(answered()), example.letter_failed()),
        reason="Sorun.",
        days=15,
        zone=ZONE,
        now=example.NOW + timedelta(days=3),
    )[0]
    url = await kept(database, message)
    before = await database["messages"].find().to_list(None)
    for what in ("", "/follow-ups", "/withdrawal", "/rating?score=5", "/objection", "/address", "/questions/q1"):
        await citizen.open(url + what)
    assert await database["messages"].find().to_list(None) == before


async def test_an_interim_answer_stands_above_until_the_final_one_and_in_the_message_afterwards(
    citizen: Browser, database: Database
) -> None:
    told = example.case_informed()
    informed = inform(inform(example.message(), told), told)
    page = await citizen.open(await kept(database, informed))
    assert page.count("Interim answer") == 1
    assert told.text in page
    assert "The final answer follows." in page
    page = await citizen.open(await kept(database, inform(answered(), told)))
    assert (page.count("Interim answer"), "The final answer follows." in page) == (1, False)


def test_interim_answers_are_sorted_by_their_time_in_whatever_order_they_come() -> None:
    first, second = example.case_informed(), example.case_informed(informed_at=example.NOW + timedelta(days=9))
    there = inform(inform(example.message(), first), second)
    assert there.informed == inform(inform(example.message(), second), first).informed
    assert [answer.at for answer in there.informed] == [first.informed_at, second.informed_at]
