"""Languages, dates and catalogues."""

from datetime import UTC, datetime

import pytest

from shared.web.i18n import locales, negotiate
from shared.web.pages import HERE
from tests import examples as example

LOCALES = locales((HERE,), "Europe/Istanbul")


@pytest.mark.parametrize(
    ("asked", "accepted", "spoken"),
    [
        (None, "", "tr"),
        (None, "en", "en"),
        (None, "en-GB,en;q=0.9,tr;q=0.8", "en"),
        (None, "tr-TR,tr;q=0.9,en;q=0.8", "tr"),
        (None, "de,en;q=0.5", "en"),
        (None, "en;q=0.5,tr;q=0.6", "tr"),
        (None, "tr; q=0.5, en; q=0.6", "en"),
        (None, "de,fr", "tr"),
        (None, "*", "tr"),
        (None, "en;q=high,;;=,tr", "tr"),
        (None, "EN", "en"),
        ("en", "tr", "en"),
        ("tr", "en", "tr"),
        ("xx", "en", "en"),
        ("../en", "", "tr"),
        ("", "en", "en"),
    ],
)
def test_the_language_is_as_asked_for_else_as_the_browser_says_else_turkish(
    asked: str | None, accepted: str, spoken: str
) -> None:
    assert negotiate(asked, accepted) == spoken


def test_dates_are_written_in_the_language_and_the_institutions_time() -> None:
    late = datetime(2026, 11, 23, 22, 30, tzinfo=UTC)
    assert LOCALES["tr"].format_datetime(late) == "24 Kasım 2026 01:30"
    assert LOCALES["en"].format_datetime(late) == "24 November 2026 01:30"
    assert LOCALES["tr"].format_second(late) == "24 Kasım 2026 01:30:00"
    assert LOCALES["tr"].date(example.NOW) == "23 Kasım 2026"


def test_a_sentence_is_translated_to_turkish_and_stays_as_it_is_in_english() -> None:
    assert LOCALES["tr"].gettext("Sign out") == "Oturumu kapat"
    assert LOCALES["en"].gettext("Sign out") == "Sign out"


def test_numbers_are_written_as_in_the_language() -> None:
    assert [LOCALES[language].number(12_345) for language in ("tr", "en", "ar")] == ["12.345", "12,345", "12,345"]


@pytest.mark.parametrize(
    ("texts", "shown"),
    [
        ({"tr": "Talep", "en": "Request", "ar": "طلب"}, ("طلب", "ar")),
        ({"tr": "Talep", "en": "Request"}, ("Request", "en")),
        ({"tr": "Talep", "en": ""}, ("Talep", "tr")),
        ({"de": "Bitte"}, ("Bitte", "de")),
        ({}, ("", "ar")),
    ],
)
def test_of_a_text_in_several_languages_the_readers_is_shown_else_the_nearest(
    texts: dict[str, str], shown: tuple[str, str]
) -> None:
    assert LOCALES["ar"].of(texts) == shown


def test_arabic_is_asked_for_in_vain_where_it_is_not_offered() -> None:
    assert negotiate("ar", "ar,en;q=0.5") == "en"
    assert negotiate(None, "ar,en;q=0.5", ("tr", "en", "ar")) == "ar"
    assert [LOCALES[language].direction for language in ("tr", "en", "ar")] == ["ltr", "ltr", "rtl"]


def test_english_has_a_plural() -> None:
    assert [LOCALES["en"].ngettext("one day", "days", n) for n in (0, 1, 2)] == ["days", "one day", "days"]


def test_a_sentence_without_a_translation_is_shown_in_english() -> None:
    assert LOCALES["tr"].gettext("Nobody has translated this.") == "Nobody has translated this."


def test_the_size_of_a_file_keeps_its_order_in_a_text_from_right_to_left() -> None:
    assert [LOCALES[language].file_size(2048) for language in ("tr", "ar")] == ["2 KB", "\u20662 KB\u2069"]
