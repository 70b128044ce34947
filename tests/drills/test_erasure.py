"""A person is planted in the whole running system, and erased: nothing is left of them, nor in a restored backup."""

import asyncio
import base64
import os
import re
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Any

import aio_pika
import bson
from aiosmtplib import SMTP

from scripts.browser import Browser, check_on
from scripts.chaos.system import DATABASES, RETRY_DELAYS, MailServer
from scripts.eventually import eventually
from scripts.local import ports, seeds
from scripts.local.config import BACKUP, RESTORE, SERVICES
from scripts.local.processes import Process
from scripts.people import Citizen, Officer, Secretary, sees
from scripts.smtp_server import Letter
from scripts.verify_bundle import check
from shared.backup import waiting
from shared.broker.topology import parked_name
from shared.documents import MongoDatabase, connect
from tests.drills.test_restore import MailedSystem, backup
from tests.stack import contained_rabbitmq

NAME, EMAIL, PHONE, CODE = "Zeynep Gizlenmiş", "zeynep.gizlenmis@example.org", "0530 999 77 11", "GIZ-4471"
NEEDLES = (b"gizlenmi", b"999 77 11", b"9997711", b"giz-4471")
"""What the person is known by, in small letters, also as search and addresses have it."""
TEXT = f"Adım {NAME}, numaram {CODE}, telefonum {PHONE}."
OTHER = "Başkasının başvurusu"
REFERENCES = {"erased", "erasures", "erasure_orders", "audit", "chain", "announced"}
"""Collections in which the ids of what was erased stay; in ``announced`` (for 15 minutes) only those of ``STAYS``."""
STAYS = ("audited", "erasure.ordered", "erased")
"""Published events that name what was erased, and have no content of it."""


class LoggedSystem(MailedSystem):
    """With the destruction log that both systems have."""

    log: Path

    def made(self, name: str, extra_env: Mapping[str, str] | None = None, *through: str) -> Process:
        return super().made(name, {"KLU_DESTRUCTION_LOG": str(self.log)} | dict(extra_env or {}), *through)

    @cached_property
    def databases(self) -> dict[str, MongoDatabase]:
        """Of each service, with all rights."""
        return {service: connect(self.store("MongoDB").url, name) for service, name in DATABASES.items()}

    def order(self, *given: str) -> str:
        """Order to destroy. Returns the id of the order."""
        return self._run("tests.drills.ordering", *given)

    def verify(self) -> str:
        """Walk the audit record, and compare the destruction log with the orders."""
        return self._run("services.router", "audit", "verify")

    def _run(self, module: str, *given: str) -> str:
        own = {"KLU_DESTRUCTION_LOG": str(self.log), "KLU_PORT": "1", "KLU_MANAGEMENT_PORT": "2"}
        env = {**os.environ, **self.env_for("router"), **own}
        command = [sys.executable, "-m", module, *given]
        done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()


@asynccontextmanager
async def running(
    folder: Path, log: Path, backups: Path | None = None
) -> AsyncIterator[tuple[LoggedSystem, list[Letter]]]:
    """The four services with a mail server; from a backup, if there is one."""
    system = LoggedSystem(folder, replicas=1, rabbitmq_image=contained_rabbitmq())
    (system.listener,), system.log = ports.free(["listener"]).values(), log
    letters: list[Letter] = []
    mail = MailServer(system.ports["KLU_LOCAL_SMTP_PORT"])
    mail.people = letters.append
    try:
        await asyncio.to_thread(system.start_stores)
        if backups is None:
            await asyncio.to_thread(seeds.plant, system)
        else:
            for service in SERVICES:
                await asyncio.to_thread(system.command, service, ["prepare"])
            await asyncio.to_thread(backup, system, RESTORE, "restore", str(backups))
        await mail.open()
        await asyncio.to_thread(system.start_services)
        yield system, letters
    finally:
        for database in system.databases.values():
            database.client.close()
        system.stop()
        await mail.close()
        system.remove()


async def letter(letters: list[Letter], kind: str, to: str = "") -> Letter:
    """The newest letter of a kind."""

    async def arrived() -> Letter | None:
        of_kind = [one for one in letters if f".{kind}@" in one.message_id and (not to or to in one.recipients)]
        return of_kind[-1] if of_kind else None

    return await eventually(arrived, within=60)


