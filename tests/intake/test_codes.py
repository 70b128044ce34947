"""The tracking code is found with whatever sticks to it; what is not a code is explained."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.browser import Browser
from services.intake.domain.codes import ALPHABET, codes_in, hash_code, is_reference, missing_characters, tracking_code
from services.intake.domain.message import Message
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send

CASES: dict[str, Any] = json.loads((Path(__file__).parent.parent / "cases" / "codes.json").read_text())
CODE, REFERENCE = "TVRCN-53NMJ-FKVAT-TZAFN", "26-7KX4-9Q"
WIDE = str.maketrans({c: chr(ord(c) + 0xFEE0) for c in map(chr, range(0x21, 0x7F))})
CHANGES = {
    "CODE with en dashes (U+2013) for the dashes": lambda code: code.replace("-", "\u2013"),
    "CODE with non-breaking hyphens (U+2011)": lambda code: code.replace("-", "\u2011"),
    "full-width letters": lambda code: code.translate(WIDE),
}
PASTES = [
    *[case for case in CASES["finds"] if case not in CHANGES],
    "„CODE“", "(CODE)", "<https://hat.example/t/CODE>", "https://hat.example/t/CODE?lang=en", "CODE, CODE",
    "hat.example/t/CODE/submitted",
    "Takip kodunuz: CODE.\nBaşvuru no: 26-7KX4-9Q", "\u202aCODE\u202c", "\ufeffCODE\u00a0\r\n",
    "Kodum CODE teşekkürler", "TAKİP KODU CODE", "> CODE", "Code: CODE;", "*CODE*", "\tCODE\t",
    "Sayın ilgili, başvuru durum bilgi almak istiyorum. Takip kodu: CODE İyi günler dilerim, selam sevgi saygı huzur",
]  # fmt: skip
SPELLINGS = [
    *CHANGES.values(),
    str.lower,
    lambda code: code.replace("-", ""),
    lambda code: code.replace("-", " "),
    lambda code: code.replace("-", "\u00a0"),
    lambda code: code.replace("-", " - "),
    lambda code: code.replace("-", "\u2014"),
    lambda code: code.replace("-", "\u00ad-"),
    lambda code: code.replace("-", "\n"),
    lambda code: " ".join(code),
    lambda code: code.replace("-", "_").lower(),
]


@pytest.fixture
async def citizen(make: Make, visit: Visit, database: Database) -> Browser:
    await Messages(database).prepare()
    return visit(make("intake"))


@pytest.mark.parametrize("paste", PASTES)
def test_a_code_is_found_in_what_was_pasted(paste: str) -> None:
    assert CODE in codes_in(paste.replace("CODE", CODE))


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_code_is_found_in_every_spelling(spelling: Any) -> None:
    assert codes_in(spelling(CODE)) == [CODE]


def test_letters_that_are_read_as_digits_are_read_as_digits() -> None:
    assert codes_in("OILoilıİ00-00000-00000-00".lower()) == codes_in("01101111-0000-0000-00000")


@given(st.text(ALPHABET, min_size=20, max_size=20), st.text(" \u00a0\u200b.,;:()<>[]\"'\n\t"), st.text(" .,)>\u00a0\n"))
def test_a_code_is_found_between_any_punctuation(letters: str, before: str, behind: str) -> None:
    code = "-".join(letters[i : i + 5] for i in range(0, 20, 5))
    assert [hash_code(found) for found in codes_in(before + code + behind)] == [hash_code(code)]


@given(st.text())
def test_no_text_raises_and_few_codes_are_looked_up(text: str) -> None:
    assert len(codes_in(text)) <= 20
    is_reference(text)
    assert 0 <= missing_characters(text) <= 20


def test_a_long_paste_gives_few_codes() -> None:
    assert len(codes_in("ABCDE " * 50_000)) == 1
    assert len(codes_in("".join(f"{n:05} " for n in range(50_000)))) == 20


@pytest.mark.parametrize(
    "entered", [REFERENCE, "26 7KX4 9Q", "267kx49q", f"Başvuru no: {REFERENCE}", f" {REFERENCE}.\u200b"]
)
async def test_a_reference_is_recognised_and_explained(citizen: Browser, entered: str) -> None:
    await citizen.open("/t")
    answer = await send(citizen, "/t", code=entered)
    assert (answer.status_code, "Bu, başvuru numarasıdır, takip kodu değildir." in answer.text) == (404, True)
    assert citizen.form("/t").fields["code"] == [entered]


@pytest.mark.parametrize(
    ("entered", "missing"),
    [
        (CODE[:-1], 1),
        (f"Takip kodu: {CODE[:-1]}", 1),
        (CODE[:-3], 3),
        ("TVRCN-53NMJ", 10),
        (f"hat.example/t/{CODE[6:]}", 5),
    ],
)
async def test_a_code_that_is_too_short_says_how_much_is_missing(citizen: Browser, entered: str, missing: int) -> None:
    await citizen.open("/t")
    answer = await send(citizen, "/t", code=entered)
    assert f"Takip kodu 20 karakterden oluşur, {missing} karakter eksik." in answer.text


async def test_wrong_and_unknown_codes_get_the_same_answer(citizen: Browser) -> None:
    answers = []
    for entered in (CODE, "U" * 20, CODE + "X", "x" * 9_000):
        await citizen.open("/t")
        answer = await send(citizen, "/t", code=entered)
        page = re.sub(r'(name="csrf" )?value="[^"]*"', "", answer.text)
        answers.append((answer.status_code, page))
    assert len(set(answers)) == 1
    assert answers[0][0] == 404


@pytest.mark.parametrize("paste", PASTES)
async def test_a_pasted_code_opens_its_message(citizen: Browser, database: Database, paste: str) -> None:
    message, code = await kept(database)
    await citizen.open("/t")
    assert message.reference in await citizen.submit("/t", code=paste.replace("CODE", code))
    assert citizen.path == f"/t/{code}"


@pytest.mark.parametrize(
    "link",
    [
        *[link for link in CASES["links"] if link.startswith("/t/")],
        "/t/CODE,", "/t/CODE%C2%A0", "/t/CODE%E2%80%8B", "/t/CODE]", "/t/CODE%22", "/t/%3CCODE%3E", "/t/CODE;",
        "/t/CODE%0A", "/t/CODE*", "/t/CODE'", "/t/CODE!", "/t/CODE%E2%80%9D",
    ],
)  # fmt: skip
async def test_a_link_leads_to_the_page_with_whatever_sticks_to_it(
    citizen: Browser, database: Database, link: str
) -> None:
    message, code = await kept(database)
    address = link.replace("CODE", code)
    answer = await citizen.client.get(f"{address}?lang=en", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/t/{code}?lang=en")
    assert message.reference in await citizen.open(address)
    assert citizen.path == f"/t/{code}"


async def test_the_api_finds_what_the_page_finds(citizen: Browser, database: Database) -> None:
    message, code = await kept(database)
    for entered in (f"{code}.", code.lower(), code.replace("-", "\u2013"), f"\u200b{code}\u00a0"):
        status = await citizen.client.get(f"/api/v1/messages/{entered}")
        assert status.json()["reference"] == message.reference


async def kept(database: Database) -> tuple[Message, str]:
    message = example.message()
    await Messages(database).add(message)
    return message, tracking_code(example.SECRET, message.id)
