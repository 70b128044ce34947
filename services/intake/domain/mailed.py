"""What an e-mail becomes: the answer to the open question, an addition, or a message of its own.

A mail has no limits, and what it becomes has those of the forms: the rest is cut, and said so. The whole mail stays
with the desk. All ids are derived from the mail's: delivered again, it makes nothing.
"""

from collections.abc import Callable, Sequence
from typing import Any, Final

from pydantic import TypeAdapter, ValidationError

from services.intake.domain.after import MOST_FOLLOW_UPS, Changed, answer_question, follow_up
from services.intake.domain.doubts import Doubt, Signs, doubts_of
from services.intake.domain.message import Message, Submission, submit
from shared.characters import clean, damaged, one_line
from shared.events import Event, MailReceived, MessageFollowedUp, MessageRequested, QuestionAnswered
from shared.institution import Institution
from shared.kinds import Kind
from shared.mails import follow_up_of, message_of
from shared.state import Actor
from shared.text import OptionalEmail, OptionalName

MOST_TEXT: Final = 10_000
MOST_SUBJECT: Final = 150
SHORTEST_SUBJECT: Final = 3
"""As the form has them (``shared.text``)."""
CUT = "[The e-mail is longer. The hotline has the whole of it.]"
NO_TEXT = "[The e-mail has no text.]"
NO_SUBJECT = "Message by e-mail"
VERIFIED, FORGED = "pass", "fail"
"""Values of ``MailReceived.verified``."""
Say = Callable[[str], str]
"""A sentence (a msgid) in the writer's language."""
_EMAIL: TypeAdapter[str | None] = TypeAdapter(OptionalEmail)
_NAME: TypeAdapter[str | None] = TypeAdapter(OptionalName)
Mail = MailReceived | MessageRequested


def taken(message: Message, mail: MailReceived, say: Say) -> Changed:
    """The mail as the answer to the question, if exactly one is open, else as an addition.

    Like an addition on the status page it is taken in every state. The message itself and no events when the mail was
    taken before, or there are too many additions: the desk has the mail in any case.
    """
    if mail.mail_id in _mails(message):
        return message, []
    sent: dict[str, Any] = {"text": text_of(mail.text, say), "files": mail.files, "now": mail.received_at}
    open_then = [question for question in message.open_questions if question.asked_at <= mail.received_at]
    if len(open_then) == 1:
        return _noted(*answer_question(message, open_then[0], **sent), mail.mail_id)
    if len(message.follow_ups) >= MOST_FOLLOW_UPS:
        return message, []
    return _noted(*follow_up(message, follow_up_id=follow_up_of(mail.mail_id), **sent), mail.mail_id)


def submitted(
    mail: Mail, *, institution: Institution, say: Say, language: str, reference: str, code: str, base_url: str
) -> tuple[Message, list[Event]]:
    """The message that a mail becomes. Its writer gets a receipt, unless the address is perhaps somebody else's.

    What an officer has read (``MessageRequested``) is of the officer's kind, and without doubts.
    """
    read = isinstance(mail, MessageRequested)
    submission = Submission(
        kind=mail.kind if isinstance(mail, MessageRequested) else usual_kind(institution),
        subject=subject_of(mail.subject, say),
        text=text_of(mail.text, say),
        name=_valid(_NAME, mail.sender_name),
        email=_valid(_EMAIL, mail.sender),
    )
    message, announcing = submit(
        submission,
        message_id=message_of(mail.mail_id),
        reference=reference,
        code=code,
        base_url=base_url,
        language=language,
        now=mail.received_at,
        files=mail.files,
        doubts=() if read else _doubts(submission, mail),
        channel="email",
        entered_by=Actor.model_validate(mail.actor) if read and mail.actor else None,
        mail_id=mail.mail_id,
    )
    forged = isinstance(mail, MailReceived) and mail.verified == FORGED
    return message, announcing[:1] if forged else announcing


def text_of(text: str, say: Say) -> str:
    """A mail's text as a form would take it; a sentence in place of what is missing."""
    cleaned = _readable(text)
    if not cleaned:
        return say(NO_TEXT)
    if len(cleaned) <= MOST_TEXT:
        return cleaned
    said = "\n\n" + say(CUT)
    return cleaned[: MOST_TEXT - len(said)].rstrip() + said


def subject_of(subject: str, say: Say) -> str:
    """A mail's subject as a form would take it."""
    line = one_line(_readable(subject))[:MOST_SUBJECT].strip()
    return line if len(line) >= SHORTEST_SUBJECT else say(NO_SUBJECT)


def usual_kind(institution: Institution) -> str:
    """The kind of a message whose writer was not asked: other, or the last one that the institution offers."""
    kinds = [option.id for option in institution.kinds]
    return Kind.OTHER if Kind.OTHER in kinds or not kinds else kinds[-1]


def _doubts(submission: Submission, mail: Mail) -> Sequence[Doubt]:
    verified = mail.verified if isinstance(mail, MailReceived) else VERIFIED
    of_sender = {VERIFIED: (), FORGED: (Doubt.FORGED,)}.get(verified, (Doubt.UNVERIFIED,))
    return (*doubts_of(submission, Signs()), *of_sender)


def _mails(message: Message) -> set[str | None]:
    """The mails that this message has already."""
    return {added.mail_id for added in message.follow_ups} | {asked.mail_id for asked in message.questions}


def _noted(message: Message, events: list[Event], mail_id: str) -> Changed:
    """The change, with the mail that it came in."""
    follow_ups = tuple(
        added.model_copy(update={"mail_id": mail_id}) if added.id == follow_up_of(mail_id) else added
        for added in message.follow_ups
    )
    answered = {event.question_id for event in events if isinstance(event, QuestionAnswered)}
    questions = tuple(
        asked.model_copy(update={"mail_id": mail_id}) if asked.id in answered else asked for asked in message.questions
    )
    named = [
        event.model_copy(update={"mail_id": mail_id})
        if isinstance(event, MessageFollowedUp | QuestionAnswered)
        else event
        for event in events
    ]
    return message.model_copy(update={"follow_ups": follow_ups, "questions": questions}), named


def _readable(text: str) -> str:
    """Cleaned; what was lost on the way is a question mark."""
    return clean("".join("?" if damaged(c) else c for c in text) if damaged(text) else text)


def _valid(kind: TypeAdapter[str | None], value: str | None) -> str | None:
    """The value as a form would take it; None for one that it would refuse."""
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None
