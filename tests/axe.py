"""What axe finds on a page of a real browser."""

from typing import Any

from axe_playwright_python.base import AXE_SCRIPT
from playwright.async_api import Frame, Page

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
