"""When people are reminded is set on the desk."""

from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import Role
from services.router.config import Settings
from services.router.deadlines.parts import rules_of
from services.router.texts.domain.institution import InstitutionSettings
from services.router.texts.store import InstitutionStore
from shared.documents import Database
from tests import examples as example
from tests.conftest import Visit
from tests.router.desk import log_in, send, shown, unpublished

HERE = "/administration/reminders"


async def stored(database: Database) -> InstitutionSettings:
    return await InstitutionStore(database).stored()


async def save(admin: Browser, **fields: str) -> httpx2.Response:
    """Send the form as the page shows it, with these values; its lists of hours show the usual ones."""
    hours = {"quiet_from": "20", "quiet_until": "8", "digest_hour": "8"}
    return await send(admin, HERE, **hours | fields)


def environment(**different: Any) -> Settings:
    given = {"mongodb_url": "mongodb://127.0.0.1:9", "rabbitmq_url": "amqp://127.0.0.1:9", "secret_key": example.SECRET}
    return Settings(**given | example.keys("router") | different)


@pytest.mark.parametrize("role", [Role.OFFICER, Role.AUDITOR])
async def test_supervisors_and_administrators_alone_set_reminders(
    app: FastAPI, visit: Visit, database: Database, role: Role
) -> None:
    browser = await log_in(visit(app, language="en"), database, role=role)
    assert (await browser.client.get(HERE)).status_code == 403


async def test_what_is_changed_is_stored_with_its_history_and_audited(admin: Browser, database: Database) -> None:
    await admin.open(HERE)
    answer = await save(admin, remind_before_days="0", quiet_from="18")
    assert answer.status_code == 200
    assert "The reminders are saved." in shown(answer)
    settings = await stored(database)
    assert (settings.remind_before_days, settings.quiet_from, settings.remind_again_days) == (0, 18, None)
    assert {*settings.history[0].fields} == {"remind_before_days", "quiet_from"}
    told = await unpublished(database, "institution")
    assert [(one["action"], one["fields"]) for one in told] == [
        ("institution_changed", ["remind_before_days", "quiet_from"])
    ]


async def test_what_is_as_the_environment_says_follows_it(admin: Browser, database: Database) -> None:
    await admin.open(HERE)
    answer = await save(admin)
    assert answer.status_code == 200
    assert (await stored(database)).revision == 0


async def test_who_saves_an_older_state_is_told(admin: Browser, database: Database) -> None:
    await admin.open(HERE)
    store = InstitutionStore(database)
    await store.save((await store.stored()).model_copy(update={"phone": "0288"}))
    answer = await save(admin, untaken_days="3")
    assert answer.status_code == 409
    assert (await stored(database)).untaken_days is None


@pytest.mark.parametrize(
    ("field", "value"), [("remind_before_days", "21"), ("remind_again_days", "0"), ("quiet_until", "24")]
)
async def test_a_number_out_of_range_is_refused(admin: Browser, database: Database, field: str, value: str) -> None:
    await admin.open(HERE)
    answer = await save(admin, **{field: value})
    assert answer.status_code == 422
    assert (await stored(database)).revision == 0


def test_the_desk_overrides_the_environment_and_what_it_leaves_open_follows_it() -> None:
    rules = rules_of(environment(untaken_days=4), InstitutionSettings(id="institution", remind_before_days=0))
    assert (rules.remind_before_days, rules.untaken_days) == (0, 4)
