"""The pages of retention: rules with a preview, lists, a confirmation that is typed, and the destruction record."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.cases.domain.legal_hold import hold
from services.router.cases.domain.parts import Restriction
from services.router.records.domain.retention import RETENTION, RetentionRules, after_months
from services.router.records.store.destructions import Destructions
from services.router.records.store.retention import RetentionStore
from shared.clock import utc_now
from shared.destruction import Erasing
from shared.documents import Database
from shared.printing import NotPrinted, Printer
from tests import examples as example
from tests.conftest import Make, Visit
from tests.router.desk import log_in, send, shown, unpublished
from tests.router.retained import BY, RULES, Retaining, ended

HERE = "/administration/retention"
RECORD = "/administration/destructions"


@pytest.fixture
def app(make: Make, tmp_path: Path) -> FastAPI:
    """The desk, with a destruction log."""
    return make("router", destruction_log=tmp_path / "destruction.log")


@pytest.fixture
async def keeper(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """A privacy officer who reads English."""
    return await log_in(visit(app, language="en"), database, role=Role.PRIVACY_OFFICER)


@pytest.fixture
async def retaining(database: Database, tmp_path: Path) -> Retaining:
    """The stores, now: some cases are due."""
    made = Retaining(database, tmp_path, utc_now())
    old = made.now - timedelta(days=5 * 366)
    await made.add(*(ended(old + timedelta(days=n), outcome="spam") for n in range(3)))
    await made.rules.add(RetentionRules(id=RETENTION, rules=RULES, active=True, next_on=made.now.date()))
    return made


async def rules(database: Database) -> RetentionRules:
    return await RetentionStore(database).stored()


async def save(keeper: Browser, **fields: str) -> httpx2.Response:
    """Send the form of the rules as the page shows it, with these values."""
    chosen = {"outcome_0": "answered", "doing_0": "anonymise", "outcome_1": "spam", "doing_1": "destroy"}
    chosen |= {"outcome_2": "withdrawn", "doing_2": "destroy", "outcome_3": "duplicate", "doing_3": "destroy"}
    return await send(keeper, HERE, **{"doing_rest": "anonymise", "every_months": "6", "act": "save"} | chosen | fields)


async def test_the_rules_are_off_until_somebody_switches_them_on(keeper: Browser, database: Database) -> None:
    assert "The rules are switched off" in await keeper.open(HERE)
    day = after_months(utc_now().date(), 2)
    answer = await save(keeper, active="yes", next_on=day.isoformat(), months_1="3")
    assert "The rules are saved." in shown(answer)
    stored = await rules(database)
    assert (stored.active, stored.next_on, stored.rules[1].months, len(stored.rules)) == (True, day, 3, 5)
    (told,) = await unpublished(database, "retention")
    assert (told["action"], told["fields"]) == ("retention_changed", ["active", "rules", "next_on"])


async def test_who_may_not_switch_the_rules_on_reads_who_may(
    app: FastAPI, visit: Visit, keeper: Browser, database: Database
) -> None:
    assert "To switch them on, tick" in await keeper.open(HERE)
    admin = await log_in(visit(app, language="en"), database, id="b", email="b@klu.example", role=Role.ADMIN)
    keepers = [one["name"] async for one in database["accounts"].find({"role": Role.PRIVACY_OFFICER})]
    assert f"a privacy officer can switch them on: {keepers[0]}." in await admin.open(HERE)
    await database["accounts"].delete_one({"role": Role.PRIVACY_OFFICER})
    assert "nobody has this role yet" in await admin.open(HERE)


async def test_a_rule_is_added_and_one_removed(keeper: Browser, database: Database) -> None:
    await keeper.open(HERE)
    more = {"kind_4": "complaint", "outcome_4": "answered", "months_4": "48", "doing_4": "destroy"}
    await save(keeper, doing_0="", **more)
    stored = await rules(database)
    assert [rule.code for rule in stored.rules] == [
        *("retention:any:spam", "retention:any:withdrawn", "retention:any:duplicate"),
        *("retention:complaint:answered", "retention:any:any"),
    ]


async def test_a_preview_says_what_a_change_would_mean_and_stores_nothing(
    keeper: Browser, database: Database, retaining: Retaining
) -> None:
    await keeper.open(HERE)
    row = {"kind_0": "complaint", "outcome_0": "spam", "months_0": "600", "doing_0": "destroy", "doing_1": ""}
    answer = await save(keeper, **row, doing_2="", doing_3="", months_rest="6", doing_rest="destroy", act="preview")
    assert "What the change would mean today" in shown(answer)
    assert (await rules(database)).rules == RULES


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"months_0": "0"}, 422, "Please enter a whole number of months from 1 to 600."),
        ({"months_rest": ""}, 422, "Please enter a whole number of months from 1 to 600."),
        ({"doing_4": "destroy", "kind_4": "complaint"}, 422, "Please enter a whole number of months"),
        ({"outcome_1": "answered"}, 409, "There are two rules for the same kind and outcome."),
        ({"active": "yes"}, 409, "Please choose the day of the first periodic destruction"),
        ({"active": "yes", "next_on": "2020-01-01"}, 409, "Please choose the day of the first periodic destruction"),
        ({"active": "yes", "next_on": "2099-01-01"}, 409, "the law allows no longer pause"),
        ({"next_on": "soon"}, 422, "Please enter the day as it stands in the calendar."),
    ],
)
async def test_what_cannot_be_a_rule_is_said_in_words(
    keeper: Browser, database: Database, fields: dict[str, str], status: int, said: str
) -> None:
    await keeper.open(HERE)
    answer = await save(keeper, **fields)
    assert (answer.status_code, said in shown(answer)) == (status, True)
    assert (await rules(database)).revision == 0


async def test_who_saves_an_older_state_of_the_rules_is_told(keeper: Browser, database: Database) -> None:
    await keeper.open(HERE)
    store = RetentionStore(database)
    await store.save((await store.stored()).model_copy(update={"every_months": 3}))
    assert (await save(keeper, months_1="4")).status_code == 409
    assert (await rules(database)).rules[1].months == 6


@pytest.mark.parametrize("role", [Role.AUDITOR, Role.ADMIN])
async def test_who_may_only_read_sees_rules_and_record(officer: Browser, database: Database, role: Role) -> None:
    await database["accounts"].update_one({}, {"$set": {"role": role}})
    page = await officer.open(HERE)
    assert ("Everything else" in page, "Every outcome" in page, "Show what it means" in page) == (False, True, False)
    assert "Nothing was destroyed yet" in await officer.open(RECORD)
    assert (await officer.client.post(HERE)).status_code == 403


async def test_a_list_is_made_shown_confirmed_with_its_number_and_carried_out(
    keeper: Browser, retaining: Retaining
) -> None:
    held = hold(ended(retaining.now - timedelta(days=999), outcome="spam"), "Dava", by=example.officer(), now=BY_NOW)[0]
    secret = Restriction(why="health", to=("x",), at=BY_NOW)
    restricted = ended(retaining.now - timedelta(days=998), outcome="spam", restriction=secret)
    await retaining.add(held, restricted)
    await keeper.open(HERE)
    await keeper.submit(f"{HERE}/runs", day=retaining.today.isoformat())
    path = keeper.path
    assert "The list is being made" in await keeper.open(path)
    run_id = path.rpartition("/")[2]
    await listing(retaining, run_id)
    page = await keeper.open(path)
    assert ("Under legal hold: 1" in page, held.reference in page, restricted.reference in page) == (True, True, False)
    assert "Restricted case" in page
    answer = await send(keeper, f"{path}/start", number="3")
    assert (answer.status_code, "This is not the number of cases of the list." in shown(answer)) == (409, True)
    assert (await send(keeper, f"{path}/start", number="")).status_code == 422
    await send(keeper, f"{path}/start", number="4")
    await retaining.work()
    page = await keeper.open(path)
    assert "Carried out" in page
    table = (await keeper.client.get(f"{path}/list.csv")).content.decode("utf-8-sig")
    assert (held.reference in table, restricted.reference in table, table.count("\n")) == (True, False, 6)
    assert [len(order.message_ids) for order in await retaining.ordered()] == [4]
    told = [one["action"] for one in await unpublished(retaining.database, "retention_runs")]
    assert told == ["retention_listed", "retention_run_begun", "retention_run_done"]
    assert await retaining.database["audit"].count_documents({"action": "retention_list_read"}) == 1


BY_NOW = example.NOW


async def listing(retaining: Retaining, run_id: str) -> None:
    """Complete the list; the periodic destruction of the same day waits."""
    await retaining.rules.save((await retaining.rules.stored()).model_copy(update={"next_on": None}))
    await retaining.work()
    assert (await retaining.runs.get(run_id)).listed_at


@pytest.mark.parametrize("what", ["switched off", "other rules", "other day", "no log", "begun"])
async def test_what_must_not_be_carried_out_is_refused(
    make: Make, visit: Visit, database: Database, retaining: Retaining, tmp_path: Path, what: str
) -> None:
    log = {} if what == "no log" else {"destruction_log": tmp_path / "destruction.log"}
    keeper = await log_in(visit(make("router", **log), language="en"), database, role=Role.PRIVACY_OFFICER)
    await keeper.open(HERE)
    await keeper.submit(f"{HERE}/runs", day=retaining.today.isoformat())
    await listing(retaining, keeper.path.rpartition("/")[2])
    run = await retaining.runs.get(keeper.path.rpartition("/")[2])
    await keeper.open(keeper.path)
    stored = await retaining.rules.stored()
    if what == "switched off":
        await retaining.rules.save(stored.model_copy(update={"active": False}))
    elif what == "other rules":
        await retaining.rules.save(stored.model_copy(update={"rules": RULES[1:]}))
    elif what == "other day":
        await retaining.runs.save(run.model_copy(update={"day": after_months(run.day, 1)}))
    elif what == "begun":
        await retaining.begun(run)
    assert (await send(keeper, f"{keeper.path}/start", number="3")).status_code == 409
    assert await retaining.ordered() == []


async def test_a_run_is_stopped_and_orders_nothing_more(keeper: Browser, retaining: Retaining) -> None:
    run = await retaining.listed(rules=RULES, day=retaining.today)
    await retaining.begun(run)
    await keeper.open(f"{HERE}/runs/{run.id}")
    answer = await send(keeper, f"{HERE}/runs/{run.id}/stop")
    assert "Stopped" in shown(answer)
    await retaining.work()
    assert [order for order in await retaining.ordered() if order.request_id == run.id] == []


@pytest.mark.parametrize("day", ["2020-01-01", "2099-01-01", ""])
async def test_a_list_is_for_today_or_later(keeper: Browser, database: Database, day: str) -> None:
    await keeper.open(HERE)
    answer = await send(keeper, f"{HERE}/runs", day=day)
    assert answer.status_code in (409, 422)
    assert await database["retention_runs"].count_documents({}) == 0


async def test_the_record_adds_up_and_says_who_has_not_answered(keeper: Browser, retaining: Retaining) -> None:
    orders, record = retaining.orders, Destructions(retaining.database, retaining.orders, years=10)
    given: dict[str, Any] = {"rule": "retention:any:spam", "by": BY, "request_id": "r7"}
    one = await orders.order(kind=Erasing.DESTROY, message_ids=("a", "b"), **given)
    two = await orders.order(kind=Erasing.DESTROY, message_ids=("c",), **given)
    single = await orders.order(kind=Erasing.ANONYMISE, message_ids=("d",), rule="request", by=BY)
    await record.record()
    await retaining.answer(one.id, lambda service, order: {"letters": 3, "files": 1, "cases": len(order.message_ids)})
    await retaining.answer(two.id, lambda service, order: {"letters": 2}, "intake", "router")
    await record.record()
    page = await keeper.open(f"{RECORD}/r7")
    assert "has not answered 1 order yet." in page
    answer = await keeper.client.get(f"{RECORD}/r7/record.csv")
    headings, *lines = [line.split(";") for line in answer.content.decode("utf-8-sig").splitlines()]
    assert headings[0] == "Order number"
    said = {cell for line in lines for cell in line}
    assert {"Every kind – Unwanted message", "Destroyed", "Messages (public form)", "E-mails sent"} <= said
    assert sum(int(line[7]) for line in lines if line[7]) == 4 * (3 + 1 + 2) + 2 * 2
    assert len([line for line in lines if line[7] == ""]) == 2
    listed = await keeper.open(RECORD)
    assert (f"{one.number}–{two.number}" in listed, str(single.number) in listed) == (True, True)
    assert "Made anonymous" in listed
    audited = [told["action"] for told in await unpublished(retaining.database, "destructions")]
    assert sorted(audited) == ["destruction_answered", *["destruction_recorded"] * 3]
    assert (await keeper.client.get(f"{RECORD}/unknown")).status_code == 404


async def test_the_table_of_the_record_is_turkish_for_who_reads_turkish(
    app: FastAPI, visit: Visit, database: Database, retaining: Retaining
) -> None:
    order = await retaining.orders.order(kind=Erasing.ANONYMISE, message_ids=("a",), rule="request", by=BY)
    await retaining.answer(order.id, lambda service, order: {"letters": 3})
    await Destructions(retaining.database, retaining.orders, years=10).record()
    reader = await log_in(visit(app), database, role=Role.PRIVACY_OFFICER)
    answer = await reader.client.get(f"{RECORD}/{order.id}/record.csv")
    headings, first, *_ = [line.split(";") for line in answer.content.decode("utf-8-sig").splitlines()]
    assert headings[:3] == ["Talimat no", "Talimat zamanı", "Kural"]
    assert first[2:4] == ["İlgili kişinin talebi üzerine", "Anonimleştirilir"]


async def test_an_entry_is_kept_for_its_years_and_a_lost_one_is_entered_again(retaining: Retaining) -> None:
    order = await retaining.orders.order(kind=Erasing.DESTROY, message_ids=("a",), rule="r", by=BY)
    await retaining.answer(order.id, lambda service, order: {"things": 1})
    record = Destructions(retaining.database, retaining.orders, years=3)
    await record.record_all()
    retaining.now += timedelta(days=3 * 365)
    await record.forget()
    assert len(await record.of(order.id)) == 1
    await record.collection.delete_one({"_id": order.id})
    await record.record_all()
    assert len(await record.of(order.id)) == 1
    retaining.now += timedelta(days=5)
    await record.forget()
    await record.record_all()
    assert await record.of(order.id) == []


async def test_the_paper_of_the_record_is_a_pdf_and_another_time_a_word(
    keeper: Browser, retaining: Retaining, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await retaining.orders.order(kind=Erasing.DESTROY, message_ids=("a",), rule="retention:any:spam", by=BY)
    await Destructions(retaining.database, retaining.orders, years=10).record()
    printed = []

    async def pdf(self: Printer, html: str) -> bytes:
        printed.append(html)
        if len(printed) > 1:
            raise NotPrinted
        return b"%PDF-1.7"

    monkeypatch.setattr(Printer, "pdf", pdf)
    answer = await keeper.client.get(f"{RECORD}/{order.id}/record.pdf")
    assert (answer.content[:4], answer.headers["content-type"]) == (b"%PDF", "application/pdf")
    assert "Record of the destruction of personal data" in printed[0] and '<html lang="en">' in printed[0]
    assert "record-of-destruction-1.pdf" in answer.headers["content-disposition"]
    assert (await keeper.client.get(f"{RECORD}/{order.id}/record.pdf")).status_code == 503


def test_the_day_of_a_list_is_stored_as_iso_8601_writes_it() -> None:
    assert RetentionRules(id="x", next_on=date(2026, 12, 1)).model_dump()["next_on"] == "2026-12-01"


@pytest.mark.parametrize(("days", "said"), [(5, True), (30, False)])
async def test_the_desk_says_a_week_before_that_a_destruction_comes(
    keeper: Browser, database: Database, days: int, said: bool
) -> None:
    day = utc_now().date() + timedelta(days=days)
    await RetentionStore(database).add(RetentionRules(id=RETENTION, active=True, next_on=day))
    assert ("The next periodic destruction is on" in await keeper.open("/administration")) is said
