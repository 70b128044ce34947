"""Figures in words and numbers of the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date
from functools import lru_cache

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from starlette.requests import Request

from services.router.cases.labels import REASONS, STATES
from services.router.cases.list_labels import CHANNELS
from services.router.statistics.domain.percent import percent
from services.router.statistics.domain.periods import RANGE, USUAL, Period
from shared.web.i18n import Locale
from shared.web.pages import web

NONE = "–"
REMEMBERED = 4_096
"""Numbers in words: a page says a thousand, and most of them again the next time."""
A_DAY = 8
"""Working hours of a working day."""


class Words:
    """Says figures in one language."""

    def __init__(self, locale: Locale) -> None:
        self._locale, self.gettext = locale, locale.gettext

    @classmethod
    def of(cls, request: Request) -> "Words":
        """In the language of the reader."""
        return cls(web(request).locale(request))

    def number(self, value: float | None) -> str:
        """``1.234,5``; a dash for none."""
        return NONE if value is None else _decimal(round(value, 1), self._locale.language)

    def share(self, value: float | None) -> str:
        """``%85``."""
        return NONE if value is None else _percent(percent(value), self._locale.language)

    def hours(self, value: float | None) -> str:
        """``7 sa``; from two working days on ``3,5 iş günü``."""
        if value is None:
            return NONE
        _ = self.gettext
        if value < 2 * A_DAY:
            return _("%(number)s h") % {"number": self.number(value)}
        return _("%(number)s working days") % {"number": self.number(value / A_DAY)}

    def month(self, month: str, *, short: bool = False) -> str:
        """``Kasım 2026``, or ``Kas``."""
        return _month(month, "LLL" if short else "LLLL y", self._locale.language)

    def span(self, period: Period) -> str:
        """``Ocak 2026 – Mart 2026``."""
        first, last = self.month(period.first), self.month(period.last)
        return first if period.first == period.last else f"{first} – {last}"

    def period(self, name: str) -> str:
        """A period as it can be chosen."""
        _ = self.gettext
        if name == f"last-{USUAL}":
            return _("The last twelve months")
        if name == RANGE:
            return _("From one month to another")
        if "Q" in name:
            return _("%(year)s, quarter %(number)s") % {"year": name[:4], "number": name[-1]}
        return self.month(name) if "-" in name else name

    def change(self, now: float | None, before: float | None, *, less: str, more: str, same: str) -> str:
        """What became of a number since the period before, with these words for it."""
        _ = self.gettext
        if now is None or not before:
            return ""
        change = now / before - 1
        if round(change, 2) == 0:
            return same
        return (more if change > 0 else less) % {"change": self.share(abs(change))}


@lru_cache(REMEMBERED)
def _decimal(value: float, language: str) -> str:
    return format_decimal(value, locale=language)


@lru_cache(REMEMBERED)
def _percent(value: int, language: str) -> str:
    return format_percent(value / 100, locale=language)


@lru_cache(REMEMBERED)
def _month(month: str, pattern: str, language: str) -> str:
    return format_date(date(int(month[:4]), int(month[5:]), 1), pattern, locale=language)


def channels(request: Request) -> Callable[[str], str]:
    """What a channel is called."""
    _ = web(request).locale(request).gettext
    known: Mapping[str, str] = CHANNELS
    return lambda channel: _(known[channel]) if channel in known else channel


def kinds(request: Request) -> Callable[[str], str]:
    """What a kind of message is called."""
    institution, language = web(request).institution(), web(request).locale(request).language
    return lambda kind: institution.label(kind, language)


def states(request: Request) -> Callable[[str], str]:
    """What the state of a case is called."""
    _ = web(request).locale(request).gettext
    known = {str(state): label for state, (label, _tone) in STATES.items()}
    return lambda state: _(known[state]) if state in known else state


def reasons(request: Request) -> Callable[[str], str]:
    """What the reason of a closure is called."""
    _ = web(request).locale(request).gettext
    known = {str(reason): label for reason, label in REASONS.items()}
    return lambda reason: _(known[reason]) if reason in known else reason
