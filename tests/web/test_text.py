"""Text from people: what is accepted and how it is kept, and what is refused."""

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from shared import characters, text
from shared.characters import MOST_MARKS, clean
from shared.text import (
    SENTENCES,
    Body,
    Email,
    Hidden,
    Line,
    Name,
    OptionalEmail,
    OptionalLine,
    OptionalName,
    OptionalPhone,
    Phone,
    Reason,
    Subject,
    Text,
)

CASES = Path(__file__).parent.parent / "cases"
PASTED: dict[str, Any] = json.loads((CASES / "pasted-text.json").read_text())
CONTACTS: dict[str, Any] = json.loads((CASES / "contacts.json").read_text())
FAMILY = "👨\u200d👩\u200d👧"
GOOD: list[tuple[Any, Any, str | None]] = [
    *[(Body, case["in"], case["kept"]) for case in PASTED["cases"]],
    *[(Subject, case["in"], case["kept"]) for case in PASTED["subjects"]],
    *[(Email, case["in"], case["kept"].strip()) for case in CONTACTS["emails_accepted"][:4]],
    (Email, "ali@üniversite.example", "ali@üniversite.example"),
    *[(Phone, number, None) for number in CONTACTS["phones_accepted"]],
    # line ends
    (Body, "  Isıtma çalışmıyor.\r\nİki gündür.\r", "Isıtma çalışmıyor.\nİki gündür."),
    (Body, "bir\u0085iki\u2029üç\riki\n\r\nson", "bir\niki\nüç\niki\n\nson"),
    (Body, "Madde 1\n\n    girinti kalır", "Madde 1\n\n    girinti kalır"),
    (Body, "kütüp\u00ad\nhane", "kütüp-\nhane"),
    # marks that cannot be seen
    (Body, "kütüp\u00adhane, ki\u00adtap", "kütüphane, kitap"),
    (Body, "\ufeffExcel'den gelen metin", "Excel'den gelen metin"),
    (Body, "Telefon: \u200e0288\u200f 212", "Telefon: 0288 212"),
    (Body, "gizli\u200bbö\u2060lün\u034fme", "gizlibölünme"),
    (Body, "terminal \x1b[31mkırmızı\x1b[0m", "terminal [31mkırmızı[0m"),
    (Body, "ters \u202e yazılmış", "ters  yazılmış"),
    (Body, "çan \x07 çaldı\x00 \x7f\x9f", "çan  çaldı"),
    (Body, "resim \ufffc burada", "resim  burada"),
    (Body, "gizli\U000e0041\U000e0042 etiket", "gizli etiket"),
    (Body, "a\u200db, Ali\u200cVeli", "ab, AliVeli"),
    # what looks like it, and is needed
    (Body, f"Ailem {FAMILY} ve ❤️\u200d🔥", f"Ailem {FAMILY} ve ❤️\u200d🔥"),
    (Body, "👩🏽\u200d💻 👍🏿 ✈️ 1️⃣ ☎︎", "👩🏽\u200d💻 👍🏿 ✈️ 1️⃣ ☎︎"),
    (Body, "🏴\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f", None),
    (Body, "می\u200cخواهم", "می\u200cخواهم"),
    (Body, "क्\u200dष श्री\u200cमान", "क्\u200dष श्री\u200cमान"),
    (Body, "葛\U000e0100城", "葛\U000e0100城"),
    (Body, "I\u0307stanbul u\u0308niversitesi", "İstanbul üniversitesi"),
    (Body, "a\tsekme ve 😀 simge", "a\tsekme ve 😀 simge"),
    (Body, "Ücret\u00a0100\u202fTL", "Ücret\u00a0100\u202fTL"),
    (Body, "“tırnak” – uzun… ‘kesme’", "“tırnak” – uzun… ‘kesme’"),
    (Body, "e" + "\u0301\u0316" * 40, "é" + "\u0316" * 15 + "\u0301" * 14),
    # short answers
    *[(Body, said, said) for said in ("Evet", "Olur.", "Tamam", "ok", "👍", "Bitti!", "Hayır", "Yok", "5", "Sağ ol")],
    (Reason, "Yok", "Yok"),
    (Text, "", ""),
    (Text, "\u200b", ""),
    (Text, "x" * 10_000, "x" * 10_000),
    (Text, "a\r\n" * 5_000, ("a\n" * 5_000).strip()),
    # one line
    (Subject, " Klima ", "Klima"),
    (Line, "iki\nsatır", "iki satır"),
    (Line, "bir\t\t\n\n sekme", "bir sekme"),
    (Line, "Konu\u2028devamı\x0bsonu", "Konu devamı sonu"),
    (Line, "iki  boşluk kalır", "iki  boşluk kalır"),
    (Name, "Şule Öğüt-Çağlar", "Şule Öğüt-Çağlar"),
    (Name, "\u202aDeniz\u00a0Kaya\u202c\r\n", "Deniz\u00a0Kaya"),
    (Name, "Deniz\r\nBcc: x", "Deniz Bcc: x"),
    # addresses
    (Email, " deniz.kaya+hat@ogr.klu.edu.tr ", "deniz.kaya+hat@ogr.klu.edu.tr"),
    (Email, "Deniz@Klu.Example", "Deniz@Klu.Example"),
    (Email, "deniz@şehir.example", "deniz@şehir.example"),
    (Email, "\u200bdeniz@klu.example\u200b", "deniz@klu.example"),
    (Email, "deniz@klu.example.", "deniz@klu.example"),
    (Email, "<deniz@klu.example>,", "deniz@klu.example"),
    (Email, "mailto:deniz@klu.example", "deniz@klu.example"),
    (Email, "MAILTO:deniz@klu.example?subject=Merhaba", "deniz@klu.example"),
    (Email, "Deniz Kaya <deniz@klu.example>", "deniz@klu.example"),
    (Email, "“deniz@klu.example”", "deniz@klu.example"),
    (Email, "deniz＠klu．example", "deniz@klu.example"),
    (Email, "deniz@klu.example\n", "deniz@klu.example"),
    (Email, "deniz@例え.テスト.example", "deniz@例え.テスト.example"),
    (OptionalEmail, "  ", None),
    (OptionalEmail, "\u200b\ufeff", None),
    (OptionalLine, "", None),
    (OptionalLine, None, None),
    (OptionalName, "\u3164", None),
    (OptionalPhone, "\u202a\u202c", None),
    # numbers
    (Phone, "+90 (288) 212 96 79", "+90 (288) 212 96 79"),
    (Phone, "0288\u00a0212\u00a096\u00a079", "0288 212 96 79"),
    (Phone, "0532\u2013123\u201345\u201367", "0532-123-45-67"),
    (Phone, "0288.212.96.79", "0288.212.96.79"),
    *[
        (Phone, number, number)
        for number in (
            *("Ev: 0288 212 96 79", "İş tel: 0288 212 96 79", "WhatsApp 0532 123 45 67", "0532 123 45 67 (WhatsApp)"),
            *("0532 123 45 67 iş", "0532 123 45 67 veya 0533 123 45 67", "0532 123 45 67,"),
        )
    ],
    (Phone, "00 90 288 212 96 79", "00 90 288 212 96 79"),
    (Phone, "0 (288) 212 96 79 dahili 1234", "0 (288) 212 96 79 dahili 1234"),
    (Phone, "0288 212 96 79 (dahili: 12)", "0288 212 96 79 (dahili: 12)"),
    (Phone, "0288/2129679", "0288/2129679"),
    (Phone, "444 0 444", "444 0 444"),
    (Phone, "Tel: 0288 212 96 79", "Tel: 0288 212 96 79"),
    (Phone, "tel:+902882129679", "tel:+902882129679"),
    (Phone, "0532 123 45 67 / 0288 212 96 79", "0532 123 45 67 / 0288 212 96 79"),
    (Phone, "０２８８ ２１２ ９６ ７９", "0288 212 96 79"),
    (Phone, "٠٢٨٨ ٢١٢ ٩٦ ٧٩", "0288 212 96 79"),
    (Phone, "+90\u2011532\u2011123\u20114567", "+90-532-123-4567"),
    (Phone, "0532\n123 45 67", "0532 123 45 67"),
    # what nobody types
    (Hidden, "x" * 2_001, ""),
]  # fmt: skip
BAD: list[tuple[Any, Any, str]] = [
    (Body, PASTED["refused_with_a_sentence"][0]["in"], "string_too_short"),
    (Body, PASTED["refused_with_a_sentence"][1]["in"], "unreadable_text"),
    *[(Subject, nothing, "string_too_short") for nothing in PASTED["subjects_refused"]],
    *[(Phone, number, "phone_number") for number in CONTACTS["phones_refused"]],
    *[
        (Body, nothing, "string_too_short")
        for nothing in (
            "", " " * 50, "\n\t\r\n", "\u00a0\u3000\u2003", "\u00ad" * 5, "\u200d\u200c", "\ufe0f\ufe0f",
            "\u2800\u3164",
            "\u202a\u202c\u2066\u2069", "\x00\x01\x02", "\u0301\u0302", "\U000e0041\U000e0042", "\ufeff", "\ufffc",
        )
    ],
    (Body, "x" * 10_001, "too_many_characters"),
    (Body, "x" * 500_000, "too_many_characters"),
    (Text, 5, "string_type"),
    (Text, ["list"], "string_type"),
    (Text, None, "string_type"),
    (Reason, "ab", "string_too_short"),
    (Reason, "x" * 2_001, "too_many_characters"),
    (Line, "", "string_too_short"),
    (Line, "x" * 151, "too_many_characters"),
    (Subject, "ab", "string_too_short"),
    (Subject, "a\u200bb", "string_too_short"),
    (Name, "x", "string_too_short"),
    *[(Body, f"okunamayan {c} karakter", "unreadable_text") for c in "\ud800\udfff\ufffd\uffff\ufdd0\U0001ffff"],
    *[
        (Email, address, "email_address")
        for address in (
            "deniz", "deniz@", "@klu.example", "deniz@klu", "deniz kaya@klu.example", "deniz@klu.example,x@y.example",
            ".deniz@klu.example", "deniz.@klu.example", "de..niz@klu.example", "deniz@-klu.example",
            f"{'x' * 65}@klu.example", "deniz@[127.0.0.1]", "deniz@klu.local", "deniz@127.0.0.1",
            "deniz@klu.example\nBcc: x@y.example", "a@b.example <c@d.example> <e@f.example>", "<>", "mailto:",
        )
    ],
    *[(Email, address, "email_letters") for address in ("ş@klu.example", "ALİ@KLU.EXAMPLE", "ayşe@üniversite.example")],
    (Email, f"deniz@{'k' * 250}.example", "too_many_characters"),
    *[
        (Phone, number, "phone_number")
        for number in ("12345", "call me", "++90288", "0288 212 96 79x", "yok yok yok", "0288", "((((((((", "1-2-3")
    ],
    (Phone, "1" * 41, "too_many_characters"),
]  # fmt: skip
TYPES: list[Any] = [Text, Body, Reason, Line, Subject, Name, Email, Phone, OptionalLine, OptionalEmail, OptionalPhone]
ODD = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\r\n\v\f\x85\u2028\u2029\t \u200b\u200c\u200d\u00ad\ufeff\u034f\u0300\u0316\u0344\u0308\u09be\u09c7"
            "\u1100\u1161a\u0627\u0653ع❤\ufe0f😀🏴\U000e0041\U000e007f\u3164\u180e\u1820İıé\ufb2c\ufb1d\U0001d160\u0f73\u1fef\u2126"
        ),
    )
)


