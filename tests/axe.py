"""What is wrong with the pages of a real browser: what axe finds, and what is wider than the window."""

import os
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Frame, Page

PICTURES = os.environ.get("KLU_TEST_SCREENSHOTS", "")
"""Where to put pictures of every page, also wide, dark and in English; without it the narrow window is enough."""
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
OPTIONS: dict[str, Any] = {"resultTypes": ["violations"]}
COLOURS = OPTIONS | {"runOnly": ["color-contrast", "link-in-text-block"]}
"""All that another colour scheme can change."""


async def found(place: Page | Frame, *, options: dict[str, Any] = OPTIONS) -> list[Any]:
    """The violations as the page is shown now."""
    if not await place.evaluate("typeof axe === 'object'"):
        await place.evaluate(AXE_SCRIPT)
    violations: list[Any] = await place.evaluate("options => axe.run(options).then(all => all.violations)", options)
    return violations


async def found_in_both_schemes(page: Page, *, options: dict[str, Any] = OPTIONS) -> list[Any]:
    """The violations in light and, where they depend on the colours, in dark."""
    await page.emulate_media(color_scheme="light", reduced_motion="reduce")
    light = await found(page, options=options)
    await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
    return light + await found(page, options=COLOURS)


async def faults(
    window: Page,
    pages: Mapping[str, str],
    *,
    audit: Callable[[Page], Awaitable[list[Any]]] = found,
    unfolded: bool = False,
) -> dict[str, object]:
    """What is wrong with these pages (paths by name), by page, language and width; nothing, if all is well.

    ``unfolded``: what can be unfolded on a page is.
    """
    wrong: dict[str, object] = {}
    for name, path in pages.items():
        for language in ("tr", "en") if PICTURES else ("tr",):
            answer = await window.goto(f"{path}{'&' if '?' in path else '?'}lang={language}")
            assert answer and answer.status == 200, name
            if unfolded:
                await window.evaluate("document.querySelectorAll('main details').forEach(part => part.open = true)")
            for width in (1280, 390, 320) if PICTURES else (320,):
                await window.set_viewport_size({"width": width, "height": 900})
                if await window.evaluate("document.documentElement.scrollWidth") > width:
                    wrong[f"{name}-{language}-{width}"] = "is wider than the window"
                for scheme in SCHEMES if PICTURES else ():
                    await window.emulate_media(color_scheme=scheme)
                    file = Path(PICTURES) / f"{name}-{language}-{width}-{scheme}.png"
                    await window.screenshot(path=file, full_page=True)
            if violations := await audit(window):
                wrong[f"{name}-{language}"] = [(v["id"], v["nodes"][0]["html"][:150]) for v in violations]
    return wrong
