"""Whoever asks for a link gets the same answer; a letter goes to the registered address, if something is open."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from scripts.browser import Browser, text_of
from services.replies.config import Settings
from services.replies.domain.assignment import Assignment
from services.replies.domain.links import overview_token, token
from services.replies.jobs import NewLinksJob
from services.replies.store import Assignments, LinkRequests, Overviews
from shared.documents import Database, NotFound
from shared.scheduled import act_on_due
from shared.state import UnitRef
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted
from tests.links import in_state

REFERENCE = "26-7KX4-9Q"


class Office:
    """The portal's stores, and its job."""

    def __init__(self, database: Database, secret: str = example.SECRET) -> None:
        self.database = database
        self.assignments, self.overviews = Assignments(database), Overviews(database)
        self.requests = LinkRequests(database)
        settings = Settings.model_construct(
            secret_key=SecretStr(secret), replies_url="http://127.0.0.1:8003", new_links_hour=3
        )
        self.job = NewLinksJob(self.requests, self.assignments, self.overviews, settings)

    async def ask(self, wanted: str) -> list[dict[str, Any]]:
        """Ask, and answer what waits. Returns all letters that are owed since the beginning."""
        await self.requests.ask(example.SECRET, wanted, self.database.clock())
        await act_on_due(self.requests, self.requests.waiting, self.job.answer)
        return await self.letters()

    async def letters(self) -> list[dict[str, Any]]:
        return [json.loads(entry["body"])["data"] for kept in await self._kept() for entry in example.told(kept)]

    async def recorded(self) -> list[tuple[str, str, str | None]]:
        """Action, thing and message of what is owed to the audit record."""
        entries = [entry for kept in await self._kept() for entry in kept["outbox"]]
        told = [example.unpublished_data(entry) for entry in entries if entry["type"] == "replies.audited"]
        return [(one["action"], one["object_id"], one.get("message_id")) for one in told]

    async def _kept(self) -> list[dict[str, Any]]:
        stores = self.assignments, self.overviews
        return [document for store in stores for document in await store.collection.find().to_list(None)]


@pytest.fixture
async def office(database: Database) -> Office:
    made = Office(database)
    for store in (made.assignments, made.overviews, made.requests):
        await store.prepare()
    return made


@pytest.mark.parametrize("wanted", [REFERENCE, "26 7kx4 9q", "267KX49Q"])
async def test_a_reference_brings_its_link_to_the_newest_registered_address(office: Office, wanted: str) -> None:
    assignment = example.units_assignment()
    await office.assignments.add(assignment)
    (letter,) = await office.ask(wanted)
    assert (letter["cause"], letter["contacts_version"]) == ("new_link", 0)
    assert letter["link"].endswith(f"/a/{token(example.SECRET, assignment.id)}")
    assert letter["unit"]["email"] == assignment.unit.email


async def test_the_address_of_a_unit_with_one_open_assignment_brings_its_link(office: Office) -> None:
    assignment = example.units_assignment()
    await office.assignments.add(assignment)
    await office.assignments.add(other(in_state("accepted"), reference="26-AAAA-AA"))
    (letter,) = await office.ask(assignment.unit.email.upper())
    assert letter["assignment_id"] == assignment.id


async def test_the_address_of_a_unit_with_several_brings_the_list_for_a_day(office: Office) -> None:
    assignment = example.units_assignment()
    await office.assignments.add(assignment)
    await office.assignments.add(other(example.units_assignment(), reference="26-AAAA-AA"))
    (letter,) = await office.ask(assignment.unit.email)
    assert "/u/" in letter["link"] and letter["contacts_version"] == 0
    link_token = letter["link"].rpartition("/")[2]
    now = office.database.clock()
    assert (await office.overviews.by_token(link_token, now)).id == assignment.unit.code
    with pytest.raises(NotFound):
        await office.overviews.by_token(link_token, now + timedelta(days=1, minutes=1))
    assert link_token not in str(await office.database["overviews"].distinct("links"))


async def test_that_a_link_was_given_out_again_is_recorded(office: Office) -> None:
    assignment = example.units_assignment()
    await office.assignments.add(assignment)
    await office.ask(REFERENCE)
    assert await office.recorded() == [("link.sent_again", assignment.id, assignment.message_id)]


async def test_that_a_list_of_links_was_given_out_is_recorded(office: Office) -> None:
    assignment = example.units_assignment()
    for one in (assignment, other(example.units_assignment(), reference="26-AAAA-AA")):
        await office.assignments.add(one)
    await office.ask(assignment.unit.email)
    assert await office.recorded() == [("overview.sent", assignment.unit.code, None)]


@pytest.mark.parametrize("state", ["answered", "accepted", "declined", "recalled", "closed"])
async def test_for_what_is_not_open_no_link_is_sent(office: Office, state: str) -> None:
    await office.assignments.add(in_state(state))
    assert [letter for letter in await office.ask(REFERENCE) if letter.get("cause") == "new_link"] == []


