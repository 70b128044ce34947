"""Mails that came in: an answer, an addition or a message, once, with their files; nothing is lost, nothing loops."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from scripts.browser import Browser, text_of
from services.intake.config import Settings
from services.intake.domain.after import MOST_FOLLOW_UPS
from services.intake.domain.codes import hash_code, tracking_code
from services.intake.domain.mailed import CUT, MOST_TEXT, NO_SUBJECT, NO_TEXT, subject_of
from services.intake.domain.mailed import text_of as mail_text
from services.intake.domain.message import Message
from services.intake.domain.progress import ask
from services.intake.mails import MailHandlers, sentences
from services.intake.store import Messages, Snapshots
from shared.documents import AlreadyProcessed, Database, NotFound
from shared.events import MailFileChecked, MailReceived, MessageRequested
from shared.mails import message_of
from tests import examples as example
from tests.conftest import Make, Visit

LATER = example.NOW + timedelta(hours=3)
FILE = example.file_ref(id="m1a", owner="notifier", name="kombi.jpg", state="held")


def mail(**different: Any) -> MailReceived:
    """A citizen's answer to a letter."""
    given: dict[str, Any] = {
        "mail_id": "m1",
        "purpose": "citizen",
        "sender": "deniz.kaya@example.org",
        "sender_name": "Deniz Kaya",
        "subject": "Re: Başvurunuz alınmıştır",
        "text": "Bugün de soğuk.",
        "received_at": LATER,
    }
    return MailReceived.model_validate(given | different)


def new(**different: Any) -> MailReceived:
    """A mail of somebody unknown to the hotline's address."""
    return mail(**{"purpose": "new", "subject": "Öğrenci belgesi", "text": "Belgeyi nereden alabilirim?"} | different)


@pytest.fixture
async def messages(database: Database) -> Messages:
    found = Messages(database)
    await found.prepare()
    return found


@pytest.fixture
def handlers(messages: Messages, database: Database) -> MailHandlers:
    given = {"mongodb_url": "-", "rabbitmq_url": "-", "secret_key": example.SECRET} | example.keys("intake")
    settings = Settings.model_validate(given)
    snapshots = Snapshots(database, settings.institution)
    return MailHandlers(messages, snapshots, settings, sentences, lambda: LATER)


async def kept(messages: Messages, **different: Any) -> Message:
    await messages.add(message := example.message(**different))
    return message


async def announced(database: Database, message_id: str) -> list[dict[str, Any]]:
    """The data of the events that the message owes, with their types."""
    document = await database["messages"].find_one({"_id": message_id}) or {}
    return [{"type": entry["type"]} | json.loads(entry["body"])["data"] for entry in example.told(document)]


# A citizen's mail


async def test_a_mail_is_an_addition_with_its_files_and_says_that_it_was_a_mail(
    handlers: MailHandlers, messages: Messages, database: Database
) -> None:
    message = await kept(messages)
    await handlers.on_mail_received(example.sealed(mail(message_id=message.id, files=(FILE,))))
    (added,) = (await messages.get(message.id)).follow_ups
    assert (added.text, added.at, added.mail_id, added.files[0].owner) == ("Bugün de soğuk.", LATER, "m1", "notifier")
    (told,) = await announced(database, message.id)
    assert (told["type"], told["follow_up_id"], told["mail_id"]) == ("message.followed_up", added.id, "m1")
    assert [file["id"] for file in told["files"]] == ["m1a"]


async def test_a_mail_answers_the_question_if_exactly_one_is_open(
    handlers: MailHandlers, messages: Messages, database: Database
) -> None:
    asked = example.question_asked()
    message = await kept(messages)
    message = await messages.save(ask(message, asked))
    await handlers.on_mail_received(example.sealed(mail(message_id=message.id)))
    found = await messages.get(message.id)
    assert (found.questions[0].answer, found.questions[0].mail_id, found.follow_ups) == ("Bugün de soğuk.", "m1", ())
    (told,) = await announced(database, message.id)
    assert (told["type"], told["question_id"], told["mail_id"]) == ("question.answered", asked.question_id, "m1")


async def test_of_two_open_questions_nobody_can_say_which_one_a_mail_answers(
    handlers: MailHandlers, messages: Messages
) -> None:
    message = ask(await kept(messages), example.question_asked())
    message = await messages.save(ask(message, example.question_asked(question_id="q2", text="Hangi gün?")))
    await handlers.on_mail_received(example.sealed(mail(message_id=message.id)))
    found = await messages.get(message.id)
    assert (len(found.open_questions), len(found.follow_ups)) == (2, 1)


