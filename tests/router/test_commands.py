"""What an operator types: units and accounts, and parked events."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from scripts.local.config import ROOT
from services.router.__main__ import command
from services.router.accounts.domain import password_matches
from services.router.accounts.store import Accounts
from services.router.directory.store import Units
from services.router.records.domain import AuditAction
from services.router.records.store import AuditLog
from shared import documents
from shared.documents import Database, connect
from tests import examples as example
from tests.conftest import Broker
from tests.stack import Stack

Run = Callable[..., Awaitable[Result]]
TABLE = "code,parent,kind,name_tr,name_en,email\nsks,,other,Sağlık Kültür ve Spor,Health and Sport,sks@klu.example\n"
OFFICER = ["add-user", "--email", "Gorevli@KLU.example", "--name", "Ayşe Yılmaz", "--password-stdin"]


@pytest.fixture
def environment(stack: Stack, database: Database) -> dict[str, str]:
    """What an operator has set."""
    return {
        "KLU_MONGODB_URL": stack.mongodb_url,
        "KLU_RABBITMQ_URL": stack.rabbitmq_url,
        "KLU_SECRET_KEY": example.SECRET,
        "KLU_ROUTER_DATABASE": database.mongodb.name,
        "COLUMNS": "200",
    }


@pytest.fixture
def run(environment: dict[str, str], connections: None) -> Run:
    """Does what ``python -m services.router`` does; in a thread, because a command has an event loop of its own."""

    def ran(*arguments: str, submitted: str = "", **different: str) -> Awaitable[Result]:
        runner = CliRunner(env=environment | different)
        return asyncio.to_thread(runner.invoke, command, list(arguments), input=submitted)

    return ran


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Those of a command end with its program; here with the test."""
    opened: list[Any] = []

    def remembered(*given: Any) -> Any:
        opened.append(connect(*given))
        return opened[-1]

    monkeypatch.setattr(documents, "connect", remembered)
    yield
    for one in opened:
        one.client.close()


def refusal(done: Result) -> int:
    """The exit status of a command that was not done, and said why instead of failing."""
    assert isinstance(done.exception, SystemExit)
    return done.exit_code


def written(folder: Path, content: str | bytes) -> str:
    file = folder / "units.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(file)


async def test_units_are_imported_twice_and_are_there_once(run: Run, database: Database, tmp_path: Path) -> None:
    for _ in range(2):
        done = await run("import-units", written(tmp_path, TABLE))
        assert (done.exit_code, done.stdout, done.stderr) == (0, "1 units are in the directory.\n", "")
    assert [unit.name_tr for unit in await Units(database).all()] == ["Sağlık Kültür ve Spor"]


async def test_the_units_of_the_demonstration_can_be_imported(run: Run, database: Database) -> None:
    done = await run("import-units", "scripts/local/units.csv")
    assert done.exit_code == 0, done.stderr
    assert len(await Units(database).all()) >= 25


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TABLE + "BAD,,other,a,b,c@d.example\n", "units.csv, line 3: This line is not valid"),
        (TABLE.encode("cp1254"), "units.csv is not encoded in UTF-8"),
        (None, "nowhere.csv' does not exist"),
    ],
    ids=["bad line", "not UTF-8", "no such file"],
)
async def test_a_bad_table_is_explained_in_a_sentence_and_nothing_is_imported(
    run: Run, database: Database, tmp_path: Path, content: str | bytes | None, said: str
) -> None:
    done = await run("import-units", str(tmp_path / "nowhere.csv") if content is None else written(tmp_path, content))
    assert refusal(done) != 0
    assert said in done.output
    assert await Units(database).all() == []


async def test_an_account_can_be_added_and_replaced(run: Run, database: Database) -> None:
    done = await run(*OFFICER, submitted="the first password\n")
    assert (done.exit_code, done.stdout) == (0, "gorevli@klu.example may log in as officer.\n"), done.stderr
    done = await run(*OFFICER, "--role", "admin", submitted="the second password\n")
    assert done.exit_code == 0, done.stderr
    account = await Accounts(database).by_email("gorevli@klu.example")
    assert account
    assert (account.name, account.role, await database["accounts"].count_documents({})) == ("Ayşe Yılmaz", "admin", 1)
    assert password_matches(account, "the second password")
    assert not password_matches(account, "the first password")
    assert "password" not in str(account.password_hash)


@pytest.mark.parametrize(
    ("arguments", "submitted", "said"),
    [
        (OFFICER, "short\n", "This password will not do: a password has at least 12 characters."),
        ([*OFFICER, "--role", "king"], "long enough for all\n", "king"),
        ([*OFFICER, "--email", "nobody"], "long enough for all\n", "this is not an e-mail address"),
    ],
    ids=["short password", "unknown role", "no address"],
)
async def test_a_bad_account_is_explained_in_a_sentence_and_not_made(
    run: Run, database: Database, arguments: list[str], submitted: str, said: str
) -> None:
    done = await run(*arguments, submitted=submitted)
    assert refusal(done) != 0
    assert said in done.output
    assert await database["accounts"].count_documents({}) == 0


