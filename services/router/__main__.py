"""Run the router: ``python -m services.router``; and what an operator does once: units and accounts."""

import asyncio
import sys
from collections.abc import Awaitable
from pathlib import Path
from typing import Annotated, TypeVar

import typer
from pydantic import TypeAdapter, ValidationError

from services.router.app import create_app
from services.router.config import Settings
from services.router.domain.units import BadTable, units_from_csv
from services.router.domain.users import Role, User, hash_password
from services.router.store import Units, Users
from shared.config import load
from shared.documents import AWAY, Database, connect
from shared.service import run
from shared.text import Email

T = TypeVar("T")
command = typer.Typer(add_completion=False, help=__doc__)


@command.callback(invoke_without_command=True)
def serve(context: typer.Context) -> None:
    """Serve the desk."""
    if context.invoked_subcommand is None:
        settings = load(Settings)
        run(create_app(settings), settings)


@command.command()
def import_units(table: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]) -> None:
    """Take a CSV file into the directory of units; known units are brought up to date."""
    try:
        units = units_from_csv(table.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise SystemExit(f"{table} is not encoded in UTF-8; please save it so.") from None
    except BadTable as bad:
        raise SystemExit(f"{table}, line {bad.line}: {bad}") from None
    count = asyncio.run(_done(Units(_database()).put(units)))
    typer.echo(f"{count} units are in the directory.")


def address(value: str) -> str:
    """The log-in name that goes with an e-mail address; typer tells the operator when it is none."""
    try:
        checked: str = TypeAdapter(Email).validate_python(value)
    except ValidationError:
        raise typer.BadParameter("this is not an e-mail address.") from None
    return checked.lower()


@command.command()
def add_user(
    email: Annotated[str, typer.Option(help="The address is the log-in name.", callback=address)],
    name: Annotated[str, typer.Option(help="As colleagues know them.")],
    role: Annotated[Role, typer.Option(help="What they may do.")] = Role.OFFICER,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Add an account to the desk, or replace the one with the same address."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else typer.prompt("Password", hide_input=True)
    try:
        hashed = hash_password(password)
    except ValueError as error:
        raise SystemExit(f"This password will not do: {error}.") from None
    user = User(id=email, name=name, role=role, password_hash=hashed)
    asyncio.run(_done(Users(_database()).put(user)))
    typer.echo(f"{user.id} may log in as {role}.")


def _database() -> Database:
    settings = load(Settings)
    return connect(settings.mongodb_url.get_secret_value(), settings.mongodb_database)


async def _done(work: Awaitable[T]) -> T:
    try:
        return await work
    except AWAY:
        raise SystemExit("MongoDB does not answer; please check KLU_MONGODB_URL.") from None


if __name__ == "__main__":
    command()
