"""Mails for tests of the desk."""

from datetime import timedelta
from typing import Any

from services.router.cases.domain.case import Case
from services.router.cases.domain.mailed import propose_reply, receive_mail
from services.router.cases.domain.mails import mail_of
from shared.events import MailReceived, ReplyProposed
from tests import examples as example

LATER = example.NOW + timedelta(days=1)
FILE = example.file_ref(id="m1a", owner="notifier", name="tutanak.pdf", type="application/pdf")


def mail(case: Case | None = None, **different: Any) -> MailReceived:
    """A mail to the address of a case, or to no case."""
    of_case = {"purpose": "citizen", "message_id": case.id} if case else {"purpose": "unclear"}
    given: dict[str, Any] = {
        "mail_id": "m1",
        "sender": "deniz.kaya@example.org",
        "sender_name": "Deniz Kaya",
        "subject": "Isıtma hakkında",
        "text": "Bugün de kalorifer soğuk.",
        "quotation": "> Başvurunuz alınmıştır.",
        "received_at": LATER,
    }
    return MailReceived.model_validate(given | of_case | different)


def from_unit(case: Case, **different: Any) -> MailReceived:
    """The answer of the case's first unit to its letter."""
    of_unit = {
        "purpose": "unit",
        "assignment_id": case.assignments[0].id,
        "sender": "fatma.sahin@klu.example",
        "sender_name": "Fatma Şahin",
        "text": "Kalorifer onarıldı.",
        "files": (FILE,),
    }
    return mail(case, **of_unit | different)


def proposed(case: Case, **different: Any) -> ReplyProposed:
    """What the portal makes of it."""
    told = from_unit(case)
    given = {
        "message_id": case.id,
        "assignment_id": case.assignments[0].id,
        "mail_id": told.mail_id,
        "reference": case.reference,
        "unit": case.assignments[0].unit,
        "text": told.text,
        "by": told.sender_name,
        "sender": told.sender,
        "verified": told.verified,
        "files": told.files,
        "proposed_at": LATER,
    }
    return ReplyProposed.model_validate(given | different)


def with_proposed_reply(case: Case) -> Case:
    """The case after its unit has written an e-mail."""
    received = example.saved(receive_mail(case, mail_of(from_unit(case))))
    return example.saved(propose_reply(received, proposed(case), LATER))
