"""Commands for the directory of units."""

from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from services.router.directory.domain.importing import Fault, TableRow, UnitImport, read_rows
from services.router.directory.domain.tables import BadTable, rows_of
from services.router.directory.forms import UnitForm
from services.router.directory.store.imports import UnitImports
from services.router.directory.store.units import Units
from services.router.runtime import database, done
from shared.refused import Refused
from shared.state import Actor
from shared.web.forms import sentence

command = typer.Typer()
COMMAND = Actor(kind="system", id="command")


@command.command()
def import_units(table: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]) -> None:
    """Import units from a CSV or XLSX file: add new ones, update known ones. Empty cells erase nothing."""
    try:
        rows = read_rows(rows_of(table.read_bytes()))
    except BadTable as bad:
        raise SystemExit(f"{table}: {bad}") from None
    typer.echo(done(_import(table, rows)))


async def _import(table: Path, rows: tuple[TableRow, ...]) -> str:
    opened = database()
    imports = UnitImports(opened, Units(opened))
    of_table = UnitImport(id=str(uuid4()), at=opened.clock(), by=COMMAND, name=table.name, rows=rows)
    planned = await imports.plan(of_table)
    if planned.wrong:
        wrong = (f"{table}, line {row.line}: {why}" for row in planned.rows for why in map(_why, row.faults))
        raise SystemExit("\n".join(wrong))
    await imports.add(of_table)
    try:
        await imports.apply(of_table, planned.digest)
    except Refused as refused:
        raise SystemExit(f"{table}: {refused}") from None
    return f"{len(planned.rows)} units are in the directory."


def _why(fault: Fault) -> str:
    """In English, as the page says it."""
    said = fault.sentence or sentence(UnitForm.model_fields.get(fault.column), fault.error)
    return f"{fault.column}: {said.format(**fault.error.get('ctx', {}))}"
