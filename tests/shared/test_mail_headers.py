"""Text in mail headers arrives word for word."""

import json
import random
import re
from base64 import b64decode
from email import message_from_bytes, message_from_string, policy
from email.headerregistry import Address
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.notifier.domain.composing import write
from services.notifier.domain.letter import Writing
from shared.mail_headers import header_lines
from tests import examples as example

CASES = json.loads((Path(__file__).parent.parent / "cases" / "mail-subjects.json").read_text("utf-8"))["cases"]
WORDS = [
    *("Kütüphane", "çalışma", "saatlerinin", "çok", "yüksek", "olması", "hakkında", "şikâyet", "Öğrenci", "işleri"),
    *("bürosunun", "sınav", "döneminde", "uzatılması", "bilgi", "talebi", "İĞNE", "ığdır", "yemekhane", "a", "42"),
]
FAMILY = "👩\u200d👩\u200d👧\u200d👦"
EMOJI = [FAMILY, "🇹🇷", "👍🏽", "❤\ufe0f", "1\ufe0f\u20e3", "e\u0301", "🏴\U000e0067\U000e0062\U000e007f"]
SENDER = Address("7/24 KLU Hat – Kırklareli Üniversitesi Bilgi İşlem Daire Başkanlığı", addr_spec="hat@klu.example")
SEEN = st.characters(exclude_categories=["C", "Zl", "Zp"])


def decoded(lines: str) -> str:
    """A header's text by RFC 2047 alone: blanks between two encoded words are not part of it."""
    unfolded = re.sub(r"\r\n(?=[ \t])", "", lines.removesuffix("\r\n")).partition(": ")[2]
    joined = re.sub(r"\?=[ \t]+=\?", "?==?", unfolded)
    return re.sub(r"=\?utf-8\?b\?([^?]*)\?=", lambda word: b64decode(word[1]).decode(), joined)


def subject(text: str) -> tuple[bytes, str]:
    """The raw lines of a letter's subject, and what the standard library reads."""
    writing = Writing(subject=text, text="x", html="<p>x</p>", record="x")
    letter = write(
        "l1",
        writing,
        message_id="m1",
        template="notice",
        recipient="a@example.org",
        sender=SENDER,
        told_at=example.NOW,
        now=example.NOW,
    )
    found = re.search(rb"(?m)^Subject: [^\r]*(?:\r\n[ \t][^\r]*)*", letter.raw)
    assert found
    return found[0], str(message_from_bytes(letter.raw, policy=policy.default)["Subject"])


@pytest.mark.parametrize(
    "text", [*CASES, *EMOJI, "plain", "a" * 150, "=?utf-8?q?x?=", "ş" * 150, "👩\u200d👩\u200d👧" * 20]
)
def test_a_subject_arrives_word_for_word(text: str) -> None:
    lines = header_lines("Subject", text)
    assert decoded(lines) == text
    assert "?==?" not in lines
    assert all(len(line) <= 78 for line in lines.split("\r\n"))


def test_hundreds_of_turkish_subjects_arrive_through_the_letter() -> None:
    chance = random.Random(7)  # no secret
    for _ in range(400):
        text = " ".join(chance.choices([*WORDS, *EMOJI], k=chance.randint(1, 16)))[:150].strip()
        raw, read = subject(text)
        assert decoded(raw.decode("ascii") + "\r\n") == text
        assert b"?==?" not in raw
        assert max(map(len, raw.split(b"\r\n"))) <= 78
        assert read == text


@settings(max_examples=200, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["C", "Zl", "Zp"]), min_size=1, max_size=150).map(str.strip).filter(bool)
)
def test_any_text_that_can_be_seen_arrives(text: str) -> None:
    assert decoded(header_lines("Subject", text)) == text


@pytest.mark.parametrize("emoji", EMOJI)
@pytest.mark.parametrize("before", range(30, 48))
def test_no_encoded_word_ends_inside_a_character(emoji: str, before: int) -> None:
    words = re.findall(r"=\?utf-8\?b\?([^?]*)\?=", header_lines("Subject", "x" * before + emoji + "ş" * 20))
    assert any(emoji in b64decode(word).decode() for word in words)


@pytest.mark.parametrize(
    "text", ["Toplam=?", "2+2=? ş", "=?utf-8?q?x?=", "a =?utf-8?b?eA==?= =?utf-8?b?eQ==?= b", "?="]
)
def test_what_looks_like_an_encoded_word_arrives_as_it_was_typed(text: str) -> None:
    assert subject(text)[1] == text


def test_a_soft_hyphen_goes_and_a_line_end_becomes_a_blank() -> None:
    assert subject("Kütüp\xadhane\r\nBcc: x@example.org")[1] == "Kütüphane Bcc: x@example.org"


def test_the_senders_name_arrives_beside_its_address() -> None:
    name = "Kırklareli Üniversitesi Bilgi İşlem Daire Başkanlığı Çağrı Hattı"
    lines = header_lines("From", name, " <hat@klu.example>")
    assert decoded(lines).replace(" <hat@klu.example>", "") == name
    assert max(map(len, lines.split("\r\n"))) <= 78


@pytest.mark.parametrize(
    "name",
    ["KLU, Hat", 'KLU "Hat"', "a@b.example", "KLU (Hat)", "Hat <x@y.example>", "7/24 KLU Hat", "Çağrı, Hattı", "="],
)
def test_a_senders_name_is_one_name_whatever_it_holds(name: str) -> None:
    read = message_from_string(header_lines("From", name, " <hat@klu.example>") + "\r\n", policy=policy.default)["From"]
    assert [(one.display_name, one.addr_spec) for one in read.addresses] == [(name, "hat@klu.example")]
