"""The wire format is pinned: what is published today is read by yesterday's consumers, and the other way round."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from shared import events
from shared.broker.topology import CONSUMERS, PRODUCERS
from shared.destruction import digest
from shared.events import CloudEvent, Event, MessageEvent
from shared.state import Actor
from tests import examples as example

GOLDEN = Path(__file__).parent.parent / "golden"
IDS = {"message_id": "0b5c6f0e-5d0b-4f61-9a55-3d8e6e3f7a10"}
OF_ASSIGNMENT = IDS | {"assignment_id": "7c1d3b52-6f0e-4f3a-8d7e-2a9b4c5d6e7f"}
LATER = example.NOW + timedelta(days=9)
REFERENCE = "26-7KX4-9Q"
DUE = events.DueAssignment(**OF_ASSIGNMENT, reference=REFERENCE, subject="Kütüphanede ısıtma çalışmıyor", due_at=LATER)
EXPORTED = events.FileRef(
    id="a4", owner="intake", name="intake.zip", type="application/zip", size=1_024, sha256="0" * 64, state="clean"
)
EXAMPLES: list[Event] = [
    example.message_submitted(**IDS, reference=REFERENCE),
    events.ReceiptRequested(
        **IDS,
        reference=REFERENCE,
        email="deniz.kaya@example.org",
        name="Deniz Kaya",
        tracking_code="7KX49-Q2M8D-VT3HA-90RZC",
        status_url="http://127.0.0.1:8001/t/7KX49-Q2M8D-VT3HA-90RZC",
        submitted_at=example.NOW,
    ),
    events.RouterAudited(
        action="account_disabled",
        object_kind="account",
        object_id="7c1d7a52-3c57-4a0b-9d0c-1b1f0c4f7a11",
        fields=("disabled",),
        at=example.NOW,
        actor=events.Actor(kind="system", id="command"),
    ),
    example.assignment_requested(**OF_ASSIGNMENT, reference=REFERENCE, due_at=LATER),
    events.AssignmentRecalled(**OF_ASSIGNMENT, reason="Yanlış birim.", recalled_at=example.NOW),
    events.ReplyReturned(**OF_ASSIGNMENT, version=1, reason="Tarih yazınız.", returned_at=example.NOW, due_at=LATER),
    events.ReplyAccepted(**OF_ASSIGNMENT, version=2, accepted_at=example.NOW),
    events.CaseProgressed(**IDS, step="at_unit", revision=3, at=example.NOW),
    events.CaseAnswered(
        **IDS,
        reference=REFERENCE,
        answer="Isıtma onarıldı.",
        submitter=example.submitter(),
        revision=7,
        answered_at=example.NOW,
    ),
    events.CaseClosed(
        **IDS,
        reference=REFERENCE,
        closure_reason="duplicate",
        explanation="Aynı başvuru daha önce cevaplandı.",
        submitter=example.submitter(),
        assignment_ids=(OF_ASSIGNMENT["assignment_id"],),
        revision=8,
        closed_at=example.NOW,
    ),
    events.AssignmentInvited(
        **OF_ASSIGNMENT,
        reference=REFERENCE,
        kind="complaint",
        subject="Kütüphanede ısıtma çalışmıyor",
        note="Lütfen cevaplayınız.",
        unit=example.LIBRARY,
        link="http://127.0.0.1:8003/a/bGluaw",
        due_at=LATER,
    ),
    events.AssignmentViewed(**OF_ASSIGNMENT, viewed_at=example.NOW),
    events.AssignmentDeclined(
        **OF_ASSIGNMENT,
        reason="Bizim konumuz değil.",
        suggested_unit="Yapı İşleri",
        by="Fatma Şahin",
        declined_at=example.NOW,
    ),
    example.reply_submitted(None, **OF_ASSIGNMENT, reference=REFERENCE),
    events.LetterSent(**IDS, letter_id="l1", template="receipt", sent_at=example.NOW),
    events.LetterFailed(
        **OF_ASSIGNMENT, letter_id="l2", template="invitation", reason="550 no such user", failed_at=example.NOW
    ),
    events.LetterHeld(**IDS, letter_id="l3", template="receipt", held_at=example.NOW),
    events.UnitChanged(code="kddb"),
    events.ContactsChanged(version=7, units=(events.UnitContact(code="kddb", email="kddb@klu.example"),)),
    events.ContactsKnown(version=6),
    events.LetterDecided(**IDS, letter_id="l3", decision="release", decided_at=example.NOW),
    events.MessageFollowedUp(
        **IDS, follow_up_id="f1", text="Bugün de soğuk.", files=(example.file_ref(),), followed_up_at=example.NOW
    ),
    events.MessageWithdrawn(**IDS, reason="Çözüldü.", withdrawn_at=example.NOW),
    events.MessageRated(**IDS, score=4, comment="Hızlıydı.", rated_at=example.NOW),
    events.MessageObjected(**IDS, reason="Hâlâ soğuk.", objected_at=example.NOW),
    events.QuestionAnswered(**IDS, question_id="q1", text="İkinci kat.", answered_at=example.NOW),
    events.ContactCorrected(**IDS, email="deniz@example.org", corrected_at=example.NOW),
    events.CodesRequested(
        request_id="r1",
        email="deniz.kaya@example.org",
        codes=(
            events.CodeOfMessage(
                message_id=IDS["message_id"],
                reference=REFERENCE,
                kind="complaint",
                submitted_at=example.NOW,
                tracking_code="7KX49-Q2M8D-VT3HA-90RZC",
                status_url="http://127.0.0.1:8001/t/7KX49-Q2M8D-VT3HA-90RZC",
            ),
        ),
        requested_at=example.NOW,
    ),
    events.FileChecked(**IDS, file_id="a1", state="clean", checked_at=example.NOW),
    events.IntakeKnown(directory=3, institution=2),
    events.CaseRerouted(
        **IDS,
        reference=REFERENCE,
        submitter=example.submitter(),
        units=(events.UnitName(code="kddb", name_tr="Kütüphane", name_en="Library"),),
        rerouted_at=example.NOW,
    ),
    events.CaseInformed(
        **IDS,
        reference=REFERENCE,
        subject="Kütüphanede ısıtma çalışmıyor",
        text="Isıtma için malzeme beklenmektedir.",
        submitter=example.submitter(),
        revision=6,
        informed_at=example.NOW,
    ),
    events.CaseMerged(**IDS, into="3f6a1e80-0a55-4d0c-8f0e-7b2d4d9f0c11", merged_at=example.NOW),
    events.CaseRestricted(**IDS, restricted_at=example.NOW),
    events.AssignmentRescheduled(**OF_ASSIGNMENT, due_at=LATER, cause="question", rescheduled_at=example.NOW),
    events.QuestionAsked(
        **IDS,
        question_id="q1",
        reference=REFERENCE,
        text="Hangi katta?",
        submitter=example.submitter(),
        asked_at=example.NOW,
    ),
    events.DirectoryChanged(version=4, units=(events.UnitName(code="kddb", name_tr="Kütüphane", name_en="Library"),)),
    events.InstitutionChanged(
        version=2,
        name={"tr": "Kırklareli Üniversitesi", "en": "Kırklareli University"},
        hotline="7/24 KLU Hat",
        url="https://www.klu.edu.tr",
        email="hat@klu.example",
        kinds=(events.KindOption(id="complaint", label={"tr": "Şikâyet", "en": "Complaint"}),),
        answer_days=30,
        usual_days=6,
        objection_days=15,
    ),
    events.UnitReminderRequested(
        reminder_id="5d1f8b1a-90c2-4d0e-9a35-6f2c1f2b7a44",
        unit=example.LIBRARY,
        cause="overdue",
        assignments=(DUE,),
        requested_at=example.NOW,
        contacts_version=4,
    ),
    events.UnitReminded(
        reminder_id="5d1f8b1a-90c2-4d0e-9a35-6f2c1f2b7a44",
        unit=example.LIBRARY,
        cause="overdue",
        assignments=(DUE.model_copy(update={"link": "http://127.0.0.1:8003/a/bGluaw"}),),
        reminded_at=example.NOW,
        contacts_version=4,
    ),
    events.OfficerReminded(
        reminder_id="e0c1a6b2-8a0e-4a36-8f0f-0a1b9c2d3e4f",
        account_id="7c1d7a52-3c57-4a0b-9d0c-1b1f0c4f7a11",
        email="elif.demir@example.org",
        name="Elif Demir",
        cause="digest",
        cases=(
            events.DueCase(
                **IDS, reference=REFERENCE, subject="Kütüphanede ısıtma çalışmıyor", cause="overdue", due_at=LATER
            ),
        ),
        reminded_at=example.NOW,
    ),
    events.ExtensionRequested(
        **OF_ASSIGNMENT,
        request_id="2f6d9a1c-4b7e-4c1f-8a2d-9e3b5c7d1f60",
        days=5,
        reason="Parça bekleniyor.",
        by="Fatma Şahin",
        requested_at=example.NOW,
    ),
    events.ExtensionDecided(
        **OF_ASSIGNMENT,
        reference=REFERENCE,
        unit=example.LIBRARY,
        granted=True,
        due_at=LATER,
        decided_at=example.NOW,
        contacts_version=4,
    ),
    events.AccountNotified(
        notice_id="b7a0f3c2-1d4e-4f6a-8b9c-0d1e2f3a4b5c",
        account_id="7c1d7a52-3c57-4a0b-9d0c-1b1f0c4f7a11",
        email="elif.demir@example.org",
        name="Elif Demir",
        purpose="invitation",
        link="http://127.0.0.1:8002/invitation/bGluaw",
        expires_at=LATER,
        notified_at=example.NOW,
    ),
    events.TestLetterRequested(
        test_id="9a8b7c6d-5e4f-4a3b-8c2d-1e0f9a8b7c6d",
        unit=example.LIBRARY,
        email="kutuphane@klu.example",
        name="Kütüphane",
        requested_at=example.NOW,
        contacts_version=4,
    ),
    events.RepliesKnown(institution=3),
    events.NotifierKnown(institution=3),
    events.PromiseAnswered(**IDS, promise_id="p1", kept=False, text="Hâlâ soğuk.", answered_at=example.NOW),
    events.AssignmentInformed(
        **OF_ASSIGNMENT,
        information_id="i1",
        cause="question_answered",
        question="Hangi katta?",
        text="İkinci kat.",
        informed_at=example.NOW,
    ),
    events.UnitQuestionDecided(**OF_ASSIGNMENT, proposal_id="s1", asked=True, decided_at=example.NOW),
    events.MailReplyDecided(**OF_ASSIGNMENT, mail_id="m1", adopted=True, decided_at=example.NOW),
    events.PromiseAsked(
        **IDS,
        promise_id="p1",
        reference=REFERENCE,
        promise="Isıtma onarılacaktır.",
        promised_for=LATER,
        submitter=example.submitter(),
        asked_at=LATER,
    ),
    events.LetterResendRequested(
        **IDS, letter_id="l2", request_id="r2", email="deniz@example.org", requested_at=example.NOW
    ),
    events.AddressCorrected(**IDS, email="deniz@example.org", corrected_at=example.NOW),
    events.MessageRequested(
        mail_id="m2",
        kind="request",
        sender="deniz.kaya@example.org",
        sender_name="Deniz Kaya",
        subject="Öğrenci belgesi",
        text="Öğrenci belgesini nereden alabilirim?",
        received_at=example.NOW,
        requested_at=LATER,
    ),
    events.ReplyWithdrawn(**OF_ASSIGNMENT, version=1, by="Fatma Şahin", withdrawn_at=example.NOW),
    events.InterimSubmitted(
        **OF_ASSIGNMENT,
        interim_id="n1",
        reference=REFERENCE,
        unit=example.LIBRARY,
        text="Parça sipariş edildi.",
        by="Fatma Şahin",
        submitted_at=example.NOW,
    ),
    events.QuestionProposed(
        **OF_ASSIGNMENT,
        proposal_id="s1",
        reference=REFERENCE,
        unit=example.LIBRARY,
        text="Hangi katta?",
        by="Fatma Şahin",
        proposed_at=example.NOW,
    ),
    events.ReplyProposed(
        **OF_ASSIGNMENT,
        mail_id="m1",
        reference=REFERENCE,
        unit=example.LIBRARY,
        text="Isıtma onarıldı.",
        by="Fatma Şahin",
        sender="fatma.sahin@klu.example",
        verified="pass",
        proposed_at=example.NOW,
    ),
    events.AssignmentHandedOn(
        **OF_ASSIGNMENT, holder_id="h1", name="Ali Yıldız", by="Fatma Şahin", handed_on_at=example.NOW
    ),
    events.AssignmentTakenBack(**OF_ASSIGNMENT, holder_id="h1", by="Fatma Şahin", taken_back_at=example.NOW),
    events.ColleagueInvited(
        **OF_ASSIGNMENT,
        holder_id="h1",
        reference=REFERENCE,
        kind="complaint",
        subject="Kütüphanede ısıtma çalışmıyor",
        unit=events.UnitName.model_validate(example.LIBRARY),
        link="http://127.0.0.1:8003/a/bGluaw",
        email="ali.yildiz@klu.example",
        name="Ali Yıldız",
        by="Fatma Şahin",
        invited_at=example.NOW,
    ),
    events.OverviewRequested(
        request_id="o1",
        unit=example.LIBRARY,
        link="http://127.0.0.1:8003/u/bGluaw",
        expires_at=LATER,
        requested_at=example.NOW,
    ),
    events.UnitFileChecked(**OF_ASSIGNMENT, file_id="a2", state="clean", checked_at=example.NOW),
    events.MailReceived(
        mail_id="m1",
        purpose="citizen",
        **IDS,
        sender="deniz.kaya@example.org",
        sender_name="Deniz Kaya",
        subject="Re: Başvurunuz alınmıştır",
        text="Bugün de soğuk.",
        received_at=example.NOW,
    ),
    events.MailFileChecked(mail_id="m1", file_id="a3", state="clean", checked_at=example.NOW),
    events.LettersReported(
        waiting=1,
        oldest_at=example.NOW,
        domains=(events.DomainWaiting(domain="example.org", letters=1, reason="450 greylisted"),),
        letters=(
            events.LetterWaiting(
                letter_id="l2",
                **IDS,
                template="receipt",
                domain="example.org",
                reason="450 greylisted",
                refusals=1,
                made_at=example.NOW,
                due_at=LATER,
            ),
        ),
        mails_waiting=1,
        mails=(
            events.MailWaiting(
                mail_id="x1",
                held=True,
                to="reply",
                **IDS,
                domain="example.org",
                attempts=1,
                received_at=example.NOW,
                due_at=LATER,
            ),
        ),
        machine_mails=3,
        reported_at=example.NOW,
    ),
    *(
        kind(order_id="er1", number=3, parts=(events.ErasedPart(what="letters", number=2),), erased_at=example.NOW)
        for kind in (events.IntakeErased, events.RepliesErased, events.NotifierErased)
    ),
    *(
        kind(
            request_id="rq1",
            number=1,
            items=(events.FoundItem(kind="message", id=IDS["message_id"], by="email", at=example.NOW, **IDS),),
            found_at=example.NOW,
        )
        for kind in (events.IntakeFound, events.RepliesFound, events.NotifierFound)
    ),
    *(
        kind(request_id="rq1", number=1, file=EXPORTED, exported_at=example.NOW)
        for kind in (events.IntakeExported, events.RepliesExported, events.NotifierExported)
    ),
    *(
        kind(action="read", object_kind="message", object_id=IDS["message_id"], **IDS, at=example.NOW)
        for kind in (events.IntakeAudited, events.RepliesAudited, events.NotifierAudited)
    ),
    events.ErasureOrdered(
        order_id="er1",
        number=3,
        message_ids=(IDS["message_id"],),
        mail_ids=("m1",),
        addresses=(digest("deniz.kaya@example.org"),),
        signatures=(OF_ASSIGNMENT["assignment_id"],),
        rule="retention:complaint:answered",
        ordered_at=example.NOW,
    ),
    events.PersonSought(
        request_id="rq1",
        number=1,
        email="deniz.kaya@example.org",
        phone="+90 288 212 96 79",
        name="Deniz Kaya",
        sought_at=example.NOW,
    ),
    events.ExportRequested(
        request_id="rq1", number=1, message_ids=(IDS["message_id"],), mail_ids=("m1",), requested_at=example.NOW
    ),
    events.SubmitterCorrected(**IDS, submitter=example.submitter(), revision=4, corrected_at=example.NOW),
    events.PublicPageChanged(
        version=2,
        figures_shown=True,
        answers_shown=True,
        since="2026-01-01",
        until="2026-10-31",
        tables=(
            events.PublicTable(
                name="kinds",
                columns=("received", "answered", "median_days"),
                rows=(events.PublicRow(labels={"tr": "Şikâyet", "en": "Complaint"}, cells=(120, 101, None)),),
            ),
        ),
        answers=(
            events.PublishedAnswer(
                id="pa1",
                asked={"tr": "Kütüphane soğuktu."},
                done={"tr": "Isıtma onarıldı."},
                unit=events.UnitName.model_validate(example.LIBRARY),
                published_at=example.NOW,
            ),
        ),
        changed_at=example.NOW,
    ),
    events.UnitFiguresChanged(
        version=2,
        since="2026-08-01",
        until="2026-10-31",
        units=(
            events.FiguresOfUnit(
                code=example.LIBRARY.code, asked=40, answered=38, open=2, median_hours=11.5, p90_hours=40, on_time=0.95
            ),
        ),
        changed_at=example.NOW,
    ),
    events.CaseHappened(
        **IDS,
        what="closed",
        reference=REFERENCE,
        kind="complaint",
        units=(example.LIBRARY.code,),
        closure_reason="duplicate",
        revision=8,
        at=example.NOW,
    ),
    events.WebhookRequested(delivery_id="wd1", webhook_id="wh1", requested_at=example.NOW),
]


def _sealed(event: Event) -> CloudEvent[Any]:
    return example.sealed(event, event_id="e0000000-0000-4000-8000-000000000001", because="cause")


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_an_event_is_written_as_its_golden_file_says(event: Event) -> None:
    golden = json.loads((GOLDEN / f"{event.type}.json").read_text(encoding="utf-8"))
    assert json.loads(_sealed(event).model_dump_json(exclude_none=True)) == golden


@pytest.mark.parametrize("event", EXAMPLES, ids=lambda event: event.type)
def test_an_event_of_a_newer_producer_is_read_without_what_is_not_known_yet(event: Event) -> None:
    newer = json.loads((GOLDEN / f"{event.type}.json").read_text(encoding="utf-8"))
    newer["traceparent"] = "00-1-1-00"
    newer["data"]["invented_tomorrow"] = {"a": [1]}
    assert CloudEvent[type(event)].model_validate(newer).data == event  # type: ignore[misc]


def test_values_that_a_newer_producer_invents_are_read_as_they_are() -> None:
    told = example.case_progressed().model_dump() | {"step": "of_tomorrow"}
    assert events.CaseProgressed.model_validate(told).step == "of_tomorrow"
    sent = example.message_submitted().model_dump() | {"language": "de", "kind": "praise"}
    read = events.MessageSubmitted.model_validate(sent)
    assert (read.language, read.kind) == ("de", "praise")


def test_an_event_may_name_who_did_it() -> None:
    actor = Actor(kind="officer", id="o1", name_of_tomorrow="x")
    told = example.case_progressed(actor=actor).model_dump_json(exclude_none=True)
    assert json.loads(told)["actor"] == {"kind": "officer", "id": "o1"}


def test_every_event_has_an_example_one_producer_and_at_least_one_consumer() -> None:
    declared = {kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)}
    declared -= {Event, MessageEvent, events.Audited, events.Erased, events.PersonFound, events.Exported}
    produced = [event for produced in PRODUCERS.values() for event in produced]
    heard = {event for heard in CONSUMERS.values() for event in heard}
    assert {type(event) for event in EXAMPLES} == declared == set(produced) == heard
    assert len(produced) == len(declared)


def test_an_event_in_the_wrong_envelope_is_refused() -> None:
    wrong = _sealed(EXAMPLES[0]).model_dump() | {"type": "message.withdrawn"}
    with pytest.raises(ValidationError):
        CloudEvent[events.MessageSubmitted].model_validate(wrong)


def test_secrets_travel_only_to_the_notifier() -> None:
    of_citizens = (events.ReceiptRequested, events.CodesRequested)
    of_units = (events.AssignmentInvited, events.ColleagueInvited, events.OverviewRequested, events.UnitReminded)
    for secret in (*of_citizens, *of_units, events.AccountNotified):
        assert [service for service, heard in CONSUMERS.items() if secret in heard] == ["notifier"]
