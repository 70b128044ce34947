"""The text of each letter, in Turkish and English, as plain text and as HTML."""

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from scripts.browser import text_of
from services.notifier.domain.letter import TEMPLATES, Writing
from services.notifier.handlers.looks import styles
from services.notifier.handlers.writing import Writer
from shared.events import Event, Language
from shared.institution import LetterWording, of_settings
from shared.mail_refusals import UNKNOWN_ADDRESS
from tests import examples as example
from tests.notifier.letters import (
    ACCOUNT_LINK,
    ALONE,
    CODE,
    EVENTS,
    LATER,
    LINK,
    OTHER,
    OTHER_URL,
    OVERVIEW_LINK,
    STATUS_URL,
    TRIED,
    assignment_invited,
    case_answered,
    codes_requested,
    promise_asked,
)
from tests.notifier.mail import settings

URL = "http://127.0.0.1:8002/cases/m1"
ALL: dict[str, Event] = EVENTS | LATER | ALONE | TRIED
GIVEN: dict[str, Any] = {"url": URL, "name": "Deniz Kaya", "greeted": False, "by_code": True}
GIVEN |= {"invited": "Biriminize yönlendirilen başvuru", "about_subject": "Konu", "recipient": "deniz@example.org"}
GIVEN |= {"meaning": UNKNOWN_ADDRESS, "reference": "26-7KX4-9Q"}
GIVEN |= {"digest_url": "http://127.0.0.1:8002/account"}
"""What the handlers tell the templates besides the event."""
TRICK = "<script>alert(1)</script> {{ 7*7 }} \"' & <b>x</b>"
TYPED = {
    "Kanuni süre dolmaktadır.",
    *("Isıtma sistemi onarılmıştır.", "İyi günler dileriz, ğüşıöç ĞÜŞİÖÇ.", "Lütfen inceleyip cevaplayınız."),
    *("Tarih de yazınız.", "Bu konu belediyenin görevidir.", "Bu konu birimimizi ilgilendirmiyor."),
    *("Konu başka bir birime verilmiştir.", "Hangi kattaydınız?", "Saat kaçtı?", "Parça beklenmektedir."),
    "1. 26-7KX4-9Q – Kütüphanede ısıtma çalışmıyor",
    *("İkinci kattaydım.", "Sizin konunuz.", "Isıtma onarılacaktır."),
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
    "question": (
        "Başvurunuzla ilgili bilginize ihtiyaç duyulmaktadır [26-7KX4-9Q]",
        "We have a question about your message [26-7KX4-9Q]",
    ),
    "rerouting": (
        "Başvurunuz ilgili birime iletilmiştir [26-7KX4-9Q]",
        "Your message went to another unit [26-7KX4-9Q]",
    ),
    "codes": ("Takip kodlarınız", "Your tracking codes"),
    "account_invitation": ("Hat sistemindeki hesabınız", "Your account at the desk"),
    "account_reset": ("Yeni parola belirleme bağlantınız", "Your link to choose a new password"),
    "account_change": ("Hesabınızda değişiklik yapıldı", "Your account was changed"),
    "test": ("Deneme: E-postalar ulaşıyor mu?", "Test: do letters arrive?"),
    "interim": (
        "Başvurunuzla ilgili ara bilgilendirme [26-7KX4-9Q] Isıtma",
        "Interim answer to your message [26-7KX4-9Q] Isıtma",
    ),
    "extension": (
        "Cevabınız için ek süre verilmemiştir [26-7KX4-9Q]",
        "You get no more time for your reply [26-7KX4-9Q]",
    ),
    "follow_up": ("Başvuru sahibi ek bilgi gönderdi [26-7KX4-9Q]", "The submitter has written again [26-7KX4-9Q]"),
    "question_answered": (
        "Başvuru sahibi sorunuzu cevapladı [26-7KX4-9Q]",
        "The submitter has answered your question [26-7KX4-9Q]",
    ),
    "objection": ("Başvuru sahibi cevaba itiraz etti [26-7KX4-9Q]", "The submitter objects to the answer [26-7KX4-9Q]"),
    "withdrawal": (
        "Başvuru sahibi başvurusunu geri çekti [26-7KX4-9Q]",
        "The submitter has withdrawn the message [26-7KX4-9Q]",
    ),
    "reminder": (
        "Hatırlatma: Süresi dolan birim cevapları (1) [26-7KX4-9Q] Kütüphanede ısıtma çalışmıyor",
        "Reminder: overdue replies of your unit (1) [26-7KX4-9Q] Kütüphanede ısıtma çalışmıyor",
    ),
    "desk_reminder": (
        "Hatırlatma: İşlem bekleyen başvurular (1) [26-7KX4-9Q] Kütüphanede ısıtma çalışmıyor",
        "Reminder: waiting cases (1) [26-7KX4-9Q] Kütüphanede ısıtma çalışmıyor",
    ),
    "new_link": ("İstenen yeni bağlantı [26-7KX4-9Q]", "The new link that was asked for [26-7KX4-9Q]"),
    "news": (
        "Biriminizdeki başvuruyla ilgili yeni bilgi [26-7KX4-9Q]",
        "News about a message at your unit [26-7KX4-9Q]",
    ),
    "colleague": (
        "Size iletilen başvuru – cevabınız bekleniyor [26-7KX4-9Q] Kütüphanede",
        "A message was passed on to you for a reply [26-7KX4-9Q] Kütüphanede",
    ),
    "overview": ("Biriminizin cevap bekleyen başvuruları", "All messages that await a reply of your unit"),
    "promise": (
        "Oldu mu? Başvurunuzla ilgili sorumuz [26-7KX4-9Q]",
        "Was it done? We have a question about your message [26-7KX4-9Q]",
    ),
    "unit_question": ("Birim, başvuru sahibinden bilgi istiyor [", "A unit wants to ask the submitter something ["),
    "unit_interim": ("Birimden ara bilgi geldi [", "A unit sent what it can say so far ["),
    "unit_mail": ("Birim e-postayla cevap verdi [", "A unit has replied by e-mail ["),
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
    "question": "Hangi kattaydınız?",
    "rerouting": "3071",
    "codes": CODE,
    **dict.fromkeys(("account_invitation", "account_reset"), ACCOUNT_LINK),
    "account_change": "elif.demir@klu.example",
    "test": "Ayşe Yılmaz",
    "interim": "Parça beklenmektedir.",
    "extension": "Kanuni süre dolmaktadır.",
    **dict.fromkeys(("follow_up", "question_answered", "objection", "withdrawal"), "26-7KX4-9Q"),
    "new_link": LINK,
    "news": "İkinci kattaydım.",
    "colleague": "Sizin konunuz.",
    "overview": OVERVIEW_LINK,
    "promise": "Isıtma onarılacaktır.",
    **dict.fromkeys(("unit_question", "unit_interim"), "Fatma Şahin"),
    "unit_mail": "fatma.sahin@klu.example",
    **dict.fromkeys(("reminder", "desk_reminder"), "26-7KX4-9Q – Kütüphanede ısıtma çalışmıyor"),
}
"""A text that each letter contains in both parts and languages."""