@pytest.mark.parametrize(("kind", "submitted", "kept"), GOOD)
def test_what_may_be_typed_is_kept_clean(kind: Any, submitted: Any, kept: str | None) -> None:
    read = TypeAdapter(kind).validate_python(submitted)
    if kept is not None or submitted is None or not characters.visible(submitted):
        assert read == kept
    elif kind is Body:
        assert read == submitted
    else:
        assert sum(c.isdigit() for c in read) == sum(c.isdigit() for c in submitted)


@pytest.mark.parametrize(("kind", "submitted", "reason"), BAD)
def test_what_may_not_be_typed_is_refused_with_the_reason(kind: Any, submitted: Any, reason: str) -> None:
    assert refused(kind, submitted)["type"] == reason


def test_every_reason_has_a_sentence() -> None:
    said = {reason for _, _, reason in BAD} - {"string_type"}
    assert said <= SENTENCES.keys()


@pytest.mark.parametrize(
    ("kind", "submitted", "excess"),
    [
        (Body, "x" * 10_012, 12),
        (Body, "x\r\n" * 6_000, 1_999),
        (Body, "😀" * 10_001, 1),
        (Subject, "y" * 200, 50),
        (Body, "x" * 240_000, 230_000),
        (Body, "x\r\n" * 80_000, 150_000),
    ],
)
def test_a_text_that_is_too_long_is_counted(kind: Any, submitted: str, excess: int) -> None:
    assert refused(kind, submitted)["ctx"]["excess"] == excess


