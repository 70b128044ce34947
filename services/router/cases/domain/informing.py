"""What units are told of the case while they are asked, and how much of it they may read."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.sensitive import black_out, find
from shared.alphabet import lower
from shared.events import AssignmentInformed, Event, FileRef, MessageFollowedUp, QuestionAnswered, done_by

SHORTEST_NAME = 3
"""Letters of a part of a name that is looked for by itself."""


def inform_of_answer(before: Case, case: Case, told: QuestionAnswered, now: datetime) -> list[Event]:
    """The submitter has answered what a unit wanted to know: it reads the answer, if it is still asked."""
    waiting = {question.id: question for question in before.open_questions}
    question = waiting.get(told.question_id)
    units = [a for a in case.assignments if question and a.id == question.assignment_id and a.open]
    if case.finished or question is None:
        return []
    given = {"information_id": told.question_id, "cause": "question_answered", "question": question.text}
    return _informed(case, units, told.text, told.files, now, **given)


def inform_of_follow_up(case: Case, told: MessageFollowedUp, now: datetime) -> list[Event]:
    """The submitter has written again: the units whose replies are awaited read it."""
    if case.finished:
        return []
    given = {"information_id": told.follow_up_id, "cause": "follow_up"}
    return _informed(case, case.awaited, told.text, told.files, now, **given)


def inform_of_interim(case: Case, assignment: Assignment, interim_id: str, text: str, now: datetime) -> Event:
    """The unit's interim reply went to the submitter, in these words."""
    return AssignmentInformed(
        message_id=case.id,
        assignment_id=assignment.id,
        information_id=interim_id,
        cause="interim_sent",
        text=without_writer(case, text) if not assignment.identity_shared else text,
        informed_at=now,
    )


def answer_for(case: Case, assignment: Assignment, answer: str) -> str:
    """The answer that the submitter got, as the unit may read it: without the name where that stays hidden."""
    return answer if assignment.identity_shared else without_writer(case, answer)


def readable(case: Case, assignment: Assignment, text: str) -> str:
    """What the submitter wrote, as the unit may read it.

    Where an officer has edited the message for the unit, everything is blacked out that the desk finds by itself.
    """
    if not assignment.identity_shared:
        text = without_writer(case, text)
    if _as_written(case, assignment):
        return text
    return black_out(text, {hint.found for hint in find(text)})


def without_writer(case: Case, text: str) -> str:
    """The text without name, address and telephone of the submitter."""
    person = case.submitter
    address, digits = lower(person.email or ""), _digits(person.phone or "")[-10:]
    hidden = {
        hint.found
        for hint in find(text)
        if (hint.kind == "email" and lower(hint.found) == address)
        or (hint.kind == "phone" and digits and _digits(hint.found).endswith(digits))
    }
    text = black_out(text, hidden)
    name = person.name or ""
    for part in (name, *(part for part in name.split() if len(part) >= SHORTEST_NAME)):
        text = black_out(text, {hint.found for hint in find(text, part) if hint.kind == "name"}, part)
    return text


def _informed(
    case: Case, units: Iterable[Assignment], text: str, files: Sequence[FileRef], now: datetime, **given: str
) -> list[Event]:
    events = [
        AssignmentInformed.model_validate(
            {
                "message_id": case.id,
                "assignment_id": assignment.id,
                "text": readable(case, assignment, text),
                "files": _files(case, assignment, files),
                "informed_at": now,
                **given,
                "question": answer_for(case, assignment, given.get("question", "")),
            }
        )
        for assignment in units
    ]
    return done_by(case.actor, *events)


def _files(case: Case, assignment: Assignment, files: Sequence[FileRef]) -> tuple[FileRef, ...]:
    """Nobody has looked for names in files, so that a unit gets them only where it may read everything."""
    whole = assignment.identity_shared and _as_written(case, assignment)
    return tuple(file for file in files if file.state != "infected") if whole else ()


def _as_written(case: Case, assignment: Assignment) -> bool:
    return assignment.text == case.text


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())
