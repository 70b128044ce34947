"""The handlers of the directory: what changed in it is told to whom it concerns."""

from collections.abc import Awaitable, Callable

from services.router.directory.domain import CONTACTS, DIRECTORY, INSTITUTION
from services.router.directory.store import Snapshots
from shared.events import CloudEvent, ContactsKnown, IntakeKnown, NotifierKnown, RepliesKnown, UnitChanged

Renew = Callable[[int], Awaitable[object]]
"""Tells a snapshot of another subject, where the listener's version, the argument, is not the newest."""


class DirectoryHandlers:
    """Have the snapshots renewed. They compare what is with what was told, so an event twice changes nothing.

    ``public_page`` and ``unit_figures`` renew those of the figures.
    """

    def __init__(
        self, snapshots: Snapshots, *, public_page: Renew | None = None, unit_figures: Renew | None = None
    ) -> None:
        self._snapshots, self._public_page, self._unit_figures = snapshots, public_page, unit_figures

    async def on_unit_changed(self, event: CloudEvent[UnitChanged]) -> None:
        """A unit has another address, name or state."""
        await self._snapshots.renew(CONTACTS)
        await self._snapshots.renew(DIRECTORY)

    async def on_contacts_known(self, event: CloudEvent[ContactsKnown]) -> None:
        """The notifier has this version of the addresses."""
        await self._snapshots.renew(CONTACTS, known=event.data.version)

    async def on_intake_known(self, event: CloudEvent[IntakeKnown]) -> None:
        """The intake has these versions."""
        await self._snapshots.renew(DIRECTORY, known=event.data.directory)
        await self._snapshots.renew(INSTITUTION, known=event.data.institution)
        if self._public_page and event.data.public_page is not None:  # an older one has no public page
            await self._public_page(event.data.public_page)

    async def on_replies_known(self, event: CloudEvent[RepliesKnown]) -> None:
        """The portal has these versions; an older one has no directory and no figures."""
        if event.data.directory is not None:
            await self._snapshots.renew(DIRECTORY, known=event.data.directory)
        await self._snapshots.renew(INSTITUTION, known=event.data.institution)
        if self._unit_figures and event.data.unit_figures is not None:
            await self._unit_figures(event.data.unit_figures)

    async def on_notifier_known(self, event: CloudEvent[NotifierKnown]) -> None:
        """The notifier has this version."""
        await self._snapshots.renew(INSTITUTION, known=event.data.institution)
