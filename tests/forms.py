"""Forms as tests send them: whatever the answer is, it can be looked at."""

import httpx2

from scripts.browser import Browser
from scripts.browser import check_on as check_in

send = Browser.send
"""``send(browser, action, by_way_of=…, **fields)``: the browser is on the answer's page then."""


async def send_raw(
    browser: Browser, action: str, body: bytes, content_type: str = "application/x-www-form-urlencoded"
) -> httpx2.Response:
    """Send any bytes as a form."""
    return await browser.client.post(action, content=body, headers={"content-type": content_type})


def check_on(browser: Browser) -> str:
    """The four characters that a form of this page asks for."""
    return check_in(browser.html)


def submitted(browser: Browser, action: str) -> dict[str, str]:
    """What stands in the fields of a form of this page."""
    return {name: values[0] for name, values in browser.form(action).fields.items()}
