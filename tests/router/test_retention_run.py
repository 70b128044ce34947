"""Lists of what is due, and the runs that destroy it: equal, resumable, and nothing outside the rules."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from services.router.cases.domain.legal_hold import hold
from services.router.cases.domain.parts import Merge, Restriction
from services.router.cases.domain.reopening import reopen
from services.router.records.domain.retention import (
    DEFAULTS,
    RETENTION,
    Doing,
    RetentionRules,
    Rule,
    due_on,
    finished_before,
    rule_for,
)
from services.router.records.domain.runs import BATCH, Left, Run, RunState
from services.router.records.store import retention as stores
from services.router.records.store.orders import Orders
from shared.days import day_of
from shared.documents import Database
from tests import examples as example
from tests.router.retained import BY, NOW, RULES, ZONE, Retaining, ended, some

OLD = NOW - timedelta(days=5 * 366)
OFFICER = example.officer()


@pytest.fixture
async def retaining(database: Database, tmp_path: Path) -> Retaining:
    made = Retaining(database, tmp_path)
    await made.prepare()
    return made


async def test_a_list_has_exactly_what_the_rules_say(retaining: Retaining) -> None:
    cases = [*some(240), *(example.case() for _ in range(5))]
    await retaining.add(*cases)
    run = await retaining.listed()
    today, expected = NOW.date(), {}
    for case in cases[:240]:
        outcome = case.closure_reason or "answered"
        rule = rule_for(RULES, case.kind, outcome)
        if rule.doing != Doing.KEEP and due_on(case.timeline[-1].at, rule, ZONE) <= today:
            expected[case.id] = rule.code
    found = {one.id: batch.rule.code async for batch in retaining.batches.of_run(run.id) for one in batch.cases}
    assert found == expected
    assert expected
    assert (run.state, run.total_due, run.left) == (RunState.LISTED, len(expected), {})
    assert sum((await retaining.batches.counts(RULES, today)).values()) == len(expected)


async def test_the_run_destroys_what_the_list_shows_and_nothing_else(retaining: Retaining) -> None:
    await retaining.add(*some(240))
    run = await retaining.listed()
    shown = await retaining.lines()
    assert await retaining.ordered() == []
    await retaining.begun(run)
    await retaining.work()
    orders = await retaining.ordered()
    ordered = [case_id for order in orders for case_id in order.message_ids]
    assert len(ordered) == len(set(ordered))
    assert set(ordered) == {case_id for case_id, left in shown.items() if left is None}
    done = await retaining.runs.get(run.id)
    assert (done.state, done.total_destroyed, done.destroyed) == (RunState.DONE, run.total_due, run.due)
    kinds = {(order.rule, order.kind) for order in orders}
    assert ("retention:complaint:answered", "anonymise") in kinds
    assert ("retention:any:spam", "destroy") in kinds
    assert all(order.request_id == run.id for order in orders)


async def test_for_a_day_in_the_future_more_is_due(retaining: Retaining) -> None:
    await retaining.add(*some(120))
    now = await retaining.listed("now")
    later = await retaining.listed("later", day=date(NOW.year + 3, NOW.month, NOW.day))
    assert set(await retaining.lines("now")) < set(await retaining.lines("later"))
    assert now.total_due < later.total_due


async def test_open_held_and_kept_cases_are_not_destroyed(retaining: Retaining) -> None:
    spam = {"outcome": "spam"}
    held = hold(ended(OLD, **spam), "Dava", by=OFFICER, now=NOW)[0]
    kept, young, due = ended(OLD, outcome="withdrawn"), ended(NOW - timedelta(days=30), **spam), ended(OLD, **spam)
    await retaining.add(held, kept, young, due, example.case(submitted_at=OLD))
    run = await retaining.listed()
    assert await retaining.lines() == {held.id: Left.HELD, due.id: None}
    assert (run.due, run.left) == ({"retention:any:spam": 1}, {"held": 1})
    await retaining.begun(run)
    await retaining.work()
    assert [order.message_ids for order in await retaining.ordered()] == [(due.id,)]


async def test_merged_cases_go_with_their_primary_or_not_at_all(retaining: Retaining) -> None:
    one, two = ended(OLD, outcome="spam"), ended(OLD, outcome="spam")
    into = [ended(NOW, merge=Merge(into=case.id, at=OLD, by="x")) for case in (one, one, two)]
    held = hold(into[2], "Dava", by=OFFICER, now=NOW)[0]
    alone = ended(OLD, merge=Merge(into="gone", at=OLD, by="x"))
    await retaining.add(one, two, into[0], into[1], held, alone)
    await retaining.listed()
    assert await retaining.lines() == {
        **dict.fromkeys((one.id, into[0].id, into[1].id)),
        **dict.fromkeys((two.id, held.id), Left.HELD),
    }


async def test_what_changed_after_the_list_is_left_out_with_the_reason(retaining: Retaining) -> None:
    cases = {why: ended(OLD) for why in ("held", "reopened", "restricted", "merged", "changed", "gone", "free")}
    await retaining.add(*cases.values())
    run = await retaining.listed()
    await retaining.begun(run)
    store = retaining.cases
    await store.save(hold(cases["held"], "Dava", by=OFFICER, now=NOW)[0])
    await store.save(reopen(cases["reopened"], reason="Eksik.", by=OFFICER, now=NOW)[0])
    restriction = Restriction(why="health", to=("x",), at=NOW)
    await store.save(cases["restricted"].model_copy(update={"restriction": restriction}))
    await store.save(cases["changed"].model_copy(update={"kind": "request"}))
    await store.add(ended(OLD, merge=Merge(into=cases["merged"].id, at=NOW, by="x")))
    await store.collection.delete_one({"_id": cases["gone"].id})
    await retaining.work()
    lines = await retaining.lines()
    assert {why: lines[case.id] for why, case in cases.items()} == {
        "free": None,
        **{why: why for why in cases if why != "free"},
    }
    assert [order.message_ids for order in await retaining.ordered()] == [(cases["free"].id,)]
    done = await retaining.runs.get(run.id)
    assert (done.total_destroyed, sum(done.left.values())) == (1, 6)


async def test_a_hold_that_comes_with_the_order_is_obeyed(
    retaining: Retaining, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between the decision and the order: the order refuses, and the batch is decided anew."""
    one, two = ended(OLD), ended(OLD)
    await retaining.add(one, two)
    await retaining.begun(await retaining.listed())
    order, held = retaining.orders.order, False

    async def just_before(**given: Any) -> Any:
        nonlocal held
        if not held:
            held = True
            await retaining.cases.save(hold(one, "Dava", by=OFFICER, now=NOW)[0])
        return await order(**given)

    monkeypatch.setattr(retaining.orders, "order", just_before)
    await retaining.work()
    assert [order.message_ids for order in await retaining.ordered()] == [(two.id,)]
    assert await retaining.lines() == {one.id: Left.HELD, two.id: None}


