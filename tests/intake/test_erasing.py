"""What the intake destroys of an order: nothing of the person stays, and nothing comes back."""

import pytest

from services.intake.store import LostRequests, Messages
from shared.documents import Database, Erased, NotYet
from shared.events import AddressCorrected
from shared.files.store import Files
from tests import examples as example
from tests.conftest import Make
from tests.erasing import CODE, EMAIL, NAME, PHONE, TEXT, eraser_of, hits, order, plant_file, store_of

WRITTEN = example.submission(name=NAME, email=EMAIL, phone=PHONE, text=TEXT, subject=f"{CODE} hakkında")


async def test_message_files_and_requests_for_codes_are_gone(make: Make, database: Database) -> None:
    app = make("intake")
    messages, files = store_of(app, Messages), store_of(app, Files)
    await messages.prepare()
    await messages.add(example.message(id="m1", submission=example.message().submission.model_validate(vars(WRITTEN))))
    await messages.add(example.message(id="m2"))
    await plant_file(files, "f1", message_id="m1", in_message=True)
    await plant_file(files, "f2", message_id="m2", in_message=True, name="başkası.txt")
    await store_of(app, LostRequests).ask(example.SECRET, email=EMAIL, language="tr", now=example.NOW)
    assert {hit.split()[0] for hit in await hits(database)} == {
        "messages",
        "files",
        "fs.files",
        "fs.chunks",
        "lost_codes",
    }

    done = await eraser_of(app).carry_out(order())

    left = await hits(database)
    assert {hit.split()[-1].removesuffix(".preview") for hit in left if "chunks" not in hit} == {"f2"}
    assert done.parts == {"files": 1, "exports": 0, "code_requests": 1, "messages": 1, "published_events": 0}
    assert (await messages.get("m2")).id == "m2"
    with pytest.raises(Erased):
        await messages.get("m1")


async def test_a_message_that_still_owes_an_event_is_waited_for(make: Make) -> None:
    app = make("intake")
    messages = store_of(app, Messages)
    await messages.add(example.message(id="m1"), announcing=example.message_submitted(message_id="m1"))
    with pytest.raises(NotYet):
        await eraser_of(app).carry_out(order())
    await messages.collection.update_one({"_id": "m1"}, {"$set": {"outbox": []}})
    done = await eraser_of(app).carry_out(order())
    assert done.done_at and done.parts and done.parts["messages"] == 1


async def test_nothing_is_made_anew_of_a_late_event(make: Make, database: Database) -> None:
    app = make("intake")
    eraser = eraser_of(app)
    await eraser.carry_out(order())
    with pytest.raises(Erased):
        await store_of(app, Messages).add(example.message(id="m1"))
    late = AddressCorrected(message_id="m1", email=EMAIL, corrected_at=example.NOW, revision=3)
    with pytest.raises(Erased):
        await eraser.admit(example.sealed(late))
    assert await hits(database) == []


async def test_an_order_is_answered_again_as_it_was_answered_first(make: Make) -> None:
    app = make("intake")
    await store_of(app, Messages).add(example.message(id="m1"))
    eraser, answers = eraser_of(app), []
    for _ in range(2):
        await eraser.carry_out(order())
        stored = await eraser.collection.find_one({"_id": "o1"})
        assert stored
        answers.append(example.unpublished_data(stored["outbox"][0]))
        assert len(stored["outbox"]) == 1
    assert answers[0] == answers[1]
    assert answers[0]["parts"] == [{"what": "messages", "number": 1}]


async def test_work_that_was_killed_in_the_middle_is_ended_and_counts_the_same(
    make: Make, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = make("intake")
    messages, files = store_of(app, Messages), store_of(app, Files)
    await messages.add(example.message(id="m1"))
    await plant_file(files, "f1", message_id="m1")
    with monkeypatch.context() as broken:
        broken.setattr(messages, "erase", None)
        with pytest.raises(TypeError):
            await eraser_of(app).carry_out(order())
    assert await files.find_one("f1") is None
    done = await eraser_of(app).carry_out(order())
    assert done.parts == {"files": 1, "exports": 0, "code_requests": 0, "messages": 1, "published_events": 0}
    assert await hits(database) == []
