"""What the router tells of the institution and of its units: snapshots, of which the newest version counts."""

from services.intake.domain.public_page import PublicPage
from shared.events import DirectoryChanged, InstitutionChanged, PublicPageChanged
from shared.institution import Institution
from shared.state import Aggregate, UnitName


class Snapshot(Aggregate):
    """What was told last; ``institution`` is absent, and versions are 0, before anything was."""

    directory_version: int = 0
    units: tuple[UnitName, ...] = ()
    institution_version: int = 0
    institution: Institution | None = None
    public_page_version: int = 0
    public_page: PublicPage = PublicPage()


def with_directory(known: Snapshot, told: DirectoryChanged) -> Snapshot:
    """The newer directory; events may arrive in any order."""
    if told.version <= known.directory_version:
        return known
    units = tuple(UnitName.model_validate(unit) for unit in told.units)
    return known.model_copy(update={"directory_version": told.version, "units": units})


def with_institution(known: Snapshot, told: InstitutionChanged) -> Snapshot:
    """The newer institution; events may arrive in any order."""
    if told.version <= known.institution_version:
        return known
    institution = Institution.model_validate(told)
    return known.model_copy(update={"institution_version": told.version, "institution": institution})


def with_public_page(known: Snapshot, told: PublicPageChanged) -> Snapshot:
    """The newer public page; events may arrive in any order."""
    if told.version <= known.public_page_version:
        return known
    page = PublicPage.model_validate(told)
    return known.model_copy(update={"public_page_version": told.version, "public_page": page})
