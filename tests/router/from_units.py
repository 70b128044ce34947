"""What units send beside replies, as events."""

from datetime import datetime, timedelta
from typing import Any

from services.router.cases.domain.case import Case
from shared import events
from tests import examples as example

LATER = example.NOW + timedelta(hours=2)


def _of(case: Case, **more: Any) -> dict[str, Any]:
    assignment = case.assignments[0]
    return {"message_id": case.id, "assignment_id": assignment.id, "by": "Fatma Şahin"} | more


def _named(case: Case) -> dict[str, Any]:
    return {"reference": case.reference, "unit": case.assignments[0].unit.model_dump()}


def withdrawn_reply(case: Case, version: int = 1, at: datetime = LATER) -> events.ReplyWithdrawn:
    given = _of(case, version=version, reason="Tarih yanlıştı.", withdrawn_at=at)
    return events.ReplyWithdrawn.model_validate(given)


def interim(case: Case, **different: Any) -> events.InterimSubmitted:
    given = _of(case, interim_id="n1", text="Parça sipariş edildi.", submitted_at=LATER, **_named(case))
    return events.InterimSubmitted.model_validate(given | different)


def proposed(case: Case, **different: Any) -> events.QuestionProposed:
    given = _of(case, proposal_id="s1", text="Hangi katta?", proposed_at=LATER, **_named(case))
    return events.QuestionProposed.model_validate(given | different)


def handed_on(case: Case) -> events.AssignmentHandedOn:
    given = _of(case, holder_id="h1", name="Mehmet Öz", handed_on_at=LATER)
    return events.AssignmentHandedOn.model_validate(given)


def taken_from(case: Case) -> events.AssignmentTakenBack:
    given = _of(case, holder_id="h1", taken_back_at=LATER + timedelta(hours=1))
    return events.AssignmentTakenBack.model_validate(given)


def checked(case: Case, file_id: str = "u1", state: str = "clean") -> events.UnitFileChecked:
    given = _of(case, file_id=file_id, state=state, checked_at=LATER)
    return events.UnitFileChecked.model_validate(given)


def unit_file(**different: Any) -> events.FileRef:
    """A picture of the unit's repair."""
    return example.file_ref(**{"id": "u1", "owner": "replies", "name": "onarım.jpg"} | different)
