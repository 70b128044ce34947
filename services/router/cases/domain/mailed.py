"""Mails in their cases: in the history, as replies that units propose, and what officers decide about them."""

from datetime import datetime
from typing import Final

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, require_decided, with_assignment, with_timeline
from services.router.cases.domain.holds import interrupted
from services.router.cases.domain.mail_parts import MailedReply
from services.router.cases.domain.mails import DECIDED, Mail, Outcome, done_with
from services.router.cases.domain.parts import Assignment, CheckedFile, TimelineEntry
from services.router.cases.domain.routing import FINISHED
from shared.events import Event, MailFileChecked, MailReplyDecided, ReplyProposed, done_by
from shared.files.named import with_file_state
from shared.refused import Refused
from shared.state import KeptFile

RECEIVED, AUTOMATIC, ATTACHED = "mail_received", "mail_automatic", "mail_attached"
ADOPTED, NOT_TAKEN = "mail_adopted", "mail_not_taken"
"""Values of ``TimelineEntry.what``."""
MOST_SAID: Final = 10_000
"""Characters of a mail that stand in the history of its case; the mail itself is kept whole."""
MOST_SAID_BY_PROGRAMS: Final = 500
MOST_MAILS: Final = 100
"""Of one case. Of further ones the history has as much as of a program's: anybody who learns an address can send them,
and a case has to stay one document."""
NO_REPLY = "The unit has replied meanwhile, or is no longer asked."


def receive_mail(case: Case, mail: Mail) -> Case:
    """Note that a mail came in for this case. It changes nothing else."""
    assignment = next((a for a in case.assignments if a.id == mail.assignment_id), None)
    entry = TimelineEntry(
        at=mail.received_at,
        what=AUTOMATIC if mail.automatic else RECEIVED,
        by=mail.by,
        actor=assignment.actor if assignment else case.actor,
        unit=assignment.unit.code if assignment else None,
        text=_said(mail, shortly=sum(entry.mail is not None for entry in case.timeline) >= MOST_MAILS),
        mail=mail.id,
        verified=mail.verified,
    )
    return with_timeline(case, entry)


def propose_reply(case: Case, told: ReplyProposed, now: datetime) -> Case:
    """The unit wrote an e-mail instead of using its link. What is held does not go out while the unit may reply."""
    assignment = case.assignment(told.assignment_id)
    if any(mail.id == told.mail_id for mail in assignment.mailed):
        return case
    results = {scan.id: scan.state for scan in case.checked}
    files = (KeptFile.model_validate(file) for file in told.files)
    proposed = MailedReply(
        id=told.mail_id,
        text=told.text,
        by=told.by,
        sender=told.sender,
        verified=told.verified,
        files=tuple(file.model_copy(update={"state": results.get(file.id, file.state)}) for file in files),
        at=told.proposed_at,
    )
    assignments = with_assignment(case, assignment, mailed=(*assignment.mailed, proposed))
    told_case = interrupted(case, now) if assignment.open and not case.finished else case
    return told_case.model_copy(update={"assignments": assignments})


def adopt(case: Case, assignment_id: str, mail_id: str, *, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """Take the mail as the unit's reply, which arrives as any other. Raises Refused when it cannot be one any more."""
    return _decided(case, assignment_id, mail_id, adopted=True, reason="", by=by, now=now)


def do_not_take(
    case: Case, assignment_id: str, mail_id: str, *, reason: str, by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    """The mail is not the unit's reply, which reads why. Raises Refused when somebody has decided already."""
    return _decided(case, assignment_id, mail_id, adopted=False, reason=reason, by=by, now=now)


def check_mail_file(case: Case, told: MailFileChecked) -> Case:
    """A file of a mail was scanned. The result is kept until what has the file has arrived."""
    checked = (
        *(scan for scan in case.checked if scan.id != told.file_id),
        CheckedFile(id=told.file_id, state=told.state),
    )
    changed = with_file_state(case, told.file_id, told.state)
    return changed.model_copy(update={"checked": checked})


def attach(mail: Mail, case: Case, *, by: Officer, now: datetime) -> tuple[Case, Mail, list[Event]]:
    """Put the mail into the history of a case; done twice, it stands there once. Raises Refused as ``make_case``."""
    done, record = done_with(mail, Outcome.ATTACHED, case.id, by=by, now=now)
    if any(entry.mail == mail.id for entry in case.timeline):
        return case, done, record
    entry = entry_by(by, ATTACHED, now, text=_said(mail))
    attached = with_timeline(case, entry.model_copy(update={"mail": mail.id, "verified": mail.verified}))
    return attached, done, record


def _decided(
    case: Case, assignment_id: str, mail_id: str, *, adopted: bool, reason: str, by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    assignment = case.assignment(assignment_id)
    mail = next((one for one in assignment.mailed if one.id == mail_id), None)
    if mail is None or mail.adopted is not None:
        raise Refused(DECIDED)
    if adopted:
        _require_open(case, assignment)
    decided = mail.model_copy(update={"adopted": adopted, "decision": reason, "decided_at": now})
    mailed = tuple(decided if one.id == mail_id else one for one in assignment.mailed)
    entry = entry_by(by, ADOPTED if adopted else NOT_TAKEN, now, unit=assignment.unit.code, text=reason)
    told = MailReplyDecided(
        message_id=case.id,
        assignment_id=assignment_id,
        mail_id=mail_id,
        adopted=adopted,
        reason=reason,
        decided_at=now,
    )
    changed = with_timeline(case, entry, assignments=with_assignment(case, assignment, mailed=mailed))
    return changed, done_by(by.actor, told)


def _require_open(case: Case, assignment: Assignment) -> None:
    if case.finished:
        raise Refused(FINISHED)
    require_decided(case)
    if not assignment.open:
        raise Refused(NO_REPLY)


def _said(mail: Mail, *, shortly: bool = False) -> str:
    """What stands in the history: the beginning of the text, without what the mail repeats of letters before."""
    most = MOST_SAID_BY_PROGRAMS if mail.automatic or shortly else MOST_SAID
    return mail.text if len(mail.text) <= most else mail.text[: most - 1].rstrip() + "…"
