"""What submitters do after sending, as events and as cases."""

from datetime import datetime, timedelta

from services.router.cases.domain.case import Case
from services.router.cases.domain.objections import receive_objection
from services.router.cases.domain.questions import ask
from shared import events
from tests import examples as example

LATER = example.NOW + timedelta(hours=5)


def followed_up(case: Case, at: datetime = LATER) -> events.MessageFollowedUp:
    given = {"message_id": case.id, "follow_up_id": "f1", "text": "Bir de fotoğraf.", "files": [example.file_ref()]}
    return events.MessageFollowedUp.model_validate(given | {"followed_up_at": at})


def withdrawn(case: Case) -> events.MessageWithdrawn:
    return events.MessageWithdrawn(message_id=case.id, reason="Sorun çözüldü.", withdrawn_at=LATER)


def rated(case: Case, score: int = 4, at: datetime = LATER) -> events.MessageRated:
    return events.MessageRated(message_id=case.id, score=score, comment="Teşekkürler.", rated_at=at)


def objected(case: Case) -> events.MessageObjected:
    return events.MessageObjected(message_id=case.id, reason="Isıtma yine çalışmıyor.", objected_at=LATER)


def answered(case: Case, question_id: str = "q1") -> events.QuestionAnswered:
    given = {"message_id": case.id, "question_id": question_id, "text": "İkinci katta.", "answered_at": LATER}
    return events.QuestionAnswered.model_validate(given | {"files": [example.file_ref(id="a2")]})


def asked_case(case: Case | None = None) -> Case:
    question = {"question_id": "q1", "text": "Hangi katta?"}
    return example.saved(
        ask(case or example.case(), **question, by=example.officer(), now=example.NOW + timedelta(hours=3))[0]
    )


def objected_case(case: Case | None = None) -> Case:
    before = case or example.answered_case()
    return example.saved(receive_objection(before, objected(before), LATER)[0])
