"""Parked events: look, send again, discard. Nothing is done without ``--yes``: before, it is only shown."""

import getpass
from collections.abc import Iterable
from typing import Annotated

import typer

from services.router.records.domain import AuditAction, audit
from services.router.records.store import AuditLog
from services.router.runtime import database, done, parking_lot
from shared.broker.parking import Note
from shared.clock import utc_now
from shared.parked import Parked, ParkedFilter

Which = Annotated[str, typer.Argument(help="Id of one event, as `list` shows it.")]
Service = Annotated[str, typer.Option(help="Only what this service parked.")]
Reason = Annotated[str, typer.Option(help="Only those with this in their reason.")]
All = Annotated[bool, typer.Option("--all", help="All that match, not one.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without this, it is only shown what would be done.")]
By = Annotated[str, typer.Option(help="Who does it, for the record.", default_factory=getpass.getuser)]


command = typer.Typer(help=__doc__, no_args_is_help=True)


@command.command("list")
def list_parked(service: Service = "", reason: Reason = "") -> None:
    """What is parked, the oldest first."""
    _table(done(parking_lot().look(ParkedFilter(service=service, reason=reason))))


@command.command()
def show(event_id: Which, service: Service = "") -> None:
    """Everything about one event; what opens a page, such as a link, is hidden."""
    for parked in _some(ParkedFilter(service=service, event_id=event_id)):
        _table([parked])
        typer.echo(f"attempts {parked.attempts}, message {parked.correlation_id}\n{parked.content}")


@command.command()
def redrive(
    by: By, event_id: Which = "", service: Service = "", reason: Reason = "", every: All = False, yes: Yes = False
) -> None:
    """Send parked events to their queues again, under the same ids: what had its effect has no second one."""
    chosen = _chosen(event_id, service, reason, every)
    if not yes:
        return _preview(chosen, "sent again")
    gone = done(parking_lot().redrive(chosen, _note(AuditAction.REDRIVEN, by)))
    return typer.echo(f"{len(gone)} events were sent again.")


@command.command()
def discard(
    because: Annotated[str, typer.Option(help="Why they are not needed, for the record.")],
    by: By,
    event_id: Which = "",
    service: Service = "",
    reason: Reason = "",
    every: All = False,
    yes: Yes = False,
) -> None:
    """Throw parked events away."""
    chosen = _chosen(event_id, service, reason, every)
    if not because.strip():
        raise SystemExit("Please say with --because why these events are not needed.")
    if not yes:
        return _preview(chosen, "discarded")
    gone = done(parking_lot().discard(chosen, _note(AuditAction.DISCARDED, by, because.strip())))
    return typer.echo(f"{len(gone)} events were discarded.")


def _chosen(event_id: str, service: str, reason: str, every: bool) -> ParkedFilter:
    if not (event_id or reason or every):
        raise SystemExit("Please name one event, give a --reason, or say --all.")
    return ParkedFilter(service=service, event_id=event_id, reason=reason)


def _some(chosen: ParkedFilter) -> list[Parked]:
    found = done(parking_lot().look(chosen))
    if not found:
        raise SystemExit("No such event is parked.")
    return found


def _preview(chosen: ParkedFilter, would_be: str) -> None:
    found = _some(chosen)
    _table(found)
    typer.echo(f"{len(found)} events would be {would_be}. Say --yes to do it.")


def _table(found: Iterable[Parked]) -> None:
    for parked in found:
        since = f"{parked.at:%Y-%m-%d %H:%M:%S}Z" if parked.at else "by the broker"
        typer.echo(f"{parked.event_id}  {since}  {parked.queue}  {parked.reason}")


def _note(action: AuditAction, by: str, because: str = "") -> Note:
    audit_log = AuditLog(database())

    async def note(parked: Parked) -> None:
        await audit_log.add(audit(action, parked, by=by, now=utc_now(), because=because))

    return note
