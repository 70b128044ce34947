"""The program of a mail server that follows the links of letters: it clicks, ticks, fills in and sends what it finds.

A sandbox of a mail gateway is a real browser with scripts. It knows the link, and nothing of what the page means.
"""

from collections.abc import Mapping, Sequence
from secrets import token_hex
from typing import Any

from playwright.async_api import Locator, Page

PASSES = ("click", "tick", "fill")
JUNK = ("test", "1234", "Lorem ipsum dolor sit amet, consectetur.", "a@b.example")
AUTOSAVE = 4000
"""Milliseconds after which a script has saved a draft."""
SEND_ALL = """async () => {
  for (const form of document.querySelectorAll("form")) {
    for (const to of [form.action, ...[...form.querySelectorAll("[formaction]")].map((button) => button.formAction)]) {
      await fetch(to, { method: form.method, body: new URLSearchParams(new FormData(form)) });
    }
  }
}"""


FILL_IN = """values => {
  for (const [number, field] of document.querySelectorAll("main input[type=text], main textarea").entries()) {
    field.value = values[number % values.length];
    field.dispatchEvent(new Event("input", { bubbles: true }));
  }
}"""


async def rob(page: Page, url: str, passes: Sequence[str] = PASSES) -> int:
    """Go over a link. How many forms were sent: for a test that would not notice a lame robot."""
    sent: list[str] = []
    page.on("dialog", lambda dialog: dialog.accept())
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    await page.add_init_script("window.print = () => {}")
    await page.clock.install()
    for name in passes:
        await _try_all(page, url, name)
    return len(sent)


async def _try_all(page: Page, url: str, name: str) -> None:
    number, more = 0, True
    while more:
        await _arrive(page, url, name)
        found = page.locator("main button:visible:not([tabindex]), main summary, a[href^='?'], main a[href^='/']")
        if more := number < await found.count():
            await _click(page, found.nth(number))
        number += 1
    await _arrive(page, url, name)
    await page.evaluate(SEND_ALL)
    for number in range(await page.locator("form").count()):
        await _arrive(page, url, name)
        async with page.expect_navigation():
            await page.evaluate("n => document.forms[n].submit()", number)


async def _arrive(page: Page, url: str, name: str) -> None:
    """Open the link, and do with its fields what this pass does."""
    await page.goto(url)
    await page.evaluate("for (const fold of document.querySelectorAll('details')) fold.open = true")
    if name != "click":
        for box in await page.locator("main input[type=checkbox], main input[type=radio]").all():
            await box.check()
    if name == "fill":
        for choice in await page.locator("main input[type=file]").all():
            async with page.expect_response("**/files"):
                await choice.set_input_files({"name": "a.txt", "mimeType": "text/plain", "buffer": b"a"})
        values = [JUNK[number % len(JUNK)] if number % 2 else token_hex(8) for number in range(2 * len(JUNK))]
        if await page.locator("[data-autosave]").count():
            async with page.expect_response("**/draft"):
                await page.evaluate(FILL_IN, values)
                await page.clock.fast_forward(AUTOSAVE)
        else:
            await page.evaluate(FILL_IN, values)


async def _click(page: Page, found: Locator) -> None:
    if await found.evaluate("it => it.tagName === 'A' || it.type === 'submit' && it.name !== 'remove_file'"):
        async with page.expect_navigation():
            await found.click()
    else:
        await found.click()


UNNOTED = ("viewed_at", "revision", "outbox", "indexed")


def unnoted(document: Mapping[str, Any]) -> dict[str, Any]:
    """An assignment without what changes when its link is opened for the first time."""
    return {name: value for name, value in document.items() if name not in UNNOTED}