@pytest.mark.parametrize("wanted", ["26-0000-00", "nobody@klu.example", "?", "$where", "\x00"])
async def test_for_what_does_not_exist_nothing_is_sent(office: Office, wanted: str) -> None:
    await office.assignments.add(example.units_assignment())
    assert await office.ask(wanted) == []


@pytest.mark.parametrize("several", [False, True])
async def test_in_an_hour_only_some_letters_are_sent_however_often_somebody_asks(
    office: Office, *, several: bool
) -> None:
    assignment = example.units_assignment()
    await office.assignments.add(assignment)
    if several:
        await office.assignments.add(other(example.units_assignment(), reference="26-AAAA-AA"))
    for _ in range(5):
        letters = await office.ask(assignment.unit.email)
    assert len(letters) == 3


async def test_an_answer_that_runs_again_sends_nothing_twice(office: Office) -> None:
    await office.assignments.add(example.units_assignment())
    now = office.database.clock()
    await office.requests.ask(example.SECRET, REFERENCE, now)
    (waiting,) = await office.requests.find({}, sort=[("_id", 1)], limit=2)
    await office.job.answer(waiting.id, now)
    answered = await office.requests.get(waiting.id)
    await office.requests.save(waiting.model_copy(update={"revision": answered.revision}))  # as if it had crashed
    await office.job.answer(waiting.id, now)
    assert len(await office.letters()) == 1


async def test_a_link_that_was_made_with_another_key_is_made_anew(office: Office) -> None:
    await office.assignments.add(example.units_assignment(token_hash="0" * 64))
    (letter,) = await office.ask(REFERENCE)
    assert (await office.assignments.by_token(letter["link"].rpartition("/")[2])).reference == REFERENCE


async def test_nobody_learns_from_the_request_what_was_typed(office: Office) -> None:
    await office.ask("somebody@klu.example")
    assert "somebody" not in str(await office.database["link_requests"].find().to_list(None))


@pytest.fixture
async def visitor(make: Make, visit: Visit, office: Office) -> Browser:
    return visit(make("replies", new_links_client_hour=2))


async def test_everybody_gets_the_same_answer(visitor: Browser, office: Office) -> None:
    assignment = example.units_assignment()
    await office.assignments.add(assignment)
    await visitor.open("/")
    known = await visitor.submit("/new-link", wanted=REFERENCE)
    await visitor.open("/new-link")
    assert await visitor.submit("/new-link", wanted="26-0000-00") == known
    assert await office.letters() == []  # it is decided afterwards


async def test_the_page_of_a_wrong_link_offers_a_new_one(visitor: Browser) -> None:
    visitor.page = await visitor.client.get(f"/a/{'x' * 32}")
    assert visitor.page.status_code == 404
    assert "Açık bir başvuru varsa" in await visitor.submit("/new-link", wanted=REFERENCE)


async def test_whoever_asks_too_often_waits_and_keeps_what_was_typed(visitor: Browser, office: Office) -> None:
    await visitor.open("/new-link")
    for number in range(3):
        await visitor.open("/new-link")
        answer = await send(visitor, "/new-link", wanted=f"26-0000-0{number}")
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 0
    assert submitted(visitor, "/new-link")["wanted"] == "26-0000-02"
    assert await office.database["link_requests"].count_documents({}) == 2


async def test_the_list_shows_what_is_open_and_leads_there(visitor: Browser, office: Office) -> None:
    soon = example.units_assignment(subject="Isıtma", due_at=office.database.clock() + timedelta(days=2))
    returned = other(in_state("returned"), subject="Asansör", reference="26-AAAA-AA", due_at=None)
    rekeyed = other(example.units_assignment(token_hash="0" * 64), subject="Kapı", reference="26-BBBB-BB")
    strangers = example.units_assignment(
        subject="Yabancı", unit=UnitRef(code="other", name_tr="Başka", name_en="Other", email="other@klu.example")
    )
    for assignment in (soon, returned, rekeyed, strangers, other(in_state("accepted"), subject="Biten")):
        await office.assignments.add(assignment)
    (letter,) = [one for one in await office.ask(soon.unit.email) if "/u/" in one["link"]]
    path = "/u/" + letter["link"].rpartition("/")[2]
    before = await office.database["assignments"].find().to_list(None)
    page = await visitor.open(path + "?lang=tr")
    for said in ("Isıtma", "2 gün kaldı", "Asansör", "Düzeltme istendi", "Kapı", "Bağlantısı değişmiştir"):
        assert said in page
    assert "Yabancı" not in page and "Biten" not in page
    assert f'href="/a/{token(example.SECRET, returned.id)}"' in visitor.html
    assert token(example.SECRET, rekeyed.id) not in visitor.html
    assert await office.database["assignments"].find().to_list(None) == before
    assert (await visitor.client.get(f"{path}).")).status_code == 200


async def test_an_unknown_list_is_an_invalid_link(visitor: Browser) -> None:
    answer = await visitor.client.get(f"/u/{overview_token()}")
    assert answer.status_code == 404 and "Bağlantıyı yeniden iste" in text_of(answer.text)


def other(assignment: Assignment, **different: Any) -> Assignment:
    return assignment.model_copy(update=different)
