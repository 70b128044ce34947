"""Officers who sit at the desk already."""

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from shared.documents import Database
from tests.conftest import Make, Visit
from tests.router.desk import log_in


@pytest.fixture
def app(make: Make) -> FastAPI:
    """The desk, on the test's database."""
    return make("router")


@pytest.fixture
async def officer(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """The browser of an officer who has logged in and reads English."""
    return await log_in(visit(app, language="en"), database)


@pytest.fixture
async def admin(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """The browser of an administrator who has logged in and reads English."""
    return await log_in(visit(app, language="en"), database, role=Role.ADMIN)
