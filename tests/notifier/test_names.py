"""Names, greetings and addresses in letters."""

import pytest

from services.notifier.domain.letter import same_address
from shared.greetings import greets, name_in_letter


@pytest.mark.parametrize(
    "name",
    [
        "Deniz Kaya",
        "deniz kaya",
        "Prof. Dr. Ayşe Yılmaz",
        "A. Kaya",
        *("Prof.Dr. Ayşe Yılmaz", "Öğr.Gör. Ali Can"),
        "O'Neill",
        "Jean-Luc",
        "Ali",
        "İpek Işık Çağ",
        "Maria van der Berg",
    ],
)
def test_a_name_is_repeated(name: str) -> None:
    assert name_in_letter(name) == name


@pytest.mark.parametrize(
    "name",
    [
        *("ödeme onayı gerekiyor: https://evil.example", "evil.example", "www.evil.example", "a@evil.example"),
        *("ödeme onayı gerekiyor", "Tıklayın!", "0532 123 45 67", "Kazandınız, hemen arayın", "x" * 3 + "://y"),
        *("Bir İki Üç Dört Beş Altı", "")[:1],
        *("<b>x</b>", "a\u2024b.example", "Dr.evil.example", "Ali (yetkili)"),
    ],
)
def test_what_looks_like_a_link_or_a_sentence_is_not(name: str) -> None:
    assert name_in_letter(name) is None


@pytest.mark.parametrize(
    "text",
    [
        "Sayın Deniz Kaya,\n\nx",
        "SAYIN İLGİLİ",
        "sayin x",
        "Merhaba,",
        "İyi günler,",
        "iyi gunler",
        "Dear Sir",
        "  Hello",
        "Günaydın",
        *("Merhabalar,", "Selamlar", "Sn. Ayşe Yılmaz,", "Saygıdeğer velimiz,", "İYİ ÇALIŞMALAR", "Hayırlı günler,"),
        *("Değerli öğrencimiz,\nx", "Sayın Prof. Dr. Ayşe Nur Yılmaz\n\nx", "Merhaba Deniz Hanım, ısıtma onarıldı."),
        *("Good evening,", "To whom it may concern,"),
    ],
)
def test_a_greeting_is_noticed(text: str) -> None:
    assert greets(text)


@pytest.mark.parametrize(
    "text",
    [
        *("Isıtma onarıldı.", "Sayınız artmıştır.", "Hidrolik", "", "Selamiçeşme", "Dearborn"),
        *("Değerli görüşleriniz için teşekkür ederiz.", "Değerli zamanınız için teşekkür eder, bilgi veririz."),
        *("Sayın Rektörümüzün onayı ile salon açılmıştır.", "İyi günlerde kullanın.", "Hi-fi sistemi onarıldı."),
        "İyi çalışmalar yapıldı.",
    ],
)
def test_what_is_no_greeting_is_not(text: str) -> None:
    assert not greets(text)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("a@x.example", "A@X.example", True),
        ("a+1@x.example", "a@x.example", True),
        ("a.b@gmail.com", "ab@gmail.com", True),
        ("a.b@x.example", "ab@x.example", False),
    ],
)
def test_spellings_of_one_mailbox_are_one(one: str, other: str, same: bool) -> None:
    assert (same_address(one) == same_address(other)) is same
