"""Questions to the submitter, who answers them on the status page."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import (
    Case,
    entry_by,
    entry_by_submitter,
    progressed,
    require_decided,
    with_derived_state,
    with_files,
    with_timeline,
)
from services.router.cases.domain.holds import interrupted
from services.router.cases.domain.parts import Question
from services.router.cases.domain.routing import FINISHED
from shared.events import Event, QuestionAnswered, QuestionAsked, done_by
from shared.refused import Refused


def ask(case: Case, *, question_id: str, text: str, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """Ask the submitter something. Raises Refused for a finished case, and while an objection is undecided."""
    if case.finished:
        raise Refused(FINISHED)
    require_decided(case)
    question = Question(id=question_id, text=text, by=by.name, actor=by.actor, asked_at=now)
    entry = entry_by(by, "asked", now, text=text)
    asked = with_derived_state(with_timeline(case, entry, questions=(*case.questions, question)))
    event = QuestionAsked(
        message_id=case.id,
        question_id=question_id,
        reference=case.reference,
        text=text,
        submitter=case.submitter,
        language=case.language,
        asked_at=now,
    )
    return asked, done_by(by.actor, event, *progressed(case, asked, now, cause="question"))


def receive_answer(case: Case, told: QuestionAnswered, now: datetime) -> tuple[Case, list[Event]]:
    """The submitter answered: the case is where it was before the question.

    An answer to a question that has one, or that this case does not know, and one to a finished case change no state.
    """
    entry = entry_by_submitter(case, "question_answered", told.answered_at, text=told.text, files=told.files)
    entry = entry.model_copy(update={"mail": told.mail_id})
    ids = tuple(file.id for file in told.files)
    answer = {"answer": told.text, "answered_at": told.answered_at, "files": ids}
    waiting = {question.id for question in case.open_questions}
    questions = tuple(
        q.model_copy(update=answer) if q.id == told.question_id and q.id in waiting else q for q in case.questions
    )
    of_case = interrupted(case, told.answered_at)
    answered = with_derived_state(
        with_timeline(of_case, entry, files=with_files(case, told.files), questions=questions)
    )
    if case.finished or told.question_id not in waiting:
        return answered, []
    return answered, done_by(case.actor, *progressed(case, answered, now, cause="question_answered"))