async def test_a_mail_from_before_a_question_does_not_answer_it(handlers: MailHandlers, messages: Messages) -> None:
    message = await kept(messages)
    message = await messages.save(ask(message, example.question_asked(asked_at=LATER + timedelta(minutes=1))))
    await handlers.on_mail_received(example.sealed(mail(message_id=message.id)))
    found = await messages.get(message.id)
    assert (len(found.open_questions), len(found.follow_ups)) == (1, 1)


async def test_a_mail_delivered_again_makes_nothing_also_in_another_event(
    handlers: MailHandlers, messages: Messages
) -> None:
    message = await kept(messages)
    message = await messages.save(ask(message, example.question_asked()))
    event = example.sealed(mail(message_id=message.id))
    await handlers.on_mail_received(event)
    with pytest.raises(AlreadyProcessed):
        await handlers.on_mail_received(event)
    await handlers.on_mail_received(example.sealed(mail(message_id=message.id)))
    found = await messages.get(message.id)
    assert (found.questions[0].answer, found.follow_ups) == ("Bugün de soğuk.", ())


async def test_a_mail_to_a_closed_message_is_an_addition_as_on_the_status_page(
    handlers: MailHandlers, messages: Messages
) -> None:
    message = await kept(messages, closed_at=example.NOW, closure_reason="duplicate")
    await handlers.on_mail_received(example.sealed(mail(message_id=message.id)))
    assert len((await messages.get(message.id)).follow_ups) == 1


async def test_one_addition_too_many_is_left_to_the_desk(handlers: MailHandlers, messages: Messages) -> None:
    message = await kept(messages)
    for number in range(MOST_FOLLOW_UPS + 1):
        await handlers.on_mail_received(example.sealed(mail(message_id=message.id, mail_id=f"m{number}")))
    assert len((await messages.get(message.id)).follow_ups) == MOST_FOLLOW_UPS


async def test_a_mail_before_its_message_waits_for_it(handlers: MailHandlers) -> None:
    with pytest.raises(NotFound):
        await handlers.on_mail_received(example.sealed(mail(message_id="not-here")))


@pytest.mark.parametrize(
    "different",
    [{"automatic": "out_of_office"}, {"purpose": "automatic", "automatic": "other"}, {"purpose": "unit"}],
    ids=["out_of_office", "automatic", "unit"],
)
async def test_what_no_citizen_wrote_changes_no_message(
    handlers: MailHandlers, messages: Messages, different: dict[str, Any]
) -> None:
    message = await kept(messages)
    await handlers.on_mail_received(example.sealed(mail(message_id=message.id, **different)))
    assert (await messages.get(message.id)).revision == message.revision


async def test_what_the_scanner_found_stands_on_the_status_page(handlers: MailHandlers, messages: Messages) -> None:
    message = await kept(messages)
    await handlers.on_mail_received(example.sealed(mail(message_id=message.id, files=(FILE,))))
    checked = MailFileChecked(mail_id="m1", message_id=message.id, file_id="m1a", state="infected", checked_at=LATER)
    await handlers.on_mail_file_checked(example.sealed(checked))
    assert (await messages.get(message.id)).follow_ups[0].files[0].state == "infected"


async def test_a_file_of_a_mail_that_is_nowhere_here_is_left_alone(handlers: MailHandlers, database: Database) -> None:
    checked = MailFileChecked(mail_id="m9", file_id="m9a", state="clean", checked_at=LATER)
    await handlers.on_mail_file_checked(example.sealed(checked))
    assert await database["messages"].count_documents({}) == 0


# A mail that is a message


async def test_a_new_mail_is_a_message_with_a_receipt_and_a_mark(
    handlers: MailHandlers, messages: Messages, database: Database
) -> None:
    await handlers.on_mail_received(example.sealed(new(files=(FILE,))))
    message = await messages.get(message_of("m1"))
    assert (message.submission.kind, message.submission.subject, message.channel) == (
        "other",
        "Öğrenci belgesi",
        "email",
    )
    submitted, receipt = await announced(database, message.id)
    assert (submitted["type"], submitted["mail_id"], submitted["doubts"]) == ("message.submitted", "m1", ["unverified"])
    assert (submitted["submitter"]["name"], submitted["files"][0]["owner"]) == ("Deniz Kaya", "notifier")
    assert (receipt["type"], receipt["email"]) == ("receipt.requested", "deniz.kaya@example.org")
    assert message.code_hash == hash_code(receipt["tracking_code"])


async def test_a_mail_of_new_years_night_has_the_new_year_in_its_reference(
    handlers: MailHandlers, messages: Messages
) -> None:
    handlers.clock = lambda: datetime(2026, 12, 31, 21, 30, tzinfo=UTC)
    await handlers.on_mail_received(example.sealed(new()))
    assert (await messages.get(message_of("m1"))).reference.startswith("27-")


