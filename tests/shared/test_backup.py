"""A backup has all databases at one moment, is refused if damaged, and is restored into an empty system only."""

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pymongo
import pytest
from typer.testing import CliRunner, Result

from scripts.eventually import eventually
from services.intake.store import Messages
from services.notifier.domain.sending import failed
from services.notifier.store import Letters
from services.router.operations.store import ParkedEvents
from shared.backup import databases, waiting
from shared.backup import files as backed_up
from shared.backup.__main__ import command
from shared.backup.archive import Unpacked
from shared.broker.consuming import REASON
from shared.clock import utc_now
from shared.documents import Database, connect, left_to_the_sweep
from shared.files.store import BLOCK, Files, StoredFile
from shared.outbox import OutboxEntry
from shared.seal import Seal, key_id
from tests import examples as example
from tests.conftest import DELAYS, Broker
from tests.stack import Stack

SERVICES = ("intake", "router", "replies", "notifier")
QUEUE = "router.message.submitted"


class Installation:
    """Four databases with names of their own, and the command line on them."""

    def __init__(self, stack: Stack) -> None:
        mark = uuid4().hex[:10]
        self.names = {service: f"test_{service}_{mark}" for service in SERVICES}
        self.databases = {service: self.database(stack, service) for service in SERVICES}
        self.given = {
            "KLU_BACKUP_MONGODB_URL": stack.mongodb_url,
            "KLU_BACKUP_RABBITMQ_URL": stack.rabbitmq_url,
            "KLU_RETRY_DELAYS": str(list(DELAYS)),
            "KLU_SEAL_KEYS": ",".join(f"{service}:{key_id(example.SECRET)}" for service in SERVICES),
            **{f"KLU_{service.upper()}_DATABASE": name for service, name in self.names.items()},
        }

    def database(self, stack: Stack, service: str, secret_key: str = example.SECRET) -> Database:
        mongodb = connect(stack.mongodb_url, self.names[service])
        return Database(mongodb, source=service, seal=Seal(secret_key), on_outbox=left_to_the_sweep)

    async def run(self, *arguments: str) -> Result:
        return await asyncio.to_thread(CliRunner().invoke, command, arguments, env=self.given)

    async def take(self, folder: Path, *more: str) -> Path:
        done = await self.run("take", "--folder", str(folder), *more)
        assert done.exit_code == 0, done.output
        return Path(done.stdout.split()[-1])

    async def forget(self) -> None:
        for database in self.databases.values():
            await database.mongodb.client.drop_database(database.mongodb.name)


@pytest.fixture
async def installation(stack: Stack, broker: Broker, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Installation]:
    made = Installation(stack)
    yield made
    await made.forget()
    for database in made.databases.values():
        database.mongodb.client.close()


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


async def added(messages: Messages, number: int) -> None:
    one = example.message(id=f"m{number}", reference=f"26-{number:04d}-XX", code_hash=str(number))
    await messages.add(one, announcing=example.message_submitted(message_id=one.id))


async def test_everything_comes_back_as_it_was(installation: Installation, tmp_path: Path) -> None:
    messages = Messages(installation.databases["intake"])
    for number in range(3):
        await added(messages, number)
    before = await messages.collection.find().to_list(None)
    backup = await installation.take(tmp_path)
    assert (await installation.run("verify", str(backup))).exit_code == 0
    await installation.forget()

    restored = await installation.run("restore", str(backup))
    assert "3 documents are restored" in restored.output
    assert await messages.collection.find().to_list(None) == before


async def attached(installation: Installation, file_id: str, content: bytes) -> Files:
    files = Files(installation.databases["intake"])
    digest = hashlib.sha256(content).hexdigest()

    async def blocks() -> AsyncIterator[bytes]:
        for at in range(0, len(content), BLOCK):
            yield content[at : at + BLOCK]

    await files.write(file_id, blocks(), sha256=lambda: digest)
    given: dict[str, Any] = {"id": file_id, "owner": "intake", "form": "m", "name": "a.txt", "type": "text/plain"}
    given |= {"sha256": digest, "size": len(content), "state": "clean", "at": utc_now()}
    await files.add(StoredFile.model_validate(given))
    return files


