"""The collections of the directory."""

from services.router.directory.store.snapshots import Snapshots
from services.router.directory.store.units import Units

__all__ = ["Snapshots", "Units"]
