"""``python -m services.router`` serves the desk; ``--help`` lists the commands for operators."""

import typer

from services.router.accounts import commands as accounts
from services.router.app import create_app
from services.router.config import Settings
from services.router.directory import commands as directory
from services.router.operations import commands as operations
from services.router.records import commands as records
from services.router.statistics import commands as statistics
from shared.config import load
from shared.serving import prepare, serve

command = typer.Typer(add_completion=False, rich_markup_mode=None)
command.add_typer(directory.command)
command.add_typer(accounts.command)
command.add_typer(operations.command, name="parked")
command.add_typer(statistics.command, name="figures")
command.add_typer(records.command, name="audit")


@command.callback(invoke_without_command=True)
def desk(context: typer.Context) -> None:
    """Serve the desk, or run one of these commands."""
    if context.invoked_subcommand is None:
        settings = load(Settings)
        serve(create_app(settings), settings)


@command.command("prepare")
def make_ready() -> None:
    """Create indexes and queues, before a first start or an upgrade."""
    prepare(create_app(load(Settings)))


if __name__ == "__main__":
    command()
