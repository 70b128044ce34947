"""``python -m shared.backup take``, ``verify`` or ``restore``."""

import asyncio
import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from aio_pika.exceptions import AMQPException
from pymongo.errors import PyMongoError

from shared import backup
from shared.backup import archive, databases, files, waiting
from shared.backup.config import Settings
from shared.clock import utc_now
from shared.config import load
from shared.outbox import ANNOUNCED
from shared.parked import PARKED

command = typer.Typer(add_completion=False, rich_markup_mode=None, no_args_is_help=True, help=backup.__doc__)
File = Annotated[Path, typer.Argument(help="The backup, or a folder: its newest.", exists=True)]


@command.command()
def take(
    folder: Annotated[Path, typer.Option(help="Where backups are kept.", exists=True, file_okay=False)],
    keep: Annotated[int, typer.Option(help="How many are kept there; older ones are deleted.", min=1)] = 14,
) -> None:
    """Make a backup while everything runs."""
    settings, at = load(Settings), utc_now()
    mongodb, rabbitmq = settings.backup_mongodb_url.get_secret_value(), settings.backup_rabbitmq_url.get_secret_value()
    archive.sweep(folder)
    with explained(), TemporaryDirectory(dir=folder, prefix=archive.UNFINISHED) as here:
        before = asyncio.run(waiting.look(rabbitmq, settings.retry_delays))
        databases.dump(mongodb, settings.databases, Path(here))
        after = asyncio.run(waiting.look(rabbitmq, settings.retry_delays))
        # A parked event that the router moved after that moment and before this look is in neither.
        databases.dump_added(mongodb, settings.router_database, PARKED, Path(here))
        (Path(here) / archive.WAITING).write_text(json.dumps(waiting.union(before, after)))
        heads = [(database, file) for database, name, file in archive.dumps(Path(here)) if name == files.HEADS]
        made = archive.pack(Path(here), folder, taken_at=at, files=files.copy(mongodb, heads, folder))
    for old in archive.prune(folder, keep=keep):
        typer.echo(f"{old} was deleted.")
    with suppress(archive.NotWhole):  # whoever cannot read a backup does not know which files it needs
        files.prune(folder, archive.files_of(folder.glob(archive.PATTERN)))
    typer.echo(f"{made}")


@command.command()
def verify(file: File) -> None:
    """Check that a backup is complete, and print its time."""
    with explained():
        manifest = archive.verify(file := archive.newest(file))
        files.verify(file.parent, manifest.get("files", ()))
        taken_at = datetime.fromisoformat(manifest["taken_at"])
    typer.echo(f"{file} is complete, taken at {taken_at:%Y-%m-%d %H:%M:%S}Z.")


@command.command()
def restore(file: File) -> None:
    """Restore a backup into an empty system whose services are stopped."""
    settings = load(Settings)
    mongodb, rabbitmq = settings.backup_mongodb_url.get_secret_value(), settings.backup_rabbitmq_url.get_secret_value()
    with explained(), TemporaryDirectory(dir=file if file.is_dir() else file.parent, prefix=archive.UNFINISHED) as here:
        found = archive.Unpacked(archive.newest(file), Path(here))
        beside = archive.newest(file).parent
        files.verify(beside, found.files)
        remembered = [(database, file) for database, name, file in found.collections if name == ANNOUNCED]
        heads = [(database, file) for database, name, file in found.collections if name == files.HEADS]
        collections = [which for which in found.collections if which[1] not in (ANNOUNCED, files.HEADS)]
        services = settings.services
        databases.require_keys(
            ((services.get(database, database), file) for database, _, file in found.collections), settings.seal_keys
        )
        contents = [(database, name) for database, _ in heads for name in (files.HEADS, files.BLOCKS)]
        databases.require_empty(mongodb, [*((database, name) for database, name, _ in collections), *contents])
        kept = sum(files.put_back(mongodb, database, file, beside, found.files) for database, file in heads)
        documents = sum(databases.load(mongodb, *which) for which in collections)
        unpublished = sum(databases.owe_again(mongodb, *which) for which in remembered)
        events = asyncio.run(waiting.put_back(rabbitmq, settings.retry_delays, found.waiting))
    typer.echo(
        f"{documents} documents are restored; {unpublished} events are in their outboxes again, {events} in queues. "
        f"{kept} files are back."
    )


@contextmanager
def explained() -> Iterator[None]:
    """Exit with a message instead of a traceback."""
    try:
        yield
    except (archive.NotWhole, databases.NotEmpty, databases.MissingKeys) as error:
        raise SystemExit(f"{error}. Nothing was changed.") from None
    except (PyMongoError, AMQPException, OSError) as error:
        raise SystemExit(f"{type(error).__name__}: {error}") from None


if __name__ == "__main__":
    command()
