"""Letters of which the notifier has told, for tests of the desk."""

from datetime import timedelta
from typing import Any

from services.router.cases.domain.case import Case
from services.router.cases.handlers import CaseHandlers
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters
from services.router.directory.store.health import UnitHealths
from shared.documents import Database
from shared.events import LetterFailed, LetterSent
from tests import examples as example

SENT_AT, FAILED_AT = example.NOW + timedelta(minutes=1), example.NOW + timedelta(minutes=5)
RECIPIENT = "deniz.kaya@example.org"


def letter_sent(case: Case, template: str = "answer", **different: Any) -> LetterSent:
    """A letter to the submitter of the case left."""
    return LetterSent.model_validate(_given(case, template) | {"sent_at": SENT_AT} | different)


def letter_failed(case: Case, template: str = "answer", **different: Any) -> LetterFailed:
    """A letter to the submitter of the case was refused."""
    why = {"failed_at": FAILED_AT, "reason": "550 5.1.1 no such user", "cause": "refused"}
    return LetterFailed.model_validate(_given(case, template) | why | different)


def _given(case: Case, template: str) -> dict[str, Any]:
    return {
        "message_id": case.id,
        "letter_id": f"{case.id}.{template}",
        "template": template,
        "recipient": RECIPIENT,
        "subject": f"Cevabınız [{case.reference}]",
        "text": "Sayın Deniz Kaya,\n\nLambalar değiştirildi.\n\nDurum sayfası: …",
        "language": "tr",
    }


async def told(database: Database, *events: LetterSent | LetterFailed) -> None:
    """The router hears these events, in this order."""
    handlers = CaseHandlers(Cases(database), healths=UnitHealths(database), letters=DeskLetters(database))
    for event in events:
        if isinstance(event, LetterSent):
            await handlers.on_letter_sent(example.sealed(event))
        else:
            await handlers.on_letter_failed(example.sealed(event))
