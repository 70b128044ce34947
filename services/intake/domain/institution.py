"""What the router tells of the institution and of its units: snapshots, of which the newest version counts."""

from shared.events import DirectoryChanged, InstitutionChanged
from shared.state import Aggregate, State, UnitName


class KindOption(State):
    """A kind of message, with its label in each language that the institution writes."""

    id: str
    label: dict[str, str]
    reply_expected: bool = True


class Institution(State):
    """Who answers, about what, and how soon. ``name`` is by language; fields are as in ``InstitutionChanged``."""

    name: dict[str, str]
    hotline: str
    url: str
    email: str
    phone: str = ""
    kinds: tuple[KindOption, ...]
    answer_days: int
    usual_days: int | None = None
    objection_days: int

    def offers(self, kind: str) -> bool:
        """Whether a new message may be of this kind."""
        return any(option.id == kind for option in self.kinds)


class Snapshot(Aggregate):
    """What was told last; ``institution`` is absent, and versions are 0, before anything was."""

    directory_version: int = 0
    units: tuple[UnitName, ...] = ()
    institution_version: int = 0
    institution: Institution | None = None


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
