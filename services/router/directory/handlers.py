"""The handlers of the directory: what changed in it is told to whom it concerns."""

from services.router.directory.store import Snapshots
from shared.events import CloudEvent, ContactsKnown, UnitChanged


class DirectoryHandlers:
    """Have the snapshots renewed. They compare what is with what was told, so an event twice changes nothing."""

    def __init__(self, snapshots: Snapshots) -> None:
        self._snapshots = snapshots

    async def on_unit_changed(self, event: CloudEvent[UnitChanged]) -> None:
        """A unit has another address."""
        await self._snapshots.renew()

    async def on_contacts_known(self, event: CloudEvent[ContactsKnown]) -> None:
        """The notifier has this version of the addresses."""
        await self._snapshots.renew(known=event.data.version)
