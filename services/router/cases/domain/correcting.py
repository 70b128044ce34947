"""The privacy officer corrects who wrote: name, address and phone (Law 6698, article 11, paragraph 1, d)."""

from collections.abc import Collection
from datetime import datetime

from services.router.access import AuditAction, Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.parts import TimelineEntry
from shared.events import Event, RouterAudited, Submitter, SubmitterCorrected, done_by
from shared.state import Person

WITH_ADDRESSES = ("contact_corrected", "address_corrected")
"""Values of ``TimelineEntry.what`` whose text is an address of the submitter."""


DETAILS = ("name", "email", "phone")
"""What can be corrected."""


def in_common(cases: Collection[Case]) -> Person:
    """What all these cases say of who wrote them; None where they do not agree or have nothing."""
    said = {name: {getattr(case.submitter, name) for case in cases} for name in DETAILS}
    return Person(**{name: values.pop() for name, values in said.items() if len(values) == 1})


def deletes(cases: Collection[Case], person: Person) -> bool:
    """Whether a correction takes something away from one of these cases and puts nothing in its place."""
    gone = [name for name in DETAILS if not getattr(person, name)]
    return any(getattr(case.submitter, name) for case in cases for name in gone)


def correct_submitter(case: Case, person: Person, *, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """The case with the right data, and none of the wrong ones; the case itself where they are right already.

    Addresses go from the timeline, and the submitter's name in it becomes the right one. What somebody wrote stays as
    they wrote it, and letters as they were sent: they prove what the institution did.
    """
    wrote = case.submitter
    fields = tuple(name for name in DETAILS if getattr(wrote, name) != getattr(person, name))
    if not fields:
        return case, []
    timeline = tuple(_right(entry, case, person) for entry in case.timeline)
    changed = with_timeline(
        case.model_copy(update={"timeline": timeline}),
        entry_by(by, "submitter_corrected", now),
        submitter=wrote.model_copy(update={name: getattr(person, name) for name in fields}),
    )
    told = SubmitterCorrected(
        message_id=case.id,
        submitter=Submitter.model_validate(changed.submitter),
        revision=case.revision + 1,
        corrected_at=now,
    )
    record = RouterAudited(
        action=AuditAction.PERSON_CORRECTED, object_kind="case", object_id=case.id, fields=fields, at=now
    )
    return changed, done_by(by.actor, told, record)


def _right(entry: TimelineEntry, case: Case, person: Person) -> TimelineEntry:
    changes: dict[str, object] = {"text": ""} if entry.what in WITH_ADDRESSES else {}
    if entry.actor == case.actor and entry.by:
        changes["by"] = person.name
    return entry.model_copy(update=changes)
