"""The page of the audit record: what auditors find, and what they take away."""

import csv
import html
import io
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from scripts.eventually import eventually
from services.router.access import AuditAction, Role
from services.router.cases.domain.case import Case
from services.router.records.domain.chain import Recorded
from services.router.records.labels import GROUPS
from services.router.records.store.chain import Chain
from shared.clock import utc_now
from shared.documents import Database
from shared.state import Actor
from tests import examples as example
from tests.conftest import Broker, Make, Visit, listening
from tests.router.desk import kept, log_in

OTHER = "0c9d0a5e-3f7b-4a58-9d0a-8b5f1c2d3e4f"


@pytest.fixture
async def auditor(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """The browser of an auditor who has logged in and reads English."""
    return await log_in(visit(app, language="en"), database, role=Role.AUDITOR)


async def record(database: Database, *several: dict[str, Any]) -> None:
    """The chain has these entries."""
    chain = Chain(database, example.AUDIT_KEY)
    await chain.prepare()
    said: dict[str, Any] = {"service": "router", "object_kind": "page", "object_id": "/x", "at": example.NOW}
    await chain.add([Recorded(**{"event_id": f"e{n}", **said, **one}) for n, one in enumerate(several)])


def officer(account_id: str = "") -> Actor:
    return Actor(kind="officer", id=account_id or example.account().id)


async def test_the_record_names_fields_and_things_in_words(auditor: Browser, database: Database) -> None:
    action = AuditAction.INSTITUTION_CHANGED
    await record(
        database,
        *(
            {"action": action, "object_kind": kind, "object_id": thing, "fields": fields}
            for kind, thing, fields in (
                ("institution", "institution", ("unit_days", "logo_type", "quiet_from")),
                ("calendar", "calendar", ("2026-12-01",)),
                ("unit", "kddb", ("head_email", "takes_compliments")),
                ("letter", "receipt", ("tr",)),
                ("account", "nobody", ("password_hash", "issuer")),
                ("person_request", "KV-26-7KX49Q", ()),
                ("erasure_order", "o1", ()),
                ("retention_run", "r1", ()),
                ("retention", "retention", ()),
            )
        ),
    )
    page = await auditor.open("/audit")
    for said in (
        "Working days for a unit's reply, No reminder from Institution",
        "1 December 2026 Calendar",
        "E-mail of the head, Takes compliments Unit kddb",
        "Turkish Receipt to the submitter",
        "Password Account nobody",
        "Request about personal data KV-26-7KX49Q",
        "Entry of the destruction record",
        "List of what is due",
        "Rules of retention",
    ):
        assert said in page


async def case_and_entries(database: Database) -> Case:
    """Four entries of a routed case: an officer's, the unit's, the submitter's, and a stranger's beside it."""
    case = await kept(database, example.routed_case())
    about = {"message_id": case.id, "object_kind": "case", "object_id": case.id}
    unit = Actor(kind="unit", id=f"{case.assignments[0].id}.h1")
    await record(
        database,
        {**about, "action": "case.routed", "actor": officer(), "at": example.NOW - timedelta(days=2)},
        {**about, "action": "reply.submitted", "actor": unit, "service": "replies"},
        {**about, "action": "message.read", "actor": Actor(kind="submitter", id=case.id), "service": "intake"},
        {"action": "code_refused", "object_kind": "", "object_id": "", "service": "intake", "client": "c1", "count": 7},
        {"action": "case_read", "actor": officer(OTHER), "object_kind": "case", "object_id": "another"},
    )
    return case


async def test_it_says_who_did_it_in_words(auditor: Browser, database: Database) -> None:
    case = await case_and_entries(database)
    page = await auditor.open("/audit")
    assert f"Routed to the unit Case {case.reference} Ayşe Yılmaz" in page
    assert f"Reply of the unit sent Case {case.reference} {case.assignments[0].unit.name_en}" in page
    assert f"Status page opened Case {case.reference} Submitter" in page
    assert "Wrong tracking code (7 times within a minute) Client c1" in page
    assert "Project-Id" not in page


async def test_the_actions_to_choose_from_stand_in_groups_and_in_the_order_of_the_alphabet(auditor: Browser) -> None:
    await auditor.open("/audit")
    groups = re.findall(r'<optgroup label="([^"]+)">(.*?)</optgroup>', auditor.html)
    listed = {group: re.findall(r"<option[^>]*>([^<]+)", options) for group, options in groups}
    assert list(listed) == [*GROUPS]
    assert "Case opened" in listed["Opened and given out"]
    assert all(labels == sorted(labels, key=str.casefold) for labels in listed.values())
    assert len([label for labels in listed.values() for label in labels]) == len(set().union(*listed.values()))


@pytest.mark.parametrize(
    ("chosen", "numbers"),
    [
        ("", [5, 4, 3, 2, 1]),
        (f"person={example.account().id}", [1]),
        (f"person={OTHER}", [5]),
        ("case={reference}", [3, 2, 1]),
        ("case={id}", [3, 2, 1]),
        ("case=26-0000-00", []),
        ("action=Status page opened", [3]),
        ("action=case.routed", [1]),
        ("service=intake", [4, 3]),
        ("since=2026-11-22", [5, 4, 3, 2]),
        ("until=2026-11-22", [1]),
        ("until=2026-11-23", [5, 4, 3, 2, 1]),
        ("service=intake&case={reference}&since=2026-11-23&until=2026-11-23", [3]),
        ("since=nonsense&until=99999-01-01&person=%24ne", []),
    ],
)
async def test_filters_narrow_the_list_and_the_table(
    auditor: Browser, database: Database, chosen: str, numbers: list[int]
) -> None:
    case = await case_and_entries(database)
    query = chosen.format(reference=case.reference, id=case.id)
    await auditor.open(f"/audit?{query}")
    assert shown_numbers(auditor) == numbers
    table = await auditor.client.get(f"/audit/export.csv?{query}")
    assert [int(row["Entry number"]) for row in rows(table.text)] == numbers


async def test_pages_follow_each_other_without_a_gap(auditor: Browser, database: Database) -> None:
    await record(database, *({"action": "case_read"} for _ in range(120)))
    numbers, address = list[int](), "/audit"
    while address:
        await auditor.open(address)
        numbers += shown_numbers(auditor)
        following = re.search(r'href="(/audit\?before=[^"]+)"', auditor.html)
        address = html.unescape(following[1]) if following else ""
    assert numbers == list(range(120, 0, -1))


async def test_a_cell_is_no_formula_and_the_export_is_recorded(auditor: Browser, database: Database) -> None:
    await record(database, {"action": "=1+1", "object_id": "/x", "client": "@c"})
    answer = await auditor.client.get("/audit/export.csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="audit-record.csv"'
    (row,) = rows(answer.text)
    assert (row["What"], row["Client"], row["When"]) == ("'=1+1", "'@c", "2026-11-23T12:30:00.000+03:00")
    (exported,) = [one async for one in database["audit"].find({"action": AuditAction.AUDIT_EXPORTED})]
    assert (exported["actor"]["id"], exported["object_id"]) == (example.account().id, "audit")


async def test_the_turkish_table_names_the_entry_and_not_a_case_by_its_number(
    auditor: Browser, database: Database
) -> None:
    await record(database, {"action": "case_read"})
    answer = await auditor.client.get("/audit/export.csv", headers={"accept-language": "tr"})
    headings = answer.text.lstrip("\ufeff").splitlines()[0].split(";")
    assert (headings[0], headings[-2]) == ("Kayıt no", "Kaç kez")


async def test_a_restricted_case_is_not_named_to_who_may_not_read_it(auditor: Browser, database: Database) -> None:
    case = example.case()
    restriction = {"why": "health", "to": [OTHER], "at": example.NOW, "actor": officer().model_dump()}
    await kept(database, case)
    await database["cases"].update_one({"_id": case.id}, {"$set": {"restriction": restriction}})
    await record(database, {"action": "case_read", "message_id": case.id, "object_kind": "case", "object_id": case.id})
    page = await auditor.open("/audit")
    assert ("Case opened" in page, case.reference in page) == (True, False)


async def test_reading_a_case_appears_in_the_record(
    make: Make, visit: Visit, database: Database, broker: Broker
) -> None:
    app = make("router")
    case = await kept(database, example.case())
    async with listening(app):
        reader = await log_in(visit(app, language="en"), database)
        opened = utc_now()
        await reader.open(f"/cases/{case.id}")

        async def entry() -> dict[str, Any] | None:
            return await database["chain"].find_one({"action": AuditAction.CASE_READ, "message_id": case.id})

        found = await eventually(entry)
        assert found["at"] >= opened.replace(microsecond=0)
        assert (found["service"], found["actor"], found["case_number"]) == ("router", officer().model_dump(), 1)
        await Chain(database, example.AUDIT_KEY).verify()


def shown_numbers(browser: Browser) -> list[int]:
    """The numbers of the entries on the page."""
    return [int(number) for number in re.findall(r">No\. (\d+)<", browser.html)]


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.lstrip("\ufeff")), delimiter=";"))
