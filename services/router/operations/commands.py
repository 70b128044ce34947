"""Parked events: look, send again, discard. Nothing is done without ``--yes``: before, it is only shown."""

import getpass
import logging
from collections.abc import Iterable
from typing import Annotated

import typer

from services.router.cases.domain.lists import Position
from services.router.config import Settings
from services.router.operations.domain import Outcome
from services.router.operations.store import Note, ParkedEvents
from services.router.records.domain import AuditAction, audit
from services.router.records.store import AuditLog
from services.router.runtime import database, done
from shared.clock import utc_now
from shared.config import load
from shared.parked import Parked, ParkedFilter
from shared.seal import WrongKey

Which = Annotated[str, typer.Argument(help="Id of one event, as `list` shows it.")]
Service = Annotated[str, typer.Option(help="Only what this service parked.")]
Reason = Annotated[str, typer.Option(help="Only those with this in their reason.")]
All = Annotated[bool, typer.Option("--all", help="All that match, not one.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do it. Without this, it is only shown what would be done.")]
By = Annotated[str, typer.Option(help="Who does it, for the record.", default_factory=getpass.getuser)]
PAGE = 500

command = typer.Typer(help=__doc__, no_args_is_help=True)


@command.command("list")
def list_parked(service: Service = "", reason: Reason = "") -> None:
    """What is parked, the oldest first."""
    _table(done(_all(ParkedFilter(service=service, reason=reason))))


@command.command()
def show(event_id: Which, service: Service = "") -> None:
    """Everything about one event; what opens a page, such as a link, is hidden."""
    for parked in _some(ParkedFilter(service=service, event_id=event_id)):
        _table([parked])
        typer.echo(f"attempts {parked.attempts}, message {parked.correlation_id}\n{_content(parked)}")


@command.command()
def redrive(
    by: By, event_id: Which = "", service: Service = "", reason: Reason = "", every: All = False, yes: Yes = False
) -> None:
    """Send parked events to their queues again, under the same ids: what had its effect has no second one."""
    chosen = _chosen(event_id, service, reason, every)
    if not yes:
        return _preview(chosen, "sent again")
    return _tell(done(_parked_events().redrive(chosen, _note(AuditAction.REDRIVEN, by))), "sent again")


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
    return _tell(done(_parked_events().discard(chosen, _note(AuditAction.DISCARDED, by, because.strip()))), "discarded")


def _chosen(event_id: str, service: str, reason: str, every: bool) -> ParkedFilter:
    if not (event_id or reason or every):
        raise SystemExit("Please name one event, give a --reason, or say --all.")
    return ParkedFilter(service=service, event_id=event_id, reason=reason)


def _some(chosen: ParkedFilter) -> list[Parked]:
    found = done(_all(chosen))
    if not found:
        raise SystemExit("No such event is parked.")
    return found


def _preview(chosen: ParkedFilter, would_be: str) -> None:
    found = _some(chosen)
    _table(found)
    typer.echo(f"{len(found)} events would be {would_be}. Say --yes to do it.")


def _table(found: Iterable[Parked]) -> None:
    for parked in found:
        by = "  by the broker" if parked.by_broker else ""
        typer.echo(f"{parked.event_id}  {parked.since:%Y-%m-%d %H:%M:%S}Z{by}  {parked.queue}  {parked.reason}")


def _tell(outcome: Outcome, done_to_them: str) -> None:
    typer.echo(f"{outcome.gone} events were {done_to_them}.")
    if outcome.left:
        typer.echo(f"{outcome.left} are still parked: no queue wants them, or somebody else deals with them.")


def _content(parked: Parked) -> str:
    try:
        return _parked_events().message(parked).content
    except WrongKey:
        return "It was sealed with another KLU_SECRET_KEY and cannot be read."


async def _all(chosen: ParkedFilter) -> list[Parked]:
    parked_events, found, after = _parked_events(), list[Parked](), None
    while page := await parked_events.page(chosen, after=after, limit=PAGE):
        found += page
        after = Position(page[-1].since, page[-1].id)
    return found


def _parked_events() -> ParkedEvents:
    """What is wrong with the connection to RabbitMQ is said in our own words."""
    logging.getLogger("aiormq").setLevel(logging.CRITICAL)
    return ParkedEvents(database(), load(Settings).rabbitmq_url.get_secret_value())


def _note(action: AuditAction, by: str, because: str = "") -> Note:
    audit_log = AuditLog(database())

    async def note(parked: Parked) -> None:
        await audit_log.add(audit(action, parked, by=by, now=utc_now(), because=because))

    return note
