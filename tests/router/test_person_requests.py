"""A person's request about their data, from the letter to the answer: what the privacy officer sees and does."""

from collections.abc import Sequence
from datetime import timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.case import Case
from services.router.cases.domain.correcting import correct_submitter
from services.router.cases.domain.parts import Restriction
from services.router.cases.domain.submitter import correct_contact
from services.router.cases.store.cases import Cases
from services.router.records.domain.candidates import candidates
from services.router.records.domain.candidates import confirmed as candidate_list
from services.router.records.domain.requests import Export, PersonRequest, RequestState
from services.router.records.handlers.requests import RequestHandlers
from services.router.records.store.persons import Persons
from services.router.records.store.requests import PersonRequests
from shared.documents import AlreadyProcessed, Database
from shared.events import ContactCorrected, FoundItem, IntakeFound, NotifierFound, PersonSought, RepliesFound
from shared.files.store import Files
from shared.person_answers import LISTED
from shared.person_exports import keep
from shared.state import Actor, KeptFile, Person
from tests import examples as example
from tests.conftest import Visit
from tests.erasing import eraser_of, order
from tests.router.desk import kept, log_in, send, shown, unpublished
from tests.router.persons import OFFICER, person_request, requests_of

FORM = {
    "name": "Deniz Kaya",
    "email": "Deniz.Kaya@example.org",
    "phone": "+90 288 212 96 79",
    "identity": "signed_letter",
    "wishes": ["export", "correct", "erase"],
    "received": "2026-11-20",
}


