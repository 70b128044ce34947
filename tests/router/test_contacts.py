"""The addresses of units are told whole, once for each change, and events name the version that they need."""

import asyncio
import json
from functools import partial
from typing import Any

import pytest

from scripts.browser import Browser
from services.router.config import Settings
from services.router.directory.domain import CONTACTS, DIRECTORY, INSTITUTION, Contact, Contacts, contacts_of, renewed
from services.router.directory.handlers import DirectoryHandlers
from services.router.directory.store import Snapshots, Units
from services.router.texts.domain.institution import InstitutionSettings, institution_of
from shared.documents import Database
from shared.events import ContactsChanged, ContactsKnown, IntakeKnown, RepliesKnown, UnitChanged, UnitContact
from shared.institution import of_settings
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.router.desk import announced, directory, kept, unpublished

NEWEST = "new.kddb@klu.example"


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
    made = renewed(TOLD, contacts_of([{"_id": "a", "email": now}]), known=known)
    assert (made and made[0].version) == version
    unit = UnitContact(code="a", email=now)
    assert made is None or made[1] == ContactsChanged(version=made[0].version, units=(unit,))


def test_an_address_that_no_event_may_hold_does_not_stop_the_others() -> None:
    now = contacts_of(
        {"_id": code, "email": email}
        for code, email in {"a": "a@klu.example", "b": "no address", "c": "", "d": "d@klu.example"}.items()
    )
    assert [unit.code for unit in now.units] == ["a", "d"]


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
    told, names = await unpublished(database)
    assert addresses(told)["kddb"] == "k999@klu.example"
    assert (told["version"], names["version"]) == (11, 1)


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


async def test_an_edit_of_an_address_or_a_name_owes_a_renewal_and_another_does_not(
    admin: Browser, database: Database
) -> None:
    await directory(database)
    form = {"name_tr": example.LIBRARY.name_tr, "kind": "faculty", "active": "yes", "email": example.LIBRARY.email}
    for different, expected in (({}, 0), ({"email": NEWEST}, 1), ({"name_en": "Books"}, 2), ({"active": ""}, 3)):
        form |= different
        await admin.open("/units/kddb/edit")
        await admin.submit("/units/kddb", **form)
        assert [told for told in await unpublished(database, "units") if "code" in told] == [
            {"code": "kddb", "actor": {"kind": "officer", "id": example.account().id}}
        ] * expected


async def test_a_new_unit_owes_a_renewal(admin: Browser, database: Database) -> None:
    await admin.open("/units/new")
    form = {"code": "sks", "name_tr": "Spor", "name_en": "Sport", "kind": "administrative", "email": "sks@klu.example"}
    await admin.submit("/units/new", **form)
    assert [told["code"] for told in await unpublished(database, "units") if "code" in told] == ["sks"]


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


async def names_told(database: Database) -> tuple[int, list[str]]:
    """Version and codes of the directory that the intake is owed."""
    (told,) = [told for told in await unpublished(database) if "units" in told]
    assert "email" not in json.dumps(told)
    return told["version"], [unit["code"] for unit in told["units"]]


async def test_the_intake_is_told_the_names_of_active_units_without_addresses(database: Database) -> None:
    await directory(database)
    snapshots = Snapshots(database, Units(database))
    handlers = DirectoryHandlers(snapshots)
    for known, version in ((0, 1), (1, 1), (7, 8)):
        for _ in range(3):
            await handlers.on_intake_known(example.sealed(IntakeKnown(directory=known, institution=0)))
        assert await names_told(database) == (version, ["kddb", "yitdb"])
    await database["units"].update_one({"_id": "yitdb"}, {"$set": {"active": False}})
    assert await snapshots.renew(DIRECTORY) == 9
    assert await names_told(database) == (9, ["kddb"])


async def test_the_portal_is_told_the_names_too_once_it_knows_a_directory(make: Make, database: Database) -> None:
    await directory(database)
    settings = make("router").state.provided[Settings]
    handlers = DirectoryHandlers(Snapshots(database, Units(database), partial(of_settings, settings)))
    await handlers.on_replies_known(example.sealed(RepliesKnown(institution=0)))
    assert [told for told in await unpublished(database) if "units" in told] == []
    await handlers.on_replies_known(example.sealed(RepliesKnown(institution=0, directory=4)))
    assert await names_told(database) == (5, ["kddb", "yitdb"])


async def test_the_intake_is_told_what_the_settings_say_of_the_institution(make: Make, database: Database) -> None:
    told: list[dict[str, Any]] = []
    for different in ({"usual_days": 9, "institution_name": "Bir Üniversite"}, {"usual_days": 9}, {}):
        settings = make("router", **different).state.provided[Settings]
        snapshots = Snapshots(database, Units(database), partial(of_settings, settings))
        await asyncio.gather(*(snapshots.renew(INSTITUTION) for _ in range(3)))
        told += await unpublished(database)
        await snapshots.renew(INSTITUTION, known=0)
        assert await unpublished(database) == told[-1:]
    assert [(t["version"], t["name"]["tr"], t.get("usual_days")) for t in told] == [
        (1, "Bir Üniversite", 9),
        (2, "Kırklareli Üniversitesi", 9),
        (3, "Kırklareli Üniversitesi", None),
    ]
    assert (told[0]["answer_days"], told[0]["objection_days"]) == (30, 15)
    assert {kind["id"]: kind["reply_expected"] for kind in told[0]["kinds"]}["compliment"] is False


async def test_services_are_told_the_quiet_hours_that_the_desk_has_set(make: Make, database: Database) -> None:
    environment = of_settings(make("router").state.provided[Settings])
    for said in ({}, {"quiet_from": 18}, {"quiet_from": 18, "quiet_until": 0}):
        settings = InstitutionSettings.model_validate({"id": "institution"} | said)
        await Snapshots(database, Units(database), partial(institution_of, settings, environment)).renew(INSTITUTION)
        (*_, told) = await unpublished(database)
        assert (told.get("quiet_from"), told.get("quiet_until")) == (said.get("quiet_from"), said.get("quiet_until"))


async def test_a_snapshot_of_the_version_before_is_read(database: Database) -> None:
    await directory(database)
    old = {"_id": CONTACTS, "revision": 3, "version": 3, "units": [{"code": "kddb", "email": "eski@klu.example"}]}
    await database["snapshots"].insert_one(old | {"outbox": [], "seen": []})
    assert await Snapshots(database, Units(database)).renew() == 4
