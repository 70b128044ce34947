"""What a person wrote now is shown; what their mail program repeated is kept beside it."""

import pytest

from services.notifier.domain.quotations import cut

SAID = "Hâlâ soğuk.\n\nDün de gelen olmadı."
OURS = "> Sayın Deniz Kaya,\n> \n> başvurunuz alınmıştır."
PLAIN = "Sayın Deniz Kaya,\n\nbaşvurunuz alınmıştır."

BEFORE = {
    "gmail tr": "7/24 KLU Hat <hat@klu.example>, 24 Kas 2026 Sal, 10:15 tarihinde şunu yazdı:",
    "gmail tr, broken": "KLU Hat <yanit-abcdefghijk@hat.klu.example>, 24 Kas 2026 Sal,\n10:15 tarihinde şunu yazdı:",
    "gmail tr, older": "24 Kasım 2026 10:15 tarihinde 7/24 KLU Hat <hat@klu.example> yazdı:",
    "gmail en": "On Tue, Nov 24, 2026 at 10:15 AM 7/24 KLU Hat <hat@klu.example> wrote:",
    "gmail en, broken": "On Tue, Nov 24, 2026 at 10:15 AM 7/24 KLU Hat <\nhat@klu.example> wrote:",
    "apple tr": "7/24 KLU Hat <hat@klu.example> şunları yazdı (24 Kas 2026 10:15):",
    "apple en": "> On 24 Nov 2026, at 10:15, 7/24 KLU Hat <hat@klu.example> wrote:",
    "apple en, plain": "On 24 Nov 2026, at 10:15, 7/24 KLU Hat <hat@klu.example> wrote:",
    "thunderbird tr": "24.11.2026 10:15 tarihinde 7/24 KLU Hat yazdı:",
    "thunderbird en": "On 24.11.26 10:15, 7/24 KLU Hat wrote:",
    "yahoo tr": "24 Kasım 2026 Salı 10:15:22 GMT+3 tarihinde, 7/24 KLU Hat <hat@klu.example> şunu yazdı:",
    "yandex": '24.11.2026, 10:15, "7/24 KLU Hat" <hat@klu.example>:',
    "nothing but marks": "",
}


@pytest.mark.parametrize("before", BEFORE.values(), ids=BEFORE)
def test_an_answer_above_a_quotation(before: str) -> None:
    said, rest = cut(f"{SAID}\n\n{before}\n\n{OURS}\n")
    assert said == SAID
    assert rest == f"{before}\n\n{OURS}".strip("\n")


OUTLOOK = {
    "outlook tr": "Kimden: KLU <hat@klu.example>\nGönderildi: 24 Kasım 2026\nKime: Deniz\nKonu: Re",
    "outlook tr, new": "Kimden: KLU <hat@klu.example>\nGönderme Tarihi: Salı, 24 Kasım\nKime: Deniz\nKonu: Re",
    "outlook tr, bold": "*Kimden:* KLU <hat@klu.example>\n*Gönderildi:* 24 Kasım 2026\n*Kime:* Deniz\n*Konu:* Re",
    "outlook en": "From: KLU <hat@klu.example>\nSent: Tuesday\nTo: Deniz\nSubject: Re",
    "outlook, a rule": "____________\nFrom: KLU <hat@klu.example>\nSent: Tuesday\nTo: Deniz\nSubject: Re",
    "original message": "-----Original Message-----\nFrom: 7/24 KLU Hat\nSent: Tuesday\nTo: Deniz\nSubject: Re",
    "özgün ileti": "-----Özgün İleti-----\nKimden: 7/24 KLU Hat\nGönderildi: Salı\nKime: Deniz\nKonu: Re",
    "orijinal mesaj": "---- Orijinal Mesaj ----",
    "yahoo, without marks": "24 Kasım 2026 Salı 10:15 tarihinde, 7/24 KLU Hat <hat@klu.example> şunu yazdı:",
}


