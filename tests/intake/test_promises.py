"""Was it done? Asked on the status page and over the API, answered once, by a form alone."""

from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.intake.domain.after import answer_promise, withdraw
from services.intake.domain.codes import tracking_code
from services.intake.domain.message import Message
from services.intake.domain.progress import answer, ask_whether_kept, progress
from services.intake.handlers import MessageHandlers
from services.intake.store import Messages
from shared.documents import Database
from shared.events import PromiseAnswered, PromiseAsked
from shared.file_links import Grants
from shared.refused import Refused
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import check_on, send
from tests.intake.test_after import LATER, answered, closed


def told(message: Message, **different: Any) -> PromiseAsked:
    given: dict[str, Any] = {
        "message_id": message.id,
        "promise_id": "p1",
        "reference": message.reference,
        "submitter": {},
    }
    given |= {"promise": "Isıtma onarılacak.", "promised_for": LATER, "asked_at": LATER}
    return PromiseAsked.model_validate(given | different)


def asked(message: Message | None = None) -> Message:
    known = message or answered()
    return ask_whether_kept(known, told(known))


@pytest.fixture
def app(make: Make) -> FastAPI:
    made = make("intake")
    made.state.clock = lambda: example.NOW + timedelta(days=3)
    return made


@pytest.fixture
async def citizen(app: FastAPI, visit: Visit, database: Database) -> Browser:
    await Messages(database).prepare()
    return visit(app, language="en")


async def kept(database: Database, message: Message) -> str:
    await Messages(database).add(message)
    return tracking_code(example.SECRET, message.id)


async def due_events(database: Database) -> list[tuple[str, Any]]:
    (document,) = await database["messages"].find().to_list(None)
    return [(entry["type"], example.unpublished_data(entry).get("kept")) for entry in example.told(document)]


def test_what_was_promised_is_answered_once() -> None:
    message = asked()
    changed, (event,) = answer_promise(message, message.promises[0], kept=False, text="Hâlâ soğuk.", now=LATER)
    assert isinstance(event, PromiseAnswered)
    assert (event.promise_id, event.kept, event.text, changed.open_promises) == ("p1", False, "Hâlâ soğuk.", ())
    assert answer_promise(changed, changed.promises[0], kept=False, text="Hâlâ soğuk.", now=LATER) == (changed, [])
    with pytest.raises(Refused, match="already"):
        answer_promise(changed, changed.promises[0], kept=True, now=LATER)


@pytest.mark.parametrize(
    "message",
    [
        closed(),
        progress(answered(), example.case_progressed(step="received", revision=9, at=LATER + timedelta(days=1))),
        withdraw(example.message(), now=LATER)[0],
    ],
    ids=["closed", "dealt with again", "withdrawn"],
)
def test_a_message_that_does_not_stand_answered_asks_nothing(message: Message) -> None:
    assert asked(message).open_promises == ()
    assert asked().open_promises


def test_after_another_answer_only_what_was_promised_with_that_one_is_asked() -> None:
    hour = timedelta(hours=1)
    again = answered(asked(), at=LATER + hour)
    assert again.open_promises == ()
    both = ask_whether_kept(again, told(again, promise_id="p2", asked_at=LATER + 2 * hour))
    assert [promise.id for promise in both.open_promises] == ["p2"]


async def test_the_event_is_kept_once(database: Database) -> None:
    message = answered()
    await kept(database, message)
    handlers = MessageHandlers(Messages(database))
    for _ in range(2):
        await handlers.on_promise_asked(example.sealed(told(message)))
    assert [promise.id for promise in (await Messages(database).get(message.id)).promises] == ["p1"]


async def test_the_status_page_asks_and_takes_the_answer(citizen: Browser, database: Database) -> None:
    code = await kept(database, asked())
    page = await citizen.open(f"/t/{code}")
    for said in ("Was it done?", "Isıtma onarılacak.", "25 November 2026"):
        assert said in page
    check = check_on(citizen).lower()
    page = await citizen.submit(f"/t/{code}/promises/p1", kept="no", sentence="Hâlâ soğuk.", check=check)
    assert "Your message is dealt with again." in page and "You told us that it was not done" in page
    assert "Was it done?" not in page
    assert await due_events(database) == [("promise.answered", False)]


async def test_a_link_in_a_letter_chooses_and_stores_nothing(citizen: Browser, database: Database) -> None:
    code = await kept(database, asked())
    for chosen in ("yes", "no", "perhaps"):
        await citizen.open(f"/t/{code}/promises/p1?kept={chosen}")
        fields = citizen.form(f"/t/{code}/promises/p1").fields
        assert fields.get("kept", []) == ([chosen] if chosen in ("yes", "no") else [])
        await citizen.client.head(f"/t/{code}/promises/p1?kept={chosen}")
    assert await due_events(database) == []
    page = await citizen.submit(f"/t/{code}/promises/p1", kept="yes", check=check_on(citizen))
    assert "Thank you for telling us." in page
    assert await due_events(database) == [("promise.answered", True)]