@given(ODD)
def test_what_was_cleaned_once_stays_as_it_is(pasted: str) -> None:
    once = clean(pasted)
    assert clean(once) == once


@pytest.mark.parametrize("kind", TYPES)
@given(pasted=ODD)
def test_what_was_kept_once_is_kept_again_as_it_is(kind: Any, pasted: str) -> None:
    adapter: TypeAdapter[Any] = TypeAdapter(kind)
    try:
        once = adapter.validate_python(pasted)
    except ValidationError:
        return
    assert adapter.validate_python(once) == once


@given(ODD)
def test_nothing_is_left_that_cannot_be_seen(pasted: str) -> None:
    kept = clean(pasted)
    assert not set(kept) & set("\r\v\f\x85\u2028\u2029\u200b\ufeff\u202a\u202e\u2066\u2069\x00\x07\u00ad")
    assert not kept or characters.visible(kept)
    assert unicodedata.is_normalized("NFC", kept)
    assert longest_run_of_marks(kept) <= MOST_MARKS


@given(ODD.filter(lambda pasted: pasted.isprintable() and pasted.isascii()))
def test_plain_text_is_left_alone(pasted: str) -> None:
    assert clean(pasted) == pasted.strip()


@given(st.text(st.sampled_from("abcçğıöşüİ \n\t.,0123456789"), min_size=1).filter(str.strip))
def test_line_ends_of_every_kind_are_the_same_text(written: str) -> None:
    for end in ("\r\n", "\r", "\v", "\f", "\x85", "\u2028", "\u2029"):
        assert clean(written.replace("\n", end)) == clean(written)


