"""Commands for accounts."""

import sys
from collections.abc import Callable
from datetime import datetime
from typing import Annotated

import typer
from pydantic import TypeAdapter, ValidationError

from services.router.access import Role
from services.router.accounts.domain import (
    COMMAND,
    Account,
    disable_account,
    enable_account,
    hash_password,
    new_account,
    replace_account,
)
from services.router.accounts.domain.changes import drawn
from services.router.accounts.domain.passwords import WeakPassword, check_password
from services.router.accounts.store import Accounts
from services.router.accounts.store.first import FirstLinks
from services.router.config import Settings
from services.router.runtime import database, done
from shared.clock import utc_now
from shared.config import load
from shared.events import RouterAudited, done_by
from shared.text import Email

command = typer.Typer()
Change = Callable[[Account, datetime], tuple[Account, RouterAudited]]


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
        check_password(password, own=(name, email))
    except WeakPassword as weak:
        raise SystemExit(f"Invalid password: {weak}") from None
    hashed = hash_password(password)
    account = done(_put(email, name, role, hashed))
    typer.echo(f"{account.email} may log in as {role}.")


Login = Annotated[str, typer.Argument(help="E-mail address, the log-in name.", callback=address)]


@command.command()
def disable_user(email: Login) -> None:
    """Close an account: nobody can sign in to it, and its sessions end at once."""
    account = done(_change(email, disable_account))
    typer.echo(f"{account.email} may not log in any more; the sessions have ended.")


@command.command()
def enable_user(email: Login) -> None:
    """Open a disabled account again, with the password it had."""
    account = done(_change(email, enable_account))
    typer.echo(f"{account.email} may log in again as {account.role}.")


@command.command()
def first_link() -> None:
    """Print a one-time link that makes the first administrator; nothing when there is an account."""
    if link := done(_first_link()):
        typer.echo(link)


async def _first_link() -> str:
    stored, base = database(), load(Settings).router_url.rstrip("/")
    if await Accounts(stored).exist():
        return ""
    link = drawn(f"{base}/first/")
    await FirstLinks(stored).keep(link.secret, utc_now())
    return link.url


async def _change(email: str, change: Change) -> Account:
    accounts = Accounts(database())
    found = await accounts.by_email(email)
    if found is None:
        raise SystemExit(f"There is no account {email}.")
    account, audited = change(found, utc_now())
    return await accounts.put(account, announcing=done_by(COMMAND, audited))


async def _put(email: str, name: str, role: Role, password_hash: str) -> Account:
    accounts = Accounts(database())
    found = await accounts.by_email(email)
    if found is None:
        account, audited = new_account(email=email, name=name, role=role, password_hash=password_hash, now=utc_now())
    else:
        account, audited = replace_account(found, name=name, role=role, password_hash=password_hash, now=utc_now())
    return await accounts.put(account, announcing=done_by(COMMAND, audited))
