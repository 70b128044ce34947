"""Two mornings at the desk, in a real browser: an officer's by the keyboard alone, and a supervisor's."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

import pytest
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page, expect

from services.router.access import Role
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.objections import decide
from services.router.cases.domain.release import ask_approval
from services.router.cases.domain.routing import letter_failed
from services.router.cases.domain.states import ObjectionDecision
from services.router.cases.domain.submitter import follow_up
from services.router.cases.store.cases import Cases
from shared.clock import utc_now
from shared.documents import Database
from shared.events import LetterFailed
from tests import examples as example
from tests.conftest import Make
from tests.router.desk import QUICK, directory, kept
from tests.router.submitting import followed_up, objected_case
from tests.router.test_desk_in_a_browser import MOST, Keys
from tests.router.test_ping_pong import declined, routed
from tests.server import serving

SignIn = Callable[..., Awaitable[Page]]
Stored = dict[str, object]
ANSWER = "Sayın_başvuru_sahibi,_başvurunuz_incelenmiştir."
COLLEAGUE = example.officer(id="colleague", name="Ali Demir")


@pytest.fixture
async def sign_in(chromium: Chromium, make: Make, database: Database) -> AsyncIterator[SignIn]:
    """Opens a window in which somebody with this role has signed in."""
    await Cases(database).prepare()
    await directory(database)
    async with serving(make("router", undo_seconds=600, four_eyes=False), max_connections=50) as port:

        async def opened(role: Role, name: str = "Ayşe Demir") -> Page:
            email = f"{name.split()[0].lower()}@klu.example"
            await Accounts(database).put(
                example.account(id=f"a-{role}", name=name, email=email, role=role, password_hash=QUICK)
            )
            context = await chromium.new_context(locale="tr-TR", viewport={"width": 1280, "height": 900})
            page = await context.new_page()
            page.set_default_timeout(60_000)
            expect.set_options(timeout=60_000)
            await page.goto(f"http://127.0.0.1:{port}/login")
            await page.fill("[name=email]", email)
            await page.fill("[name=password]", example.PASSWORD)
            async with page.expect_navigation(url="**/"):
                await page.keyboard.press("Enter")
            return page

        yield opened


@dataclass(frozen=True)
class Work:
    """One case of the morning: keys in order (see ``decided``), and what must have come out."""

    name: str
    case: Case
    keys: str
    done: Callable[[Case], object]


async def decided(keys: Keys, how: str) -> None:
    """Press the keys; what begins with an apostrophe is words, with _ for a space."""
    for key in how.split():
        if key.startswith("'"):
            await keys.page.keyboard.type(key[1:].replace("_", " "))
        elif key.endswith(">"):
            await keys.arrive(key[:-1], "/cases/")
        else:
            await keys.press(key)


def overdue() -> Case:
    routed_before = example.routed_case(subject="Geciken")
    passed = utc_now() - timedelta(days=9)
    assignments = tuple(a.model_copy(update={"due_at": passed}) for a in routed_before.assignments)
    return routed_before.model_copy(update={"assignments": assignments})


def undelivered() -> Case:
    routed = example.routed_case(subject="Mektubu dönen")
    (assignment,) = routed.assignments
    told = LetterFailed(
        message_id=routed.id,
        letter_id=f"{assignment.id}.invitation",
        template="invitation",
        assignment_id=assignment.id,
        reason="550 no such user",
        failed_at=example.NOW,
    )
    return example.saved(letter_failed(routed, told)[0])


def followed() -> Case:
    case = example.routed_case(subject="Ek yazılan")
    return example.saved(follow_up(case, followed_up(case)))


def reopened() -> Case:
    case = objected_case(example.answered_case(subject="İtirazı kabul edilen"))
    by, now = example.officer(), example.NOW + timedelta(days=1)
    return example.saved(decide(case, ObjectionDecision.REOPENED, explanation="", by=by, now=now)[0])


def routed_to(*codes: str) -> Callable[[Case], bool]:
    return lambda case: {a.unit.code for a in case.assignments} >= set(codes)


def answer_held(case: Case) -> bool:
    return bool(case.held and case.held.kind == "answer" and case.held.payload["answer"])


def closing(reason: str) -> Callable[[Case], bool]:
    return lambda case: bool(case.held and case.held.payload["reason"] == reason)


LIBRARY, WORKS = "r 'kütüp Enter Control+Enter>", "r 'yapı Enter Control+Enter>"
KDDB, YITDB = example.LIBRARY.code, example.WORKS.code
REWRITTEN = "a> a Control+a 'Sayın_Deniz_Kaya,_onarılmıştır. Control+Enter>"


def twenty() -> Sequence[Work]:
    """An officer's morning."""
    new, identity = example.case, "T.C. kimlik numaram 10000000146, bilginize."
    twin = "Yemekhanede çıkan yemekler bugün soğuktu ve servis çok yavaştı."
    return (
        Work("a complaint", new(subject="Şikâyet"), LIBRARY, routed_to(KDDB)),
        Work("thanks", new(subject="Teşekkür", kind="compliment"), f"a> a '{ANSWER} Control+Enter>", answer_held),
        Work("spam", new(subject="Reklam", doubts=("link",)), "u> c Control+Enter>", closing("spam")),
        Work("unwanted, not marked", new(subject="Deneme"), "u>", lambda case: case.doubtful),
        Work("wanted, though marked", new(subject="Bağlantılı", doubts=("link",)), "w>", lambda c: not c.doubtful),
        Work("the first of two", new(subject="Yemek soğuktu", text=twin), WORKS, routed_to(YITDB)),
        Work("its duplicate", new(subject="Yemek soğuktu", text=twin), "l> l Enter>", lambda case: case.revision),
        Work(
            "an identity number",
            new(subject="Kimlikli", text=identity),
            f"b> b Space Control+Enter> {LIBRARY}",
            lambda case: routed_to(KDDB)(case) and "10000000146" not in str(case.assignments[0].text),
        ),
        Work(
            "a poor reply",
            example.replied_case(subject="İade edilecek"),
            "a> t> t Space Control+Enter>",
            lambda case: case.assignments[0].replies[-1].returned_because,
        ),
        Work("declined", example.declined_case(subject="Geri verilen"), WORKS, routed_to(YITDB)),
        Work("English", new(subject="Heating", language="en"), "a> a 'Dear_Deniz,_fixed. Control+Enter>", answer_held),
        Work("urgent", new(subject="Gaz kokusu", alarms=("gas",)), WORKS, routed_to(YITDB)),
        Work("a reply to review", example.replied_case(subject="Cevabı gelen"), "a> a Control+Enter>", answer_held),
        Work("an objection", reopened(), WORKS, routed_to(YITDB)),
        Work("an addition", followed(), "m>", lambda case: case.revision),
        Work("unclear", new(subject="Eksik"), "q> q 'Hangi_katta? Control+Enter>", lambda case: case.open_questions),
        Work("inadmissible", new(subject="Usulsüz"), "c> c ArrowDown Control+Enter>", lambda case: case.held),
        Work("a letter that came back", undelivered(), WORKS, routed_to(YITDB)),
        Work(
            "two units", new(subject="İki birim"), "r 'kütüp Enter 'yapı Enter Control+Enter>", routed_to(KDDB, YITDB)
        ),
        Work("edited", example.replied_case(subject="Düzeltilecek"), REWRITTEN, answer_held),
    )


