"""What every public page shows of the institution, and the choices that it offers."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Request

from services.intake.config import Settings
from services.intake.store import Snapshots
from shared.alphabet import alphabetical
from shared.institution import Institution
from shared.kinds import Kind
from shared.web.i18n import Locale
from shared.web.institution import in_language
from shared.web.pages import web
from shared.web.provided import provided

ABOUT = {
    Kind.COMPLAINT: "Something does not work, or was not done right.",
    Kind.SUGGESTION: "You know how something could be better.",
    Kind.COMPLIMENT: "You want to thank a person or a unit.",
    Kind.REQUEST: "You need a service, a document or information.",
    Kind.OTHER: "Anything that fits none of these.",
}
"""One line (a msgid) about each kind; none about a kind that the institution added."""


@dataclass(frozen=True)
class Offer:
    """What the form offers, in the language of the request.

    ``kinds``: id, label, a line about it. ``units`` by the alphabet: code, name, and the language of the name where it
    is not the page's. ``notice``: the privacy notice, empty where there is only a page with it. ``asks_proof``: a proof
    of work is asked for.
    """

    locale: Locale
    institution: Institution
    kinds: list[tuple[str, str, str]]
    units: list[tuple[str, str, str]]
    privacy_url: str
    notice: str
    asks_proof: bool


async def offer(
    request: Request,
    snapshots: Annotated[Snapshots, provided(Snapshots)],
    settings: Annotated[Settings, provided(Settings)],
) -> Offer:
    """A dependency: the choices of the form."""
    locale = web(request).locale(request)
    return Offer(
        locale,
        snapshots.institution,
        _kinds(snapshots, locale),
        _units(snapshots, locale),
        snapshots.institution.notice_url or settings.privacy_url,
        in_language(locale, snapshots.institution.notice),
        asks_proof=settings.proof_cost > 0,
    )


def _kinds(snapshots: Snapshots, locale: Locale) -> list[tuple[str, str, str]]:
    offered = snapshots.institution.kinds
    about = {kind.id: locale.gettext(ABOUT[Kind(kind.id)]) for kind in offered if kind.id in ABOUT}
    return [(kind.id, in_language(locale, kind.label) or kind.id, about.get(kind.id, "")) for kind in offered]


def _units(snapshots: Snapshots, locale: Locale) -> list[tuple[str, str, str]]:
    named = [(unit.code, *locale.of({"tr": unit.name_tr, "en": unit.name_en})) for unit in snapshots.units]
    return [
        (code, name, "" if language == locale.language else language)
        for code, name, language in sorted(named, key=lambda one: alphabetical(one[1], one[2]))
    ]
