"""The clock of the law: by when the submitter has to hear, and what an interim answer changes (Law 3071, article 7)."""

from datetime import datetime

from services.router.cases.domain.case import Case
from services.router.deadlines.domain.counting import DayClock, Deadlines


def with_answer_clock(case: Case, deadlines: Deadlines) -> Case:
    """The case with the clock of its kind, which runs from the message on, and its last day."""
    clock = deadlines.for_answer(case.submitted_at, case.kind)
    return case.model_copy(update={"answer_clock": clock, "answer_due_at": deadlines.due(clock)})


def answer_clock(case: Case, deadlines: Deadlines) -> DayClock:
    """The clock of the law; that of its kind today for a case of a version that kept none."""
    return case.answer_clock or deadlines.for_answer(case.submitted_at, case.kind)


def answer_due(case: Case, deadlines: Deadlines) -> datetime:
    """The last moment for the answer by law."""
    return case.answer_due_at or deadlines.due(answer_clock(case, deadlines))


def informed_in_time(case: Case, due_at: datetime) -> bool:
    """Whether an interim answer met the duty of the law. The final one is owed all the same."""
    return any(told.at <= due_at for told in case.informed)
