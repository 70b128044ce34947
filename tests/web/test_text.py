"""Text from people: what is accepted, and what is refused."""

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from shared.text import SENTENCES, Body, Email, Line, Name, OptionalEmail, OptionalLine, Phone, Reason, Subject, Text

GOOD: list[tuple[Any, Any, str | None]] = [
    (Body, "  Isıtma çalışmıyor.\r\nİki gündür.\r", "Isıtma çalışmıyor.\nİki gündür."),
    (Body, "I\u0307stanbul u\u0308niversitesi", "İstanbul üniversitesi"),
    (Body, "a\tsekme ve 😀 simge", "a\tsekme ve 😀 simge"),
    (Text, "", ""),
    (Text, "x" * 10_000, "x" * 10_000),
    (Subject, " Klima ", "Klima"),
    (Name, "Şule Öğüt-Çağlar", "Şule Öğüt-Çağlar"),
    (Email, " deniz.kaya+hat@ogr.klu.edu.tr ", "deniz.kaya+hat@ogr.klu.edu.tr"),
    (Email, "Deniz@Klu.Example", "Deniz@Klu.Example"),
    (Email, "deniz@klu.xn--p1ai", "deniz@klu.xn--p1ai"),
    (Phone, "+90 (288) 212 96 79", "+90 (288) 212 96 79"),
    (OptionalEmail, "  ", None),
    (OptionalLine, "", None),
    (OptionalLine, None, None),
]
BAD: list[tuple[Any, Any, str]] = [
    (Body, "x" * 9, "string_too_short"),
    (Body, " " * 50, "string_too_short"),
    (Body, "x" * 10_001, "string_too_long"),
    (Text, 5, "string_type"),
    (Text, ["list"], "string_type"),
    (Text, None, "string_type"),
    (Reason, "ab", "string_too_short"),
    (Reason, "x" * 2_001, "string_too_long"),
    (Line, "", "string_too_short"),
    (Line, "iki\nsatır", "one_line"),
    (Line, "bir\tsekme", "one_line"),
    (Line, "x" * 151, "string_too_long"),
    (Subject, "ab", "string_too_short"),
    (Name, "x", "string_too_short"),
    *[(Body, f"denetim {c} karakteri", "control_character") for c in "\x00\x07\x0b\x1b\x7f\x85\u2028\u202e\u2066"],
    *[(Line, f"denetim {c} karakteri", "control_character") for c in "\x00\x1b\x9f\u2029"],
    *[(Body, f"okunamayan {c} karakter", "unreadable_text") for c in "\ud800\udfff\ufffd\uffff"],
    *[
        (Email, address, "email_address")
        for address in (
            "deniz", "deniz@", "@klu.example", "deniz@klu", "deniz kaya@klu.example", "deniz@klu.example,x@y.example",
            ".deniz@klu.example", "deniz.@klu.example", "de..niz@klu.example", "deniz@-klu.example", "ş@klu.example",
            "Deniz <deniz@klu.example>", "deniz@klu.example>", f"{'x' * 65}@klu.example", "deniz@[127.0.0.1]",
            "deniz@klu.local", "deniz@127.0.0.1", "deniz@şehir.example",
        )
    ],
    (Email, "deniz@klu.example\nBcc: x@y.example", "one_line"),
    (Email, f"deniz@{'k' * 250}.example", "string_too_long"),
    *[(Phone, number, "phone_number") for number in ("12345", "call me", "++90288", "0288 212 96 79x", "٠٢٨٨٢١٢")],
    (Phone, "1" * 26, "string_too_long"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "submitted", "kept"), GOOD)
def test_what_may_be_typed_is_kept_clean(kind: Any, submitted: Any, kept: str | None) -> None:
    assert TypeAdapter(kind).validate_python(submitted) == kept


@pytest.mark.parametrize(("kind", "submitted", "reason"), BAD)
def test_what_may_not_be_typed_is_refused_with_the_reason(kind: Any, submitted: Any, reason: str) -> None:
    with pytest.raises(ValidationError) as refused:
        TypeAdapter(kind).validate_python(submitted)
    assert [error["type"] for error in refused.value.errors()] == [reason]


def test_what_was_cleaned_once_stays_as_it_is() -> None:
    adapter: TypeAdapter[str] = TypeAdapter(Body)
    once = adapter.validate_python("\u2003 Isıtma çalışmıyor \r\n\r\n u\u0308 ")
    assert adapter.validate_python(once) == once


def test_every_reason_has_a_sentence() -> None:
    said = {reason for _, _, reason in BAD} - {"string_type"}
    assert said <= SENTENCES.keys()
