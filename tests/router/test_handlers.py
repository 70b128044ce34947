"""What reaches the desk. Each event is delivered ten times over the real broker, and has one effect."""

from services.router.domain.case import Case, CaseState
from services.router.store import Cases
from shared.documents import Database
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes

ONCE = {"obeyed": 1, "duplicate": 9}


async def test_a_submitted_message_makes_one_case_however_often_it_is_delivered(
    make: Make, broker: Broker, database: Database
) -> None:
    submitted = example.message_submitted()
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(submitted), times=10)
        assert await outcomes(service, "router.message.submitted", of=10) == ONCE
    case = await Cases(database).get(submitted.message_id)
    assert await database["cases"].count_documents({}) == 1
    assert (case.state, case.subject, len(case.timeline)) == (CaseState.NEW, submitted.subject, 1)
    assert await broker.count("intake.case.progressed") == 1


async def test_a_submitted_reply_waits_for_review_once(make: Make, broker: Broker, database: Database) -> None:
    case = await _kept(database, example.routed_case())
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(example.reply_submitted(case)), times=10)
        assert await outcomes(service, "router.reply.submitted", of=10) == ONCE
    now = await Cases(database).get(case.id)
    assert (now.state, len(now.assignments[0].replies)) == (CaseState.REPLY_PENDING_REVIEW, 1)
    assert [entry.what for entry in now.timeline].count("replied") == 1


async def _kept(database: Database, case: Case) -> Case:
    await Cases(database).add(case)
    return case
