"""What every public page shows of the institution, and the choices that it offers."""

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Request
from markupsafe import Markup

from services.intake.config import Settings
from services.intake.domain.institution import Institution
from services.intake.store import Snapshots
from shared.alphabet import alphabetical
from shared.kinds import Kind
from shared.web.i18n import Locale
from shared.web.pages import Head, institution_head, web
from shared.web.provided import provided

ABOUT = {
    Kind.COMPLAINT: "Something does not work, or was not done right.",
    Kind.SUGGESTION: "You know how something could be better.",
    Kind.COMPLIMENT: "You want to thank a person or a unit.",
    Kind.REQUEST: "You need a service, a document or information.",
    Kind.OTHER: "Anything that fits none of these.",
}
"""One line (a msgid) about each kind; none about a kind that the institution added."""


def head_of(snapshots: Snapshots, settings: Settings) -> Head:
    """The values for the frame of each page (``mount_web``): what the router told last, else the settings."""

    def head(request: Request, locale: Locale) -> dict[str, Any]:
        told = snapshots.institution
        known = {field: getattr(told, field) for field in ("name", "hotline", "url", "email", "phone")}
        return {
            "institution": institution_head(settings, locale, **known),
            "kind_labels": {kind.id: in_language(locale, kind.label) or kind.id for kind in told.kinds},
        }

    return head


def in_language(locale: Locale, texts: dict[str, str]) -> str:
    """A text for this page; in another language than the page's, it says in which."""
    text, language = locale.of(texts)
    return text if language == locale.language else Markup('<span lang="{}">{}</span>').format(language, text)


@dataclass(frozen=True)
class Offer:
    """What the form offers, in the language of the request.

    ``kinds``: id, label, a line about it. ``units`` by the alphabet: code, name, and the language of the name where it
    is not the page's. ``asks_proof``: a proof of work is asked for.
    """

    locale: Locale
    institution: Institution
    kinds: list[tuple[str, str, str]]
    units: list[tuple[str, str, str]]
    privacy_url: str
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
        settings.privacy_url,
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
