"""Turkish by default, English beside it. Catalogues are gettext ``.po`` files, read as they are at start."""

from collections.abc import Sequence
from datetime import datetime
from gettext import GNUTranslations
from io import BytesIO
from pathlib import Path
from typing import Final, get_args
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from shared.events import Language

LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
NAMES: Final = {"tr": "Türkçe", "en": "English"}
DEFAULT: Final[Language] = "tr"


class Locale:
    """One language: its catalogue and its ways of writing dates."""

    def __init__(self, language: Language, translations: GNUTranslations, timezone: str) -> None:
        self.language = language
        self.gettext = translations.gettext
        self.ngettext = translations.ngettext
        self._zone = ZoneInfo(timezone)

    def date(self, at: datetime) -> str:
        """``23 Kasım 2026``."""
        return format_date(at.astimezone(self._zone), "d MMMM y", locale=self.language)

    def format_datetime(self, at: datetime) -> str:
        """``23 Kasım 2026 22:54``."""
        return format_datetime(at.astimezone(self._zone), "d MMMM y HH:mm", locale=self.language)


def locales(folders: Sequence[Path], timezone: str) -> dict[Language, Locale]:
    """Read ``locale/<language>.po`` of each folder into one catalogue per language; msgids are English."""
    return {language: Locale(language, _catalogue(folders, language), timezone) for language in LANGUAGES}


def negotiate(asked: str | None, accepted: str) -> Language:
    """The language somebody asked for, else the first of theirs that we speak (RFC 9110, 12.5.4), else Turkish."""
    for wish in [asked or "", *_by_preference(accepted)]:
        for language in LANGUAGES:
            if wish.lower().split("-")[0] == language:
                return language
    return DEFAULT


def _by_preference(accepted: str) -> list[str]:
    weighed = [part.partition(";q=") for part in accepted.replace(" ", "").split(",")]
    return [tag for tag, _, q in sorted(weighed, key=lambda w: -_weight(w[2]))]


def _weight(q: str) -> float:
    try:
        return float(q or 1)
    except ValueError:
        return 0.0


def _catalogue(folders: Sequence[Path], language: Language) -> GNUTranslations:
    merged = None
    for file in (folder / "locale" / f"{language}.po" for folder in folders):
        if not file.exists():
            continue
        with file.open("rb") as source:
            read = read_po(source, locale=language)
        if merged is None:
            merged = read
            continue
        for message in read:
            if message.id:
                merged[message.id] = message
    if merged is None:
        return _plain()
    compiled = BytesIO()
    write_mo(compiled, merged)
    compiled.seek(0)
    return GNUTranslations(compiled)


def _plain() -> GNUTranslations:
    """The catalogue of the language the msgids are written in."""
    empty = GNUTranslations()
    empty._catalog = {}  # type: ignore[attr-defined]
    empty.plural = lambda n: int(n != 1)  # type: ignore[attr-defined]
    return empty
