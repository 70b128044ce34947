"""The whole procedure, over and over, by people who do what their letters ask for: how much gets through, how fast.

Each message goes to one unit, and everybody looks at a page, sends its form and looks at where that leads: twelve
requests and five letters. It is the letters that wake the next person, as in life; who comes before the case does, for
a letter may be faster, looks again.
"""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Coroutine, Iterable, Mapping
from itertools import cycle

from bench.journey import Journey, Through
from bench.load import Answer
from bench.sink import Letter, Sink
from bench.visitors import Visitors, submitted, values
from scripts.chaos.plan import UNITS
from scripts.local.setup_error import SetupError

AGAIN = 0.02
"""Seconds until somebody looks again whose letter was faster than the case."""

TEXT = (
    "Merkez kütüphanenin ikinci katında iki gündür ısıtma çalışmıyor. Görevlilere söyledik; arızanın bildirildiğini, "
    "ama ne zaman giderileceğinin bilinmediğini söylediler. Sınav haftası yaklaşıyor; gereğini rica ederiz."
)
NOTE = "Lütfen inceleyip cevaplayınız."
REPLY = "Başvuru incelenmiş, arıza bugün giderilmiştir. İlginiz için teşekkür ederiz."

LETTER_ID = re.compile(r"([^.@]+)\.(\w+)")
KEY = re.compile(r"Ölçüm iletisi ([0-9a-f]{12})")
LINK = re.compile(r"https?://[^/\s]+(/\S+)")
ONCE = re.compile(rb'name="once" value="([^"]+)"')
VERSIONS = re.compile(rb'name="versions" value="([^"]+)"')


class Procedure:
    """Citizens, officers and the units' secretaries. ``serving``: the addresses of each service; ``patience``: how
    many seconds a run may last beyond its time."""

    def __init__(self, serving: Mapping[str, list[str]], sink: Sink, *, patience: float = 60.0) -> None:
        names = ("intake", "router", "replies")
        self._citizens, self._officers, self._units = (Visitors(name, serving[name]) for name in names)
        self._patience = patience
        self._chosen = cycle(UNITS)
        self._under_way: dict[str, Journey] = {}
        self._assigned: dict[str, Journey] = {}
        sink.on_letter = self._on_letter

    async def log_in(self) -> None:
        """The officers."""
        await self._officers.log_in()

    def close(self) -> None:
        """Everybody goes home."""
        for visitors in (self._citizens, self._officers, self._units):
            visitors.close()

    async def through(self, seconds: float, *, at_once: int) -> Through:
        """A closed loop: so many messages are under way at any time, each followed by another as it is answered.

        Time begins when the pipe is full, after as many answers; counted are the messages answered from then on. Those
        that began together are answered together for a while: give it several times what one message takes. Raises
        Trouble.
        """
        done: list[Journey] = []
        opened = float("inf")

        async def one_after_another() -> None:
            nonlocal opened
            while time.perf_counter() < opened + seconds:
                done.append(await self._go(time.perf_counter()))
                if len(done) == at_once:
                    opened = done[-1].answered_at

        await self._all((one_after_another() for _ in range(at_once)), within=seconds + self._patience)
        return Through.of([one for one in done if opened < one.answered_at <= opened + seconds], seconds)

    async def at_rate(self, rate: float, seconds: float) -> Through:
        """An open loop: a new message every ``1/rate`` seconds however long the others take; all are waited for.

        The time is that from the first message to the last answer. Raises Trouble.
        """
        done: list[Journey] = []
        began = time.perf_counter()

        async def at(due: float) -> None:
            await asyncio.sleep(due - time.perf_counter())
            done.append(await self._go(due))

        times = (began + number / rate for number in range(max(1, round(rate * seconds))))
        await self._all((at(due) for due in times), within=seconds + self._patience)
        return Through.of(done, max(one.answered_at for one in done) - began)

    async def _all(self, work: Iterable[Coroutine[None, None, None]], *, within: float) -> None:
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
            self._assigned.clear()

    async def _go(self, due: float) -> Journey:
        """The procedure, from the form to the answer."""
        one = Journey(due)
        self._under_way[one.key] = one
        written = await self._write(one)
        notice = await one.letter("notice", since=written)
        routed = await self._route(one, _path(notice), written)
        invitation = await one.letter("invitation", since=routed)
        self._assigned[assignment := _owner(invitation)] = one
        replied = await self._reply(_path(invitation))
        arrival = await one.letter("arrival", since=replied)
        approved = await self._approve(one, _path(arrival))
        answer = await one.letter("answer", since=approved)
        one.is_answered(answer.at)
        await one.letter("receipt", since=written)
        del self._under_way[one.key], self._assigned[assignment]
        return one

    async def _write(self, one: Journey) -> float:
        page = await self._citizens.look("/")
        fields = {"once": values(ONCE, page)[0], "kind": "complaint", "subject": f"Ölçüm iletisi {one.key}"}
        about = {"text": TEXT, "name": "Deniz Kaya", "email": f"{one.key}@example.org", "notice": "yes"}
        return await self._send(self._citizens, page, "/", fields | about)

    async def _route(self, one: Journey, case: str, written: float) -> float:
        page = await self._desk(one, case, b'name="units"')
        one.is_on_the_desk(since=written)
        fields = {"units": next(self._chosen), "note": NOTE, "text": submitted("text", page), "share_identity": "yes"}
        return await self._send(self._officers, page, f"{case}/routing", fields)

    async def _reply(self, link: str) -> float:
        page = await self._units.look(link)
        fields = {"text": REPLY, "by": "Fatma Şahin", "confirmed": "yes"}
        return await self._send(self._units, page, f"{link}/reply", fields)

    async def _approve(self, one: Journey, review: str) -> float:
        page = await self._desk(one, review, b'name="versions"')
        fields = {"versions": values(VERSIONS, page), "answer": submitted("answer", page)}
        return await self._send(self._officers, page, review, fields)

    async def _desk(self, one: Journey, path: str, sign: bytes) -> Answer:
        """The page behind an officer's letter, once it shows what the letter tells of."""
        one.where = f"case that the {one.where} tells of"
        while True:
            page = await self._officers.look(path, 200, 404)
            if sign in page.body:
                return page
            one.too_early += 1
            await asyncio.sleep(AGAIN)

    async def _send(self, visitors: Visitors, page: Answer, path: str, fields: Mapping[str, object]) -> float:
        """Send a form; when it was answered. Where that leads is looked at while the news travels."""
        answer = await visitors.send(page, path, fields)
        at = time.perf_counter()
        self._people.create_task(visitors.follow(answer))
        return at

    def _on_letter(self, letter: Letter) -> None:
        """Whose it is: the citizens' letters say it on the envelope, the others in their id or in what is written.

        Letters of an earlier run are nobody's.
        """
        found = LETTER_ID.match(letter.message_id)
        owner, kind = found.groups() if found else ("", "")
        if kind == "arrival":
            one = self._assigned.get(owner)
        elif kind in ("receipt", "answer"):
            one = self._under_way.get(letter.recipient.partition("@")[0])
        else:
            named = KEY.search(letter.text)
            one = self._under_way.get(named[1]) if named else None
        if one:
            one.bring(kind, letter)


def _owner(letter: Letter) -> str:
    """The assignment that an invitation is for."""
    return letter.message_id.partition(".")[0]


def _path(letter: Letter) -> str:
    """Where the link of a letter leads."""
    link = LINK.search(letter.text)
    if link is None:
        raise SetupError(f"The letter {letter.message_id} has no link.")
    return link[1]