@pytest.fixture
async def protector(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """The browser of the privacy officer, who reads English."""
    return await log_in(visit(app, language="en"), database, role=Role.PRIVACY_OFFICER)


class Desk:
    """The parts of the running desk that answer events."""

    def __init__(self, app: FastAPI) -> None:
        provided = app.state.provided
        self.requests: PersonRequests = provided[PersonRequests]
        self.handlers = RequestHandlers(self.requests, provided[Persons])

    async def only(self) -> PersonRequest:
        """The one request that there is."""
        (asked,) = await self.requests.find({}, sort=[("_id", 1)], limit=2)
        return asked

    async def look(self, *, of: dict[str, str] | None = None, **items: list[FoundItem]) -> PersonRequest:
        """All services answer the search: the router by itself, the others with these items."""
        asked = await self.only()
        assert asked.search
        number = asked.search.number
        person = of or asked.person.model_dump(exclude_none=True)
        sought = PersonSought(request_id=asked.id, number=number, sought_at=example.NOW, **person)
        await self.handlers.on_person_sought(example.sealed(sought))
        for service, kind in {"intake": IntakeFound, "replies": RepliesFound, "notifier": NotifierFound}.items():
            found = tuple(items.get(service, ()))
            answer = kind(request_id=asked.id, number=number, items=found, found_at=example.NOW)
            await self.handlers.on_found(example.sealed(answer, source=service))
        return await self.only()


@pytest.fixture
def desk(app: FastAPI) -> Desk:
    """What the desk answers with."""
    return Desk(app)


def finished(**different: Any) -> Case:
    return example.case(state="closed", **different)


async def opened(browser: Browser, desk: Desk, **different: Any) -> PersonRequest:
    """A request that was opened on the page, and whose person is looked for."""
    await browser.open("/privacy/new")
    answer = await send(browser, "/privacy/new", **FORM | different)
    assert answer.status_code == 200, shown(answer)
    asked = await desk.only()
    await browser.open(f"/privacy/{asked.id}")
    assert (await send(browser, f"/privacy/{asked.id}/search")).status_code == 200
    return await desk.only()


async def confirmed(browser: Browser, desk: Desk, theirs: list[str] | None = None) -> PersonRequest:
    """The request after the officer has confirmed these groups, or what the page proposes."""
    asked = await desk.only()
    await browser.open(f"/privacy/{asked.id}")
    fields: dict[str, Any] = {} if theirs is None else {"theirs": theirs}
    assert (await send(browser, f"/privacy/{asked.id}/confirmation", **fields)).status_code == 200
    return await desk.only()


async def test_a_request_has_thirty_days_from_the_day_on_which_it_was_received(protector: Browser, desk: Desk) -> None:
    asked = await opened(protector, desk)
    assert asked.due_at - asked.received_at == timedelta(days=31) - timedelta(milliseconds=1)
    page = shown(await protector.client.get("/privacy"))
    assert asked.id in page
    assert "day" in page
    assert "Deniz" not in page


@pytest.mark.parametrize(
    ("different", "said"),
    [
        ({"name": "Deniz", "email": "", "phone": ""}, "Please enter a name with surname"),
        ({"wishes": []}, "Please choose what the person wants."),
        ({"received": "2199-01-01"}, "This day has not come yet."),
        ({"email": "deniz"}, "Please enter an e-mail address"),
    ],
)
async def test_a_request_that_says_too_little_is_not_opened(
    protector: Browser, desk: Desk, different: dict[str, Any], said: str
) -> None:
    await protector.open("/privacy/new")
    answer = await send(protector, "/privacy/new", **FORM | different)
    assert (answer.status_code, said in shown(answer)) == (422, True)
    assert [one async for one in desk.requests.ids({})] == []


async def test_nothing_that_is_stored_of_a_request_names_the_person(
    protector: Browser, desk: Desk, database: Database
) -> None:
    await opened(protector, desk, wish_text="Kayıtlarımı öğrenmek istiyorum")
    stored = str(await database["person_requests"].find_one({}))
    assert not any(part in stored for part in ("Deniz", "Kaya", "example.org", "212 96 79", "öğrenmek"))


@pytest.mark.parametrize("step", ["", "/answer", "/correction", "/erasure"])
async def test_whatever_page_of_a_request_is_opened_that_it_was_read_is_recorded(
    protector: Browser, database: Database, desk: Desk, step: str
) -> None:
    asked = person_request()
    await requests_of(database).add(asked)
    await protector.open(f"/privacy/{asked.id}{step}")
    found = await database["audit"].find({"action": "request_read"}).to_list(9)
    assert [one["object_id"] for one in found] == [asked.id]


async def test_a_refused_form_of_a_request_shows_it_and_is_recorded(
    protector: Browser, database: Database, desk: Desk
) -> None:
    asked = person_request()
    await requests_of(database).add(asked)
    answer = await protector.client.post(f"/privacy/{asked.id}/search", data={})
    assert (answer.status_code, "Deniz" in answer.text) == (422, True)
    assert await database["audit"].count_documents({"action": "request_read"}) == 1


async def test_own_cases_are_found_by_address_phone_and_name_and_those_of_others_are_not(
    protector: Browser, desk: Desk, database: Database
) -> None:
    cases = [
        await kept(database, example.case(submitter=person))
        for person in (
            example.person(name=None, phone=None, email="DENIZ.KAYA@EXAMPLE.ORG"),
            example.person(name=None, email=None, phone="0 288 2129679"),
            example.person(name="KAYA, Deniz", email=None, phone=None),
            example.person(name="Deniz Aydın", email="d@example.org", phone=None),
        )
    ]
    await opened(protector, desk)
    asked = await desk.look()
    assert asked.search
    assert {(item.message_id, item.by) for item in asked.search.found if item.kind == "case"} == {
        *((cases[0].id, "email"), (cases[1].id, "phone"), (cases[2].id, "name")),
    }


async def test_what_the_address_shows_is_ticked_and_a_name_alone_is_not(
    protector: Browser, desk: Desk, database: Database
) -> None:
    sure = await kept(database, example.case())
    namesake = await kept(database, example.case(submitter=example.person(email="baska@example.org", phone=None)))
    await opened(protector, desk)
    await desk.look()
    asked = await confirmed(protector, desk)
    assert asked.confirmed == (f"message:{sure.id}",)
    assert asked.rejected == (f"message:{namesake.id}",)


async def test_what_another_person_wrote_from_the_same_address_is_not_ticked(
    protector: Browser, desk: Desk, database: Database
) -> None:
    own = await kept(database, example.case())
    nameless = example.case(id=str(uuid4()), submitter=example.person(name=None))
    other = example.case(id=str(uuid4()), submitter=example.person(name="Ali Kaya"))
    for case in (nameless, other):
        await kept(database, case)
    await opened(protector, desk)
    await desk.look()
    asked = await desk.only()
    await protector.open(f"/privacy/{asked.id}")
    ticked = protector.form(f"/privacy/{asked.id}/confirmation").fields["theirs"]
    assert {*ticked} == {f"message:{own.id}", f"message:{nameless.id}"}
    asked = await confirmed(protector, desk)
    assert asked.rejected == (f"message:{other.id}",)


async def test_somebody_who_is_named_in_anothers_message_is_never_ticked(
    protector: Browser, desk: Desk, database: Database
) -> None:
    text = "Deniz Kaya bana yardım etti, deniz.kaya@example.org adresinden yazıyor."
    other = await kept(
        database, example.case(text=text, submitter=example.person(name="Ali Can", email=None, phone=None))
    )
    apart = "Deniz kenarında bir kaya var."
    await kept(database, example.case(text=apart, submitter=example.person(name="Ali Can", email=None, phone=None)))
    await opened(protector, desk)
    asked = await desk.look()
    assert asked.search
    assert {(item.kind, item.message_id) for item in asked.search.found} == {("mention", other.id)}
    assert (await confirmed(protector, desk)).confirmed == ()


async def test_a_restricted_case_is_told_by_its_number_alone_and_cannot_be_confirmed(
    protector: Browser, desk: Desk, database: Database
) -> None:
    restriction = Restriction(why="health", to=("somebody",), at=example.NOW)
    case = await kept(database, example.case(subject="Sağlık", restriction=restriction))
    await opened(protector, desk)
    await desk.look()
    asked = await desk.only()
    page = shown(await protector.client.get(f"/privacy/{asked.id}"))
    assert case.reference in page
    assert "Sağlık" not in page
    key = f"message:{case.id}"
    await protector.open(f"/privacy/{asked.id}")
    url = f"/privacy/{asked.id}/confirmation"
    await send(protector, f"/privacy/{asked.id}/confirmation", url=url, shown=[key], theirs=[key])
    assert (await desk.only()).confirmed == ()


async def test_what_was_said_of_a_case_that_others_alone_may_read_stays(
    protector: Browser, desk: Desk, database: Database
) -> None:
    case = await kept(database, example.case())
    await opened(protector, desk)
    await desk.look()
    key = f"message:{case.id}"
    assert (await confirmed(protector, desk)).confirmed == (key,)
    restriction = Restriction(why="health", to=("somebody",), at=example.NOW)
    cases = Cases(database)
    await cases.save((await cases.get(case.id)).model_copy(update={"restriction": restriction}))
    assert (await confirmed(protector, desk)).confirmed == (key,)


async def test_an_export_with_a_restricted_case_is_given_to_those_alone_who_may_read_it(
    app: FastAPI, visit: Visit, protector: Browser, desk: Desk, database: Database
) -> None:
    other = await log_in(
        visit(app, language="en"), database, role=Role.PRIVACY_OFFICER, email="other@klu.example", id="other"
    )
    restriction = Restriction(why="health", to=("other",), at=example.NOW)
    case = await kept(database, example.case(restriction=restriction))
    await opened(protector, desk)
    asked = await desk.only()
    ids: dict[str, Any] = {"message_ids": (case.id,), "mail_ids": (), "signatures": ()}
    wanted = SimpleNamespace(request_id=asked.id, **ids)
    stored = await keep(app.state.provided[Files], wanted, f"{asked.id}.zip", BytesIO(b"zip"))
    file, now = KeptFile.model_validate(stored.ref), desk.requests.database.clock()
    export = Export(number=1, at=now, by=Actor(kind="officer", id="other"), file=file, ready_at=now, **ids)
    changes = {"export": export, "state": RequestState.CONFIRMED, "confirmed": (f"message:{case.id}",)}
    await desk.requests.save(asked.model_copy(update=changes))
    page, url = f"/privacy/{asked.id}", f"/privacy/{asked.id}/export"
    assert (await other.client.get(url)).content == b"zip"
    assert "Download the file" in shown(await other.client.get(page))
    said = shown(await protector.client.get(url))
    assert "you cannot download it" in said
    assert "Download the file" not in said


async def test_who_may_not_read_a_confirmed_case_reads_who_can_name_them_and_decides_about_nothing_before_that(
    app: FastAPI, visit: Visit, protector: Browser, desk: Desk, database: Database
) -> None:
    supervisor, reader = (
        {"role": role, "id": name, "email": f"{name}@klu.example", "name": name}
        for role, name in ((Role.SUPERVISOR, "Sema"), (Role.PRIVACY_OFFICER, "Nil"))
    )
    await log_in(visit(app), database, **supervisor)
    nil = await log_in(visit(app, language="en"), database, **reader)
    own, secret = await kept(database, finished()), await kept(database, finished(subject="Sağlık"))
    await opened(protector, desk)
    await desk.look()
    await confirmed(protector, desk)
    restriction = Restriction(why="health", to=("Nil", "Sema"), at=example.NOW)
    cases = Cases(database)
    await cases.save((await cases.get(secret.id)).model_copy(update={"restriction": restriction}))
    asked = await desk.only()
    url = f"/privacy/{asked.id}/erasure"
    for page in (f"/privacy/{asked.id}", f"/privacy/{asked.id}/correction", url):
        said = await protector.open(page)
        assert "1 confirmed case is restricted" in said
        assert secret.reference in said and "These people can name you as a reader: Sema." in said
        assert "can decide: Nil." in said
    await nil.open(url)
    theirs = {"csrf": protector.form("/logout").fields["csrf"], "everything": "destroy", "reference": asked.id}
    refused = await protector.client.post(url, data=theirs)
    assert (refused.status_code, "decided about together" in shown(refused)) == (409, True)
    assert (await desk.only()).erasure is None
    await send(nil, url, everything="destroy", reference=asked.id)
    erasure = (await desk.only()).erasure
    assert erasure
    assert set(erasure.destroy) == {own.id, secret.id}


@pytest.mark.parametrize("step", ["", "/correction", "/erasure"])
async def test_each_page_of_a_request_reads_the_cases_once(
    app: FastAPI, protector: Browser, desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    case = await kept(database, finished())
    asked = await opened(protector, desk)
    await desk.look()
    await confirmed(protector, desk)
    persons: Persons = app.state.provided[Persons]
    asked_for, cases = list[Sequence[str]](), persons.cases

    async def counted(ids: Sequence[str]) -> dict[str, Case]:
        asked_for.append(ids)
        return await cases(ids)

    monkeypatch.setattr(persons, "cases", counted)
    assert case.reference in await protector.open(f"/privacy/{asked.id}{step}")
    assert asked_for == [[case.id]]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        (("o2",), "Mert may read it, and may not name others."),
        (("gone",), "Restricted case that nobody who works here reads."),
    ],
)
async def test_it_is_said_what_helps_where_no_reader_may_name_others(
    app: FastAPI, visit: Visit, protector: Browser, desk: Desk, database: Database, to: tuple[str, ...], said: str
) -> None:
    await log_in(visit(app), database, role=Role.OFFICER, id="o2", email="o2@klu.example", name="Mert")
    await kept(database, example.case(restriction=Restriction(why="health", to=to, at=example.NOW)))
    asked = await opened(protector, desk)
    await desk.look()
    assert said in await protector.open(f"/privacy/{asked.id}")


