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
from typing import Annotated

import httpx2
import typer

from scripts.browser import Browser
from scripts.eventually import eventually
from scripts.local import runner
from scripts.local.config import FOLDER
from scripts.local.processes import Identity
from scripts.local.seeds import DEMO_PASSWORD, DEMO_USERS
from scripts.people import Citizen, Mailbox, Officer, Secretary, link_in

UNITS = {"kddb": "kddb@klu.example", "yitdb": "yitdb@klu.example"}


class Story:
    """One run of the procedure; each step is printed with its time. ``between`` is called after each."""

    def __init__(self, urls: dict[str, str], between: Callable[[int], None]) -> None:
        mark = f"{time.time_ns() // 1_000_000:x}"
        self.subject = f"Kütüphanede ısıtma çalışmıyor ({mark})"
        self.email = f"deniz.kaya.{mark}@example.org"
        self.citizen, self.officer = Citizen(Browser(urls["intake"])), Officer(Browser(urls["router"]))
        self.mailbox = Mailbox(urls["mailbox"])
        self.urls, self.between = urls, between
        self.case = ""
        self.secretaries: dict[str, Secretary] = {}

    async def tell(self) -> None:
        """The whole procedure, 5.2 to 5.5, with two units and one return for revision."""
        steps: list[tuple[str, Callable[[], Awaitable[object]]]] = [
            ("A citizen fills in the form and gets a tracking code (5.2)", self.submit),
            ("The citizen's receipt arrives by e-mail", self.receipt),
            ("The desk is told; an officer logs in and finds the case (5.3)", self.find),
            ("The officer routes it to two units; each gets its link by e-mail (5.3)", self.route),
            ("The first unit opens its link and writes a solution (5.4)", lambda: self.reply("kddb")),
            ("The officer returns it with a reason; the unit is written to again", self.give_back),
            ("The first unit revises its reply (5.4)", lambda: self.reply("kddb", "Cihaz onarıldı, ısıtma çalışıyor.")),
            ("The second unit replies (5.4)", lambda: self.reply("yitdb", "Kazan dairesinin bakımı yapıldı.")),
            ("The officer checks both and approves one answer (5.5)", lambda: self.officer.approve(self.case)),
            ("The citizen gets the answer by e-mail, once", self.answer),
            ("The status page shows the answer", lambda: _sees(self.citizen.status, "Cihaz onarıldı")),
            ("The desk has the whole history of the case", lambda: _sees(self._desk, "Cevap onaylandı")),
        ]
        for number, (told, act) in enumerate(steps, start=1):
            began = time.perf_counter()
            await act()
            print(f"{number:>3}. {told:<78} {1000 * (time.perf_counter() - began):>7.0f} ms", flush=True)
            self.between(number)

    async def submit(self) -> None:
        await self.citizen.write(subject=self.subject, email=self.email)

    async def receipt(self) -> None:
        letter = await self.mailbox.letter(self.email, "")
        assert self.citizen.code in letter["text"], "the receipt does not carry the code"

    async def find(self) -> None:
        await self.officer.log_in(DEMO_USERS[0][0], DEMO_PASSWORD)
        self.case = await self.officer.case(self.subject)

    async def route(self) -> None:
        await self.officer.route(self.case, list(UNITS))
        for unit in UNITS:
            await self._invited(unit)

    async def reply(self, unit: str, text: str = "Teknik servise haber verildi.") -> None:
        await self.secretaries[unit].reply(text)
        await _sees(self._desk, text)

    async def give_back(self) -> None:
        await self.officer.give_back(self.case, "Lütfen onarımın ne zaman biteceğini de yazınız.")
        await self._invited("kddb", number=2)
        await _sees(self.secretaries["kddb"].read, "onarımın ne zaman biteceğini")

    async def answer(self) -> None:
        """It holds both replies, and comes once."""
        letter = await self.mailbox.letter(self.email, "", number=2)
        assert "Cihaz onarıldı" in letter["text"], letter["text"]
        assert "bakımı yapıldı" in letter["text"], letter["text"]
        found = await self.mailbox.letters(self.email)
        assert len({one["message_id"] for one in found}) == len(found) == 2, "a letter came twice"

    async def _invited(self, unit: str, number: int = 1) -> None:
        letter = await self.mailbox.letter(UNITS[unit], self.subject, number=number)
        self.secretaries[unit] = Secretary(Browser(self.urls["replies"]), link_in(letter, "/a/"))

    async def _desk(self) -> str:
        return await self.officer.browser.open(self.case)


async def _sees(page: Callable[[], Awaitable[str]], text: str) -> None:
    async def shown() -> bool:
        return text in await page()

    await eventually(shown, within=60)


def main(
    pause: Annotated[bool, typer.Option(help="Wait for Enter between the steps.")] = False,
    interrupt: Annotated[str, typer.Option(help="A service to end after each third step.")] = "",
) -> None:
    """Run the procedure once; exit status 1 when a step fails."""

    def between(number: int) -> None:
        if pause:
            input("     Enter to go on ... ")
        if interrupt and number % 3 == 0:
            for record in runner.read_state(FOLDER)["processes"][interrupt]:
                print(f"     ({interrupt} is ended here)")
                Identity(**record).end()

    with running() as urls:
        print(f"The procedure, on {urls['intake']}:\n")
        began = time.perf_counter()
        try:
            asyncio.run(Story(urls, between).tell())
        except Exception as error:
            print(f"\nFailed: {type(error).__name__}: {error}", file=sys.stderr)
            raise SystemExit(1) from None
        print(f"\nDone in {time.perf_counter() - began:.1f} s.")


@contextmanager
def running() -> Iterator[dict[str, str]]:
    """The addresses of the running system; of one started for this run when there is none."""
    log = FOLDER / "demo.log"
    if runner.running(FOLDER):
        yield _once_up(lambda: runner.running(FOLDER) is not None, log)
        return
    print("The system is not up; starting it ...", flush=True)
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("w") as out:
        process = subprocess.Popen([sys.executable, "-m", "scripts.local", "run"], stdout=out, stderr=out)
    try:
        yield _once_up(lambda: process.poll() is None, log)
    finally:
        process.terminate()
        process.wait(60)


def _once_up(alive: Callable[[], bool], log: Path) -> dict[str, str]:
    """The addresses, once all answer: a service may just be starting again."""
    while alive():
        urls: dict[str, str] = runner.read_state(FOLDER).get("urls", {})
        if urls and all(map(_answers, urls.values())):
            return urls
        time.sleep(0.3)
    raise SystemExit(f"The system did not start:\n{log.read_text() if log.exists() else ''}")


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/", timeout=5).status_code < 500
    except httpx2.TransportError:
        return False


if __name__ == "__main__":
    typer.run(main)
