"""What intake has of one person: what is found of them, what is given out to them, and how it is corrected."""

from collections.abc import Sequence
from typing import Any

from services.intake.domain.history import Answer
from services.intake.domain.lost import LostCodes
from services.intake.domain.message import Message
from shared.events import FoundItem, SubmitterCorrected
from shared.people import Sought
from shared.state import KeptFile


def items_of(message: Message, sought: Sought) -> list[FoundItem]:
    """Why this message is the person's: they wrote it (``message``), or it is a compliment for them (``concerns``)."""
    sent = message.submission
    ways = {
        "message": sought.found_by(emails=[sent.email], phones=[sent.phone], names=[sent.name]),
        "concerns": sought.found_by(names=[sent.concerns]),
    }
    return [
        FoundItem(kind=kind, id=message.id, by=by, at=message.submitted_at, message_id=message.id)
        for kind, found in ways.items()
        for by in found
    ]


def item_of(lost: LostCodes) -> FoundItem:
    """A request for lost codes, by the person's address."""
    return FoundItem(kind="lost_codes", id=lost.id, by="email", at=lost.asked_at)


def given_out(message: Message) -> dict[str, Any]:
    """What the person wrote and was told, as it is given out to them; without codes, fingerprints and doubts."""
    sent = message.submission
    return {
        "reference": message.reference,
        "submitted_at": message.submitted_at,
        "channel": message.channel,
        "language": message.language,
        "kind": sent.kind,
        "subject": sent.subject,
        "text": sent.text,
        "name": sent.name,
        "email": sent.email,
        "phone": sent.phone,
        "identity_hidden_from_units": sent.hide_identity,
        "role": sent.role,
        "suggested_unit": sent.suggested_unit,
        "compliment_for": sent.concerns,
        "files": _names(message.files),
        "steps": [{"step": step.step, "at": step.at} for step in message.progress],
        "interim_answers": [_answer(answer) for answer in message.informed],
        "answers": [_answer(answer) for answer in message.all_answers],
        "closed": {"at": message.closed_at, "reason": message.closure_reason, "explanation": message.explanation}
        if message.closed_at
        else None,
        "additions": [{"text": one.text, "at": one.at, "files": _names(one.files)} for one in message.follow_ups],
        "questions": [
            {"asked": one.text, "asked_at": one.asked_at, "answer": one.answer, "answered_at": one.answered_at}
            for one in message.questions
        ],
        "promises": [
            {"text": one.text, "promised_for": one.promised_for, "kept": one.kept, "comment": one.comment}
            for one in message.promises
        ],
        "withdrawn": message.withdrawn.model_dump(include={"reason", "at"}) if message.withdrawn else None,
        "rating": message.rating.model_dump(include={"score", "comment", "at"}) if message.rating else None,
        "objection": message.objection.model_dump(include={"reason", "at"}) if message.objection else None,
        "printed": [{"kind": paper.kind, "at": paper.at} for paper in message.papers],
    }


def correct(message: Message, told: SubmitterCorrected) -> Message:
    """Name, address and phone as they are from now on; not what something newer was said of since.

    The address may have been corrected by its writer meanwhile, so it counts by its time, and only where it was
    corrected. The earlier values are overwritten: this service keeps no history of them.
    """
    to, values, changes = told.submitter, dict[str, object](), dict[str, object]()
    if told.revision > message.submitter_revision:
        values = {"name": to.name, "phone": to.phone}
        changes = {"submitter_revision": told.revision}
    if "email" in told.fields and not (message.corrected_at and told.corrected_at <= message.corrected_at):
        lost = message.undelivered
        values["email"] = to.email
        changes["corrected_at"] = told.corrected_at
        changes["undelivered"] = lost if lost and lost.at > told.corrected_at else None
    changes["submission"] = message.submission.model_copy(update=values)
    return message.model_copy(update=changes)


def _answer(answer: Answer) -> dict[str, Any]:
    promised = {"promised_for": answer.promised_for, "promise": answer.promise} if answer.promised_for else {}
    return {"text": answer.text, "at": answer.at, "files": _names(answer.files)} | promised


def _names(files: Sequence[KeptFile]) -> list[str]:
    return [file.name for file in files]
