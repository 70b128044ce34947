"""Restricted cases: only those who are named find and read them, on every page."""

import re
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser, text_of
from services.router.access import Role
from services.router.accounts.store import Accounts
from services.router.cases.domain.held import HeldLetter
from services.router.cases.domain.letters import DeskLetter
from services.router.cases.domain.mails import mail_of
from services.router.cases.domain.parts import Restriction
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.cases.store.mails import Mails
from shared.documents import Database
from shared.state import KeptFile
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import directory, kept, log_in, send, shown
from tests.router.mails import mail as example_mail
from tests.router.test_access import routes

OTHER = "c1f2a1b0-0000-4000-8000-000000000001"


@pytest.fixture
async def supervisor(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """A supervisor who reads English; the account is that of the examples."""
    return await log_in(visit(app, language="en"), database, role=Role.SUPERVISOR)


async def colleague(database: Database, **different: Any) -> None:
    """An officer beside the one of the examples."""
    given = {"id": OTHER, "email": "diger@klu.example", "name": "Can Demir"}
    await Accounts(database).put(example.account(**given | different))


def restricted(*to: str) -> Restriction:
    return Restriction(why="health", to=to, at=example.NOW)


@pytest.mark.parametrize("role", [Role.ADMIN, Role.SUPERVISOR, Role.AUDITOR, Role.OFFICER, Role.PRIVACY_OFFICER])
async def test_who_is_not_named_finds_the_case_on_no_page(officer: Browser, database: Database, role: Role) -> None:
    await directory(database)
    await colleague(database)
    file = KeptFile.model_validate(example.file_ref(preview=True))
    case = example.replied_case(files=(file,), subject="Gizli konu", restriction=restricted(OTHER))
    await kept(database, case)
    letter_id = f"{case.id}.receipt"
    await HeldLetters(database).add(HeldLetter(id=letter_id, message_id=case.id, held_at=example.NOW))
    await database["accounts"].update_one({"_id": example.account().id}, {"$set": {"role": role}})
    letter = DeskLetter(id=letter_id, message_id=case.id, template="receipt", subject="Gizli", failed_at=example.NOW)
    await DeskLetters(database).add(letter)
    about = {"message_id": case.id, "outcome": "attached", "decided_at": example.NOW}
    mail = mail_of(example_mail(subject="Gizli", text="Gizli", files=(example.file_ref(),)))
    await Mails(database).add(mail.model_copy(update=about))
    ids = {
        "mail_id": mail.id,
        "file_id": file.id,
        "case_id": case.id,
        "assignment_id": case.assignments[0].id,
        "code": "kddb",
    }
    ids |= {"service": "router", "event_id": "x", "letter_id": letter_id}
    before = await database["cases"].find_one({"_id": case.id})
    for method, path, action in routes():
        if action is None:
            continue
        url = re.sub(r"{(\w+)}", lambda found: ids.get(found[1], "x"), path)
        answer = await officer.client.request(method, url, follow_redirects="/reading" not in url)
        about_the_case = "{case_id}" in path or "{letter_id}" in path or "{mail_id}" in path
        assert (url, "Gizli" in answer.text, case.reference in answer.text) == (url, False, False)
        assert (url, answer.status_code < 400) == (url, False) or not about_the_case or "/reading" in url
    assert await database["cases"].find_one({"_id": case.id}) == before
    assert await database["audit"].count_documents({"action": "restricted_case_read"}) == 0


async def test_a_supervisor_says_who_may_read_a_case(supervisor: Browser, database: Database) -> None:
    await colleague(database)
    case = await kept(database, example.case(officer="somebody"))
    page = f"/cases/{case.id}/restriction"
    await supervisor.open(page)
    answer = await send(supervisor, page, why="harassment", to=[OTHER, "nobody"])
    assert answer.url.path == "/"
    saved = await Cases(database).get(case.id)
    assert saved.restriction
    assert (saved.restriction.why, saved.restriction.to, saved.officer) == ("harassment", (OTHER,), None)
    assert saved.timeline[-1].what == "restricted"
    found = await database["cases"].find_one({"_id": case.id})
    assert found
    assert found["outbox"][-1]["type"] == "router.audited"
    assert all(facet.endswith(f"@{OTHER}") for facet in found["indexed"]["facets"] + found["indexed"]["terms"])
    assert (await supervisor.client.get(f"/cases/{case.id}")).status_code == 404


async def test_who_is_named_reads_the_case_is_recorded_and_may_end_the_restriction(
    supervisor: Browser, database: Database
) -> None:
    me = example.account().id
    case = await kept(database, example.case(restriction=restricted(me)))
    assert "Restricted" in text_of(await supervisor.open(f"/cases/{case.id}"))
    (record,) = await database["audit"].find({"action": "restricted_case_read"}).to_list()
    assert (record["actor"]["id"], record["object_id"]) == (me, case.id)
    page = f"/cases/{case.id}/restriction"
    await supervisor.open(page)
    answer = await send(supervisor, page, why="none")
    assert answer.url.path == f"/cases/{case.id}"
    assert (await Cases(database).get(case.id)).restriction is None


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"why": ""}, 422, "Please choose a reason."),
        ({"why": "health", "to": []}, 409, "Please choose who may read the case."),
        ({"why": "health", "to": ["nobody"]}, 409, "Please choose who may read the case."),
        ({"why": "none"}, 409, "The case is not restricted."),
    ],
)
async def test_a_restriction_that_makes_no_sense_is_refused(
    supervisor: Browser, database: Database, fields: dict[str, Any], status: int, said: str
) -> None:
    case = await kept(database, example.case())
    page = f"/cases/{case.id}/restriction"
    await supervisor.open(page)
    answer = await send(supervisor, page, **fields)
    assert (answer.status_code, said in shown(answer)) == (status, True)
    assert (await Cases(database).get(case.id)).restriction is None


