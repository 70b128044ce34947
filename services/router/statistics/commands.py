"""The figures, counted again from the cases."""

from zoneinfo import ZoneInfo

import typer

from services.router.cases.store.cases import Cases
from services.router.config import Settings
from services.router.deadlines.store import CalendarStore, CurrentDeadlines
from services.router.directory.store import Units
from services.router.runtime import database, done
from services.router.statistics.store.keeping import KeptFigures
from services.router.statistics.store.months import Months
from services.router.statistics.store.rows import Counted, FigureRows, secrets_of
from services.router.texts.store import InstitutionStore
from shared.config import load

command = typer.Typer(help=__doc__, no_args_is_help=True)


@command.callback()
def figures() -> None:
    """Without this, the only command would be run by the name of the group."""


@command.command("recount")
def recount() -> None:
    """Make every row from its case, add all months up, and say what differed. Rows of erased cases stay."""
    found = done(_recount())
    typer.echo(f"{found.cases} cases: {found.missing} rows were missing, {found.different} differed, both are mended.")
    if left := found.rows - found.cases + found.unreadable:
        typer.echo(f"{left} rows are of cases that were erased; they stay.")
    if found.unreadable:
        typer.echo(f"{found.unreadable} cases are of a newer version and were left out.")


async def _recount() -> Counted:
    of_router, settings = database(), load(Settings)
    institutions, calendars = InstitutionStore(of_router), CalendarStore(of_router)
    await institutions.refresh()
    await calendars.refresh()
    cases, units = Cases(of_router), Units(of_router)
    months = Months(of_router, units)
    deadlines = CurrentDeadlines(settings, institutions, calendars)
    rows = FigureRows(cases, months, deadlines, secrets_of(settings))
    return await KeptFigures(rows, months, cases, units, ZoneInfo(settings.timezone)).count_all()