async def test_the_page_says_which_services_have_not_answered(protector: Browser, desk: Desk) -> None:
    asked = await opened(protector, desk)
    page = shown(await protector.client.get(f"/privacy/{asked.id}"))
    assert "Missing: Public form, Desk, Units' portal, E-mails." in page
    assert asked.search
    answer = IntakeFound(request_id=asked.id, number=asked.search.number, found_at=example.NOW)
    await desk.handlers.on_found(example.sealed(answer, source="intake"))
    assert "Missing: Desk, Units' portal, E-mails." in shown(await protector.client.get(f"/privacy/{asked.id}"))


async def test_an_answer_that_is_late_or_comes_twice_changes_nothing(protector: Browser, desk: Desk) -> None:
    asked = await opened(protector, desk)
    item = FoundItem(kind="message", id="m1", by="email", message_id="m1", at=example.NOW)
    first = IntakeFound(request_id=asked.id, number=1, items=(item,), found_at=example.NOW)
    once = example.sealed(first, source="intake")
    await desk.handlers.on_found(once)
    for again in (once, example.sealed(first, source="intake")):
        with pytest.raises(AlreadyProcessed):
            await desk.handlers.on_found(again)
    await protector.open(f"/privacy/{asked.id}")
    await send(protector, f"/privacy/{asked.id}/search")
    with pytest.raises(AlreadyProcessed):
        await desk.handlers.on_found(example.sealed(first, source="intake"))
    asked = await desk.only()
    assert asked.search
    assert (asked.search.number, asked.search.found) == (2, ())


