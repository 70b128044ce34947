"""What stands in an address of the desk is anybody's: a page is shown, or said not to be there, whatever it is."""

import pytest

from scripts.browser import Browser
from shared.documents import Database
from tests.router.desk import park, parked_events, send
from tests.stack import Stack

NUMBERS = ("9" * 30, "9" * 5_000, "-1", "٣", "²", "0001-01-01", "9999-12-31")
NASTY = (*NUMBERS, "x" * 40_000, "%00", "%FF", "%ED%A0%80", "|", "$gt")


@pytest.mark.parametrize(
    "address",
    [
        *("/audit?before=", "/audit?since=", "/audit?until=", "/audit?case=", "/administration/destructions?before="),
        *("/parked?reason=", "/parked?service=", "/parked/redrive?reason=", "/figures?since=", "/?q=", "/?view="),
    ],
)
async def test_no_value_in_an_address_is_an_error_of_ours(admin: Browser, address: str) -> None:
    answers = {
        f"{value[:40]} {len(value)}": (await admin.client.get(f"{address}{value}")).status_code for value in NASTY
    }
    assert {value[:40]: status for value, status in answers.items() if status >= 500} == {}


async def test_a_filter_that_is_too_long_is_said_to_be(admin: Browser, database: Database, stack: Stack) -> None:
    await park(parked_events(database, stack))
    await admin.open("/parked/redrive")
    answer = await send(admin, "/parked/redrive", reason="x" * 200_000)
    assert answer.status_code == 422