@given(st.text(max_size=150))
def test_one_line_is_one_line(pasted: str) -> None:
    try:
        kept = TypeAdapter(Line).validate_python(pasted)
    except ValidationError:
        return
    assert len(kept.splitlines()) == 1
    assert "\t" not in kept


WORST: dict[str, Callable[[int], str]] = {
    "marks in two orders": lambda n: "a" + "\u0300\u0316" * (n // 2),
    "marks, thirty at a time": lambda n: ("a" + "\u0300\u0316" * 15) * (n // 31),
    "marks that become two": lambda n: "a" + "\u0344" * n,
    "letters that become three": lambda n: "\U0001d160" * n,
    "marks behind what goes": lambda n: "\u0300\u200b\u0316\u200b" * (n // 4),
    "syllables": lambda n: "\u1100\u1161\u11a8" * (n // 3),
    "joiners": lambda n: "\u200d" * n,
    "emoji with joiners": lambda n: "😀\u200d" * (n // 2),
    "flags that never end": lambda n: ("🏴" + "\U000e0041" * 10) * (n // 11),
    "soft hyphens": lambda n: "a\u00ad" * (n // 2),
    "blanks": lambda n: " " * (n - 1) + "x",
    "blanks inside": lambda n: "x" + " \t" * (n // 2 - 1) + "x",
    "line ends": lambda n: "\r\n" * (n // 2),
    "fillers": lambda n: "\u3164" * n,
    "digits": lambda n: "1" * n,
    "brackets": lambda n: "(" * n,
    "angle brackets": lambda n: "<" * n,
    "dots and an at": lambda n: "a@" + "b." * (n // 2 - 1),
    "ats": lambda n: "@" * n,
    "international domain": lambda n: "a@" + "ü" * (n - 2),
    "slashes and digits": lambda n: "1/1 " * (n // 4),
    "extension": lambda n: "1" * (n // 2) + " ," * (n // 4),
}


@pytest.mark.parametrize("name", WORST)
@pytest.mark.parametrize("kind", TYPES)
def test_no_more_is_normalised_than_a_little_over_twice_the_limit(
    monkeypatch: pytest.MonkeyPatch, kind: Any, name: str
) -> None:
    lengths = [0]

    class Watched:
        def __getattr__(self, called: str) -> Any:
            return getattr(unicodedata, called)

        def normalize(self, form: Any, value: str) -> str:
            lengths.append(len(value))
            assert longest_run_of_marks(value) <= MOST_MARKS
            return unicodedata.normalize(form, value)

    for module in (characters, text):
        monkeypatch.setattr(module, "unicodedata", Watched())
    for size in (240_000, 20_000, 10_000, 2_000, 500, 150, 40):
        try:
            TypeAdapter(kind).validate_python(WORST[name](size))
        except ValidationError as error:
            assert len(error.errors()) == 1
    assert max(lengths) <= 2 * 10_000 + text.ROOM


@pytest.mark.parametrize("name", WORST)
def test_sixteen_times_the_text_takes_far_less_than_the_square_of_it(name: str) -> None:
    def best(size: int) -> float:
        pasted, taken = WORST[name](size), []
        for _ in range(5):
            begun = process_time()
            clean(pasted)
            taken.append(process_time() - begun)
        return min(taken)

    assert best(64_000) < 80 * best(4_000) + 0.005  # the square would be 256 times


def refused(kind: Any, submitted: Any) -> Any:
    with pytest.raises(ValidationError) as error:
        TypeAdapter(kind).validate_python(submitted)
    (fault,) = error.value.errors()
    return fault


def longest_run_of_marks(kept: str) -> int:
    longest = run = 0
    for c in kept:
        run = run + 1 if unicodedata.category(c)[0] == "M" else 0
        longest = max(longest, run)
    return longest