async def test_files_come_back_and_the_next_backup_copies_what_is_new(
    installation: Installation, tmp_path: Path
) -> None:
    one, two = os.urandom(BLOCK + 7), b"two"
    files = await attached(installation, "f1", one)
    await installation.take(tmp_path)
    (copied,) = (tmp_path / "files").iterdir()
    first = copied.stat().st_ino, copied.stat().st_mtime_ns
    await attached(installation, "f2", two)
    backup = await installation.take(tmp_path)
    assert (copied.stat().st_ino, copied.stat().st_mtime_ns) == first
    assert (await installation.run("verify", str(backup))).exit_code == 0
    await installation.forget()

    restored = await installation.run("restore", str(backup))
    assert "2 documents are restored" in restored.output
    assert "2 files are back." in restored.output
    assert [b"".join([block async for block in files.read(name)]) for name in ("f1", "f2")] == [one, two]
    assert [await files.length(name) for name in ("f1", "f2")] == [BLOCK + 7, 3]
    again = await installation.run("restore", str(backup))
    assert "is not empty" in again.output


async def test_a_file_that_is_deleted_while_a_backup_is_made_is_not_in_it(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stack: Stack
) -> None:
    await attached(installation, "f1", b"one")
    copy = backed_up.copy

    def deleted_meanwhile(*arguments: Any) -> list[str]:
        with pymongo.MongoClient[Any](stack.mongodb_url, w="majority") as other:
            other[installation.names["intake"]]["fs.chunks"].delete_many({})
        return copy(*arguments)

    monkeypatch.setattr(backed_up, "copy", deleted_meanwhile)
    backup = await installation.take(tmp_path)
    await installation.forget()
    assert "0 files are back." in (await installation.run("restore", str(backup))).output


async def test_a_backup_whose_files_are_missing_or_changed_is_refused(
    installation: Installation, tmp_path: Path
) -> None:
    await attached(installation, "f1", b"one")
    backup = await installation.take(tmp_path)
    (copied,) = (tmp_path / "files").iterdir()
    for change in (lambda: copied.write_bytes(b"two"), copied.unlink):
        change()
        for word in ("verify", "restore"):
            refused = await installation.run(word, str(backup))
            assert (refused.exit_code, "missing or damaged" in refused.output) == (1, True)


async def test_files_that_no_backup_needs_any_more_are_deleted(installation: Installation, tmp_path: Path) -> None:
    files = await attached(installation, "f1", b"one")
    backup = await installation.take(tmp_path)
    backup.rename(tmp_path / "klu-hat-20260101T000000Z.tar.gz")
    await files.forget("f1")
    await attached(installation, "f2", b"two")
    (tmp_path / "files" / "left.part").touch()
    await installation.take(tmp_path)
    assert len(names(tmp_path / "files")) == 2
    await installation.take(tmp_path, "--keep", "1")
    assert names(tmp_path / "files") == [hashlib.sha256(b"two").hexdigest()]