def writer(**different: Any) -> Writer:
    given = settings(**different)
    return Writer(given, lambda: of_settings(given))


def written(template: str, language: str = "tr", data: Event | None = None, **context: Any) -> Writing:
    return writer().write(template, language, data=data or ALL[template], **GIVEN | context)


def test_every_letter_there_is_has_a_figure_of_its_own() -> None:
    assert set(TEMPLATES) == set(ALL)


def test_a_letter_to_a_reader_of_arabic_is_written_in_english() -> None:
    assert written("receipt", "ar").text == written("receipt", "en").text


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
def test_the_links_of_a_letter_are_those_it_needs_and_stand_in_both_parts(template: str) -> None:
    letter = written(template)
    links = set(re.findall(r'href="([^"]+)"', letter.html))
    assert len(links) == {"recall": 0, "test": 0, "codes": 2, "extension": 0, "desk_reminder": 2}.get(template, 1)
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
    assert "Sayın Deniz Kaya," in written("closure").text
    assert "Sayın Başvuru Sahibi," in written("closure", name=None).text
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


@pytest.mark.parametrize("template", ["receipt", "codes"])
def test_a_letter_to_an_address_that_nobody_confirmed_greets_without_a_name(template: str) -> None:
    advertisement = written(template, name="Ucuz Kredi")
    for part in (advertisement.subject, advertisement.text, advertisement.html):
        assert "Kredi" not in part
    assert "Sayın Başvuru Sahibi," in advertisement.text


@pytest.mark.parametrize("template", ["receipt", "invitation", "return"])
def test_the_record_of_a_letter_holds_neither_link_nor_code(template: str) -> None:
    secret, code = (STATUS_URL, CODE) if template == "receipt" else (LINK, "")
    letter = written(template, secrets=tuple(filter(None, (secret, code))))
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
    assert text.count("\n-- \n") == 1
    assert text.partition("\n-- \n")[2].startswith("7/24 KLU Hat · Kırklareli Üniversitesi\n")


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


def flat(letter: Writing) -> str:
    """The text part in one line."""
    return " ".join(letter.text.split())


def tags(html: str) -> set[str]:
    """The elements of an HTML part."""
    found: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            found.add(tag)

    Reader().feed(html)
    return found


