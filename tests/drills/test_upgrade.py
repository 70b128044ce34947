"""An upgrade from the version before, under load and with both versions side by side, loses and parks nothing."""

import asyncio
import io
import subprocess
import tarfile
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from scripts.browser import Browser
from scripts.chaos.evidence import Evidence
from scripts.chaos.people import People
from scripts.chaos.plan import Diary, Plan, rolling
from scripts.chaos.reconcile import reconcile
from scripts.chaos.record import check_chain
from scripts.chaos.system import ChaosSystem, MailServer
from scripts.eventually import eventually
from scripts.local import config, seeds
from scripts.local.processes import Process
from scripts.people import Citizen, Officer, Secretary, picture, sees
from scripts.smtp_server import Letter
from tests.stack import contained_rabbitmq

BEFORE = "19990b057c397903fd7e92952a41cd6259998874"
"""The last commit of 0.7.0."""
RATE, COUNT = 1.0, 100
OLD_ALONE, SIDE_BY_SIDE = 15, 75
"""So many messages are accepted by the old version alone; until so many, a minute later, both versions run."""
OWED = {"intake", "replies"}
"""Services that owe records for the audit chain in this version, and did not in the one before."""
SUBJECT = "Yükseltme:"
Visit = Callable[[str], Browser]
PNG = b"\x89PNG"
ANSWER = "Başvurunuz incelenmiş, gereği yapılmıştır."
STATES = {
    "new": "new",
    "routed": "routed",
    "declined": "in_review",
    "replied": "reply_pending_review",
    "returned": "routed",
    "resolved": "resolved",
    "closed": "closed",
}
"""How far a case comes in the old version, and its state there."""


class UpgradedSystem(ChaosSystem):
    """Two processes of each service. Those in ``old`` run the version before, whose code is in ``before``."""

    def __init__(self, folder: Path, before: Path) -> None:
        super().__init__(folder, replicas=2, rabbitmq_image=contained_rabbitmq())
        self.before = self.root = before
        self.old = set(self.names())

    def made(self, name: str, extra_env: Mapping[str, str] | None = None, *through: str) -> Process:
        self.root = self.before if name in self.old else config.ROOT
        return super().made(name, extra_env, *through)

    def upgrade(self, *names: str) -> None:
        """Prepare with the new version, then replace these processes one after the other, as a rollout does."""
        self.root = config.ROOT
        for service in config.SERVICES:
            self.command(service, ["prepare"])
        for name in names:
            self.services[name].stop()
            self.old.discard(name)
            self.services[name] = self.made(name)
            self.services[name].start()
            self.services[name].wait_ready(180)


class Letters:
    """Every letter. Those about the cases of ``STATES`` are kept; all others are opened by the people of the plan."""

    def __init__(self, people: People) -> None:
        self.all: list[Letter] = []
        self._people = people
        self._kept: set[str] = set()

    def __call__(self, letter: Letter) -> None:
        self.all.append(letter)
        subject = str(letter.mail["Subject"])
        reference = subject.partition("[")[2].partition("]")[0]
        if SUBJECT in subject + letter.text:
            self._kept.add(reference)
        if reference not in self._kept:
            self._people.on_letter(letter)

    async def link(self, subject: str) -> str:
        """The unit's link in the newest letter about this."""

        async def arrived() -> str | None:
            for letter in reversed(self.all):
                if subject in letter.text and "/a/" in letter.text:
                    return next(word for word in letter.text.split() if "/a/" in word)
            return None

        return await eventually(arrived, within=60)


