"""What the desk reports about a message: its steps, its answer, its end."""

from services.intake.domain.message import Message, Progress
from shared.events import CaseAnswered, CaseClosed, CaseProgressed


def progress(message: Message, news: CaseProgressed) -> Message:
    """Note a public step, in its place among the others."""
    reached = Progress(case_revision=news.revision, step=news.step, at=news.at, cause=news.cause, units=news.units)
    steps = sorted([*message.progress, reached], key=lambda p: p.case_revision)
    return message.model_copy(update={"progress": tuple(steps)})


def answer(message: Message, news: CaseAnswered) -> Message:
    """Show the answer, unless a newer one is there."""
    if message.answered_at and news.answered_at <= message.answered_at:
        return message
    return message.model_copy(update={"answer": news.answer, "answered_at": news.answered_at})


def close(message: Message, news: CaseClosed) -> Message:
    """Show that the case is closed, and what its officer said to its writer."""
    return message.model_copy(
        update={
            "closure_reason": news.closure_reason,
            "explanation": news.explanation,
            "closed_at": news.closed_at,
        }
    )