def test_the_codes_of_several_messages_stand_each_with_its_link_and_none_is_recorded() -> None:
    secrets = [STATUS_URL, CODE, OTHER_URL, OTHER]
    letter = written("codes", secrets=secrets)
    lines = letter.text.splitlines()
    for number, kind, code, link in (
        ("26-7KX4-9Q", "Şikâyet", *secrets[1::-1]),
        ("26-AAAA-BB", "Talep", *secrets[:1:-1]),
    ):
        at = lines.index(f"Başvuru no: {number}")
        assert lines[at + 1 : at + 4] == [f"Tür: {kind}", "Alınma tarihi: 23 Kasım 2026", f"Takip kodu: {code}"]
        assert link in lines[at + 4 : at + 8]
    assert [secret for secret in secrets if secret in letter.record] == []
    assert "26-7KX4-9Q" in letter.record


def test_a_letter_with_codes_of_a_newer_kind_names_it_as_it_is() -> None:
    (one, _) = codes_requested().codes
    newer = codes_requested(codes=(one.model_copy(update={"kind": "petition"}),))
    assert "Tür: petition" in written("codes", data=newer).text


def test_an_answer_can_be_rated_with_one_click_where_the_letter_has_the_status_link() -> None:
    url = "http://127.0.0.1:8001/t/x"
    letter = written("answer", url=url, by_code=False)
    assert [f"{url}/rating?score={score}" in letter.text for score in range(7)] == [False, *[True] * 5, False]
    assert f"Çok iyi: {url}/rating?score=5" in letter.text
    assert f'href="{url}/rating?score=1"' in letter.html
    assert "rating" not in written("answer", by_code=True).text


def test_an_answer_says_until_when_one_may_object_where_one_may() -> None:
    data = case_answered()
    said = [writer(objection_days=days).write("answer", "tr", data=data, **GIVEN).text for days in (15, 0)]
    assert ["itiraz" in text for text in said] == [True, False]
    assert "15 gün içinde" in said[0]


def test_a_rerouting_names_the_units_in_the_language_of_the_letter() -> None:
    assert "Birim: Kütüphane ve Dokümantasyon Daire Başkanlığı; Yapı İşleri ve Teknik" in written("rerouting").text
    assert "Unit: Department of Library and Documentation; Department of Con" in written("rerouting", "en").text


def test_a_question_says_where_it_is_answered() -> None:
    assert "takip kodu" in written("question").text
    linked = written("question", by_code=False).text
    assert "takip kodu" not in linked and "Soruyu cevapla:" in linked


def test_notices_of_what_came_after_leave_the_text_to_the_desk() -> None:
    for template, text in (
        ("follow_up", "Bugün de"),
        ("question_answered", "İkinci kat"),
        ("objection", "Hâlâ soğuk"),
        ("withdrawal", "Sorun çözüldü"),
    ):
        letter = written(template)
        assert text in ALL[template].model_dump_json()
        assert text not in letter.text + letter.html + letter.subject
    assert "Dosya sayısı: 1" in written("follow_up").text
    assert "Dosya sayısı" not in written("objection").text
    assert "hat yöneticisi" in written("objection").text


def test_a_notice_without_a_known_number_names_none() -> None:
    letter = written("withdrawal", reference="")
    assert letter.subject == "Başvuru sahibi başvurusunu geri çekti"
    assert "Başvuru no" not in letter.text


def test_a_letter_in_the_words_of_the_institution_says_in_which_version() -> None:
    text = "Merhaba <b>{reference}</b>,\n\nKodunuz:\n\n{details}\n\n{status_page}"
    own = LetterWording(template="receipt", language="tr", version=3, subject="Aldık [{reference}]", text=text)
    given = settings()
    known = of_settings(given).model_copy(update={"wordings": (own,)})
    writer = Writer(given, lambda: known)
    letter = writer.write("receipt", "tr", data=ALL["receipt"], **GIVEN)
    assert (letter.subject, letter.wording_version) == ("Aldık [26-7KX4-9Q]", 3)
    assert "Merhaba <b>26-7KX4-9Q</b>," in letter.text
    assert "b" not in tags(letter.html)
    assert CODE in letter.text
    assert "Aldık</h1>" in letter.html
    assert writer.write("receipt", "en", data=ALL["receipt"], **GIVEN).wording_version == 0


def test_words_that_make_no_letter_never_stop_one() -> None:
    broken = LetterWording(template="receipt", language="tr", version=3, subject="Aldık", text="Kod yok {isim")
    given = settings()
    known = of_settings(given).model_copy(update={"wordings": (broken,)})
    letter = Writer(given, lambda: known).write("receipt", "tr", data=ALL["receipt"], **GIVEN)
    assert CODE in letter.text
    assert letter.wording_version == 0


