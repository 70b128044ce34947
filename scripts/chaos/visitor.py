"""Somebody at a browser or a program: meets any replica of a service, and tries again when nobody answers."""

import asyncio
import time
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx2

from scripts.browser import form_in
from scripts.chaos.diary import Diary

PATIENCE = 600.0
"""Seconds for which people keep coming back."""
PAUSE = 0.7


class NoAnswer(Exception):
    """The line was cut, nobody was there, or it said *not now*: what was asked may have been done, or not."""


class Visitor:
    """A visitor of one service. ``addresses`` are its replicas, as many as serve at the moment."""

    def __init__(self, service: str, addresses: list[str], diary: Diary, dice: Random) -> None:
        self.service, self.diary = service, diary
        self._addresses, self._dice = addresses, dice
        limits = httpx2.Limits(max_connections=64, max_keepalive_connections=16)
        headers = {"accept-language": "tr", "accept": "text/html"}
        self._client = httpx2.AsyncClient(headers=headers, timeout=30, limits=limits)

    async def close(self) -> None:
        """Go home."""
        await self._client.aclose()

    async def open(self, url: str) -> httpx2.Response:
        """A page, however often it takes. Raises NoAnswer after a long time."""
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                return await self.ask("GET", url)
            except NoAnswer:
                if time.monotonic() > deadline:
                    raise
                await asyncio.sleep(PAUSE)

    async def send(self, page: httpx2.Response, action: str, **fields: Any) -> httpx2.Response:
        """The form of a page that goes there, once. Raises NoAnswer; LookupError where there is no such form."""
        submitted = {name: value if isinstance(value, list) else [value] for name, value in fields.items()}
        return await self.ask("POST", action, data=form_in(page.text, action).fields | submitted)

    async def ask(self, method: str, url: str, **request: Any) -> httpx2.Response:
        """One request to one of the replicas, whichever the address names. Raises NoAnswer."""
        parts = urlsplit(url)
        path = parts.path + (f"?{parts.query}" if parts.query else "")
        try:
            response = await self._client.request(method, self._dice.choice(self._addresses) + path, **request)
        except httpx2.TransportError as error:
            self.diary.statuses[f"{self.service} {type(error).__name__}"] += 1
            raise NoAnswer from error
        self.diary.statuses[f"{self.service} {response.status_code}"] += 1
        if response.status_code >= 500:
            if response.status_code != 503:
                self.diary.troubles.append(f"{self.service}: {method} {parts.path} was answered {response.status_code}")
            raise NoAnswer
        return response