async def test_twenty_cases_of_all_sorts_are_reached_and_decided_in_few_keys(
    sign_in: SignIn, database: Database
) -> None:
    morning = twenty()
    for minute, work in enumerate(morning):
        at = example.NOW + timedelta(minutes=minute)
        await kept(database, work.case.model_copy(update={"submitted_at": at}))
    page = await sign_in(Role.OFFICER)
    keys = Keys(page)
    await page.goto(page.url + "?view=all&sort=oldest")
    await keys.press("j")
    await keys.arrive("o", "/cases/")
    pressed: dict[str, int] = {}
    for work in morning:
        if pressed:
            await keys.arrive("j", f"/cases/{work.case.id}")
        await expect(page.locator("h1")).to_have_text(work.case.subject)
        await decided(keys, work.keys)
        pressed[work.name], keys.pressed = keys.pressed, 0
        shown = await page.locator("main").inner_text()
        assert work.done(await Cases(database).get(work.case.id)), f"{work.name}: {shown}"
    print("\n".join(f"{count:3} keys: {name}" for name, count in pressed.items()))  # noqa: T201  # the figures
    assert {name: count for name, count in pressed.items() if count > MOST} == {}
    merged = [case async for case in database["cases"].find({"merge": {"$ne": None}})]
    assert [case["subject"] for case in merged] == ["Yemek soğuktu"]