async def test_more_than_a_service_can_list_is_said(protector: Browser, desk: Desk) -> None:
    asked = await opened(protector, desk)
    answer = NotifierFound(request_id=asked.id, number=1, more=True, found_at=example.NOW)
    await desk.handlers.on_found(example.sealed(answer, source="notifier"))
    assert "E-mails: only the newest 1,000 things" in shown(await protector.client.get(f"/privacy/{asked.id}"))
    assert LISTED == 1_000


async def test_what_is_corrected_is_found_by_the_new_data_and_not_by_the_old(
    protector: Browser, desk: Desk, database: Database
) -> None:
    case = await kept(database, example.case())
    other = await kept(database, example.case())
    await opened(protector, desk)
    await desk.look()
    asked = await confirmed(protector, desk, [f"message:{case.id}"])
    await protector.open(f"/privacy/{asked.id}/correction")
    new: dict[str, Any] = {"name": "Deniz Kayaalp", "email": "dk@example.net", "phone": "", "deletes": ["phone"]}
    assert (await send(protector, f"/privacy/{asked.id}/correction", **new)).status_code == 200
    stored = await Cases(database).get(case.id)
    assert (stored.submitter.name, stored.submitter.email, stored.submitter.phone) == (
        "Deniz Kayaalp",
        "dk@example.net",
        None,
    )
    assert not _has(stored, "deniz.kaya@example.org")
    found = (await database["cases"].find_one({"_id": case.id}) or {})["indexed"]["terms"]
    assert "=dk@example.net" in found
    assert "=deniz.kaya@example.org" not in found
    assert (await Cases(database).get(other.id)).submitter.email == "deniz.kaya@example.org"
    told = [event for event in await unpublished(database, "cases") if "submitter" in event]
    assert [(event["message_id"], event["submitter"]["email"]) for event in told] == [(case.id, "dk@example.net")]


