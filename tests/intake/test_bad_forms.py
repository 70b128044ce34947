"""Invalid input to the public form: the page names the error and keeps what was typed; nothing is stored."""

from typing import Any
from urllib.parse import urlencode

import pytest

from scripts.browser import Browser
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, send_raw, submitted

EMPTY = dict.fromkeys(example.MESSAGE_FORM, "")
BAD: list[tuple[dict[str, Any], str, str]] = [
    (EMPTY, "Lütfen başvurunuzun türünü seçiniz.", "Please choose what your message is about."),
    ({"subject": ""}, "Lütfen başvurunuzun konusunu yazınız.", "Please write a subject."),
    ({"subject": " \t\n "}, "Lütfen başvurunuzun konusunu yazınız.", "Please write a subject."),
    ({"subject": "ab"}, "Konu en az 3 karakter olmalıdır.", "The subject needs at least 3 characters."),
    ({"subject": "x" * 151}, "Lütfen en fazla 150 karakter kullanınız.", "Please use at most 150 characters."),
    ({"text": None}, "Lütfen başvurunuzu yazınız.", "Please write your message."),
    ({"text": "x" * 10_001}, "Lütfen en fazla 10.000 karakter kullanınız.", "Please use at most 10,000 characters."),
    (
        {"text": "K\ufffdt\ufffdphane"},
        "Metinde okunamayan karakterler var.",
        "The text contains characters that could not be read.",
    ),
    ({"text": "\u200b" * 12}, "Lütfen başvurunuzu yazınız.", "Please write your message."),
    ({"text": "x" * 10_012}, "12 karakter fazla.", "12 too many."),
    ({"name": "x"}, "Lütfen en az 2 karakter yazınız.", "Please use at least 2 characters."),
    ({"email": "deniz@"}, "Lütfen ad@ornek.org biçiminde", "Please enter an e-mail address such as"),
    ({"email": "a@" + "b" * 260 + ".org"}, "Lütfen en fazla 254 karakter", "Please use at most 254 characters."),
    ({"phone": "call me"}, "Lütfen 0288 212 00 00 biçiminde", "Please enter a phone number such as"),
    ({"kind": "spam"}, "Lütfen seçeneklerden birini seçiniz.", "Please choose one of the options."),
    ({"hide_identity": "maybe"}, "Lütfen seçeneklerden birini seçiniz.", "Please choose one of the options."),
    ({"notice": None}, "Lütfen aydınlatma metnini okuduğunuzu", "Please confirm that you have read the privacy"),
    ({"csrf": "forged"}, "Bu sayfa uzun süre açık kaldı.", "This page was open for a long time."),
    ({"csrf": None}, "Bu sayfa uzun süre açık kaldı.", "This page was open for a long time."),
    ({"csrf": "\x00é\ufffd"}, "Bu sayfa uzun süre açık kaldı.", "This page was open for a long time."),
]


@pytest.fixture
async def citizen(make: Make, visit: Visit, database: Database) -> Browser:
    await Messages(database).prepare()
    browser = visit(make("intake"))
    await browser.open("/")
    return browser


@pytest.mark.parametrize(("different", "turkish", "english"), BAD)
async def test_the_page_names_the_error_and_keeps_what_was_typed(
    citizen: Browser, database: Database, different: dict[str, Any], turkish: str, english: str
) -> None:
    filled = example.MESSAGE_FORM | different
    for language, sentence in (("tr", turkish), ("en", english)):
        await citizen.open(f"/?lang={language}")
        answer = await send(citizen, "/", **filled)
        assert answer.status_code == 422
        assert sentence in answer.text
        assert shown(citizen) >= expected(filled)
    assert await database["messages"].count_documents({}) == 0


async def test_what_was_corrected_is_kept_once(citizen: Browser, database: Database) -> None:
    await send(citizen, "/", **example.MESSAGE_FORM | {"email": "deniz@"})
    await citizen.submit("/", email="deniz.kaya@example.org")
    assert await database["messages"].count_documents({}) == 1


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"sec-fetch-site": "cross-site", "origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site", "origin": "http://127.0.0.1:8001"},
    ],
)
async def test_a_form_sent_from_a_foreign_page_is_refused(
    citizen: Browser, database: Database, headers: dict[str, str]
) -> None:
    citizen.client.headers |= headers
    answer = await send(citizen, "/", **example.MESSAGE_FORM)
    assert answer.status_code == 422
    assert submitted(citizen, "/")["text"] == example.MESSAGE_FORM["text"]
    assert await database["messages"].count_documents({}) == 0


async def test_a_token_of_another_service_is_refused(
    citizen: Browser, make: Make, visit: Visit, database: Database
) -> None:
    foreign = visit(make("intake", secret_key="another secret key of 32 characters or more"))
    await foreign.open("/")
    answer = await send(citizen, "/", **example.MESSAGE_FORM, csrf=submitted(foreign, "/")["csrf"])
    assert answer.status_code == 422
    assert await database["messages"].count_documents({}) == 0