def test_a_database_that_is_away_is_named_by_the_real_program(environment: dict[str, str], tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "services.router", "import-units", written(tmp_path, TABLE)],
        env={"PATH": os.environ["PATH"], **environment, "KLU_MONGODB_URL": "mongodb://127.0.0.1:9/"},
        cwd=ROOT,
        text=True,
        capture_output=True,
        check=False,
    )
    said = "MongoDB does not answer; please check KLU_MONGODB_URL.\n"
    assert (done.returncode, done.stdout, done.stderr) == (1, "", said)


async def test_an_incomplete_environment_is_named(run: Run, tmp_path: Path) -> None:
    done = await run("import-units", written(tmp_path, TABLE), KLU_SECRET_KEY="short", KLU_MONGODB_URL="")
    assert refusal(done) == 1
    assert "KLU_SECRET_KEY: Value should have at least 32" in done.output
    assert "KLU_MONGODB_URL: Field required" in done.output


async def parked(broker: Broker, reason: str = "RuntimeError: example") -> str:
    event = example.sealed(example.message_submitted())
    await broker.park(event, "router", reason)
    return event.id


async def test_parked_events_are_listed_and_shown(run: Run, broker: Broker) -> None:
    event_id = await parked(broker)
    done = await run("parked", "list")
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"{event_id}  2026-11-23 09:30:00Z  router.message.submitted  RuntimeError: example" in done.stdout
    assert '"kind": "complaint"' in (await run("parked", "show", event_id)).stdout
    assert (await run("parked", "list", "--service", "notifier")).stdout == ""


async def test_nothing_is_sent_again_before_the_operator_says_yes(run: Run, broker: Broker, database: Database) -> None:
    event_id, _ = await parked(broker), await parked(broker, "KeyError: other")
    shown = await run("parked", "redrive", event_id)
    assert (shown.exit_code, "1 events would be sent again." in shown.stdout) == (0, True)
    assert (await broker.count("router.parked"), await AuditLog(database).newest()) == (2, [])

    done = await run("parked", "redrive", event_id, "--by", "operator", "--yes")
    assert (done.exit_code, done.stdout) == (0, "1 events were sent again.\n"), done.stderr
    assert (await broker.take("router.message.submitted")).message_id == event_id
    (entry,) = await AuditLog(database).newest()
    assert (entry.deed, entry.event_id, entry.by) == (AuditAction.REDRIVEN, event_id, "operator")


async def test_parked_events_are_sent_again_by_cause_or_all_together(run: Run, broker: Broker) -> None:
    for reason in ("RuntimeError: mended", "RuntimeError: mended", "KeyError: other"):
        await parked(broker, reason)
    assert (await run("parked", "redrive", "--reason", "mended", "--yes")).stdout == "2 events were sent again.\n"
    assert (await run("parked", "redrive", "--all", "--yes")).stdout == "1 events were sent again.\n"
    assert await broker.count("router.message.submitted") == 3


async def test_a_discarded_event_leaves_an_entry_with_its_reason(run: Run, broker: Broker, database: Database) -> None:
    event_id = await parked(broker)
    discard = ["parked", "discard", event_id, "--because", "a test message"]
    assert "1 events would be discarded" in (await run(*discard)).stdout
    assert await broker.count("router.parked") == 1
    assert (await run(*discard, "--yes")).stdout == "1 events were discarded.\n"
    (entry,) = await AuditLog(database).newest()
    assert (entry.deed, entry.because, await broker.count("router.parked")) == (
        AuditAction.DISCARDED,
        "a test message",
        0,
    )
    assert entry.by


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["redrive"], "Please name one event, give a --reason, or say --all."),
        (["discard", "--all", "--because", " "], "Please say with --because why these events are not needed."),
        (["discard", "--all"], "Missing option '--because'"),
        (["show", "nobody"], "No such event is parked."),
        (["redrive", "nobody"], "No such event is parked."),
    ],
    ids=["nothing chosen", "blank reason", "no reason", "shows nobody", "drives nobody"],
)
async def test_a_command_that_cannot_be_done_says_why(
    run: Run, broker: Broker, arguments: list[str], said: str
) -> None:
    done = await run("parked", *arguments)
    assert refusal(done) != 0
    assert said in done.output


async def test_a_broker_that_is_away_is_named(run: Run) -> None:
    done = await run("parked", "list", KLU_RABBITMQ_URL="amqp://127.0.0.1:9/klu")
    assert (refusal(done), done.output) == (1, "RabbitMQ does not answer; please check KLU_RABBITMQ_URL.\n")
