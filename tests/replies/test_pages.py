"""The portal behind the link, as a browser without scripts uses it."""

import asyncio
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from scripts.browser import Browser, text_of
from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.following import recall, take_back
from services.replies.domain.links import token
from services.replies.domain.writing import keep_draft
from services.replies.store import Assignments
from shared.clock import utc_now
from shared.days import day_of, last_moment
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted
from tests.links import closed

ISTANBUL = ZoneInfo("Europe/Istanbul")
KEYS = {"secret": example.SECRET, "base_url": "http://127.0.0.1:8003"}


@pytest.fixture
async def unit(make: Make, visit: Visit, database: Database) -> Browser:
    await Assignments(database).prepare()
    return visit(make("replies"))


async def test_the_link_shows_the_case_the_note_and_the_time_left(unit: Browser, database: Database) -> None:
    due = last_moment(day_of(utc_now(), ISTANBUL) + timedelta(days=5), ISTANBUL)
    page = await unit.open(await link(database, example.units_assignment(due_at=due)))
    for shown in ("Kütüphanede ısıtma çalışmıyor", "Lütfen inceleyip cevaplayınız.", "5 gün kaldı", "Deniz Kaya"):
        assert shown in page


@pytest.mark.parametrize("due", [time(0, 0), time(9, 30), time(23, 59, 59)])
@pytest.mark.parametrize(
    ("now", "words"),
    [
        (datetime(2026, 12, 1, 21, 0, tzinfo=UTC), "2 gün kaldı"),
        (datetime(2026, 12, 3, 20, 59, 59, tzinfo=UTC), "1 gün kaldı"),
        (datetime(2026, 12, 3, 21, 0, tzinfo=UTC), "Bugün son gün"),
        (datetime(2026, 12, 4, 20, 59, 59, tzinfo=UTC), "Bugün son gün"),
        (datetime(2026, 12, 4, 21, 0, tzinfo=UTC), "Cevap süresi doldu"),
    ],
)
async def test_the_last_day_ends_at_its_midnight_where_the_institution_is(
    make: Make, visit: Visit, database: Database, due: time, now: datetime, words: str
) -> None:
    app = make("replies")
    app.state.clock = lambda: now
    due_at = datetime.combine(date(2026, 12, 4), due, tzinfo=ISTANBUL)
    page = await visit(app).open(await link(database, example.units_assignment(due_at=due_at)))
    assert words in page
    assert "Cevap için son gün: 4 Aralık 2026 Cuma" in page


async def test_an_assignment_without_a_date_or_for_information_is_shown(unit: Browser, database: Database) -> None:
    path = await link(database, example.units_assignment(due_at=None, reply_expected=False))
    assert "Bilgi için yönlendirilen başvuru" in await unit.open(path)


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
    assert [unpublished["type"] for unpublished in example.told(first)] == ["assignment.viewed"]
    await unit.open(path)
    assert await document(database) == first


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
async def test_a_scanner_that_only_knocks_changes_nothing(unit: Browser, database: Database, method: str) -> None:
    path = await link(database)
    before = await document(database)
    assert (await unit.client.request(method, path)).status_code in (200, 405)
    assert await document(database) == before


@pytest.mark.parametrize(
    "header",
    [
        {"sec-purpose": "prefetch"},
        {"sec-purpose": "prefetch;prerender"},
        {"purpose": "prefetch"},
        {"x-purpose": "preview"},
        {"x-moz": "prefetch"},
    ],
)
async def test_a_page_that_was_fetched_ahead_of_time_was_not_opened(
    unit: Browser, database: Database, header: dict[str, str]
) -> None:
    path = await link(database)
    before = await document(database)
    answer = await unit.client.get(path, headers=header)
    assert (answer.status_code, await document(database)) == (200, before)
    await unit.open(path)
    assert [event["type"] for event in example.told(await document(database))] == ["assignment.viewed"]


