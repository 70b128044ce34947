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
from services.router.accounts.store.first import FirstLinks
from services.router.directory.store import Units
from services.router.operations.store import ParkedEvents
from services.router.records.domain import AuditAction
from services.router.records.store import AuditLog
from shared import documents
from shared.clock import utc_now
from shared.documents import Database, connect
from shared.parked import ParkedFilter
from tests import examples as example
from tests.conftest import Broker
from tests.router.desk import park, parked_events
from tests.stack import Stack

DEAD_BROKER = "amqp://127.0.0.1:9/klu"
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
        **{f"KLU_{name.upper()}": value for name, value in example.keys("router").items()},
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
        (TABLE + "BAD!,,other,a,b,c@d.example\n", "units.csv, line 3: code: A code has lower-case letters"),
        (TABLE.encode() + b"\x81", "units.csv: The letters of this file cannot be read."),
        (None, "nowhere.csv' does not exist"),
    ],
    ids=["bad line", "no letters", "no such file"],
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
        (OFFICER, "short\n", "Invalid password: The password must have at least 12 characters."),
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


async def test_a_link_for_the_first_administrator_is_printed_while_there_is_no_account(
    run: Run, database: Database
) -> None:
    done = await run("first-link")
    assert done.exit_code == 0, done.stderr
    secret = done.stdout.strip().removeprefix("http://127.0.0.1:8002/first/")
    assert await FirstLinks(database).opens(secret, utc_now())
    await Accounts(database).put(example.account())
    assert (await run("first-link")).stdout == ""


async def test_an_incomplete_environment_is_named(run: Run, tmp_path: Path) -> None:
    done = await run("import-units", written(tmp_path, TABLE), KLU_SECRET_KEY="short", KLU_MONGODB_URL="")
    assert refusal(done) == 1
    assert "KLU_SECRET_KEY: Value should have at least 32" in done.output
    assert "KLU_MONGODB_URL: Field required" in done.output


@pytest.fixture
def store(database: Database, stack: Stack) -> ParkedEvents:
    """What the commands of this test see."""
    return parked_events(database, stack)


async def test_parked_events_are_listed_and_shown_without_the_broker(run: Run, store: ParkedEvents) -> None:
    (event,) = await park(store)
    done = await run("parked", "list", KLU_RABBITMQ_URL=DEAD_BROKER)
    assert (done.exit_code, done.stderr) == (0, "")
    assert f"{event.id}  2026-11-23 09:30:00Z  router.message.submitted  RuntimeError: example" in done.stdout
    assert '"kind": "complaint"' in (await run("parked", "show", event.id, KLU_RABBITMQ_URL=DEAD_BROKER)).stdout
    assert (await run("parked", "list", "--service", "notifier")).stdout == ""


async def test_nothing_is_sent_again_before_the_operator_says_yes(
    run: Run, broker: Broker, database: Database, store: ParkedEvents
) -> None:
    (event,), _ = await park(store), await park(store, reason="KeyError: other")
    shown = await run("parked", "redrive", event.id)
    assert (shown.exit_code, "1 events would be sent again." in shown.stdout) == (0, True)
    assert (await store.count(ParkedFilter()), await AuditLog(database).newest()) == (2, [])

    done = await run("parked", "redrive", event.id, "--by", "operator", "--yes")
    assert (done.exit_code, done.stdout) == (0, "1 events were sent again.\n"), done.stderr
    assert (await broker.take("router.message.submitted")).message_id == event.id
    (entry,) = await AuditLog(database).newest()
    assert (entry.deed, entry.event_id, entry.by) == (AuditAction.REDRIVEN, event.id, "operator")


async def test_parked_events_are_sent_again_by_cause_or_all_together(
    run: Run, broker: Broker, store: ParkedEvents
) -> None:
    for reason in ("RuntimeError: mended", "RuntimeError: mended", "KeyError: other"):
        await park(store, reason=reason)
    assert (await run("parked", "redrive", "--reason", "mended", "--yes")).stdout == "2 events were sent again.\n"
    assert (await run("parked", "redrive", "--all", "--yes")).stdout == "1 events were sent again.\n"
    assert await broker.count("router.message.submitted") == 3


async def test_what_was_not_sent_again_is_told(run: Run, broker: Broker, store: ParkedEvents) -> None:
    await park(store, queue="router.no.such.event")
    done = await run("parked", "redrive", "--all", "--yes")
    assert "0 events were sent again.\n1 are still parked: " in done.stdout


async def test_a_discarded_event_leaves_an_entry_with_its_reason(
    run: Run, database: Database, store: ParkedEvents
) -> None:
    (event,) = await park(store)
    discard = ["parked", "discard", event.id, "--because", "a test message"]
    assert "1 events would be discarded" in (await run(*discard)).stdout
    assert await store.count(ParkedFilter()) == 1
    assert (await run(*discard, "--yes", KLU_RABBITMQ_URL=DEAD_BROKER)).stdout == "1 events were discarded.\n"
    (entry,) = await AuditLog(database).newest()
    assert (entry.deed, entry.because, await store.count(ParkedFilter())) == (
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
async def test_a_command_that_cannot_be_done_says_why(run: Run, arguments: list[str], said: str) -> None:
    done = await run("parked", *arguments)
    assert refusal(done) != 0
    assert said in done.output


async def test_a_broker_that_is_away_is_named(run: Run, store: ParkedEvents) -> None:
    await park(store)
    done = await run("parked", "redrive", "--all", "--yes", KLU_RABBITMQ_URL=DEAD_BROKER)
    assert (refusal(done), done.output) == (1, "RabbitMQ does not answer; please check KLU_RABBITMQ_URL.\n")
    assert await store.count(ParkedFilter()) == 1