async def test_a_supervisor_goes_through_what_waits_for_one(sign_in: SignIn, database: Database) -> None:
    objection = await kept(database, objected_case(example.answered_case(subject="İtirazlı")))
    payload = {"answer": "Sayın Deniz Kaya, onarılmıştır.", "versions": (), "waived_because": ""}
    approval = ask_approval(example.case(subject="Onaylanacak"), payload, COLLEAGUE, utc_now())
    await kept(database, example.saved(approval))
    late = await kept(database, overdue())
    about_us = await kept(database, example.case(subject="Görevli hakkında"))
    round_and_round = declined(routed(declined(routed(example.case(subject="Dönüp dolaşan"), 1), 1), 2), 2)
    await kept(database, round_and_round)
    page = await sign_in(Role.SUPERVISOR)
    waiting = page.locator(".waiting")
    for view in ("objection", "four_eyes"):
        await expect(waiting.locator(f"[href='/?view={view}'] strong")).to_have_text("1")
    await expect(waiting.locator("[href*='view=overdue'][href*='kddb']")).to_contain_text(example.LIBRARY.name_tr)

    keys = Keys(page)
    async with page.expect_navigation(url="**/?view=objection"):
        await waiting.locator("[href='/?view=objection']").click()
    await keys.press("j")
    await keys.arrive("o", "/cases/")
    await keys.arrive("d", "/objection")
    await keys.press("d", "Space")
    await keys.arrive("Control+Enter", "/cases/")
    decided_about = (await Cases(database).get(objection.id)).objection
    assert decided_about
    assert decided_about.decided is ObjectionDecision.REOPENED
    assert keys.pressed <= MOST

    keys.pressed = 0
    await page.goto(page.url.partition("/cases")[0] + "/?view=four_eyes")
    await keys.press("j")
    await keys.arrive("o", "/cases/")
    await keys.arrive("a", "/approval")
    await keys.press("a", "Space")
    await keys.arrive("Control+Enter", "/cases/")
    held = (await Cases(database).get(approval.id)).held
    assert held
    assert held.kind == "answer"
    assert keys.pressed <= MOST

    home = page.url.partition("/cases")[0]
    await page.goto(home)
    await waiting.locator("[href*='view=overdue']").click()
    await expect(page.locator("a.row-link")).to_have_text([late.subject])

    await page.goto(f"{home}/cases/{round_and_round.id}")
    await decided(Keys(page), WORKS)
    assert routed_to(YITDB)(await Cases(database).get(round_and_round.id))

    await page.goto(f"{home}/cases/{about_us.id}/restriction")
    await page.check("[name=why][value=officer]")
    await page.check("[name=to][value='a-supervisor']")
    await page.locator("#main-form .btn-primary").click()
    await expect(page.locator(".confirmed")).to_be_visible()
    colleague = await sign_in(Role.OFFICER, "Can Kaya")
    answer = await colleague.goto(f"{home}/cases/{about_us.id}")
    assert answer
    assert answer.status == 404
    await colleague.goto(f"{home}/?view=all")
    await expect(colleague.locator("a.row-link", has_text=about_us.subject)).to_have_count(0)
