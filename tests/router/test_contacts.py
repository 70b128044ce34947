"""The addresses of units are told whole, once for each change, and events name the version that they need."""

import asyncio
import json
from typing import Any

import pytest

from scripts.browser import Browser
from services.router.directory.domain import Contact, Contacts, renewed
from services.router.directory.handlers import DirectoryHandlers
from services.router.directory.store import CONTACTS, Snapshots, Units
from shared.documents import Database
from shared.events import ContactsKnown, UnitChanged
from shared.state import Actor
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.router.desk import announced, directory, kept

BY = Actor(kind="system", id="test")
NEWEST = "new.kddb@klu.example"


async def unpublished(database: Database, collection: str = "snapshots") -> list[dict[str, Any]]:
    """The data of the events that a collection owes."""
    found = [document async for document in database[collection].find({})]
    entries = [entry for document in found for entry in document.get("outbox", ())]
    return [
        example.unpublished_data(entry) if entry.get("sealed") else json.loads(entry["body"])["data"]
        for entry in entries
    ]


def addresses(told: dict[str, Any]) -> dict[str, str]:
    return {unit["code"]: unit["email"] for unit in told["units"]}


TOLD = Contacts(id=CONTACTS, version=4, units=(Contact(code="a", email="a@klu.example"),))


@pytest.mark.parametrize(
    ("now", "known", "version"),
    [
        ("a@klu.example", None, None),
        ("a@klu.example", 4, None),
        ("b@klu.example", None, 5),
        ("b@klu.example", 4, 5),
        ("a@klu.example", 3, 4),
        ("a@klu.example", 0, 4),
        ("a@klu.example", 9, 10),
        ("b@klu.example", 9, 10),
    ],
)
def test_addresses_are_told_when_they_changed_or_a_listener_has_others(
    now: str, known: int | None, version: int | None
) -> None:
    made = renewed(TOLD, {"a": now}, known=known)
    assert (made and made[1].version) == version
    assert made is None or (made[0].version, made[1].units[0].email) == (version, now)


def test_an_address_that_no_event_may_hold_does_not_stop_the_others() -> None:
    made = renewed(Contacts(id=CONTACTS), {"a": "a@klu.example", "b": "no address", "c": "", "d": "d@klu.example"})
    assert made
    assert [unit.code for unit in made[1].units] == ["a", "d"]


async def test_a_thousand_edits_during_an_outage_owe_one_snapshot(database: Database) -> None:
    units = Units(database)
    snapshots = Snapshots(database, units)
    handlers = DirectoryHandlers(snapshots)
    await directory(database)
    for number in range(1_000):
        await database["units"].update_one({"_id": "kddb"}, {"$set": {"email": f"k{number}@klu.example"}})
        if number % 100 == 0:
            await snapshots.renew()  # as a routing page does
    for _ in range(20):
        await handlers.on_unit_changed(example.sealed(UnitChanged(code="kddb")))
    (told,) = await unpublished(database)
    assert addresses(told)["kddb"] == "k999@klu.example"
    assert told["version"] == 11


async def test_replicas_that_renew_at_once_tell_the_newest_addresses(database: Database) -> None:
    await directory(database)
    replicas = [Snapshots(database, Units(database)) for _ in range(5)]
    versions = await asyncio.gather(*(snapshots.renew() for snapshots in replicas))
    assert set(versions) == {1}
    (told,) = await unpublished(database)
    assert set(addresses(told)) == {"kddb", "yitdb"}


async def test_a_corrected_address_is_told(make: Make, broker: Broker, database: Database) -> None:
    await directory(database)
    unit = await Units(database).get("kddb")
    async with listening(make("router")) as service:
        first = json.loads((await broker.take("notifier.contacts.changed")).body)["data"]
        await database["units"].update_one({"_id": "kddb"}, {"$set": {"email": NEWEST}})
        await broker.publish(example.sealed(UnitChanged(code="kddb")), times=3)
        await outcomes(service, "router.unit.changed", of=3)
        second = json.loads((await broker.take("notifier.contacts.changed")).body)["data"]
    assert (addresses(first)["kddb"], addresses(second)["kddb"]) == (unit.email, NEWEST)
    assert second["version"] == first["version"] + 1
    assert await broker.count("notifier.contacts.changed") == 0


async def test_a_listener_with_other_addresses_gets_ours(make: Make, broker: Broker, database: Database) -> None:
    await directory(database)
    async with listening(make("router")):
        for known, version in ((None, 1), (0, 1), (6, 7)):
            if known is not None:
                await broker.publish(example.sealed(ContactsKnown(version=known)))
            told = json.loads((await broker.take("notifier.contacts.changed")).body)["data"]
            assert told["version"] == version


async def test_an_edit_owes_a_renewal_and_an_edit_of_a_name_does_not(admin: Browser, database: Database) -> None:
    await directory(database)
    form = {"code": "kddb", "name_tr": "Kütüphane", "name_en": "Library", "kind": "administrative", "active": "yes"}
    for email, expected in ((example.LIBRARY.email, 0), (NEWEST, 1)):
        await admin.open("/units/kddb")
        await admin.submit("/units/kddb", **form, email=email)
        assert [told for told in await unpublished(database, "units") if "code" in told] == [
            {"code": "kddb", "actor": {"kind": "officer", "id": example.account().id}}
        ] * expected


async def test_a_new_unit_owes_a_renewal(admin: Browser, database: Database) -> None:
    await admin.open("/units/new")
    form = {"code": "sks", "name_tr": "Spor", "name_en": "Sport", "kind": "administrative", "email": "sks@klu.example"}
    await admin.submit("/units/new", **form)
    assert [told["code"] for told in await unpublished(database, "units")] == ["sks"]


async def test_a_table_owes_one_renewal_for_all_its_new_units(database: Database) -> None:
    units = Units(database)
    table = [example.unit(id=f"u{number}", email=f"u{number}@klu.example") for number in range(50)]
    await units.put(table, by=BY)
    assert [told["code"] for told in await unpublished(database, "units")] == ["u49"]
    await units.put(table, by=BY)
    assert len(await unpublished(database, "units")) == 1
    await units.put([table[0].model_copy(update={"email": NEWEST})], by=BY)
    assert [told.get("code") or told["action"] for told in await unpublished(database, "units")] == [
        "u0",
        "unit_address_changed",
        "u49",
    ]


async def test_who_routes_names_the_addresses_of_that_moment(officer: Browser, database: Database) -> None:
    await directory(database)
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}")
    await officer.submit(f"/cases/{case.id}/routing", units=["kddb"])
    requested = (await announced(database, case.id))[0]
    (told,) = await unpublished(database)
    assert requested["contacts_version"] == told["version"] == 1
    await database["units"].update_one({"_id": "kddb"}, {"$set": {"email": NEWEST}})  # its event has not arrived
    await officer.open(f"/cases/{case.id}/assignments/{requested['assignment_id']}/recall")
    await officer.submit(f"/cases/{case.id}/assignments/{requested['assignment_id']}/recall", reason="Yanlış birim.")
    recalled = next(event for event in await announced(database, case.id) if event["type"] == "assignment.recalled")
    (told,) = await unpublished(database)
    assert recalled["contacts_version"] == told["version"] == 2
    assert addresses(told)["kddb"] == NEWEST
