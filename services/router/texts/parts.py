"""The parts of texts: what the institution says of itself, its wordings and templates."""

from dataclasses import dataclass
from typing import Protocol

from services.router.parts import Common, Parts
from services.router.texts.domain.institution import institution_of
from services.router.texts.store import InstitutionStore, Templates, Wordings
from shared.institution import Institution, of_settings


class CurrentInstitution(Protocol):
    """The institution as this process knows it when it is called."""

    def __call__(self, *, every_kind: bool = False) -> Institution:
        """``every_kind``: also those that nobody can choose any more."""


@dataclass(frozen=True, kw_only=True)
class TextsParts(Parts):
    """The stores of texts, and the institution."""

    institutions: InstitutionStore
    wordings: Wordings
    institution: CurrentInstitution


def texts_parts(common: Common) -> TextsParts:
    """Make them."""
    institutions, environment = InstitutionStore(common.database), of_settings(common.settings)
    wordings = Wordings(common.database, institutions.saved)

    def institution(*, every_kind: bool = False) -> Institution:
        known = institution_of(institutions.current, environment, every_kind=every_kind)
        return known.model_copy(update={"wordings": wordings.current})

    return TextsParts(
        institutions=institutions,
        wordings=wordings,
        institution=institution,
        provided=[institutions, wordings, Templates(common.database)],
    )