class Case:
    """One case and its people; they begin at the old version and end at the new one."""

    def __init__(self, goal: str, system: UpgradedSystem, letters: Letters, officer: Officer, visit: Visit) -> None:
        self.goal, self.subject = goal, f"{SUBJECT} {goal}"
        self.citizen, self._portal = Citizen(visit(system.address("intake"))), visit(system.address("replies"))
        self._letters, self._officer = letters, officer

    async def begin(self) -> None:
        """Bring the case as far as its goal says."""
        await self.citizen.write(subject=self.subject, email="")
        self.path = await self._officer.case(self.subject)
        if self.goal in ("new", "closed"):
            if self.goal == "closed":
                await self._close("no_action_needed", "Kayda alınmıştır.")
            return
        await self._officer.route(self.path, ["kddb"])
        unit = await self._unit()
        if self.goal == "declined":
            await unit.decline(reason="Birimimizin görevi değildir.", declined_by="Fatma Şahin")
        if self.goal in ("replied", "returned", "resolved"):
            await unit.reply("Gereği yapılacaktır." if self.goal == "returned" else ANSWER)
            await self._officer.case(self.subject, "reply_pending_review")
        if self.goal == "returned":
            await self._officer.give_back(self.path, "Lütfen tarihi de yazınız.")
        if self.goal == "resolved":
            await self._officer.approve(self.path)
        await self._officer.case(self.subject, STATES[self.goal])

    async def finish(self) -> None:
        """Go on from there. The unit's link is the old one."""
        if self.goal == "declined":
            await self._close("not_responsible", "Başka bir kurumun görevidir.")
        if self.goal in ("new", "routed", "returned", "replied"):
            if self.goal == "new":
                await self._ask()
                await self._officer.route(self.path, ["kddb"])
            unit = await self._unit()
            if self.goal == "replied":
                await unit.take_back("Tarihi de yazacağız.")
                await self._officer.case(self.subject, "routed")
            await unit.reply(ANSWER, files=[picture()] if self.goal == "routed" else [])
            await self._officer.case(self.subject, "reply_pending_review")
            await self._officer.approve(self.path)
        if self.goal == "resolved":
            await self._close("answered")
        assert self.subject in await self._officer.browser.open(self.path)

    async def found(self) -> None:
        """The search of the new version finds it."""

        async def listed() -> bool:
            await self._officer.browser.open(f"/search?q=yukseltme+{self.goal}")
            return self.path in self._officer.browser.html

        await eventually(listed, within=60)

    async def go_on(self, supervisor: Officer) -> None:
        """What only the new version can do, with what the old one has kept."""
        if self.goal == "routed":
            assert (await self.citizen.opens_file()).startswith(PNG), "the file that the unit sent with its reply"
        if self.goal == "resolved":
            await self.citizen.add("rating", score="4", comment="Teşekkürler.")
            await sees(self._at_desk, "Teşekkürler.")
        if self.goal == "closed":
            await self.citizen.add("objection", reason="Kayıt yetmez.", files=[picture()])
            await sees(self._at_desk, "Kayıt yetmez.")
            explanation = "Kapatma yerindedir."
            await supervisor.browser.fill_in(f"{self.path}/objection", decision="upheld", explanation=explanation)
            await sees(self.citizen.status, explanation)

    async def _ask(self) -> None:
        await self._officer.ask(self.path, "Hangi katta?")
        await sees(self.citizen.status, "Hangi katta?")
        await self.citizen.reply("İkinci katta.", files=[picture()])
        await sees(self._at_desk, "İkinci katta.")
        assert (await self._officer.opens_file(self.path)).content == await self.citizen.opens_file()

    async def _at_desk(self) -> str:
        return await self._officer.browser.open(self.path)

    async def _close(self, reason: str, explanation: str = "") -> None:
        await self._officer.browser.fill_in(f"{self.path}/closure", reason=reason, explanation=explanation)

    async def _unit(self) -> Secretary:
        return Secretary(self._portal.tab(), await self._letters.link(self.subject))

    async def told(self) -> str:
        """What the status page says in the end."""
        said = {"declined": "Başka bir kurumun görevidir.", "closed": "Kayda alınmıştır."}.get(self.goal, ANSWER)

        async def shown_to_the_citizen() -> str | None:
            page = await self.citizen.status()
            return page if said in page else None

        return await eventually(shown_to_the_citizen, within=60)


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The code of the version before."""
    archive = subprocess.run(["git", "archive", BEFORE, "services", "shared"], cwd=config.ROOT, capture_output=True)
    if archive.returncode:
        pytest.skip(f"the history does not reach back to {BEFORE[:7]}: git fetch --unshallow")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(tmp_path / "before", filter="data")
    return tmp_path / "before"


@pytest.fixture
def system(tmp_path: Path, before: Path) -> Iterator[UpgradedSystem]:
    made = UpgradedSystem(tmp_path / "system", before)
    try:
        made.start_stores()
        seeds.plant(made)
        yield made
    finally:
        made.stop()
        made.remove()


@pytest.fixture
async def visit() -> AsyncIterator[Visit]:
    """Makes browsers, and closes them in the end."""
    async with AsyncExitStack() as browsers:

        def opened(url: str) -> Browser:
            browser = Browser(url)
            browsers.push_async_callback(browser.client.aclose)
            return browser

        yield opened


async def test_an_upgrade_under_load_loses_and_parks_nothing_in_any_state_of_a_case(
    system: UpgradedSystem, visit: Visit
) -> None:
    plan, diary = Plan(rolling(1, COUNT, rate=RATE, replicas=2).messages, ()), Diary()
    async with MailServer(system.ports["KLU_LOCAL_SMTP_PORT"]) as mail:
        await asyncio.to_thread(system.start_services)
        people, evidence = People(plan, system.serving, diary, seed=1), Evidence(system)
        mail.people = letters = Letters(people)
        try:
            await people.log_in()
            officer = Officer(visit(system.address("router")))
            await officer.log_in("gorevli@klu.example", seeds.DEMO_PASSWORD)
            cases = [Case(goal, system, letters, officer, visit) for goal in STATES]
            for case in cases:
                await case.begin()
            writing = asyncio.create_task(people.write_all())
            await eventually(lambda: accepted(diary, OLD_ALONE), within=180)
            await asyncio.to_thread(system.upgrade, *[n for n in system.names() if n.endswith("-2")])
            await eventually(lambda: accepted(diary, SIDE_BY_SIDE), within=300)
            await eventually(lambda: recorded(evidence, OWED), within=120)
            assert "router" in system.old, "a router that reads only its own records still runs"
            await asyncio.to_thread(system.upgrade, *config.SERVICES)
            assert system.old == set()
            for case in cases:  # the officer's session was begun at the old version
                await case.finish()
            supervisor = Officer(visit(system.address("router")))
            await supervisor.log_in(seeds.DEMO_USERS[1][0], seeds.DEMO_PASSWORD)
            for case in cases:
                await case.found()
                await case.told()
                await case.go_on(supervisor)
            await writing
            rested = await evidence.at_rest(diary, within=900, patience=300)
            assert rested, (await evidence.unfinished(), diary.troubles)
            findings = reconcile(diary.accepted, await evidence.records(mail.taken))
            check_chain(findings, await evidence.chain(), system.env["KLU_AUDIT_KEY"])
            parked = await evidence.parked()
        finally:
            await people.go_home()
            evidence.close()
    assert len(diary.accepted) == COUNT
    assert (findings.lost, findings.doubled, parked, diary.troubles) == ([], [], [], [])


async def accepted(diary: Diary, count: int) -> bool:
    return len(diary.accepted) >= count


async def recorded(evidence: Evidence, services: set[str]) -> bool:
    """Whether the audit chain has something of each of them."""
    return services <= {entry["service"] for entry in await evidence.chain()}
