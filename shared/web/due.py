"""A last day in words: the same on the desk, in the portal and in letters."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Final, NamedTuple

from babel.dates import format_date
from babel.numbers import format_decimal

from shared.days import day_of, days_left
from shared.events import Language
from shared.web.i18n import Locale

DAY_IN_WORDS: Final[Mapping[Language, str]] = {
    "tr": "d MMMM y EEEE",
    "en": "EEEE, d MMMM y",
    "ar": "EEEE d MMMM y",
}
SOON = 3
"""A last day is near on itself, and so many days before it, less one."""


class TimeLeft(NamedTuple):
    """How much time is left, as a sentence and as a bar: ``used`` of ``total`` days."""

    label: str
    tone: str
    used: int
    total: int


def last_day(locale: Locale, due_at: datetime) -> str:
    """The last day for something: ``4 Aralık 2026 Cuma``, ``Friday, 4 December 2026``."""
    return weekday(locale, day_of(due_at, locale.zone))


def weekday(locale: Locale, day: date) -> str:
    """A day with its name, as ``last_day`` has it."""
    return format_date(day, DAY_IN_WORDS[locale.language], locale=locale.language)


def number_of_days(locale: Locale, days: float) -> str:
    """``2,5`` in Turkish; a whole number without a fraction."""
    return format_decimal(days, "#,##0.#", locale=locale.language)


def due(locale: Locale, due_at: datetime, now: datetime) -> tuple[str, str]:
    """The last day as seen today, with its tone: ``Son gün 4 Aralık 2026 Cuma``."""
    days = days_left(due_at, now, locale.zone)
    if days < 0:
        said, tone = locale.gettext("Overdue (last day %(day)s)"), "danger"
    elif days == 0:
        said, tone = locale.gettext("Last day: today, %(day)s"), "attention"
    else:
        said, tone = locale.gettext("Last day %(day)s"), "attention" if days < SOON else "neutral"
    return said % {"day": last_day(locale, due_at)}, tone


def time_left(locale: Locale, due_at: datetime, since: datetime, now: datetime) -> TimeLeft:
    """How many days are left until the last day."""
    days = days_left(due_at, now, locale.zone)
    total = max((day_of(due_at, locale.zone) - day_of(since, locale.zone)).days, 1)
    if days < 0:
        label, tone = locale.gettext("The date has passed"), "danger"
    elif days == 0:
        label, tone = locale.gettext("Today is the last day"), "attention"
    else:
        label = locale.ngettext("%(num)d day left", "%(num)d days left", days) % {"num": days}
        tone = "attention" if days < SOON else "info"
    return TimeLeft(label, tone, min(max(total - days, 0), total), total)