async def test_when_nobody_named_works_here_a_supervisor_sees_number_and_day_and_names_somebody(
    supervisor: Browser, database: Database
) -> None:
    await colleague(database, disabled=True)
    case = await kept(database, example.routed_case(subject="Gizli konu", restriction=restricted(OTHER)))
    served = await kept(database, example.case(restriction=restricted(OTHER, example.account().id)))
    page = await supervisor.open("/restricted")
    assert case.reference in page
    assert "Last day" in text_of(page)
    assert [hidden for hidden in ("Gizli", "Deniz", served.reference) if hidden in page] == []
    answer = await send(supervisor, f"/restricted/{case.id}", reader=example.account().id)
    assert answer.url.path == "/restricted"
    assert (await supervisor.client.get(f"/cases/{case.id}")).status_code == 200
    assert case.reference not in await supervisor.open("/restricted")


async def test_nobody_is_named_for_a_case_that_has_a_reader(supervisor: Browser, database: Database) -> None:
    await colleague(database)
    case = await kept(database, example.case(restriction=restricted(OTHER)))
    orphan = await kept(database, example.case(restriction=restricted("gone")))
    await supervisor.open("/restricted")
    me = example.account().id
    url = f"/restricted/{case.id}"
    assert (await send(supervisor, f"/restricted/{orphan.id}", url=url, reader=me)).status_code == 404
    answer = await send(supervisor, f"/restricted/{orphan.id}", reader="nobody")
    assert (answer.status_code, "Please choose who may read the case." in shown(answer)) == (409, True)
    assert (await send(supervisor, f"/restricted/{orphan.id}", reader="")).status_code == 422


async def test_people_stand_in_the_order_of_the_turkish_alphabet(
    app: FastAPI, visit: Visit, database: Database
) -> None:
    turkish = await log_in(visit(app, language="tr"), database, role=Role.SUPERVISOR)
    for place, name in enumerate(("Şule Ak", "Sevgi Ak", "Çiğdem Ak", "Cem Ak", "Tülin Ak")):
        account = f"c1f2a1b0-0000-4000-8000-00000000001{place}"
        await colleague(database, id=account, email=f"{place}@klu.example", name=name)
    case = await kept(database, example.case())
    page = text_of(await turkish.open(f"/cases/{case.id}/restriction"))
    order = sorted(("Cem Ak", "Çiğdem Ak", "Sevgi Ak", "Şule Ak", "Tülin Ak"), key=page.index)
    assert order == ["Cem Ak", "Çiğdem Ak", "Sevgi Ak", "Şule Ak", "Tülin Ak"]