async def test_who_corrects_one_thing_deletes_no_other(protector: Browser, desk: Desk, database: Database) -> None:
    case = await kept(database, example.case())
    await opened(protector, desk, name="", phone="")
    await desk.look()
    asked = await confirmed(protector, desk)
    await protector.fill_in(f"/privacy/{asked.id}/correction", email="dk@example.net")
    stored = (await Cases(database).get(case.id)).submitter
    assert (stored.name, stored.email, stored.phone) == (case.submitter.name, "dk@example.net", case.submitter.phone)


async def test_nothing_is_deleted_by_a_correction_unless_it_is_ticked(
    protector: Browser, desk: Desk, database: Database
) -> None:
    case = await kept(database, example.case())
    other = example.case(id=str(uuid4()), reference="26-7KX4-9R", submitter=example.person(name="Deniz K."))
    await kept(database, other)
    await opened(protector, desk, name="")
    await desk.look()
    asked = await confirmed(protector, desk)
    url, cases = f"/privacy/{asked.id}/correction", Cases(database)
    await protector.open(url)
    assert protector.form(url).fields["name"] == [""]
    refused = await send(protector, url, email="dk@example.net", phone="")
    assert (refused.status_code, "was left empty" in shown(refused)) == (409, True)
    assert (await cases.get(case.id)).submitter == case.submitter
    assert (await send(protector, url, email="dk@example.net", phone="", deletes=["phone"])).status_code == 200
    left = [(await cases.get(one.id)).submitter for one in (case, other)]
    assert [(one.name, one.email, one.phone) for one in left] == [
        (case.submitter.name, "dk@example.net", None),
        ("Deniz K.", "dk@example.net", None),
    ]
    assert (await send(protector, url, email="dk@example.net", phone="", deletes=["name"])).status_code == 200
    assert [(await cases.get(one.id)).submitter.name for one in (case, other)] == [None, None]


