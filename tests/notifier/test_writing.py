"""The text of each letter, in Turkish and English, as plain text and as HTML."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from scripts.browser import text_of
from services.notifier.domain import TEMPLATES, Writing
from services.notifier.handlers.writing import Writer
from shared.events import Event, Language
from shared.mail_refusals import UNKNOWN_ADDRESS
from tests import examples as example
from tests.notifier.letters import (
    CODE,
    EVENTS,
    LATER,
    LINK,
    STATUS_URL,
    assignment_invited,
    case_answered,
)
from tests.notifier.mail import settings

URL = "http://127.0.0.1:8002/cases/m1"
ALL = EVENTS | LATER
GIVEN: dict[str, Any] = {"url": URL, "name": "Deniz Kaya", "greeted": False, "by_code": True}
GIVEN |= {"invited": "Biriminize yönlendirilen başvuru", "about_subject": "Konu", "recipient": "deniz@example.org"}
GIVEN |= {"meaning": UNKNOWN_ADDRESS}
"""What the handlers tell the templates besides the event."""
LINKLESS = {"recall"}
TRICK = "<script>alert(1)</script> {{ 7*7 }} \"' & <b>x</b>"
TYPED = {
    *("Isıtma sistemi onarılmıştır.", "İyi günler dileriz, ğüşıöç ĞÜŞİÖÇ.", "Lütfen inceleyip cevaplayınız."),
    *("Tarih de yazınız.", "Bu konu belediyenin görevidir.", "Bu konu birimimizi ilgilendirmiyor."),
    *("Konu başka bir birime verilmiştir.",),
}
SUBJECTS = {
    "notice": ("Yeni başvuru [", "New message ["),
    "receipt": ("Başvurunuz alınmıştır [26-7KX4-9Q]", "Your message has been received [26-7KX4-9Q]"),
    "invitation": (
        "Biriminize yönlendirilen başvuru – cevap bekleniyor [26-7KX4-9Q]",
        "A message awaits your reply [26-7KX4-9Q]",
    ),
    "return": ("Cevabınız düzeltilmek üzere iade edilmiştir [26-7KX4-9Q]", "Please revise your reply [26-7KX4-9Q]"),
    "arrival": ("Birim cevabı geldi [", "A unit has replied ["),
    "answer": ("Başvurunuzun cevabı [26-7KX4-9Q]", "The answer to your message [26-7KX4-9Q]"),
    "decline": ("Bir birim başvuruyu iade etti [26-7KX4-9Q]", "A unit has handed a message back [26-7KX4-9Q]"),
    "recall": ("Cevabınıza gerek kalmamıştır: Birim", "You need not reply any more: Birim"),
    "failure": ("Bir e-posta iletilemedi: deniz@", "An e-mail could not be delivered: deniz@"),
    "closure": ("Başvurunuz sonuçlandırılmıştır [26-7KX4-9Q]", "Your message was closed [26-7KX4-9Q]"),
}
SAYS = {
    "notice": "Kütüphanede ısıtma çalışmıyor",
    "receipt": CODE,
    "invitation": "Lütfen inceleyip cevaplayınız.",
    "return": "Tarih de yazınız.",
    "arrival": "Fatma Şahin",
    "answer": "Isıtma sistemi onarılmıştır.",
    "closure": "Bu konu belediyenin görevidir.",
    "decline": "Bu konu birimimizi ilgilendirmiyor.",
    "recall": "Konu başka bir birime verilmiştir.",
    "failure": "550 5.1.1 No such user",
}
"""A text that each letter contains in both parts and languages."""


def written(template: str, language: str = "tr", data: Event | None = None, **context: Any) -> Writing:
    return Writer(settings()).write(template, language, data=data or ALL[template], **GIVEN | context)


def test_every_letter_there_is_has_a_figure_of_its_own() -> None:
    assert set(TEMPLATES) == set(ALL)


def test_a_letter_in_a_language_that_we_do_not_speak_is_written_in_turkish() -> None:
    assert written("receipt", "de") == written("receipt", "tr")


@pytest.mark.parametrize("template", ALL)
@pytest.mark.parametrize("language", ["tr", "en"])
def test_every_letter_is_written_in_both_languages_and_both_parts(template: str, language: Language) -> None:
    letter = written(template, language)
    assert letter.subject.startswith(SUBJECTS[template][language == "en"])
    assert f'<html lang="{language}">' in letter.html
    for text in (letter.text, text_of(letter.html)):
        assert SAYS[template] in " ".join(text.split())
        assert "7/24 KLU Hat" in text
        assert ("Kırklareli University" if language == "en" else "Kırklareli Üniversitesi") in text


@pytest.mark.parametrize("template", ALL)
def test_a_letter_has_one_link_and_it_stands_in_both_parts(template: str) -> None:
    letter = written(template)
    links = set(re.findall(r'href="([^"]+)"', letter.html))
    assert len(links) == (template not in LINKLESS)
    assert all(link in letter.text for link in links)


@pytest.mark.parametrize("template", ALL)
def test_the_text_part_holds_no_markup_and_the_html_part_asks_nobody_for_anything(template: str) -> None:
    letter = written(template)
    assert not re.search(r"</?\w+>|&\w+;", letter.text)
    assert not re.search(r"<(img|script|link|iframe|form)|url\(|@import|\bon\w+=", letter.html)


@pytest.mark.parametrize("template", ALL)
def test_turkish_and_english_letters_share_nothing_but_what_people_wrote(template: str) -> None:
    turkish, english = (set(written(template, language).text.splitlines()) for language in ("tr", "en"))
    shared = {line for line in turkish & english if re.search(r"[^\W\d]{3,} [^\W\d]{3,}", line)}
    assert shared <= TYPED


def test_people_are_addressed_by_name_where_they_gave_one() -> None:
    assert "Sayın Deniz Kaya," in written("receipt").text
    assert "Sayın Başvuru Sahibi," in written("receipt", name=None).text
    assert "Dear Sir or Madam," in written("answer", "en", name=None).text


def test_the_kind_of_a_message_stands_in_its_letter_also_where_it_is_a_new_one() -> None:
    assert "Şikâyet" in written("invitation").text
    assert "petition" in written("invitation", data=assignment_invited(kind="petition")).text


def test_an_invitation_without_a_duty_to_reply_says_so() -> None:
    letter = written("invitation", "en", assignment_invited(reply_expected=False, due_at=None, note=""))
    assert letter.subject.startswith("A message for your information")
    assert "A reply is not required." in letter.text
    assert "Please reply by" not in letter.text
    assert "Note from the hotline" not in letter.text


def test_an_invitation_names_the_last_day_in_the_time_of_the_university() -> None:
    late = example.NOW.replace(hour=22)
    assert "Cevap için son gün: 24 Kasım 2026" in written("invitation", data=assignment_invited(due_at=late)).text


@pytest.mark.parametrize("template", ["receipt", "invitation", "return"])
def test_the_record_of_a_letter_holds_neither_link_nor_code(template: str) -> None:
    secret, code = (STATUS_URL, CODE) if template == "receipt" else (LINK, "")
    letter = written(template, secret=secret, code=code)
    assert secret in letter.text
    for trace in (CODE, LINK, STATUS_URL):
        assert trace not in letter.record
    assert letter.record.count("…") == letter.text.count(secret) + (letter.text.count(code) - 1 if code else 0)


def test_what_people_typed_stays_text() -> None:
    letters = {
        "invitation": written("invitation", data=assignment_invited(subject=TRICK, note=TRICK)),
        "return": written("return", data=assignment_invited(subject=TRICK, returned_because=TRICK)),
        "answer": written("answer", data=case_answered(answer=TRICK, text=TRICK, subject=TRICK)),
        "notice": written("notice", data=example.message_submitted(subject=TRICK)),
        "arrival": written("arrival", data=example.reply_submitted(by=TRICK)),
    }
    for template, letter in letters.items():
        assert TRICK in letter.text, template
        assert {"script", "b"} & tags(letter.html) == set(), template
        assert "{{ 7*7 }}" in letter.html, template


def test_the_lines_of_an_answer_stay_lines_in_html() -> None:
    html = written("answer", data=case_answered(answer="bir\niki\n\n\n  üç <b>")).html
    assert re.search(r"bir<br>\s*iki<br>\s*<br>\s*<br>\s*(&nbsp;|\xa0){2}üç &lt;b&gt;", html)


def test_blank_lines_and_indentation_stay_and_no_line_begins_a_signature() -> None:
    text = written("answer", data=case_answered(answer="bir\n\n\n\n    iki\n-- \nüç")).text
    assert "\nbir\n\n\n\n    iki\n--\nüç\n---" in text
    assert "\n-- \n" not in text


def test_an_answer_names_what_it_answers_and_quotes_it() -> None:
    data = case_answered(subject="Isıtma", text="Isıtma\n\nçalışmıyor.", written_at=example.NOW)
    letter = written("answer", data=data, by_code=False)
    assert letter.subject == "Başvurunuzun cevabı [26-7KX4-9Q] Isıtma"
    assert "23 Kasım 2026 tarihli ve 26-7KX4-9Q numaralı başvurunuz" in letter.text
    assert "\n> Isıtma\n>\n> çalışmıyor.\n" in letter.text
    assert "<blockquote" in letter.html
    assert "takip kodu" not in letter.text


def test_a_letter_greets_once() -> None:
    assert "Sayın" not in written("answer", greeted=True).text
    assert written("answer").text.count("Sayın") == 1


def test_a_decline_of_an_older_portal_names_neither_number_nor_unit() -> None:
    older = ALL["decline"].model_copy(update={"reference": None, "unit": None})
    letter = written("decline", data=older)
    assert letter.subject == "Bir birim başvuruyu iade etti"
    assert "None" not in letter.text
    assert "Başvuru no" not in letter.text


def test_a_receipt_says_what_to_do_in_an_emergency() -> None:
    assert "112" in written("receipt").text
    assert "call 112" in written("receipt", "en").text


def test_a_link_that_breaks_out_of_its_attribute_is_escaped() -> None:
    html = written("invitation", data=assignment_invited(link='http://x.example/"><script>alert(1)</script>')).html
    assert "script" not in tags(html)


def tags(html: str) -> set[str]:
    """The elements of an HTML part."""
    found: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add(tag)

    Reader().feed(html)
    return found
