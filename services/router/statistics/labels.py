"""Figures in words and numbers of the reader's language."""

from collections.abc import Callable, Mapping
from datetime import date

from babel.dates import format_date
from babel.numbers import format_decimal, format_percent
from starlette.requests import Request

from services.router.cases.list_labels import CHANNELS
from services.router.statistics.domain.percent import percent
from services.router.statistics.domain.periods import RANGE, USUAL, Period
from shared.web.i18n import Locale
from shared.web.pages import web

NONE = "–"
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
        return NONE if value is None else format_decimal(round(value, 1), locale=self._locale.language)

    def share(self, value: float | None) -> str:
        """``%85``."""
        return NONE if value is None else format_percent(percent(value) / 100, locale=self._locale.language)

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
        day = date(int(month[:4]), int(month[5:]), 1)
        return format_date(day, "LLL" if short else "LLLL y", locale=self._locale.language)

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


def channels(request: Request) -> Callable[[str], str]:
    """What a channel is called."""
    _ = web(request).locale(request).gettext
    known: Mapping[str, str] = CHANNELS
    return lambda channel: _(known[channel]) if channel in known else channel


def kinds(request: Request) -> Callable[[str], str]:
    """What a kind of message is called."""
    institution, language = web(request).institution(), web(request).locale(request).language
    return lambda kind: institution.label(kind, language)