@pytest.mark.parametrize("broken", [b"%FF%FE", b"%ED%A0%80", b"%C3", b"\xff\xfe", b"\xed\xa0\x80", b"%EF%BF%BD"])
async def test_broken_utf8_is_refused(citizen: Browser, database: Database, broken: bytes) -> None:
    body = urlencode(filled_in(citizen)).encode() + b"&text=Merkez+k%C3%BCt%C3%BCphane+" + broken
    answer = await send_raw(citizen, "/", body)
    assert answer.status_code in (400, 422)
    assert "Metinde okunamayan karakterler var." in answer.text or "İstek okunamadı" in answer.text
    assert await database["messages"].count_documents({}) == 0


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b'{"kind": "complaint"}'),
        ("text/plain", b"kind=complaint"),
        ("multipart/form-data", b"no boundary"),
        ("multipart/form-data; boundary=x", b"--y\r\nbroken"),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="text"\r\n\r\n\xff\r\n--x--\r\n',
        ),
        (
            "multipart/form-data; boundary=x",
            b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\nx\r\n--x--\r\n',
        ),
        ("kein/typ;;=", b"kind=complaint"),
        ("application/x-www-form-urlencoded", b"&&&===&&&"),
        ("application/x-www-form-urlencoded", b""),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % i for i in range(300))),
    ],
)
async def test_what_is_not_this_form_is_refused(
    citizen: Browser, database: Database, content_type: str, body: bytes
) -> None:
    answer = await send_raw(citizen, "/", body, content_type)
    assert answer.status_code in (400, 422)
    assert "<h1>" in answer.text
    assert await database["messages"].count_documents({}) == 0


@pytest.mark.parametrize("text", ["ş" * 130_000, "x" * 262_144], ids=["two bytes each", "256 KB"])
async def test_a_text_that_is_far_too_long_stays_in_the_form(citizen: Browser, database: Database, text: str) -> None:
    answer = await send(citizen, "/", **example.MESSAGE_FORM | {"text": text})
    assert answer.status_code == 422
    assert submitted(citizen, "/")["text"] == text
    assert await database["messages"].count_documents({}) == 0


@pytest.mark.parametrize("multipart", [False, True])
async def test_the_begin_of_a_form_that_is_larger_than_we_read_is_shown_and_said_to_be_a_begin(
    citizen: Browser, database: Database, multipart: bool
) -> None:
    fields = {n: v for n, v in filled_in(citizen).items() if n != "text"} | {"text": "ışık " * 400_000}
    how: dict[str, Any] = {"files": {n: (None, v) for n, v in fields.items()}} if multipart else {"data": fields}
    answer = await citizen.client.post("/", **how)
    assert answer.status_code == 413
    assert "Gönderilen içerik çok büyük" in answer.text
    assert "ışık " * 20_000 in answer.text
    assert "Metnin yalnızca baş tarafı okunabildi." in answer.text
    assert example.MESSAGE_FORM["name"] in answer.text
    assert await database["messages"].count_documents({}) == 0


async def test_the_form_keeps_what_was_typed_while_the_database_is_away(make: Make, visit: Visit) -> None:
    citizen = visit(make("intake", mongodb_url="mongodb://127.0.0.1:9/?directConnection=true"))
    await citizen.open("/")
    answer = await send(citizen, "/", **example.MESSAGE_FORM)
    assert answer.status_code == 503
    assert "Yazdıklarınız korunmuştur" in answer.text
    assert shown(citizen) >= expected(example.MESSAGE_FORM)


async def test_the_status_page_says_so_while_the_database_is_away(make: Make, visit: Visit) -> None:
    citizen = visit(make("intake", mongodb_url="mongodb://127.0.0.1:9/?directConnection=true"))
    answer = await citizen.client.get("/t/7KX49-Q2M8D-VT3HA-90RZC")
    assert answer.status_code == 503
    assert "Kayıtlarımıza şu anda ulaşılamıyor" in answer.text


def filled_in(citizen: Browser) -> dict[str, str]:
    return submitted(citizen, "/") | {name: value for name, value in example.MESSAGE_FORM.items() if name != "text"}


def shown(citizen: Browser) -> set[tuple[str, str]]:
    return {(name, normal(value)) for name, value in submitted(citizen, "/").items()}


def expected(filled: dict[str, Any]) -> set[tuple[str, str]]:
    """The fields that the form must show again: not its token, and no choice that it does not offer."""
    offered = {"subject", "text", "name", "email", "phone"}
    return {(name, normal(value)) for name, value in filled.items() if name in offered and value}


def normal(value: str) -> str:
    """Browsers and HTML parsers write line ends differently."""
    return value.replace("\r\n", "\n")
