"""The people of the procedure, acting over HTTP and e-mail: for the demonstration, the journeys and the chaos run."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from html import unescape
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import httpx2
from altcha.v2 import Challenge, Payload, solve_challenge
from PIL import Image

from scripts.browser import Browser, check_on
from scripts.eventually import eventually

MESSAGE = {
    "kind": "complaint",
    "subject": "Kütüphanede ısıtma çalışmıyor",
    "text": "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor. Lütfen bakılsın.",
    "name": "Deniz Kaya",
    "email": "deniz.kaya@example.org",
    "phone": "0288 212 96 79",
    "notice": "yes",
}


def picture(name: str = "kalorifer.png") -> tuple[str, bytes, str]:
    """A small picture, as a form sends it: name, bytes and media type."""
    stored = BytesIO()
    Image.new("RGB", (320, 240), "#9a3412").save(stored, "PNG")
    return name, stored.getvalue(), "image/png"


class Citizen:
    def __init__(self, browser: Browser) -> None:
        self.browser, self.code = browser, ""

    async def write(self, **different: Any) -> str:
        await self.browser.open("/")
        return await self.send(**different)

    async def send(self, **different: Any) -> str:
        """Send the form that is open: once more, perhaps, when nobody answered. Returns the tracking code."""
        await self.browser.submit("/", **MESSAGE | await solved(self.browser) | different)
        found = re.fullmatch(r"/t/([0-9A-Z-]+)/submitted", self.browser.path)
        assert found, self.browser.path
        self.code = found[1]
        return self.code

    async def status(self) -> str:
        return await self.browser.open(f"/t/{self.code}")

    async def add(self, what: str, **fields: Any) -> str:
        """Send one of the small forms of the status page, such as ``rating``; the text of where it leads."""
        return await self.browser.fill_in(f"/t/{self.code}/{what}", **fields)

    async def opens_file(self) -> bytes:
        """The first file that the status page shows."""
        await self.status()
        found = re.search(r'href="(/t/[0-9A-Z-]+/files/[^"/]+)"', self.browser.html)
        assert found, "the status page shows no file"
        return (await self.browser.client.get(found[1])).raise_for_status().content

    async def reply(self, text: str, **more: Any) -> str:
        """Answer the officer's question that the status page shows."""
        await self.status()
        found = re.search(r"/t/[0-9A-Z-]+/(questions/[0-9a-f-]+)", self.browser.html)
        assert found, "the status page shows no question"
        return await self.add(found[1], answer=text, **more)


async def solved(browser: Browser) -> dict[str, str]:
    """The field with the proof of work that the open form asks for; empty where it asks for none."""
    if "proof" not in browser.form("/").fields:
        return {}
    return {"proof": await solve((await browser.client.get("/proof")).json())}


async def solve(challenge: dict[str, Any]) -> str:
    """The solution of a challenge, as a browser sends it."""
    given = Challenge.from_dict(challenge)
    solution = await asyncio.to_thread(solve_challenge, given)
    assert solution is not None
    return Payload(given, solution).to_base64()


class Officer:
    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def log_in(self, email: str, password: str) -> None:
        await self.browser.fill_in("/login", email=email, password=password)

    async def case(self, subject: str, state: str = "new") -> str:
        async def listed() -> str | None:
            page: str | None = f"/?state={state}"
            while page:
                await self.browser.open(page)
                if found := re.search(r'href="(/cases/[^"?]+)[^>]*>' + re.escape(subject) + "<", self.browser.html):
                    return found[1]
                following = re.search(r'rel="next" href="([^"]+)"', self.browser.html)
                page = unescape(following[1]) if following else None
            return None

        return await eventually(listed)

    async def route(
        self, case: str, units: list[str], note: str = "Lütfen inceleyip cevaplayınız.", **more: Any
    ) -> str:
        await self.browser.open(case)
        return await self.browser.submit(f"{case}/routing", units=units, note=note, **more)

    async def approve(self, case: str, **edited: Any) -> str:
        return await self.browser.fill_in(f"{case}/review", **edited)

    async def give_back(self, case: str, reason: str) -> str:
        return await self.browser.fill_in(await self.link(f"{case}/review", "return"), reason=reason)

    async def ask(self, case: str, text: str) -> str:
        return await self.browser.fill_in(f"{case}/questions", text=text)

    async def opens_file(self, case: str) -> httpx2.Response:
        """The first file of the case, from its owner."""
        await self.browser.open(case)
        found = re.search(rf'href="({case}/files/[^"/]+)"', self.browser.html)
        assert found, "the case shows no file"
        return await self.browser.client.get(found[1])

    async def link(self, page: str, last: str) -> str:
        await self.browser.open(page)
        found = re.search(rf'href="(/cases/[^"]+/{last})"', self.browser.html)
        if not found:
            raise LookupError(f"no link to .../{last} on {page}")
        return found[1]


