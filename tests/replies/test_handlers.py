"""Events of the desk, each delivered ten times over the real broker: one effect on the assignment."""

from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

from scripts.eventually import eventually
from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.links import hash_token, token
from services.replies.store import Assignments
from shared.documents import Database
from shared.events import AssignmentInvited, CloudEvent, Event
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes

ONCE = {"obeyed": 1, "duplicate": 9}
ENDS: list[Callable[[Assignment], Event]] = [
    example.assignment_recalled,
    lambda assignment: example.assignment_recalled(assignment, cause="closed"),
    example.reply_accepted,
]


async def test_a_request_makes_one_link_and_one_invitation(make: Make, broker: Broker, database: Database) -> None:
    requested = example.assignment_requested()
    async with listening(make("replies")) as service:
        await broker.publish(example.sealed(requested), times=10)
        assert await outcomes(service, "replies.assignment.requested", of=10) == ONCE
        invited = await invitation(broker)
        raw = await paid(database)
    link_token = invited.data.link.rpartition("/")[2]
    assert link_token == token(example.SECRET, requested.assignment_id)
    assert link_token not in raw
    assert hash_token(link_token) in raw
    assert await database["assignments"].count_documents({}) == 1
    assert await broker.count("notifier.assignment.invited") == 0


async def test_a_request_repeated_after_a_loss_makes_the_same_link(
    make: Make, broker: Broker, database: Database
) -> None:
    event = example.sealed(example.assignment_requested())
    links = []
    async with listening(make("replies")) as service:
        for number in (1, 2):
            await broker.publish(event)
            await outcomes(service, "replies.assignment.requested", of=number)
            links.append((await invitation(broker)).data)
            await database["assignments"].delete_many({})
    assert links[0].model_dump_json() == links[1].model_dump_json()


async def test_a_recalled_unit_is_no_longer_asked(make: Make, broker: Broker, database: Database) -> None:
    assignment = await kept(database, example.units_assignment())
    async with listening(make("replies")) as service:
        recalled = example.assignment_recalled(assignment, reason="Yanlış birim.", cause="answered")
        await broker.publish(example.sealed(recalled), times=10)
        assert await outcomes(service, "replies.assignment.recalled", of=10) == ONCE
    now = await Assignments(database).get(assignment.id)
    assert (now.state, now.revision) == (AssignmentState.RECALLED, 1)
    assert (now.recalled_because, now.recalled_cause) == ("Yanlış birim.", "answered")
    assert await unpublished(database) == []


async def test_another_last_day_is_kept_once(make: Make, broker: Broker, database: Database) -> None:
    assignment = await kept(database, example.units_assignment())
    told = example.assignment_rescheduled(assignment)
    async with listening(make("replies")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "replies.assignment.rescheduled", of=10) == ONCE
    now = await Assignments(database).get(assignment.id)
    assert (now.due_at, now.rescheduled_cause, now.revision) == (told.due_at, "question", 1)
    assert await unpublished(database) == []


async def test_a_return_asks_the_unit_once_more(make: Make, broker: Broker, database: Database) -> None:
    assignment = await kept(database, example.replied_assignment())
    async with listening(make("replies")) as service:
        await broker.publish(example.sealed(example.reply_returned(assignment, reason="Tarih?")), times=10)
        assert await outcomes(service, "replies.reply.returned", of=10) == ONCE
        invited = await invitation(broker)
        raw = await paid(database)
    now = await Assignments(database).get(assignment.id)
    assert (now.state, [r.returned_because for r in now.replies], now.revision) == (
        AssignmentState.RETURNED,
        ["Tarih?"],
        1,
    )
    assert invited.data.returned_because == "Tarih?"
    assert token(example.SECRET, assignment.id) in invited.data.link
    assert token(example.SECRET, assignment.id) not in raw
    assert await broker.count("notifier.assignment.invited") == 0


async def test_an_approval_ends_the_units_part_once(make: Make, broker: Broker, database: Database) -> None:
    assignment = await kept(database, example.replied_assignment())
    async with listening(make("replies")) as service:
        await broker.publish(example.sealed(example.reply_accepted(assignment)), times=10)
        assert await outcomes(service, "replies.reply.accepted", of=10) == ONCE
    now = await Assignments(database).get(assignment.id)
    assert (now.state, now.revision) == (AssignmentState.ACCEPTED, 1)
    assert await unpublished(database) == []