async def test_a_backup_is_one_moment_however_long_it_takes(
    installation: Installation, tmp_path: Path, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between one database and the next, both are written to: neither write is in it."""
    intake, notifier = Messages(installation.databases["intake"]), Letters(installation.databases["notifier"])
    for number in range(3):
        await added(intake, number)
        await notifier.add(example.letter(id=f"l{number}"))
    dump = databases._dump

    def dump_slowly(client: Any, stage: Any, database: str, name: str, file: Path) -> None:
        dump(client, stage, database, name, file)
        with pymongo.MongoClient[Any](stack.mongodb_url, w="majority") as other:
            other[intake.collection.database.name]["messages"].insert_one({"_id": name, "code_hash": name})
            other[notifier.collection.database.name]["letters"].insert_one({"_id": name})

    monkeypatch.setattr(databases, "_dump", dump_slowly)
    backup = await installation.take(tmp_path)
    await installation.forget()
    assert (await installation.run("restore", str(backup))).exit_code == 0
    assert [await kept.collection.count_documents({}) for kept in (intake, notifier)] == [3, 3]


async def test_an_event_published_just_before_is_in_its_outbox_again_and_its_link_is_sealed(
    installation: Installation, tmp_path: Path, stack: Stack
) -> None:
    messages = Messages(installation.databases["intake"])
    await added(messages, 1)
    (unpublished,) = await messages.unpublished(before=utc_now(), limit=10)
    await messages.mark_published([unpublished])
    await messages.mark_published([unpublished])
    assert await messages.unpublished(before=utc_now(), limit=10) == []
    backup = await installation.take(tmp_path)
    for member in Unpacked(backup, tmp_path / "open").folder.rglob("*.bson"):
        assert unpublished.body.encode() not in member.read_bytes()
    await installation.forget()

    restored = await installation.run("restore", str(backup))
    assert "1 events are in their outboxes again" in restored.output
    assert await messages.unpublished(before=utc_now(), limit=10) == [unpublished]
    other = installation.database(stack, "intake", "another secret key, which is long enough")
    (unread,) = await Messages(other).unpublished(before=utc_now(), limit=10)
    other.mongodb.client.close()
    assert (unread.sealed, unread.id, "http" in unread.body) == (True, unpublished.id, False)


async def test_the_longest_texts_are_remembered_however_many_were_published_together(database: Database) -> None:
    messages = Messages(Database(database.mongodb, source="intake", seal=Seal(example.SECRET)))
    longest = "\U0001f4e3" * 20_000
    unpublished = [OutboxEntry(f"m{n}", f"e{n}", "message.submitted", f"m{n}", utc_now(), longest) for n in range(200)]
    await messages.published_log.remember(unpublished)

    async def kept() -> bool:
        found = await database["announced"].find({}).to_list(None)
        return {event["id"] for together in found for event in together["events"]} == {one.id for one in unpublished}

    await eventually(kept)


async def test_what_waits_at_the_broker_comes_back_to_where_it_waited(
    installation: Installation, tmp_path: Path, broker: Broker
) -> None:
    parked, waiting = (example.sealed(example.message_submitted()) for _ in range(2))
    await broker.park(parked, "router", "RuntimeError: example")
    await broker.publish(waiting)
    backup = await installation.take(tmp_path)

    async def as_before() -> bool:
        return (await broker.count("router.parked"), await broker.count(QUEUE)) == (1, 1)

    await eventually(as_before)
    await broker.purge()

    restored = await installation.run("restore", str(backup))
    assert "3 in queues" in restored.output  # the notifier hears of it too
    again = await broker.take("router.parked")
    assert (again.message_id, again.headers[REASON]) == (parked.id, "RuntimeError: example")
    assert (await broker.take(QUEUE)).body == example.signed(waiting)
    assert (await broker.take("notifier.message.submitted")).message_id == waiting.id


async def test_parked_events_in_the_database_come_back_also_those_that_come_while_it_is_made(
    installation: Installation, tmp_path: Path, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    parked = installation.databases["router"]["parked"]
    await parked.insert_one({"_id": "before"})
    look, looks = waiting.look, 0

    async def moved_meanwhile(*arguments: Any) -> list[waiting.Waiting]:
        nonlocal looks
        looks += 1
        if looks == 2:
            with pymongo.MongoClient[Any](stack.mongodb_url, w="majority") as other:
                other[installation.names["router"]]["parked"].insert_one({"_id": "after the moment"})
        return await look(*arguments)

    monkeypatch.setattr(waiting, "look", moved_meanwhile)
    backup = await installation.take(tmp_path)
    await installation.forget()
    assert "2 documents are restored" in (await installation.run("restore", str(backup))).output
    assert {document["_id"] for document in await parked.find().to_list(None)} == {"before", "after the moment"}


async def test_a_restore_names_the_keys_that_are_missing_before_it_writes_anything(
    installation: Installation, tmp_path: Path, stack: Stack
) -> None:
    """In an outbox, in the log of published events, and where it was stored for long."""
    earlier = "an earlier secret key, which is long enough"
    intake, notifier = Messages(installation.databases["intake"]), Letters(installation.databases["notifier"])
    await added(intake, 1)
    await intake.mark_published(await intake.unpublished(before=utc_now(), limit=10))
    for service, seal in (("router", Seal(earlier)), ("notifier", Seal(example.SECRET))):
        store = Database(installation.databases[service].mongodb, source=service, seal=seal)
        if service == "router":
            await ParkedEvents(store, stack.rabbitmq_url).keep(example.parked(example.sealed(example.case_answered())))
    await notifier.add(letter := example.letter())
    await notifier.save(failed(letter, "550 no such user", example.NOW)[0])
    backup = await installation.take(tmp_path)
    await installation.forget()

    refused = await installation.run("restore", str(backup))
    assert (refused.exit_code, refused.output.count("Nothing was changed.")) == (1, 1)
    assert f"Secret keys are missing: {key_id(earlier)} of router." in refused.output
    installation.given["KLU_SEAL_KEYS"] = f"router:{key_id(earlier)}"
    refused = await installation.run("restore", str(backup))
    own = key_id(example.SECRET)
    assert f"Secret keys are missing: {own} of intake, {own} of notifier." in refused.output
    assert await intake.collection.find_one({}) is None
    installation.given["KLU_SEAL_KEYS"] += f",intake:{own},notifier:{own}"
    assert (await installation.run("restore", str(backup))).exit_code == 0


async def test_nothing_is_written_over(installation: Installation, tmp_path: Path) -> None:
    messages = Messages(installation.databases["intake"])
    await added(messages, 1)
    backup = await installation.take(tmp_path)
    refused = await installation.run("restore", str(tmp_path))
    assert (refused.exit_code, f"{messages.collection.full_name} is not empty" in refused.output) == (1, True)
    assert names(tmp_path) == [backup.name]


async def test_a_backup_of_another_version_is_refused(
    installation: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.backup.archive.FORMAT", 1)
    backup = await installation.take(tmp_path)
    monkeypatch.undo()
    for word in ("verify", "restore"):
        refused = await installation.run(word, str(backup))
        assert (refused.exit_code, "has format 1" in refused.output) == (1, True)


@pytest.mark.parametrize("at", [0.2, 0.5, 0.7])
async def test_a_damaged_backup_is_refused(installation: Installation, tmp_path: Path, at: float) -> None:
    await added(Messages(installation.databases["intake"]), 1)
    backup = await installation.take(tmp_path)
    raw = bytearray(backup.read_bytes())
    raw[int(len(raw) * at)] ^= 0xFF
    backup.write_bytes(raw)
    for word in ("verify", "restore"):
        refused = await installation.run(word, str(backup))
        assert (refused.exit_code, "Nothing was changed." in refused.output) == (1, True)
    backup.write_bytes(raw[: len(raw) // 2])
    assert (await installation.run("verify", str(backup))).exit_code == 1


async def test_as_many_are_kept_as_asked_for(installation: Installation, tmp_path: Path) -> None:
    (tmp_path / ".klu-hat-left").mkdir()
    (tmp_path / "klu-hat-20260101T000000Z.part").touch()
    for day in range(1, 5):
        (tmp_path / f"klu-hat-2026010{day}T000000Z.tar.gz").touch()
    newest = await installation.take(tmp_path, "--keep", "3")
    assert names(tmp_path) == [*(f"klu-hat-2026010{n}T000000Z.tar.gz" for n in (3, 4)), newest.name]
    assert newest.stat().st_mode & 0o077 == 0


async def test_a_store_that_is_away_is_named_and_leaves_no_half_backup(
    installation: Installation, tmp_path: Path
) -> None:
    installation.given["KLU_BACKUP_MONGODB_URL"] = "mongodb://127.0.0.1:9/?serverSelectionTimeoutMS=200"
    failed = await installation.run("take", "--folder", str(tmp_path))
    assert (failed.exit_code, "ServerSelectionTimeoutError" in failed.output) == (1, True)
    assert names(tmp_path) == []
