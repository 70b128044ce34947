"""An example of a person's request."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from services.router.access import Role
from services.router.records.domain.requests import (
    Identity,
    PersonRequest,
    Private,
    RequestState,
    Search,
    Wish,
    open_request,
)
from services.router.records.store.requests import PersonRequests
from shared.documents import Database
from shared.seal import Seal
from tests import examples as example

OFFICER = example.officer(role=Role.PRIVACY_OFFICER)


def person_request(**different: Any) -> PersonRequest:
    """A request for everything, which was opened and nothing else."""
    opened, _ = open_request(
        "KV-26-7KX49Q",
        private=Private(person=example.person()),
        wishes=list(Wish),
        identity=Identity.SIGNED_LETTER,
        received=date(2026, 11, 20),
        by=OFFICER,
        now=example.NOW,
        zone=ZoneInfo("Europe/Istanbul"),
    )
    return opened.model_copy(update=different)


def confirmed_request(*keys: str, search: Search, **different: Any) -> PersonRequest:
    """A request of which these groups are confirmed."""
    return person_request(state=RequestState.CONFIRMED, search=search, confirmed=keys, **different)


def requests_of(database: Database) -> PersonRequests:
    """Those that the desk shows, sealed with its key."""
    return PersonRequests(Database(database.mongodb, source="router", seal=Seal(example.SECRET)))
