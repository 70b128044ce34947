"""Values that nobody types: in addresses and forms of the desk they are answered, and never an error."""

from typing import Any
from urllib.parse import quote

import pytest

from scripts.browser import Browser
from services.router.cases.domain.parts import Release, Restriction, TimelineEntry
from services.router.cases.store.cases import Cases
from shared.documents import Database
from tests import examples as example
from tests.router.desk import kept, send


@pytest.mark.parametrize(
    "address",
    [
        "/?view=all&since=0001-01-01",
        "/?view=all&until=9999-12-31",
        "/?view=all&since=9999-12-31&until=0001-01-01",
        "/?view=new&sort=priority&after=0~0001-01-01T00:00:00Z~x",
        "/?view=new&sort=time_left&after=9999-12-31T23:59:59Z~9999-12-31T23:59:59Z~x",
        "/?view=new&sort=priority&after=99~2026-01-01T00:00:00Z~%00",
        "/?view=all&tag=%24where&kind=%24kind&unit=a%40b%3Ac&officer=%00",
        "/?view=all&state=" + "x" * 5000,
        "/?view=today&rating=%24%24ROOT",
        "/next?view=all&since=0001-01-01",
        "/next?view=new&at=x~y",
        "/search?q=%00",
        "/search?q=%5E%24.*%2B(%5B%7B",
        "/search?q=%24where%3A1",
        "/search?q=" + "a%20" * 1000,
        "/search?q=" + "%F0%9F%98%80" * 500,
        "/search?q=%ED%A0%80",
        "/search?q=kutuphane&after=head~9999-12-31T23:59:59Z~x",
        "/search?q=kutuphane&after=head~0001-01-01T00:00:00Z~%24x",
        "/search?q=kutuphane&kind=%24kind&tag=a%40b",
        "/search?q=" + "9" * 5000,
        "/search?q=" + quote("İ" * 300),
        "/search?q=" + quote("a@" + "b." * 140),
        "/entering?channel=javascript:alert(1)",
    ],
)
async def test_an_address_that_nobody_types_is_answered(officer: Browser, address: str, database: Database) -> None:
    await Cases(database).prepare()
    await kept(database, example.case())
    answer = await officer.client.get(address, follow_redirects=False)
    assert answer.status_code in (200, 303), answer.status_code


@pytest.mark.parametrize(
    "list_", ["//evil.example/?view=new", "https://evil.example", "javascript:alert(1)", "\r\nX: y"]
)
async def test_a_list_in_an_address_leads_nowhere_else(officer: Browser, list_: str, database: Database) -> None:
    case = await kept(database, example.case())
    page = await officer.open(f"/cases/{case.id}?list={quote(list_)}")
    assert 'href="//' not in page
    assert 'href="javascript' not in page
    assert 'href="https://evil' not in page
    listed = f"/cases/{case.id}/notes?list={quote(list_)}"
    answer = await send(officer, f"/cases/{case.id}/notes", url=listed, remark="Not")
    assert (answer.status_code, answer.url.host, answer.url.path) == (200, "127.0.0.1", f"/cases/{case.id}")


@pytest.mark.parametrize("revision", ["9" * 5000, "9" * 30, "-1", "٣", "", "1e3"])
async def test_a_revision_that_is_none_chooses_nothing(officer: Browser, database: Database, revision: str) -> None:
    case = await kept(database, example.case())
    await officer.open("/?view=new")
    answer = await send(officer, "/bulk", what="priority", priority="high", cases=[f"{case.id}:{revision}"])
    assert answer.status_code == 409
    assert (await Cases(database).get(case.id)).priority is None


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "2026-02-30", "x"])
async def test_a_day_at_the_edge_is_refused(officer: Browser, database: Database, day: str) -> None:
    case = await kept(database, example.replied_case())
    await officer.open(f"/cases/{case.id}/telling")
    fields: dict[str, Any] = {"answer": "Onarıldı.", "channel": "telephone", "told_of": "Ayşe", "day": day}
    answer = await send(officer, f"/cases/{case.id}/telling", **fields)
    assert answer.status_code in (409, 422)
    address = f"/cases/{case.id}/assignments/{case.assignments[0].id}/return"
    await officer.open(address)
    answer = await send(officer, address, reason="Tarih yazınız.", last_day=day)
    assert answer.status_code in (409, 422)


async def test_a_case_with_values_of_a_newer_version_is_shown(officer: Browser, database: Database) -> None:
    reader = example.account().id
    case = example.replied_case().model_copy(
        update={
            "kind": "novelty",
            "state": "parked",
            "priority": "at_once",
            "channel": "hologram",
            "language": "fr",
            "alarms": ("flood",),
            "doubts": ("oracle",),
            "closure_reason": "novelty",
            "restriction": Restriction(why="novelty", to=(reader,), at=example.NOW),
            "timeline": (TimelineEntry(at=example.NOW, what="novelty", by="X", text="y"),),
            "release": Release(
                at=example.NOW,
                by="X",
                actor=example.officer().actor,
                role="novelty",
                kind="novelty",
                payload={},
            ),
        }
    )
    await kept(database, case)
    for address in (
        "",
        "/print",
        "/preview",
        "/related",
        "/copy",
        "/review",
        "/approval",
        "/closure",
        "/claim",
        "/telling",
        "/together",
        "/interim",
        "/reopening",
        "/questions",
    ):
        answer = await officer.client.get(f"/cases/{case.id}{address}")
        assert answer.status_code == 200, address
    for view in ("all", "mine", "unclaimed", "held"):
        answer = await officer.client.get(f"/?view={view}")
        assert answer.status_code == 200, view
