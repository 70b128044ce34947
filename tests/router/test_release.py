"""An answer or a closing goes out once, after its time; taken back, never."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from services.router.cases.domain.attention import attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import facets
from services.router.cases.domain.holds import ANSWER, CLOSURE, release_at
from services.router.cases.domain.objections import receive_objection
from services.router.cases.domain.questions import ask, receive_answer
from services.router.cases.domain.reading import look_at
from services.router.cases.domain.release import draft, hold, released, sent, take_back
from services.router.cases.domain.review import pending_versions, receive_reply
from services.router.cases.domain.routing import decline, recall, route
from services.router.cases.domain.states import CaseState
from services.router.cases.domain.submitter import follow_up, withdraw
from services.router.cases.store.cases import Cases
from shared.documents import Conflict, Database
from shared.events import AssignmentDeclined
from shared.refused import Refused
from shared.scheduled import act_on_due, deciding
from tests import examples as example
from tests.router.submitting import answered, followed_up, objected, withdrawn

BEFORE = example.NOW + timedelta(hours=3)
AT = BEFORE + timedelta(seconds=60)
TEXT = "Isıtma sistemi bugün onarılmıştır."
CLOSING = {"reason": "duplicate", "explanation": "Aynı başvuru daha önce iletilmiştir.", "told_units": "Mükerrer"}


def payload(case: Case) -> dict[str, Any]:
    return {"answer": TEXT, "versions": sorted(pending_versions(case)), "waived_because": ""}


def held(case: Case | None = None, at: datetime = AT) -> Case:
    waiting = case or example.replied_case()
    return example.saved(hold(waiting, ANSWER, payload(waiting), at, example.officer()))


def closing() -> Case:
    return example.saved(hold(example.case(), CLOSURE, CLOSING, AT, example.officer()))


def test_nothing_is_decided_before_the_time_and_everything_after_it() -> None:
    case = held()
    assert (case.state, case.answer, released(case, AT - timedelta(milliseconds=1))) == (
        CaseState.REPLY_PENDING_REVIEW,
        None,
        None,
    )
    decided = released(case, AT)
    assert decided
    resolved, events = decided
    assert (resolved.state, resolved.release, resolved.answer.text if resolved.answer else "") == (
        CaseState.RESOLVED,
        None,
        TEXT,
    )
    assert [event.type for event in events] == ["case.answered", "reply.accepted", "case.progressed"]
    assert released(example.saved(resolved), AT) is None


def test_a_closing_is_held_as_an_answer_is() -> None:
    decided = released(closing(), AT)
    assert decided
    assert (decided[0].state, decided[0].closure_reason) == (CaseState.CLOSED, "duplicate")
    assert decided[1][0].model_dump()["explanation"] == CLOSING["explanation"]


def test_without_a_time_to_take_it_back_it_goes_at_once() -> None:
    case = example.replied_case()
    resolved, events = sent(case, ANSWER, payload(case), at=BEFORE, by=example.officer(), now=BEFORE)
    assert (resolved.state, resolved.release, len(events)) == (CaseState.RESOLVED, None, 3)


def test_taken_back_it_never_goes_and_its_text_is_the_draft() -> None:
    case = example.saved(take_back(held(), example.officer(name="Ali Demir"), BEFORE))
    assert released(case, AT + timedelta(days=1)) is None
    assert (draft(case, ANSWER, "answer"), draft(case, CLOSURE, "explanation")) == (TEXT, None)
    assert (case.timeline[-1].what, case.timeline[-1].by, attention(case)) == ("taken_back", "Ali Demir", ())
    with pytest.raises(Refused, match="no longer be taken back"):
        take_back(case, example.officer(), BEFORE)
    assert released(held(case), AT)


def test_after_it_went_out_nothing_can_be_taken_back() -> None:
    decided = released(held(), AT)
    assert decided
    with pytest.raises(Refused, match="no longer be taken back"):
        take_back(decided[0], example.officer(), AT)


def replied_again(case: Case) -> Case:
    half = hold(case, ANSWER, payload(case) | {"waived_because": "Konu çözüldü."}, AT, example.officer())
    waiting = half.assignments[1]
    return receive_reply(half, example.reply_submitted(half, assignment_id=waiting.id, unit=waiting.unit), BEFORE)[0]


def handed_back(case: Case) -> Case:
    half = hold(case, ANSWER, payload(case) | {"waived_because": "Birim gecikti."}, AT, example.officer())
    told = AssignmentDeclined(
        message_id=half.id,
        assignment_id=half.assignments[1].id,
        reason="Bizim değil.",
        by="F. Şahin",
        declined_at=BEFORE,
    )
    return decline(half, told, BEFORE)[0]


def asked_and_answered(case: Case) -> Case:
    asked = ask(case, question_id="q1", text="Hangi katta?", by=example.officer(), now=BEFORE)[0]
    return receive_answer(held(asked), answered(asked), BEFORE)[0]


def objected_to_closing(case: Case) -> Case:
    resolved = example.answered_case()
    given = CLOSING | {"reason": "answered"}
    return receive_objection(hold(resolved, CLOSURE, given, AT, example.officer()), objected(resolved), BEFORE)[0]


@pytest.mark.parametrize(
    "interrupt",
    [
        lambda case: follow_up(held(case), followed_up(case)),
        lambda case: replied_again(example.half_replied_case()),
        lambda case: handed_back(example.half_replied_case()),
        asked_and_answered,
        objected_to_closing,
    ],
)
def test_what_comes_in_between_stops_it_and_the_officer_is_told_until_somebody_looks(
    interrupt: Callable[[Case], Case],
) -> None:
    case = example.saved(interrupt(example.replied_case()))
    assert (case.held, released(case, AT)) == (None, None)
    assert [entry.what for entry in case.timeline].count("release_cancelled") == 1
    assert "release_cancelled" in attention(case)
    assert "release_cancelled" not in attention(look_at(case, by=example.officer(), now=AT))


def test_a_withdrawal_stops_it_and_closes_the_case() -> None:
    before = held()
    sentences = {"explanation": "Geri çekildi.", "told_units": "Geri çekildi"}
    case = example.saved(withdraw(before, withdrawn(before), **sentences, now=BEFORE)[0])
    assert (case.state, case.answer, released(case, AT)) == (CaseState.CLOSED, None, None)
    assert {"withdrawn", "release_cancelled"} <= {entry.what for entry in case.timeline}


def test_while_it_is_held_nobody_decides_anything_else() -> None:
    case, by = held(example.half_replied_case().model_copy(update={"assignments": ()})), example.officer()
    acts: list[Callable[[], object]] = [
        lambda: hold(case, ANSWER, payload(case), AT, by),
        lambda: hold(case, CLOSURE, CLOSING, AT, by),
        lambda: ask(case, question_id="q1", text="Hangi katta?", by=by, now=BEFORE),
        lambda: route(case, [], ids=[], text="Metin", note="", share_identity=False, due_at=AT, by=by, now=BEFORE),
    ]
    for act in acts:
        with pytest.raises(Refused, match="on its way"):
            act()


def test_a_held_case_stands_in_the_list_of_what_is_held_and_not_among_those_to_be_checked() -> None:
    assert {"view:held", "view:reply_pending_review"} & set(facets(held())) == {"view:held"}
    assert {"view:held", "view:reply_pending_review"} & set(facets(example.replied_case())) == {
        "view:reply_pending_review"
    }


def test_what_has_become_impossible_is_told_and_tried_no_more() -> None:
    case = held(example.replied_case())
    changed = case.model_copy(update={"assignments": ()})
    decided = released(changed, AT)
    assert decided
    assert (decided[0].held, decided[1]) == (None, [])
    assert decided[0].timeline[-1].what == "release_cancelled"


def replica(database: Database, now: datetime) -> Cases:
    """The store of one process, with a fixed clock."""
    return Cases(Database(database.mongodb, source="test", clock=lambda: now, on_outbox=database.on_outbox))


async def announced(database: Database, case_id: str) -> list[str]:
    """The types of the events that the case owes, without those for the audit record."""
    found = await database["cases"].find_one({"_id": case_id})
    assert found
    return [entry["type"] for entry in example.told(found)]


async def look(cases: Cases) -> None:
    await act_on_due(cases, Cases.to_release, deciding(cases, released))


async def test_of_several_replicas_one_releases_what_is_due_and_only_that(database: Database) -> None:
    case, later = held(), held(at=AT + timedelta(seconds=1))
    for one in (case, later):
        await Cases(database).add(one)
    await asyncio.gather(*(look(replica(database, AT - timedelta(seconds=1))) for _ in range(3)))
    assert await announced(database, case.id) == []
    await asyncio.gather(*(look(replica(database, AT)) for _ in range(4)))
    assert (await announced(database, case.id)).count("case.answered") == 1
    assert await announced(database, later.id) == []


async def test_of_taking_back_and_releasing_at_once_one_counts(database: Database) -> None:
    case = held()
    await Cases(database).add(case)
    cases = replica(database, AT)
    mine = take_back(await cases.get(case.id), example.officer(), BEFORE)
    await look(cases)
    with pytest.raises(Conflict):
        await cases.save(mine)
    assert (await cases.get(case.id)).state is CaseState.RESOLVED


async def test_recalling_while_an_answer_is_held_is_refused(database: Database) -> None:
    half = example.half_replied_case()
    case = example.saved(hold(half, ANSWER, payload(half) | {"waived_because": "Konu çözüldü."}, AT, example.officer()))
    with pytest.raises(Refused, match="on its way"):
        recall(case, case.assignments[1].id, reason="Yanlış birim.", by=example.officer(), now=BEFORE)


async def test_what_is_due_is_found_by_an_index(database: Database) -> None:
    cases = Cases(database)
    await cases.prepare()
    plan = await cases.collection.find(Cases.to_release(AT)).explain()
    assert "indexed.release_at_1" in str(plan["queryPlanner"]["winningPlan"])


def test_what_a_newer_version_holds_is_left_to_it() -> None:
    case = held()
    assert case.release
    newer = case.model_copy(update={"release": case.release.model_copy(update={"kind": "novelty", "payload": {}})})
    assert release_at(newer) is None
    assert released(newer, AT + timedelta(days=1)) is None
