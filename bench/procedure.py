"""The whole procedure, over and over, by people who do what their letters ask for: how much gets through, how fast.

Each message goes to one unit, and everybody looks at a page, sends its form and looks at where that leads: twelve
requests and five letters. It is the letters that wake the next person, as in life; who comes before the case does, for
a letter may be faster, looks again.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import cycle
from secrets import token_hex

from bench.load import Answer, Load
from bench.sink import Letter, sink
from bench.system import BenchSystem
from bench.visitors import Visitors, values
from scripts.browser import check_on
from scripts.chaos.plan import UNITS
from scripts.local.setup_error import SetupError
from scripts.people import MESSAGE

LOOK_AGAIN = 0.02
"""Seconds until somebody looks again whose letter was faster than the case."""
LETTERS = ("receipt", "notice", "invitation", "arrival", "answer")
HOPS = (*LETTERS, "on the desk", "whole")
"""A letter's wait is from the answer to the form that it tells of; one that was faster than that answer has waited 0.
``on the desk`` is from the answer to the public form to the case's page, for the officer who follows the notice;
``whole`` from when the message was to be written to its answer."""

NOTE = "Lütfen inceleyip cevaplayınız."
REPLY = "Başvuru incelenmiş, arıza bugün giderilmiştir. İlginiz için teşekkür ederiz."
SUBJECT = "Ölçüm iletisi "
KEY = re.compile(SUBJECT + r"([0-9a-f]{12})")
LINK = re.compile(r"https?://[^/\s]+(/\S+)")


@dataclass
class Journey:
    """One message, which is known by its key in its subject and in the writer's address.

    ``due``: when it was to be written; ``where``: what it waits for, should that never come; ``case``: the path of its
    page on the desk; ``waits``: seconds for each hop.
    """

    due: float
    key: str = field(default_factory=lambda: token_hex(6))
    where: str = "form"
    case: str = ""
    written_at: float = 0.0
    answered_at: float = 0.0
    waits: dict[str, float] = field(default_factory=dict)
    letters: dict[str, asyncio.Future[Letter]] = field(
        default_factory=lambda: {kind: asyncio.get_running_loop().create_future() for kind in LETTERS}
    )

    async def letter(self, kind: str, *, since: float) -> Letter:
        """The letter that tells of a form that was answered then."""
        self.where = kind
        letter = await self.letters[kind]
        self.waits[kind] = max(0.0, letter.at - since)
        return letter


class Procedure:
    """Citizens, officers and the units' secretaries. ``serving``: the addresses of each service; ``patience``: how
    many seconds a run may last beyond its time."""

    def __init__(self, serving: Mapping[str, Sequence[str]], *, patience: float = 60.0) -> None:
        self._citizens, self.officers = Visitors(serving["intake"]), Visitors(serving["router"])
        self._units = Visitors(serving["replies"])
        self._patience = patience
        self._chosen = cycle(UNITS)
        self._under_way: dict[str, Journey] = {}

    async def through(self, seconds: float, *, concurrency: int) -> dict[str, Load]:
        """A closed loop: so many messages are under way at any time, each followed by another; the waits for each hop.

        Time begins after as many answers; counted are the messages answered from then on. Those that began together
        are answered together for a while: give it several times what one message takes. Raises SetupError.
        """
        done: list[Journey] = []
        began = float("inf")

        async def one_after_another() -> None:
            nonlocal began
            while time.perf_counter() < began + seconds:
                done.append(await self.go())
                if len(done) == concurrency:
                    began = done[-1].answered_at

        await self.all((one_after_another() for _ in range(concurrency)), within=seconds)
        answered = [one for one in done if began < one.answered_at <= began + seconds]
        return {hop: Load(seconds, [one.waits[hop] for one in answered]) for hop in HOPS}

    async def at_rate(self, rate: float, seconds: float) -> dict[str, Load]:
        """An open loop: a new message every ``1/rate`` seconds however long the others take; all are waited for.

        The time is that from the first message to the last answer. Raises SetupError.
        """
        done: list[Journey] = []
        began = time.perf_counter()

        async def at(due: float) -> None:
            await asyncio.sleep(due - time.perf_counter())
            done.append(await self.go(due))

        times = (began + number / rate for number in range(max(1, round(rate * seconds))))
        await self.all((at(due) for due in times), within=seconds)
        lasted = max(one.answered_at for one in done) - began
        return {hop: Load(lasted, [one.waits[hop] for one in done]) for hop in HOPS}

    async def all(self, work: Iterable[Coroutine[None, None, object]], *, within: float = 0.0) -> None:
        """Wait for all of it, ``patience`` longer than that. Raises SetupError with what is still waited for."""
        within += self._patience
        try:
            async with asyncio.timeout(within), asyncio.TaskGroup() as self._people:
                for one in work:
                    self._people.create_task(one)
        except TimeoutError:
            stuck = Counter(one.where for one in self._under_way.values())
            places = ", ".join(f"{count} wait for the {where}" for where, count in stuck.most_common())
            raise SetupError(f"Not all were through within {within:g} seconds: {places}.") from None
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from None
        finally:
            self._under_way.clear()

    async def go(self, due: float | None = None, *, until: str = "answer") -> Journey:
        """The procedure, from the form to the answer, or to an earlier letter. Runs inside of ``all``."""
        one = Journey(due or time.perf_counter())
        self._under_way[one.key] = one
        sent = one.written_at = await self._write(one)
        for kind, act in (("notice", self._route), ("invitation", self._reply), ("arrival", self._approve)):
            if kind == until:
                break
            letter = await one.letter(kind, since=sent)
            link = LINK.search(letter.text)
            assert link, letter.letter_id
            sent = await act(one, link[1])
        one.answered_at = (await one.letter(until, since=sent)).at
        one.waits["whole"] = one.answered_at - one.due
        await one.letter("receipt", since=one.written_at)
        self._under_way = {name: other for name, other in self._under_way.items() if other is not one}
        return one

    def on_letter(self, letter: Letter) -> None:
        """Whose it is: the citizens' letters say it on the envelope, the others in their id or in what is written.

        Letters of an earlier run, and second copies, are nobody's.
        """
        owner, kind = letter.letter_id.split(".")[:2]
        key = KEY.search(letter.text)
        names = (letter.recipient.partition("@")[0], owner, key[1] if key else "")
        one = next((self._under_way[name] for name in names if name in self._under_way), None)
        if one and not one.letters[kind].done():
            self._under_way[owner] = one
            one.letters[kind].set_result(letter)

    async def _write(self, one: Journey) -> float:
        page = await self._citizens.look("/")
        fields = MESSAGE | {"once": values(page, "once")[0], "subject": SUBJECT + one.key}
        return await self._send(self._citizens, page, "/", fields | {"email": f"{one.key}@example.org"})

    async def _route(self, one: Journey, case: str) -> float:
        page = await self._desk(one, case, b'name="units"')
        one.case = case
        one.waits["on the desk"] = time.perf_counter() - one.written_at
        fields = {"units": next(self._chosen), "note": NOTE, "text": values(page, "text"), "share_identity": "yes"}
        return await self._send(self.officers, page, f"{case}/routing", fields)

    async def _reply(self, one: Journey, link: str) -> float:
        page = await self._units.look(link)
        fields = {"text": REPLY, "by": "Fatma Şahin", "check": check_on(page.text)}
        fields |= {name: values(page, name)[0] for name in ("written", "form_id")}
        return await self._send(self._units, page, f"{link}/reply", fields)

    async def _approve(self, one: Journey, review: str) -> float:
        page = await self._desk(one, review, b'name="versions"')
        fields = {"versions": values(page, "versions"), "answer": values(page, "answer")}
        return await self._send(self.officers, page, review, fields)

    async def _desk(self, one: Journey, path: str, sign: bytes) -> Answer:
        """The page behind an officer's letter, once it shows what the letter tells of."""
        one.where = f"case that the {one.where} tells of"
        while True:
            page = await self.officers.look(path, 200, 404)
            if sign in page.body:
                return page
            await asyncio.sleep(LOOK_AGAIN)

    async def _send(self, visitors: Visitors, page: Answer, path: str, fields: Mapping[str, object]) -> float:
        """Send a form; when it was answered. Where that leads is looked at while the events travel."""
        answer = await visitors.send(page, path, fields)
        at = time.perf_counter()
        self._people.create_task(visitors.look(answer.headers["location"]))
        return at


@asynccontextmanager
async def people(system: BenchSystem) -> AsyncIterator[Procedure]:
    """Everybody in the procedure of this system, with their mail server; the officers have logged in."""
    procedure = Procedure(system.serving)
    async with sink(system.ports["KLU_LOCAL_SMTP_PORT"], procedure.on_letter):
        await procedure.officers.log_in()
        yield procedure
