"""What the writer does after sending: adds, answers a question, withdraws, rates, objects, corrects the address.

Each function returns the message and the events; the message itself and no events where the same was done before. What
a rule forbids raises Refused.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.intake.domain.codes import status_url
from services.intake.domain.history import FollowUp, Objection, Promise, Question, Rating, Withdrawal
from services.intake.domain.message import Message
from shared.addresses import comparable
from shared.days import day_of, last_moment
from shared.events import (
    Actor,
    ContactCorrected,
    Event,
    FileRef,
    MessageFollowedUp,
    MessageObjected,
    MessageRated,
    MessageWithdrawn,
    PromiseAnswered,
    QuestionAnswered,
    ReceiptRequested,
    done_by,
)
from shared.institution import Institution
from shared.refused import Refused
from shared.state import KeptFile

MOST_FOLLOW_UPS = 50
"""Of one message: its document has a limit."""
Changed = tuple[Message, list[Event]]


def follow_up(
    message: Message, *, follow_up_id: str, text: str, files: Sequence[FileRef] = (), now: datetime
) -> Changed:
    """Add something, in any state: it reaches the desk. ``follow_up_id`` tells one that is sent twice."""
    if any(added.id == follow_up_id for added in message.follow_ups):
        return message, []
    if len(message.follow_ups) >= MOST_FOLLOW_UPS:
        raise Refused("There are very many additions to this message already. Please send a new message.")
    added = FollowUp(id=follow_up_id, text=text, files=_kept(files), at=now)
    event = MessageFollowedUp(
        message_id=message.id, follow_up_id=follow_up_id, text=text, files=tuple(files), followed_up_at=now
    )
    return _changed(message, event, follow_ups=(*message.follow_ups, added))


def answer_question(
    message: Message, question: Question, *, text: str, files: Sequence[FileRef] = (), now: datetime
) -> Changed:
    """Answer an officer's question, once. It is taken when the message is answered or closed meanwhile, too."""
    if question.answered_at is not None:
        if question.answer == text:
            return message, []
        raise Refused("You have answered this question already. Please add what you have to say as an addition.")
    answered = question.model_copy(update={"answer": text, "files": _kept(files), "answered_at": now})
    questions = tuple(answered if each.id == question.id else each for each in message.questions)
    event = QuestionAnswered(
        message_id=message.id, question_id=question.id, text=text, files=tuple(files), answered_at=now
    )
    return _changed(message, event, questions=questions)


def answer_promise(message: Message, promise: Promise, *, kept: bool, text: str = "", now: datetime) -> Changed:
    """Say whether what was promised was done, once."""
    if promise.kept is not None:
        if (promise.kept, promise.comment) == (kept, text):
            return message, []
        raise Refused("You have told us already. Please add what you have to say as an addition.")
    if message.withdrawn:
        raise Refused("You have withdrawn this message.")
    told = promise.model_copy(update={"kept": kept, "comment": text, "answered_at": now})
    promises = tuple(told if each.id == promise.id else each for each in message.promises)
    event = PromiseAnswered(message_id=message.id, promise_id=promise.id, kept=kept, text=text, answered_at=now)
    return _changed(message, event, promises=promises)


def withdraw(message: Message, *, reason: str = "", now: datetime) -> Changed:
    """Take the message back, while it is neither answered nor closed."""
    if message.withdrawn:
        return message, []
    if message.done:
        raise Refused("Your message has been answered or closed meanwhile. It can no longer be withdrawn.")
    event = MessageWithdrawn(message_id=message.id, reason=reason, withdrawn_at=now)
    return _changed(message, event, withdrawn=Withdrawal(reason=reason, at=now))


def rate(message: Message, *, score: int, comment: str = "", now: datetime) -> Changed:
    """Rate the answer; a later rating takes the place of an earlier one."""
    if not message.all_answers:
        raise Refused("The answer can be rated as soon as it is there.")
    before = message.rating
    if before and (before.score, before.comment) == (score, comment):
        return message, []
    event = MessageRated(message_id=message.id, score=score, comment=comment, rated_at=now)
    return _changed(message, event, rating=Rating(score=score, comment=comment, at=now))


def objection_rules(institution: Institution, timezone: str) -> dict[str, Any]:
    """Within how many days one may object, in which time zone: as the functions here take them."""
    return {"days": institution.objection_days, "zone": ZoneInfo(timezone)}


def objection_ends(message: Message, *, days: int, zone: ZoneInfo) -> datetime | None:
    """Until when the writer may object: the end of the day so many days after the answer or the closing.

    None: there is nothing to object to, or it was done, or never may be (0 days).
    """
    ended = message.ended_at
    if not days or ended is None or not message.done or message.withdrawn or message.objection:
        return None
    return last_moment(day_of(ended, zone) + timedelta(days=days), zone)


def possible(message: Message, *, days: int, zone: ZoneInfo, now: datetime) -> tuple[str, ...]:
    """What the writer may do now, as the last part of its address; questions are beside it (``open_questions``)."""
    ends = objection_ends(message, days=days, zone=zone)
    may = {
        "follow-ups": len(message.follow_ups) < MOST_FOLLOW_UPS,
        "withdrawal": not message.done and message.withdrawn is None,
        "rating": bool(message.all_answers),
        "objection": ends is not None and now <= ends,
        "address": message.undelivered is not None,
    }
    return tuple(name for name, allowed in may.items() if allowed)


def object_to(
    message: Message, *, reason: str, files: Sequence[FileRef] = (), days: int, zone: ZoneInfo, now: datetime
) -> Changed:
    """Object to the answer or the closing, once: a supervisor decides."""
    if message.objection and message.objection.reason == reason:
        return message, []
    if message.objection:
        raise Refused("You have objected once already. If there is something to add, please send it as an addition.")
    ends = objection_ends(message, days=days, zone=zone)
    if ends is None:
        raise Refused("There is nothing to object to at present.")
    if now > ends:
        raise Refused("The time for an objection is over. You can still add something, or send a new message.")
    event = MessageObjected(message_id=message.id, reason=reason, files=tuple(files), objected_at=now)
    return _changed(message, event, objection=Objection(reason=reason, files=_kept(files), at=now))


def correct_address(message: Message, *, email: str, code: str, base_url: str, now: datetime) -> Changed:
    """Give another address, after a letter came back: the receipt, with the way to the status page, goes there."""
    same = comparable(email) == comparable(message.submission.email or "")
    if message.undelivered is None and same:
        return message, []
    if message.undelivered is None:
        raise Refused("All letters to your address have been delivered so far. It cannot be changed here.")
    if same:
        raise WrongAddress("To this address the letter could not be delivered. Please give another one.")
    corrected = ContactCorrected(message_id=message.id, email=email, corrected_at=now)
    receipt = ReceiptRequested(
        message_id=message.id,
        reference=message.reference,
        email=email,
        name=message.submission.name,
        language=message.language,
        tracking_code=code,
        status_url=status_url(base_url, code),
        submitted_at=message.submitted_at,
    )
    submission = message.submission.model_copy(update={"email": email})
    return _changed(message, corrected, receipt, submission=submission, undelivered=None, corrected_at=now)


class WrongAddress(Refused):
    """The address is the one that letters came back from."""

    field = "email"


def _changed(message: Message, *events: Event, **changes: object) -> Changed:
    actor = Actor(kind="submitter", id=message.id)
    return message.model_copy(update=changes), done_by(actor, *events)


def _kept(files: Sequence[FileRef]) -> tuple[KeptFile, ...]:
    return tuple(KeptFile.model_validate(file) for file in files)
