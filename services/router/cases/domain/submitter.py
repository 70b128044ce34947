"""What the submitter does after sending: writes again, withdraws, rates, corrects the address; and what scans find."""

from datetime import datetime

from services.router.cases.domain.alarms import DANGERS, alarms
from services.router.cases.domain.case import Case, entry_by_submitter, with_files, with_timeline
from services.router.cases.domain.holds import interrupted
from services.router.cases.domain.parts import CheckedFile, Rating
from services.router.cases.domain.review import with_closure
from services.router.cases.domain.states import ClosureReason
from shared.events import ContactCorrected, Event, FileChecked, MessageFollowedUp, MessageRated, MessageWithdrawn

CORRECTED = ("contact_corrected", "address_corrected", "submitter_corrected")
"""Values of ``TimelineEntry.what``: the submitter has another address since."""


def follow_up(case: Case, told: MessageFollowedUp) -> Case:
    """The submitter wrote again. The state stays; officers see it (``attention``), and what is held does not go out."""
    entry = entry_by_submitter(case, "followed_up", told.followed_up_at, text=told.text, files=told.files)
    entry = entry.model_copy(update={"mail": told.mail_id})
    found = {*case.alarms, *alarms(told.text)}
    raised = tuple(danger for danger in (*DANGERS, *case.alarms) if danger in found)
    changes = {"files": with_files(case, told.files), "alarms": tuple(dict.fromkeys(raised))}
    return with_timeline(interrupted(case, told.followed_up_at), entry, **changes)


def withdraw(
    case: Case, told: MessageWithdrawn, *, explanation: str, told_units: str, now: datetime
) -> tuple[Case, list[Event]]:
    """The submitter takes the message back: the case is closed. For a finished case it becomes an entry only."""
    if case.finished:
        entry = entry_by_submitter(case, "withdrawn_late", told.withdrawn_at, text=told.reason)
        return with_timeline(case, entry), []
    return with_closure(
        interrupted(case, now),
        entry_by_submitter(case, "withdrawn", told.withdrawn_at, text=told.reason),
        reason=ClosureReason.WITHDRAWN,
        explanation=explanation,
        told_units=told_units,
        told=True,
        by=case.actor,
        now=now,
    )


def rate(case: Case, told: MessageRated) -> Case:
    """The submitter rates the answer. The latest rating counts, in whatever order they arrive."""
    text = f"{told.score}/5\n{told.comment}".rstrip()
    entry = entry_by_submitter(case, "rated", told.rated_at, text=text)
    rating = Rating(score=told.score, comment=told.comment, at=told.rated_at)
    older = case.rating is not None and case.rating.at > told.rated_at
    return with_timeline(case, entry, rating=case.rating if older else rating)


def correct_contact(case: Case, told: ContactCorrected) -> Case:
    """The submitter has another address. An older correction that arrives later is an entry only."""
    entry = entry_by_submitter(case, "contact_corrected", told.corrected_at, text=told.email)
    corrected = [e for e in case.timeline if e.what in CORRECTED and "email" in (e.fields or ("email",))]
    if later := [e for e in corrected if e.at > told.corrected_at]:
        wrong = any(e.what == "submitter_corrected" for e in later)
        return with_timeline(case, entry.model_copy(update={"text": ""}) if wrong else entry)
    return with_timeline(case, entry, submitter=case.submitter.model_copy(update={"email": told.email}))


def check_file(case: Case, told: FileChecked) -> Case:
    """A file was scanned. The result is kept until the event that names the file has arrived."""
    if all(file.id != told.file_id for file in case.files):
        return case.model_copy(update={"checked": (*case.checked, CheckedFile(id=told.file_id, state=told.state))})
    files = tuple(f.model_copy(update={"state": told.state}) if f.id == told.file_id else f for f in case.files)
    return case.model_copy(update={"files": files})
