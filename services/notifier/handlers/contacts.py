"""Keeps the addresses of units."""

from services.notifier.domain.contacts import newer
from services.notifier.store import Letters, Snapshots
from shared.clock import Clock
from shared.events import CloudEvent, ContactsChanged


class ContactHandlers:
    """Keep the newest addresses. Letters that have not left go there too (``PostOffice``)."""

    def __init__(self, snapshots: Snapshots, letters: Letters, clock: Clock) -> None:
        self._snapshots, self._letters, self._now = snapshots, letters, clock

    async def on_contacts_changed(self, event: CloudEvent[ContactsChanged]) -> None:
        """Keep a newer version. The version tells whether it was handled before."""
        known = await self._snapshots.contacts()
        contacts, changed = newer(known, event.data)
        if contacts is not known:
            await self._snapshots.save(contacts)
            await self._letters.hasten(changed, self._now())
