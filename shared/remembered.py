"""A collection of one document, which each process remembers: whoever needs it reads no database."""

from collections.abc import Sequence
from typing import Any, TypeVar

from shared.documents import Database, Documents
from shared.events import CloudEvent, Event
from shared.state import Aggregate

A = TypeVar("A", bound=Aggregate)


class Remembered(Documents[A]):
    """``current`` is the newest that this process knows; ``empty``, before anybody has stored one."""

    def __init__(self, database: Database, collection: str, model: type[A], empty: A) -> None:
        super().__init__(database, collection, model)
        self.current = self._empty = empty

    async def stored(self) -> A:
        """The document; added if there is none."""
        return await self.get_or_add(self._empty)

    async def save(
        self,
        aggregate: A,
        *,
        announcing: Event | Sequence[Event] = (),
        handling: CloudEvent[Any] | None = None,
    ) -> A:
        """Store it changed; this process follows at once. Raises Conflict."""
        self.current = await super().save(aggregate, announcing=announcing, handling=handling)
        return self.current

    async def refresh(self) -> bool:
        """Remember what another process has stored since. Returns False: no more to do at once."""
        self.current = await self.changed_since(self.current) or self.current
        return False
