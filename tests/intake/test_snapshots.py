"""The intake knows the institution and its units as the router told them last."""

import json

from scripts.eventually import eventually
from services.intake.domain.institution import Snapshot, with_directory, with_institution
from services.intake.handlers import SnapshotHandlers
from services.intake.store import Snapshots
from shared.documents import Database
from tests import examples as example
from tests.conftest import Broker, Make, listening
from tests.intake.institution import SETTINGS, directory, institution


def snapshots(database: Database) -> Snapshots:
    return Snapshots(database, SETTINGS)


def test_the_newest_version_counts_in_any_order() -> None:
    nothing = Snapshot(id="snapshot")
    second = with_institution(with_directory(nothing, directory(2, "kddb")), institution(2, usual_days=9))
    assert with_directory(second, directory(2, "yitdb")) is second
    assert with_directory(second, directory(1)) is second
    assert with_institution(second, institution(1)) is second
    assert [unit.code for unit in with_directory(second, directory(3, "yitdb")).units] == ["yitdb"]
    third = with_institution(second, institution(3)).institution
    assert third is not None
    assert third.usual_days is None


async def test_without_a_snapshot_the_settings_count(database: Database) -> None:
    assert snapshots(database).institution == SETTINGS
    assert snapshots(database).units == ()


async def test_what_is_told_is_kept_and_other_processes_read_it(database: Database) -> None:
    told, other = snapshots(database), snapshots(database)
    handlers = SnapshotHandlers(told)
    await handlers.on_directory_changed(example.sealed(directory(4, "kddb", "yitdb")))
    await handlers.on_institution_changed(example.sealed(institution(2, objection_days=10)))
    await handlers.on_directory_changed(example.sealed(directory(3)))
    for process in (told, other):
        await process.refresh()
        assert [unit.code for unit in process.units] == ["kddb", "yitdb"]
        assert process.institution.objection_days == 10
    assert other.current == told.current == await other.stored()


async def test_after_a_restore_an_older_snapshot_takes_the_place_of_a_newer_one(database: Database) -> None:
    process = snapshots(database)
    await SnapshotHandlers(process).on_directory_changed(example.sealed(directory(4, "kddb")))
    await database["snapshots"].update_one({}, {"$set": {"revision": 0, "directory_version": 3, "units": []}})
    await process.refresh()
    assert (process.units, process.current.directory_version) == ((), 3)


async def test_the_router_is_told_which_versions_are_here(database: Database) -> None:
    process = snapshots(database)
    await process.tell()
    await SnapshotHandlers(process).on_directory_changed(example.sealed(directory(4)))
    await SnapshotHandlers(process).on_institution_changed(example.sealed(institution(7)))
    await process.tell()
    (document,) = await database["snapshots"].find().to_list(None)
    (entry,) = example.told(document)
    assert entry["type"] == "intake.known"
    assert json.loads(entry["body"])["data"] == {"directory": 4, "institution": 7, "public_page": 0}


async def test_a_snapshot_that_is_published_reaches_the_pages(make: Make, broker: Broker, database: Database) -> None:
    app = make("intake")
    known: Snapshots = app.state.provided[Snapshots]
    async with listening(app):
        await broker.publish(example.sealed(directory(1, "kddb")), times=2)
        await broker.publish(example.sealed(institution(1, name={"tr": "Örnek Üniversitesi"})))
        await eventually(lambda: _has(known, "Örnek Üniversitesi"))


async def _has(known: Snapshots, name: str) -> bool:
    return bool(known.units) and known.institution.name == {"tr": name}
