"""What a case keeps of a letter that did not arrive: it was dealt with, or the submitter's address was corrected."""

from datetime import datetime

from services.router.access import AuditAction, Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.letters import DeskLetter
from shared.addresses import comparable
from shared.events import AddressCorrected, Event, RouterAudited, done_by
from shared.refused import Refused

SAME_ADDRESS = "To this address the e-mail could not be delivered. Please enter another one."


class WrongAddress(Refused):
    """The address is the one that did not work."""

    field = "email"


def correct_address(
    case: Case, letter: DeskLetter, email: str, *, by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    """Letters to the submitter go to another address from now on. The case itself, if it has that address already.

    Raises WrongAddress for the one to which the letter could not be delivered.
    """
    if comparable(email) == comparable(letter.recipient):
        raise WrongAddress(SAME_ADDRESS)
    if comparable(email) == comparable(case.submitter.email or ""):
        return case, []
    entry = entry_by(by, "address_corrected", now, text=f"{case.submitter.email or '–'} → {email}")
    submitter = case.submitter.model_copy(update={"email": email})
    corrected = AddressCorrected(message_id=case.id, email=email, corrected_at=now)
    record = RouterAudited(
        action=AuditAction.ADDRESS_CORRECTED, object_kind="case", object_id=case.id, fields=("email",), at=now
    )
    return with_timeline(case, entry, submitter=submitter), done_by(by.actor, corrected, record)


def note_dealt_with(case: Case, letter: DeskLetter, said: str, *, by: Officer, now: datetime) -> Case:
    """The case no longer needs an officer for this letter. Once: the same case, where that stands in it already."""
    if any(e.what == "letter_dealt_with" and e.letter == letter.id and _after(letter, e.at) for e in case.timeline):
        return case
    unit = next((a.unit.code for a in case.assignments if a.id == letter.assignment_id), None)
    entry = entry_by(by, "letter_dealt_with", now, unit=unit, text=letter.template)
    return with_timeline(case, entry.model_copy(update={"letter": letter.id, "said": said}))


def _after(letter: DeskLetter, at: datetime) -> bool:
    return letter.failed_at is None or at > letter.failed_at