async def test_of_a_destroyed_case_no_reference_stays(retaining: Retaining) -> None:
    held = hold(ended(OLD), "Dava", by=OFFICER, now=NOW)[0]
    await retaining.add(held, ended(OLD))
    await retaining.begun(await retaining.listed())
    await retaining.work()
    (batch,) = [batch async for batch in retaining.batches.of_run("r1")]
    assert {one.reference for one in batch.cases} == {held.reference, ""}


class Killed(BaseException):
    """The process ends here."""


POINTS: list[tuple[Any, str]] = [
    (stores.Batches, "add"),
    (stores.Batches, "save"),
    (stores.Runs, "save"),
    (Orders, "order"),
]


@pytest.mark.parametrize(("place", "name"), POINTS)
@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
async def test_killed_at_any_point_the_run_goes_on_and_gives_each_order_once(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, after: bool
) -> None:
    """Many a call of a write ends the process, before or after it is done; then another process goes on."""
    monkeypatch.setattr(stores, "BATCH", 7)
    first = Retaining(database, tmp_path)
    await first.prepare()
    cases = [ended(OLD + timedelta(minutes=number), outcome="spam") for number in range(20)]
    await first.add(*cases)
    real: Callable[..., Awaitable[Any]] = getattr(place, name)
    calls, chance = 0, random.Random(18)

    async def deadly(self: Any, *args: Any, **given: Any) -> Any:
        nonlocal calls
        calls += 1
        kill = calls == 1 or chance.random() < 0.4
        if kill and not after:
            raise Killed
        done = await real(self, *args, **given)
        if kill:
            raise Killed
        return done

    async def process(*, begin: bool) -> None:
        """Work as often as processes die; each one sees what the one before left behind."""
        one = Retaining(database, tmp_path, NOW + timedelta(hours=calls))
        try:
            if begin:
                await one.begun(await one.runs.get("r1"))
            await one.work()
        except Killed:
            await process(begin=begin and (await one.runs.get("r1")).state == RunState.LISTED)

    await first.runs.add(example_run())
    monkeypatch.setattr(place, name, deadly)
    await process(begin=False)
    assert (await first.runs.get("r1")).total_due == len(cases)
    await process(begin=True)
    monkeypatch.setattr(place, name, real)
    await Retaining(database, tmp_path, NOW + timedelta(days=1)).work()
    ordered = [case_id for order in await first.ordered() for case_id in order.message_ids]
    assert sorted(ordered) == sorted(case.id for case in cases)
    done = await first.runs.get("r1")
    assert (done.state, done.total_destroyed, done.batches_done) == (RunState.DONE, 20, 3)
    assert calls > 2


