"""What an operator types: the directory and the accounts, once; parked events, when something went wrong."""

import typer

from services.router.commands import directory, parked


def commands() -> typer.Typer:
    """All of them."""
    command = typer.Typer(add_completion=False, rich_markup_mode=None)
    directory.add(command)
    command.add_typer(parked.commands(), name="parked")
    return command
