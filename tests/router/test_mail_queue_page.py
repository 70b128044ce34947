"""What waits to be sent: operators see it, and whether the report is old."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser
from services.router.cases.domain.restriction import Why, restrict
from services.router.operations.domain import SILENT, MailQueue, reported
from services.router.operations.store.mail_queue import MailQueues
from shared.clock import utc_now
from shared.documents import Database
from shared.events import LettersReported
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.router.desk import kept

PAGE = "/administration/mail-queue"


def report(**different: Any) -> LettersReported:
    now = utc_now()
    letter = {"letter_id": "l1", "message_id": "m1", "template": "answer", "domain": "example.org", "refusals": 3}
    letter |= {"reason": "450 4.2.0 greylisted", "made_at": now - timedelta(hours=5), "due_at": now}
    domain = {"domain": "example.org", "letters": 7, "reason": "451 4.7.1 try again later", "next_at": now}
    given = {"waiting": 7, "oldest_at": letter["made_at"], "domains": [domain], "letters": [letter]}
    return LettersReported.model_validate(given | {"reported_at": now} | different)


async def test_operators_see_what_waits_and_what_the_mail_servers_said(admin: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    letter = report().letters[0].model_copy(update={"message_id": case.id})
    await MailQueues(database).keep(report(letters=[letter]))
    page = await admin.open(PAGE)
    for said in ("7 e-mails wait", "5 hours ago", "example.org", "451 4.7.1 try again later", case.reference):
        assert said in page
    assert "This report is old" not in page
    assert "7 e-mails wait" in await admin.open("/administration")


async def test_a_case_that_an_operator_may_not_read_is_not_named(admin: Browser, database: Database) -> None:
    by = example.officer(id="somebody-else")
    restricted, _ = restrict(example.answered_case(), Why.HEALTH, to=["somebody-else"], by=by, now=example.NOW)
    case = await kept(database, restricted)
    letter = report().letters[0].model_copy(update={"message_id": case.id})
    await MailQueues(database).keep(report(letters=[letter]))
    page = await admin.open(PAGE)
    assert ("Answer to the submitter" in page, case.reference in page) == (True, False)


async def test_an_old_report_is_called_old(admin: Browser, database: Database) -> None:
    await MailQueues(database).keep(report(reported_at=utc_now() - SILENT - timedelta(minutes=1)))
    assert "This report is old" in await admin.open(PAGE)
    assert "The notifier has said nothing since" in await admin.open("/administration")


def mail(**different: Any) -> dict[str, Any]:
    given = {"mail_id": "x1", "held": True, "to": "reply", "domain": "loop.example", "attempts": 1}
    return given | {"received_at": utc_now() - timedelta(minutes=5), "due_at": utc_now()} | different


async def test_operators_see_which_mails_were_not_read_yet_and_why(admin: Browser, database: Database) -> None:
    case = await kept(database, example.answered_case())
    mails = [mail(message_id=case.id), mail(held=False, to="hotline", domain="", attempts=3)]
    nothing: dict[str, Any] = {"waiting": 0, "oldest_at": None, "domains": [], "letters": []}
    await MailQueues(database).keep(report(**nothing, mails_waiting=2, mails=mails, machine_mails=40))
    page = await admin.open(PAGE)
    for said in (
        "2 received e-mails are not read yet",
        "Answer to an e-mail",
        case.reference,
        "loop.example",
        "Too many",
    ):
        assert said in page
    for said in ("To the address of the hotline", "no sender", "It was tried 3 times.", "40 automatic e-mails"):
        assert said in page
    assert "Every e-mail has left." not in page
    assert "2 e-mails wait" in await admin.open("/administration")


async def test_the_case_of_a_mail_is_named_to_its_readers_alone(admin: Browser, database: Database) -> None:
    by = example.officer(id="somebody-else")
    restricted, _ = restrict(example.answered_case(), Why.HEALTH, to=["somebody-else"], by=by, now=example.NOW)
    case = await kept(database, restricted)
    await MailQueues(database).keep(report(mails_waiting=1, mails=[mail(message_id=case.id)]))
    page = await admin.open(PAGE)
    assert ("Answer to an e-mail" in page, case.reference in page) == (True, False)


async def test_when_nothing_waits_the_page_says_so(admin: Browser, database: Database) -> None:
    assert "nothing has had to wait" in await admin.open(PAGE)
    await MailQueues(database).keep(report(waiting=0, oldest_at=None, domains=[], letters=[], reported_at=example.NOW))
    page = await admin.open(PAGE)
    assert ("Every e-mail has left." in page, "This report is old" in page) == (True, False)
    assert "e-mails wait" not in await admin.open("/administration")


@pytest.mark.parametrize("newest_first", [False, True])
def test_the_newest_report_counts_in_whatever_order_they_come(newest_first: bool) -> None:
    older = report(waiting=1, reported_at=example.NOW)
    newer = report(waiting=2, reported_at=example.NOW + timedelta(seconds=30))
    queue = MailQueue(id="letters")
    for one in [newer, older] if newest_first else [older, newer]:
        queue = reported(queue, one)
    assert (queue.waiting, queue.reported_at) == (2, newer.reported_at)
    assert reported(queue, newer) is queue


async def test_reports_at_the_same_time_leave_the_newest(database: Database) -> None:
    queues = MailQueues(database)
    reports = [report(waiting=n, reported_at=example.NOW + timedelta(seconds=n)) for n in range(8)]
    await asyncio.gather(*(queues.keep(one) for one in reports))
    assert (await queues.newest()).waiting == 7


async def test_a_report_reaches_the_desk(make: Make, broker: Broker, database: Database) -> None:
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(report()), times=3)
        assert (await outcomes(service, "router.letters.reported", of=3))["obeyed"] == 3
    assert (await MailQueues(database).newest()).waiting == 7
