"""The intake's messages in MongoDB."""

from collections.abc import Callable

import pytest

from services.intake.domain.after import follow_up, withdraw
from services.intake.domain.codes import tracking_code
from services.intake.domain.message import Message
from services.intake.domain.progress import answer, ask, came_back, close, progress
from services.intake.store import Messages
from shared.documents import AlreadyExists, Conflict, Database, NotFound
from tests import examples as example
from tests.newer import kept_through


@pytest.fixture
async def messages(database: Database) -> Messages:
    made = Messages(database)
    await made.prepare()
    return made


async def test_a_message_comes_back_as_it_was_kept(messages: Messages) -> None:
    message = example.message()
    await messages.add(message, announcing=example.message_submitted())
    assert await messages.get(message.id) == message


async def test_somebody_else_was_faster(messages: Messages) -> None:
    await messages.add(example.message(id="m1"))
    mine, theirs = await messages.get("m1"), await messages.get("m1")
    await messages.save(progress(theirs, example.case_progressed()))
    with pytest.raises(Conflict):
        await messages.save(close(mine, example.case_closed()))
    assert (await messages.get("m1")).closed_at is None


@pytest.mark.parametrize(
    "change",
    [
        lambda message: ask(message, example.question_asked()),
        lambda message: came_back(message, example.letter_failed()),
        lambda message: answer(message, example.case_answered()),
        lambda message: withdraw(message, now=example.NOW)[0],
        lambda message: follow_up(message, follow_up_id="f1", text="Bir de pencere.", now=example.NOW)[0],
    ],
    ids=["asked", "came back", "answered", "withdrawn", "followed up"],
)
async def test_somebody_else_was_faster_than_what_came_after(
    messages: Messages, change: Callable[[Message], Message]
) -> None:
    await messages.add(example.message(id="m1"))
    mine, theirs = await messages.get("m1"), await messages.get("m1")
    await messages.save(progress(theirs, example.case_progressed()))
    with pytest.raises(Conflict):
        await messages.save(change(mine))
    kept = await messages.save(change(await messages.get("m1")))
    assert kept == await messages.get("m1")
    assert kept.step == "at_unit"


async def test_the_same_id_twice_is_already_there(messages: Messages) -> None:
    message = example.message()
    await messages.add(message)
    with pytest.raises(AlreadyExists):
        await messages.add(message.model_copy(update={"explanation": "again"}))
    assert await messages.get(message.id) == message


async def test_a_message_sent_again_is_the_one_that_was_kept(messages: Messages, database: Database) -> None:
    first = example.message()
    again = first.model_copy(update={"reference": "26-0000-00", "fingerprint": "another"})
    assert await messages.add_once(first, announcing=[example.message_submitted()]) == first
    assert await messages.add_once(again, announcing=[example.message_submitted()]) == first
    document = await database["messages"].find_one({"_id": first.id})
    assert document is not None
    assert len(example.told(document)) == 1


@pytest.mark.parametrize("taken", ["reference", "code_hash"])
async def test_a_reference_or_code_that_is_taken_asks_for_another_try(messages: Messages, taken: str) -> None:
    first = example.message()
    await messages.add(first)
    with pytest.raises(Conflict):
        await messages.add_once(example.message(**{taken: getattr(first, taken)}), announcing=[])


async def test_a_code_opens_its_message(messages: Messages) -> None:
    first, second = example.message(), example.message()
    for message in (first, second):
        await messages.add(message)
    assert (await messages.by_code(tracking_code(example.SECRET, second.id))).id == second.id


@pytest.mark.parametrize("code", ["", "00000-00000-00000-00000", "\x00", "\ud800", "x" * 100_000])
async def test_an_unknown_code_opens_nothing(messages: Messages, code: str) -> None:
    await messages.add(example.message())
    with pytest.raises(NotFound):
        await messages.by_code(code)


async def test_what_a_newer_version_added_is_still_there_after_a_change(messages: Messages) -> None:
    seen_before = progress(example.message(), example.case_progressed())
    closed = example.case_closed(closed_at=example.NOW)
    await kept_through(messages, seen_before, lambda m: close(m, closed), step="tomorrow", kind="of_tomorrow")


async def test_an_unknown_id_is_not_found(messages: Messages) -> None:
    with pytest.raises(NotFound):
        await messages.get("nobody")


async def test_of_a_code_only_the_hash_is_kept(messages: Messages, database: Database) -> None:
    message: Message = example.message()
    await messages.add(message)
    raw = str(await database["messages"].find_one({"_id": message.id}))
    code = tracking_code(example.SECRET, message.id)
    assert message.code_hash in raw
    assert code not in raw
    assert code.replace("-", "") not in raw
