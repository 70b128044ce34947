"""What each subject of the desk gives to the application, and what all of them are made with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from zoneinfo import ZoneInfo

from services.router.config import Settings
from shared.audit import COUNT_SECONDS, SWEEP_SECONDS, AuditRecords
from shared.documents import Database
from shared.events import RouterAudited
from shared.printing import Printer
from shared.service import Job, every
from shared.signing import Signer
from shared.telemetry import Telemetry
from shared.tracing.collector import tracing
from shared.watch import Count, Measure

HERE = Path(__file__).parent
"""The folder with the catalogue and the templates of the desk."""


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What one subject gives: ``provided`` to pages, by class; ``handlers``: objects with methods ``on_<event>``.

    The others are those of ``shared.service.ServiceParts``. A subject's own class also names what later subjects need.
    """

    provided: Sequence[object] = ()
    handlers: Sequence[object] = ()
    preparations: Sequence[Job] = ()
    jobs: Sequence[Job] = ()
    measures: Mapping[str, Measure] = field(default_factory=dict)
    counts: Sequence[Count] = ()


@dataclass(frozen=True, kw_only=True)
class Common(Parts):
    """What every subject is made with. ``zone`` is that of the institution's days."""

    settings: Settings
    database: Database
    telemetry: Telemetry
    audit: AuditRecords
    signer: Signer
    printer: Printer
    zone: ZoneInfo


def common_parts(settings: Settings) -> Common:
    """Connects to nothing yet."""
    telemetry = Telemetry(tracing("router", settings.otlp_endpoint))
    database = Database.of("router", settings, telemetry.tracing)
    audit, printer = AuditRecords(database, RouterAudited), Printer()
    return Common(
        settings=settings,
        database=database,
        telemetry=telemetry,
        audit=audit,
        signer=Signer(settings.signing_key.get_secret_value()),
        printer=printer,
        zone=ZoneInfo(settings.timezone),
        provided=[settings, audit, printer],
        jobs=[every(COUNT_SECONDS, audit.end_minutes), every(SWEEP_SECONDS, audit.sweep)],
    )


def joined(subjects: Sequence[Parts]) -> Parts:
    """The parts of all of them, in their order."""
    return Parts(
        provided=[part for subject in subjects for part in subject.provided],
        handlers=[handler for subject in subjects for handler in subject.handlers],
        preparations=[preparation for subject in subjects for preparation in subject.preparations],
        jobs=[job for subject in subjects for job in subject.jobs],
        measures={name: measure for subject in subjects for name, measure in subject.measures.items()},
        counts=[count for subject in subjects for count in subject.counts],
    )
