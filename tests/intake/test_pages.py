"""The public form and the status page, as a browser without scripts uses them."""

import asyncio
import re
from datetime import timedelta

import pytest

from scripts.browser import Browser, Refused
from services.intake.domain.codes import tracking_code
from services.intake.domain.message import Message
from services.intake.domain.progress import answer, close, progress
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted


@pytest.fixture
async def citizen(make: Make, visit: Visit, database: Database) -> Browser:
    await Messages(database).prepare()
    return visit(make("intake"))


async def test_a_message_is_stored_with_its_events_and_its_code_is_shown(citizen: Browser, database: Database) -> None:
    await citizen.open("/")
    page = await citizen.submit("/", **example.MESSAGE_FORM)
    code = citizen.path.split("/")[2]
    (document,) = await database["messages"].find().to_list(None)
    assert document["reference"] in page
    assert code in page
    assert code == tracking_code(example.SECRET, document["_id"])
    assert [unpublished["type"] for unpublished in example.told(document)] == ["message.submitted", "receipt.requested"]
    assert document["submission"]["hide_identity"] is False


async def test_a_message_without_name_and_address_is_kept(citizen: Browser, database: Database) -> None:
    await citizen.open("/")
    await citizen.submit("/", **example.MESSAGE_FORM | {"name": "", "email": " ", "phone": ""})
    (document,) = await database["messages"].find().to_list(None)
    assert [document["submission"][field] for field in ("name", "email", "phone")] == [None, None, None]
    assert [unpublished["type"] for unpublished in example.told(document)] == ["message.submitted"]


async def test_an_identity_can_be_hidden_from_the_unit(citizen: Browser, database: Database) -> None:
    await citizen.open("/")
    await citizen.submit("/", **example.MESSAGE_FORM, hide_identity="yes")
    (document,) = await database["messages"].find().to_list(None)
    assert document["submission"]["hide_identity"] is True


async def test_a_message_that_was_erased_is_not_made_again(citizen: Browser, database: Database) -> None:
    await citizen.open("/")
    form = citizen.page
    await citizen.submit("/", **example.MESSAGE_FORM)
    path, citizen.page = citizen.path, form
    await database["messages"].update_one({}, [{"$project": {"revision": 1}}, {"$set": {"erased_at": "$$NOW"}}])
    with pytest.raises(Refused, match="404"):
        await citizen.submit("/", **example.MESSAGE_FORM)
    with pytest.raises(Refused, match="404"):
        await citizen.open(path)
    assert await database["messages"].count_documents({"submission": {"$exists": True}}) == 0


async def test_the_same_form_twice_is_one_message(citizen: Browser, database: Database) -> None:
    await citizen.open("/")
    form = citizen.page
    await citizen.submit("/", **example.MESSAGE_FORM)
    first, citizen.page = citizen.path, form
    await citizen.submit("/", **example.MESSAGE_FORM)
    assert citizen.path == first
    (document,) = await database["messages"].find().to_list(None)
    assert len(example.told(document)) == 2


async def test_a_double_click_is_one_message(citizen: Browser, database: Database) -> None:
    await citizen.open("/")
    fields = citizen.form("/").fields | example.MESSAGE_FORM
    answers = await asyncio.gather(*(citizen.client.post("/", data=fields) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.url.path for answer in answers}) == 1
    assert await database["messages"].count_documents({}) == 1


async def test_a_form_changed_after_sending_is_kept_and_sent_only_as_another_message(
    citizen: Browser, database: Database
) -> None:
    await citizen.open("/")
    form = citizen.page
    sent = await citizen.submit("/", **example.MESSAGE_FORM)
    first, citizen.page = citizen.path, form
    answer = await send(citizen, "/", **example.MESSAGE_FORM | {"text": "Şimdi de klima çalışmıyor."})
    assert answer.status_code == 409
    (document,) = await database["messages"].find().to_list(None)
    assert document["reference"] in sent
    assert document["reference"] in answer.text
    assert submitted(citizen, "/")["text"] == "Şimdi de klima çalışmıyor."
    await citizen.submit("/")
    assert citizen.path != first
    assert await database["messages"].count_documents({}) == 2


@pytest.mark.parametrize("once", ["", "x", "x" * 21, None])
async def test_a_guessed_mark_of_a_form_reaches_no_other_message(
    citizen: Browser, database: Database, once: str | None
) -> None:
    for _ in range(2):
        await citizen.open("/")
        await citizen.submit("/", **example.MESSAGE_FORM, once=once)
    assert await database["messages"].count_documents({}) == 2


@pytest.mark.parametrize("fields", [example.MESSAGE_FORM, {"text": "kısa", "subject": "x", "email": "deniz@"}])
async def test_another_language_keeps_what_was_typed_and_sends_nothing(
    citizen: Browser, database: Database, fields: dict[str, str]
) -> None:
    await citizen.open("/")
    answer = await send(citizen, "/", by_way_of="/?lang=en", **fields, switch="en")
    assert "Your message" in answer.text
    assert "Nothing has been sent yet" in answer.text
    assert submitted(citizen, "/").items() >= {n: v for n, v in fields.items() if n in ("text", "email")}.items()
    assert await database["messages"].count_documents({}) == 0
    await citizen.submit("/", **example.MESSAGE_FORM)
    assert await database["messages"].count_documents({}) == 1


