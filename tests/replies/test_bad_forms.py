"""Invalid input to the portal: the page names the error and keeps what was typed; nothing is stored."""

from html import unescape
from typing import Any

import pytest

from scripts.browser import Browser, Refused
from services.replies.domain.assignment import AssignmentState
from services.replies.domain.links import hash_token, token
from services.replies.store import Assignments
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, send_raw, submitted

TOKEN = token(example.SECRET, "a1")
PATH = f"/a/{TOKEN}"
AWAY = "mongodb://127.0.0.1:9/?directConnection=true"
REPLIES: list[tuple[dict[str, Any], str, str]] = [
    ({"text": ""}, "Lütfen cevabınızı yazınız.", "Please write your reply."),
    ({"text": "x" * 10_001}, "Lütfen en fazla 10.000 karakter kullanınız.", "Please use at most 10,000 characters."),
    ({"text": "\ufeff\u200b"}, "Lütfen cevabınızı yazınız.", "Please write your reply."),
    (
        {"text": "Yap\ufffdld\ufffd"},
        "Metinde okunamayan karakterler var.",
        "The text contains characters that could not be read.",
    ),
    ({"by": "F"}, "Ad soyad en az 2 karakter olmalıdır.", "The name needs at least 2 characters."),
    ({"promised_on": "yarın"}, "Lütfen bir gün seçiniz", "Please choose a day"),
    ({"promised_on": "2026-02-30"}, "Lütfen bir gün seçiniz", "Please choose a day"),
    ({"promised_on": "9999-12-31"}, "Lütfen bir gün seçiniz", "Please choose a day"),
    ({"promised_on": "2001-01-01"}, "Bu tarih geçmiştir.", "This day has passed."),
    ({"csrf": "forged"}, "Bu sayfa uzun süre açık kaldı.", "This page was open for a long time."),
    ({"csrf": None}, "Bu sayfa uzun süre açık kaldı.", "This page was open for a long time."),
]
DECLINES: list[tuple[dict[str, Any], str]] = [
    ({"reason": ""}, "Lütfen başvurunun neden biriminize ait olmadığını yazınız."),
    ({"reason": "x" * 2001}, "Lütfen en fazla 2.000 karakter kullanınız."),
    ({"reason": "B\ufffdr"}, "Metinde okunamayan karakterler var."),
    ({"suggested_unit": "x" * 151}, "Lütfen en fazla 150 karakter kullanınız."),
    ({"declined_by": ""}, "Lütfen adınızı soyadınızı yazınız."),
    ({"csrf": "forged"}, "Bu sayfa uzun süre açık kaldı."),
]


@pytest.fixture
async def unit(make: Make, visit: Visit, database: Database) -> Browser:
    assignments = Assignments(database)
    await assignments.prepare()
    await assignments.add(example.units_assignment(id="a1", token_hash=hash_token(TOKEN)))
    browser = visit(make("replies"))
    await browser.open(PATH)
    return browser


@pytest.mark.parametrize(("different", "turkish", "english"), REPLIES)
async def test_an_invalid_reply_is_shown_again_with_its_error(
    unit: Browser, database: Database, different: dict[str, Any], turkish: str, english: str
) -> None:
    filled = example.REPLY_FORM | different
    for language, sentence in (("tr", turkish), ("en", english)):
        await unit.open(f"{PATH}?lang={language}")
        answer = await send(unit, f"{PATH}/reply", **filled)
        assert answer.status_code == 422
        assert sentence in unescape(answer.text)
        assert {name: submitted(unit, f"{PATH}/reply")[name] for name in ("text", "by")} == only(filled, "text", "by")
    assert await untouched(database)


@pytest.mark.parametrize(("different", "turkish"), DECLINES)
async def test_an_invalid_reason_for_declining_is_shown_again_with_its_error(
    unit: Browser, database: Database, different: dict[str, Any], turkish: str
) -> None:
    filled = example.DECLINE_FORM | different
    answer = await send(unit, f"{PATH}/decline", **filled)
    assert answer.status_code == 422
    assert turkish in answer.text
    fields = ("reason", "suggested_unit", "declined_by")
    assert only(submitted(unit, f"{PATH}/decline"), *fields) == only(filled, *fields)
    assert await untouched(database)


@pytest.mark.parametrize("different", [{"text": "x" * 10_001}, {"by": "\ufffd"}, {"csrf": "forged"}])
async def test_a_draft_that_cannot_be_kept_stays_in_the_form(
    unit: Browser, database: Database, different: dict[str, str]
) -> None:
    filled = {"text": "Taslak", "by": "Fatma", "check": "7KX4"} | different
    answer = await send(unit, f"{PATH}/reply", by_way_of=f"{PATH}/draft", **filled)
    assert answer.status_code == 422
    assert submitted(unit, f"{PATH}/reply")["text"] == filled["text"]
    assert await untouched(database)


