"""An institution and its units, as settings describe them and as the router tells them."""

from typing import Any

from shared.events import DirectoryChanged, InstitutionChanged, UnitName
from shared.institution import Institution
from shared.kinds import LABELS
from tests import examples as example

_ABOUT: dict[str, Any] = {
    "name": {"tr": "Kırklareli Üniversitesi", "en": "Kırklareli University"},
    "hotline": "7/24 KLU Hat",
    "url": "https://www.klu.edu.tr",
    "email": "hat@klu.example",
    "kinds": [{"id": kind, "label": dict(label)} for kind, label in LABELS.items()],
    "answer_days": 30,
    "objection_days": 30,
}
SETTINGS = Institution.model_validate(_ABOUT)
_UNITS = {unit.code: UnitName.model_validate(unit) for unit in (example.LIBRARY, example.WORKS)}


def institution(version: int, **different: Any) -> InstitutionChanged:
    """The institution as the router tells it."""
    return InstitutionChanged.model_validate({"version": version} | _ABOUT | different)


def directory(version: int, *codes: str) -> DirectoryChanged:
    """The directory with these units of the examples."""
    return DirectoryChanged(version=version, units=tuple(_UNITS[code] for code in codes))
