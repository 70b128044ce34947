"""What the notifier destroys of an order: letters, mails, their files, and what it knows of addresses."""

from datetime import timedelta

import pytest

from services.notifier.domain.mail import Mail, OwnAddress
from services.notifier.store import Letters, ReceiptCounts
from services.notifier.store.mails import Mails, Returns
from shared.destruction import digest
from shared.documents import Database, Erased
from shared.files.store import Files
from tests import examples as example
from tests.conftest import Make
from tests.erasing import CODE, EMAIL, NAME, TEXT, eraser_of, hits, order, plant_file, store_of

TO_PERSON = {"message_id": "m1", "recipient": EMAIL, "record": TEXT, "raw": TEXT.encode(), "reference": "26-1111-AA"}


async def test_letters_marks_and_lists_are_gone(make: Make, database: Database) -> None:
    app = make("notifier")
    letters = store_of(app, Letters)
    await letters.prepare()
    await letters.add(example.letter(id="m1.receipt", reply_token="t1", **TO_PERSON))
    await letters.add(example.letter(id="m1.notice", template="notice", **TO_PERSON))
    listed = f"26-1111-AA {CODE} hakkında"
    await letters.add(example.letter(id="r1", message_id="r1", template="reminder", record=listed, raw=b"x"))
    await letters.add(example.letter(id="c1", **TO_PERSON | {"message_id": "c1", "template": "codes"}))
    await letters.add(example.letter(id="m2.receipt", message_id="m2", recipient="baska@example.org"))
    await ReceiptCounts(database).has_room("m1.receipt", EMAIL, example.NOW, most=3)
    await Returns(database).count(EMAIL, "m1.receipt", example.NOW, hard=True)
    done = await eraser_of(app).carry_out(order(addresses=()))
    assert await hits(database, CODE, EMAIL, NAME, digest(EMAIL)) == []
    assert await database["reply_addresses"].count_documents({}) == 0
    assert await database["receipt_counts"].count_documents({}) == 0
    assert done.parts and (done.parts["letters"], done.parts["other_letters"]) == (2, 2)
    assert (await letters.get("m2.receipt")).recipient == "baska@example.org"
    with pytest.raises(Erased):
        await letters.add(example.letter(id="m1.answer", **TO_PERSON | {"template": "answer"}))


def mail(mail_id: str, content: str, **different: object) -> Mail:
    given = {"id": mail_id, "to": OwnAddress(kind="hotline"), "size": 9, "content": content, "sender": EMAIL}
    return Mail.model_validate({**given, "received_at": example.NOW, **different})


async def test_mails_with_their_bytes_and_files_are_gone(make: Make, database: Database) -> None:
    app = make("notifier")
    mails, files = store_of(app, Mails), store_of(app, Files)
    given = [mail("mail1", "b1"), mail("mail2", "b2", message_id="m1"), mail("mail3", "b3")]
    for one in given:
        await mails.add(one)
        await database["mail_parts"].insert_one({"content": one.content, "n": 0, "sealed": TEXT, "at": example.NOW})
        await plant_file(files, f"f-{one.id}", owner="notifier", message_id=one.id)
    await mails.add(mail("mail4", "b4", sender="baska@example.org"))
    done = await eraser_of(app).carry_out(order())
    assert await hits(database) == []
    assert done.parts and (done.parts["mails"], done.parts["mail_parts"], done.parts["files"]) == (3, 3, 3)
    assert (await mails.get("mail4")).sender == "baska@example.org"


async def test_a_letter_with_a_name_goes_with_the_signatures(make: Make, database: Database) -> None:
    app = make("notifier")
    letters = store_of(app, Letters)
    of_unit = {"assignment_id": "a1", "message_id": "m7"}
    await letters.add(example.letter(id="a1.colleague", **TO_PERSON | of_unit, template="colleague"))
    for template in ("arrival", "decline", "unit_question", "unit_interim", "unit_mail", "failure"):
        named = {"record": f"Yazan: {NAME}", "raw": NAME.encode(), "recipient": "hat@example.org"}
        await letters.add(example.letter(id=f"a1.{template}", template=template, **of_unit, **named))
    later = example.NOW + timedelta(days=1)
    await letters.add(example.letter(id="a1.invitation", assignment_id="a1", template="invitation", due_at=later))
    await eraser_of(app).carry_out(order(message_ids=(), mail_ids=(), addresses=(), signatures=("a1",)))
    assert await hits(database) == []
    assert (await letters.get("a1.invitation")).assignment_id == "a1"
