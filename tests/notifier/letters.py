"""An event for each of the seven letters."""

from typing import Any
from uuid import uuid4

from services.notifier.handlers.letters import LetterHandlers
from services.notifier.handlers.writing import Writer
from services.notifier.store import Letters, ReceiptCounts, Snapshots
from shared.clock import Clock, utc_now
from shared.documents import Database, left_to_the_sweep
from shared.events import (
    AssignmentDeclined,
    AssignmentInvited,
    AssignmentRecalled,
    CaseAnswered,
    CaseClosed,
    LetterFailed,
    MessageEvent,
    ReceiptRequested,
)
from shared.seal import Seal
from tests import examples as example
from tests.notifier.mail import settings

CODE = "ABCD-EFGH-JKLM-NPQR"
STATUS_URL = f"http://127.0.0.1:8001/t/{CODE}"
LINK = "http://127.0.0.1:8003/a/NuTgeHeimEsTokEn0123456789abcdef"
CITIZEN = "deniz.kaya@example.org"
DESK = "bidb@klu.example"


def receipt_requested(**different: Any) -> ReceiptRequested:
    given = {
        "message_id": str(uuid4()),
        "reference": "26-7KX4-9Q",
        "email": CITIZEN,
        "name": "Deniz Kaya",
        "tracking_code": CODE,
        "status_url": STATUS_URL,
        "submitted_at": example.NOW,
    }
    return ReceiptRequested.model_validate(given | different)


def assignment_invited(**different: Any) -> AssignmentInvited:
    given = {
        "message_id": str(uuid4()),
        "assignment_id": str(uuid4()),
        "reference": "26-7KX4-9Q",
        "kind": "complaint",
        "subject": "Kütüphanede ısıtma çalışmıyor",
        "note": "Lütfen inceleyip cevaplayınız.",
        "unit": example.LIBRARY,
        "link": LINK,
        "due_at": example.NOW,
    }
    return AssignmentInvited.model_validate(given | different)


def case_answered(**different: Any) -> CaseAnswered:
    given = {
        "message_id": str(uuid4()),
        "reference": "26-7KX4-9Q",
        "answer": "Isıtma sistemi onarılmıştır.\n\nİyi günler dileriz, ğüşıöç ĞÜŞİÖÇ.",
        "submitter": example.submitter(),
        "revision": 3,
        "answered_at": example.NOW,
    }
    return CaseAnswered.model_validate(given | different)


def case_closed(**different: Any) -> CaseClosed:
    given = {
        "message_id": str(uuid4()),
        "reference": "26-7KX4-9Q",
        "closure_reason": "not_responsible",
        "explanation": "Bu konu belediyenin görevidir.",
        "submitter": example.submitter(),
        "revision": 3,
        "closed_at": example.NOW,
    }
    return CaseClosed.model_validate(given | different)


EVENTS: dict[str, MessageEvent] = {
    "notice": example.message_submitted(),
    "receipt": receipt_requested(),
    "invitation": assignment_invited(),
    "return": assignment_invited(returned_because="Tarih de yazınız."),
    "arrival": example.reply_submitted(),
    "answer": case_answered(),
    "closure": case_closed(),
    "decline": AssignmentDeclined(
        message_id="m1",
        assignment_id="a1",
        reference="26-7KX4-9Q",
        unit=example.LIBRARY,
        reason="Bu konu birimimizi ilgilendirmiyor.",
        by="Fatma Şahin",
        declined_at=example.NOW,
    ),
}
"""The event that causes each letter. What follows on another letter is in LATER."""
LATER: dict[str, MessageEvent] = {
    "recall": AssignmentRecalled(
        message_id="m1", assignment_id="a1", reason="Konu başka bir birime verilmiştir.", recalled_at=example.NOW
    ),
    "failure": LetterFailed(
        message_id="m1", letter_id="l1", template="receipt", reason="550 5.1.1 No such user", failed_at=example.NOW
    ),
}
RECIPIENTS = {
    "notice": DESK,
    "receipt": CITIZEN,
    "invitation": example.LIBRARY.email,
    "return": example.LIBRARY.email,
    "arrival": DESK,
    "answer": CITIZEN,
    "closure": CITIZEN,
    "decline": DESK,
}


async def handle(database: Database, event: MessageEvent, *, clock: Clock = utc_now, **different: Any) -> Letters:
    """Call the notifier's handler of this event once, without a broker. Returns the store of the letters."""
    sealing = Database(database.mongodb, source="notifier", seal=Seal(example.SECRET), on_outbox=left_to_the_sweep)
    letters, given = Letters(sealing), settings(**different)
    stores = letters, Snapshots(sealing), ReceiptCounts(sealing)
    handlers = LetterHandlers(*stores, Writer(given), given, clock)
    await getattr(handlers, f"on_{event.type.replace('.', '_')}")(example.sealed(event))
    return letters
