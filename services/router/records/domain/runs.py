"""A list of the cases that are due, made for one day; and the run that destroys what stands in it. Pure.

The list is made once, in batches, and does not change: so what a dry run shows is what a run destroys. A case that is
no longer as it was when the list was made is left out, with the reason.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

from pydantic import AwareDatetime

from services.router.access import AuditAction
from services.router.records.domain.retention import Day, Rule
from shared.events import Event, RouterAudited, done_by
from shared.refused import Refused
from shared.state import Actor, Aggregate, Open, State

SYSTEM: Final = Actor(kind="system", id="retention")
BATCH: Final = 500
"""Cases of one batch, which is the most that one order takes; a case with all that are merged into it stays whole."""
NOT_LISTED = "The list is not complete yet. Please wait a moment."
BEGUN = "This list has been carried out, or is being carried out."
NOT_TODAY = "This list was made for another day. Please make one for today."
SWITCHED_OFF = "The rules are switched off. Switch them on before anything is destroyed."
RULES_CHANGED = "The rules were changed after this list was made. Please make a new one."
WRONG_NUMBER = "This is not the number of cases of the list. Please look at it again."
NOTHING_DUE = "Nothing of this list is due."
NO_LOG = "Nothing can be destroyed: the destruction log (KLU_DESTRUCTION_LOG) is not set up."
ENDED = "This run has ended already."


class Left(StrEnum):
    """Why a case of the list is not destroyed."""

    HELD = "held"
    RESTRICTED = "restricted"
    REOPENED = "reopened"
    MERGED = "merged"
    CHANGED = "changed"
    GONE = "gone"


class RunState(StrEnum):
    """How far a list is."""

    LISTING = "listing"
    LISTED = "listed"
    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"


class DueCase(State):
    """One case of a list. ``primary``: the id of the case into which it is merged, with which it goes.

    ``left``: why it is not destroyed. Of a destroyed case the reference is no longer kept.
    """

    id: str
    reference: str = ""
    kind: str
    outcome: str
    finished_at: AwareDatetime
    primary: str | None = None
    restricted: bool = False
    left: Open[Left] | None = None


class Standing(State):
    """How a case stands now, as far as retention asks. ``key``: kind and outcome (``cases.domain.finishing``);
    None for a case that is open, or merged.
    """

    id: str
    reference: str
    kind: str
    outcome: str
    finished: bool
    finished_at: AwareDatetime | None
    primary: str | None
    held: bool
    restricted: bool


class Position(State):
    """The last case of a batch: its key, when it was finished, its id. The list goes on after it."""

    key: str
    finished_at: AwareDatetime
    id: str


class Batch(Aggregate):
    """Some cases of a list, all by one rule. ``id`` is ``<run>.<number>``. First ``cases`` alone; then what is left out
    is decided (``decided_at``), and the others are ordered: ``orders`` has the numbers of the orders.
    """

    run: str
    number: int
    rule: Rule
    cases: tuple[DueCase, ...]
    last: Position
    decided_at: AwareDatetime | None = None
    ordered_at: AwareDatetime | None = None
    orders: tuple[int, ...] = ()

    @property
    def going(self) -> tuple[DueCase, ...]:
        """The cases that are to be destroyed, or were."""
        return tuple(one for one in self.cases if one.left is None)


class Tally(State):
    """How many cases a batch has, why some are left out (one reason for each of those), and whether it was ordered."""

    rule: Rule
    cases: int
    left: tuple[str, ...] = ()
    ordered: bool = False


class Run(Aggregate):
    """One list, and what became of it. ``due`` and ``left`` count cases: by rule, and by reason; ``due`` without those
    that are left out. ``destroyed`` counts by rule what was ordered.

    ``rules`` are those by which it was made, ``periodic``: the schedule made it.
    """

    day: Day
    rules: tuple[Rule, ...]
    made_at: AwareDatetime
    made_by: Actor
    periodic: bool = False
    state: Open[RunState] = RunState.LISTING
    batches: int = 0
    last: Position | None = None
    due: Mapping[str, int] = {}
    left: Mapping[str, int] = {}
    listed_at: AwareDatetime | None = None
    begun_at: AwareDatetime | None = None
    begun_by: Actor | None = None
    destroyed: Mapping[str, int] = {}
    batches_done: int = 0
    ended_at: AwareDatetime | None = None

    @property
    def total_due(self) -> int:
        """How many cases are to be destroyed; the number that is typed to confirm it."""
        return sum(self.due.values())

    @property
    def total_destroyed(self) -> int:
        """How many cases were ordered to be destroyed."""
        return sum(self.destroyed.values())


def with_batch(run: Run, batch: Batch) -> Run:
    """The run after one more batch was listed."""
    counted = {"batches": run.batches + 1, "last": batch.last}
    due = _plus(run.due, {batch.rule.code: len(batch.going)})
    return run.model_copy(update=counted | {"due": due, "left": _plus(run.left, reasons(batch.cases))})


def complete(run: Run, now: datetime) -> tuple[Run, list[Event]]:
    """The run whose list is complete. One of the schedule goes on by itself."""
    listed = run.model_copy(update={"state": RunState.LISTED, "listed_at": now})
    told = _audited(run, AuditAction.RETENTION_LISTED, run.made_by, now)
    if not run.periodic:
        return listed, told
    begun = {"state": RunState.RUNNING, "begun_at": now, "begun_by": run.made_by}
    return listed.model_copy(update=begun), [*told, *_audited(run, AuditAction.RETENTION_RUN_BEGUN, run.made_by, now)]


def begin(
    run: Run, number: int, *, active: bool, rules: Sequence[Rule], by: Actor, now: datetime, today: date
) -> tuple[Run, list[Event]]:
    """Destroy what stands in the list. ``number`` is what the person typed: how many cases that are. Raises Refused.

    ``active`` and ``rules``: the rules as they are now.
    """
    refused = {
        NOT_LISTED: run.state == RunState.LISTING,
        BEGUN: run.state not in (RunState.LISTING, RunState.LISTED),
        SWITCHED_OFF: not active,
        NOT_TODAY: run.day > today,
        RULES_CHANGED: tuple(rules) != run.rules,
        NOTHING_DUE: not run.total_due,
        WRONG_NUMBER: number != run.total_due,
    }
    for reason, applies in refused.items():
        if applies:
            raise Refused(reason)
    begun = run.model_copy(update={"state": RunState.RUNNING, "begun_at": now, "begun_by": by})
    return begun, _audited(run, AuditAction.RETENTION_RUN_BEGUN, by, now)


def stop(run: Run, *, by: Actor, now: datetime) -> tuple[Run, list[Event]]:
    """Order nothing more of this list. What was ordered is destroyed all the same. Raises Refused."""
    if run.state in (RunState.STOPPED, RunState.DONE):
        raise Refused(ENDED)
    stopped = run.model_copy(update={"state": RunState.STOPPED, "ended_at": now})
    return stopped, _audited(run, AuditAction.RETENTION_RUN_STOPPED, by, now)


def counted(run: Run, tallies: Iterable[Tally]) -> Run:
    """The run with what was ordered and left out so far, counted anew: so that no crash makes it wrong."""
    destroyed, left, done = dict[str, int](), dict[str, int](), 0
    for tally in tallies:
        left = _plus(left, Counter(tally.left))
        if tally.ordered:
            done, destroyed = done + 1, _plus(destroyed, {tally.rule.code: tally.cases - len(tally.left)})
    return run.model_copy(update={"destroyed": destroyed, "left": left, "batches_done": done})


def finish(run: Run, tallies: Iterable[Tally], now: datetime) -> tuple[Run, list[Event]]:
    """The run after its last batch was ordered."""
    done = counted(run, tallies).model_copy(update={"state": RunState.DONE, "ended_at": now})
    return done, _audited(run, AuditAction.RETENTION_RUN_DONE, run.begun_by or run.made_by, now)


def listed(standing: Standing, primary: Standing | None = None) -> DueCase:
    """The line of a case in the list; of a merged one with the kind and outcome of its primary."""
    of = primary or standing
    assert of.finished_at
    return DueCase(
        id=standing.id,
        reference=standing.reference,
        kind=of.kind,
        outcome=of.outcome,
        finished_at=of.finished_at,
        primary=primary.id if primary else None,
        restricted=standing.restricted,
    )


def with_left(cases: Sequence[DueCase], now: Mapping[str, Standing]) -> tuple[DueCase, ...]:
    """The lines with what is left out of them. ``now``: how these cases stand, and all that are merged into them.

    A case goes with all that are merged into it, or none of them goes.
    """
    groups: dict[str, list[DueCase]] = {}
    for one in cases:
        groups.setdefault(one.primary or one.id, []).append(one)
    merged: dict[str, set[str]] = {}
    for standing in now.values():
        merged.setdefault(standing.primary or standing.id, set()).add(standing.id)
    why = {of: _why_of_group(of, group, merged.get(of, set()), now) for of, group in groups.items()}
    return tuple(one.model_copy(update={"left": why[one.primary or one.id]}) for one in cases)


def reasons(cases: Iterable[DueCase]) -> dict[str, int]:
    """How many are left out, by reason."""
    found: dict[str, int] = {}
    for one in cases:
        if one.left:
            found[str(one.left)] = found.get(str(one.left), 0) + 1
    return found


def forgotten(batch: Batch, orders: Sequence[int], now: datetime) -> Batch:
    """The batch after its cases were ordered: their references are not kept."""
    cases = tuple(one if one.left else one.model_copy(update={"reference": ""}) for one in batch.cases)
    return batch.model_copy(update={"cases": cases, "orders": tuple(orders), "ordered_at": now})


def _why_of_group(of: str, group: Sequence[DueCase], members: set[str], now: Mapping[str, Standing]) -> Left | None:
    if members - {one.id for one in group}:
        return Left.MERGED
    found = [_why(one, of, now.get(one.id)) for one in group]
    return next((why for why in found if why), None)


def _why(one: DueCase, of: str, standing: Standing | None) -> Left | None:
    if standing is None:
        return Left.GONE
    reasons = {
        Left.HELD: standing.held,
        Left.REOPENED: not standing.finished,
        Left.RESTRICTED: standing.restricted != one.restricted,
        Left.MERGED: standing.primary != one.primary,
        Left.CHANGED: one.id == of
        and (standing.kind, standing.outcome, standing.finished_at) != (one.kind, one.outcome, one.finished_at),
    }
    return next((why for why, applies in reasons.items() if applies), None)


def _plus(before: Mapping[str, int], more: Mapping[str, int]) -> dict[str, int]:
    found = dict(before)
    for name, number in more.items():
        found[name] = found.get(name, 0) + number
    return {name: number for name, number in found.items() if number}


def _audited(run: Run, action: AuditAction, by: Actor, now: datetime) -> list[Event]:
    record = RouterAudited(action=action, object_kind="retention_run", object_id=run.id, at=now, count=run.total_due)
    return done_by(by, record)
