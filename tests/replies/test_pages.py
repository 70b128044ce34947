"""The portal behind the link, as a browser without scripts uses it."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser
from services.replies.domain import Assignment, AssignmentState, keep_draft, take_back, token
from services.replies.store import Assignments
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted

KEYS = {"secret": example.SECRET, "base_url": "http://127.0.0.1:8003"}


@pytest.fixture
async def unit(make: Make, visit: Visit, database: Database) -> Browser:
    await Assignments(database).prepare()
    return visit(make("replies"))


async def test_the_link_shows_the_case_the_note_and_the_time_left(unit: Browser, database: Database) -> None:
    due = utc_now() + timedelta(days=5, hours=1)
    page = await unit.open(await link(database, example.units_assignment(due_at=due)))
    for shown in ("Kütüphanede ısıtma çalışmıyor", "Lütfen inceleyip cevaplayınız.", "5 gün kaldı", "Deniz Kaya"):
        assert shown in page


@pytest.mark.parametrize(
    ("left", "words"), [(timedelta(hours=-1), "Cevap süresi doldu"), (timedelta(hours=2), "Bir günden az kaldı")]
)
async def test_a_date_that_is_near_or_past_is_shown_in_words(
    unit: Browser, database: Database, left: timedelta, words: str
) -> None:
    assert words in await unit.open(await link(database, example.units_assignment(due_at=utc_now() + left)))


async def test_an_assignment_without_a_date_or_for_information_is_shown(unit: Browser, database: Database) -> None:
    path = await link(database, example.units_assignment(due_at=None, reply_expected=False))
    assert "Bilginize sunulan bir başvuru var" in await unit.open(path)


async def test_a_hidden_identity_is_not_shown(unit: Browser, database: Database) -> None:
    page = await unit.open(await link(database, example.units_assignment(submitter=None)))
    assert "kimlik bilgileri paylaşılmamıştır" in page
    assert "Deniz Kaya" not in page


async def test_the_first_visit_is_announced_and_looking_again_changes_nothing(
    unit: Browser, database: Database
) -> None:
    path = await link(database)
    await asyncio.gather(*(unit.client.get(path) for _ in range(3)))
    first = await document(database)
    assert [unpublished["type"] for unpublished in first["outbox"]] == ["assignment.viewed"]
    await unit.open(path)
    assert await document(database) == first


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
async def test_a_scanner_that_only_knocks_changes_nothing(unit: Browser, database: Database, method: str) -> None:
    path = await link(database)
    before = await document(database)
    assert (await unit.client.request(method, path)).status_code in (200, 405)
    assert await document(database) == before


@pytest.mark.parametrize("what", ["reply", "draft", "decline"])
async def test_what_is_to_be_done_is_not_done_by_looking(unit: Browser, database: Database, what: str) -> None:
    path = await link(database)
    before = await document(database)
    looked = await unit.client.get(f"{path}/{what}?lang=en", follow_redirects=False)
    assert (looked.status_code, looked.headers["location"]) == (303, f"{path}?lang=en")
    assert await document(database) == before


async def test_a_reply_goes_to_the_hotline(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    page = await unit.submit(f"{path}/reply", **example.REPLY_FORM)
    assert "Isıtma sistemi onarılmıştır." in page
    kept = await document(database)
    assert (kept["state"], kept["replies"][0]["by"]) == (AssignmentState.REPLIED, "Fatma Şahin")
    assert [unpublished["type"] for unpublished in kept["outbox"]] == ["assignment.viewed", "reply.submitted"]


async def test_two_replies_at_once_are_one_reply(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    fields = unit.form(f"{path}/reply").fields | example.REPLY_FORM
    answers = await asyncio.gather(*(unit.client.post(f"{path}/reply", data=fields) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    kept = await document(database)
    assert len(kept["replies"]) == 1
    assert [unpublished["type"] for unpublished in kept["outbox"]].count("reply.submitted") == 1


async def test_a_second_reply_is_refused_and_what_was_typed_is_kept(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    form = unit.page
    await unit.submit(f"{path}/reply", **example.REPLY_FORM)
    unit.page = form
    answer = await send(unit, f"{path}/reply", **example.REPLY_FORM | {"text": "Bir de şunu ekleyelim."})
    assert answer.status_code == 409
    assert "Cevap daha önce gönderilmiştir" in answer.text
    assert "Bir de şunu ekleyelim." in answer.text
    assert len((await document(database))["replies"]) == 1


async def test_a_second_reply_with_mistakes_is_not_lost_either(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    form = unit.page
    await unit.submit(f"{path}/reply", **example.REPLY_FORM)
    unit.page = form
    answer = await send(unit, f"{path}/reply", text="Bir de şunu ekleyelim.", by="")
    assert answer.status_code in (409, 422)
    assert "Bir de şunu ekleyelim." in answer.text
    assert len((await document(database))["replies"]) == 1


async def test_a_draft_is_kept_and_shown_again_with_its_line_ends(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    by_way_of, text = f"{path}/draft", "Birinci satır\r\n\r\nüçüncü <b>"
    await send(unit, f"{path}/reply", by_way_of=by_way_of, text=text, by="Fatma")
    assert unit.path == path
    assert submitted(unit, f"{path}/reply")["text"] == "Birinci satır\n\nüçüncü <b>"
    assert submitted(unit, f"{path}/reply")["by"] == "Fatma"
    assert [unpublished["type"] for unpublished in (await document(database))["outbox"]] == ["assignment.viewed"]


async def test_a_draft_kept_by_a_script_answers_without_a_page(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    fields = unit.form(f"{path}/reply").fields | {"text": "Birinci satır"}
    answer = await unit.client.post(f"{path}/draft", data=fields, headers={"accept": "application/json"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await document(database))["draft"]["text"] == "Birinci satır"


async def test_a_declined_assignment_goes_back_to_the_hotline(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    page = await unit.submit(f"{path}/decline", **example.DECLINE_FORM | {"suggested_unit": "Yapı İşleri"})
    assert "Başvuru geri gönderilmiştir" in page
    kept = await document(database)
    assert kept["state"] == AssignmentState.DECLINED
    assert [unpublished["type"] for unpublished in kept["outbox"]] == ["assignment.viewed", "assignment.declined"]
    assert "Yapı İşleri" in kept["outbox"][1]["body"]


async def test_a_returned_reply_is_there_to_be_revised_with_the_reason(unit: Browser, database: Database) -> None:
    replied = example.replied_assignment()
    returned, _ = take_back(replied, example.reply_returned(replied, reason="Onarımın tarihi nedir?"), **KEYS)
    path = await link(database, returned)
    assert "Onarımın tarihi nedir?" in await unit.open(path)
    assert submitted(unit, f"{path}/reply")["text"] == "Isıtma sistemi onarılmıştır."
    await unit.submit(f"{path}/reply", text="Isıtma sistemi dün onarılmıştır.", confirmed="yes")
    assert [r["version"] for r in (await document(database))["replies"]] == [1, 2]


async def test_a_draft_of_the_revision_goes_before_the_earlier_version(unit: Browser, database: Database) -> None:
    replied = example.replied_assignment()
    returned, _ = take_back(replied, example.reply_returned(replied), **KEYS)
    path = await link(database, keep_draft(returned, text="Düzeltiyorum", by="", now=example.NOW))
    await unit.open(path)
    assert submitted(unit, f"{path}/reply")["text"] == "Düzeltiyorum"


@pytest.mark.parametrize(
    ("state", "words"),
    [(AssignmentState.REPLIED, "Cevabınız alınmıştır"), (AssignmentState.ACCEPTED, "Cevabınız onaylanmıştır")],
)
async def test_what_was_done_can_be_seen_later(
    unit: Browser, database: Database, state: AssignmentState, words: str
) -> None:
    page = await unit.open(await link(database, example.replied_assignment(state=state)))
    assert words in page
    assert "Isıtma sistemi onarılmıştır." in page


async def link(database: Database, assignment: Assignment | None = None) -> str:
    made = assignment or example.units_assignment()
    await Assignments(database).add(made)
    return f"/a/{token(example.SECRET, made.id)}"


async def document(database: Database) -> dict[str, Any]:
    (found,) = await database["assignments"].find().to_list(None)
    return found
