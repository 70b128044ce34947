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


def correct_submitter(
    case: Case, person: Person, *, fields: Collection[str] = DETAILS, by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    """The case with the right data in these fields, and none of the wrong ones; the case itself where they are right
    already. An anonymised case stays without a person.

    Wrong addresses go from the timeline, and the submitter's name in it becomes the right one. What somebody wrote
    stays as they wrote it, and letters as they were sent: they prove what the institution did.
    """
    wrote = case.submitter
    wrong = tuple(name for name in DETAILS if name in fields and getattr(wrote, name) != getattr(person, name))
    if not wrong or case.anonymised_at:
        return case, []
    timeline = tuple(_right(entry, case, person, wrong) for entry in case.timeline)
    changed = with_timeline(
        case.model_copy(update={"timeline": timeline}),
        entry_by(by, "submitter_corrected", now).model_copy(update={"fields": wrong}),
        submitter=wrote.model_copy(update={name: getattr(person, name) for name in wrong}),
    )
    told = SubmitterCorrected(
        message_id=case.id,
        submitter=Submitter.model_validate(changed.submitter),
        revision=case.revision + 1,
        corrected_at=now,
        fields=wrong,
        assignments=tuple(one.id for one in case.assignments if one.identity_shared),
    )
    record = RouterAudited(
        action=AuditAction.PERSON_CORRECTED, object_kind="case", object_id=case.id, fields=wrong, at=now
    )
    return changed, done_by(by.actor, told, record)


def _right(entry: TimelineEntry, case: Case, person: Person, wrong: Collection[str]) -> TimelineEntry:
    changes: dict[str, object] = {"text": ""} if entry.what in WITH_ADDRESSES and "email" in wrong else {}
    if entry.actor == case.actor and entry.by and "name" in wrong:
        changes["by"] = person.name
    return entry.model_copy(update=changes)
