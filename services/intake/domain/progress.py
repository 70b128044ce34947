"""What the others report about a message: its steps, its answers, its end, questions, letters that came back."""

from services.intake.domain.history import Answer, Promise, Question, Undelivered
from services.intake.domain.message import Message, Progress
from shared.events import (
    AddressCorrected,
    CaseAnswered,
    CaseClosed,
    CaseInformed,
    CaseProgressed,
    LetterFailed,
    PromiseAsked,
    QuestionAsked,
)
from shared.state import KeptFile

TO_THE_WRITER = frozenset(["receipt", "answer", "closure", "question", "rerouting", "interim", "promise"])
"""Letters (``LetterFailed.template``) to the person who wrote; all others go to units and to the desk."""


def progress(message: Message, news: CaseProgressed) -> Message:
    """Note a public step, in its place among the others."""
    reached = Progress(case_revision=news.revision, step=news.step, at=news.at, cause=news.cause, units=news.units)
    steps = sorted([*message.progress, reached], key=lambda p: p.case_revision)
    return message.model_copy(update={"progress": tuple(steps)})


def answer(message: Message, news: CaseAnswered) -> Message:
    """Add an answer to those before. ``answer`` and ``answered_at`` are the newest one."""
    if any(known.at == news.answered_at for known in message.all_answers):
        return message
    files = tuple(KeptFile.model_validate(file) for file in news.files)
    added = Answer(
        text=news.answer,
        files=files,
        at=news.answered_at,
        told_by=news.told_by,
        promised_for=news.promised_for,
        promise=news.promise or "",
    )
    answers = tuple(sorted((*message.all_answers, added), key=lambda known: known.at))
    newest = {"answer": answers[-1].text, "answered_at": answers[-1].at}
    return message.model_copy(update={"answers": answers, **newest})


def inform(message: Message, news: CaseInformed) -> Message:
    """Add an interim answer to those before."""
    if any(known.at == news.informed_at for known in message.informed):
        return message
    added = Answer(text=news.text, at=news.informed_at)
    return message.model_copy(
        update={"informed": tuple(sorted((*message.informed, added), key=lambda known: known.at))}
    )


def close(message: Message, news: CaseClosed) -> Message:
    """Show that the case is closed, and what its officer said to its writer; unless a newer closing is there."""
    if message.closed_at and news.closed_at < message.closed_at:
        return message
    return message.model_copy(
        update={
            "closure_reason": news.closure_reason,
            "explanation": news.explanation,
            "closed_at": news.closed_at,
        }
    )


def ask(message: Message, news: QuestionAsked) -> Message:
    """Show what an officer asks."""
    if message.question(news.question_id):
        return message
    asked = Question(id=news.question_id, text=news.text, asked_at=news.asked_at)
    questions = sorted((*message.questions, asked), key=lambda question: question.asked_at)
    return message.model_copy(update={"questions": tuple(questions)})


def ask_whether_kept(message: Message, news: PromiseAsked) -> Message:
    """Ask whether what was promised was done."""
    if message.promise(news.promise_id):
        return message
    asked = Promise(id=news.promise_id, text=news.promise, promised_for=news.promised_for, asked_at=news.asked_at)
    promises = sorted((*message.promises, asked), key=lambda promise: promise.asked_at)
    return message.model_copy(update={"promises": tuple(promises)})


def came_back(message: Message, news: LetterFailed) -> Message:
    """Note that a letter to the writer could not be delivered; not if they have given another address since."""
    if message.corrected_at and news.failed_at <= message.corrected_at:
        return message
    if message.undelivered and news.failed_at <= message.undelivered.at:
        return message
    return message.model_copy(update={"undelivered": Undelivered(template=news.template, at=news.failed_at)})


def corrected_by_desk(message: Message, news: AddressCorrected) -> Message:
    """An officer has corrected the writer's address; not if another one was given since."""
    if message.corrected_at and news.corrected_at <= message.corrected_at:
        return message
    lost = message.undelivered
    return message.model_copy(
        update={
            "submission": message.submission.model_copy(update={"email": news.email}),
            "corrected_at": news.corrected_at,
            "undelivered": lost if lost and lost.at > news.corrected_at else None,
        }
    )