@pytest.mark.parametrize("entered", [None, "", "0000", "yes"])
async def test_without_the_check_no_program_of_a_mail_server_answers_for_a_person(
    citizen: Browser, database: Database, entered: str | None
) -> None:
    codes = await kept(database, asked()), await kept(database, example.message())
    forms = {"promises/p1": {"kept": "no", "sentence": "Lorem."}, "withdrawal": {"why": "Lorem."}}
    for code, (what, fields) in zip(codes, forms.items(), strict=True):
        await citizen.open(f"/t/{code}/{what}")
        answer = await send(citizen, f"/t/{code}/{what}", **fields, **({} if entered is None else {"check": entered}))
        assert (answer.status_code, f"these four characters: {check_on(citizen)}" in answer.text) == (422, True)
        assert "Lorem." in answer.text
    assert await database["messages"].count_documents({"outbox.0": {"$exists": True}}) == 0


async def test_without_a_choice_nothing_is_taken(citizen: Browser, database: Database) -> None:
    code = await kept(database, asked())
    await citizen.open(f"/t/{code}/promises/p1")
    form = citizen.form(f"/t/{code}/promises/p1").fields
    answer = await citizen.client.post(f"/t/{code}/promises/p1", data=form | {"sentence": "Belki."})
    assert (answer.status_code, "Please choose yes or no." in answer.text, "Belki." in answer.text) == (422, True, True)
    assert (await citizen.client.get(f"/t/{code}/promises/p2")).status_code == 404
    assert await due_events(database) == []


async def test_the_api_asks_and_takes_the_answer_once(citizen: Browser, database: Database) -> None:
    code = await kept(database, asked())
    url, api = f"/api/v1/messages/{code}", citizen.client
    (promise,) = (await api.get(url)).json()["promises"]
    assert (promise["text"], promise["kept"]) == ("Isıtma onarılacak.", None)
    assert (await api.post(f"{url}/promises/p1", json={"kept": "no"})).status_code == 422
    assert (await api.post(f"{url}/promises/p9", json={"kept": True})).status_code == 404
    after = await api.post(f"{url}/promises/p1", json={"kept": False, "text": "Hâlâ soğuk."})
    assert (after.status_code, after.json()["promises"][0]["kept"]) == (201, False)
    assert (await api.post(f"{url}/promises/p1", json={"kept": True})).status_code == 409
    assert await due_events(database) == [("promise.answered", False)]


async def test_the_writer_opens_a_units_file_of_the_answer_at_its_owner(citizen: Browser, database: Database) -> None:
    files = [example.file_ref(id="u1", owner="replies", preview=True), example.file_ref(id="u2", owner="replies")]
    files[1] = files[1].model_copy(update={"state": "infected"})
    message = example.message()
    message = answer(message, example.case_answered(message_id=message.id, files=files))
    code = await kept(database, message)
    await citizen.open(f"/t/{code}")
    assert f"/t/{code}/files/u1" in (await citizen.client.get(f"/t/{code}")).text
    grants = Grants({"intake": [example.SIGNERS["intake"].public_key]})
    for path, of in ((f"/t/{code}/files/u1", "/files/u1?"), (f"/t/{code}/files/u1/preview", "/files/u1/preview?")):
        link = (await citizen.client.get(path, follow_redirects=False)).headers["location"]
        assert of in link and link.startswith("http://127.0.0.1:8003/")
        grant = grants.check(link.partition("grant=")[2], file_id="u1", now=example.NOW + timedelta(days=3))
        assert (grant.actor.kind, grant.actor.id) == ("submitter", message.id)
    other = await kept(database, example.message())
    for path in (f"/t/{code}/files/u2", f"/t/{other}/files/u1"):
        assert (await citizen.client.get(path)).status_code == 404


async def test_the_status_page_says_by_which_day_it_is_done(citizen: Browser, database: Database) -> None:
    told = example.case_answered(promised_for=LATER, promise="Isıtma onarılacak.")
    code = await kept(database, answer(example.message(), told))
    page = await citizen.open(f"/t/{code}")
    assert "This is to be done by" in page and "Isıtma onarılacak." in page
    (given,) = (await citizen.client.get(f"/api/v1/messages/{code}")).json()["answers"]
    assert (given["promised_for"], given["promise"]) == (LATER.isoformat().replace("+00:00", "Z"), "Isıtma onarılacak.")