async def test_who_wrote_without_a_name_does_not_get_one_by_a_correction_of_the_address(
    protector: Browser, desk: Desk, database: Database
) -> None:
    case = await kept(database, example.case(submitter=example.person(name=None, phone=None)))
    await opened(protector, desk)
    await desk.look()
    asked = await confirmed(protector, desk)
    await protector.fill_in(f"/privacy/{asked.id}/correction", email="dk@example.net")
    after = (await Cases(database).get(case.id)).submitter
    assert (after.name, after.email, after.phone) == (None, "dk@example.net", None)


async def test_an_address_that_the_person_gave_while_the_form_was_open_is_not_overwritten(
    protector: Browser, desk: Desk, database: Database
) -> None:
    case, cases = await kept(database, example.case()), Cases(database)
    await opened(protector, desk)
    await desk.look()
    asked = await confirmed(protector, desk)
    url = f"/privacy/{asked.id}/correction"
    await protector.open(url)
    own = ContactCorrected(message_id=case.id, email="own@example.net", corrected_at=example.NOW)
    await cases.save(correct_contact(await cases.get(case.id), own))
    refused = await send(protector, url, name="Deniz Kayaalp")
    assert (refused.status_code, "own@example.net" in shown(refused)) == (409, True)
    after = (await cases.get(case.id)).submitter
    assert (after.name, after.email) == (case.submitter.name, "own@example.net")
    await protector.open(url)
    assert (await send(protector, url, name="Deniz Kayaalp", email="own@example.net")).status_code == 200
    again = await send(protector, url, name="Deniz Kayaalp", email="own@example.net", url=url)
    assert again.status_code == 200


async def test_a_correction_that_says_nothing_is_refused(protector: Browser, desk: Desk, database: Database) -> None:
    case = await kept(database, example.case(submitter=example.person(name=None, phone=None)))
    await kept(database, example.case(id=str(uuid4()), reference="26-7KX4-9R", submitter=example.person(email=None)))
    await opened(protector, desk)
    await desk.look()
    asked = await confirmed(protector, desk)
    url = f"/privacy/{asked.id}/correction"
    await protector.open(url)
    refused = await send(protector, url, name="", email="", phone="")
    assert (refused.status_code, "tick what is deleted" in shown(refused)) == (409, True)
    assert (await Cases(database).get(case.id)).submitter == case.submitter


async def test_a_case_that_was_made_anonymous_meanwhile_gets_no_person_again(
    app: FastAPI, protector: Browser, desk: Desk, database: Database
) -> None:
    case = await kept(database, example.answered_case())
    await opened(protector, desk)
    await desk.look()
    asked = await confirmed(protector, desk)
    url = f"/privacy/{asked.id}/correction"
    await protector.open(url)
    await eraser_of(app).carry_out(order(kind="anonymise", message_ids=(case.id,), at_once=True))
    refused = await send(protector, url, name="Deniz Kayaalp", email="dk@example.net", phone="")
    assert (refused.status_code, "made anonymous" in shown(refused)) == (409, True)
    stored = await Cases(database).get(case.id)
    assert correct_submitter(stored, example.person(), by=OFFICER, now=example.NOW) == (stored, [])
    assert (stored.submitter, (await desk.only()).corrections) == (Person(), ())


