"""The procedure from end to end against the local system, over HTTP and e-mail, printed step by step.

``python -m scripts.demo`` starts the system when it is not up. ``--interrupt router`` ends that service in the middle
(the system starts it again), ``--pause`` waits for Enter between the steps.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import httpx2
import typer

from scripts.eventually import eventually
from scripts.local import config, statefile
from scripts.local.processes import Identity
from scripts.local.seeds import DEMO_PASSWORD
from scripts.people import Citizen, Mailbox, Officer, Secretary, link_in

UNITS = {"kddb": "kddb@klu.example", "yitdb": "yitdb@klu.example"}
FOLDER = config.ROOT / ".local" / "run"


class Story:
    """One run of the procedure; each step is told with its time."""

    def __init__(self, urls: dict[str, str], between: Callable[[int], None]) -> None:
        mark = f"{time.time_ns() // 1_000_000:x}"
        self.subject = f"Kütüphanede ısıtma çalışmıyor ({mark})"
        self.email = f"deniz.kaya.{mark}@example.org"
        self.citizen, self.officer = Citizen(urls["intake"]), Officer(urls["router"])
        self.mailbox = Mailbox(urls["mailbox"])
        self.between = between
        self.case = ""
        self.secretaries: dict[str, Secretary] = {}
        self.number = 0

    async def step(self, told: str, doing: Awaitable[Any]) -> None:
        """Do one thing and tell it."""
        self.number += 1
        began = time.perf_counter()
        await doing
        print(f"{self.number:>3}. {told:<78} {1000 * (time.perf_counter() - began):>7.0f} ms", flush=True)
        self.between(self.number)

    async def tell(self) -> None:
        """The whole procedure, 5.2 to 5.5, with two units and one return for revision."""
        await self.step("A citizen fills in the form and gets a tracking code (5.2)", self.submit())
        await self.step("The citizen's receipt arrives by e-mail", self.receipt())
        await self.step("The desk is told; an officer logs in and finds the case (5.3)", self.find())
        await self.step("The officer routes it to two units; each gets its link by e-mail (5.3)", self.route())
        await self.step("The first unit opens its link and writes a solution (5.4)", self.reply("kddb"))
        await self.step("The officer returns it with a reason; the unit is written to again", self.give_back())
        await self.step(
            "The first unit revises its reply (5.4)", self.reply("kddb", "Cihaz onarıldı, ısıtma çalışıyor.")
        )
        await self.step("The second unit replies (5.4)", self.reply("yitdb", "Kazan dairesinin bakımı yapıldı."))
        await self.step("The officer checks both and approves one answer (5.5)", self.approve())
        await self.step("The citizen gets the answer by e-mail, once", self.answer())
        await self.step("The status page shows the answer", self.status())
        await self.step("The desk has the whole history of the case", self.history())

    async def submit(self) -> None:
        """5.2."""
        await self.citizen.write(subject=self.subject, email=self.email)

    async def receipt(self) -> None:
        """The receipt carries the code."""
        letter = await self.mailbox.letter(self.email, "")
        assert self.citizen.code in letter["text"], "the receipt does not carry the code"

    async def find(self) -> None:
        """5.3, first half."""
        await self.officer.log_in("gorevli@klu.example", DEMO_PASSWORD)
        self.case = await self.officer.case(self.subject)

    async def route(self) -> None:
        """5.3, second half."""
        await self.officer.route(self.case, list(UNITS))
        for unit, address in UNITS.items():
            letter = await self.mailbox.letter(address, self.subject)
            self.secretaries[unit] = Secretary(link_in(letter, "/a/"))

    async def reply(self, unit: str, text: str = "Teknik servise haber verildi.") -> None:
        """5.4; a citizen's officer sees it."""
        await self.secretaries[unit].reply(text)
        await eventually(lambda: self._on_the_desk(text), within=60)

    async def give_back(self) -> None:
        """5.5: not yet."""
        await self.officer.give_back(self.case, "Lütfen onarımın ne zaman biteceğini de yazınız.")
        again = await self.mailbox.letter(UNITS["kddb"], self.subject, number=2)
        self.secretaries["kddb"] = Secretary(link_in(again, "/a/"))
        await eventually(lambda: _has(self.secretaries["kddb"].read(), "onarımın ne zaman biteceğini"))

    async def approve(self) -> None:
        """5.5."""
        await self.officer.approve(self.case)

    async def answer(self) -> None:
        """The answer holds both replies, and comes once."""
        letter = await self.mailbox.letter(self.email, "", number=2)
        assert "Cihaz onarıldı" in letter["text"], letter["text"]
        assert "bakımı yapıldı" in letter["text"], letter["text"]
        found = await self.mailbox.letters(self.email)
        assert len({one["message_id"] for one in found}) == len(found) == 2, "a letter came twice"

    async def status(self) -> None:
        """The public sees it too."""
        await eventually(lambda: _has(self.citizen.status(), "Cihaz onarıldı"), within=60)

    async def history(self) -> None:
        """Every step left its line."""
        await eventually(lambda: _has(self.officer.browser.open(self.case), "Cevap onaylandı"))

    async def _on_the_desk(self, text: str) -> bool:
        return await _has(self.officer.browser.open(self.case), text)


async def _has(page: Awaitable[str], text: str) -> bool:
    return text in await page


def main(
    pause: Annotated[bool, typer.Option(help="Wait for Enter between the steps.")] = False,
    interrupt: Annotated[str, typer.Option(help="A service to end after each third step.")] = "",
) -> None:
    """Run the procedure once; exit status 1 when a step fails."""
    with running() as urls:
        print(f"The procedure, on {urls['intake']}:\n")
        began = time.perf_counter()
        try:
            asyncio.run(Story(urls, between=lambda number: _between(number, pause, interrupt)).tell())
        except Exception as error:
            print(f"\nFailed: {type(error).__name__}: {error}", file=sys.stderr)
            raise SystemExit(1) from None
        print(f"\nDone in {time.perf_counter() - began:.1f} s.")


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """The addresses of the running system; of one started for this run when there is none."""
    if _runs():
        yield _once_up(_runs, FOLDER / "demo.log")
        return
    print("The system is not up; starting it ...", flush=True)
    log = FOLDER / "demo.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-m", "scripts.local", "run"], stdout=out, stderr=out)
    try:
        yield _once_up(lambda: process.poll() is None, log)
    finally:
        process.terminate()
        process.wait(60)


def _runs() -> bool:
    known = statefile.read(FOLDER).get("runner")
    return known is not None and Identity(**known).alive


def _once_up(alive: Callable[[], bool], log: Path) -> dict[str, str]:
    """The addresses, once all answer; a service that is just being started again is waited for."""
    while alive():
        urls: dict[str, str] = statefile.read(FOLDER).get("urls", {})
        if urls and _answers(urls):
            return urls
        time.sleep(0.3)
    raise SystemExit(f"The system did not start:\n{log.read_text() if log.exists() else ''}")


def _answers(urls: dict[str, str]) -> bool:
    try:
        return all(httpx2.get(f"{url}/", timeout=5).status_code < 500 for url in urls.values())
    except httpx2.TransportError:
        return False


def _between(number: int, pause: bool, interrupt: str) -> None:
    if pause:
        input("     Enter to go on ... ")
    if interrupt and number % 3 == 0:
        for record in statefile.read(FOLDER)["processes"][interrupt]:
            print(f"     ({interrupt} is ended here)")
            Identity(**record).end()


if __name__ == "__main__":
    typer.run(main)
