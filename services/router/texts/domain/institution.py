"""What the institution says about itself on the desk. A field that is None is as the environment says."""

from collections.abc import Iterable, Mapping

from services.router.history import WithHistory
from shared.kinds import LABELS, WITHOUT_DUTY
from shared.state import State

INSTITUTION = "institution"
WORKING, CALENDAR = "working", "calendar"


class KindSettings(State):
    """A kind of message: its label by language, and whether a unit owes a reply to it.

    ``unit_days`` and ``answer_days`` are the terms of its two clocks, in days of which ``unit_counts`` and
    ``answer_counts`` say whether they are working or calendar days; None is the institution's usual term.
    """

    id: str
    label: Mapping[str, str]
    reply_expected: bool = True
    active: bool = True
    unit_days: int | None = None
    unit_counts: str = WORKING
    answer_days: int | None = None
    answer_counts: str = CALENDAR


class InstitutionSettings(WithHistory):
    """The settings that the desk keeps, in one document."""

    name: Mapping[str, str] | None = None
    short_name: str | None = None
    hotline: str | None = None
    url: str | None = None
    email: str | None = None
    phone: str | None = None
    primary_color: str | None = None
    accent_color: str | None = None
    logo: str | None = None
    logo_type: str | None = None
    notice: Mapping[str, str] | None = None
    notice_url: str | None = None
    kinds: tuple[KindSettings, ...] | None = None
    unit_days: int | None = None
    revision_days: int | None = None
    answer_days: int | None = None
    review_checklist: tuple[str, ...] | None = None
    four_eyes: bool | None = None
    remind_before_days: int | None = None
    remind_again_days: int | None = None
    untaken_days: int | None = None
    quiet_from: int | None = None
    quiet_until: int | None = None
    digest_hour: int | None = None

    @property
    def all_kinds(self) -> tuple[KindSettings, ...]:
        """The kinds in the order of the form, those that are not offered any more included."""
        return self.kinds if self.kinds is not None else usual_kinds()

    def kind(self, kind_id: str) -> KindSettings | None:
        """The settings of a kind; None for one that is not known."""
        return next((kind for kind in self.all_kinds if kind.id == kind_id), None)


def usual_kinds() -> tuple[KindSettings, ...]:
    """The kinds of the procedure (5.2), before the desk changes them."""
    return tuple(
        KindSettings(id=kind, label=dict(labels), reply_expected=kind not in WITHOUT_DUTY)
        for kind, labels in LABELS.items()
    )


def offered(kinds: Iterable[KindSettings]) -> tuple[KindSettings, ...]:
    """The kinds that a new message may have."""
    return tuple(kind for kind in kinds if kind.active)
