"""One act on many cases, and its undo. The act is stored before the first case changes, so that it is always ended.

Each case is an update of its own: one that has changed meanwhile is left out.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from typing import Any

from pydantic import AwareDatetime, Field

from services.router.access import Officer
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.holds import CLOSURE, TAKEN_BACK
from services.router.cases.domain.reading import distrust, trust
from services.router.cases.domain.release import hold, take_back
from services.router.cases.domain.states import Priority
from services.router.cases.domain.work import assign, set_priority
from shared.refused import Refused
from shared.state import Actor, Aggregate, Open, State


class What(StrEnum):
    """What can be done with many cases."""

    ASSIGN = "assign"
    PRIORITY = "priority"
    CLOSE = "close"
    SPAM = "spam"
    WANTED = "wanted"


CHANGES = {
    What.ASSIGN: ("officer",),
    What.PRIORITY: ("priority",),
    What.CLOSE: ("release",),
    What.SPAM: ("doubts", "trusted_at"),
    What.WANTED: ("doubts", "trusted_at"),
}
"""The fields of a case that an act changes, and its undo restores."""


class Outcome(StrEnum):
    """What became of one case."""

    DONE = "done"
    UNCHANGED = "unchanged"
    CHANGED_MEANWHILE = "changed_meanwhile"
    REFUSED = "refused"
    GONE = "gone"


class BulkItem(State):
    """One case: the revision that the officer saw, the values before and after the act, what became of it and why.

    ``undone``: what became of it at the undo.
    """

    id: str
    reference: str = ""
    revision: int
    before: dict[str, Any] = Field(default_factory=dict)
    after: dict[str, Any] = Field(default_factory=dict)
    outcome: Open[Outcome] | None = None
    because: str = ""
    undone: Open[Outcome] | None = None


class Bulk(Aggregate):
    """One act. ``values`` has its parameters: ``officer`` and ``name``, ``priority``, or ``reason``, ``explanations``
    (by language) and ``told_units``. ``came_from``: the address of the list. ``undo_seconds``: of a closing.
    """

    what: Open[What]
    values: dict[str, Any]
    by: str
    actor: Actor
    role: str
    at: AwareDatetime
    came_from: str = ""
    undo_seconds: float = 60.0
    items: tuple[BulkItem, ...] = ()
    done_at: AwareDatetime | None = None
    undo_at: AwareDatetime | None = None
    undone_at: AwareDatetime | None = None

    @property
    def officer(self) -> Officer:
        """Who acts."""
        return Officer(self.actor.id, self.by, self.role)

    def of(self, outcome: Outcome) -> tuple[BulkItem, ...]:
        """The cases of which this became."""
        return tuple(item for item in self.items if item.outcome == outcome)


def plan(
    bulk_id: str, what: What, values: Mapping[str, Any], revisions: Mapping[str, int], by: Officer, now: datetime
) -> Bulk:
    """An act on these cases (id and revision as the officer saw it) that has not begun."""
    items = tuple(BulkItem(id=case_id, revision=revision) for case_id, revision in revisions.items())
    at = now.replace(microsecond=now.microsecond // 1000 * 1000)  # as MongoDB stores it, so that it is found again
    return Bulk(
        id=bulk_id, what=what, values=dict(values), by=by.name, actor=by.actor, role=by.role, at=at, items=items
    )


def remember(bulk: Bulk, item: BulkItem, case: Case) -> BulkItem:
    """The item with the values before and after the act. Nothing has changed yet."""
    named = item.model_copy(update={"reference": case.reference, "before": _values(bulk, case)})
    try:
        unchanged_since(case, item.revision)
        return named.model_copy(update={"after": _values(bulk, _acted(bulk, case))})
    except Refused as refused:
        return named.model_copy(update=_refusal(case, item, refused))


def act(bulk: Bulk, item: BulkItem, case: Case) -> tuple[Case | None, BulkItem]:
    """The case to be saved, if it changes, and what becomes of it. Run again, it finds that it was done."""
    if _values(bulk, case) == item.after and item.after != item.before:
        return None, item.model_copy(update={"outcome": Outcome.DONE})
    if item.after == item.before:
        return None, item.model_copy(update={"outcome": Outcome.UNCHANGED})
    if _values(bulk, case) != item.before:
        return None, item.model_copy(update={"outcome": Outcome.CHANGED_MEANWHILE})
    try:
        unchanged_since(case, item.revision)
        return _acted(bulk, case), item.model_copy(update={"outcome": Outcome.DONE})
    except Refused as refused:
        return None, item.model_copy(update=_refusal(case, item, refused))


def undo(bulk: Bulk, item: BulkItem, case: Case, now: datetime) -> tuple[Case | None, BulkItem]:
    """The case with the values before the act, unless they, or all of it, have changed since.

    A closing is taken back as one of a single case is: its text is the draft of the next one.
    """
    values = _values(bulk, case)
    if bulk.what is What.CLOSE and _without_end(case) == item.after:
        return None, item.model_copy(update={"undone": Outcome.DONE})
    if case.finished or values not in (item.before, item.after):
        return None, item.model_copy(update={"undone": Outcome.CHANGED_MEANWHILE})
    done = item.model_copy(update={"undone": Outcome.DONE})
    if values == item.before:
        return None, done
    if bulk.what is What.CLOSE:
        return take_back(case, bulk.officer, now), done
    restored = type(case).model_validate(case.model_dump() | item.before)
    if case.restriction and restored.officer and restored.officer not in case.restriction.to:
        return None, item.model_copy(update={"undone": Outcome.CHANGED_MEANWHILE})
    before = {name: getattr(restored, name) for name in CHANGES[What(bulk.what)]}
    return with_timeline(case, entry_by(bulk.officer, _taken_back(bulk, item), now), **before), done


def _acted(bulk: Bulk, case: Case) -> Case:
    return ACTS[What(bulk.what)](bulk, case)


def _closing(bulk: Bulk, case: Case) -> Case:
    said = bulk.values["explanations"]
    explanation = said.get(case.language) or said["tr"]
    payload = {"reason": bulk.values["reason"], "explanation": explanation, "told_units": bulk.values["told_units"]}
    return hold(case, CLOSURE, payload, bulk.at + timedelta(seconds=bulk.undo_seconds), bulk.officer)


ACTS: Mapping[What, Callable[[Bulk, Case], Case]] = {
    What.ASSIGN: lambda b, case: assign(case, b.values["officer"] or None, b.values["name"], b.officer, b.at),
    What.PRIORITY: lambda b, case: set_priority(case, Priority(b.values["priority"]), b.officer, b.at),
    What.CLOSE: _closing,
    What.SPAM: lambda b, case: distrust(case, by=b.officer, now=b.at),
    What.WANTED: lambda b, case: trust(case, by=b.officer, now=b.at),
}


def _taken_back(bulk: Bulk, item: BulkItem) -> str:
    """What the timeline says about the undo."""
    return {
        What.ASSIGN: "assigned" if item.before.get("officer") else "unclaimed",
        What.PRIORITY: "prioritised",
        What.SPAM: "trusted",
    }.get(What(bulk.what), "distrusted")


def _values(bulk: Bulk, case: Case) -> dict[str, Any]:
    """The values of the fields; not the revision of a closing, which says nothing about what was done."""
    return case.model_dump(include=set(CHANGES[What(bulk.what)]), exclude={"release": {"revision"}}, mode="json")


def _without_end(case: Case) -> dict[str, Any] | None:
    """The values of a closing that was taken back, as they were before that; None when none was."""
    if case.release is None or case.release.ended != TAKEN_BACK:
        return None
    open_again = {"ended": None, "ended_at": None}
    return {"release": case.release.model_copy(update=open_again).model_dump(exclude={"revision"}, mode="json")}


def _refusal(case: Case, item: BulkItem, refused: Refused) -> dict[str, Any]:
    try:
        unchanged_since(case, item.revision)
    except Refused:
        return {"outcome": Outcome.CHANGED_MEANWHILE}
    return {"outcome": Outcome.REFUSED, "because": str(refused)}


def seconds_left(bulk: Bulk, now: datetime) -> int | None:
    """For how long closings can still be taken back; None for another act."""
    if bulk.what is not What.CLOSE:
        return None
    return max(0, ceil((bulk.at + timedelta(seconds=bulk.undo_seconds) - now).total_seconds()))


def left_out(items: Iterable[BulkItem]) -> list[BulkItem]:
    """Those that can be named: a case that is gone, or may not be read, is not."""
    return [item for item in items if item.outcome in (Outcome.CHANGED_MEANWHILE, Outcome.REFUSED)]
