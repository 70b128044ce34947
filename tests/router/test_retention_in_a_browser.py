"""The pages of retention in a real browser, on a small telephone, in both colours; and the paper, printed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from services.router.access import Role
from services.router.accounts.store import Accounts
from services.router.cases.domain.legal_hold import hold
from services.router.cases.store.cases import Cases
from services.router.records.domain.retention import RETENTION, RetentionRules
from services.router.records.store.destructions import Destructions
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.router.desk import QUICK
from tests.router.retained import BY, RULES, Retaining, ended
from tests.server import serving

ADDRESSES = (
    *("/administration/retention", "/administration/retention/runs/r1", "/administration/retention/runs/r2"),
    *("/administration/destructions", "/administration/destructions/r2"),
)


@pytest.fixture
async def desk(chromium: Chromium, make: Make, database: Database, tmp_path: Path) -> AsyncIterator[Page]:
    """The desk with a list that is carried out and one that is not, in the browser of a privacy officer."""
    await Cases(database).prepare_lists()
    account = example.account(password_hash=QUICK, role=Role.PRIVACY_OFFICER)
    await Accounts(database).put(account)
    retaining = Retaining(database, tmp_path, utc_now())
    old = retaining.now - timedelta(days=5 * 366)
    held = hold(ended(old, outcome="spam"), "Dava 2026/17", by=example.officer(), now=retaining.now)[0]
    await retaining.add(held, *(ended(old + timedelta(days=n), outcome="spam") for n in range(4)))
    await retaining.add(*(ended(old, outcome="answered", kind="complaint") for _ in range(3)))
    day = retaining.now.date()
    await retaining.rules.add(RetentionRules(id=RETENTION, rules=RULES, active=True, next_on=day + timedelta(days=5)))
    run = await retaining.listed("r2", day=day)
    await retaining.listed("r1", day=day)
    await retaining.begun(run)
    await retaining.work()
    first, second = await retaining.ordered()
    parts = {"intake": {"messages": 3, "files": 2}, "router": {"cases": 3}, "replies": {"assignments": 3}}
    await retaining.answer(first.id, lambda service, order: parts.get(service, {"letters": 9}))
    await retaining.answer(second.id, lambda service, order: {"messages": 4}, "intake")
    await Destructions(retaining.database, retaining.orders, years=10).record()
    assert BY.kind == "officer"
    async with serving(make("router", destruction_log=tmp_path / "destruction.log"), max_connections=50) as port:
        page = await chromium.new_page(locale="tr-TR", viewport={"width": 320, "height": 900})
        page.set_default_timeout(20_000)
        await page.goto(f"http://127.0.0.1:{port}/login?next=/administration/retention")
        await page.fill("[name=email]", account.email)
        await page.fill("[name=password]", example.PASSWORD)
        async with page.expect_navigation(url="**/administration/retention"):
            await page.keyboard.press("Enter")
        yield page


async def test_no_page_of_retention_has_a_barrier_and_the_paper_is_printed(desk: Page, database: Database) -> None:
    here = "/".join(desk.url.split("/")[:3])
    held = await database["cases"].find_one({"hold": {"$ne": None}})
    assert held
    for address in (*ADDRESSES, f"/cases/{held['_id']}/hold", f"/cases/{held['_id']}"):
        await desk.goto(here + address)
        found = await Axe().run(desk)
        assert found.violations_count == 0, f"{address}\n{found.generate_report()}"
        wide = await desk.evaluate("[document.documentElement.scrollWidth, window.innerWidth]")
        assert (address, wide[0] <= wide[1]) == (address, True)
    paper = await desk.request.get(f"{here}/administration/destructions/r2/record.pdf", timeout=60_000)
    assert (paper.status, (await paper.body())[:4]) == (200, b"%PDF")