async def test_a_draft_says_that_a_person_has_read_the_message(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    for text in ("Birinci", "Birinci satır"):
        await send(unit, f"{path}/reply", by_way_of=f"{path}/draft", text=text, check="7KX4")
    opened, read = (example.unpublished_data(event) for event in example.told(await document(database)))
    assert ("by_person" in opened, read["by_person"]) == (False, True)


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
    assert [unpublished["type"] for unpublished in example.told(kept)] == ["assignment.viewed", "reply.submitted"]


async def test_two_replies_at_once_are_one_reply(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    fields = unit.form(f"{path}/reply").fields | example.REPLY_FORM
    answers = await asyncio.gather(*(unit.client.post(f"{path}/reply", data=fields) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    kept = await document(database)
    assert len(kept["replies"]) == 1
    assert [unpublished["type"] for unpublished in example.told(kept)].count("reply.submitted") == 1


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


async def test_a_reply_without_a_name_is_by_the_unit(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    await unit.submit(f"{path}/reply", **example.REPLY_FORM | {"by": ""})
    kept = await document(database)
    assert kept["replies"][0]["by"] == kept["unit"]["name_tr"]
    assert example.unpublished_data(example.told(kept)[-1])["by"] == kept["unit"]["name_tr"]


async def test_a_draft_is_kept_and_shown_again_with_its_line_ends(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    by_way_of, text = f"{path}/draft", "Birinci satır\r\n\r\nüçüncü <b>"
    await send(unit, f"{path}/reply", by_way_of=by_way_of, text=text, by="Fatma", check="7KX4")
    assert unit.path == path
    assert submitted(unit, f"{path}/reply")["text"] == "Birinci satır\n\nüçüncü <b>"
    assert "Fatma" in text_of(unit.html)
    assert submitted(unit, f"{path}/reply")["by"] == ""


async def test_a_draft_kept_by_a_script_answers_without_a_page(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    fields = unit.form(f"{path}/reply").fields | {"text": "Birinci satır", "check": "7KX4"}
    answer = await unit.client.post(f"{path}/draft", data=fields, headers={"accept": "application/json"})
    assert (answer.status_code, answer.content) == (204, b"")
    assert (await document(database))["draft"]["text"] == "Birinci satır"


async def test_a_declined_assignment_goes_back_to_the_hotline(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    page = await unit.submit(f"{path}/decline", **example.DECLINE_FORM | {"suggested_unit": "Yapı İşleri"})
    assert "Başvuru iade edilmiştir" in page
    kept = await document(database)
    assert kept["state"] == AssignmentState.DECLINED
    assert [unpublished["type"] for unpublished in example.told(kept)] == ["assignment.viewed", "assignment.declined"]
    assert "Yapı İşleri" in str(example.unpublished_data(example.told(kept)[1]))
    later = await unit.open(path)
    assert all(part in later for part in ("Yapı İşleri", example.DECLINE_FORM["reason"], "Yazdığınız gerekçe"))


async def test_a_returned_reply_is_there_to_be_revised_with_the_reason(unit: Browser, database: Database) -> None:
    replied = example.replied_assignment()
    returned, _ = take_back(replied, example.reply_returned(replied, reason="Onarımın tarihi nedir?"), **KEYS)
    path = await link(database, returned)
    assert "Onarımın tarihi nedir?" in await unit.open(path)
    assert submitted(unit, f"{path}/reply")["text"] == "Isıtma sistemi onarılmıştır."
    assert submitted(unit, f"{path}/reply")["by"] == ""
    await unit.submit(f"{path}/reply", **example.REPLY_FORM | {"text": "Isıtma sistemi dün onarılmıştır."})
    assert [r["version"] for r in (await document(database))["replies"]] == [1, 2]


async def test_a_draft_of_the_revision_goes_before_the_earlier_version(unit: Browser, database: Database) -> None:
    replied = example.replied_assignment()
    returned, _ = take_back(replied, example.reply_returned(replied), **KEYS)
    form = example.drawn(returned)
    path = await link(database, keep_draft(returned, text="Düzeltiyorum", by="", drawn=form, now=example.NOW)[0])
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


async def test_the_returned_reply_is_not_sent_again_unchanged(unit: Browser, database: Database) -> None:
    replied = example.replied_assignment()
    path = await link(database, take_back(replied, example.reply_returned(replied), **KEYS)[0])
    await unit.open(path)
    before = await document(database)
    answer = await send(unit, f"{path}/reply", **{n: v for n, v in example.REPLY_FORM.items() if n != "text"})
    assert answer.status_code == 422
    assert "iade edilen cevapla aynıdır" in answer.text
    assert submitted(unit, f"{path}/reply")["by"] == "Fatma Şahin"
    assert await document(database) == before


@pytest.mark.parametrize("what", ["reply", "draft", "decline"])
@pytest.mark.parametrize("entered", ["", "test", "26", "Fatma Şahin", "9999"])
async def test_who_has_not_typed_the_check_changes_nothing_and_keeps_what_was_typed(
    unit: Browser, database: Database, what: str, entered: str
) -> None:
    path, fields = await link(database), example.REPLY_FORM | example.DECLINE_FORM
    await unit.open(path)
    before, form = await document(database), "decline" if what == "decline" else "reply"
    filled = fields | {"check": entered, "decline_check": entered}
    answer = await send(unit, f"{path}/{form}", by_way_of=f"{path}/{what}", **filled)
    assert answer.status_code == 422
    assert "Lütfen şu dört karakteri yazınız: 7KX4" in answer.text
    kept = ("reason", "declined_by") if form == "decline" else ("text", "by")
    assert {name: submitted(unit, f"{path}/{form}")[name] for name in kept} == {name: fields[name] for name in kept}
    assert await document(database) == before


async def test_a_script_is_told_in_words_why_a_draft_was_not_saved(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    fields = unit.form(f"{path}/reply").fields | {"text": "Birinci satır"}
    told = {}
    for name, check in (("unproved", ""), ("saved", "7KX4"), ("overtaken", "7KX4")):
        await unit.open(path) if name == "saved" else None
        form = fields if name == "overtaken" else fields | {"form_id": name}
        answer = await unit.client.post(
            f"{path}/draft", data=form | {"text": name, "check": check}, headers={"accept": "application/json"}
        )
        told[name] = (answer.status_code, answer.text)
    assert told["saved"] == (204, "")
    assert told["unproved"] == (422, "Taslağınız, dört kontrol karakterini yazdığınızda kaydedilecektir.")
    assert told["overtaken"][0] == 409
    assert "başka bir metin kaydedilmiştir" in told["overtaken"][1]


@pytest.mark.parametrize("what", ["reply", "draft", "decline"])
async def test_two_colleagues_on_one_link_lose_nothing(unit: Browser, database: Database, what: str) -> None:
    path, form = await link(database), "decline" if what == "decline" else "reply"
    mine, theirs = unit.tab(), unit.tab()
    await asyncio.gather(mine.open(path), theirs.open(path))
    saved = {"text": "Ayşe'nin metni", "by": "Ayşe Yılmaz", "check": "7KX4"}
    await send(theirs, f"{path}/reply", by_way_of=f"{path}/draft", **saved)
    filled = example.REPLY_FORM | {"text": "Fatma'nın metni"} if form == "reply" else example.DECLINE_FORM
    answer = await send(mine, f"{path}/{form}", by_way_of=f"{path}/{what}", **filled)
    assert answer.status_code == 409
    page = text_of(mine.html)
    assert "Ayşe'nin metni" in page
    assert "Ayşe Yılmaz" in page
    assert (await document(database))["draft"]["text"] == "Ayşe'nin metni"
    again = submitted(mine, f"{path}/{form}")
    entered = "text" if form == "reply" else "reason"
    assert again[entered] == filled[entered]
    assert (await send(mine, f"{path}/{form}", by_way_of=f"{path}/{what}", confirmed="yes")).status_code == 200
    states = {"reply": AssignmentState.REPLIED, "draft": AssignmentState.INVITED, "decline": AssignmentState.DECLINED}
    assert (await document(database))["state"] == states[what]


async def test_an_empty_draft_and_an_unchanged_one_save_nothing(unit: Browser, database: Database) -> None:
    path = await link(database)
    await unit.open(path)
    await send(unit, f"{path}/reply", by_way_of=f"{path}/draft", text="Birinci satır", check="7KX4")
    before = await document(database)
    for text in ("", "  \r\n ", "Birinci satır"):
        await unit.open(path)
        await send(unit, f"{path}/reply", by_way_of=f"{path}/draft", text=text, check="7KX4")
        assert submitted(unit, f"{path}/reply")["text"] == "Birinci satır"
    assert await document(database) == before


@pytest.mark.parametrize(
    ("cause", "words"),
    [
        (None, "başvuruyu biriminizden geri almıştır"),
        ("recalled", "başvuruyu biriminizden geri almıştır"),
        ("answered", "Başvuru sahibine cevap verilmiştir"),
        ("closed", "Başvuru dosyası kapatılmıştır"),
        ("invented tomorrow", "başvuruyu biriminizden geri almıştır"),
    ],
)
async def test_a_unit_that_is_no_longer_asked_reads_why(
    unit: Browser, database: Database, cause: str | None, words: str
) -> None:
    asked = example.units_assignment()
    recalled = example.assignment_recalled(asked, cause=cause, reason="Konu Yapı İşlerine\nyönlendirilmiştir.")
    path = await link(database, recall(asked, recalled))
    before = await document(database)
    answer = await unit.client.get(path)
    page = text_of(answer.text)
    assert answer.status_code == 410
    for said in ("artık cevap beklenmemektedir", words, "Konu Yapı İşlerine yönlendirilmiştir.", "26-7KX4-9Q"):
        assert said in page
    for hidden in ("Deniz Kaya", "iki gündür ısıtma"):
        assert hidden not in page
    assert await document(database) == before


async def test_a_unit_that_handed_the_message_back_reads_so_after_the_case_was_closed(
    unit: Browser, database: Database
) -> None:
    page = await unit.open(await link(database, closed(example.units_assignment(state=AssignmentState.DECLINED))))
    assert "Yapmanız gereken başka bir işlem yoktur" in page


@pytest.mark.parametrize("shown_in", ["tr", "en"])
@pytest.mark.parametrize("written_in", ["tr", "en", None])
async def test_each_text_says_in_which_language_it_is(
    unit: Browser, database: Database, shown_in: str, written_in: str | None
) -> None:
    replied = example.replied_assignment(language=written_in)
    path = await link(database, take_back(replied, example.reply_returned(replied), **KEYS)[0])
    await unit.open(f"{path}?lang={shown_in}")
    languages = {text: lang for lang, text in re.findall(r'lang="(\w+)">\s*([^<]+?)\s*<', unit.html)}
    assert languages["Kütüphanede ısıtma çalışmıyor"] == (written_in or "tr")
    assert languages["Lütfen inceleyip cevaplayınız."] == "tr"
    assert languages["Onarımın tarihini de yazınız."] == "tr"
    assert f'<html lang="{shown_in}" dir="ltr">' in unit.html
    assert ("Başvuru İngilizce yazılmıştır." in unit.html) == ((shown_in, written_in) == ("tr", "en"))


async def link(database: Database, assignment: Assignment | None = None) -> str:
    made = assignment or example.units_assignment()
    await Assignments(database).add(made)
    return f"/a/{token(example.SECRET, made.id)}"


async def document(database: Database) -> dict[str, Any]:
    (found,) = await database["assignments"].find().to_list(None)
    return found


@pytest.mark.parametrize(
    "behind", [".", ")", "%C2%A0", "%3E", ",", "%E2%80%8B", "%22", ";", "_", "%0A", "*", "%E2%80%9D"]
)
async def test_a_link_leads_to_the_page_with_whatever_sticks_to_it(
    unit: Browser, database: Database, behind: str
) -> None:
    path = await link(database)
    answer = await unit.client.get(f"{path}{behind}?lang=en", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"{path}?lang=en")
    await unit.open(path + behind)
    assert unit.path == path


async def test_opening_drafts_and_replies_are_recorded_and_wrong_links_are_counted(
    unit: Browser, database: Database
) -> None:
    path = await link(database)
    for _ in range(2):
        await unit.open(path)
        await send(unit, f"{path}/reply", url=f"{path}/draft", **example.REPLY_FORM)
        await unit.client.get("/a/" + "x" * 43)
    await unit.open(path)
    await unit.submit(f"{path}/reply", **example.REPLY_FORM)
    kept = await document(database)
    actor = {"kind": "unit", "id": kept["_id"]}
    told = [example.unpublished_data(one) for one in kept["outbox"] if one["type"] == "replies.audited"]
    assert [(one["action"], one["actor"], one["message_id"]) for one in told] == [
        ("reply.submitted", actor, kept["message_id"])
    ]
    records = {one["action"]: one async for one in database["audit"].find()}
    assert set(records) == {"assignment.read", "reply.drafted", "link_refused"}
    assert (records["assignment.read"]["actor"], records["link_refused"]["count"]) == (actor, 2)
