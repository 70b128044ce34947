"""A valid one of everything; a test states only its difference: ``example.message_submitted(kind="request")``."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from services.intake.domain.codes import new_reference, tracking_code
from services.intake.domain.message import Message, Submission, submit
from services.notifier.domain.letter import Letter
from services.replies.domain.assignment import Assignment as UnitsAssignment
from services.replies.domain.assignment import Drawn
from services.replies.domain.following import open_assignment
from services.replies.domain.writing import reply
from services.router.access import Officer, Role
from services.router.accounts.domain import Account, hash_password
from services.router.cases.domain.case import Case, open_case
from services.router.cases.domain.review import approve, pending_versions, receive_reply
from services.router.cases.domain.routing import decline, route
from services.router.directory.domain import Unit
from shared import events
from shared.broker.topology import OWNERS, PRODUCERS
from shared.events import CONTENT_TYPE, CloudEvent, Event, Submitter, envelope
from shared.parked import Parked, ParkedMessage
from shared.seal import Seal
from shared.signing import Signatures, Signer
from shared.state import Person, UnitRef

NOW = datetime(2026, 11, 23, 9, 30, tzinfo=UTC)
SECRET = "an example of a secret key, 32 characters or more"
AUDIT_KEY = "an example of the key of the audit record"
REFERENCE = "26-7KX4-9Q"
"""The public number of the units' assignments."""
SIGNERS = {service: Signer(service.encode().hex().ljust(64, "0")) for service in PRODUCERS}
VERIFY_KEYS = ",".join(f"{service}:{signer.public_key}" for service, signer in SIGNERS.items())
SIGNATURES = Signatures({service: [signer.public_key] for service, signer in SIGNERS.items()})
PASSWORD = "correct horse battery"
HASHED = hash_password(PASSWORD)
LIBRARY = UnitRef(
    code="kddb",
    name_tr="Kütüphane ve Dokümantasyon Daire Başkanlığı",
    name_en="Department of Library and Documentation",
    email="kddb@klu.example",
)
WORKS = UnitRef(
    code="yitdb",
    name_tr="Yapı İşleri ve Teknik Daire Başkanlığı",
    name_en="Department of Construction and Technical Works",
    email="yitdb@klu.example",
)

MESSAGE_FORM = {
    "kind": "complaint",
    "subject": "Kütüphanede ısıtma çalışmıyor",
    "text": "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor.",
    "name": "Deniz Kaya",
    "email": "deniz.kaya@example.org",
    "phone": "0288 212 96 79",
    "notice": "yes",
}
"""The public form as a person fills it in."""
API_MESSAGE = {
    "kind": "complaint",
    "subject": "Kütüphanede ısıtma çalışmıyor",
    "text": "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor.",
    "email": "deniz.kaya@example.org",
    "privacy_notice_accepted": True,
}
REPLY_FORM = {"text": "Isıtma sistemi onarılmıştır.", "by": "Fatma Şahin", "check": "7KX4"}
DECLINE_FORM = {
    "reason": "Isıtma, Yapı İşlerinin konusudur.",
    "suggested_unit": "",
    "declined_by": "Fatma Şahin",
    "decline_check": "7KX4",
}


def sealed(data: Event, **different: Any) -> CloudEvent[Any]:
    """An event in its envelope."""
    given: dict[str, Any] = {"event_id": str(uuid4()), "source": "test", "at": NOW} | different
    return envelope(data, **given)


def keys(service: str) -> dict[str, str]:
    """The settings of a service that sign and check events, and link the audit record."""
    audit = {"audit_key": AUDIT_KEY} if service == "router" else {}
    return {"signing_key": service.encode().hex().ljust(64, "0"), "verify_keys": VERIFY_KEYS, **audit}


def signed(event: CloudEvent[Any], *, by: str = "") -> bytes:
    """The body of an event, signed by the owner of its type or by another service."""
    return SIGNERS[by or OWNERS[event.data.type]].sign(event.model_dump_json(exclude_none=True)).encode()