async def test_several_processes_give_each_order_once(database: Database, tmp_path: Path) -> None:
    processes = [Retaining(database, tmp_path) for _ in range(3)]
    first = processes[0]
    await first.prepare()
    await first.add(*some(150))
    await first.runs.add(example_run(rules=RULES))
    await asyncio.gather(*(one.work() for one in processes))
    listed = await first.runs.get("r1")
    assert listed.total_due == len(await first.lines())
    await first.begun(listed)
    await asyncio.gather(*(one.work() for one in processes))
    await first.work()
    ordered = [case_id for order in await first.ordered() for case_id in order.message_ids]
    assert sorted(ordered) == sorted(await first.lines())
    assert (await first.runs.get("r1")).total_destroyed == listed.total_due


async def test_a_run_waits_for_the_services(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stores, "BATCH", 5)
    retaining = Retaining(database, tmp_path, at_once=2)
    await retaining.prepare()
    await retaining.add(*(ended(OLD, outcome="spam") for _ in range(20)))
    await retaining.begun(await retaining.listed())
    await retaining.work()
    orders = await retaining.ordered()
    assert len(orders) == 2
    await retaining.answer(orders[0].id, lambda service, order: {"things": 1})
    await retaining.work()
    assert len(await retaining.ordered()) == 3


async def test_without_a_destruction_log_nothing_is_destroyed(retaining: Retaining) -> None:
    await retaining.add(ended(OLD))
    await retaining.begun(await retaining.listed())
    path, retaining.log.path = retaining.log.path, None
    await retaining.work()
    assert (await retaining.ordered(), (await retaining.runs.get("r1")).state) == ([], RunState.RUNNING)
    retaining.log.path = path
    await retaining.work()
    assert len(await retaining.ordered()) == 1


async def test_the_periodic_destruction_begins_on_its_day_once(database: Database, tmp_path: Path) -> None:
    today = day_of(NOW, ZONE)
    retaining, other = Retaining(database, tmp_path), Retaining(database, tmp_path)
    await retaining.prepare()
    await retaining.add(ended(OLD, outcome="spam"))
    await retaining.rules.add(RetentionRules(id=RETENTION, active=True, next_on=today + timedelta(days=1)))
    await retaining.work()
    assert await retaining.runs.newest() == []
    retaining.now = other.now = NOW + timedelta(days=1)
    await asyncio.gather(retaining.work(), other.work())
    await retaining.work()
    (run,) = await retaining.runs.newest()
    assert (run.periodic, run.state, run.total_destroyed) == (True, RunState.DONE, 1)
    rules = await retaining.rules.stored()
    assert rules.next_on == date(2027, 5, 24)
    assert rules.history[-1].by.kind == "system"


async def test_switched_off_the_day_passes_without_a_run(retaining: Retaining) -> None:
    await retaining.rules.add(RetentionRules(id=RETENTION, next_on=NOW.date()))
    await retaining.work()
    assert await retaining.runs.newest() == []


@pytest.mark.parametrize("months", [1, 6, 12, 36])
def test_on_every_day_of_four_years_the_list_asks_for_the_cases_that_are_due_and_no_others(months: int) -> None:
    """Also at the end of a month, whose days the next one may lack."""
    rule = Rule(months=months, doing=Doing.DESTROY)
    for number in range(4 * 365 + 1):
        day = date(2024, 1, 1) + timedelta(days=number)
        end = finished_before(rule, day, ZONE)
        last = end - timedelta(seconds=1)
        assert due_on(last, rule, ZONE) <= day < due_on(end, rule, ZONE), day


def test_no_rule_of_ours_leaves_a_case_without_one() -> None:
    assert rule_for(DEFAULTS, "unknown", "unknown") == DEFAULTS[-1]
    assert BATCH == 500


def example_run(**different: Any) -> Run:
    given = {"id": "r1", "day": NOW.date(), "rules": RULES, "made_at": NOW, "made_by": BY}
    return Run.model_validate(given | different)
