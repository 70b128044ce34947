"""What is looked up by a value is found by an index: with ten years of documents as fast as with those of a day."""

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

import pytest

from scripts.local.config import SERVICES
from services.intake.domain.codes import tracking_code
from services.intake.store import LostRequests, Messages
from services.notifier.store import Letters
from services.replies.domain.links import token
from services.replies.store import Assignments, LinkRequests, Overviews
from services.router.accounts.store import Accounts, Sessions
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.cases.store.mails import Mails
from services.router.records.store.requests import PersonRequests
from services.router.statistics.store.public import PublicAnswers
from shared.documents import Database, NotFound
from shared.people import Sought
from tests import examples as example
from tests.conftest import Make
from tests.erasing import eraser_of, order, store_of
from tests.scans import scans

SMALL = {
    *("parked", "bulks", "mail_queue", "presence", "kept_forms", "lost_codes", "link_requests"),
    *("erasures", "announced", "system.profile"),
}
"""What is emptied all the time, or forgotten after some weeks at most."""
SOUGHT = Sought(email="deniz.kaya@example.org")


@pytest.mark.parametrize("service", SERVICES)
async def test_an_erasure_reads_no_large_collection_from_end_to_end(
    make: Make, database: Database, service: str
) -> None:
    app = make(service)
    async with scans(app, database) as found:
        await eraser_of(app).carry_out(order(signatures=("a1",)))
    assert found - SMALL == set()


async def waiting(kept: Any) -> None:
    """Look for what waits."""
    await kept.find(kept.waiting(example.NOW), sort=[("_id", 1)], limit=1)


LOOK_UPS: dict[str, tuple[str, type[Any], Callable[[Any], Awaitable[Any]]]] = {
    "a code on a paper": ("intake", Messages, lambda kept: kept.by_verification_code("ABCD-EFGH-1234-5678")),
    "a tracking code": ("intake", Messages, lambda kept: kept.by_code(tracking_code(example.SECRET, "m1"))),
    "the codes of an address": ("intake", Messages, lambda kept: kept.of_address(SOUGHT.email, limit=20)),
    "the messages of a person": ("intake", Messages, lambda kept: kept.of_person(SOUGHT)),
    "who waits for codes": ("intake", LostRequests, waiting),
    "the link of a unit": ("replies", Assignments, lambda kept: kept.by_token(token(example.SECRET, "a1"))),
    "who waits for a link": ("replies", LinkRequests, waiting),
    "the list of a unit": ("replies", Overviews, lambda kept: kept.by_token("x", example.NOW)),
    "the units with an address": ("replies", Assignments, lambda kept: kept.units_with_address("kddb@klu.example")),
    "the letter that came back": ("notifier", Letters, lambda kept: kept.letter_by_return_path("x")),
    "the letters to an address": ("notifier", Letters, lambda kept: kept.to_address(SOUGHT.email)),
    "the letters of a case": ("router", DeskLetters, lambda kept: kept.of_case("m1")),
    "the held letters of a case": ("router", HeldLetters, lambda kept: kept.of_case("m1")),
    "the public answer of a case": ("router", PublicAnswers, lambda kept: kept.forget("m1")),
    "an account by its address": ("router", Accounts, lambda kept: kept.by_email("x@klu.example")),
    "the mails of a case": ("router", Mails, lambda kept: kept.of_case("m1")),
    "an account of the provider": ("router", Accounts, lambda kept: kept.by_subject("https://idp.example", "s1")),
    "sessions of the provider": (
        *("router", Sessions),
        lambda kept: kept.end_of_provider("https://idp.example", subject="s1", provider_session=None),
    ),
    "requests whose time is over": (
        *("router", PersonRequests),
        lambda kept: kept.find(kept.outlived(example.NOW), sort=[("closed_at", 1)], limit=1),
    ),
}


@pytest.mark.parametrize("what", LOOK_UPS)
async def test_a_look_up_uses_an_index(make: Make, database: Database, what: str) -> None:
    service, kind, look_up = LOOK_UPS[what]
    app = make(service)
    async with scans(app, database) as found:
        with suppress(NotFound):
            await look_up(store_of(app, kind))
    assert found == set()
