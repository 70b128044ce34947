"""The collection ``unit_health``, apart from the units: letters come and go while somebody edits a unit."""

from collections.abc import Callable

from services.router.directory.domain.health import Test, UnitHealth, arrived, refused
from shared.documents import Database, Documents
from shared.events import Event, LetterFailed, LetterSent
from shared.retrying import on_conflict


class UnitHealths(Documents[UnitHealth]):
    """Whether letters arrive at the units."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "unit_health", UnitHealth)

    async def by_code(self) -> dict[str, UnitHealth]:
        """That of each unit, by its code."""
        return {health.id: health for health in await self.find({}, sort=[("_id", 1)], limit=10_000)}

    async def arrived(self, code: str, letter: LetterSent) -> None:
        """A letter to this unit was delivered. May be told twice."""
        await self._change(code, lambda health: arrived(health, letter))

    async def refused(self, code: str, letter: LetterFailed) -> None:
        """A letter to this unit was not delivered. May be told twice."""
        await self._change(code, lambda health: refused(health, letter))

    async def begin_test(self, code: str, test: Test, *, announcing: list[Event]) -> None:
        """Keep the test, and have its letter sent."""
        health = await self.get_or_add(UnitHealth(id=code))
        await self.save(health.model_copy(update={"test": test}), announcing=announcing)

    async def _change(self, code: str, change: Callable[[UnitHealth], UnitHealth]) -> None:
        async def work() -> None:
            before = await self.get_or_add(UnitHealth(id=code))
            if (after := change(before)) != before:
                await self.save(after)

        await on_conflict(work)
