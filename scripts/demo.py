"""The procedure from end to end against the local system, over HTTP and e-mail, printed step by step.

``python -m scripts.demo`` starts the system when it is not up; one in containers, at the same addresses, is used as it
is. ``--interrupt router`` ends that service in the middle
(the system starts it again), ``--pause`` waits for Enter between the steps.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, AsyncExitStack, contextmanager
from itertools import count
from typing import Annotated

import httpx2
import typer

from scripts.browser import Browser
from scripts.local import config, runner
from scripts.local.config import FOLDER
from scripts.local.ports import HOST
from scripts.local.processes import Identity
from scripts.local.seeds import DEMO_PASSWORD, DEMO_USERS
from scripts.people import Citizen, Mailbox, Officer, Secretary, link_in, picture, sees

Step = Callable[[str], AbstractContextManager[None]]
ANSWER_WITHIN = 180.0
"""Seconds. An answer can be taken back for a minute (``KLU_UNDO_SECONDS``)."""
LIBRARY, WORKS = ("kddb", "kddb@klu.example"), ("yitdb", "yitdb@klu.example")


async def procedure(urls: dict[str, str], step: Step) -> None:
    """The whole procedure, 5.2 to 5.5: with a picture, a question, two units, one return, a rating and an objection."""
    async with AsyncExitStack() as leaving:

        def visit(service: str) -> Browser:
            leaving.push_async_exit(browser := Browser(urls[service]))
            return browser

        mailbox = Mailbox(urls["mailbox"])
        leaving.push_async_callback(mailbox.client.aclose)
        await _go_through(visit, mailbox, step)


async def _go_through(visit: Callable[[str], Browser], mailbox: Mailbox, step: Step) -> None:
    mark = f"{time.time_ns() // 1_000_000:x}"
    subject, email = f"Kütüphanede ısıtma çalışmıyor ({mark})", f"deniz.kaya.{mark}@example.org"
    citizen, officer = Citizen(visit("intake")), Officer(visit("router"))

    async def invited(unit: tuple[str, str], number: int = 1) -> Secretary:
        letter = await mailbox.letter(unit[1], subject, number=number)
        return Secretary(visit("replies"), link_in(letter, "/a/"))

    async def desk() -> str:
        return await officer.browser.open(case)

    with step("A citizen fills in the form with a picture and gets a tracking code (5.2)"):
        await citizen.write(subject=subject, email=email, files=[picture()])
    with step("The citizen's receipt arrives by e-mail"):
        assert citizen.code in (await mailbox.letter(email, ""))["text"], "the receipt does not carry the code"
    with step("The desk is told; an officer logs in and finds the case (5.3)"):
        await officer.log_in(DEMO_USERS[0][0], DEMO_PASSWORD)
        case = await officer.case(subject)
        opened = await officer.opens_file(case)
        assert opened.headers["content-type"] == "image/png", "the desk cannot open the picture"
    with step("The officer asks the citizen, who answers on the status page"):
        await officer.ask(case, "Kütüphanenin hangi katında?")
        assert "hangi katında" in (await mailbox.letter(email, "", number=2))["text"]
        await sees(citizen.status, "hangi katında")
        await citizen.reply("İkinci katta, okuma salonunda.")
        await sees(desk, "okuma salonunda")
    with step("The officer routes it to two units; each gets its link by e-mail (5.3)"):
        await officer.route(case, [LIBRARY[0], WORKS[0]])
        first, second = await invited(LIBRARY), await invited(WORKS)
    with step("The first unit opens its link and writes a solution (5.4)"):
        await first.reply(text := "Teknik servise haber verildi.")
        await sees(desk, text)
    with step("The officer returns it with a reason; the unit is written to again"):
        await officer.give_back(case, "Lütfen onarımın ne zaman biteceğini de yazınız.")
        first = await invited(LIBRARY, number=2)
        await sees(first.read, "onarımın ne zaman biteceğini")
    with step("The first unit revises its reply (5.4)"):
        await first.reply(text := "Cihaz onarıldı, ısıtma çalışıyor.")
        await sees(desk, text)
    with step("The second unit replies (5.4)"):
        await second.reply(text := "Kazan dairesinin bakımı yapıldı.")
        await sees(desk, text)
    with step("The officer checks both and approves one answer (5.5)"):
        await officer.approve(case)
    with step("The citizen gets the answer by e-mail, once"):
        text = (await mailbox.letter(email, "", number=3, within=ANSWER_WITHIN))["text"]
        assert "Cihaz onarıldı" in text and "bakımı yapıldı" in text, text
        assert len({one["message_id"] for one in await mailbox.letters(email)}) == 3, "a letter came twice"
    with step("The status page shows the answer"):
        await sees(citizen.status, "Cihaz onarıldı")
    with step("The citizen rates the answer and objects to it"):
        await citizen.add("rating", score="2", comment="Geç kaldı.")
        await citizen.add("objection", reason="İkinci kat hâlâ soğuk.")
        await sees(desk, "İkinci kat hâlâ soğuk.")
    with step("A supervisor upholds the answer and says why"):
        supervisor = Officer(visit("router"))
        await supervisor.log_in(DEMO_USERS[1][0], DEMO_PASSWORD)
        await supervisor.browser.fill_in(f"{case}/objection", decision="upheld", explanation="Isıtma denetlenmiştir.")
        await sees(citizen.status, "Isıtma denetlenmiştir.")
    with step("The desk has the whole history of the case"):
        await sees(desk, "Cevap onaylandı")


def main(
    pause: Annotated[bool, typer.Option(help="Wait for Enter between the steps.")] = False,
    interrupt: Annotated[str, typer.Option(help="A service to end after each third step.")] = "",
) -> None:
    """Run the procedure once; exit status 1 when a step fails."""
    numbers = count(1)

    @contextmanager
    def step(told: str) -> Iterator[None]:
        number, began = next(numbers), time.perf_counter()
        yield
        print(f"{number:>3}. {told:<78} {1000 * (time.perf_counter() - began):>7.0f} ms", flush=True)
        if pause:
            input("     Enter to go on ... ")
        if interrupt and number % 3 == 0:
            print(f"     ({interrupt} is ended here)")
            Identity(**runner.read_state(FOLDER)["processes"][interrupt][0]).end()

    with running() as urls:
        print(f"The procedure, on {urls['intake']}:\n")
        began = time.perf_counter()
        try:
            asyncio.run(procedure(urls, step))
        except Exception as error:
            print(f"\nFailed: {type(error).__name__}: {error}", file=sys.stderr)
            raise SystemExit(1) from None
        print(f"\nDone in {time.perf_counter() - began:.1f} s.")


@contextmanager
def running() -> Iterator[dict[str, str]]:
    log, process, elsewhere = FOLDER / "demo.log", None, addresses()
    if not runner.running(FOLDER) and all(map(_answers, elsewhere.values())):
        yield elsewhere
        return
    if not runner.running(FOLDER):
        print("The system is not up; starting it ...", flush=True)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as out:
            process = subprocess.Popen([sys.executable, "-m", "scripts.local", "run"], stdout=out, stderr=out)
    try:
        urls: dict[str, str] = {}
        while not (urls and all(map(_answers, urls.values()))):  # a service may just be starting again
            if process.poll() is not None if process else not runner.running(FOLDER):
                raise SystemExit(f"The system did not start:\n{log.read_text() if log.exists() else ''}")
            time.sleep(0.3)
            urls = runner.read_state(FOLDER).get("urls", {})
        yield urls
    finally:
        if process:
            process.terminate()
            process.wait(60)


def addresses() -> dict[str, str]:
    """Where ``docker compose up`` has what ``make run`` has."""
    given = config.ports(config.settings())
    numbers = {name: given[f"KLU_{name.upper()}_PORT"] for name in ("intake", "router", "replies")}
    numbers["mailbox"] = given["KLU_LOCAL_MAILBOX_PORT"]
    return {name: f"http://{HOST}:{number}" for name, number in numbers.items()}


def _answers(url: str) -> bool:
    try:
        return httpx2.get(f"{url}/", timeout=5).status_code < 500
    except httpx2.TransportError:
        return False


if __name__ == "__main__":
    typer.run(main)