async def test_a_form_over_plain_http_from_an_older_browser_works(citizen: Browser, database: Database) -> None:
    citizen.client.headers |= {"origin": "null"}
    await citizen.open("/")
    await citizen.submit("/", **example.MESSAGE_FORM)
    assert await database["messages"].count_documents({}) == 1


async def test_two_people_who_write_the_same_are_two_messages(citizen: Browser, database: Database) -> None:
    for _ in range(2):
        await citizen.open("/")
        await citizen.submit("/", **example.MESSAGE_FORM)
    assert await database["messages"].count_documents({}) == 2


async def test_a_code_typed_carelessly_opens_its_message(citizen: Browser, database: Database) -> None:
    message = await kept(database)
    await citizen.open("/t")
    page = await citizen.submit("/t", code=f" {code_of(message).lower().replace('-', ' ')} ")
    assert message.reference in page


async def test_an_unknown_code_is_an_error_and_stays_in_its_field(citizen: Browser) -> None:
    await citizen.open("/t")
    answer = await send(citizen, "/t", code="AAAAA-BBBBB-CCCCC-DDDDD")
    assert answer.status_code == 404
    assert "Bu takip koduyla kayıtlı bir başvuru bulunamadı." in answer.text
    assert citizen.form("/t").fields["code"] == ["AAAAA-BBBBB-CCCCC-DDDDD"]


@pytest.mark.parametrize("code", ["AAAAA-BBBBB", "%00", "%ff%fe", "%ED%A0%80", "x" * 5000, "<b>"])
@pytest.mark.parametrize("page", ["", "/submitted"])
async def test_an_address_with_an_unknown_code_opens_nothing(citizen: Browser, code: str, page: str) -> None:
    with pytest.raises(Refused) as refused:
        await citizen.open(f"/t/{code}{page}")
    assert refused.value.status == 404


async def test_the_status_page_shows_how_far_a_message_has_come(citizen: Browser, database: Database) -> None:
    told = example.case_progressed(at=example.NOW + timedelta(days=1))
    page = await citizen.open(f"/t/{code_of(await kept(database, progress(example.message(), told)))}")
    assert "24 Kasım 2026" in page
    assert current_step(citizen) == "İlgili birimde"


async def test_the_status_page_shows_the_answer_as_it_was_written(citizen: Browser, database: Database) -> None:
    told = example.case_answered(answer="İlk satır\n\n<script>alert(1)</script> & son")
    await citizen.open(f"/t/{code_of(await kept(database, answer(example.message(), told)))}")
    assert citizen.page
    assert "İlk satır\n\n&lt;script&gt;alert(1)&lt;/script&gt; &amp; son" in citizen.page.text


async def test_the_status_page_shows_why_a_message_was_closed(citizen: Browser, database: Database) -> None:
    closed = close(example.message(), example.case_closed(explanation="Belediyeye iletilmiştir."))
    page = await citizen.open(f"/t/{code_of(await kept(database, closed))}")
    assert "Belediyeye iletilmiştir." in page


async def test_looking_changes_nothing(citizen: Browser, database: Database) -> None:
    code = code_of(await kept(database))
    before = await database["messages"].find().to_list(None)
    for path in ("/", "/t", f"/t/{code}", f"/t/{code}/submitted", f"/t/{code}"):
        await citizen.open(path)
        await citizen.client.head(path)
    assert await database["messages"].find().to_list(None) == before


async def test_an_english_visitor_reads_english(make: Make, visit: Visit) -> None:
    page = await visit(make("intake"), language="en").open("/")
    assert "Your message" in page
    assert "Başvurunuz" not in page


async def test_a_chosen_language_is_remembered(citizen: Browser) -> None:
    assert "Your message" in await citizen.open("/?lang=en")
    assert "Your message" in await citizen.open("/")


async def kept(database: Database, message: Message | None = None) -> Message:
    made = message or example.message()
    await Messages(database).add(made)
    return made


def code_of(message: Message) -> str:
    return tracking_code(example.SECRET, message.id)


def current_step(browser: Browser) -> str:
    assert browser.page
    found = re.search(r'aria-current="step".*?step-label">([^<]+)', browser.page.text, re.S)
    assert found
    return found[1]


async def test_sending_and_opening_are_recorded_and_wrong_codes_are_counted(
    citizen: Browser, database: Database
) -> None:
    await citizen.open("/")
    await citizen.submit("/", **example.MESSAGE_FORM)
    code = citizen.path.split("/")[2]
    for _ in range(2):
        await citizen.open(f"/t/{code}")
        await citizen.client.get("/t/AAAAA-AAAAA-AAAAA-AAAAA")
    (document,) = await database["messages"].find().to_list(None)
    writer = {"kind": "submitter", "id": document["_id"]}
    (sent,) = (example.unpublished_data(one) for one in document["outbox"] if one["type"] == "intake.audited")
    assert (sent["action"], sent["actor"], sent["message_id"]) == ("message.submitted", writer, document["_id"])
    records = {one["action"]: one async for one in database["audit"].find()}
    assert set(records) == {"message.read", "code_refused"}
    assert (records["message.read"]["actor"], records["code_refused"]["count"]) == (writer, 2)
    assert "Deniz" not in str(records)
