"""Commands for the directory of units."""

from pathlib import Path
from typing import Annotated

import typer

from services.router.directory.domain import BadTable, units_from_csv
from services.router.directory.store import Units
from services.router.runtime import database, done
from shared.state import Actor

command = typer.Typer()
COMMAND = Actor(kind="system", id="command")


@command.command()
def import_units(table: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]) -> None:
    """Import units from a CSV file: add new ones, update known ones."""
    try:
        units = units_from_csv(table.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise SystemExit(f"{table} is not encoded in UTF-8; please save it as UTF-8.") from None
    except BadTable as bad:
        raise SystemExit(f"{table}, line {bad.line}: {bad}") from None
    count = done(Units(database()).put(units, by=COMMAND))
    typer.echo(f"{count} units are in the directory.")
