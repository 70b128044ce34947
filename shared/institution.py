"""The institution as every service shows it: the settings of the environment, and over them what the router tells.

The router tells it whole (``InstitutionChanged``); the newest version counts. Pure.
"""

import base64
from collections.abc import Mapping

from shared.config import WebSettings
from shared.events import InstitutionChanged, Language
from shared.kinds import LABELS, WITHOUT_DUTY, label
from shared.state import Aggregate, State

OF_SETTINGS = ("short_name", "primary_color", "accent_color", "logo", "logo_type")
"""What the settings say as long as the institution says nothing else."""
_TYPES: Mapping[str, str] = {".svg": "image/svg+xml", ".png": "image/png"}


class KindOption(State):
    """A kind of message: its label by language, whether a unit owes a reply, and its own days for an answer, if any."""

    id: str
    label: dict[str, str]
    reply_expected: bool = True
    answer_days: int | None = None


class LetterWording(State):
    """The institution's own words for a letter in one language; ``version`` counts their changes."""

    template: str
    language: str
    version: int
    subject: str = ""
    text: str = ""


class Institution(State):
    """Fields are as in ``InstitutionChanged``."""

    name: dict[str, str]
    hotline: str
    url: str
    email: str
    phone: str = ""
    kinds: tuple[KindOption, ...]
    answer_days: int
    usual_days: int | None = None
    objection_days: int
    short_name: str = ""
    primary_color: str | None = None
    accent_color: str | None = None
    logo: str = ""
    logo_type: str = ""
    notice: Mapping[str, str] = {}
    notice_url: str = ""
    wordings: tuple[LetterWording, ...] = ()
    quiet_from: int | None = None
    quiet_until: int | None = None

    def offers(self, kind: str) -> bool:
        """Whether a new message may be of this kind."""
        return any(option.id == kind for option in self.kinds)

    def expects_reply(self, kind: str) -> bool:
        """Whether a unit owes a reply to a message of this kind."""
        return next((option.reply_expected for option in self.kinds if option.id == kind), kind not in WITHOUT_DUTY)

    def label(self, kind: str, language: Language) -> str:
        """What a kind is called in a language; one that the institution no longer has keeps its usual label."""
        labels = next((option.label for option in self.kinds if option.id == kind), {})
        return labels.get(language) or label(kind, language)

    def over(self, settings: "Institution") -> "Institution":
        """This institution; where it says nothing, as ``settings`` have it."""
        return self.model_copy(
            update={field: getattr(settings, field) for field in OF_SETTINGS if not self._has(field)}
        )

    def _has(self, field: str) -> bool:
        return bool(self.logo if field == "logo_type" else getattr(self, field))


class Told(Aggregate):
    """What the router told last; nothing, in version 0, before it told anything."""

    version: int = 0
    institution: Institution | None = None


def newer(known: Told, told: InstitutionChanged) -> Told:
    """The newer institution; events may arrive in any order."""
    if told.version <= known.version:
        return known
    return known.model_copy(update={"version": told.version, "institution": Institution.model_validate(told)})


def of_settings(settings: WebSettings) -> Institution:
    """The institution as the environment describes it."""
    logo = settings.institution_logo
    return Institution(
        name={"tr": settings.institution_name, "en": settings.institution_name_en},
        short_name=settings.institution_short_name,
        hotline=settings.hotline_name,
        url=settings.institution_url,
        email=settings.institution_email,
        phone=settings.institution_phone,
        kinds=tuple(
            KindOption(id=kind, label=dict(labels), reply_expected=kind not in WITHOUT_DUTY)
            for kind, labels in LABELS.items()
        ),
        answer_days=settings.answer_days,
        usual_days=settings.usual_days,
        objection_days=settings.objection_days,
        primary_color=settings.color_primary,
        accent_color=settings.color_accent,
        logo=base64.b64encode(logo.read_bytes()).decode() if logo else "",
        logo_type=_TYPES.get(logo.suffix.lower(), "image/png") if logo else "",
    )
