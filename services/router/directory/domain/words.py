"""How offices write what the directory calls otherwise: headings of tables, kinds of units, yes and no."""

import unicodedata
from collections.abc import Mapping
from typing import Final

from services.router.directory.domain.units import UnitEntry

COLUMNS: Final = (*UnitEntry.model_fields, "takes_compliments", "active")
"""The columns of a table of units, in the order in which one is exported."""
_HEADINGS: Final[Mapping[str, str]] = {
    "code": "unit code, kod, birim kodu, kısa kod, kısa ad",
    "parent": "parent code, belongs to, üst birim, üst birim kodu, bağlı olduğu birim, bağlı birim",
    "kind": "type, unit type, tür, türü, birim türü, tip",
    "name_tr": "name, name in turkish, turkish name, ad, adı, birim, birim adı, ad (türkçe), türkçe ad, türkçe adı",
    "name_en": "name in english, english name, ad (ingilizce), ingilizce ad, ingilizce adı, birim adı (ingilizce)",
    "email": "e-mail address, mail, e-posta, e-posta adresi, birim e-postası, birim e-posta, birim e-posta adresi",
    "responsible": "responsible person, sorumlu, birim sorumlusu, sorumlu kişi",
    "phone": "telephone, phone number, telefon, telefon numarası, tel, dahili",
    "head_name": "head, head of unit, amir, birim amiri, amirin adı",
    "head_email": "e-mail of the head, head e-mail, amir e-posta, amirin e-postası, amirin e-posta adresi, "
    "birim amiri e-posta, birim amirinin e-posta adresi",
    "copies": "copies to, cc, kopya, kopyalar, kopya alacaklar, kopya gönderilecekler, bilgi",
    "language": "language of letters, dil, yazışma dili, e-postaların dili",
    "takes_compliments": "teşekkür alır, teşekkür iletilir, teşekkür, teşekkür başvurusu alır",
    "active": "in use, state, kullanımda, durum, aktif",
}
_KINDS: Final[Mapping[str, str]] = {
    "administrative": "administrative unit, idari birim, daire başkanlığı, başkanlık, müdürlük, genel sekreterlik, "
    "rektörlük, idari",
    "faculty": "fakülte, fakültesi",
    "department": "bölüm, bölümü, anabilim dalı",
    "school": "yüksekokul, yüksekokulu",
    "vocational_school": "meslek yüksekokulu, meslek yüksek okulu, myo",
    "institute": "enstitü, enstitüsü",
    "coordination": "coordination office, koordinatörlük, koordinatörlüğü",
    "research_centre": "research center, uygulama ve araştırma merkezi, araştırma merkezi, merkez, uygar",
    "other": "diğer",
}
_LANGUAGES: Final[Mapping[str, str]] = {"tr": "türkçe, turkish", "en": "ingilizce, english"}
_ANSWERS: Final[Mapping[str, str]] = {
    "yes": "evet, true, 1, x, in use, kullanımda, aktif, doğru",
    "no": "hayır, false, 0, not in use, kullanımda değil, kullanım dışı, pasif, kapalı, yanlış",
}


def fold(text: str) -> str:
    """Small ASCII letters and digits alone: ``Üst birim`` and ``UST_BİRİM`` are the same."""
    parts = unicodedata.normalize("NFKD", text.replace("ı", "i").replace("İ", "i").replace("I", "i")).casefold()
    return "".join(c for c in parts if c.isascii() and c.isalnum())


def _by_word(words: Mapping[str, str]) -> dict[str, str]:
    return {fold(word): name for name, said in words.items() for word in (name, *said.split(","))}


HEADINGS: Final = _by_word(_HEADINGS)
KINDS: Final = _by_word(_KINDS)
LANGUAGES: Final = _by_word(_LANGUAGES)
ANSWERS: Final = {word: answer == "yes" for word, answer in _by_word(_ANSWERS).items()}


def small(code: str) -> str:
    """A code in small letters, as addresses have it."""
    return code.strip().replace("İ", "i").replace("ı", "i").lower()
