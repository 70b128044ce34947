"""What is found in a text that units need not know, and what is left alone."""

import pytest

from services.router.cases.domain.sensitive import black_out, find
from shared.differences import Run, differences


@pytest.mark.parametrize(
    ("kind", "found", "text"),
    [
        ("identity_number", "10000000146", "T.C. no: 10000000146."),
        ("identity_number", "10000000146", "(10000000146)"),
        ("identity_number", "100 000 001 46", "Kimlik numaram 100 000 001 46, bilginize."),
        ("iban", "TR33 0006 1005 1978 6457 8413 26", "IBAN: TR33 0006 1005 1978 6457 8413 26 hesabıma yatırınız."),
        ("iban", "TR330006100519786457841326", "TR330006100519786457841326"),
        ("iban", "tr330006100519786457841326", "tr330006100519786457841326"),
        ("iban", "DE89 3704 0044 0532 0130 00", "Konto DE89 3704 0044 0532 0130 00 in Berlin"),
        ("card", "4111 1111 1111 1111", "Kartım 4111 1111 1111 1111 ile ödedim."),
        ("card", "5500-0000-0000-0004", "5500-0000-0000-0004"),
        ("card", "378282246310005", "Amex 378282246310005"),
        ("phone", "0532 123 45 67", "Bana 0532 123 45 67'den ulaşınız."),
        ("phone", "05321234567", "tel:05321234567"),
        ("phone", "+90 (288) 212 96 79", "+90 (288) 212 96 79"),
        ("phone", "532 123 45 67", "532 123 45 67 numarası"),
        ("phone", "0288 212 96 79", "0288 212 96 79 dahili 12"),
        ("phone", "+49 30 1234567", "call +49 30 1234567"),
        ("student_number", "1210505012", "Öğrenci numaram 1210505012."),
        ("student_number", "1210505012", "okul no: 1210505012"),
        ("student_number", "1210505012", "1210505012 numaralı öğrenciyim."),
        ("student_number", "1210505012", "My student ID is 1210505012."),
        ("email", "ayse.kaya+x@ogr.klu.edu.tr", "Adresim ayse.kaya+x@ogr.klu.edu.tr."),
        ("name", "DENİZ KAYA", "Ben DENİZ KAYA, ikinci sınıf"),
        ("name", "deniz kaya", "ben deniz kaya."),
    ],
)
def test_what_units_need_not_know_is_found(kind: str, found: str, text: str) -> None:
    assert [(hint.kind, hint.found) for hint in find(text, "Deniz Kaya")] == [(kind, found)]
    assert found not in black_out(text, [found], "Deniz Kaya")


@pytest.mark.parametrize(
    "text",
    [
        "10000000147 ve 00000000146",
        "100000001467",
        "A10000000146",
        "TR33 0006 1005 1978 6457 8413 27",
        "TR34000610051978645784132",
        "4111 1111 1111 1112",
        "41111111111111111",
        "05.12.2026 10:30 ile 06.12.2026 arası",
        "0532 123",
        "26-7KX4-9Q",
        "Fatura no 1210505012, tutar 12.345.678,90 TL",
        "Öğrenci işleri 2. katta. 12345678 adet",
        "Öğrenci belgesi 12",
        "@kullanici ve a@b",
        "Deniz kenarında Kaya Oteli; Deniz Kayalar",
        "2.5.2026, 100 000 001 47",
        "7067 sayılı Kanun, madde 31, 2026/114",
        "112'yi aradım, 444 18 23",
    ],
)
def test_what_only_looks_like_it_is_left_alone(text: str) -> None:
    assert find(text, "Deniz Kaya") == ()


def test_of_several_only_those_that_were_chosen_are_blacked_out() -> None:
    text = "0532 123 45 67, a@klu.edu.tr, 0532 123 45 67"
    hidden = black_out(text, ["0532 123 45 67"])
    assert hidden == "[telefon numarası gizlenmiştir], a@klu.edu.tr, [telefon numarası gizlenmiştir]"
    assert black_out(hidden, ["0532 123 45 67"]) == hidden


def test_a_long_text_without_an_end_takes_no_long_time() -> None:
    for text in ("1" * 10_000, "a." * 5_000 + "@", "TR00 " * 2_000, "öğrenci " * 1_250, "0532-" * 2_000):
        find(text, "Deniz Kaya")


def test_texts_differ_by_word() -> None:
    assert differences("Ben Ali, 3. kattayım.", "Ben [ad], 3. kattayım.") == (
        Run("same", "Ben "),
        Run("gone", "Ali,"),
        Run("new", "[ad],"),
        Run("same", " 3. kattayım."),
    )
    assert differences("a b", "a b") == (Run("same", "a b"),)