def told(document: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """The entries of a document's outbox but for its audit records, which every act of people owes."""
    return [entry for entry in (document or {})["outbox"] if not entry["type"].endswith(".audited")]


def unpublished_data(entry: dict[str, Any]) -> dict[str, Any]:
    """The data of an event that a service of the tests has in an outbox, where it is sealed."""
    body = (
        Seal(SECRET).open(entry["body"]) if entry.get("sealed") else entry["body"]
    )  # a store of the test seals nothing
    data: dict[str, Any] = json.loads(body)["data"]
    return data


def person(**different: Any) -> Person:
    """Who wrote, as documents keep them."""
    given = {"name": "Deniz Kaya", "email": "deniz.kaya@example.org", "phone": "0288 212 96 79"}
    return Person.model_validate(given | different)


def submitter(**different: Any) -> Submitter:
    """Who wrote, as events name them."""
    return Submitter.model_validate(person(**different))


def submission(**different: Any) -> Submission:
    given = {
        "kind": "complaint",
        "subject": "Kütüphanede ısıtma çalışmıyor",
        "text": "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor.",
        "name": "Deniz Kaya",
        "email": "deniz.kaya@example.org",
        "phone": "0288 212 96 79",
    }
    return Submission.model_validate(given | different)


def message(**different: Any) -> Message:
    """A message as the intake keeps it."""
    message_id = str(uuid4())
    made, _ = submit(
        submission(),
        message_id=message_id,
        reference=new_reference(NOW),
        code=tracking_code(SECRET, message_id),
        base_url="http://127.0.0.1:8001",
        language="tr",
        now=NOW,
    )
    return made.model_copy(update=different)


def file_ref(**different: Any) -> events.FileRef:
    """A picture that somebody sent with a message."""
    given: dict[str, Any] = {
        "id": "a1",
        "owner": "intake",
        "name": "kalorifer.jpg",
        "type": "image/jpeg",
        "size": 48_213,
        "sha256": "ab" * 32,
        "state": "clean",
    }
    return events.FileRef.model_validate(given | different)


def message_submitted(**different: Any) -> events.MessageSubmitted:
    given = {
        "message_id": str(uuid4()),
        "reference": new_reference(NOW),
        "kind": "complaint",
        "subject": "Kütüphanede ısıtma çalışmıyor",
        "text": "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor.",
        "submitter": submitter(),
        "submitted_at": NOW,
    }
    return events.MessageSubmitted.model_validate(given | different)


def saved(changed: Case) -> Case:
    """The case as it is after saving this change."""
    return changed.model_copy(update={"revision": changed.revision + 1})


def case(**different: Any) -> Case:
    """A new case on the desk."""
    made, _ = open_case(message_submitted())
    return made.model_copy(update=different)


def routed_case(*units: UnitRef, **different: Any) -> Case:
    """A case that was routed to the library, or to these units."""
    to = units or (LIBRARY,)
    routed, _ = route(
        case(**different),
        to,
        ids=[str(uuid4()) for _ in to],
        text="Metin, birimin göreceği şekliyle.",
        note="Lütfen inceleyip cevaplayınız.",
        share_identity=True,
        due_at=NOW + timedelta(days=7),
        by=officer(),
        now=NOW,
    )
    return saved(routed)


def case_progressed(**different: Any) -> events.CaseProgressed:
    given = {"message_id": str(uuid4()), "step": "at_unit", "revision": 1, "at": NOW + timedelta(hours=1)}
    return events.CaseProgressed.model_validate(given | different)


def case_answered(**different: Any) -> events.CaseAnswered:
    given = {
        "message_id": str(uuid4()),
        "reference": new_reference(NOW),
        "answer": "Isıtma sistemi onarılmıştır, bilginize sunarız.",
        "submitter": submitter(),
        "revision": 4,
        "answered_at": NOW + timedelta(hours=4),
    }
    return events.CaseAnswered.model_validate(given | different)


def case_informed(**different: Any) -> events.CaseInformed:
    """An interim answer."""
    given = {
        "message_id": str(uuid4()),
        "reference": new_reference(NOW),
        "subject": "Kütüphanede ısıtma çalışmıyor",
        "text": "Yedek parça beklenmektedir.",
        "submitter": submitter(),
        "revision": 3,
        "informed_at": NOW + timedelta(hours=3),
    }
    return events.CaseInformed.model_validate(given | different)


def case_closed(**different: Any) -> events.CaseClosed:
    given = {
        "message_id": str(uuid4()),
        "reference": new_reference(NOW),
        "closure_reason": "not_responsible",
        "explanation": "Başvurunuz belediyenin görev alanına girmektedir.",
        "revision": 5,
        "closed_at": NOW + timedelta(hours=5),
    }
    return events.CaseClosed.model_validate(given | different)


def question_asked(**different: Any) -> events.QuestionAsked:
    """An officer asks the writer something."""
    given = {
        "message_id": str(uuid4()),
        "question_id": "q1",
        "reference": new_reference(NOW),
        "text": "Hangi kattaki ısıtma çalışmıyor?",
        "submitter": submitter(),
        "asked_at": NOW + timedelta(hours=2),
    }
    return events.QuestionAsked.model_validate(given | different)


def letter_failed(**different: Any) -> events.LetterFailed:
    """The receipt came back."""
    message_id = different.get("message_id", str(uuid4()))
    given = {
        "message_id": message_id,
        "letter_id": f"{message_id}.receipt",
        "template": "receipt",
        "reason": "550 5.1.1 no such user",
        "failed_at": NOW + timedelta(minutes=5),
    }
    return events.LetterFailed.model_validate(given | different)


def replied_case(*units: UnitRef, **different: Any) -> Case:
    """A case whose units, the library or these, have all replied."""
    replied = routed_case(*units, **different)
    for assignment in replied.assignments:
        given = {"assignment_id": assignment.id, "unit": assignment.unit}
        replied = saved(receive_reply(replied, reply_submitted(replied, **given), NOW + timedelta(hours=1))[0])
    return replied


def half_replied_case() -> Case:
    """A case at two units, of which the first has replied."""
    routed = routed_case(LIBRARY, WORKS)
    return saved(receive_reply(routed, reply_submitted(routed), NOW + timedelta(hours=1))[0])


def answered_case(*units: UnitRef, **different: Any) -> Case:
    """A case whose answer has been released."""
    waiting = replied_case(*units, **different)
    answered, _ = approve(
        waiting,
        answer="Isıtma sistemi onarılmıştır.",
        versions=pending_versions(waiting),
        waived_because="",
        by=officer(),
        now=NOW + timedelta(hours=2),
    )
    return saved(answered)


def declined_case(**different: Any) -> Case:
    """A case that its unit has handed back."""
    routed = routed_case(**different)
    declined = events.AssignmentDeclined(
        message_id=routed.id,
        assignment_id=routed.assignments[0].id,
        reason="Bu konu bizim görevimiz değil.",
        suggested_unit="Yapı İşleri",
        by="Fatma Şahin",
        declined_at=NOW + timedelta(hours=1),
    )
    return saved(decline(routed, declined, NOW + timedelta(hours=1))[0])


def assignment_requested(**different: Any) -> events.AssignmentRequested:
    given = {
        "message_id": str(uuid4()),
        "assignment_id": str(uuid4()),
        "reference": new_reference(NOW),
        "kind": "complaint",
        "subject": "Kütüphanede ısıtma çalışmıyor",
        "text": "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor.",
        "submitter": submitter(),
        "note": "Lütfen inceleyip cevaplayınız.",
        "unit": LIBRARY,
        "requested_at": NOW,
        "due_at": NOW + timedelta(days=5),
    }
    return events.AssignmentRequested.model_validate(given | different)


def units_assignment(**different: Any) -> UnitsAssignment:
    """An assignment as the portal keeps it."""
    requested = assignment_requested(reference=REFERENCE)
    made, _ = open_assignment(requested, secret=SECRET, base_url="http://127.0.0.1:8003")
    return made.model_copy(update=different)


def drawn(of: UnitsAssignment, form: str = "form 1") -> Drawn:
    """A form of the portal that shows what the unit has written so far."""
    return Drawn(of.written, form)


def replied_assignment(**different: Any) -> UnitsAssignment:
    """An assignment that its unit has replied to."""
    asked, at = units_assignment(), NOW + timedelta(hours=1)
    replied, _ = reply(asked, text=REPLY_FORM["text"], by=REPLY_FORM["by"], drawn=drawn(asked), now=at)
    return replied.model_copy(update=different)


def assignment_recalled(of: UnitsAssignment, **different: Any) -> events.AssignmentRecalled:
    """The desk takes back an assignment of the portal."""
    given = {
        "message_id": of.message_id,
        "assignment_id": of.id,
        "reason": "Başka bir birime yönlendirilmiştir.",
        "recalled_at": NOW + timedelta(hours=2),
    }
    return events.AssignmentRecalled.model_validate(given | different)


def assignment_rescheduled(of: UnitsAssignment, **different: Any) -> events.AssignmentRescheduled:
    """The unit of an assignment of the portal has another last day."""
    given = {
        "message_id": of.message_id,
        "assignment_id": of.id,
        "due_at": NOW + timedelta(days=9),
        "cause": "question",
        "rescheduled_at": NOW + timedelta(hours=3),
    }
    return events.AssignmentRescheduled.model_validate(given | different)


def reply_returned(of: UnitsAssignment, **different: Any) -> events.ReplyReturned:
    """The desk returns the newest reply of an assignment of the portal."""
    given = {
        "message_id": of.message_id,
        "assignment_id": of.id,
        "version": len(of.replies),
        "reason": "Onarımın tarihini de yazınız.",
        "returned_at": NOW + timedelta(hours=2),
    }
    return events.ReplyReturned.model_validate(given | different)


def reply_accepted(of: UnitsAssignment, **different: Any) -> events.ReplyAccepted:
    """The desk approves the newest reply of an assignment of the portal."""
    given = {
        "message_id": of.message_id,
        "assignment_id": of.id,
        "version": len(of.replies),
        "accepted_at": NOW + timedelta(hours=3),
    }
    return events.ReplyAccepted.model_validate(given | different)


def reply_submitted(of: Case | None = None, **different: Any) -> events.ReplySubmitted:
    """A unit's reply, to the first assignment of a case."""
    given: dict[str, Any] = {
        "message_id": of.id if of else str(uuid4()),
        "assignment_id": of.assignments[0].id if of else str(uuid4()),
        "reference": of.reference if of else new_reference(NOW),
        "unit": of.assignments[0].unit if of else LIBRARY,
        "version": 1,
        "text": "Isıtma sistemi onarılmıştır, bilginize sunarız.",
        "by": "Fatma Şahin",
        "submitted_at": NOW + timedelta(hours=1),
    }
    return events.ReplySubmitted.model_validate(given | different)


def unit(**different: Any) -> Unit:
    given = {
        "id": "kddb",
        "parent": "genel-sekreterlik",
        "kind": "administrative",
        "name_tr": LIBRARY.name_tr,
        "name_en": LIBRARY.name_en,
        "email": LIBRARY.email,
    }
    return Unit.model_validate(given | different)


def account(**different: Any) -> Account:
    """The account of an officer, whose password is PASSWORD."""
    given = {
        "id": "7c1d7a52-3c57-4a0b-9d0c-1b1f0c4f7a11",
        "email": "gorevli@klu.example",
        "name": "Ayşe Yılmaz",
        "role": Role.OFFICER,
        "password_hash": HASHED,
    }
    return Account.model_validate(given | different)


def officer(**different: Any) -> Officer:
    """The person of that account."""
    return account(**different).officer


def letter(**different: Any) -> Letter:
    """A letter that waits to be sent."""
    message_id = str(uuid4())
    given = {
        "id": f"{message_id}.receipt",
        "message_id": message_id,
        "template": "receipt",
        "recipient": "deniz.kaya@example.org",
        "subject": "Başvurunuz alınmıştır",
        "record": "Başvurunuz alınmıştır.",
        "raw": b"Subject: test\r\n\r\nBa\xc5\x9fvurunuz al\xc4\xb1nm\xc4\xb1\xc5\x9ft\xc4\xb1r.\r\n",
        "made_at": NOW,
        "due_at": NOW,
    }
    return Letter.model_validate(given | different)


def parked(event: CloudEvent[Any], service: str = "router", **different: Any) -> Parked:
    """An event that a service could not process, as it is taken from its queue."""
    body = signed(event)
    given = {
        "id": uuid4().hex,
        "service": service,
        "event_id": event.id,
        "correlation_id": event.correlationid,
        "queue": f"{service}.{event.type}",
        "reason": "RuntimeError: example",
        "attempts": 3,
        "since": NOW,
        "by_broker": False,
        "message": ParkedMessage(body, CONTENT_TYPE, {}).dump(),
    }
    return Parked(**given | different)
