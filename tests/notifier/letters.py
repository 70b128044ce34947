"""An event for each letter, and the handlers that make the letters."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from services.notifier.config import Settings
from services.notifier.handlers.accounts import AccountHandlers
from services.notifier.handlers.citizens import CitizenHandlers
from services.notifier.handlers.correspondence import Correspondence
from services.notifier.handlers.desk import DeskHandlers
from services.notifier.handlers.resending import ResendHandlers
from services.notifier.handlers.units import UnitHandlers
from services.notifier.handlers.writing import Writer
from services.notifier.store import Letters, ReceiptCounts, Snapshots
from shared.broker.consuming import handlers_of
from shared.clock import Clock, utc_now
from shared.documents import Database, left_to_the_sweep
from shared.events import (
    AccountNotified,
    AssignmentDeclined,
    AssignmentInvited,
    AssignmentRecalled,
    CaseAnswered,
    CaseClosed,
    CaseRerouted,
    CloudEvent,
    CodeOfMessage,
    CodesRequested,
    ColleagueInvited,
    DueAssignment,
    DueCase,
    Event,
    ExtensionDecided,
    InterimSubmitted,
    LetterFailed,
    MessageEvent,
    MessageFollowedUp,
    MessageObjected,
    MessageWithdrawn,
    OfficerReminded,
    OverviewRequested,
    PromiseAsked,
    QuestionAnswered,
    QuestionAsked,
    QuestionProposed,
    ReceiptRequested,
    ReplyProposed,
    TestLetterRequested,
    UnitAddress,
    UnitName,
    UnitReminded,
)
from shared.institution import of_settings
from shared.seal import Seal
from tests import examples as example
from tests.notifier.mail import settings

CODE = "ABCD-EFGH-JKLM-NPQR"
STATUS_URL = f"http://127.0.0.1:8001/t/{CODE}"
OTHER = "WXYZ-2345-6789-0ABC"
OTHER_URL = f"http://127.0.0.1:8001/t/{OTHER}"
LINK = "http://127.0.0.1:8003/a/NuTgeHeimEsTokEn0123456789abcdef"
OVERVIEW_LINK = "http://127.0.0.1:8003/o/NuTgeHeimEsTokEn0123456789abcdef"
CITIZEN = "deniz.kaya@example.org"
ACCOUNT_LINK = "http://127.0.0.1:8002/invitation/NuTgeHeimEsTokEn0123456789abcdef"
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


def question_asked(**different: Any) -> QuestionAsked:
    given = {
        "message_id": str(uuid4()),
        "question_id": "q1",
        "reference": "26-7KX4-9Q",
        "text": "Hangi kattaydınız?\nSaat kaçtı?",
        "submitter": example.submitter(),
        "asked_at": example.NOW,
    }
    return QuestionAsked.model_validate(given | different)


def case_rerouted(**different: Any) -> CaseRerouted:
    given = {
        "message_id": str(uuid4()),
        "reference": "26-7KX4-9Q",
        "submitter": example.submitter(),
        "units": (UnitName.model_validate(example.LIBRARY), UnitName.model_validate(example.WORKS)),
        "rerouted_at": example.NOW,
    }
    return CaseRerouted.model_validate(given | different)


def codes_requested(**different: Any) -> CodesRequested:
    ids = {"reference": "26-7KX4-9Q", "kind": "complaint", "tracking_code": CODE, "status_url": STATUS_URL}
    other = {"reference": "26-AAAA-BB", "kind": "request", "tracking_code": OTHER, "status_url": OTHER_URL}
    codes = tuple(CodeOfMessage.model_validate(one | {"submitted_at": example.NOW}) for one in (ids, other))
    given = {"request_id": str(uuid4()), "email": CITIZEN, "codes": codes, "requested_at": example.NOW}
    return CodesRequested.model_validate(given | different)


def promise_asked(**different: Any) -> PromiseAsked:
    given = {
        "message_id": str(uuid4()),
        "promise_id": "p1",
        "reference": "26-7KX4-9Q",
        "promise": "Isıtma onarılacaktır.",
        "promised_for": example.NOW,
        "submitter": example.submitter(),
        "asked_at": example.NOW,
    }
    return PromiseAsked.model_validate(given | different)


FROM_UNIT: dict[str, Any] = {
    "message_id": "m1",
    "assignment_id": "a1",
    "reference": "26-7KX4-9Q",
    "unit": UnitAddress.model_validate(example.LIBRARY),
}
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
    "question": question_asked(),
    "interim": example.case_informed(
        message_id="m2", reference="26-7KX4-9Q", subject="Isıtma", text="Parça beklenmektedir."
    ),
    "extension": ExtensionDecided(
        message_id="m1",
        assignment_id="a1",
        reference="26-7KX4-9Q",
        unit=example.LIBRARY,
        granted=False,
        reason="Kanuni süre dolmaktadır.",
        due_at=example.NOW,
        decided_at=example.NOW,
    ),
    "rerouting": case_rerouted(),
    "follow_up": MessageFollowedUp(
        message_id="m2",
        follow_up_id="f1",
        text="Bugün de soğuktu.",
        files=(example.file_ref(),),
        followed_up_at=example.NOW,
    ),
    "question_answered": QuestionAnswered(
        message_id="m2", question_id="q1", text="İkinci kattaydım.", answered_at=example.NOW
    ),
    "objection": MessageObjected(message_id="m2", reason="Hâlâ soğuk.", objected_at=example.NOW),
    "withdrawal": MessageWithdrawn(message_id="m2", reason="Sorun çözüldü.", withdrawn_at=example.NOW),
    "new_link": assignment_invited(cause="new_link"),
    "news": assignment_invited(cause="informed", news="İkinci kattaydım."),
    "colleague": ColleagueInvited(
        message_id="m1",
        assignment_id="a1",
        holder_id="h1",
        reference="26-7KX4-9Q",
        kind="complaint",
        subject="Kütüphanede ısıtma çalışmıyor",
        unit=UnitName.model_validate(example.LIBRARY),
        link=LINK,
        email="ali.veli@klu.example",
        name="Ali Veli",
        by="Fatma Şahin",
        note="Sizin konunuz.",
        due_at=example.NOW,
        invited_at=example.NOW,
    ),
    "promise": promise_asked(),
    "unit_question": QuestionProposed(
        **FROM_UNIT, proposal_id="q1", text="Hangi katta?", by="Fatma Şahin", proposed_at=example.NOW
    ),
    "unit_interim": InterimSubmitted(
        **FROM_UNIT, interim_id="i1", text="Parça geliyor.", by="Fatma Şahin", submitted_at=example.NOW
    ),
    "unit_mail": ReplyProposed(
        **FROM_UNIT,
        mail_id="mail1",
        text="Onarıldı.",
        by="Fatma Şahin",
        sender="fatma.sahin@klu.example",
        verified="pass",
        proposed_at=example.NOW,
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


def account_notified(purpose: str = "invitation", **different: Any) -> AccountNotified:
    given = {
        "notice_id": str(uuid4()),
        "account_id": "a1",
        "email": "elif.demir@klu.example",
        "name": "Elif Demir",
        "purpose": purpose,
        "notified_at": example.NOW,
    }
    if purpose in ("invitation", "reset"):
        given |= {"link": ACCOUNT_LINK, "expires_at": example.NOW}
    return AccountNotified.model_validate(given | different)


def due_assignment(number: int = 0, **different: Any) -> DueAssignment:
    """One of the assignments in a reminder to a unit."""
    given = {
        "assignment_id": f"a{number}",
        "message_id": f"m{number}",
        "reference": "26-7KX4-9Q",
        "subject": "Kütüphanede ısıtma çalışmıyor",
        "due_at": example.NOW - timedelta(days=3),
        "link": f"{LINK}{number}",
    }
    return DueAssignment.model_validate(given | different)


def unit_reminded(**different: Any) -> UnitReminded:
    """One reply of the library is overdue."""
    given = {
        "reminder_id": "unit.kddb.2026-11-23.responsible",
        "unit": example.LIBRARY,
        "cause": "overdue",
        "assignments": (due_assignment(),),
        "reminded_at": example.NOW,
    }
    return UnitReminded.model_validate(given | different)


def due_case(**different: Any) -> DueCase:
    """One of the cases in a reminder to an officer."""
    given = {"message_id": "m1", "reference": "26-7KX4-9Q", "subject": "Kütüphanede ısıtma çalışmıyor"}
    return DueCase.model_validate(given | {"cause": "untaken"} | different)


def officer_reminded(**different: Any) -> OfficerReminded:
    """Nobody has taken a case."""
    given = {
        "reminder_id": "account.7c1d7a52.2026-11-23",
        "account_id": "7c1d7a52",
        "email": "gorevli@klu.example",
        "name": "Ayşe Yılmaz",
        "cause": "reminder",
        "cases": (due_case(),),
        "reminded_at": example.NOW,
    }
    return OfficerReminded.model_validate(given | different)


ALONE: dict[str, Event] = {
    "codes": codes_requested(),
    "account_invitation": account_notified(),
    "account_reset": account_notified("reset"),
    "account_change": account_notified("password_changed"),
    "reminder": unit_reminded(),
    "desk_reminder": officer_reminded(),
    "overview": OverviewRequested(
        request_id="r1",
        unit=UnitAddress.model_validate(example.LIBRARY),
        link=OVERVIEW_LINK,
        expires_at=example.NOW,
        requested_at=example.NOW,
    ),
}
"""The event that causes a letter about no one message: nothing is told about it."""
RECIPIENTS = {
    "notice": DESK,
    "receipt": CITIZEN,
    "invitation": example.LIBRARY.email,
    "return": example.LIBRARY.email,
    "arrival": DESK,
    "answer": CITIZEN,
    "closure": CITIZEN,
    "decline": DESK,
    "question": CITIZEN,
    "rerouting": CITIZEN,
    "interim": CITIZEN,
    "extension": example.LIBRARY.email,
    **dict.fromkeys(("new_link", "news"), example.LIBRARY.email),
    "colleague": "ali.veli@klu.example",
    "promise": CITIZEN,
    **dict.fromkeys(("unit_question", "unit_interim", "unit_mail"), DESK),
    **dict.fromkeys(("follow_up", "question_answered", "objection", "withdrawal"), DESK),
}


def handlers(
    letters: Letters, snapshots: Snapshots, receipts: ReceiptCounts, settings: Settings, clock: Clock = utc_now
) -> tuple[object, ...]:
    """All that make letters."""
    making = Correspondence(letters, Writer(settings, lambda: of_settings(settings)), settings, clock)
    return (
        CitizenHandlers(making, receipts),
        DeskHandlers(making),
        UnitHandlers(making, snapshots),
        AccountHandlers(making),
        ResendHandlers(letters, snapshots, clock),
    )


async def handle(database: Database, event: Event, *, clock: Clock = utc_now, **different: Any) -> Letters:
    """Call the notifier's handler of this event once, without a broker. Returns the store of the letters."""
    return await deliver(database, example.sealed(event), clock=clock, **different)


async def deliver(database: Database, event: CloudEvent[Any], *, clock: Clock = utc_now, **different: Any) -> Letters:
    """The same with an event in its envelope."""
    sealing = Database(database.mongodb, source="notifier", seal=Seal(example.SECRET), on_outbox=left_to_the_sweep)
    letters = Letters(sealing)
    made = handlers(letters, Snapshots(sealing), ReceiptCounts(sealing), settings(**different), clock)
    name = f"on_{event.type.replace('.', '_')}"
    await next(handler for handler in handlers_of(*made) if handler.__name__ == name)(event)
    return letters


TRIED: dict[str, Event] = {
    "test": TestLetterRequested(
        test_id="t1",
        unit=UnitAddress.model_validate(example.LIBRARY),
        email=example.LIBRARY.email,
        name="Ayşe Yılmaz",
        requested_at=example.NOW,
    )
}
"""The event that causes a letter by which somebody tries whether letters arrive."""


async def announced(letters: Letters, letter_id: str) -> list[dict[str, Any]]:
    """The data of the unpublished events of this letter."""
    found = await letters.collection.find_one({"_id": letter_id})
    assert found
    return [example.unpublished_data(entry) for entry in example.told(found)]
