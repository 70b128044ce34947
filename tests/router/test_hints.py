"""Hints about an answer before it goes out."""

import pytest

from services.router.cases.domain.hints import Hint, hints, language_of
from services.router.cases.labels import HINTS

MESSAGE = "Kütüphanede ısıtma çalışmıyor. Hafta sonu açık olacak mı?"
GOOD = "Sayın Deniz Kaya,\n\nIsıtma 12.03.2026 tarihinde onarılmıştır ve hafta sonu açık olacaktır."


@pytest.mark.parametrize(
    ("answer", "message", "language", "found"),
    [
        (GOOD, MESSAGE, "tr", []),
        ("Sayın Deniz Kaya,\n\nKütüphane:\nSayın ilgili,\nIsıtma onarıldı.", "", "tr", [Hint("greeting_twice")]),
        ("Isıtma en kısa sürede onarılacaktır.", "", "tr", [Hint("no_date")]),
        ("Isıtma yarın onarılacaktır.", "", "tr", []),
        ("Isıtma 3 iş günü içinde onarılacak.", "", "tr", []),
        ("We will repair the heating soon.", "", "en", [Hint("no_date")]),
        ("We will repair the heating on Monday.", "", "en", []),
        ("The heating of the library was repaired, and it is warm.", "", "tr", [Hint("language", "en")]),
        ("Isıtma onarılmıştır ve kütüphane açıktır, bilginize sunarız.", "", "en", [Hint("language", "tr")]),
        ("Isıtma onarılmıştır ve kütüphane açıktır, bilginize sunarız.", "", "ar", [Hint("language", "tr")]),
        ("The heating of the library was repaired, and it is warm.", "", "ar", []),
        ("Bilgi: yapi@klu.edu.tr, yapi@klu.edu.tr", "", "tr", [Hint("address", "yapi@klu.edu.tr")]),
        ("Isıtma onarıldı.", MESSAGE, "tr", [Hint("question", "Hafta sonu açık olacak mı?")]),
        ("Kütüphanemiz hafta sonları açıktır.", MESSAGE, "tr", []),
        ("It is repaired.", "When does the gym open?", "en", [Hint("question", "When does the gym open?")]),
        ("", "", "tr", []),
    ],
)
def test_an_answer_gets_the_hints_that_fit_it(answer: str, message: str, language: str, found: list[Hint]) -> None:
    assert hints(answer, message=message, language=language) == found
    assert {hint.code for hint in found} <= set(HINTS)


@pytest.mark.parametrize(
    ("text", "language"),
    [("Isıtma ve aydınlatma için", "tr"), ("This is the answer", "en"), ("تم إصلاح التدفئة", "ar"), ("OK", None)],
)
def test_the_language_of_a_text_is_told_by_its_small_words(text: str, language: str | None) -> None:
    assert language_of(text) == language


def test_at_most_five_questions_are_named() -> None:
    message = "\n".join(f"Soru numara{n}bilgisayar açılır mı?" for n in range(9))
    assert len(hints("Evet.", message=message, language="tr")) == 5


def test_a_day_that_goes_with_the_answer_is_a_date() -> None:
    assert hints("Isıtma onarılacaktır.", message="", language="tr", dated=True) == []
