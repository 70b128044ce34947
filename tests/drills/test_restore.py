"""A backup taken while people use the system comes back into an empty one, where they go on as if nothing had been."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from scripts.browser import Browser
from scripts.chaos.evidence import Evidence
from scripts.chaos.people import People
from scripts.chaos.plan import Diary, Plan, Written, rolling
from scripts.chaos.reconcile import Findings, Taken, reconcile
from scripts.chaos.system import ChaosSystem, MailServer
from scripts.eventually import eventually
from scripts.local import seeds
from scripts.local.config import BACKUP, RESTORE, SERVICES, seal_keys
from scripts.people import Citizen, Officer
from scripts.smtp_server import Letter
from tests.stack import contained_rabbitmq

COUNT, BEFORE = 20, 10
BY_ITSELF = (".receipt", ".notice")
"""Letters that no act of a person comes before: also after the backup, both systems send the same. What people did then
they do again, and its letters are others."""


class Inbox:
    """Every letter with what it says, so that people can open it once more. Until they are there, letters wait."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self._people: People | None = None

    def __call__(self, letter: Letter) -> None:
        self.letters.append(letter)
        if self._people:
            self._people.on_letter(letter)

    def opened_by(self, people: People) -> None:
        """A restored system sends what it owes before anybody is at a desk."""
        self._people = people
        for letter in self.letters:
            people.on_letter(letter)


@contextmanager
def system(folder: Path) -> Iterator[ChaosSystem]:
    made = ChaosSystem(folder, replicas=1, rabbitmq_image=contained_rabbitmq())
    try:
        made.start_stores()
        yield made
    finally:
        made.stop()
        made.remove()


@asynccontextmanager
async def living(system: ChaosSystem, plan: Plan, diary: Diary) -> AsyncIterator[tuple[People, MailServer, Inbox]]:
    """The services run, mail is taken, and people are there."""
    mail = MailServer(system.ports["KLU_LOCAL_SMTP_PORT"])
    mail.people = inbox = Inbox()
    await mail.open()
    await asyncio.to_thread(system.start_services)
    people = People(plan, system.serving, diary, seed=1)
    try:
        await people.log_in()
        inbox.opened_by(people)
        yield people, mail, inbox
    finally:
        await people.go_home()
        await mail.close()


def backup(system: ChaosSystem, user: str, *arguments: str) -> str:
    """The command line, with the log-in of the backup or of the restore."""
    stores = {"KLU_BACKUP_MONGODB_URL": "MongoDB", "KLU_BACKUP_RABBITMQ_URL": "RabbitMQ"}
    urls = {name: system.store(store).url_for(user) for name, store in stores.items()}
    keys = ",".join(f"{s}:{key}" for s in SERVICES for key in seal_keys(system.folder / "secret_key"))
    own = {"KLU_RETRY_DELAYS": system.env["KLU_RETRY_DELAYS"], "KLU_SEAL_KEYS": keys}
    command = [sys.executable, "-m", "shared.backup", *arguments]
    done = subprocess.run(command, env={**os.environ, **urls, **own}, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


async def test_the_procedure_goes_on_from_a_backup_taken_under_load_and_nothing_is_mailed_again(tmp_path: Path) -> None:
    plan, before = Plan(rolling(1, COUNT, rate=4, replicas=1).messages, ()), Diary()
    with system(tmp_path / "first") as first:
        seeds.plant(first)
        async with living(first, plan, before) as (people, mail, inbox):
            writing = asyncio.create_task(people.write_all())
            await eventually(lambda: _accepted(before, BEFORE), within=180)
            accepted, came = list(before.accepted), len(inbox.letters)
            with_file = next(written for written in accepted if written.planned.with_file)
            sent = await _by_its_writer(first, with_file)
            await asyncio.to_thread(backup, first, BACKUP, "take", "--folder", str(tmp_path))
            writing.cancel()
            await asyncio.gather(writing, return_exceptions=True)
            for process in first.services.values():
                process.kill()
        (tmp_path / "second").mkdir()
        shutil.copy(first.folder / "secret_key", tmp_path / "second")
        shutil.copytree(first.folder / "signing", tmp_path / "second" / "signing")
        with system(tmp_path / "second") as second:
            for service in SERVICES:
                second.command(service, ["prepare"])
            await asyncio.to_thread(backup, second, RESTORE, "restore", str(tmp_path))
            evidence = Evidence(second)
            left = {letter["_id"] for letter in await evidence.documents("notifier") if letter["state"] == "sent"}
            known = {document["_id"] for s in ("intake", "replies") for document in await evidence.documents(s)}
            kept = {letter["_id"] for letter in await evidence.documents("notifier")}
            after = Diary(written=dict(before.written))
            async with living(second, plan, after) as (people, later, _):
                for letter in inbox.letters:
                    if letter.message_id.partition(".")[0] in known:
                        people.on_letter(letter)
                rested = await evidence.at_rest(after, within=180, patience=60)
                assert rested, (await evidence.unfinished(), after.troubles)
                assert await _by_its_writer(second, with_file) == await _at_the_desk(second, with_file) == sent
                earlier = [one for one in mail.taken if one.letter_id in kept or one.letter_id.endswith(BY_ITSELF)]
                findings = await _reconciled(evidence, accepted, earlier, later.taken)
            evidence.close()
    assert came > 0
    assert (findings.lost, findings.doubled) == ([], [])
    assert left & {taken.letter_id for taken in later.taken} == set()
    assert left


async def _by_its_writer(system: ChaosSystem, written: Written) -> bytes:
    """The file of a message, from its status page."""
    async with Browser(system.address("intake")) as browser:
        citizen = Citizen(browser)
        citizen.code = written.code
        return await citizen.opens_file()


async def _at_the_desk(system: ChaosSystem, written: Written) -> bytes:
    async with Browser(system.address("router")) as browser:
        officer = Officer(browser)
        await officer.log_in(seeds.DEMO_USERS[0][0], seeds.DEMO_PASSWORD)
        return (await officer.opens_file(await officer.case(written.planned.subject, "resolved"))).content


async def _accepted(diary: Diary, count: int) -> bool:
    return len(diary.accepted) >= count


async def _reconciled(evidence: Evidence, accepted: list[Written], first: list[Taken], later: list[Taken]) -> Findings:
    """What the first system sent to whom the second does not know is its own."""
    known = {letter["_id"] for letter in await evidence.documents("notifier")}
    taken = [one for one in first if one.letter_id in known] + later
    return reconcile(accepted, await evidence.records(taken))
