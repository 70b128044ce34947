"""Documents with all the parts that only this version knows."""

from datetime import timedelta
from typing import Any

from services.intake.domain import history
from services.intake.domain.message import Message
from services.notifier.domain.letter import Letter
from services.replies.domain import assignment as portal
from services.replies.domain import parts as portal_parts
from services.replies.domain.assignment import Assignment
from services.router.cases.domain import unit_parts
from services.router.cases.domain.case import Case
from services.router.cases.domain.mail_parts import MailedReply
from shared.state import KeptFile
from tests import examples as example

AT = example.NOW + timedelta(hours=2)
SAID = {"text": "Salı günü.", "by": "Elif Ak"}
MAILED = {"id": "mail 1", **SAID, "sender": "elif@klu.example", "verified": "pass", "at": AT}


def file_of(owner: str) -> KeptFile:
    """A file that this service has."""
    return KeptFile.model_validate(example.file_ref(id=f"file-of-{owner}", owner=owner))


def case(**different: Any) -> Case:
    """Its unit has handed it on, replied with a file, for now and by e-mail, and asked; something was promised."""
    routed, file = example.replied_case(**different), file_of("replies")
    (asked,) = routed.assignments
    reply = asked.replies[-1].model_copy(update={"files": (file,), "promised_at": AT, "channel": "email"})
    new = {
        "suggested_code": "yitdb",
        "replies": (*asked.replies[:-1], reply),
        "taken_back": (reply,),
        "withdrawn": (1,),
        "late_files": (file,),
        "interims": (unit_parts.Interim(id="i1", **SAID, submitted_at=AT, files=(file,), sent_at=AT),),
        "proposals": (unit_parts.Proposal(id="p1", **SAID, proposed_at=AT, asked=False, reason="Yazıyor."),),
        "holders": (unit_parts.Holder(id="h1", name="Elif Ak", by="Fatma Şahin", since=AT),),
        "mailed": (MailedReply.model_validate({**MAILED, "files": (file_of("notifier"),)}),),
    }
    said = {"letter": "l1", "said": "telephone", "mail": "m1", "verified": "none"}
    promise = unit_parts.Promise(id="pr1", promised_for=AT, text="Onarılacak.", answer_at=AT, kept=False)
    return routed.model_copy(
        update={
            "assignments": (asked.model_copy(update=new),),
            "timeline": (*routed.timeline[:-1], routed.timeline[-1].model_copy(update=said)),
            "promises": (promise,),
        }
    )


def assignment(**different: Any) -> Assignment:
    """The same at the portal; the reply was taken back, and another one was accepted."""
    replied, file = example.replied_assignment(**different), file_of("replies")
    new = {"files": (file,), "promised_at": AT, "channel": "email", "withdrawn_at": AT}
    draft = portal.Draft(**SAID, saved_at=AT, promised_at=AT)
    holder: dict[str, Any] = {
        "id": "h1",
        "name": "Elif Ak",
        "email": "elif@klu.example",
        "by": "Fatma Şahin",
        "token_hash": "ab" * 32,
    }
    holder |= {"handed_on_at": AT, "draft": draft, "set_aside": (draft,)}
    return replied.model_copy(
        update={
            "replies": (replied.replies[-1].model_copy(update=new),),
            "holders": (portal.Holder.model_validate(holder),),
            "proposals": (portal_parts.Proposal(id="p1", **SAID, proposed_at=AT),),
            "news": (portal_parts.News(id="n1", cause="follow_up", text="Hâlâ.", files=(file,), informed_at=AT),),
            "interims": (portal_parts.Interim(id="i1", **SAID, submitted_at=AT),),
            "links_sent": (AT,),
            "mailed": (portal.Mailed.model_validate({**MAILED, "files": (file_of("notifier"),)}),),
            "set_aside": (draft,),
            "accepted": 1,
            "answer": portal.SentAnswer(text="Onarıldı.", files=(file,), answered_at=AT),
        }
    )


def message(**different: Any) -> Message:
    """Its writer was asked about a promise."""
    promise = history.Promise(id="pr1", text="Onarılacak.", promised_for=AT, asked_at=AT, kept=False, comment="Hayır.")
    return example.message(promises=(promise,), **different)


def letter(**different: Any) -> Letter:
    """It has addresses of its own, and went to the head."""
    given: dict[str, Any] = {"reply_token": "ab" * 13, "tried_at": AT, "passed_to": "head", "fixed": True}
    return example.letter(**given | {"keep_until": AT} | different)
