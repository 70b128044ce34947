"""The case file as one bundle: who asked for it, whether it is made, until when it can be downloaded. Pure."""

from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from secrets import token_urlsafe

from pydantic import AwareDatetime

from services.router.access import AuditAction, Officer
from services.router.cases.domain.case import Case
from shared.events import Event, RouterAudited, done_by
from shared.refused import Refused
from shared.state import Actor, Aggregate, Open

KEPT = timedelta(days=1)
"""For so long a bundle can be downloaded."""
REMEMBERED = timedelta(days=30)
"""For so long the desk remembers that there was one; the record says so for longer."""
PATIENCE = timedelta(minutes=10)
"""A bundle that is begun and not made by then is begun again: its process has died."""
TRIES = 3
MOST_AT_ONCE = 5
"""Bundles that one person waits for."""


class BundleState(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    READY = "ready"
    FAILED = "failed"


class Bundle(Aggregate):
    """A bundle that somebody asked for. ``role`` and ``name`` are those of the person at that time.

    ``begun_at``: a process makes it, for the ``tries``-th time. ``content``: the id of its bytes; ``size`` in bytes,
    ``missing``: how many files could not be had, ``printed``: whether it has the PDF.
    """

    case_id: str
    reference: str
    actor: Actor
    name: str
    role: str
    language: str
    asked_at: AwareDatetime
    state: Open[BundleState] = BundleState.WAITING
    tries: int = 0
    begun_at: AwareDatetime | None = None
    ready_at: AwareDatetime | None = None
    until: AwareDatetime | None = None
    content: str | None = None
    size: int = 0
    sha256: str = ""
    missing: int = 0
    printed: bool = True
    downloads: int = 0

    @property
    def officer(self) -> Officer:
        """The person who asked for it."""
        return Officer(self.actor.id, self.name, self.role)

    def offered(self, now: datetime) -> bool:
        """Whether it can be downloaded."""
        return self.state is BundleState.READY and self.until is not None and now < self.until


def ask(case: Case, waiting: int, *, by: Officer, language: str, now: datetime) -> tuple[Bundle, list[Event]]:
    """A bundle that is to be made. Raises Refused when this person waits for many."""
    if waiting >= MOST_AT_ONCE:
        raise Refused("You are waiting for several files already. Please try again in a few minutes.")
    bundle = Bundle(
        id=token_urlsafe(24),
        case_id=case.id,
        reference=case.reference,
        actor=by.actor,
        name=by.name,
        role=by.role,
        language=language,
        asked_at=now,
    )
    return bundle, _recorded(bundle, AuditAction.BUNDLE_ASKED, now)


def begin(bundle: Bundle, now: datetime) -> Bundle | None:
    """This process makes it now; None when another one does, or nothing is to be made."""
    busy = bundle.begun_at is not None and now < bundle.begun_at + PATIENCE
    if bundle.state is not BundleState.WAITING or busy:
        return None
    return bundle.model_copy(update={"begun_at": now, "tries": bundle.tries + 1})


@dataclass(frozen=True)
class Written:
    """What was written: bytes, their SHA-256, the number of missing files, and whether there is a PDF."""

    size: int
    sha256: str
    missing: int
    printed: bool


def made(bundle: Bundle, content: str, written: Written, *, now: datetime) -> tuple[Bundle, list[Event]]:
    """It can be downloaded for a day. ``content``: the id of its bytes."""
    stored = {"content": content, **asdict(written)}
    ready = {"state": BundleState.READY, "ready_at": now, "until": now + KEPT}
    return bundle.model_copy(update=stored | ready), _recorded(bundle, AuditAction.BUNDLE_MADE, now)


def failed(bundle: Bundle, *, for_good: bool = False) -> Bundle:
    """It could not be made this time; after TRIES, or ``for_good``, it is not tried again."""
    if for_good or bundle.tries >= TRIES:
        return bundle.model_copy(update={"state": BundleState.FAILED})
    return bundle.model_copy(update={"begun_at": None})


def download(bundle: Bundle, now: datetime) -> tuple[Bundle, list[Event]]:
    """Whoever asked for it takes it. Raises Refused when it cannot be had (any more)."""
    if not bundle.offered(now):
        raise Refused("This file is no longer there. Please have it made again.")
    return bundle.model_copy(update={"downloads": bundle.downloads + 1}), _recorded(
        bundle, AuditAction.BUNDLE_DOWNLOADED, now
    )


def _recorded(bundle: Bundle, action: AuditAction, now: datetime) -> list[Event]:
    about = {"object_kind": "case", "object_id": bundle.case_id, "message_id": bundle.case_id}
    return done_by(bundle.actor, RouterAudited.model_validate({"action": action, "at": now} | about))
