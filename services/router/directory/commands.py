"""Units and accounts."""

import sys
from pathlib import Path
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from services.router.accounts.domain import Role, User, hash_password
from services.router.accounts.store import Users
from services.router.directory.domain import BadTable, units_from_csv
from services.router.directory.store import Units
from services.router.runtime import database, done
from shared.text import Email


def address(value: str) -> str:
    """The log-in name that goes with an e-mail address; typer tells the operator when it is none."""
    try:
        checked: str = TypeAdapter(Email).validate_python(value)
    except ValidationError:
        raise typer.BadParameter("this is not an e-mail address.") from None
    return checked.lower()


def add(command: typer.Typer) -> None:
    """``import-units`` and ``add-user``."""

    @command.command()
    def import_units(table: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True)]) -> None:
        """Take a CSV file into the directory of units; known units are brought up to date."""
        try:
            units = units_from_csv(table.read_text(encoding="utf-8"))
        except UnicodeDecodeError:
            raise SystemExit(f"{table} is not encoded in UTF-8; please save it so.") from None
        except BadTable as bad:
            raise SystemExit(f"{table}, line {bad.line}: {bad}") from None
        count = done(Units(database()).put(units))
        typer.echo(f"{count} units are in the directory.")

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
        done(Users(database()).put(user))
        typer.echo(f"{user.id} may log in as {role}.")
