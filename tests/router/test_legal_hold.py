"""Legal hold: who may, sets and lifts it with a reason; the case says so, in its head and in lists."""

import asyncio
import threading
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.attention import attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import facets
from services.router.cases.domain.finishing import finished_at, outcome, retention_key
from services.router.cases.domain.legal_hold import hold, lift
from services.router.cases.domain.parts import Merge, TimelineEntry
from services.router.cases.domain.reopening import reopen
from services.router.cases.domain.review import close
from services.router.cases.domain.states import CaseState, ClosureReason
from services.router.cases.store.cases import Cases
from services.router.records.store.orders import DECIDED_WITHIN, Orders
from shared.clock import utc_now
from shared.destruction import DestructionLog, Erasing, LoggedOrder
from shared.documents import Database
from shared.refused import Refused
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import announced, kept, log_in, send, shown

OFFICER, LATER = example.officer(), example.NOW + timedelta(hours=5)


@pytest.fixture
async def keeper(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """A privacy officer who reads English."""
    return await log_in(visit(app, language="en"), database, role=Role.PRIVACY_OFFICER)


def held(case: Case) -> Case:
    return example.saved(hold(case, "Dava 2026/17", by=OFFICER, now=LATER)[0])


async def test_a_case_is_put_under_legal_hold_and_it_is_audited(keeper: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await keeper.open(f"/cases/{case.id}/hold")
    page = await keeper.submit(f"/cases/{case.id}/hold", why="Dava 2026/17")
    stored = await Cases(database).get(case.id)
    assert stored.hold
    assert (stored.hold.why, stored.hold.by, stored.timeline[-1].what) == ("Dava 2026/17", "Ayşe Yılmaz", "hold_set")
    assert "Legal hold" in page
    (told,) = await announced(database, case.id)
    assert (told["action"], told["message_id"], told["fields"]) == ("case_held", case.id, ["hold"])
    assert "2026/17" not in str(told)


async def test_a_case_whose_destruction_was_ordered_is_not_said_to_be_kept(
    keeper: Browser, database: Database, tmp_path: Path
) -> None:
    case = await kept(database, example.answered_case())
    await keeper.open(f"/cases/{case.id}/hold")
    orders = Orders(database, Cases(database), DestructionLog(tmp_path / "log"))
    await orders.order(kind=Erasing.DESTROY, message_ids=[case.id], rule="r", by=OFFICER.actor)
    answer = await send(keeper, f"/cases/{case.id}/hold", why="Dava 2026/17")
    assert (answer.status_code, "It can no longer be kept." in shown(answer)) == (409, True)
    assert (await Cases(database).get(case.id)).hold is None


class HeldUp(DestructionLog):
    """A log that writes only once it may: between the look for holds and the order."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.reached, self.may_write = threading.Event(), threading.Event()

    def append(self, make: Callable[[int], LoggedOrder], *, known: int = 0) -> LoggedOrder:
        self.reached.set()
        self.may_write.wait(60)
        return super().append(make, known=known)


async def test_nobody_is_told_that_a_case_is_kept_while_its_destruction_is_being_ordered(
    keeper: Browser, database: Database, tmp_path: Path
) -> None:
    case = await kept(database, example.answered_case())
    await keeper.open(f"/cases/{case.id}/hold")
    orders = Orders(database, Cases(database), log := HeldUp(tmp_path / "log"))
    ordering = asyncio.create_task(
        orders.order(kind=Erasing.DESTROY, message_ids=[case.id], rule="request", by=OFFICER.actor)
    )
    await asyncio.to_thread(log.reached.wait, 60)
    holding = asyncio.create_task(send(keeper, f"/cases/{case.id}/hold", why="Dava 2026/17"))
    await asyncio.wait({holding}, timeout=1)  # long enough for an answer that did not wait
    log.may_write.set()
    answer, _ = await asyncio.gather(holding, ordering)
    assert (answer.status_code, "has been ordered" in shown(answer)) == (409, True)
    assert await database["erasure_intents"].count_documents({}) == 0


async def test_what_a_process_left_that_ended_while_it_ordered_holds_nobody_up(
    keeper: Browser, database: Database
) -> None:
    case = await kept(database, example.answered_case())
    left = utc_now() - 2 * DECIDED_WITHIN
    await database["erasure_intents"].insert_one({"_id": "o1", "message_ids": [case.id], "at": left})
    await keeper.open(f"/cases/{case.id}/hold")
    await keeper.submit(f"/cases/{case.id}/hold", why="Dava 2026/17")
    assert (await Cases(database).get(case.id)).hold


async def test_the_hold_is_lifted_with_a_reason_and_stays_in_the_history(keeper: Browser, database: Database) -> None:
    case = await kept(database, held(example.answered_case()))
    await keeper.open(f"/cases/{case.id}/hold")
    await keeper.submit(f"/cases/{case.id}/hold/end", why="Dava bitti")
    stored = await Cases(database).get(case.id)
    assert (stored.hold, stored.holds[0].why, stored.holds[0].lifted_because) == (None, "Dava 2026/17", "Dava bitti")
    assert "Dava 2026/17" in await keeper.open(f"/cases/{case.id}/hold")


async def test_without_a_reason_nothing_is_held(keeper: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await keeper.open(f"/cases/{case.id}/hold")
    answer = await send(keeper, f"/cases/{case.id}/hold", why=" ")
    assert (answer.status_code, "Please say why" in shown(answer)) == (422, True)
    assert (await Cases(database).get(case.id)).hold is None


async def test_who_was_slower_than_a_colleague_is_told(keeper: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    await keeper.open(f"/cases/{case.id}/hold")
    await Cases(database).save(hold(case, "Dava 2026/18", by=OFFICER, now=LATER)[0])
    answer = await send(keeper, f"/cases/{case.id}/hold", why="Dava 2026/17")
    assert answer.status_code == 409
    assert "under legal hold already" in shown(answer)
    lifted = lift(await Cases(database).get(case.id), "Bitti", by=OFFICER, now=LATER)[0]
    await keeper.open(f"/cases/{case.id}/hold")
    await Cases(database).save(lifted)
    answer = await send(keeper, f"/cases/{case.id}/hold/end", why="Dava bitti")
    assert (answer.status_code, "not under legal hold" in shown(answer)) == (409, True)


async def test_lists_show_the_held_cases_alone(officer: Browser, database: Database) -> None:
    await kept(database, held(example.answered_case(subject="Bekletilen dosya")))
    await kept(database, example.answered_case(subject="Öteki dosya"))
    page = await officer.open("/?view=resolved&hold=yes")
    assert ("Bekletilen dosya" in page, "Öteki dosya" in page, "Under legal hold" in page) == (True, False, True)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR])
async def test_who_may_not_hold_sees_that_it_is_held(officer: Browser, database: Database, role: Role) -> None:
    case = await kept(database, held(example.answered_case()))
    await database["accounts"].update_one({}, {"$set": {"role": role}})
    assert "Legal hold" in await officer.open(f"/cases/{case.id}")
    assert (await officer.client.get(f"/cases/{case.id}/hold")).status_code == 403


def test_a_hold_changes_nothing_else_of_the_case() -> None:
    case = example.answered_case()
    after = held(case)
    assert {*facets(after)} - {*facets(case)} == {"hold"}
    assert attention(after) == attention(case)
    with pytest.raises(Refused):
        hold(after, "Again", by=OFFICER, now=LATER)
    with pytest.raises(Refused):
        lift(case, "None", by=OFFICER, now=LATER)


def test_retention_counts_from_the_day_the_case_was_finished_last() -> None:
    answered = example.answered_case()
    opened, _ = reopen(answered, reason="Eksik kaldı.", by=OFFICER, now=LATER)
    again = opened.model_copy(update={"state": CaseState.RESOLVED})
    ended = TimelineEntry(at=LATER + timedelta(days=3), what="answered")
    again = again.model_copy(update={"timeline": (*again.timeline, ended)})
    assert answered.answer
    assert finished_at(answered) == answered.answer.at
    assert (finished_at(opened), outcome(opened), retention_key(opened)) == (None, None, None)
    assert finished_at(again) == LATER + timedelta(days=3)


def test_a_case_without_a_known_end_counts_from_its_newest_entry() -> None:
    case = example.case(state=CaseState.CLOSED)
    assert finished_at(case) == case.timeline[-1].at
    assert finished_at(case.model_copy(update={"timeline": ()})) == case.submitted_at


def test_kind_and_outcome_say_by_which_rule_a_case_is_found() -> None:
    closed, _ = close(example.case(), reason=ClosureReason.SPAM, explanation="Reklam.", by=OFFICER, now=LATER)
    merge = Merge(into="x", at=LATER, by="Elif Kaya")
    merged = example.answered_case().model_copy(update={"merge": merge})
    assert retention_key(closed) == f"{closed.kind}|spam"
    assert retention_key(example.answered_case()) == f"{example.case().kind}|answered"
    assert (retention_key(merged), retention_key(example.case())) == (None, None)
