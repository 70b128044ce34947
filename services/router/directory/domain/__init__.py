"""What the directory knows: units, their contacts, their health, and what other services are told of them."""

from services.router.directory.domain.snapshots import (
    CONTACTS,
    DIRECTORY,
    INSTITUTION,
    SNAPSHOTS,
    Contact,
    Contacts,
    Directory,
    Institution,
    Snapshot,
    contacts_of,
    directory_of,
    institution_told,
    renewed,
)
from services.router.directory.domain.units import Deputy, Unit, UnitEntry

__all__ = [
    "CONTACTS",
    "DIRECTORY",
    "INSTITUTION",
    "SNAPSHOTS",
    "Contact",
    "Contacts",
    "Deputy",
    "Directory",
    "Institution",
    "Snapshot",
    "Unit",
    "UnitEntry",
    "contacts_of",
    "directory_of",
    "institution_told",
    "renewed",
]
