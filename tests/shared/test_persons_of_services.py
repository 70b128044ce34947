"""What intake, portal and notifier say of one person, give out, and correct; asked twice, late, and in any order."""

import json
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import pytest

from services.intake.domain.history import Undelivered
from services.intake.domain.lost import nobody_asked, request
from services.intake.persons import PersonHandlers as IntakePersons
from services.intake.store import LostRequests, Messages
from services.notifier.domain.letter import LetterState
from services.notifier.domain.mail import Kind, Mail, MailState, OwnAddress
from services.notifier.handlers.persons import PersonHandlers as LetterPersons
from services.notifier.store import Letters
from services.notifier.store.mails import Mails, Returns
from services.replies.domain.assignment import Holder
from services.replies.persons import PersonHandlers as PortalPersons
from services.replies.store import Assignments
from shared.documents import AlreadyProcessed, Database, NotFound, NotYet
from shared.erasure import Order
from shared.events import CloudEvent, ExportRequested, PersonSought, SubmitterCorrected
from shared.files.store import Files
from shared.person_answers import PersonAnswers
from shared.person_exports import erased_with
from shared.seal import Seal
from tests import examples as example


@pytest.fixture
def kept(database: Database) -> Database:
    """The database of one service, with its keys."""
    return Database(database.mongodb, source="test", seal=Seal(example.SECRET), on_outbox=database.on_outbox, clock=now)


def now() -> Any:
    return example.NOW


def sought(**different: Any) -> CloudEvent[PersonSought]:
    given = {"email": "DENIZ.KAYA@example.org", "phone": "+90 288 2129679", "name": "Kaya Deniz"} | different
    return example.sealed(PersonSought(request_id="rq1", number=1, sought_at=example.NOW, **given))


def wanted(**ids: Any) -> CloudEvent[ExportRequested]:
    return example.sealed(ExportRequested(request_id="rq1", number=1, requested_at=example.NOW, **ids))


def corrected(
    message_id: str, *, at: Any = example.NOW, revision: int = 3, about: Any = None, **different: Any
) -> CloudEvent[SubmitterCorrected]:
    to = example.submitter(**{"name": "Deniz Kayaalp", "email": "dk@example.net", "phone": None} | different)
    told: dict[str, Any] = {"message_id": message_id, "submitter": to, "revision": revision, "corrected_at": at}
    return example.sealed(SubmitterCorrected(**told | (about or {})))


async def said(database: Database) -> dict[str, Any]:
    """What was answered last."""
    found = [one async for one in database["person_answers"].find({})]
    return example.unpublished_data(found[-1]["outbox"][-1])


async def content(files: Files, file: dict[str, Any]) -> dict[str, bytes]:
    """What is in an exported zip, by name."""
    blocks = b"".join([block async for block in files.read(file["id"])])
    archive = ZipFile(BytesIO(blocks))
    return {name: archive.read(name) for name in archive.namelist()}


async def test_intake_finds_messages_by_address_phone_and_name_and_a_request_for_codes(kept: Database) -> None:
    messages, lost = Messages(kept), LostRequests(kept)
    by = {
        "email": example.submission(name=None, phone=None),
        "phone": example.submission(name=None, email=None),
        "name": example.submission(email=None, phone=None),
        "none": example.submission(name="Ali Can", email="ali@example.org", phone=None),
    }
    ids = {}
    for number, (way, sent) in enumerate(by.items()):
        message = example.message(submission=sent, code_hash=f"h{number}")
        await messages.add(message)
        ids[way] = message.id
    asked = request(
        nobody_asked("s", "deniz.kaya@example.org", now()), email="deniz.kaya@example.org", language="tr", now=now()
    )
    await lost.add(asked)
    handlers = IntakePersons(messages, lost, Files(kept), PersonAnswers(kept), now)
    event = sought()
    await handlers.on_person_sought(event)
    items = {(item["kind"], item.get("message_id"), item["by"]) for item in (await said(kept))["items"]}
    messages_found = {("message", ids[way], way) for way in ("email", "phone", "name")}
    assert items == messages_found | {("lost_codes", None, "email")}
    with pytest.raises(AlreadyProcessed):
        await handlers.on_person_sought(event)


async def test_intake_gives_out_what_was_written_once_and_what_is_erased_takes_it_along(kept: Database) -> None:
    messages, files = Messages(kept), Files(kept)
    await messages.add(message := example.message())
    handlers = IntakePersons(messages, LostRequests(kept), files, PersonAnswers(kept), now)
    event = wanted(message_ids=(message.id,))
    await handlers.on_export_requested(event)
    found = await content(files, (await said(kept))["file"])
    told = json.loads(found[f"{message.reference}/message.json"])
    assert (told["text"], told["email"]) == (message.submission.text, "deniz.kaya@example.org")
    assert message.code_hash not in str(found)
    with pytest.raises(AlreadyProcessed):
        await handlers.on_export_requested(event)
    assert await files.collection.count_documents({}) == 1
    query = await erased_with(Order(id="o1", number=1, message_ids=(message.id,)))
    assert await files.collection.count_documents(query or {"_id": None}) == 1


