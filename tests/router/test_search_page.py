"""The page of the search: what it shows, and where a query is not written."""

import logging
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser, text_of
from services.router.cases.domain.parts import Restriction
from services.router.cases.store.cases import Cases
from services.router.cases.store.words import Words
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import kept, log_in, shown
from tests.router.test_search import ZONE


@pytest.fixture(autouse=True)
async def _indexes(database: Database) -> None:
    await Cases(database).prepare()


async def found(database: Database, **different: Any) -> str:
    """The id of a case whose words are stored."""
    cases = Cases(database)
    words = Words(cases, ZONE)
    case = example.case(**different)
    await cases.add(case)
    await words.store_noted()
    return case.id


async def test_hits_are_shown_with_what_was_looked_for_marked(officer: Browser, database: Database) -> None:
    case_id = await found(database, text="Merkez <b>kütüphanenin</b> ısıtması bozuk.")
    answer = await officer.client.get("/search", params={"q": "KUTUPHANE isit deniz"})
    assert f'href="/cases/{case_id}"' in answer.text
    assert "&lt;b&gt;<mark>kütüphanenin</mark>&lt;/b&gt; <mark>ısıtması</mark> bozuk." in answer.text
    assert "<mark>Deniz</mark> Kaya" in answer.text


async def test_a_hit_that_may_be_urgent_says_why(officer: Browser, database: Database) -> None:
    await found(database, text="Laboratuvarda gaz kokusu var.", alarms=("gas",))
    answer = shown(await officer.client.get("/search", params={"q": "laboratuvar"}))
    assert "Urgent Gas leak New" in answer


async def test_a_reference_alone_opens_its_case(officer: Browser, database: Database) -> None:
    case_id = await found(database, reference="26-7KX4-9Q")
    answer = await officer.client.get("/search", params={"q": " 267kx49q "}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/cases/{case_id}")
    assert "No case found" in shown(await officer.client.get("/search", params={"q": "26-7KX4-9R"}))


async def test_filters_of_the_address_apply_and_can_be_left(officer: Browser, database: Database) -> None:
    await found(database, kind="complaint", text="asansör")
    answer = await officer.client.get("/search", params={"q": "asansör", "kind": "request"})
    assert "No case found" in shown(answer)
    assert 'name="kind" value="request"' in answer.text
    assert 'href="/search?q=asans%C3%B6r"' in answer.text
    assert "<mark>asansör</mark>" in (await officer.client.get("/search", params={"q": "asansör"})).text


async def test_more_hits_are_on_the_next_page(officer: Browser, database: Database) -> None:
    for number in range(30):
        await found(database, text="asansör", submitted_at=example.NOW + timedelta(minutes=number))
    first = (await officer.client.get("/search?q=asans%C3%B6r")).text
    following = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    second = (await officer.client.get(following)).text
    assert (first.count("hit-subject"), second.count("hit-subject")) == (25, 5)


async def test_the_page_helps_who_has_typed_nothing_and_who_finds_nothing(officer: Browser) -> None:
    assert "What are you looking for?" in text_of(await officer.open("/search"))
    assert "What are you looking for?" in text_of(await officer.open("/search?q=%3F%21"))
    assert "Please try fewer words" in text_of(await officer.open("/search?q=zebra"))
    await officer.open("/")
    assert officer.form("/search")


@pytest.mark.parametrize(
    "q", ["\x00", "'$gt", "%", "*", "a" * 5_000, "@x", "kut@" + "a" * 36, "\ud83d\ude00", "^^^ ==="]
)
async def test_odd_queries_are_answered(officer: Browser, q: str) -> None:
    answer = await officer.client.get("/search", params={"q": q.encode("utf-16", "surrogatepass").decode("utf-16")})
    assert answer.status_code == 200


async def test_a_query_is_in_no_log_and_no_metric(
    make: Make, visit: Visit, database: Database, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    app = make("router")
    browser = await log_in(visit(app), database)
    await browser.open("/search?q=zirkonyum&after=head~bogus~zirkonyum")
    management = visit(app.state.management)
    metrics = (await management.client.get("/metrics")).text
    written = [
        record.getMessage() for record in caplog.records if not record.name.startswith(("httpx", "httpcore", "pymongo"))
    ]
    assert 'http_route="/search"' in metrics
    assert "zirkonyum" not in metrics + "".join(written) + "".join(capfd.readouterr())


async def test_who_finds_a_restricted_case_is_recorded(officer: Browser, app: FastAPI, database: Database) -> None:
    named = example.account().id
    restriction = Restriction(why="health", to=(named,), at=example.NOW)
    case_id = await found(database, text="Psikiyatri randevusu", restriction=restriction)
    assert "Restricted" in text_of(await officer.open("/search?q=psik"))
    record = await database["audit"].find_one({"action": "restricted_case_read"})
    assert record
    assert (record["actor"], record["object_id"]) == ({"kind": "officer", "id": named}, case_id)


async def test_a_case_that_is_not_restricted_leaves_no_record_of_reading(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}")
    assert await database["audit"].count_documents({"action": "restricted_case_read"}) == 0


async def test_each_page_of_hits_is_recorded_without_the_query(officer: Browser, database: Database) -> None:
    await found(database, text="Asansör bozuk")
    for query in ("asansör", "asansör", "zirkonyum"):
        await officer.open(f"/search?q={query}")
    records = [one async for one in database["audit"].find({"action": "list_read"})]
    assert [(one["object_kind"], one["object_id"]) for one in records] == [("list", "search")] * 2
    assert "asansör" not in str(records)