async def write(system: LoggedSystem, to: str, subject: str) -> None:
    """A mail from the person, with a file."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = f"{NAME} <{EMAIL}>", to, subject
    mail.set_content(TEXT)
    mail.add_attachment(TEXT, subtype="plain", filename=f"{CODE}.txt")
    async with SMTP(hostname=ports.HOST, port=system.listener, start_tls=False) as server:
        await server.send_message(mail)


async def planted(system: LoggedSystem, letters: list[Letter]) -> tuple[str, str]:
    """The person writes, also by mail, with files; officer and unit name them. Returns the ids of message and mail."""
    async with Browser(system.address("intake")) as form, Browser(system.address("router")) as desk:
        await Citizen(form).write(subject=OTHER, email="baskasi@example.org")
        about = {"subject": f"{CODE} hakkında", "text": TEXT, "name": NAME, "email": EMAIL, "phone": PHONE}
        await Citizen(form).write(**about, files=[(f"{CODE}.txt", TEXT.encode(), "text/plain")])
        receipt = await letter(letters, "receipt", EMAIL)
        await write(system, receipt.mail["Reply-To"], f"Re: {CODE}")
        await write(system, "hat@klu.example", f"Soru: {CODE}")
        officer = Officer(desk)
        await officer.log_in(seeds.DEMO_USERS[0][0], seeds.DEMO_PASSWORD)
        case = await officer.case(f"{CODE} hakkında")
        message_id, mails = case.removeprefix("/cases/"), system.databases["router"]["mails"]
        await eventually(lambda: mails.find_one({"message_id": message_id}), within=60)
        await sees(lambda: desk.open(case), "yeniden yazdı")  # later, it would come between an officer and the case
        await desk.fill_in(f"{case}/notes", remark=TEXT)
        await officer.route(case, ["kddb"], note=f"{NAME} ile görüşünüz.")
        await desk.open(f"/search?q={NAME}")
        await officer.ask(case, f"Sayın {NAME}, hangi salon?")
        link = next(word for word in (await letter(letters, "invitation")).text.split() if "/a/" in word)
        async with Browser(system.address("replies")) as portal:
            secretary = Secretary(portal, link)
            await secretary.read()
            draft = {"text": f"{NAME} arandı.", "by": "Fatma Şahin", "check": check_on(portal.html)}
            await portal.send(f"{secretary.path}/reply", by_way_of=f"{secretary.path}/draft", **draft)
    await park(system, message_id)
    unknown = await eventually(lambda: mails.find_one({"message_id": None, "subject": {"$regex": CODE}}), within=60)
    return message_id, unknown["_id"]


async def park(system: LoggedSystem, message_id: str) -> None:
    """An event about the message that the portal could not process."""
    async with await aio_pika.connect(system.store("RabbitMQ").url) as connection:
        exchange = await (await connection.channel()).get_exchange(parked_name("replies"), ensure=False)
        body = TEXT.encode()
        headers: dict[str, Any] = {"x-queue": "replies.assignment.requested", "x-reason": "drill"}
        told = aio_pika.Message(body, message_id="parked-1", correlation_id=message_id, headers=headers)
        await exchange.publish(told, "replies.assignment.requested")


async def places(system: LoggedSystem, *needles: bytes) -> list[str]:
    """Where one of these is: documents, blocks of files, queues, logs."""
    found = list[str]()
    for service, database in system.databases.items():
        for name in await database.list_collection_names():
            stored = await database[name].find({}).to_list()
            found += [f"{service}.{name}" for document in stored if _has(bson.encode(document), needles)]
    events = await waiting.look(system.store("RabbitMQ").url, RETRY_DELAYS)
    told = [(event, str(event).encode() + base64.b64decode(event["body"])) for event in events]
    found += [f"queue {event['routing_key']}" for event, content in told if _has(content, needles)]
    return found + [f"log {log.name}" for log in (system.folder / "logs").iterdir() if _has(log.read_bytes(), needles)]


def _has(content: bytes, needles: Sequence[bytes]) -> bool:
    return any(needle in content.lower() for needle in needles)


async def at_rest(system: LoggedSystem) -> bool:
    """Whether nothing is to be published and no event waits."""
    for database in system.databases.values():
        for name in await database.list_collection_names():
            if await database[name].find_one({"outbox.0": {"$exists": True}}):
                return False
    return not await waiting.look(system.store("RabbitMQ").url, RETRY_DELAYS)


async def nowhere(system: LoggedSystem, message_id: str) -> None:
    """Nothing of the person is anywhere, and the message is named only where references stay."""
    await eventually(lambda: at_rest(system), within=90)
    assert await places(system, *NEEDLES) == []
    assert await sealed_mails(system) == 0
    assert await system.databases["router"]["bundle_contents"].count_documents({}) == 0
    assert "fit together" in await asyncio.to_thread(system.verify)
    named = {place.partition(".")[2] or place for place in await places(system, message_id.encode())}
    logs = {place for place in named if place.startswith("log ")}
    tombstones = {"messages", "cases", "letters", "mails"}
    assert named - logs <= REFERENCES | tombstones
    for database in system.databases.values():
        batches = database["announced"].find({"events.correlation_id": message_id})
        told = [event for batch in await batches.to_list() for event in batch["events"]]
        left = {event["type"] for event in told if event["correlation_id"] == message_id}
        assert {kind for kind in left if not kind.endswith(STAYS)} == set()
    cases = system.databases["router"]["cases"]
    assert {case["_id"] == message_id for case in await cases.find({"erased_at": {"$exists": True}}).to_list()} == {
        True
    }
    assert await cases.count_documents({"subject": OTHER}) == 1


async def bundle_of(system: LoggedSystem, message_id: str) -> bytes:
    """The file of the case, as a supervisor downloads it."""
    page = f"/cases/{message_id}/bundle"
    async with Browser(system.address("router")) as desk:
        await Officer(desk).log_in(seeds.DEMO_USERS[1][0], seeds.DEMO_PASSWORD)
        await desk.fill_in(page)

        async def ready() -> re.Match[str] | None:
            await desk.open(page)
            return re.search(rf'href="({page}/[^"/]+)"', desk.html)

        found = await eventually(ready, within=90)
        return (await desk.client.get(found[1])).raise_for_status().content


async def genuine(system: LoggedSystem, bundle: bytes) -> bool:
    """Whether the keys that the system publishes fit."""
    async with Browser(system.address("intake")) as browser:
        lines = (await browser.client.get("/keys.txt")).raise_for_status().text.splitlines()
    return check(bundle, [bytes.fromhex(line) for line in lines if not line.startswith("#")])[0] == []


async def sealed_mails(system: LoggedSystem) -> int:
    """Of how many mails bytes are kept. They are sealed, so that nobody finds a name in them."""
    return len(await system.databases["notifier"]["mail_parts"].distinct("content"))


async def done(system: LoggedSystem, order_id: str) -> dict[str, Any]:
    """The order, when all four services have answered."""
    orders = system.databases["router"]["erasure_orders"]
    query = {"_id": order_id, "done_at": {"$ne": None}}
    found: dict[str, Any] = await eventually(lambda: orders.find_one(query), within=90)
    return found


async def test_a_person_who_was_erased_is_nowhere_and_does_not_come_back_with_a_backup(tmp_path: Path) -> None:
    log = tmp_path / "destruction.log"
    async with running(tmp_path / "first", log) as (first, letters):
        message_id, mail_id = await planted(first, letters)
        bundle = await bundle_of(first, message_id)
        await eventually(lambda: at_rest(first), within=90)
        assert await sealed_mails(first) == 2
        assert await first.databases["router"]["bundle_contents"].count_documents({"case_id": message_id}) > 0
        kinds = {place.partition(".")[2] for place in await places(first, *NEEDLES)}
        assert {"messages", "cases", "assignments", "letters", "mails", "words", "files", "fs.chunks"} <= kinds
        await asyncio.to_thread(backup, first, BACKUP, "take", "--folder", str(tmp_path))
        order = await done(
            first, await asyncio.to_thread(first.order, f"message:{message_id}", f"mail:{mail_id}", EMAIL)
        )
        await park(first, message_id)
        await nowhere(first, message_id)
        assert set(order["answers"]) == set(SERVICES)
        assert order["answers"]["intake"] == {"messages": 1, "files": 1}
        assert (order["answers"]["router"]["parked_events"], order["answers"]["replies"]["assignments"]) == (1, 1)
        assert not _has(await asyncio.to_thread(log.read_bytes), NEEDLES)
    (tmp_path / "second").mkdir()
    for key in ("secret_key", "audit_key"):
        shutil.copy(tmp_path / "first" / key, tmp_path / "second")
    shutil.copytree(tmp_path / "first" / "signing", tmp_path / "second" / "signing")
    async with running(tmp_path / "second", log, tmp_path) as (second, later):
        again = await done(second, order["_id"])
        await nowhere(second, message_id)
        assert await genuine(second, bundle)
        assert again["number"] == 1
        assert not [one for one in later if EMAIL in one.recipients or NAME in one.text or CODE in one.text]