async def test_a_closed_case_kills_the_link_once(make: Make, broker: Broker, database: Database) -> None:
    assignment = await kept(database, example.units_assignment())
    async with listening(make("replies")) as service:
        await broker.publish(example.sealed(example.assignment_recalled(assignment, cause="closed")), times=10)
        assert await outcomes(service, "replies.assignment.recalled", of=10) == ONCE
    now = await Assignments(database).get(assignment.id)
    assert (now.state, now.revision) == (AssignmentState.CLOSED, 1)
    assert await unpublished(database) == []


async def test_news_about_an_erased_assignment_has_no_effect(make: Make, broker: Broker, database: Database) -> None:
    assignment = await kept(database, example.units_assignment())
    await database["assignments"].replace_one({"_id": assignment.id}, {"revision": 1, "erased_at": example.NOW})
    async with listening(make("replies")) as service:
        await broker.publish(example.sealed(example.assignment_recalled(assignment)))
        assert await outcomes(service, "replies.assignment.recalled", of=1) == {"erased": 1}


@pytest.mark.parametrize("first", ENDS)
@pytest.mark.parametrize("second", ENDS)
async def test_what_ends_an_assignment_ends_it_alike_in_either_order(
    make: Make, broker: Broker, database: Database, first: Callable[..., Event], second: Callable[..., Event]
) -> None:
    forwards, backwards = [await kept(database, example.replied_assignment()) for _ in range(2)]
    await tell(make, broker, first(forwards), second(forwards), second(backwards), first(backwards))
    one, other = [await Assignments(database).get(a.id) for a in (forwards, backwards)]
    assert one.state == other.state
    assert [reply.returned_because for reply in one.replies] == [reply.returned_because for reply in other.replies]


async def test_a_return_that_comes_after_the_recall_invites_nobody(
    make: Make, broker: Broker, database: Database
) -> None:
    assignment = await kept(database, example.replied_assignment())
    await tell(make, broker, example.assignment_recalled(assignment), example.reply_returned(assignment))
    assert (await Assignments(database).get(assignment.id)).state is AssignmentState.RECALLED
    assert await unpublished(database) == []


@pytest.mark.parametrize("early", [example.assignment_recalled, example.reply_accepted, example.reply_returned])
async def test_what_overtakes_its_request_waits_for_it(
    make: Make, broker: Broker, database: Database, early: Callable[[Assignment], Event]
) -> None:
    assignment = example.units_assignment()
    event = example.sealed(early(assignment))
    async with listening(make("replies")) as service:
        await broker.publish(event)
        assert await outcomes(service, f"replies.{event.type}", of=1) == {"retried": 1}
        await Assignments(database).add(assignment)

        async def processed() -> bool:
            return await database["assignments"].count_documents({"seen": event.id}) == 1

        await eventually(processed)
    assert await broker.count("replies.parked") == 0


async def tell(make: Make, broker: Broker, *told: Event) -> None:
    """Deliver these events one after the other."""
    counted: Counter[str] = Counter()
    async with listening(make("replies")) as service:
        for data in told:
            counted[data.type] += 1
            await broker.publish(example.sealed(data))
            await outcomes(service, f"replies.{data.type}", of=counted[data.type])


async def kept(database: Database, assignment: Assignment) -> Assignment:
    await Assignments(database).add(assignment)
    return assignment


async def invitation(broker: Broker) -> CloudEvent[AssignmentInvited]:
    taken = await broker.take("notifier.assignment.invited")
    return CloudEvent[AssignmentInvited].model_validate_json(taken.body)


async def unpublished(database: Database) -> list[Any]:
    return [entry async for document in database["assignments"].find() for entry in example.told(document)]


async def paid(database: Database) -> str:
    """Everything in the database, once the outboxes are empty."""

    async def finished() -> bool:
        return await unpublished(database) == []

    await eventually(finished)
    return str(await database["assignments"].find().to_list(None))
