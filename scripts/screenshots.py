"""``python -m scripts.screenshots`` takes the four pictures of README.md from the running system."""

import asyncio

from playwright.async_api import Page, async_playwright

from scripts.browser import Browser
from scripts.demo import LIBRARY, running
from scripts.eventually import eventually
from scripts.local import config, packages
from scripts.local.seeds import DEMO_PASSWORD
from scripts.people import MESSAGE, Citizen, Mailbox, Officer, Secretary, link_in

SUBJECT = MESSAGE["subject"]
TEXT = """Merkez kütüphanenin ikinci katındaki okuma salonlarında pazartesi gününden beri ısıtma çalışmıyor. Sınav \
haftası olduğu için salonlar dolu. Onarılana kadar birinci kattaki toplantı odası çalışmak isteyenlere açılabilir mi?"""
REPLY = """Isıtma hattındaki arızalı pompa dün değiştirilmiş, okuma salonları yeniden ısınmıştır. Birinci kattaki \
toplantı odası da sınav haftasının sonuna kadar saat 22.00'ye kadar açıktır. Bildiriminiz için teşekkür ederiz."""
LOG_IN = {"email": "gorevli@klu.example", "password": DEMO_PASSWORD}


async def take(page: Page, urls: dict[str, str]) -> None:
    """Take one message from the form to the answer, with a picture of what each person sees."""
    citizen, officer = Citizen(Browser(urls["intake"])), Officer(Browser(urls["router"]))
    mailbox = Mailbox(urls["mailbox"])
    await page.goto(urls["intake"])
    await page.get_by_text("Şikâyet", exact=True).click()
    await fill(page, subject=SUBJECT, text=TEXT, name=MESSAGE["name"], phone=MESSAGE["phone"])
    await picture(page, "form", down_to="#name")

    await citizen.write(text=TEXT)
    await officer.log_in(**LOG_IN)
    case = await officer.case(SUBJECT)
    earlier = await mailbox.letters(LIBRARY[1], SUBJECT)
    await officer.route(case, ["kddb"])
    invitation = await mailbox.letter(LIBRARY[1], SUBJECT, number=len(earlier) + 1)
    await page.goto(link_in(invitation, "/a/"))
    await fill(page, text=REPLY)
    await picture(page, "portal", down_to="#text-count")

    await Secretary(Browser(urls["replies"]), page.url).reply(REPLY)
    await officer.case(SUBJECT, "reply_pending_review")
    await officer.approve(case)
    await page.goto(f"{urls['router']}/login")
    await fill(page, **LOG_IN)
    await page.locator("main button[type=submit]").click()
    await page.goto(urls["router"] + case)
    await picture(page, "desk", down_to=".sheet:has(.assignment)")

    async def answered() -> bool:
        return REPLY in await citizen.status()

    await eventually(answered)
    await page.goto(f"{urls['intake']}/t/{citizen.code}")
    await picture(page, "status", down_to="main .sheet")


async def fill(page: Page, **fields: str) -> None:
    for name, value in fields.items():
        await page.locator(f"#{name}").fill(value)


async def picture(page: Page, name: str, *, down_to: str) -> None:
    """Keep the page down to an element, so that no line of text is cut through. 1280 is Playwright's width."""
    await page.evaluate("document.activeElement.blur()")
    bottom: float = await page.locator(down_to).last.evaluate("it => it.getBoundingClientRect().bottom + scrollY")
    await page.screenshot(
        path=config.ROOT / "docs" / "screenshots" / f"{name}.png",
        full_page=True,
        clip={"x": 0, "y": 0, "width": 1280, "height": bottom + 16},
        style=".masthead { --band-end: var(--band) }",  # the gradient alone takes 120 KB
    )


async def main() -> None:
    """Use the system that runs; start one when there is none."""
    with running() as urls:
        async with async_playwright() as playwright:
            chromium = await playwright.chromium.launch(executable_path=packages.browser(), args=["--no-sandbox"])
            await take(await chromium.new_page(locale="tr-TR", bypass_csp=True), urls)
            await chromium.close()


if __name__ == "__main__":
    asyncio.run(main())