async def test_who_is_looked_for_again_after_a_correction_is_found_by_the_new_data_and_loses_nothing(
    protector: Browser, desk: Desk, database: Database
) -> None:
    case = await kept(database, example.answered_case())
    await opened(protector, desk, name="", phone="")
    await desk.look()
    asked = await confirmed(protector, desk)
    await protector.fill_in(f"/privacy/{asked.id}/correction", email="dk@example.net")
    newer = await kept(database, example.case(id=str(uuid4()), submitter=example.person(email="dk@example.net")))
    await protector.open(f"/privacy/{asked.id}")
    assert (await send(protector, f"/privacy/{asked.id}/search")).status_code == 200
    (told,) = [one for one in (await unpublished(database, "person_requests"))[-2:] if "sought_at" in one]
    assert told["email"] == "dk@example.net"
    again = await desk.look(of={"email": told["email"]})
    assert again.search
    assert {one.id for one in candidates(again.search.found)} == {case.id, newer.id}
    assert [one.id for one in candidate_list(again)] == [case.id]
    assert again.addresses == ["Deniz.Kaya@example.org", "dk@example.net"]


async def test_the_answer_reminds_of_what_was_asked_for_and_is_not_done(
    protector: Browser, desk: Desk, database: Database
) -> None:
    await kept(database, example.case())
    asked = await opened(protector, desk, wishes=["correct", "erase"])
    assert "not done yet" not in await protector.open(f"/privacy/{asked.id}/answer")
    await desk.look()
    await confirmed(protector, desk)
    page = await protector.open(f"/privacy/{asked.id}/answer")
    assert "not done yet: Have it corrected (article 11/1-d); Have it erased" in page
    new = {"name": "Deniz Kaya", "email": "deniz@example.org"}
    await protector.fill_in(f"/privacy/{asked.id}/correction", **new)
    page = await protector.open(f"/privacy/{asked.id}/answer")
    assert "not done yet: Have it erased" in page


async def test_a_request_waits_to_be_confirmed_once_all_services_have_answered(
    protector: Browser, desk: Desk, database: Database
) -> None:
    await kept(database, example.case())
    asked = await opened(protector, desk)
    assert "Being looked for" in await protector.open("/privacy")
    await desk.look()
    assert "Waiting to be confirmed" in await protector.open("/privacy")
    assert "Being looked for" not in await protector.open(f"/privacy/{asked.id}")


async def test_it_is_seen_which_cases_cannot_be_erased(protector: Browser, desk: Desk, database: Database) -> None:
    await kept(database, example.case())
    await kept(database, example.answered_case(id=str(uuid4()), reference="26-7KX4-9R"))
    asked = await opened(protector, desk)
    await desk.look()
    await confirmed(protector, desk)
    page = await protector.open(f"/privacy/{asked.id}/erasure")
    assert page.count("Still open") == 1


async def test_one_decision_for_all_entries_stands_before_those_of_each(
    protector: Browser, desk: Desk, database: Database
) -> None:
    await kept(database, example.case())
    await kept(database, example.case(id=str(uuid4()), reference="26-7KX4-9R"))
    asked = await opened(protector, desk)
    await desk.look()
    await confirmed(protector, desk)
    url = f"/privacy/{asked.id}/erasure"
    assert "One decision for all entries" in await protector.open(url)
    refused = await send(protector, url, everything="destroy", reference=asked.id)
    assert refused.status_code == 409
    assert "still open" in shown(refused)
    assert refused.text.count('=destroy" selected') == 2
    await send(protector, url, everything="statutory", reference=asked.id)
    erasure = (await desk.only()).erasure
    assert erasure
    assert (erasure.anything, set(erasure.kept.values())) == (False, {"statutory"})


