"""What the institution says about itself on the desk. A field that is None is as the environment says."""

import re
from collections.abc import Container, Iterable, Mapping
from datetime import datetime
from itertools import count
from unicodedata import normalize

from services.router.access import AuditAction
from services.router.history import WithHistory, changed_fields, with_change
from shared.events import Event, RouterAudited, done_by
from shared.institution import Institution, KindOption
from shared.kinds import LABELS, WITHOUT_DUTY
from shared.refused import Refused
from shared.state import Actor, State

INSTITUTION = "institution"
LARGEST_LOGO = 64 * 1024
MOST_KINDS = 30
UNREADABLE = frozenset({"logo"})
"""Fields whose values nobody reads in a history."""
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
    kind_checklists: Mapping[str, tuple[str, ...]] | None = None
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

    def checklist(self, kind_id: str, usual: tuple[str, ...]) -> tuple[str, ...]:
        """What is looked at before an answer goes out: the points for all kinds, ``usual`` without any, and the kind's.

        ``usual`` is as the environment says.
        """
        own = (self.kind_checklists or {}).get(kind_id, ())
        return (*(self.review_checklist if self.review_checklist is not None else usual), *own)

    def wants_four_eyes(self, *, usual: bool) -> bool:
        """Whether an answer needs a colleague's approval; ``usual`` is as the environment says."""
        return usual if self.four_eyes is None else self.four_eyes

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


def changed(
    before: InstitutionSettings,
    after: InstitutionSettings,
    *,
    by: Actor,
    at: datetime,
    action: AuditAction = AuditAction.INSTITUTION_CHANGED,
    about: str = INSTITUTION,
) -> tuple[InstitutionSettings, list[Event]]:
    """``after`` with the change in its history, and the audit record; none when nothing differs."""
    fields = changed_fields(before, after)
    if not fields:
        return before, []
    record = RouterAudited(action=action, object_kind="institution", object_id=about, fields=fields, at=at)
    return with_change(before, after, by=by, at=at, secret=UNREADABLE), list(done_by(by, record))


def with_kind(settings: InstitutionSettings, kind: KindSettings) -> InstitutionSettings:
    """The settings with this kind, in its place or at the end. Raises Refused for too many."""
    known = {one.id: one for one in settings.all_kinds} | {kind.id: kind}
    if len(known) > MOST_KINDS:
        raise Refused("There are too many kinds of messages.")
    if not any(one.active for one in known.values()):
        raise Refused("The form needs at least one kind of message.")
    return _in_order(settings, known.values())


def code_for(name: str, taken: Container[str]) -> str:
    """A code for a new kind, made from its name, that no other kind has."""
    letters = normalize("NFKD", name.replace("ı", "i").lower()).encode("ascii", "ignore").decode()
    code = re.sub(r"[^a-z0-9]+", "_", letters).strip("_")[:36]
    if not re.match("[a-z].", code):
        code = f"kind_{code}".rstrip("_")
    return next(one for number in count(1) if (one := code if number == 1 else f"{code}_{number}") not in taken)


def moved_up(settings: InstitutionSettings, kind_id: str) -> InstitutionSettings:
    """The settings with this kind one place further up; the first one stays."""
    kinds = list(settings.all_kinds)
    place = next((number for number, kind in enumerate(kinds) if kind.id == kind_id), 0)
    if place:
        kinds[place - 1], kinds[place] = kinds[place], kinds[place - 1]
    return _in_order(settings, kinds)


def _in_order(settings: InstitutionSettings, kinds: Iterable[KindSettings]) -> InstitutionSettings:
    """The settings with these kinds; as they are when that is what they say already."""
    wanted = tuple(kinds)
    return settings if wanted == settings.all_kinds else settings.model_copy(update={"kinds": wanted})


SAID = (
    *("name", "short_name", "hotline", "url", "email", "phone", "primary_color", "accent_color"),
    *("logo", "logo_type", "notice", "notice_url", "answer_days", "quiet_from", "quiet_until"),
)
"""What the desk may say in place of the environment, by its field."""


def institution_of(settings: InstitutionSettings, environment: Institution, *, every_kind: bool = False) -> Institution:
    """The institution as everybody shows it: what the desk has stored over what the environment says.

    Its kinds are those that are offered; with ``every_kind`` also the others, which cases have.
    """
    said = {field: value for field in SAID if (value := getattr(settings, field)) is not None}
    kinds = tuple(
        KindOption(
            id=kind.id, label=dict(kind.label), reply_expected=kind.reply_expected, answer_days=_calendar_days(kind)
        )
        for kind in (settings.all_kinds if every_kind else offered(settings.all_kinds))
    )
    return environment.model_copy(update={**said, "kinds": kinds})


def _calendar_days(kind: KindSettings) -> int | None:
    return kind.answer_days if kind.answer_counts == CALENDAR else None
