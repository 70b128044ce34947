"""Languages: Turkish (default) and English; Arabic where settings offer it.

Catalogues are gettext ``.po`` files, compiled at start.
"""

import datetime as days
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import Final, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.numbers import format_decimal

from shared.days import local
from shared.events import Language

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
OFFERED: Final[tuple[Language, ...]] = ("tr", "en")
"""The languages of a service whose settings name none."""
FALLBACK: Final[Mapping[str, Language]] = {"ar": "en"}
"""What a reader of this language gets where it is not offered."""
FROM_RIGHT: Final = ("ar",)
NAMES: Final = {"tr": "Türkçe", "en": "English", "ar": "العربية"}
SHORT: Final = {"tr": "TR", "en": "EN", "ar": "العربية"}
DEFAULT: Final[Language] = "tr"
LONGEST_WISH = 1_000
"""Characters of Accept-Language that are read."""


class Locale:
    """One language: its catalogue and its date formats. Times are shown in the time zone of the institution."""

    def __init__(self, language: Language, translations: NullTranslations, timezone: str) -> None:
        self.language = language
        self.gettext = translations.gettext
        self.ngettext = translations.ngettext
        self.zone = ZoneInfo(timezone)
        self.direction = "rtl" if language in FROM_RIGHT else "ltr"

    def number(self, value: int) -> str:
        """``10.000`` in Turkish, ``10,000`` in English."""
        return format_decimal(value, locale=self.language)

    def of(self, texts: Mapping[str, str]) -> tuple[str, str]:
        """Of a text in several languages the one to show, and its language; empty when there is none."""
        for language in (self.language, FALLBACK.get(self.language, DEFAULT), DEFAULT, *texts):
            if texts.get(language):
                return texts[language], language
        return "", self.language

    def date(self, at: datetime) -> str:
        """``23 Kasım 2026``."""
        return format_date(local(at, self.zone), "d MMMM y", locale=self.language)

    def day(self, on: days.date) -> str:
        """A day without a time: ``23 Kasım 2026``."""
        return format_date(on, "d MMMM y", locale=self.language)

    def day_of(self, day: str) -> str:
        """A day as ISO 8601 writes it: ``23 Kasım 2026``."""
        return self.day(days.date.fromisoformat(day))

    def month(self, month: str) -> str:
        """A month such as 2026-11: ``Kasım 2026``."""
        return format_date(days.date.fromisoformat(f"{month}-01"), "LLLL y", locale=self.language)

    def file_size(self, size: int) -> str:
        """``12 KB``, ``1,5 MB``: as upload.js writes it."""
        if size < 1024 * 1024:
            said = f"{max(1, round(size / 1024))} KB"
        else:
            said = f"{format_decimal(round(size / 1024 / 1024, 1), locale=self.language)} MB"
        return f"\u2066{said}\u2069" if self.direction == "rtl" else said

    def format_datetime(self, at: datetime) -> str:
        """``23 Kasım 2026 22:54``."""
        return format_datetime(local(at, self.zone), "d MMMM y HH:mm", locale=self.language)

    def format_second(self, at: datetime) -> str:
        """``23 Kasım 2026 22:54:07``."""
        return format_datetime(local(at, self.zone), "d MMMM y HH:mm:ss", locale=self.language)


@cache  # every application in a process reads the same files
def locales(folders: tuple[Path, ...], timezone: str) -> Mapping[Language, Locale]:
    """Read ``locale/<language>.po`` of each folder; a later folder overrides an earlier one. Msgids are English."""
    return {language: Locale(language, _catalogue(folders, language), timezone) for language in LANGUAGES}


def negotiate(asked: str | None, accepted: str, offered: Sequence[Language] = OFFERED) -> Language:
    """The language asked for, else the first offered one of Accept-Language (RFC 9110, 12.5.4), else Turkish."""
    for wish in [asked or "", *_by_preference(accepted[:LONGEST_WISH])]:
        for language in offered:
            if wish.lower().split("-")[0] == language:
                return language
    return DEFAULT if DEFAULT in offered else offered[0]


def _by_preference(accepted: str) -> list[str]:
    weighed = [part.partition(";q=") for part in accepted.replace(" ", "").split(",")]
    return [tag for tag, _, q in sorted(weighed, key=lambda w: -_weight(w[2]))]


def _weight(q: str) -> float:
    try:
        return float(q or 1)
    except ValueError:
        return 0.0


def _catalogue(folders: tuple[Path, ...], language: Language) -> NullTranslations:
    catalogue = NullTranslations()  # returns the msgid: English needs no file
    for file in (folder / "locale" / f"{language}.po" for folder in folders):
        if file.exists():
            later = _read(file, language)
            later.add_fallback(catalogue)
            catalogue = later
    return catalogue


def _read(file: Path, language: Language) -> GNUTranslations:
    compiled = BytesIO()
    with file.open("rb") as source:
        write_mo(compiled, read_po(source, locale=language))
    compiled.seek(0)
    return GNUTranslations(compiled)
