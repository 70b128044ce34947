"""What the router tells of the institution and of its units: snapshots, of which the newest version counts."""

from collections.abc import Mapping

from shared.events import DirectoryChanged, InstitutionChanged
from shared.state import Aggregate, State, UnitName

EMPTY: Mapping[str, str] = {}


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

    def label_of(self, kind: str) -> Mapping[str, str]:
        """The labels of a kind by language; none of a kind that the institution no longer offers."""
        return next((option.label for option in self.kinds if option.id == kind), EMPTY)

    def offers(self, kind: str) -> bool:
        """Whether a new message may be of this kind."""
        return any(option.id == kind for option in self.kinds)


class Snapshot(Aggregate):
    """What was told last; ``institution`` is absent, and versions are 0, before anything was."""

    directory_version: int = 0
    units: tuple[UnitName, ...] = ()
    institution_version: int = 0
    institution: Institution | None = None

    def unit(self, code: str | None) -> UnitName | None:
        """The unit with this code, if it is in the directory."""
        return next((unit for unit in self.units if unit.code == code), None)


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
