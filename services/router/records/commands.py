"""The audit record: check that nothing of it was changed, and write its end outside."""

from pathlib import Path
from typing import Annotated

import typer

from services.router.cases.store.cases import Cases
from services.router.config import Settings
from services.router.records.domain.chain import Anchor, Broken
from services.router.records.store.anchors import Anchors, WrongAnchor, signed_anchor
from services.router.records.store.chain import Chain
from services.router.records.store.orders import Orders
from services.router.runtime import database, done
from shared.clock import utc_now
from shared.config import load
from shared.destruction import DestructionLog, NoDestructionLog
from shared.signing import Signer

Folder = Annotated[Path | None, typer.Option("--anchors", help="The folder; without it, that of KLU_AUDIT_ANCHORS.")]

command = typer.Typer(help=__doc__, no_args_is_help=True)


@command.command()
def verify(anchors: Folder = None) -> None:
    """Walk the whole chain, with the key and the anchors; names the first entry that is wrong or missing.

    Then compare the destruction log with the orders that were given.
    """
    known = _anchors(anchors)
    try:
        walked = done(_chain().verify(known))
    except Broken as broken:
        raise SystemExit(f"The audit record is not what was written: {broken}.") from None
    typer.echo(f"{walked.number} entries and {len(known)} anchors fit together.")
    if not known:
        typer.echo("There is no anchor: what was cut off at the end cannot be missed.")
    if path := load(Settings).destruction_log:
        try:
            lines = done(Orders(database(), Cases(database()), DestructionLog(path)).logged())
        except NoDestructionLog as wrong:
            raise SystemExit(f"The destruction log is not what was written: {wrong}.") from None
        typer.echo(f"The destruction log has {len(lines)} orders, and lacks none that was given.")


@command.command()
def anchor(anchors: Folder = None) -> None:
    """Write the end of the chain, signed, to the folder; without one, to the screen: to be kept elsewhere."""
    settings, now = load(Settings), utc_now()
    head = done(_chain().head())
    if head is None:
        raise SystemExit("The audit record is empty.")
    line = signed_anchor(head, Signer(settings.signing_key.get_secret_value()), now)
    folder = anchors or settings.audit_anchors
    if folder is None:
        typer.echo(line)
    else:
        done(Anchors(folder, settings.verify_keys).add(line, now))
        typer.echo(f"Entry {head.number} is anchored in {folder}.")


def _chain() -> Chain:
    return Chain(database(), *load(Settings).audit_keys)


def _anchors(folder: Path | None) -> list[Anchor]:
    settings = load(Settings)
    folder = folder or settings.audit_anchors
    try:
        return done(Anchors(folder, settings.verify_keys).all()) if folder else []
    except WrongAnchor as error:
        raise SystemExit(f"An anchor is not what the router has written: {error}.") from None
