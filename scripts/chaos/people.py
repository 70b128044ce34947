"""Simulated citizens, officers and units of a chaos run. They act on the plan and on the letters that they get."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import parseaddr
from random import Random
from typing import Any
from urllib.parse import urlsplit

import httpx2

from scripts.browser import Browser, Refused
from scripts.chaos.plan import Diary, Plan, PlannedMessage, Written, number_in
from scripts.chaos.postman import Postman
from scripts.local.seeds import DEMO_PASSWORD, DEMO_USERS
from scripts.people import Citizen, Officer, Secretary, picture
from scripts.smtp_server import Letter

TEXT = "Bu ileti, sistemin parçaları durdurulurken yazılmıştır. Lütfen inceleyiniz."
REPLY = "Başvuru incelenmiş ve gereği yapılmıştır."
WRITTEN_BACK = "Eklemek istediğim bir husus bulunmaktadır."
ADOPTED = "Cevap olarak alındı"
"""What a case says of a mail that was taken as the unit's reply."""
PATIENCE = 600.0
PAUSE = 0.7
NO_ANSWER = (httpx2.TransportError, TimeoutError)
NOT_NOW = (*NO_ANSWER, Refused, LookupError)
"""No response, or a page that has changed meanwhile: try again."""


class Replicas(httpx2.AsyncHTTPTransport):
    """A transport that picks a replica for each request. A status of 500 or above counts as no response."""

    def __init__(self, service: str, addresses: Sequence[str], diary: Diary, seed: int) -> None:
        super().__init__(limits=httpx2.Limits(max_connections=64, max_keepalive_connections=16))
        self._service, self._addresses, self._diary = service, addresses, diary
        self._dice = Random(f"{service} {seed}")

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(port=urlsplit(self._dice.choice(self._addresses)).port)
        began = time.monotonic()
        try:
            response = await super().handle_async_request(request)
            await response.aread()
        except httpx2.TransportError as error:
            self._diary.statuses[f"{self._service} {type(error).__name__}"] += 1
            raise
        self._diary.statuses[f"{self._service} {response.status_code}"] += 1
        if response.status_code >= 500:
            failure = f"{self._service}: {request.method} {request.url.path} was answered {response.status_code}"
            self._diary.troubles += [failure] if response.status_code != 503 else []
            raise httpx2.ReadError(failure)
        if (self._service, request.method) == ("intake", "POST"):
            self._diary.waits.append(time.monotonic() - began)
        return response


