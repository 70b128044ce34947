"""Forms as tests send them: whatever the answer is, it can be looked at."""

from typing import Any

import httpx2

from scripts.browser import Browser


async def send(browser: Browser, action: str, *, by_way_of: str = "", **different: Any) -> httpx2.Response:
    """Fill in the form of this page that goes to ``action``, and send it; the browser is on the answer's page then.

    ``by_way_of`` is where another of the form's buttons sends it.
    """
    fields = browser.form(action).fields | different
    given = {name: value for name, value in fields.items() if value is not None}
    browser.page = await browser.client.post(by_way_of or action, data=given)
    return browser.page


async def send_raw(
    browser: Browser, action: str, body: bytes, content_type: str = "application/x-www-form-urlencoded"
) -> httpx2.Response:
    """Send any bytes as a form."""
    return await browser.client.post(action, content=body, headers={"content-type": content_type})


def submitted(browser: Browser, action: str) -> dict[str, str]:
    """What stands in the fields of a form of this page."""
    return {name: values[0] for name, values in browser.form(action).fields.items()}