async def test_nothing_is_done_to_what_is_not_confirmed(protector: Browser, desk: Desk, database: Database) -> None:
    await kept(database, example.case())
    await opened(protector, desk)
    asked = await desk.look()
    for step in ("export", "correction", "erasure"):
        url = f"/privacy/{asked.id}/{step}"
        await protector.open(f"/privacy/{asked.id}/erasure" if step == "erasure" else f"/privacy/{asked.id}/correction")
        await protector.open(f"/privacy/{asked.id}/correction")
        answer = await send(protector, f"/privacy/{asked.id}/correction", url=url, reference=asked.id)
        assert (step, answer.status_code) == (step, 409)
        assert "Nothing is confirmed" in shown(answer)
    assert not await unpublished(database, "cases")


async def test_an_officer_and_an_auditor_have_no_way_in(
    app: FastAPI, visit: Visit, database: Database, protector: Browser, desk: Desk
) -> None:
    asked = await opened(protector, desk)
    for role in (Role.OFFICER, Role.SUPERVISOR, Role.ADMIN, Role.AUDITOR):
        other = await log_in(
            visit(app, language="en"), database, role=role, email=f"{role}@klu.example", id=f"a-{role}"
        )
        for url in ("/privacy", f"/privacy/{asked.id}", f"/privacy/{asked.id}/export"):
            assert (await other.client.get(url)).status_code == 403


def _has(case: Case, text: str) -> bool:
    return text in case.model_dump_json()


async def test_whoever_keeps_everything_reads_so_and_the_proposed_answer_names_the_reasons(
    protector: Browser, desk: Desk, database: Database
) -> None:
    case = await kept(database, example.case())
    asked = await opened(protector, desk)
    await desk.look()
    await confirmed(protector, desk)
    page = await protector.fill_in(f"/privacy/{asked.id}/erasure", everything="open", reference=asked.id)
    assert "Nothing is erased." in page and "being ordered" not in page
    assert f"{case.reference}: the case is still open" in page
    page = await protector.open(f"/privacy/{asked.id}/answer")
    assert "sebeplerle saklanmaya devam edilmektedir: dosya hâlen açık." in page


async def test_who_has_kept_everything_may_decide_again_correct_and_give_out(
    protector: Browser, desk: Desk, database: Database
) -> None:
    case, cases = await kept(database, example.case()), Cases(database)
    asked = await opened(protector, desk)
    await desk.look()
    asked = await confirmed(protector, desk)
    url = f"/privacy/{asked.id}"
    await protector.open(url)
    await send(protector, f"{url}/export")
    page = await protector.fill_in(f"{url}/erasure", everything="open", reference=asked.id)
    asked = await desk.only()
    assert asked.export and asked.export.ready_at is None
    assert "Ask again" in page and "Search again" in page
    assert f"{url}/correction" in protector.html and f"{url}/erasure" in protector.html
    await cases.save((await cases.get(case.id)).model_copy(update={"state": "closed"}), announcing=[])
    await protector.fill_in(f"{url}/erasure", everything="destroy", reference=asked.id)
    decision = (await desk.only()).erasure
    assert decision and decision.destroy == (case.id,)
    page = await protector.open(url)
    assert not any(step in page for step in ("Ask again", "Search again", "Correct name", "Decide what"))


async def test_a_request_is_not_refused_with_the_proposed_answer_alone(protector: Browser, desk: Desk) -> None:
    asked = await opened(protector, desk)
    await desk.look()
    url = f"/privacy/{asked.id}/answer"
    await protector.open(url)
    refused = await send(protector, url, outcome="refused", given="email")
    assert (refused.status_code, "Please write them in the answer" in shown(refused)) == (409, True)
    reason = protector.form(url).fields["answer"][0] + "\n\nBaşvuranın kimliği doğrulanamamıştır."
    assert (await send(protector, url, outcome="refused", given="email", answer=reason)).status_code == 200
    assert (await desk.only()).outcome == "refused"


async def test_whoever_closes_a_request_is_told_that_the_system_does_not_send_the_answer(
    protector: Browser, desk: Desk
) -> None:
    asked = await opened(protector, desk)
    await desk.look()
    url = f"/privacy/{asked.id}/answer"
    assert "The system does not send the answer" in await protector.open(url)
    page = await protector.submit(url, outcome="granted", given="email")
    assert "The system does not send the answer" in page and "Show the answer" in page
