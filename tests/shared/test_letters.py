"""The words of letters: what is refused, and how paragraphs and blocks are told apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.institution import LetterWording
from shared.letters.kinds import EDITED, KINDS
from shared.letters.ours import LANGUAGES, OURS, words_of
from shared.letters.words import BadWords, Piece, Words, check, heading_of, parts, subject_of

RECEIPT = EDITED["receipt"]
GOOD = "Merhaba.\n\n{details}\n\n{status_page}"


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", KINDS)
def test_our_own_words_make_a_letter(letter: str, language: str) -> None:
    words = OURS[letter, language]
    check(KINDS[letter], words.subject, words.text)
    assert words.version == 0


def test_every_letter_has_words_in_both_languages() -> None:
    assert set(OURS) == {(letter, language) for letter in KINDS for language in LANGUAGES}


@pytest.mark.parametrize("letter", ["invitation", "invitation_information", "return", "news", "new_link", "overview"])
def test_every_letter_with_the_link_of_a_unit_says_that_the_link_is_for_the_unit_alone(letter: str) -> None:
    assert "Bu bağlantı yalnızca biriminiz içindir." in OURS[letter, "tr"].text
    assert "The link is meant for your unit alone." in OURS[letter, "en"].text


@pytest.mark.parametrize(
    ("subject", "text", "field", "why"),
    [
        ("", GOOD, "subject", "fill in"),
        ("Konu", "  ", "text", "fill in"),
        ("k" * 151, GOOD, "subject", "long"),
        ("Konu", GOOD + "m" * 10_000, "text", "long"),
        ("{isim}", GOOD, "subject", "cannot stand"),
        ("{details}", GOOD, "subject", "cannot stand"),
        ("Konu {", GOOD, "subject", "brace"),
        ("Konu", GOOD + "\n\n{isim}", "text", "not known"),
        ("Konu", GOOD + "\n\n{{reference}}", "text", "brace"),
        ("Konu", GOOD + "\n\n{reference.__class__}", "text", "not known"),
        ("Konu", GOOD + "\n\n{reference!r}", "text", "brace"),
        ("Konu", GOOD + "\n\nBurada {greeting} olmaz.", "text", "of their own"),
        ("Konu", "{details}", "text", "useless"),
        ("Konu", "{status_page}", "text", "useless"),
        ("Konu", "{details}\n{status_page}", "text", "of their own"),
    ],
)
def test_words_that_make_no_letter_are_refused_at_their_field(subject: str, text: str, field: str, why: str) -> None:
    with pytest.raises(BadWords, match=why) as refused:
        check(RECEIPT, subject, text)
    assert refused.value.field == field


@pytest.mark.parametrize("letter", [kind.id for kind in EDITED.values() if kind.needed])
def test_a_letter_without_what_it_is_for_is_refused(letter: str) -> None:
    kind = EDITED[letter]
    for needed in kind.needed:
        text = "\n\n".join(f"{{{name}}}" for name in kind.blocks if name != needed)
        with pytest.raises(BadWords, match="useless"):
            check(kind, "Konu", text or "Metin")


def test_paragraphs_and_blocks_come_in_their_order() -> None:
    text = "Bir\niki\n \n{details}\n\n\n\n{reference} üç\r\n\r\n {status_page} "
    assert list(parts(text, RECEIPT.blocks)) == [
        Piece(text="Bir\niki"),
        Piece(block="details"),
        Piece(text="{reference} üç"),
        Piece(block="status_page"),
    ]


@given(st.text(st.characters(exclude_characters="{}", exclude_categories=("Cs", "Cc")), min_size=1, max_size=40))
def test_a_value_is_never_read_as_a_variable(value: str) -> None:
    words = Words(subject="{subject} [{reference}]", text="")
    said = subject_of(words, {"subject": value + "{reference}", "reference": "26-1"})
    assert said.endswith("{reference} [26-1]")


def test_blanks_of_a_value_stay_and_those_of_what_is_missing_go() -> None:
    words = Words(subject="Aldık {kind} [{reference}] {subject}", text="")
    said = subject_of(words, {"reference": "26-1", "subject": "Oda  12\n  ve   13"})
    assert said == "Aldık [26-1] Oda  12 ve   13"


def test_brackets_around_a_number_that_is_not_known_are_left_out() -> None:
    words = Words(subject="Birim iade etti [{reference}] {unit}", text="")
    assert subject_of(words, {"reference": "", "unit": ""}) == "Birim iade etti"
    assert subject_of(words, {"reference": "26-1", "unit": "Kütüphane"}) == "Birim iade etti [26-1] Kütüphane"


def test_what_a_person_wrote_in_brackets_or_before_a_colon_stays() -> None:
    words = Words(subject="Cevap ({count}) [{reference}] {subject}", text="")
    said = subject_of(words, {"count": "", "reference": "26-1", "subject": "liste[] ve f() neden:"})
    assert said == "Cevap [26-1] liste[] ve f() neden:"


@pytest.mark.parametrize(
    ("subject", "heading"),
    [
        ("Başvurunuzun cevabı [{reference}] {subject}", "Başvurunuzun cevabı"),
        ("Bir e-posta iletilemedi: {recipient}", "Bir e-posta iletilemedi"),
        ("[{reference}] cevabı", "[{reference}] cevabı"),
        ("Süresi dolan cevaplar ({count}) [{reference}]", "Süresi dolan cevaplar"),
    ],
)
def test_the_heading_is_what_stands_before_the_first_variable(subject: str, heading: str) -> None:
    assert heading_of(Words(subject=subject, text="")) == heading


def test_words_of_the_institution_come_before_ours_unless_they_make_no_letter() -> None:
    own = LetterWording(template="receipt", language="tr", version=4, subject="Bizim", text=GOOD)
    assert words_of(RECEIPT, "tr", [own]) == Words(subject="Bizim", text=GOOD, version=4)
    assert words_of(RECEIPT, "en", [own]) == OURS["receipt", "en"]
    broken = own.model_copy(update={"text": "Bağlantısız"})
    assert words_of(RECEIPT, "tr", [broken]) == OURS["receipt", "tr"]
