"""What the public sees of the figures: off by default, published month by month, once, and told to the intake."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser, text_of
from services.router.access import Role
from services.router.directory.domain.tree import Branch
from services.router.directory.handlers import DirectoryHandlers
from services.router.directory.store import Snapshots, Units
from services.router.statistics.domain.protection import K
from services.router.statistics.domain.published import (
    PUBLIC_PAGE,
    PublicPage,
    entry_of,
    months_from,
    next_months,
    publish,
    switched,
    tables_of,
)
from services.router.statistics.domain.row import FigureRow
from services.router.statistics.store.public import PublicAnswers, PublicPages, ToldPages, faculties_of
from shared.documents import Database
from shared.events import IntakeKnown
from shared.refused import Refused
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import log_in, send, shown, unpublished
from tests.router.published import keep_rows, rows

HERE = "/administration/public"
TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
BY = example.officer().actor


def published(year: int = 2025) -> PublicPage:
    entries = [entry for row in rows() if (entry := entry_of(row, {}))]
    months = months_from(f"{year}-01", 12)
    page, _ = publish(PublicPage(id=PUBLIC_PAGE), months, tables_of(entries, months, {}), by=BY, now=NOW, today=TODAY)
    return page


def told(database: Database) -> ToldPages:
    return ToldPages(database, PublicPages(database), PublicAnswers(database))


def test_a_month_is_published_once() -> None:
    page = published()
    assert next_months(page, 3, TODAY) == ["2026-01", "2026-02", "2026-03"]
    for first in ("2025-12", "2025-01", "2024-06"):
        with pytest.raises(Refused, match="published before"):
            publish(page, months_from(first, 12), page.publications[0].tables, by=BY, now=NOW, today=TODAY)


def test_a_month_that_is_not_over_is_not_published() -> None:
    with pytest.raises(Refused, match="not over"):
        publish(PublicPage(id=PUBLIC_PAGE), months_from("2026-06", 6), (), by=BY, now=NOW, today=TODAY)


def test_figures_are_shown_only_when_there_are_any() -> None:
    with pytest.raises(Refused, match="publish figures first"):
        switched(PublicPage(id=PUBLIC_PAGE), figures=True, answers=False, by=BY, now=NOW)


def test_the_tables_have_no_small_number_and_no_order_by_number() -> None:
    (publication,) = published().publications
    tables = {table.name: table for table in publication.tables}
    for table in tables.values():
        counts = [cell for row in table.rows for cell in (row.cells if table.name == "crossed" else row.cells[:2])]
        assert [cell for cell in counts if cell is not None and 0 < cell < K] == []
    turizm = next(row for row in tables["faculties"].rows if row.code == "turizm")
    assert set(turizm.cells) == {None}
    codes = [row.code for row in tables["kinds"].rows]
    assert codes == [*sorted(codes[:-1]), "total"]


def test_below_a_rectorate_that_has_all_units_the_faculties_count() -> None:
    def branch(code: str, *below: Branch) -> Branch:
        return Branch(example.unit(id=code), below)

    faculty = branch("muhendislik", branch("makine"))
    assert faculties_of([branch("rektorluk", faculty, branch("kddb"))]) == {
        "muhendislik": "muhendislik",
        "makine": "muhendislik",
        "kddb": "kddb",
    }
    assert faculties_of([faculty, branch("kddb")])["makine"] == "muhendislik"


def test_restricted_cases_and_spam_are_left_out() -> None:
    row = rows(1)[0]
    assert entry_of(row, {}) is not None
    assert entry_of(row.model_copy(update={"restricted": True}), {}) is None
    assert entry_of(row.model_copy(update={"closure_reason": "spam"}), {}) is None


@pytest.mark.parametrize(
    ("units", "faculty"), [((), "~none"), (("makine", "muhendislik"), "muhendislik"), (("makine", "fen"), "~several")]
)
def test_a_case_counts_under_its_faculty(units: tuple[str, ...], faculty: str) -> None:
    row = FigureRow(id="r", revision=0, calendar=0, opened="2025-01-02", units=units)
    entry = entry_of(row, {"makine": "muhendislik", "muhendislik": "muhendislik", "fen": "fen"})
    assert entry is not None
    assert entry.faculty == faculty


async def test_a_supervisor_publishes_what_the_preview_shows(app: FastAPI, visit: Visit, database: Database) -> None:
    await keep_rows(database, rows())
    browser = await log_in(visit(app, language="en"), database, role=Role.SUPERVISOR)
    assert "Faculty of Engineering" in text_of(await browser.open(f"{HERE}?first=2025-01&length=12"))
    unsure = await send(browser, HERE, url=f"{HERE}/figures")
    assert unsure.status_code == 422
    assert "Please look at the tables" in shown(unsure)
    await send(browser, HERE, url=f"{HERE}/figures", looked_at="yes")
    stored = await PublicPages(database).stored()
    assert stored.newest is not None
    assert (stored.newest.since, stored.newest.until) == ("2025-01-01", "2025-12-31")
    assert (await told(database)._pages.stored()).figures_shown is False
    await browser.open(HERE)
    await send(browser, HERE, figures="yes")
    data = (await unpublished(database, "public_page_told"))[-1]
    assert (data["figures_shown"], data["answers_shown"], len(data["tables"])) == (True, False, 3)
    records = await unpublished(database, "public_page")
    assert [(one["action"], one["fields"]) for one in records] == [
        ("public_page_changed", ["publications"]),
        ("public_page_changed", ["figures_shown"]),
    ]


def ticked(page: str) -> set[str]:
    return set(re.findall(r'name="(\w+)" value="yes" checked', page))


async def test_what_is_ticked_stays_ticked_until_it_can_be_saved(
    app: FastAPI, visit: Visit, database: Database
) -> None:
    await keep_rows(database, rows())
    browser = await log_in(visit(app, language="en"), database, role=Role.SUPERVISOR)
    await browser.open(f"{HERE}?first=2025-01&length=12")
    browser.page = refused = await send(browser, HERE, figures="yes", answers="yes")
    assert (refused.status_code, 'href="#figures"' in refused.text) == (422, True)
    assert "Please publish figures first" in shown(refused)
    assert ticked(refused.text) == {"figures", "answers"}
    assert "January 2025 – December 2025" in shown(refused)
    both = {"url": f"{HERE}/figures", "figures": "yes", "answers": "yes"}
    browser.page = unsure = await send(browser, HERE, **both)
    assert ticked(unsure.text) == {"figures", "answers"}
    browser.page = published_now = await send(browser, HERE, **both, looked_at="yes")
    assert ticked(published_now.text) == {"figures", "answers"}
    assert "What you ticked below is not saved yet." in shown(published_now)
    await send(browser, HERE)
    stored = await PublicPages(database).stored()
    assert (stored.figures_shown, stored.answers_shown) == (True, True)


@pytest.mark.parametrize(("role", "status"), [(Role.OFFICER, 403), (Role.AUDITOR, 200), (Role.SUPERVISOR, 200)])
async def test_who_may_see_the_page(app: FastAPI, visit: Visit, database: Database, role: Role, status: int) -> None:
    browser = await log_in(visit(app, language="en"), database, role=role)
    answer = await browser.client.get(HERE)
    assert answer.status_code == status
    assert (">Save<" in answer.text) == (role is Role.SUPERVISOR)


async def test_two_supervisors_at_once_see_each_others_change(admin: Browser, database: Database) -> None:
    await admin.open(HERE)
    form = admin.form(HERE).fields
    await send(admin, HERE, answers="yes")
    late = await admin.client.post(HERE, data=form | {"answers": []})
    assert late.status_code == 409
    assert (await PublicPages(database).stored()).answers_shown


async def test_what_is_switched_off_does_not_leave_the_desk(database: Database) -> None:
    await PublicPages(database).add(published())
    assert await told(database).renew() == 1
    assert [data["tables"] for data in await unpublished(database, "public_page_told")] == [[]]
    page = await PublicPages(database).stored()
    await PublicPages(database).save(page.model_copy(update={"figures_shown": True}))
    assert await told(database).renew() == 2
    (data,) = await unpublished(database, "public_page_told")
    assert data["tables"][0]["name"] == "kinds"


async def test_an_intake_that_has_an_older_version_is_told_again(database: Database) -> None:
    pages = told(database)
    handlers = DirectoryHandlers(Snapshots(database, Units(database)), public_page=pages.renew)
    known: Any = IntakeKnown(directory=0, institution=0, public_page=4)
    await handlers.on_intake_known(example.sealed(known))
    assert [data["version"] for data in await unpublished(database, "public_page_told")] == [5]
    await handlers.on_intake_known(example.sealed(known.model_copy(update={"public_page": None})))
    assert [data["version"] for data in await unpublished(database, "public_page_told")] == [5]
