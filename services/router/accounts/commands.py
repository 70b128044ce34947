"""Commands for accounts."""

import sys
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from services.router.access import Role
from services.router.accounts.domain import Account, hash_password, new_account, replace_account
from services.router.accounts.store import Accounts
from services.router.runtime import database, done
from shared.clock import utc_now
from shared.text import Email

command = typer.Typer()


def address(value: str) -> str:
    """The log-in name: a valid e-mail address in lower case. Raises BadParameter."""
    try:
        checked: str = TypeAdapter(Email).validate_python(value)
    except ValidationError:
        raise typer.BadParameter("this is not an e-mail address.") from None
    return checked.lower()


@command.command()
def add_user(
    email: Annotated[str, typer.Option(help="E-mail address, the log-in name.", callback=address)],
    name: Annotated[str, typer.Option(help="Name, as the desk shows it.")],
    role: Annotated[Role, typer.Option(help="Role; it decides what they may do.")] = Role.OFFICER,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Add an account, or replace the one with this address and end its sessions."""
    password = sys.stdin.readline().rstrip("\n") if password_stdin else typer.prompt("Password", hide_input=True)
    try:
        hashed = hash_password(password)
    except ValueError as error:
        raise SystemExit(f"Invalid password: {error}.") from None
    account = done(_put(email, name, role, hashed))
    typer.echo(f"{account.email} may log in as {role}.")


async def _put(email: str, name: str, role: Role, password_hash: str) -> Account:
    accounts = Accounts(database())
    found = await accounts.by_email(email)
    if found is None:
        return await accounts.put(new_account(email=email, name=name, role=role, password_hash=password_hash))
    changed = replace_account(found, name=name, role=role, password_hash=password_hash, now=utc_now())
    return await accounts.put(changed)
