"""A backup taken while people use the system comes back into an empty one, where they go on as if nothing had been."""

import asyncio
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from email.message import EmailMessage
from pathlib import Path

from aiosmtplib import SMTP

from scripts.browser import Browser
from scripts.chaos.evidence import Evidence
from scripts.chaos.people import People
from scripts.chaos.plan import Diary, Plan, Written, rolling
from scripts.chaos.reconcile import Findings, Taken, reconcile
from scripts.chaos.system import ChaosSystem, MailServer
from scripts.eventually import eventually
from scripts.local import ports, seeds
from scripts.local.config import BACKUP, RESTORE, SERVICES, seal_keys
from scripts.local.processes import Process
from scripts.people import Citizen, Officer, Secretary, picture
from scripts.smtp_server import Letter
from tests.stack import contained_rabbitmq

COUNT, BEFORE = 20, 10
DOMAIN = "hat.klu.example"
OWN = "Yedek: belgeli yanıt"
"""Subject of a message that nobody of the plan is about: its writer and its unit send files too."""
WRITER = "belgeli@example.org"
BY_ITSELF = (".receipt", ".notice")
"""Letters that no act of a person comes before: also after the backup, both systems send the same. What people did then
they do again, and its letters are others."""


class MailedSystem(ChaosSystem):
    """Mail comes in, at the port ``listener``."""

    listener: int

    def made(self, name: str, extra_env: Mapping[str, str] | None = None, *through: str) -> Process:
        mail = {"KLU_MAIL_INBOUND_DOMAIN": DOMAIN, "KLU_MAIL_INBOUND_PORT": str(self.listener)}
        return super().made(name, mail | dict(extra_env or {}), *through)


class Inbox:
    """Every letter with what it says, so that people can open it once more. Until they are there, letters wait.

    Those about OWN are opened by the drill itself.
    """

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self._own: set[str] = set()
        self._people: People | None = None

    def __call__(self, letter: Letter) -> None:
        self.letters.append(letter)
        if OWN in letter.text or WRITER in letter.recipients:
            self._own.add(_reference(letter))
        if self._people and self.is_of_people(letter):
            self._people.on_letter(letter)

    def is_of_people(self, letter: Letter) -> bool:
        return _reference(letter) not in self._own

    def opened_by(self, people: People) -> None:
        """A restored system sends what it owes before anybody is at a desk."""
        self._people = people
        for letter in filter(self.is_of_people, self.letters):
            people.on_letter(letter)

    async def own(self, kind: str) -> Letter:
        """The letter of this kind about OWN."""

        async def arrived() -> Letter | None:
            own = (letter for letter in self.letters if not self.is_of_people(letter))
            return next((letter for letter in own if f".{kind}@" in letter.message_id), None)

        return await eventually(arrived, within=60)


@contextmanager
def system(folder: Path) -> Iterator[MailedSystem]:
    made = MailedSystem(folder, replicas=1, rabbitmq_image=contained_rabbitmq())
    (made.listener,) = ports.free(["listener"]).values()
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
            code = await _sends_files(first, inbox)
            attached = await _files(first, code)
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
                for letter in filter(inbox.is_of_people, inbox.letters):
                    if letter.message_id.partition(".")[0] in known:
                        people.on_letter(letter)
                rested = await evidence.at_rest(after, within=180, patience=60)
                assert rested, (await evidence.unfinished(), after.troubles)
                assert await _by_its_writer(second, with_file) == await _at_the_desk(second, with_file) == sent
                assert await _files(second, code) == attached, "of the notifier, from a mail, and of the unit's reply"
                earlier = [one for one in mail.taken if one.letter_id in kept or one.letter_id.endswith(BY_ITSELF)]
                findings = await _reconciled(evidence, accepted, earlier, later.taken)
            evidence.close()
    assert came > 0
    assert (findings.lost, findings.doubled) == ([], [])
    assert left & {taken.letter_id for taken in later.taken} == set()
    assert left


async def _sends_files(system: MailedSystem, inbox: Inbox) -> str:
    """Somebody writes, and answers the receipt by a mail with a file; the unit replies with a file; it is answered.

    Returns the tracking code.
    """
    async with Browser(system.address("intake")) as form, Browser(system.address("router")) as desk:
        citizen, officer = Citizen(form), Officer(desk)
        code = await citizen.write(subject=OWN, email=WRITER)
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"] = WRITER, (await inbox.own("receipt")).mail["Reply-To"], "Fotoğraf"
        mail.set_content("Fotoğrafı ektedir.")
        name, content, _ = picture("postadan.png")
        mail.add_attachment(content, maintype="image", subtype="png", filename=name)
        async with SMTP(hostname=ports.HOST, port=system.listener, start_tls=False) as server:
            await server.send_message(mail)
        await eventually(lambda: _has_files(system, code, 1), within=60)
        await officer.log_in(seeds.DEMO_USERS[0][0], seeds.DEMO_PASSWORD)
        case = await officer.case(OWN)
        await officer.route(case, ["kddb"])
        link = next(word for word in (await inbox.own("invitation")).text.split() if "/a/" in word)
        async with Browser(system.address("replies")) as portal:
            secretary = Secretary(portal, link)
            await secretary.reply("Isıtma onarılmıştır.", files=[picture("birimden.png")])
        await officer.case(OWN, "reply_pending_review")
        await officer.approve(case)
        await eventually(lambda: _has_files(system, code, 2), within=60)
    return code


async def _has_files(system: ChaosSystem, code: str, count: int) -> bool:
    return len(await _files(system, code)) == count


async def _files(system: ChaosSystem, code: str) -> dict[str, bytes]:
    """The files that the status page shows, by their links, each from its owner."""
    async with Browser(system.address("intake")) as browser:
        await browser.open(f"/t/{code}")
        links = set(re.findall(r'href="(/t/[0-9A-Z-]+/files/[^"/]+)"', browser.html))
        return {link: (await browser.client.get(link)).raise_for_status().content for link in links}


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


def _reference(letter: Letter) -> str:
    return str(letter.mail["Subject"]).partition("[")[2].partition("]")[0]


async def _accepted(diary: Diary, count: int) -> bool:
    return len(diary.accepted) >= count


async def _reconciled(evidence: Evidence, accepted: list[Written], first: list[Taken], later: list[Taken]) -> Findings:
    """What the first system sent to whom the second does not know is its own."""
    known = {letter["_id"] for letter in await evidence.documents("notifier")}
    taken = [one for one in first if one.letter_id in known] + later
    return reconcile(accepted, await evidence.records(taken))