async def test_what_is_erased_while_it_is_given_out_leaves_no_export(kept: Database) -> None:
    messages, files = Messages(kept), Files(kept)
    message = example.message(id="m1")
    await messages.add(message)
    handlers = IntakePersons(messages, LostRequests(kept), files, PersonAnswers(kept), clock=now)
    await kept["erased"].insert_one({"_id": "m1", "at": example.NOW})  # the eraser has just begun
    with pytest.raises(NotYet):
        await handlers.on_export_requested(wanted(message_ids=("m1",)))
    assert await files.collection.count_documents({}) == 0
    assert await kept["fs.chunks"].count_documents({}) == 0


async def test_a_service_that_has_nothing_says_so(kept: Database) -> None:
    handlers = IntakePersons(Messages(kept), LostRequests(kept), Files(kept), PersonAnswers(kept), now)
    await handlers.on_export_requested(wanted(message_ids=("unknown",)))
    assert "file" not in await said(kept)


async def test_a_corrected_message_is_found_by_the_new_data_alone_and_an_older_correction_is_too_late(
    kept: Database,
) -> None:
    messages = Messages(kept)
    await messages.add(message := example.message())
    handlers = IntakePersons(messages, LostRequests(kept), Files(kept), PersonAnswers(kept), now)
    await handlers.on_submitter_corrected(corrected(message.id))
    await handlers.on_submitter_corrected(corrected(message.id, at=now() - timedelta(days=1), email="late@example.org"))
    assert (await messages.get(message.id)).submission.email == "dk@example.net"
    await handlers.on_person_sought(sought(name=None))
    assert "items" not in (told := await said(kept)) or told["items"] == []
    assert "deniz.kaya" not in str(await kept["messages"].find_one({}, {"outbox": 0}))


async def test_a_corrected_name_leaves_the_address_that_the_writer_has_given_meanwhile(kept: Database) -> None:
    messages, told = Messages(kept), {"fields": ("name",)}
    sent = example.message().submission.model_copy(update={"email": "own@example.net"})
    lost = Undelivered(template="answer", at=now() + timedelta(hours=2))
    since = {"corrected_at": now() + timedelta(hours=1), "undelivered": lost}
    await messages.add(message := example.message(submission=sent, **since))
    handlers = IntakePersons(messages, LostRequests(kept), Files(kept), PersonAnswers(kept), now)
    await handlers.on_submitter_corrected(corrected(message.id, about=told))
    await handlers.on_submitter_corrected(corrected(message.id, about=told, revision=2, name="Older"))
    after = await messages.get(message.id)
    assert (after.submission.name, after.submission.email) == ("Deniz Kayaalp", "own@example.net")
    assert (after.undelivered, after.corrected_at) == (lost, message.corrected_at)


async def test_an_older_correction_that_arrives_later_changes_no_assignment(kept: Database) -> None:
    assignments = Assignments(kept)
    await assignments.add(replied := example.replied_assignment())
    handlers = PortalPersons(assignments, Files(kept), PersonAnswers(kept), now)
    await handlers.on_submitter_corrected(corrected(replied.message_id, revision=5))
    await handlers.on_submitter_corrected(corrected(replied.message_id, revision=3, name="Older"))
    submitter = (await assignments.get(replied.id)).submitter
    assert submitter
    assert submitter.name == "Deniz Kayaalp"


async def test_a_correction_waits_for_an_assignment_that_has_not_arrived(kept: Database) -> None:
    assignments = Assignments(kept)
    late = example.replied_assignment()
    handlers = PortalPersons(assignments, Files(kept), PersonAnswers(kept), now)
    event = corrected(late.message_id, about={"assignments": (late.id,)})
    with pytest.raises(NotFound):
        await handlers.on_submitter_corrected(event)
    await assignments.add(late)
    await handlers.on_submitter_corrected(event)
    submitter = (await assignments.get(late.id)).submitter
    assert submitter
    assert submitter.name == "Deniz Kayaalp"


async def test_the_portal_finds_the_submitter_and_whoever_of_a_unit_wrote_or_held(kept: Database) -> None:
    assignments = Assignments(kept)
    own = example.units_assignment(token_hash="t1")
    holder = Holder(id="h1", name="Kaya Deniz", email="dk@klu.example", by="Ali", token_hash="x", handed_on_at=now())
    held = example.replied_assignment(token_hash="t2", submitter=None, holders=(holder,))
    other = example.replied_assignment(token_hash="t3", submitter=None)
    for assignment in (own, held, other):
        await assignments.add(assignment)
    handlers = PortalPersons(assignments, Files(kept), PersonAnswers(kept), now)
    await handlers.on_person_sought(sought())
    items = {(item["kind"], item["assignment_id"], item["by"]) for item in (await said(kept))["items"]}
    assert items == {
        *(("assignment", own.id, way) for way in ("email", "phone", "name")),
        ("signature", held.id, "name"),
    }