@pytest.mark.parametrize("before", OUTLOOK.values(), ids=OUTLOOK)
def test_an_answer_above_a_quotation_without_marks(before: str) -> None:
    said, rest = cut(f"{SAID}\n\n{before}\n\n{PLAIN}\n")
    assert said == SAID
    assert rest == f"{before}\n\n{PLAIN}"


@pytest.mark.parametrize(
    "text",
    [
        SAID,
        "Müdür bana şunu yazdı:\nBugün gelmeyin.",
        "He wrote: come tomorrow.\nSo I came.",
        "Kimden: sorumluya\nşikâyetim var",
        "2 > 1 olduğu için\n> işareti koydum,\nsonra devam ettim.",
        f"{BEFORE['gmail tr']}\n\n> Hangi kattaydınız?\n\nİkinci kattaydım.\n\n> Saat kaçtı?\n\n14.30.",
        f"Cevaplarım:\n\n{BEFORE['gmail en']}\n> Hangi kattaydınız?\nİkinci kattaydım.\n> Saat kaçtı?\n14.30.",
        f"Cevaplarımı aşağıda kırmızı ile yazdım.\n\n{OUTLOOK['outlook tr']}\n\nHangi kattaydınız? İkinci.",
        f"See below.\n\n{OUTLOOK['outlook en']}\n\nWhich floor? The second.",
        "Bakınız:\n\n---------- Forwarded message ---------\nFrom: Rektörlük\nDate: x\nSubject: y\n\nDuyuru",
        "Bilginize.\n\n---------- İletilen ileti ----------\nKimden: Rektörlük\nTarih: x\nKonu: y\n\nDuyuru",
        f"{OUTLOOK['outlook tr']}\n\nHangi kattaydınız?",
        OURS,
        "",
    ],
)
def test_in_doubt_nothing_is_cut(text: str) -> None:
    assert cut(text) == (text, "")


def test_an_answer_below_a_quotation_in_one_piece() -> None:
    said, rest = cut(f"{BEFORE['thunderbird tr']}\n{OURS}\n\n{SAID}\n")
    assert (said, rest) == (SAID, f"{BEFORE['thunderbird tr']}\n{OURS}")


@pytest.mark.parametrize(
    "signature",
    [
        "-- \nDeniz Kaya\nKırklareli",
        "--\nDeniz Kaya",
        "iPhone'umdan gönderildi",
        "iPhone’umdan gönderildi",
        "Sent from my iPhone",
        "Get Outlook for iOS<https://aka.ms/o0ukef>",
        "Android için Outlook’u edinin",
    ],
)
def test_a_signature_is_no_part_of_what_was_said(signature: str) -> None:
    assert cut(f"{SAID}\n\n{signature}") == (SAID, signature)
    said, rest = cut(f"{SAID}\n\n{signature}\n\n{BEFORE['gmail tr']}\n{OURS}")
    assert said == SAID
    assert rest.startswith(signature)
    assert rest.endswith(OURS)


def test_a_line_of_dashes_or_a_list_is_no_signature() -> None:
    text = "Üç konu var:\n- ısıtma\n- ışık\n--------\n-- diğer\nTeşekkürler"
    assert cut(text) == (text, "")


def test_nothing_is_lost() -> None:
    text = f"{SAID}\n\n-- \nDeniz\n\n{BEFORE['gmail tr']}\n{OURS}\n>> eskisi"
    said, rest = cut(text)
    assert [line for line in f"{said}\n{rest}".split("\n") if line] == [line for line in text.split("\n") if line]


def test_a_hostile_text_takes_no_time() -> None:
    for line in (">\n", "> a\nb\n", "On 2026 " * 50 + "\n", "From:\nTo:\n", "-- \n", "_" * 100 + "\n", "a@b "):
        said, rest = cut(line * 2_000)
        assert len(said) + len(rest) > 3_000
