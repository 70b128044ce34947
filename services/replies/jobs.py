"""What the portal does by itself: it answers those who have asked for a link."""

from datetime import datetime
from uuid import uuid4

from services.replies.config import Settings
from services.replies.domain.assignment import Assignment
from services.replies.domain.links import overview_token
from services.replies.domain.new_link import answered, new_link
from services.replies.domain.overview import no_links, send_overview
from services.replies.store import Assignments, LinkRequests, Overviews
from shared.scheduled import run_due
from shared.state import UnitRef

SECONDS = 2.0
"""Between two looks at what waits."""


class NewLinksJob:
    """Answers requests for links, after whoever asked has had the same page as everybody."""

    def __init__(
        self, requests: LinkRequests, assignments: Assignments, overviews: Overviews, settings: Settings
    ) -> None:
        self.requests, self.assignments, self.overviews = requests, assignments, overviews
        self.link = {"secret": settings.secret_key.get_secret_value(), "base_url": settings.replies_url}
        self.most = settings.new_links_hour

    async def run(self) -> None:
        """Answer what waits, for as long as the service runs."""
        await run_due(self.requests, self.requests.waiting, self.answer, every=SECONDS)

    async def answer(self, request_id: str, now: datetime) -> None:
        """Owe the letters to one request: the link of the message, or the list where a unit has several.

        After a conflict it runs again: what was sent is not sent a second time.
        """
        asked = await self.requests.get(request_id)
        if asked.asked_at is None:
            return
        if "@" in asked.wanted:
            for code in await self.assignments.units_with_address(asked.wanted):
                await self._for_unit(code, asked.asked_at, now)
        else:
            for assignment in await self.assignments.with_reference(asked.wanted):
                await self._send_link(assignment, asked.asked_at, now)
        await self.requests.save(answered(asked, now))

    async def _for_unit(self, code: str, asked_at: datetime, now: datetime) -> None:
        found = await self.assignments.open_of(code)
        if len(found) == 1 and found[0].writable:
            await self._send_link(found[0], asked_at, now)
        elif found:
            await self._send_overview(found[0].unit, asked_at, now)

    async def _send_link(self, assignment: Assignment, asked_at: datetime, now: datetime) -> None:
        sent, announcing = new_link(assignment, **self.link, most=self.most, asked_at=asked_at, now=now)
        if announcing:
            await self.assignments.save(sent, announcing=announcing)

    async def _send_overview(self, unit: UnitRef, asked_at: datetime, now: datetime) -> None:
        sent, announcing = send_overview(
            await self.overviews.get_or_add(no_links(unit.code, now)),
            unit,
            request_id=str(uuid4()),
            link_token=overview_token(),
            base_url=self.link["base_url"],
            most=self.most,
            asked_at=asked_at,
            now=now,
        )
        if announcing:
            await self.overviews.save(sent, announcing=announcing)
