"""The portal served on a port, and windows of a real Chromium: fixtures for whoever imports them."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager

import pytest
import uvicorn
from playwright.async_api import Browser as Chromium
from playwright.async_api import Page

from scripts.eventually import eventually
from services.replies.store import Assignments
from shared.documents import Database
from tests.conftest import Make

PATIENCE = 60_000
"""Milliseconds; Playwright's own thirty seconds are not enough on a busy machine."""


class Quiet(uvicorn.Server):
    """A server that leaves the signals to pytest."""

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@pytest.fixture
async def portal(make: Make, database: Database) -> AsyncIterator[str]:
    """The address of the portal, with an empty database behind it."""
    await Assignments(database).prepare()
    listener = socket.create_server(("127.0.0.1", 0))
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    server = Quiet(uvicorn.Config(make("replies", replies_url=url), log_config=None, lifespan="off"))
    serving = asyncio.create_task(server.serve(sockets=[listener]))

    async def started() -> bool:
        return server.started

    await eventually(started)
    yield url
    server.should_exit = True
    await serving


@pytest.fixture
async def window(chromium: Chromium) -> Page:
    """A window of it, for somebody who reads Turkish."""
    page = await chromium.new_page(locale="tr-TR")
    page.set_default_timeout(PATIENCE)
    return page