@pytest.mark.parametrize("headers", [{"origin": "https://evil.example"}, {"sec-fetch-site": "cross-site"}])
@pytest.mark.parametrize("what", ["reply", "draft", "decline"])
async def test_a_form_sent_from_a_foreign_page_is_refused(
    unit: Browser, database: Database, headers: dict[str, str], what: str
) -> None:
    unit.client.headers |= headers
    fields = unit.form(f"{PATH}/reply").fields | example.REPLY_FORM | example.DECLINE_FORM
    assert (await unit.client.post(f"{PATH}/{what}", data=fields)).status_code == 422
    assert await untouched(database)


async def test_a_form_of_another_link_is_refused(unit: Browser, database: Database) -> None:
    other = example.units_assignment()
    await Assignments(database).add(other)
    await unit.open(f"/a/{token(example.SECRET, other.id)}")
    foreign = unit.form(f"{unit.path}/reply").fields["csrf"]
    answer = await unit.client.post(f"{PATH}/reply", data=example.REPLY_FORM | {"csrf": foreign})
    assert answer.status_code == 422
    assert await untouched(database)


@pytest.mark.parametrize("link", [f"/a/{TOKEN[:-1]}", "/a/" + "A" * 32, "/a/%00", "/a/%ff", "/a/%ED%A0%80", "/a/<b>"])
async def test_an_unknown_link_opens_nothing(unit: Browser, database: Database, link: str) -> None:
    for what in ("", "/"):
        with pytest.raises(Refused) as refused:
            await unit.open(link + what)
        assert refused.value.status == 404
    answer = await unit.client.post(f"{link}/reply", data=example.REPLY_FORM)
    assert answer.status_code == 404
    assert "Isıtma sistemi onarılmıştır." in answer.text
    assert await untouched(database)


@pytest.mark.parametrize("state", [AssignmentState.RECALLED, AssignmentState.CLOSED])
@pytest.mark.parametrize("what", ["reply", "draft", "decline"])
async def test_what_is_written_by_a_unit_that_is_no_longer_asked_is_not_sent_and_can_be_copied(
    unit: Browser, database: Database, state: AssignmentState, what: str
) -> None:
    filled = example.DECLINE_FORM if what == "decline" else example.REPLY_FORM
    filled = filled | {"reason" if what == "decline" else "text": "Uzun uzun yazdım."}
    await database["assignments"].update_one({"_id": "a1"}, {"$set": {"state": state}})
    answer = await send(
        unit, f"{PATH}/{'decline' if what == 'decline' else 'reply'}", by_way_of=f"{PATH}/{what}", **filled
    )
    assert answer.status_code == 410
    assert "Uzun uzun yazdım." in answer.text
    assert "Fatma Şahin" in answer.text
    assert await untouched(database)


@pytest.mark.parametrize("body", [b"text=%FF%FE", b"text=\xff\xfe", b"&&&=", b"", b"&".join([b"a=1"] * 300)])
async def test_bytes_that_are_no_form_are_refused(unit: Browser, database: Database, body: bytes) -> None:
    for what in ("reply", "draft", "decline"):
        assert (await send_raw(unit, f"{PATH}/{what}", body)).status_code in (400, 422)
    assert await untouched(database)


async def test_a_reply_that_is_far_too_large_is_refused(unit: Browser, database: Database) -> None:
    answer = await send(unit, f"{PATH}/reply", **example.REPLY_FORM | {"text": "x" * 2_000_000})
    assert answer.status_code == 413
    assert "Gönderilen içerik çok büyük" in answer.text
    assert "x" * 262_144 in answer.text
    assert await untouched(database)


@pytest.mark.parametrize("what", ["reply", "draft", "decline"])
async def test_what_was_typed_is_kept_while_the_database_is_away(
    unit: Browser, make: Make, visit: Visit, what: str
) -> None:
    fields = unit.form(f"{PATH}/reply").fields | example.REPLY_FORM | example.DECLINE_FORM
    answer = await visit(make("replies", mongodb_url=AWAY)).client.post(f"{PATH}/{what}", data=fields)
    assert answer.status_code == 503
    assert "Kayıtlarımıza şu anda ulaşılamıyor" in answer.text
    assert example.DECLINE_FORM["reason"] in answer.text or example.REPLY_FORM["text"] in answer.text


async def untouched(database: Database) -> bool:
    """Whether the forms changed and announced nothing."""
    document = await database["assignments"].find_one({"_id": "a1"})
    assert document is not None
    return (document["draft"], document["replies"], len(example.told(document))) == (None, [], 1)


def only(fields: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: fields.get(name) for name in names}
