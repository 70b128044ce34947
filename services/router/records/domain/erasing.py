"""What stays of a case: of an anonymised one, what statistics need; without the names of people of units, the rest."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Answer, Assignment, Rating, Reply, TimelineEntry
from shared.state import Actor, Person, UnitRef

KEPT = (
    *("id", "revision", "reference", "kind", "submitted_at", "language", "state", "priority", "channel"),
    *("closure_reason", "given_kind", "answer_due_at", "answer_clock"),
)
KEPT_OF_ENTRIES = ("at", "what", "unit", "revision", "due_before", "due_at", "number")
KEPT_OF_ASSIGNMENTS = ("id", "state", "reply_expected", "due_at", "requested_at", "viewed_at", "read_at", "clock")

NAMING = ("handed_on", "holding_ended")
"""Entries whose text is the name of a colleague in the unit."""


def anonymised(case: Case, now: datetime) -> Case:
    """The case as number, kind, units, dates, states, closing reason and score; nothing that anybody wrote, tags
    included.

    Who may read a restricted case, and with which one it was merged, stays: lists depend on it.
    """
    restriction = case.restriction and case.restriction.model_copy(update={"actor": None})
    merge = case.merge and case.merge.model_copy(update={"by": "", "actor": None})
    objection = case.objection and case.objection.model_copy(update={"reason": "", "explanation": "", "files": ()})
    return Case(
        **{name: getattr(case, name) for name in KEPT},
        subject=case.reference,  # lists and headings have something to show
        text="",
        submitter=Person(),
        hide_identity=False,
        assignments=tuple(map(_assignment, case.assignments)),
        timeline=tuple(TimelineEntry(**_only(entry, KEPT_OF_ENTRIES)) for entry in case.timeline),
        answer=_answer(case.answer),
        earlier_answers=tuple(filter(None, map(_answer, case.earlier_answers))),
        rating=case.rating and Rating(score=case.rating.score, at=case.rating.at),
        restriction=restriction,
        merge=merge,
        objection=objection,
        anonymised_at=now,
    )


def without_names(case: Case, assignment_ids: Collection[str]) -> Case:
    """The case without the names and addresses that people of a unit gave in these assignments."""
    assignments = tuple(_unsigned(one) if one.id in assignment_ids else one for one in case.assignments)
    timeline = tuple(_without_actor(entry) if _acted(entry.actor, assignment_ids) else entry for entry in case.timeline)
    return case.model_copy(update={"assignments": assignments, "timeline": timeline})


def _without_actor(entry: TimelineEntry) -> TimelineEntry:
    return entry.model_copy(update={"by": None, **({"text": ""} if entry.what in NAMING else {})})


def _acted(actor: Actor | None, assignment_ids: Collection[str]) -> bool:
    """A unit acts under the id of the assignment, a colleague with a dot and an own id behind it."""
    return actor is not None and actor.kind == "unit" and actor.id.partition(".")[0] in assignment_ids


def _unsigned(assignment: Assignment) -> Assignment:
    parts = {name: _without_by(getattr(assignment, name)) for name in SIGNED}
    holders = tuple(one.model_copy(update={"name": "", "by": ""}) for one in assignment.holders)
    mailed = tuple(one.model_copy(update={"by": "", "sender": ""}) for one in assignment.mailed)
    return assignment.model_copy(update={**parts, "holders": holders, "mailed": mailed})


SIGNED = ("replies", "taken_back", "extensions", "interims", "proposals")


def _without_by(parts: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(part.model_copy(update={"by": ""}) for part in parts)


def _assignment(assignment: Assignment) -> Assignment:
    unit = UnitRef(**_only(assignment.unit, ("code", "name_tr", "name_en")), email="")
    replies = tuple(
        Reply(
            **_only(reply, ("version", "submitted_at", "channel")),
            text="",
            by="",
            returned_because=None if reply.returned_because is None else "",
        )
        for reply in assignment.replies
    )
    return Assignment(**_only(assignment, KEPT_OF_ASSIGNMENTS), unit=unit, text="", replies=replies)


def _answer(answer: Answer | None) -> Answer | None:
    return answer and Answer(text="", by="", at=answer.at)


def _only(part: Any, names: Collection[str]) -> dict[str, Any]:
    return {name: getattr(part, name) for name in names}
