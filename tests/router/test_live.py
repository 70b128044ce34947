"""The desk, live: who may know what, each change once, nothing missed between two streams, a limit of streams."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import anyio
import pytest
from fastapi import FastAPI
from starlette.requests import Request

from scripts.browser import Browser
from scripts.eventually import eventually
from services.router.access import Role
from services.router.accounts.store import Sessions
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import CLOSURE
from services.router.cases.domain.live import Change, Window
from services.router.cases.domain.notes import take_note
from services.router.cases.domain.parts import Restriction
from services.router.cases.domain.release import hold
from services.router.cases.domain.routing import letter_sent
from services.router.cases.pages import live
from services.router.cases.pages.live import Streams, TooMany, known_until, told_news
from services.router.cases.store.cases import Cases
from services.router.cases.store.presence import FRESH, MOST, Whereabouts
from services.router.config import Settings
from shared.clock import utc_now
from shared.documents import Database
from shared.events import LetterSent
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import kept, log_in

ME = example.officer()
OTHER = example.officer(id="other", name="Can Demir", email="other@klu.example")


@pytest.fixture
def streams(database: Database, monkeypatch: pytest.MonkeyPatch) -> Streams:
    monkeypatch.setattr(live, "EVERY", 0.05)
    settings = Settings.model_construct(live_streams=2)
    return Streams(Whereabouts(Cases(database)), settings)


def request_of(app: FastAPI) -> Request:
    """A request of somebody who stays signed in."""

    async def sign_in(request: Request) -> Any:
        return ME

    app.state.sign_in = sign_in
    return Request({"type": "http", "app": app, "headers": [], "path": "/live"})


def news_of(app: FastAPI, streams: Streams, *, of: Any = ME) -> AsyncIterator[dict[str, Any]]:
    return told_news(request_of(app), of, streams, streams.open(), utc_now(), anyio.Event())


async def read(stream: AsyncIterator[dict[str, Any]]) -> dict[str, Any]:
    told: dict[str, Any] = json.loads((await asyncio.wait_for(anext(stream), 20))["data"])
    return told


async def changed(stream: AsyncIterator[dict[str, Any]], case: Case, revision: int) -> None:
    """Wait until the stream has told this revision; what it tells first it may tell twice."""
    while (await read(stream))["changed"].get(case.id) != revision:
        pass


async def note(database: Database, case: Case, by: Any) -> None:
    read = await Cases(database).get(case.id)
    await Cases(database).save(take_note(read, note_id=str(read.revision), text="Not.", by=by, now=example.NOW))


def restricted(*to: str) -> Case:
    return example.case(restriction=Restriction(why="health", to=to, at=example.NOW))


def test_a_change_is_told_once_however_often_it_is_found() -> None:
    window, first, second = Window(), Change("a", 1, example.NOW), Change("a", 2, example.NOW)
    assert window.fresh([first]) == (first,)
    assert window.fresh([first]) == ()
    assert window.fresh([second, first]) == (second,)


async def test_every_change_of_a_case_is_told_with_its_revision(
    app: FastAPI, database: Database, streams: Streams
) -> None:
    case = await kept(database, example.case())
    stream = news_of(app, streams)
    await changed(stream, case, 0)
    for revision in (1, 2, 3):
        await note(database, case, OTHER)
        await changed(stream, case, revision)
    await stream.aclose()  # type: ignore[attr-defined]
    assert len(streams) == 0


async def test_what_one_does_and_the_letters_that_follow_are_no_news_to_oneself(
    database: Database, streams: Streams
) -> None:
    case, since = await kept(database, example.case()), utc_now()

    async def news(reader: Any) -> int:
        told: int = (await streams.since(since)).told_to(reader.id)["changed"][case.id]
        return told

    await note(database, case, ME)
    letter = LetterSent(message_id=case.id, letter_id="l1", template="invitation", sent_at=example.NOW)
    sent, _ = letter_sent(await Cases(database).get(case.id), letter)
    await Cases(database).save(sent)
    assert (await news(ME), await news(OTHER)) == (0, 1)
    await note(database, case, OTHER)
    assert (await news(ME), await news(OTHER)) == (3, 1)


async def test_a_closing_that_a_colleague_may_still_take_back_is_news(database: Database, streams: Streams) -> None:
    case, since = await kept(database, example.case()), utc_now()
    payload = {"reason": "inadmissible", "explanation": "Kapatıldı.", "told_units": ""}
    await Cases(database).save(hold(case, CLOSURE, payload, example.NOW, OTHER))
    news = await streams.since(since)
    assert [news.told_to(reader.id)["changed"] for reader in (ME, OTHER)] == [{case.id: 1}, {case.id: 0}]


async def test_a_case_of_others_is_told_to_those_who_may_read_it_alone(
    app: FastAPI, database: Database, streams: Streams
) -> None:
    secret, open_case = await kept(database, restricted("other")), await kept(database, example.case())
    whereabouts = Whereabouts(Cases(database))
    await whereabouts.note(secret.id, OTHER, writing=True)
    mine, others = await read(news_of(app, streams)), await read(news_of(app, streams, of=OTHER))
    assert (list(mine["changed"]), mine["people"]) == ([open_case.id], {})
    assert set(others["changed"]) == {secret.id, open_case.id}
    assert others["people"] == {secret.id: [{"id": "other", "name": "Can Demir", "writing": True}]}


async def test_a_case_that_becomes_restricted_is_no_longer_told_nor_who_is_there(
    app: FastAPI, database: Database, streams: Streams
) -> None:
    case = await kept(database, example.case())
    await Whereabouts(Cases(database)).note(case.id, OTHER, writing=False)
    stream = news_of(app, streams)
    assert case.id in (await read(stream))["people"]
    hidden = case.model_copy(update={"restriction": restricted("other").restriction})
    await Cases(database).save(hidden)

    async def gone() -> bool:
        told = await read(stream)
        return case.id not in told["people"] and case.id not in told["changed"]

    await eventually(gone)


async def test_a_browser_that_comes_again_is_told_what_it_missed(database: Database, streams: Streams) -> None:
    known = utc_now()
    missed = await kept(database, example.case())
    assert missed.id in (await streams.since(known)).told_to(ME.id)["changed"]
    later = await streams.since(utc_now() + timedelta(minutes=1))
    assert later.told_to(ME.id) == {"changed": {}, "people": {}, "many": False}


async def test_more_changes_than_are_named_make_every_page_ask(database: Database, streams: Streams) -> None:
    now = utc_now()
    rows = [{"_id": str(n), "revision": 1, "indexed": {"changed_at": now}} for n in range(MOST + 5)]
    await database["cases"].insert_many(rows)
    assert (await streams.since(now)).told_to(ME.id)["many"]


async def test_a_stream_too_many_is_refused_and_one_that_ends_makes_room(
    officer: Browser, app: FastAPI, streams: Streams
) -> None:
    app.state.provided[Streams] = streams
    first, second = streams.open(), streams.open()
    with pytest.raises(TooMany):
        streams.open()
    refused = await officer.client.get("/live", headers={"accept": "text/event-stream"})
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "60")
    streams.close(first)
    streams.close(streams.open())
    streams.close(second)


async def test_a_stream_ends_when_its_reader_is_no_longer_signed_in(
    app: FastAPI, streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "CHECKED", 0.05)
    request = request_of(app)
    stream = told_news(request, ME, streams, streams.open(), utc_now(), anyio.Event())
    await read(stream)

    async def nobody(request: Request) -> None:
        return None

    app.state.sign_in = nobody
    with pytest.raises(StopAsyncIteration):
        while True:
            await read(stream)
    assert len(streams) == 0


async def test_who_asks_without_a_stream_gets_json_that_nobody_keeps(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    answer = await officer.client.get("/live")
    assert (answer.json()["changed"], answer.headers["cache-control"]) == ({case.id: 0}, "no-store")
    assert "script-src 'self'" in answer.headers["content-security-policy"]


async def test_two_officers_at_a_case_see_each_other_until_one_leaves(
    officer: Browser, app: FastAPI, visit: Visit, database: Database
) -> None:
    case = await kept(database, example.case())
    colleague = await log_in(visit(app, language="en"), database, id="b", email="b@klu.example", name="Can Demir")
    for browser in (officer, colleague):
        await browser.open(f"/cases/{case.id}")
    presence = f"/cases/{case.id}/presence"
    token = {"csrf": officer.form(f"/cases/{case.id}/routing").fields["csrf"]}
    theirs = {"csrf": colleague.form(f"/cases/{case.id}/routing").fields["csrf"]}
    assert (await colleague.client.post(presence, data={**theirs, "doing": "writes"})).json()["people"] == []
    told = (await officer.client.post(presence, data={**token, "doing": "looks"})).json()
    assert told == {"revision": 0, "people": [{"id": "b", "name": "Can Demir", "writing": True}]}
    assert (await colleague.client.post(presence, data={**theirs, "doing": "leaves"})).status_code == 204
    assert (await officer.client.post(presence, data=token)).json()["people"] == []
    assert (await officer.client.post(presence, data={"doing": "looks"})).status_code == 422


async def test_nobody_is_at_a_case_that_they_may_not_read(officer: Browser, database: Database) -> None:
    secret, own = await kept(database, restricted("other")), await kept(database, example.case())
    await officer.open(f"/cases/{own.id}")
    token = officer.form(f"/cases/{own.id}/routing").fields["csrf"]
    answer = await officer.client.post(f"/cases/{secret.id}/presence", data={"csrf": token, "doing": "looks"})
    assert answer.status_code == 404
    assert await database["presence"].count_documents({}) == 0


async def test_who_gave_no_sign_for_a_while_is_not_there(database: Database) -> None:
    case, whereabouts = await kept(database, example.case()), Whereabouts(Cases(database))
    await whereabouts.prepare()
    await whereabouts.note(case.id, ME, writing=False)
    assert [one.name for one in await whereabouts.here(case.id)] == [ME.name]
    await database["presence"].update_one({}, {"$set": {"at": utc_now() - FRESH}})
    assert await whereabouts.here(case.id) == []
    indexes = await database["presence"].index_information()
    assert indexes["at_1"]["expireAfterSeconds"] == FRESH.seconds


async def test_what_a_page_sends_by_itself_does_not_keep_a_session_alive(officer: Browser, database: Database) -> None:
    before = utc_now() - timedelta(minutes=20)
    await database["sessions"].update_many({}, {"$set": {"seen_at": before}})
    await officer.client.get("/live")
    await officer.client.get("/", headers={"live": "1"})
    (session,) = [one async for one in Sessions(database).collection.find({})]
    assert session["seen_at"] == before.replace(microsecond=before.microsecond // 1000 * 1000)
    await officer.client.get("/")
    (session,) = [one async for one in Sessions(database).collection.find({})]
    assert session["seen_at"] > before


async def test_changed_cases_are_found_by_their_index(database: Database) -> None:
    await Cases(database).prepare()
    plan = (
        await database["cases"]
        .find({"indexed.changed_at": {"$gte": utc_now()}})
        .sort("indexed.changed_at", -1)
        .explain()
    )
    assert "COLLSCAN" not in json.dumps(plan["queryPlanner"], default=str)
    assert '"SORT"' not in json.dumps(plan["queryPlanner"]["winningPlan"], default=str)


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.PRIVACY_OFFICER])
async def test_who_reads_cases_hears_of_them(app: FastAPI, visit: Visit, database: Database, role: Role) -> None:
    browser = await log_in(visit(app), database, role=role)
    assert (await browser.client.get("/live")).status_code == 200


@pytest.mark.parametrize(
    "known", ["0001-01-01T00:00:00+00:00", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "x"]
)
def test_a_browser_that_says_it_was_away_for_ages_hears_of_the_last_hour(known: str) -> None:
    request = Request({"type": "http", "headers": [(b"last-event-id", known.encode())]})
    assert example.NOW - timedelta(hours=1) <= known_until(request, example.NOW) <= example.NOW
