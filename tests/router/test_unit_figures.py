"""Each unit hears its own figures, once a day, as one snapshot; the portal asks for what it has missed."""

from datetime import timedelta
from functools import partial

import pytest

from services.router.config import Settings
from services.router.directory.handlers import DirectoryHandlers
from services.router.directory.store import Snapshots, Units
from services.router.statistics.domain.row import AskedUnit, FigureRow
from services.router.statistics.store.rows import document_of
from services.router.statistics.store.unit_figures import UnitFiguresStore
from shared.documents import Database
from shared.events import RepliesKnown
from shared.institution import of_settings
from tests import examples as example
from tests.conftest import Make
from tests.router.desk import unpublished
from tests.router.figures import ZONE, Desk

TODAY = example.NOW.date()


def row(number: int, days_ago: int, *asked: AskedUnit, **different: object) -> FigureRow:
    """The row of a case that came so many days ago."""
    opened = (TODAY - timedelta(days=days_ago)).isoformat()
    given = {"id": str(number), "revision": 1, "calendar": 1, "opened": opened, "asked": asked}
    return FigureRow.model_validate(given | different)


@pytest.fixture
def store(database: Database) -> UnitFiguresStore:
    database.clock = lambda: example.NOW
    return UnitFiguresStore(database, Desk(database).months, ZONE)


async def test_a_unit_hears_its_own_figures_beside_those_before(store: UnitFiguresStore, database: Database) -> None:
    replied = [AskedUnit(unit="kddb", hours=h, on_time=h < 9, accepted_at_once=True) for h in (4, 6, 10)]
    rows = [row(number, 5, one) for number, one in enumerate(replied)]
    rows.append(row(3, 1, AskedUnit(unit="kddb", open=True), AskedUnit(unit="fen", hours=2, on_time=True)))
    rows.append(row(4, 100, AskedUnit(unit="kddb", hours=20, on_time=False)))
    rows.append(row(5, 0, AskedUnit(unit="kddb", hours=99)))
    rows.append(row(6, 5, AskedUnit(unit="kddb", hours=99), closure_reason="spam"))
    await database["figure_rows"].insert_many(document_of(one) for one in rows)
    await store.renew_if_due()
    (told,) = await unpublished(database, "unit_figures")
    assert (told["version"], told["since"], told["until"]) == (1, "2026-08-25", "2026-11-22")
    fen, kddb = told["units"]
    assert (fen["code"], fen["asked"], fen["median_hours"]) == ("fen", 1, 2.0)
    assert kddb == {
        "code": "kddb",
        "asked": 4,
        "answered": 3,
        "open": 1,
        "median_hours": 6.0,
        "p90_hours": 10.0,
        "on_time": 2 / 3,
        "accepted_at_once": 1.0,
        "median_before": 20.0,
        "on_time_before": 0.0,
    }


async def test_they_are_told_once_a_day(store: UnitFiguresStore, database: Database) -> None:
    await store.renew_if_due()
    await store.renew_if_due()
    assert [told["version"] for told in await unpublished(database, "unit_figures")] == [1]
    database.clock = lambda: example.NOW + timedelta(days=1)
    await store.renew_if_due()
    assert [told["version"] for told in await unpublished(database, "unit_figures")] == [2]


@pytest.mark.parametrize(("known", "told"), [(0, 1), (1, None), (7, 8)])
async def test_a_portal_that_is_behind_or_ahead_is_told_a_version_above_its_own(
    store: UnitFiguresStore, database: Database, known: int, told: int | None
) -> None:
    await store.renew_if_due()
    await database["unit_figures"].update_one({}, {"$set": {"outbox": []}})
    await store.renew(known)
    assert [one["version"] for one in await unpublished(database, "unit_figures")] == ([told] if told else [])


async def test_a_portal_of_the_version_before_is_told_nothing(
    store: UnitFiguresStore, make: Make, database: Database
) -> None:
    await store.renew_if_due()
    await database["unit_figures"].update_one({}, {"$set": {"outbox": []}})
    settings = make("router").state.provided[Settings]
    snapshots = Snapshots(database, Units(database), partial(of_settings, settings))
    handlers = DirectoryHandlers(snapshots, unit_figures=store.renew)
    await handlers.on_replies_known(example.sealed(RepliesKnown(institution=1)))
    assert await unpublished(database, "unit_figures") == []
    await handlers.on_replies_known(example.sealed(RepliesKnown(institution=1, unit_figures=0)))
    assert len(await unpublished(database, "unit_figures")) == 1