async def test_a_verified_sender_is_no_doubt(handlers: MailHandlers, messages: Messages) -> None:
    await handlers.on_mail_received(example.sealed(new(verified="pass")))
    assert (await messages.get(message_of("m1"))).doubts == ()


async def test_no_receipt_goes_to_an_address_that_was_forged(
    handlers: MailHandlers, messages: Messages, database: Database
) -> None:
    await handlers.on_mail_received(example.sealed(new(verified="fail")))
    assert (await messages.get(message_of("m1"))).doubts == ("forged",)
    assert [told["type"] for told in await announced(database, message_of("m1"))] == ["message.submitted"]


async def test_a_new_mail_twice_is_one_message(handlers: MailHandlers, database: Database) -> None:
    await handlers.on_mail_received(example.sealed(new()))
    with pytest.raises(AlreadyProcessed):
        await handlers.on_mail_received(example.sealed(new()))
    assert await database["messages"].count_documents({}) == 1


async def test_an_automatic_mail_is_no_message_and_gets_no_receipt(handlers: MailHandlers, database: Database) -> None:
    await handlers.on_mail_received(example.sealed(new(automatic="other")))
    assert await database["messages"].count_documents({}) == 0


async def test_an_officer_makes_a_message_of_a_mail_without_doubts(
    handlers: MailHandlers, messages: Messages, database: Database
) -> None:
    asked = MessageRequested(
        mail_id="m1",
        kind="request",
        sender="deniz.kaya@example.org",
        subject="Öğrenci belgesi",
        text="Belgeyi nereden alabilirim?",
        received_at=LATER,
        requested_at=LATER,
        actor={"kind": "officer", "id": "u1"},
    )
    await handlers.on_message_requested(example.sealed(asked))
    message = await messages.get(message_of("m1"))
    assert (message.submission.kind, message.doubts, message.channel) == ("request", (), "email")
    assert message.entered_by and message.entered_by.id == "u1"
    assert [told["type"] for told in await announced(database, message.id)] == [
        "message.submitted",
        "receipt.requested",
    ]


@pytest.mark.parametrize("sender", [None, "çağrı@example.org", "nobody@localhost"])
async def test_a_sender_without_a_usable_address_gets_no_receipt(
    handlers: MailHandlers, messages: Messages, database: Database, sender: str | None
) -> None:
    await handlers.on_mail_received(example.sealed(new(sender=sender)))
    assert (await messages.get(message_of("m1"))).submission.email is None
    assert [told["type"] for told in await announced(database, message_of("m1"))] == ["message.submitted"]


# The text


def say(msgid: str) -> str:
    return msgid


def test_a_text_that_is_too_long_is_cut_and_says_so() -> None:
    text = mail_text("a" * (MOST_TEXT + 1), say)
    assert (len(text), text.endswith(CUT), mail_text("a" * MOST_TEXT, say)) == (MOST_TEXT, True, "a" * MOST_TEXT)


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b"])
def test_a_mail_without_text_says_so(text: str) -> None:
    assert mail_text(text, say) == NO_TEXT


def test_what_was_lost_on_the_way_is_a_question_mark() -> None:
    assert mail_text("Is\ufffdtma", say) == "Is?tma"


@pytest.mark.parametrize(("subject", "shown"), [("", NO_SUBJECT), ("?", NO_SUBJECT), ("a\r\nb  c", "a b c")])
def test_a_subject_is_one_line(subject: str, shown: str) -> None:
    assert subject_of(subject, say).split() == shown.split()


def test_a_long_subject_is_cut() -> None:
    assert len(subject_of("a" * 400, say)) == 150


# The status page and the API


@pytest.fixture
async def citizen(make: Make, visit: Visit, messages: Messages) -> Browser:
    return visit(make("intake"))


async def test_status_page_and_api_say_that_it_came_by_mail_and_lead_to_its_files(
    citizen: Browser, handlers: MailHandlers, messages: Messages
) -> None:
    message, clean = await kept(messages), FILE.model_copy(update={"state": "clean"})
    await handlers.on_mail_received(example.sealed(mail(message_id=message.id, files=(clean,))))
    code = tracking_code(example.SECRET, message.id)
    page = await citizen.open(f"/t/{code}")
    assert "e-posta ile" in text_of(page)
    opened = await citizen.client.get(f"/t/{code}/files/m1a", follow_redirects=False)
    assert opened.status_code == 303
    assert opened.headers["location"].startswith("http://127.0.0.1:8004/files/m1a?grant=")
    small = await citizen.client.get(f"/t/{code}/files/m1a/preview", follow_redirects=False)
    assert small.headers["location"].startswith("http://127.0.0.1:8004/files/m1a/preview?grant=")
    status = (await citizen.client.get(f"/api/v1/messages/{code}")).json()
    assert [added["channel"] for added in status["follow_ups"]] == ["email"]
