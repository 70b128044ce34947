"""The collection ``calendar``, and the terms as this process reads them now."""

from zoneinfo import ZoneInfo

from services.router.config import Settings
from services.router.deadlines.domain.counting import Deadlines
from services.router.deadlines.domain.stored import StoredCalendar, filled
from services.router.texts.store import InstitutionStore
from shared.documents import Database
from shared.remembered import Remembered


class CalendarStore(Remembered[StoredCalendar]):
    """The calendar of the institution."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "calendar", StoredCalendar, filled())
        self._stored = False

    async def stored(self) -> StoredCalendar:
        """The document; filled in with Türkiye's days if there is none. This process follows it at once."""
        self.current, self._stored = await super().stored(), True
        return self.current

    async def refresh(self) -> bool:
        """Remember what another process has stored since. Returns False: no more to do at once."""
        if not self._stored:  # once: what a later version of the package says must not move days by itself
            await self.stored()
        return await super().refresh()


class CurrentDeadlines:
    """The institution's terms, days and calendar, as this process knows them when it is called."""

    def __init__(self, settings: Settings, institutions: InstitutionStore, calendars: CalendarStore) -> None:
        self._settings, self._institutions, self._calendars = settings, institutions, calendars
        self._zone = ZoneInfo(settings.timezone)
        self._counted = calendars.current, calendars.current.calendar

    def __call__(self) -> Deadlines:
        """The terms now. What the desk has not set is as the environment says."""
        said, settings = self._institutions.current, self._settings
        if self._counted[0] is not self._calendars.current:
            self._counted = self._calendars.current, self._calendars.current.calendar
        return Deadlines(
            zone=self._zone,
            unit_days=said.unit_days or settings.unit_reply_days,
            revision_days=said.revision_days or settings.unit_revision_days,
            answer_days=said.answer_days or settings.answer_days,
            calendar=self._counted[1],
            kinds=said.all_kinds,
        )
