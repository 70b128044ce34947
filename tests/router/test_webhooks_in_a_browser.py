"""The pages of webhooks in a real browser: axe finds nothing, and nothing is wider than the window."""

import os
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from services.router.access import Role
from services.router.webhooks.domain.delivery import Attempt, attempted, try_out
from services.router.webhooks.store import Deliveries
from shared.clock import utc_now
from shared.documents import Database
from tests.axe import found, found_in_both_schemes
from tests.conftest import Visit
from tests.router.desk import log_in
from tests.router.receiver import hook, webhooks_of
from tests.server import serving

PICTURES = os.environ.get("KLU_TEST_SCREENSHOTS")
"""Where to put pictures of every page, also wide, dark and in English; without it the narrow window is enough."""
URL = "/administration/webhooks"


@pytest.fixture
async def window(app: FastAPI, visit: Visit, database: Database, chromium: Chromium) -> AsyncIterator[Page]:
    """A window of a signed-in administrator, with a webhook that delivered and failed, and one that is gone."""
    signed_in = await log_in(visit(app), database, role=Role.ADMIN)
    long_url = "https://entegrasyon.universite.example/api/v2/basvurular/olaylar?kurum=1234567890&kanal=hat"
    webhook = await hook(database, long_url, personal=True)
    await hook(database, "https://eski.example/", id="wh2", name="Eski Sistem", active=False, ended="gone")
    results: list[tuple[str, dict[str, Any]]] = [
        ("d1", {"status": 200}),
        ("d2", {"status": 301}),
        ("d3", {"error": "timeout"}),
    ]
    for number, (delivery_id, result) in enumerate(results):
        at = utc_now() - timedelta(hours=number)
        made, _ = try_out(await webhooks_of(database).get(webhook.id), delivery_id, source="s", now=at)
        attempt = Attempt.model_validate({"at": at, "milliseconds": 1234, **result})
        told = {"what": "answered", "reference": "26-7KX4-9Q"} if number else {}
        await Deliveries(database).add(attempted(made.model_copy(update=told), attempt))
    async with serving(app, max_connections=50) as port:
        url = f"http://127.0.0.1:{port}"
        context = await chromium.new_context(locale="tr-TR", base_url=url)
        await context.add_cookies([{"name": "session", "value": signed_in.client.cookies["session"], "url": url}])
        yield await context.new_page()


async def test_nothing_is_wider_than_the_window_and_axe_finds_nothing(window: Page) -> None:
    wrong: dict[str, object] = {}
    for name, path in {"webhooks": URL, "new": f"{URL}/new", "webhook": f"{URL}/wh1", "gone": f"{URL}/wh2"}.items():
        await window.goto(path)
        wrong |= await _looked_at(window, name)
    await window.goto(f"{URL}/wh1")
    await window.get_by_role("button", name="Yeni anahtar oluştur").click()
    await window.get_by_text("whsec_").wait_for()
    wrong |= await _looked_at(window, "secret")
    await window.goto(f"{URL}/new")
    await window.locator("#main-form button.btn-primary").click()
    await window.locator(".error-summary").wait_for()
    wrong |= await _looked_at(window, "errors")
    assert wrong == {}


async def _looked_at(window: Page, name: str) -> dict[str, object]:
    """What is wrong with the page that is open."""
    wrong: dict[str, object] = {}
    for width in (1280, 390, 320) if PICTURES else (320,):
        await window.set_viewport_size({"width": width, "height": 900})
        if await window.evaluate("document.documentElement.scrollWidth > innerWidth"):
            wrong[f"{name} {width}"] = "wider than the window"
        if PICTURES:
            for scheme in ("light", "dark"):
                await window.emulate_media(color_scheme="light" if scheme == "light" else "dark")
                await window.screenshot(path=Path(PICTURES) / f"{name}-{width}-{scheme}.png", full_page=True)
            await window.emulate_media(color_scheme="light")
    violations = await (found_in_both_schemes(window) if PICTURES else found(window))
    if violations:
        wrong[name] = [(rule["id"], [node["target"] for node in rule["nodes"]][:3]) for rule in violations]
    return wrong
