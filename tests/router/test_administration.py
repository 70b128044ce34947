"""The first page of the administration."""

from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.accounts.store import Accounts
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import directory, kept, log_in


async def test_a_new_installation_shows_what_is_missing_and_in_the_end_nothing(
    admin: Browser, database: Database
) -> None:
    page = await admin.open("/administration")
    assert "3 steps are left" in page
    await directory(database)
    await kept(database, example.case())
    page = await admin.open("/administration")
    assert ("1 step is left" in page, page.count("Done"), page.count("Missing")) == (True, 2, 1)
    assert page.count("As you like") == 3
    page = await admin.open("/")
    assert ("First steps" in page, "A message of your own" in page) == (True, True)
    await Accounts(database).add(example.account(id="second", email="ikinci@klu.example"))
    assert "First steps" not in await admin.open("/administration")
    assert "First steps" not in await admin.open("/")


async def test_an_auditor_sees_what_an_auditor_may_open_and_no_steps(
    app: FastAPI, visit: Visit, database: Database
) -> None:
    auditor = await log_in(visit(app, language="en"), database, role=Role.AUDITOR)
    page = await auditor.open("/administration")
    assert ("Audit log" in page, "Parked events" in page, "Institution" in page, "First steps" in page) == (
        *(True, True),
        *(False, False),
    )
