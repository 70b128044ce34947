"""Keeps what the desk says about the institution: letters show it."""

from shared.events import CloudEvent, InstitutionChanged
from shared.institution_snapshots import InstitutionSnapshots


class InstitutionHandlers:
    """Keep what the desk says about the institution."""

    def __init__(self, snapshots: InstitutionSnapshots) -> None:
        self.snapshots = snapshots

    async def on_institution_changed(self, event: CloudEvent[InstitutionChanged]) -> None:
        """Keep a newer version."""
        await self.snapshots.keep(event.data)
