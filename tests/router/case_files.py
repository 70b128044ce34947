"""Case files, without a database: an ordinary one, and one that is meant badly."""

from dataclasses import replace
from datetime import timedelta
from io import BytesIO
from typing import Any

from services.router.cases.domain.case import with_timeline
from services.router.cases.domain.letters import DeskLetter
from services.router.cases.domain.mails import Mail
from services.router.cases.domain.parts import Note, Objection, Question, Rating, Reply, TimelineEntry
from services.router.records.papers.case_file import CaseFile, Fetched, files_of
from shared.institution import Institution
from shared.state import Actor, KeptFile
from tests import examples as example
from tests.router.bundles import entries

LONG = "Muvaffakiyetsizleştiricileştiriveremeyebileceklerimizdenmişsinizcesine" * 60
NASTY = f"\u202e<b>ters</b>\x00\x07 {LONG} 😀🏳️‍🌈 مرحبا بكم في الجامعة {{{{ 7*7 }}}} </div><script>alert(1)</script>"
INSTITUTION = Institution(
    name={"tr": "Kırklareli Üniversitesi", "en": "Kırklareli University"},
    hotline="7/24 KLU Hat",
    url="https://klu.example",
    email="hat@klu.example",
    kinds=(),
    answer_days=30,
    objection_days=10,
)


def case_file(**different: Any) -> CaseFile:
    """The file of a case that was answered, with questions, files, letters, mails and entries."""
    case = example.answered_case(example.LIBRARY, example.WORKS)
    at, officer = case.submitted_at, Actor(kind="officer", id="officer 1")
    first = case.assignments[0]
    returned = Reply(
        version=1,
        text="İlgili birime bildirilmiştir.",
        by="Fatma Şahin",
        submitted_at=at + timedelta(hours=5),
        returned_because="Ne zaman onarılacağını yazınız.",
    )
    picture = KeptFile.model_validate(example.file_ref())
    report = picture.model_copy(update={"id": "file 2", "owner": "replies", "name": "onarım tutanağı.pdf"})
    lost = picture.model_copy(update={"id": "file 3", "name": "silinen.jpg", "sha256": "cd" * 32})
    replies = (returned, first.replies[-1].model_copy(update={"version": 2, "files": (report,)}))
    first = first.model_copy(update={"replies": replies, "note": "Lütfen Yapı İşleri ile birlikte değerlendiriniz."})
    question = Question(
        id="question 1",
        text="Hangi salonda oturuyordunuz?",
        by="Ayşe Yılmaz",
        asked_at=at + timedelta(hours=1),
        answer="Kuzey salonunda, pencere kenarında.",
        answered_at=at + timedelta(hours=2),
    )
    case = case.model_copy(
        update={
            "assignments": (first, *case.assignments[1:]),
            "files": (picture, lost),
            "questions": (question,),
            "notes": (Note(id="note 1", text="Geçen yıl da olmuştu.", by="Ayşe Yılmaz", actor=officer, at=at),),
            "rating": Rating(score=4, comment="Hızlı çözüldü.", at=at + timedelta(days=3)),
            "objection": Objection(reason="Salon hâlâ soğuk.", at=at + timedelta(days=4)),
            "tags": ("ısıtma", "kütüphane"),
        }
    )
    letter = DeskLetter(
        id="letter 1",
        message_id=case.id,
        template="answer",
        recipient="deniz.kaya@example.org",
        subject="Başvurunuz cevaplandı",
        text="Sayın Deniz Kaya,\n\nIsıtma onarılmıştır.\n\nhttps://hat.klu.example/t/ABCD-EFGH-JKLM-NPQR-STUV",
        language="tr",
        sent_at=at + timedelta(days=2),
    )
    mail = Mail(
        id="mail 1",
        purpose="follow_up",
        message_id=case.id,
        sender="deniz.kaya@example.org",
        sender_name="Deniz Kaya",
        subject="Ynt: Başvurunuz",
        text="Teşekkür ederim, bugün de ölçtüm: 14 derece.",
        quotation="> Sayın Deniz Kaya",
        verified="pass",
        received_at=at + timedelta(days=1),
    )
    found = CaseFile(
        case=case,
        letters=[letter],
        mails=[mail],
        entries=entries(5, case.id),
        names={"officer 1": "Ayşe Yılmaz"},
        numbers=(),
        due_at=at + timedelta(days=30),
    )
    return replace(found, **different)


def hostile_case_file() -> CaseFile:
    """Overrides of direction, NUL, very long words, markup, emoji, Arabic and 300 lines of history."""
    found = case_file()
    case = found.case.model_copy(
        update={"subject": NASTY, "text": NASTY * 5, "tags": (NASTY[:200],), "copy_for_units": "مرحبا " * 500}
    )
    more = [
        TimelineEntry(at=case.submitted_at + timedelta(minutes=number), what="followed_up", by=NASTY[:300], text=NASTY)
        for number in range(300)
    ]
    files = (found.case.files[0].model_copy(update={"name": f"../../{NASTY[:180]}.exe"}), *found.case.files[1:])
    case = with_timeline(case, *more).model_copy(update={"files": files})
    letters = [letter.model_copy(update={"subject": NASTY, "recipient": NASTY[:60]}) for letter in found.letters]
    mails = [mail.model_copy(update={"sender_name": NASTY[:200], "subject": NASTY}) for mail in found.mails]
    return replace(found, case=case, letters=letters, mails=mails)


def fetched(found: CaseFile) -> list[Fetched]:
    """All files but the last of the submitter's, which is gone."""
    lost = found.case.files[-1].id
    return [
        Fetched(file, None, "gone") if file.id == lost else Fetched(file, BytesIO(b"content of " + file.id.encode()))
        for file in files_of(found)
    ]