class Secretary:
    """Somebody in a unit who opens the link of a letter."""

    def __init__(self, browser: Browser, link: str) -> None:
        self.browser, self.path = browser, urlsplit(link).path

    async def read(self) -> str:
        return await self.browser.open(self.path)

    async def reply(self, text: str, by: str = "Fatma Şahin", **more: Any) -> str:
        await self.read()
        return await self.send(text=text, by=by, **more)

    async def take_back(self, reason: str, by: str = "Fatma Şahin") -> str:
        """Take back the reply about which nobody has decided."""
        await self.read()
        check = check_on(self.browser.html)
        given = {"withdrawal_check": check, "withdrawal_reason": reason, "withdrawn_by": by}
        return await self.browser.submit(f"{self.path}/withdrawal", **given)

    async def send(self, **fields: Any) -> str:
        """Send the reply from the page that is open."""
        return await self.browser.submit(f"{self.path}/reply", check=check_on(self.browser.html), **fields)

    async def decline(self, **fields: str) -> str:
        await self.read()
        return await self.browser.submit(f"{self.path}/decline", decline_check=check_on(self.browser.html), **fields)


class Mailbox:
    def __init__(self, url: str) -> None:
        self.client = httpx2.AsyncClient(base_url=url, timeout=10)

    async def letters(self, to: str = "", subject: str = "") -> list[dict[str, Any]]:
        """Newest first, from the local mailbox or from Mailpit; of Mailpit ``subject``, ``text`` and ``message_id``."""
        answer = await self.client.get("/api/letters", params={"to": to, "subject": subject})
        if answer.status_code == 404:
            return await self._of_mailpit(to.casefold(), subject.casefold())
        return list(answer.raise_for_status().json())

    async def _of_mailpit(self, to: str, subject: str) -> list[dict[str, Any]]:
        """https://mailpit.axllent.org/docs/api-v1/"""
        kept = (await self.client.get("/api/v1/messages", params={"limit": 500})).raise_for_status().json()["messages"]
        chosen = [
            one["ID"]
            for one in kept
            if subject in one["Subject"].casefold() and any(to in who["Address"].casefold() for who in one["To"])
        ]
        whole = [(await self.client.get(f"/api/v1/message/{chosen_id}")).raise_for_status() for chosen_id in chosen]
        names = {"subject": "Subject", "text": "Text", "message_id": "MessageID"}
        return [{name: letter.json()[theirs] for name, theirs in names.items()} for letter in whole]

    async def letter(self, to: str, subject: str, *, number: int = 1, within: float = 60) -> dict[str, Any]:
        """The newest, once there are so many. Identical copies, as after a kill, count once."""

        async def arrived() -> dict[str, Any] | None:
            found = await self.letters(to, subject)
            return found[0] if len({one["message_id"] for one in found}) >= number else None

        return await eventually(arrived, within=within)


def link_in(letter: dict[str, Any], path: str) -> str:
    found = re.search(rf"https?://\S+{re.escape(path)}\S*", letter["text"])
    if not found:
        raise LookupError(f"no link to {path} in {letter['subject']}")
    return found[0]


async def sees(page: Callable[[], Awaitable[str]], text: str) -> None:
    """Wait until somebody who looks again and again sees this text: ``await sees(citizen.status, "…")``."""

    async def shown() -> bool:
        return text in await page()

    await eventually(shown, within=60)
