"""The pages on which an officer decides, in a real browser: scripts work, and nothing is wider than the window."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.from_units import hand_on, propose_question, receive_interim
from services.router.cases.domain.release import ask_approval, hold
from services.router.cases.domain.review import pending_versions, receive_reply
from services.router.cases.store.cases import Cases
from services.router.cases.store.learned import Learned
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.axe import faults
from tests.conftest import Make, Visit
from tests.router import from_units as unit
from tests.router.desk import directory, kept, log_in
from tests.router.test_promises import answer_of, asked
from tests.server import serving

PATIENCE = 20_000
ANSWER = "Sayın Deniz Kaya,\n\nIsıtma sistemi yakında onarılacaktır. Bilgi: birim@klu.example"


@pytest.fixture
def app(make: Make) -> FastAPI:
    """A desk on which an answer can be taken back for a minute."""
    return make("router", undo_seconds=60)


@pytest.fixture
async def window(app: FastAPI, visit: Visit, database: Database, chromium: Chromium) -> AsyncIterator[Page]:
    """A window of a signed-in officer. In the end, no script has failed."""
    await directory(database)
    signed_in: Browser = await log_in(visit(app), database)
    async with serving(app, max_connections=50) as port:
        url, problems = f"http://127.0.0.1:{port}", list[str]()
        context = await chromium.new_context(locale="tr-TR", base_url=url, reduced_motion="reduce")
        session = signed_in.client.cookies["session"]
        await context.add_cookies([{"name": "session", "value": session, "url": url}])
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: problems.append(str(error)))
        expect.set_options(timeout=PATIENCE)
        yield page
        await context.close()
        assert problems == []


async def test_the_letter_and_the_hints_follow_what_is_typed(window: Page, database: Database) -> None:
    case = await kept(database, example.replied_case())
    await window.goto(f"/cases/{case.id}/review")
    await window.locator("#answer").fill(ANSWER)
    await expect(window.locator("#letter .phone-text")).to_contain_text("Isıtma sistemi yakında onarılacaktır.")
    await expect(window.locator("#hints")).to_contain_text("birim@klu.example")
    assert (await Cases(database).get(case.id)).revision == case.revision


async def test_enter_in_the_days_of_one_unit_routes_the_case(window: Page, database: Database) -> None:
    case = await kept(database, example.case())
    await window.goto(f"/cases/{case.id}")
    await window.locator("[name=units]").first.check()
    await window.locator("#own-terms summary").click()
    await window.locator("[name=look]").click()
    await window.locator("[name=unit_days]").fill("0")
    await window.locator("[name=unit_days]").press("Enter")
    await expect(window.locator("[name=unit_days][aria-invalid]")).to_have_value("0")
    await window.locator("[name=unit_days]").fill("3")
    await window.locator("[name=unit_days]").press("Enter")
    await expect(window.locator(".confirmed")).to_be_visible()
    assert len((await Cases(database).get(case.id)).assignments) == 1


async def test_the_seconds_run_down_and_the_button_goes_with_them(window: Page, database: Database) -> None:
    case = await kept(database, held(example.replied_case(), 4))
    await window.goto(f"/cases/{case.id}")
    line = window.locator("[data-countdown]")
    await expect(line).to_have_text("Geri alma süresi doldu, işlem tamamlandı.")
    await expect(window.locator(f"form[action='/cases/{case.id}/release']")).to_have_count(0)


def held(case: Case, seconds: int) -> Case:
    """An answer of the case is held for so many seconds from now."""
    payload = {"answer": ANSWER, "versions": sorted(pending_versions(case)), "waived_because": ""}
    return hold(case, "answer", payload, utc_now() + timedelta(seconds=seconds), example.officer(name="Ali Demir"))


def from_unit() -> Case:
    """A case of which a unit has sent everything that it can send beside replies."""
    case = example.routed_case()
    case = example.saved(receive_interim(case, unit.interim(case, files=[unit.unit_file()])))
    case = example.saved(propose_question(case, unit.proposed(case)))
    return example.saved(hand_on(case, unit.handed_on(case)))


def with_files() -> Case:
    """A case whose unit has replied with files, and says by when it will be done."""
    case = example.routed_case()
    beside = {"files": [unit.unit_file(), unit.unit_file(id="u2", state="held")], "channel": "email"}
    told = example.reply_submitted(case, **beside, promised_at=utc_now() + timedelta(days=9))
    return example.saved(receive_reply(case, told, unit.LATER)[0])


def not_kept() -> Case:
    """A case that is back, because what was promised was not done."""
    return example.saved(answer_of(asked(), kept=False)[0])


async def shown(database: Database) -> dict[str, str]:
    """The paths of the pages, by name."""
    cases = {
        "new": example.case(alarms=("gas",)),
        "routed": example.routed_case(),
        "replied": example.replied_case(),
        "held": held(example.replied_case(), 3000),
        "answered": example.answered_case(),
    }
    payload = {"answer": ANSWER, "versions": [], "waived_because": ""}
    cases["approval"] = ask_approval(example.case(), payload, example.officer(id="x", name="Ali Demir"), utc_now())
    cases |= {"units": from_unit(), "files": with_files(), "promised": asked(), "broken": not_kept()}
    for case in cases.values():
        await kept(database, case)
    for _ in range(4):
        await Learned(Cases(database)).learn(cases["new"], ["yitdb"])
    new, replied = f"/cases/{cases['new'].id}", f"/cases/{cases['replied'].id}"
    (assignment,) = cases["replied"].assignments
    return {
        **{f"case-{name}": f"/cases/{case.id}" for name, case in cases.items()},
        **{form: f"{replied}/{form}" for form in ("review", "interim", "telling", "together", "related", "closure")},
        "question-unit": f"/cases/{cases['units'].id}/questions?proposal=s1",
        "question-refused": f"/cases/{cases['units'].id}/unit-questions/s1/refusal",
        "review-files": f"/cases/{cases['files'].id}/review",
        "return": f"{replied}/assignments/{assignment.id}/return",
        "approval": f"/cases/{cases['approval'].id}/approval",
        "closure-new": f"{new}/closure",
        "copy": f"{new}/copy",
        "list": "/?view=all",
        "search": "/search?q=deniz",
        "entering": "/entering",
    }


async def test_nothing_is_wider_than_the_window_and_axe_finds_nothing(window: Page, database: Database) -> None:
    assert await faults(window, await shown(database)) == {}