async def test_the_portal_gives_the_submitter_no_name_of_the_units_people(kept: Database) -> None:
    assignments, files = Assignments(kept), Files(kept)
    await assignments.add(replied := example.replied_assignment(accepted=1))
    handlers = PortalPersons(assignments, files, PersonAnswers(kept), now)
    await handlers.on_export_requested(wanted(message_ids=(replied.message_id,)))
    (given,) = (await content(files, (await said(kept))["file"])).values()
    assert example.REPLY_FORM["text"] in given.decode()
    assert example.REPLY_FORM["by"] not in given.decode()
    await handlers.on_submitter_corrected(event := corrected(replied.message_id))
    await handlers.on_submitter_corrected(event)
    submitter = (await assignments.get(replied.id)).submitter
    assert submitter
    assert submitter.email == "dk@example.net"


async def test_the_notifier_finds_letters_to_the_address_mails_from_it_and_that_letters_came_back(
    kept: Database,
) -> None:
    letters, mails, returns = Letters(kept), Mails(kept), Returns(kept)
    await letters.add(letter := example.letter(recipient="Deniz.Kaya@example.org"))
    await letters.add(example.letter(recipient="ali@example.org"))
    await mails.add(unknown := _mail("m1", sender="deniz.KAYA@example.org"))
    await mails.add(_mail("m2", sender="ali@example.org"))
    await returns.count("deniz.kaya@example.org", letter.id, now(), hard=True)
    handlers = LetterPersons(letters, mails, returns, Files(kept), PersonAnswers(kept), now)
    await handlers.on_person_sought(sought())
    found = (await said(kept))["items"]
    assert {(item["kind"], item["id"]) for item in found} == {
        *(("letter", letter.id), ("mail", unknown.id), ("bounces", "returns")),
    }


async def test_letters_that_wait_go_to_the_corrected_address_and_the_link_with_them(kept: Database) -> None:
    letters = Letters(kept)
    waiting = example.letter(sealed_link=letters.sealed("https://klu.example/t/1"))
    await letters.add(waiting)
    sent = example.letter(id=f"{waiting.message_id}.answer.1", message_id=waiting.message_id, template="answer")
    await letters.add(sent.model_copy(update={"state": LetterState.SENT}))
    handlers = LetterPersons(letters, Mails(kept), Returns(kept), Files(kept), PersonAnswers(kept), now)
    await handlers.on_submitter_corrected(event := corrected(waiting.message_id))
    assert (await letters.get(waiting.id)).recipient == "dk@example.net"
    assert (await letters.get(sent.id)).recipient == "deniz.kaya@example.org"
    assert await letters.status_link(waiting.message_id, "dk@example.net") == "https://klu.example/t/1"
    assert await letters.status_link(waiting.message_id, "deniz.kaya@example.org") is None
    await handlers.on_submitter_corrected(event)


@pytest.mark.parametrize("older", ["older@example.net", None])
async def test_an_older_correction_that_arrives_later_changes_no_letter(kept: Database, older: str | None) -> None:
    letters = Letters(kept)
    waiting = example.letter(sealed_link=letters.sealed("https://klu.example/t/1"), reply_token="t1")
    await letters.add(waiting)
    handlers = LetterPersons(letters, Mails(kept), Returns(kept), Files(kept), PersonAnswers(kept), now)
    await handlers.on_submitter_corrected(corrected(waiting.message_id))
    before = now() - timedelta(days=1)
    await handlers.on_submitter_corrected(corrected(waiting.message_id, at=before, email=older))
    after, answers = await letters.get(waiting.id), await letters.reply_address("t1")
    assert (after.state, after.recipient) == (LetterState.QUEUED, "dk@example.net")
    assert await letters.status_link(waiting.message_id, "dk@example.net") == "https://klu.example/t/1"
    assert answers
    assert answers.recipient == "dk@example.net"


async def test_letters_stay_where_another_thing_than_the_address_was_corrected(kept: Database) -> None:
    letters = Letters(kept)
    await letters.add(waiting := example.letter())
    handlers = LetterPersons(letters, Mails(kept), Returns(kept), Files(kept), PersonAnswers(kept), now)
    await handlers.on_submitter_corrected(corrected(waiting.message_id, about={"fields": ("name",)}, email=None))
    assert (await letters.get(waiting.id)).state is LetterState.QUEUED


async def test_a_letter_that_is_just_being_sent_is_looked_at_again(kept: Database) -> None:
    letters = Letters(kept)
    waiting = example.letter(leased_until=now() + timedelta(minutes=1))
    await letters.add(waiting)
    handlers = LetterPersons(letters, Mails(kept), Returns(kept), Files(kept), PersonAnswers(kept), now)
    with pytest.raises(NotYet):
        await handlers.on_submitter_corrected(corrected(waiting.message_id))
    assert (await letters.get(waiting.id)).recipient == "deniz.kaya@example.org"


def _mail(mail_id: str, *, sender: str) -> Mail:
    address = OwnAddress(kind=Kind.HOTLINE)
    return Mail(id=mail_id, to=address, sender=sender, size=1, content="", state=MailState.READ, received_at=now())