class People:
    """All people of one run. ``serving`` has the base URLs of each service's replicas; ``postman`` takes their mails,
    where the plan has any.
    """

    def __init__(
        self, plan: Plan, serving: Mapping[str, Sequence[str]], diary: Diary, seed: int, postman: Postman | None = None
    ) -> None:
        self.plan, self.postman, self.diary = plan, postman, diary
        self.tasks: set[asyncio.Task[None]] = set()
        self._answered: set[int] = set()
        self._keys = Random(f"keys {seed}")
        self._intake, self._desk, self._portal = (
            Browser(serving[service][0], transport=Replicas(service, serving[service], diary, seed))
            for service in ("intake", "router", "replies")
        )

    async def go_home(self) -> None:
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for browser in (self._intake, self._desk, self._portal):
            await browser.client.aclose()

    async def write_all(self) -> None:
        """Submit the planned messages, none before its time. Returns when each is accepted or given up."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as writers:
            for planned in self.plan.messages:
                await asyncio.sleep(max(0.0, began + planned.at - time.monotonic()))
                while len(self.diary.accepted) - len(self._answered) >= self.plan.open_at_most:  # noqa: ASYNC110
                    await asyncio.sleep(PAUSE)
                writers.create_task(self._write(planned, f"{self._keys.getrandbits(128):032x}"))

    def on_letter(self, letter: Letter) -> None:
        """Start the work that a letter asks for. For a second copy of the letter, nothing is left to do."""
        acts = {
            "notice": self._route,
            "invitation": self._reply,
            "arrival": self._approve,
            "unit_mail": self._adopt,
        }
        kinds = letter.message_id.partition("@")[0].split(".")[1:]
        kind = next((kind for kind in kinds if kind in acts), "")
        link = re.search(r"https?://\S+", letter.text)
        if self.postman and (text := self._mail_about(letter, kinds)):
            self._begin(self.postman.deliver(_answer(letter, text), letter.recipients[0], _answers_go_to(letter)))
        elif kind in acts and link:
            self._begin(self._insist(acts[kind], link[0]))

    def _mail_about(self, letter: Letter, kinds: list[str]) -> str:
        """What whoever gets this letter writes back by e-mail; empty for those who do something else."""
        who = letter.recipients[0].partition("@")[0]
        if kinds == ["receipt"] and (found := re.fullmatch(r"yazan\.(\d{6})", who)):
            return WRITTEN_BACK if self.plan.messages[int(found[1])].writes_back else ""
        if kinds == ["invitation"] and who in self.plan.messages[number_in(str(letter.mail["Subject"]))].by_mail:
            return REPLY
        return ""

    def _begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def log_in(self) -> None:
        await Officer(self._desk.tab()).log_in(DEMO_USERS[0][0], DEMO_PASSWORD)

    async def _insist(self, act: Callable[[str], Awaitable[bool]], link: str) -> None:
        """Repeat ``act`` until it returns True: it looked at the page, and nothing was left to do."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if await act(link):
                    return self.diary.moved()
            except NOT_NOW:
                pass
            await asyncio.sleep(PAUSE)
        return self.diary.troubles.append(f"nobody could do what the letter asked: {act.__name__}")

    async def _write(self, planned: PlannedMessage, key: str) -> None:
        written = self.diary.written[planned.number] = Written(planned)
        citizen, deadline = Citizen(self._intake.tab()), time.monotonic() + PATIENCE
        while not written.code and time.monotonic() < deadline:
            try:
                sent = self._by_form(citizen, planned) if planned.channel == "form" else self._by_api(planned, key)
                written.code = await sent
                self.diary.moved()
            except NO_ANSWER:
                await asyncio.sleep(PAUSE)

    async def _by_form(self, citizen: Citizen, planned: PlannedMessage) -> str:
        if citizen.browser.page is None:
            await citizen.browser.open("/")
        own = {"kind": planned.kind, "subject": planned.subject, "text": TEXT, "email": planned.email or ""}
        hidden = {"hide_identity": "yes"} if planned.hide_identity else {}
        return await citizen.send(**own, **hidden, name="", phone="", files=_files(planned))

    async def _by_api(self, planned: PlannedMessage, key: str) -> str:
        own = {"kind": planned.kind, "subject": planned.subject, "text": TEXT, "email": planned.email}
        body = {**own, "hide_identity": planned.hide_identity, "privacy_notice_accepted": True}
        form: dict[str, Any] = {"data": _as_form(body), "files": [("files", file) for file in _files(planned)]}
        how = form if planned.with_file else {"json": body}
        answer = await self._intake.client.post("/api/v1/messages", **how, headers={"Idempotency-Key": key})
        return str(answer.json()["tracking_code"])

    async def _at_desk(self, link: str) -> tuple[Officer, PlannedMessage]:
        """Open a case. Returns the officer and the planned message. Raises LookupError if there is no case yet."""
        officer = Officer(self._desk.tab())
        await officer.browser.open(link)
        if officer.browser.path == "/login":  # the session has ended
            await self.log_in()
            await officer.browser.open(link)
        return officer, self.plan.messages[number_in(officer.browser.html)]

    async def _route(self, link: str) -> bool:
        officer, planned = await self._at_desk(link)
        units = [unit for unit in planned.units if f'value="{unit}"' in officer.browser.html]
        if units:
            await officer.route(urlsplit(link).path, units)
        return not units

    async def _reply(self, link: str) -> bool:
        secretary = Secretary(self._portal.tab(), link)
        await secretary.read()
        waits = f'action="{secretary.path}/reply"' in secretary.browser.html
        if waits:
            await secretary.reply(REPLY)
        return not waits

    async def _adopt(self, link: str) -> bool:
        """Take the mail of a unit as its reply."""
        officer, _ = await self._at_desk(link)
        waiting = re.search(r'action="([^"]+/adoption)"', officer.browser.html)
        if waiting:
            await officer.browser.submit(waiting[1])
        return ADOPTED in officer.browser.html

    async def _approve(self, link: str) -> bool:
        """Approve once all units have replied."""
        (officer, planned), path = await self._at_desk(link), urlsplit(link).path
        waits = f'action="{path}"' in officer.browser.html
        if waits and officer.browser.html.count('name="versions"') == len(planned.units):
            await officer.approve(path.removesuffix("/review"))
        self._answered |= set() if waits else {planned.number}
        return not waits


def _answers_go_to(letter: Letter) -> str:
    return parseaddr(str(letter.mail["Reply-To"]))[1]


def _answer(letter: Letter, text: str) -> bytes:
    """A mail that answers a letter, the same for every copy of the letter."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = letter.recipients[0], _answers_go_to(letter), "Re: Hat"
    mail["Message-ID"], mail["In-Reply-To"] = f"<re.{letter.message_id}>", f"<{letter.message_id}>"
    mail.set_content(f"{text}\n")
    return mail.as_bytes(policy=SMTP)


def _files(planned: PlannedMessage) -> list[tuple[str, bytes, str]]:
    return [picture(f"{planned.number}.png")] if planned.with_file else []


def _as_form(body: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a JSON body as those of a form."""
    flags = {True: "true", False: "false"}
    return {name: flags.get(value, value) for name, value in body.items() if value is not None}
