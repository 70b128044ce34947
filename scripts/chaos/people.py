"""Everybody in the procedure, driven by what they write and by the letters they get, as in life."""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from random import Random

import httpx2

from scripts.chaos.diary import Diary, Written
from scripts.chaos.plan import Plan, PlannedMessage, number_in
from scripts.chaos.visitor import PATIENCE, PAUSE, NoAnswer, Visitor
from scripts.local.seeds import DEMO_PASSWORD, DEMO_USERS

TEXT = "Bu ileti, sistemin parçaları durdurulurken yazılmıştır. Lütfen inceleyiniz."
REPLY = "Başvuru incelenmiş ve gereği yapılmıştır."


class People:
    """Citizens, officers and secretaries of one run."""

    def __init__(self, plan: Plan, serving: Mapping[str, list[str]], diary: Diary, seed: int) -> None:
        self.plan, self.diary = plan, diary
        self.tasks: set[asyncio.Task[None]] = set()
        self._answered: set[int] = set()
        self._keys = Random(f"keys {seed}")
        self._citizen, self._officer, self._secretary = (
            Visitor(service, serving[service], diary, Random(f"{service} {seed}"))
            for service in ("intake", "router", "replies")
        )

    async def go_home(self) -> None:
        """Whoever is still waiting gives up."""
        for task in self.tasks:
            task.cancel()
        await asyncio.gather(*self.tasks, return_exceptions=True)
        for visitor in (self._citizen, self._officer, self._secretary):
            await visitor.close()

    async def write_all(self) -> None:
        """Everything that is planned, each at its time at the earliest; returns when each was accepted for good."""
        began = time.monotonic()
        async with asyncio.TaskGroup() as writers:
            for planned in self.plan.messages:
                await asyncio.sleep(max(0.0, began + planned.at - time.monotonic()))
                await self._not_too_many()
                writers.create_task(self._write(planned, f"{self._keys.getrandbits(128):032x}"))

    def on_letter(self, letter_id: str, text: str) -> None:
        """A letter has come: somebody opens its link. A second copy is opened too, and then there is nothing to do."""
        doing = {"notice": self._route, "invitation": self._reply, "arrival": self._approve}
        kind = next((kind for kind in letter_id.split(".") if kind in doing), None)
        link = re.search(r"https?://\S+", text)
        if kind and link:
            task = asyncio.create_task(self._insist(doing[kind], link[0]))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def log_in(self) -> None:
        """The officers share one session: whose it is does not matter here."""
        page = await self._officer.open("/login")
        await self._officer.send(page, "/login", email=DEMO_USERS[0][0], password=DEMO_PASSWORD)

    async def _insist(self, act: Callable[[str], Awaitable[bool]], link: str) -> None:
        """Look, act, and look again until it is done; nobody acts twice without having looked."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            try:
                if await act(link):
                    self.diary.moved()
                    return
            except NoAnswer:
                pass
            await asyncio.sleep(PAUSE)
        self.diary.troubles.append(f"nobody could do what the letter asked: {act.__name__}")

    async def _not_too_many(self) -> None:
        while len(self.diary.accepted) - len(self._answered) >= self.plan.open_at_most:  # noqa: ASYNC110  # seldom
            await asyncio.sleep(PAUSE)

    async def _write(self, planned: PlannedMessage, key: str) -> None:
        written = self.diary.written[planned.number] = Written(planned)
        send = await self._form(planned) if planned.channel == "form" else self._program(planned, key)
        deadline = time.monotonic() + PATIENCE
        while not written.code and time.monotonic() < deadline:
            began = time.monotonic()
            try:
                written.code = await send()
                self.diary.waits.append(time.monotonic() - began)
                self.diary.moved()
            except NoAnswer:
                await asyncio.sleep(PAUSE)

    async def _form(self, planned: PlannedMessage) -> Callable[[], Awaitable[str]]:
        """Sent again as a browser does on *reload*: the same fields."""
        page = await self._citizen.open("/")
        hidden = {"hide_identity": "yes"} if planned.hide_identity else {}

        async def send() -> str:
            answer = await self._citizen.send(
                page,
                "/",
                kind=planned.kind,
                subject=planned.subject,
                text=TEXT,
                email=planned.email or "",
                notice="yes",
                **hidden,
            )
            return answer.headers["location"].split("/")[2]

        return send

    def _program(self, planned: PlannedMessage, key: str) -> Callable[[], Awaitable[str]]:
        """Sent again with the same Idempotency-Key."""
        body = {
            "kind": planned.kind,
            "subject": planned.subject,
            "text": TEXT,
            "email": planned.email,
            "hide_identity": planned.hide_identity,
            "privacy_notice_accepted": True,
        }

        async def send() -> str:
            answer = await self._citizen.ask("POST", "/api/v1/messages", json=body, headers={"Idempotency-Key": key})
            return str(answer.json()["tracking_code"])

        return send

    async def _desk(self, url: str) -> httpx2.Response:
        """A page of the desk; whose session has ended logs in again."""
        page = await self._officer.open(url)
        if page.status_code == 303:
            await self.log_in()
            page = await self._officer.open(url)
        return page

    async def _route(self, link: str) -> bool:
        """Route the case to the units that are planned; those that have it already are not offered any more."""
        page = await self._desk(link)
        number = number_in(page.text)
        if page.status_code != 200 or number is None:
            return False  # the letter was faster than the case
        units = [unit for unit in self.plan.messages[number].units if f'value="{unit}"' in page.text]
        if units:
            path = httpx2.URL(link).path
            await self._officer.send(page, f"{path}/routing", units=units, note="Lütfen inceleyip cevaplayınız.")
        return not units

    async def _reply(self, link: str) -> bool:
        """Reply; where the form is gone, the reply is there."""
        page = await self._secretary.open(link)
        action = f"{httpx2.URL(link).path}/reply"
        if page.status_code == 200 and f'action="{action}"' in page.text:
            await self._secretary.send(page, action, text=REPLY, by="Fatma Şahin", confirmed="yes")
            return False
        return page.status_code == 200

    async def _approve(self, link: str) -> bool:
        """Approve when all replies are there; until then another letter is under way."""
        page = await self._desk(link)
        action = httpx2.URL(link).path
        number = number_in(page.text)
        if page.status_code != 200 or number is None:
            return False
        if f'action="{action}"' not in page.text:
            self._answered.add(number)
            return True
        if page.text.count('name="versions"') == len(self.plan.messages[number].units):
            await self._officer.send(page, action)
        return False
