"""The parts of deadlines: calendar, terms, and when people are reminded."""

from collections.abc import Callable
from dataclasses import dataclass

from services.router.config import Settings
from services.router.deadlines.domain.reminders import ReminderRules
from services.router.deadlines.store import CalendarStore, CurrentDeadlines
from services.router.parts import Common, Parts
from services.router.texts.domain.institution import InstitutionSettings
from services.router.texts.parts import TextsParts
from shared.service import every

CALENDAR_SECONDS = 5.0
"""Between two looks at what another process has stored of the calendar."""


@dataclass(frozen=True, kw_only=True)
class DeadlinesParts(Parts):
    """``current`` and ``reminder_rules`` return what holds when they are called."""

    calendars: CalendarStore
    current: CurrentDeadlines
    reminder_rules: Callable[[], ReminderRules]


def deadlines_parts(common: Common, texts: TextsParts) -> DeadlinesParts:
    """Make them."""
    settings, institutions = common.settings, texts.institutions
    calendars = CalendarStore(common.database)
    current = CurrentDeadlines(settings, institutions, calendars)
    return DeadlinesParts(
        calendars=calendars,
        current=current,
        reminder_rules=lambda: rules_of(settings, institutions.current),
        provided=[calendars, current],
        jobs=[every(CALENDAR_SECONDS, calendars.refresh)],
    )


def rules_of(settings: Settings, current: InstitutionSettings) -> ReminderRules:
    """When people are reminded: as the desk says, and where it says nothing, as the settings do."""
    given = {name: getattr(current, name) for name in ReminderRules.__dataclass_fields__}
    return ReminderRules(**{name: getattr(settings, name) if one is None else one for name, one in given.items()})