def test_an_answer_whose_event_does_not_say_when_the_message_came_names_no_date() -> None:
    assert "26-7KX4-9Q numaralı başvurunuz aşağıdaki şekilde" in written("answer", data=case_answered()).text
    assert " tarihli" not in written("answer", data=case_answered()).text


def test_a_unit_without_a_duty_is_invited_in_other_words() -> None:
    letter = written("invitation", data=assignment_invited(reply_expected=False))
    assert letter.subject.startswith("Bilgi için yönlendirilen başvuru [26-7KX4-9Q]")
    assert "Cevap vermeniz gerekmez." in flat(letter)


def test_the_foot_of_both_parts_says_what_the_institution_is_now() -> None:
    given = settings()
    changed = of_settings(given).model_copy(
        update={"name": {"tr": "Yeni Üniversite", "en": "New University"}, "hotline": "Alo Hat", "phone": "0288 1"}
    )
    letter = Writer(given, lambda: changed).write("receipt", "tr", data=ALL["receipt"], **GIVEN)
    for part in (letter.text, letter.html):
        assert all(said in part for said in ("Yeni Üniversite", "Alo Hat", "0288 1"))


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("template", ALL)
def test_the_text_part_fits_eighty_columns_and_breaks_no_link(template: str, language: Language) -> None:
    letter = written(template, language, by_code=False, url=f"https://hat.example/{'x' * 90}")
    assert [line for line in letter.text.split("\n") if len(line) > 80 and "://" not in line] == []
    assert all(link in letter.text for link in re.findall(r'href="([^"]+)"', letter.html))


def test_long_lines_of_a_person_are_wrapped_with_their_indentation() -> None:
    data = case_answered(subject="S", text="    " + "kelime " * 40, answer="  - " + "madde " * 40)
    text = written("answer", data=data).text
    wrapped = [line for line in text.split("\n") if "kelime" in line or "madde" in line]
    assert len(wrapped) >= 7
    assert all(line.startswith(("  - madde", "  madde", ">     kelime")) and len(line) <= 76 for line in wrapped)


@pytest.mark.parametrize("template", ["receipt", "answer", "question", "invitation", "new_link", "colleague"])
def test_a_letter_says_that_one_may_reply_to_it_only_where_somebody_reads_that(template: str) -> None:
    for language, said in (("tr", "bu e-postayı yanıt"), ("en", "replying to this e-mail|reply to this e-mail")):
        for answered_by in ("citizen", "unit"):
            letter = written(template, language, answered_by=answered_by)
            assert len(re.findall(said, flat(letter).lower())) == 1
            assert re.search(said, " ".join(text_of(letter.html).lower().split()))
        assert not re.search(said, flat(written(template, language)).lower())


def test_a_question_says_that_the_page_is_quicker_only_where_mail_is_read_by_people() -> None:
    assert "daha çabuk ulaşır" in flat(written("question"))
    assert "daha çabuk" not in flat(written("question", answered_by="citizen"))


def test_a_promise_is_answered_on_the_page_behind_each_choice() -> None:
    url = "http://127.0.0.1:8001/t/x"
    letter = written("promise", url=url, by_code=False)
    for choice in ("yes", "no"):
        assert f'href="{url}/promises/p1?kept={choice}"' in letter.html
        assert f": {url}/promises/p1?kept={choice}" in letter.text
    assert "kept=" not in written("promise", by_code=True).html


def test_a_promise_without_its_words_quotes_nothing() -> None:
    assert "-----" not in written("promise", data=promise_asked(promise="")).text


def test_the_letter_about_a_failure_says_who_gets_the_letter_instead() -> None:
    passed = ALL["failure"].model_copy(update={"passed_to": "head"})
    assert "Yerine gönderildiği kişi: Birim amiri" in written("failure", data=passed).text
    assert "Yerine" not in written("failure").text


def test_every_element_has_its_style_and_keeps_its_class_for_dark_and_narrow_screens() -> None:
    html = written("answer", by_code=False).html
    body = html.partition("<body")[2]
    assert "prefers-color-scheme: dark" in html and "max-width: 480px" in html
    assert body.count("class=") == body.count("style=") > 20
    named = set(re.findall(r"\.([a-z-]+)[ ,]", html.partition("<style>")[2].partition("</style>")[0]))
    assert named <= set(styles())


def test_the_answer_says_what_is_promised_by_which_day_and_that_it_is_asked_about() -> None:
    text = written("answer", data=case_answered(promised_for=example.NOW, promise="Isıtma onarılacak.")).text
    assert "Yapılacak iş: Isıtma onarılacak." in text and "Bitiş tarihi: 23 Kasım 2026" in text
    assert "O gün, yapılıp yapılmadığı size sorulacaktır." in text
    assert "Bitiş tarihi" not in written("answer", data=case_answered()).text
