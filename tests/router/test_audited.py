"""Each administrative change has one exact audit record, and the thing's own history has the values.

The record names who, what, which thing and exactly the fields that changed. No secret stands in either of them.
"""

from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import AuditAction
from services.router.accounts.claims import PROVIDER, Identity, Rules, arrive
from services.router.accounts.domain import COMMAND, Account, disable_account, enable_account, replace_account
from services.router.accounts.domain.changes import ask_for_reset, choose_password, drawn
from services.router.accounts.store import Accounts
from services.router.directory.domain.units import Deputy
from services.router.directory.store.units import Units
from services.router.history import Change
from services.router.records.domain.chain import Recorded
from services.router.records.store.chain import Chain
from shared.documents import Database
from shared.events import RouterAudited
from shared.letters.ours import OURS
from tests import examples as example
from tests.conftest import Visit
from tests.router.accounts import NEW, with_factor
from tests.router.desk import QUICK, send, shown
from tests.router.test_own_account import elsewhere
from tests.router.test_second_factor import set_up
from tests.router.test_units_page import HEAD, SPORT, UNIT, apply, preview

PEOPLE = "/administration/people"
DEPUTY = {"name": "Elif Demir", "email": "elif@klu.example", "first_day": "2026-12-01", "last_day": "2026-12-02"}
STANDS_IN = Deputy(
    id="d1", name="Elif Demir", email="elif@klu.example", since=example.NOW, until=example.NOW + timedelta(days=365)
)
ADMIN = {"kind": "officer", "id": example.account().id}
OTHER = "other"
SAME = {"kind": "administrative", "parent": "genel-sekreterlik"}
"""What the lists of the form for a unit show."""
HOURS = {"quiet_until": "8", "digest_hour": "8"}
ANY = object()
"""A value that is another one each time."""
NOTHING = (None, None)
Does = Callable[[Browser, Database], Awaitable[object]]
Fields = Mapping[str, tuple[object, object]]


class Act(NamedTuple):
    """What somebody does, its records as action, kind, id and fields, and the values in the history of one thing."""

    does: Does
    records: list[tuple[str, str, str, list[str]]]
    of: tuple[str, str] = ("", "")
    history: Fields = MappingProxyType({})


def post(action: str, page: str = "", **fields: Any) -> Does:
    """Open a page and send the form on it that goes to ``action``."""

    async def does(admin: Browser, database: Database) -> None:
        await admin.open(page or action)
        answer = await send(admin, action, **fields)
        assert answer.status_code == 200, shown(answer)

    return does


async def imports(admin: Browser, database: Database) -> None:
    await preview(admin, f"{HEAD}\n{SPORT}\nkddb,,,,,yeni@klu.example\n")
    assert (await apply(admin)).status_code == 200


async def takes_out_a_deputy(admin: Browser, database: Database) -> None:
    units = Units(database)
    await units.save((await units.get("kddb")).model_copy(update={"deputies": (STANDS_IN,)}))
    await admin.open("/units/kddb")
    await admin.submit("/units/kddb/deputies/d1/end")


async def reopens(admin: Browser, database: Database) -> None:
    units = Units(database)
    await units.save((await units.get("kddb")).model_copy(update={"active": False, "successor": "yitdb"}))
    await post("/units/kddb", "/units/kddb/edit", **SAME, active="yes")(admin, database)


async def changes_the_calendar(admin: Browser, database: Database) -> None:
    await admin.open("/administration/calendar")
    admin.page = await send(admin, "/administration/calendar/days", first="2026-12-01", name="İdari izin", worth="half")
    assert (await send(admin, "/administration/calendar")).status_code == 200


async def rewords(admin: Browser, database: Database) -> None:
    await post("/administration/wordings/receipt", subject_tr="Aldık [{reference}]")(admin, database)


async def goes_back(admin: Browser, database: Database) -> None:
    await rewords(admin, database)
    await database["wordings"].update_many({}, {"$set": {"outbox": []}})
    await admin.open("/administration/wordings/receipt")
    await admin.submit("/administration/wordings/receipt/ours")


async def sends_a_logo(admin: Browser, database: Database) -> None:
    stored = {"revision": 0, "logo": "AAAA", "logo_type": "image/png", "seen": [], "outbox": []}
    await database["institution"].replace_one({"_id": "institution"}, stored, upsert=True)
    await post("/administration/institution", remove_logo="yes")(admin, database)


def person(**different: Any) -> Account:
    return example.account(
        **{"id": OTHER, "email": "ikinci@klu.example", "name": "İkinci", "password_hash": QUICK} | different
    )


def to_somebody(action: str, **different: Any) -> Does:
    """Press a button on the page of somebody."""

    async def does(admin: Browser, database: Database) -> None:
        if different:
            await database["accounts"].update_one({"_id": OTHER}, {"$set": different})
        await admin.open(f"{PEOPLE}/{OTHER}")
        await admin.submit(f"{PEOPLE}/{OTHER}/{action}")

    return does


async def takes_a_factor_away(admin: Browser, database: Database) -> None:
    account = await Accounts(database).get(OTHER)
    await with_factor(database, account)
    await to_somebody("second-factor")(admin, database)


async def has_an_authenticator(admin: Browser, database: Database) -> None:
    await admin.open("/account/second-factor")
    await set_up(admin, "/account/second-factor", password=example.PASSWORD)


async def does_without(admin: Browser, database: Database) -> None:
    account = await Accounts(database).get(example.account().id)
    await with_factor(database, account)
    await post("/account/second-factor/removal", "/account/second-factor", password=example.PASSWORD)(admin, database)


async def chooses_a_password(admin: Browser, database: Database) -> None:
    given = {"old_password": example.PASSWORD, "password": NEW, "password_again": NEW}
    await post("/account/password", **given)(admin, database)


UNIT_NAMES = {"name_tr": "Kütüphane", "takes_compliments": [], "parent": "yitdb"}
LIBRARY = ("units", "kddb")
INSTITUTION = ("institution", "institution")
THEM = ("accounts", OTHER)
ME = ("accounts", example.account().id)
KIND = {"id": "ihbar", "label_tr": "İhbar", "label_en": "Tip-off"}
TEXT = "Sonucunu {days} iş günü içinde bildiriniz."
DEEDS = {
    "a unit is added": Act(post("/units/new", **UNIT), [("unit_added", "unit", "sks", [])]),
    "a unit is changed": Act(
        post("/units/kddb", "/units/kddb/edit", **SAME | UNIT_NAMES),
        [("unit_changed", "unit", "kddb", ["parent", "name_tr", "takes_compliments"])],
        LIBRARY,
        {
            "parent": ("genel-sekreterlik", "yitdb"),
            "name_tr": (example.LIBRARY.name_tr, "Kütüphane"),
            "takes_compliments": (True, False),
        },
    ),
    "a unit has another address": Act(
        post("/units/kddb", "/units/kddb/edit", **SAME, email="yeni@klu.example", phone="0288 212 00 00"),
        [("unit_address_changed", "unit", "kddb", ["email", "phone"])],
        LIBRARY,
        {"email": (example.LIBRARY.email, "yeni@klu.example"), "phone": (None, ANY)},
    ),
    "a closed unit is opened again": Act(
        reopens,
        [("unit_changed", "unit", "kddb", ["active", "successor"])],
        LIBRARY,
        {"active": (False, True), "successor": ("yitdb", "")},
    ),
    "a unit has a deputy": Act(
        post("/units/kddb/deputies", **DEPUTY),
        [("unit_address_changed", "unit", "kddb", ["deputies"])],
        LIBRARY,
        {"deputies": ([], ANY)},
    ),
    "a deputy is taken out": Act(
        takes_out_a_deputy,
        [("unit_address_changed", "unit", "kddb", ["deputies"])],
        LIBRARY,
        {"deputies": (ANY, [])},
    ),
    "a unit is closed": Act(
        post("/units/kddb/closing", "/units/kddb/closing?into=&cases=stay", into="", cases="stay"),
        [("unit_closed", "unit", "kddb", ["active"])],
        LIBRARY,
        {"active": (True, False)},
    ),
    "a unit is merged, and what belongs to it goes along": Act(
        post("/units/kddb/closing", "/units/kddb/closing?into=yitdb&cases=move", into="yitdb", cases="move"),
        [
            ("unit_merged", "unit", "kddb", ["active", "successor", "moves"]),
            ("unit_changed", "unit", "branch", ["parent"]),
        ],
        LIBRARY,
        {"active": (True, False), "successor": ("", "yitdb"), "moves": (None, ANY)},
    ),
    "a unit is deleted": Act(
        post("/units/branch/deletion", "/units/branch/closing"), [("unit_deleted", "unit", "branch", [])]
    ),
    "a test letter is sent to a unit": Act(
        post("/units/kddb/test", "/units/kddb"), [("unit_tested", "unit", "kddb", [])]
    ),
    "a table of units is applied": Act(
        imports,
        [
            ("unit_added", "unit", "sks", []),
            ("unit_address_changed", "unit", "kddb", ["email"]),
            ("units_imported", "table", "", ["email"]),
        ],
        LIBRARY,
        {"email": (example.LIBRARY.email, "yeni@klu.example")},
    ),
    "the calendar has another day": Act(
        changes_the_calendar,
        [("calendar_changed", "calendar", "calendar", ["2026-12-01"])],
        ("calendar", "calendar"),
        {"2026-12-01": (None, ["İdari izin", True])},
    ),
    "the terms are others": Act(
        post("/administration/terms", unit_days="5"),
        [("terms_changed", "institution", "institution", ["unit_days"])],
        INSTITUTION,
        {"unit_days": (None, 5)},
    ),
    "reminders come at another hour": Act(
        post("/administration/reminders", **HOURS, quiet_from="21", remind_before_days="4"),
        [("institution_changed", "institution", "institution", ["remind_before_days", "quiet_from"])],
        INSTITUTION,
        {"remind_before_days": (None, 4), "quiet_from": (None, 21)},
    ),
    "a template is added": Act(
        post(
            "/administration/templates/new",
            "/administration/templates/new?use=answer",
            use="answer",
            name_tr="Kısa",
            name_en="Short",
            text_tr=TEXT,
        ),
        [("template_added", "template", "", [])],
    ),
    "a template is changed": Act(
        post("/administration/templates/note.reply", text_tr=TEXT, kind="complaint", active=[]),
        [("template_changed", "template", "note.reply", ["wording", "kind", "active"])],
        ("templates", "note.reply"),
        {"kind": (None, "complaint"), "active": (True, False)},
    ),
    "a letter has other words": Act(rewords, [("wording_changed", "letter", "receipt", ["tr"])]),
    "a letter has our words again": Act(goes_back, [("wording_changed", "letter", "receipt", ["tr"])]),
    "the check before an answer is another": Act(
        post("/administration/check", checklist="Ek var mı?", four_eyes="yes"),
        [("review_changed", "institution", "institution", ["review_checklist", "four_eyes"])],
        INSTITUTION,
        {"review_checklist": (None, ["Ek var mı?"]), "four_eyes": (None, True)},
    ),
    "the institution has another colour": Act(
        post("/administration/institution", primary_color="#123456", hotline="Alo"),
        [("institution_changed", "institution", "institution", ["hotline", "primary_color"])],
        INSTITUTION,
        {"hotline": (None, "Alo"), "primary_color": (None, "#123456")},
    ),
    "the institution has no logo of its own": Act(
        sends_a_logo,
        [("institution_changed", "institution", "institution", ["logo", "logo_type"])],
        INSTITUTION,
        {"logo": NOTHING, "logo_type": ("image/png", None)},
    ),
    "a kind is added": Act(
        post("/administration/kinds/new", **KIND),
        [("kind_changed", "institution", "ihbar", ["kinds"])],
        INSTITUTION,
        {"kinds": (None, ANY)},
    ),
    "a kind goes up": Act(
        post("/administration/kinds/order", "/administration/kinds", id="suggestion", revision="0"),
        [("kind_changed", "institution", "suggestion", ["kinds"])],
        INSTITUTION,
        {"kinds": (None, ANY)},
    ),
    "the first kind goes up, and nothing changes": Act(
        post("/administration/kinds/order", "/administration/kinds", id="complaint", revision="0"), []
    ),
    "a kind is saved as it is, and nothing changes": Act(post("/administration/kinds/complaint"), []),
    "somebody is invited": Act(
        post(f"{PEOPLE}/new", name="Elif Demir", email="elif@klu.example", role="officer"),
        [("account_invited", "account", "", ["email", "name", "role", "language"])],
    ),
    "somebody is invited again": Act(
        to_somebody("invitation", password_hash="", disabled=True),
        [("account_invited", "account", OTHER, ["disabled", "invitation"])],
        THEM,
        {"disabled": (True, False), "invitation": NOTHING},
    ),
    "an invitation is withdrawn": Act(
        to_somebody("withdrawal", password_hash=""),
        [("invitation_withdrawn", "account", OTHER, ["disabled"])],
        THEM,
        {"disabled": (False, True)},
    ),
    "somebody has another role and address": Act(
        post(f"{PEOPLE}/{OTHER}", email="yeni@klu.example", role="supervisor"),
        [("account_changed", "account", OTHER, ["email", "role"])],
        THEM,
        {"email": ("ikinci@klu.example", "yeni@klu.example"), "role": ("officer", "supervisor")},
    ),
    "somebody is disabled": Act(
        to_somebody("disabling"),
        [("account_disabled", "account", OTHER, ["disabled", "credentials_changed_at"])],
        THEM,
        {"disabled": (False, True), "credentials_changed_at": (None, ANY)},
    ),
    "somebody is enabled": Act(
        to_somebody("enabling", disabled=True),
        [("account_enabled", "account", OTHER, ["disabled", "credentials_changed_at"])],
        THEM,
        {"disabled": (True, False), "credentials_changed_at": (None, ANY)},
    ),
    "the sessions of somebody end": Act(
        to_somebody("sessions"),
        [("sessions_ended", "account", OTHER, ["credentials_changed_at"])],
        THEM,
        {"credentials_changed_at": (None, ANY)},
    ),
    "somebody's second factor is taken away": Act(
        takes_a_factor_away,
        [("second_factor_removed", "account", OTHER, ["second_factor"])],
        THEM,
        {"second_factor": NOTHING},
    ),
    "one's own name and daily letter": Act(
        post("/account", name="Ayşe Kaya", digest="yes"),
        [("account_changed", "account", ME[1], ["name", "digest"])],
        ME,
        {"name": (example.account().name, "Ayşe Kaya"), "digest": (False, True)},
    ),
    "another password": Act(
        chooses_a_password,
        [("password_chosen", "account", ME[1], ["password_hash", "credentials_changed_at"])],
        ME,
        {"password_hash": NOTHING, "credentials_changed_at": (None, ANY)},
    ),
    "a second factor of one's own": Act(
        has_an_authenticator,
        [("second_factor_added", "account", ME[1], ["second_factor"])],
        ME,
        {"second_factor": NOTHING},
    ),
    "no second factor any more": Act(
        does_without,
        [("second_factor_removed", "account", ME[1], ["second_factor"])],
        ME,
        {"second_factor": NOTHING},
    ),
}


@pytest.fixture
async def desk(admin: Browser, database: Database) -> Browser:
    """An administrator, with three units and somebody else who works here."""
    for unit in (example.LIBRARY, example.WORKS):
        await Units(database).add(example.unit(**unit.model_dump(exclude={"code"}), id=unit.code))
    await Units(database).add(example.unit(id="branch", parent="kddb", name_tr="Şube", name_en="Branch"))
    await Accounts(database).put(person())
    await database["audit"].delete_many({})
    return admin


@pytest.mark.parametrize("deed", DEEDS.values(), ids=DEEDS.keys())
async def test_the_record_says_who_what_and_exactly_which_fields_and_the_history_which_values(
    desk: Browser, database: Database, deed: Act
) -> None:
    await deed.does(desk, database)
    found = await records(database)
    assert all(record["actor"] == ADMIN for record in found)
    said = [(one["action"], one["object_kind"], one["object_id"], one["fields"]) for one in found]
    named = [(*one[:2], "" if not wanted[2] else one[2], one[3]) for one, wanted in pairs(said, deed.records)]
    assert sorted(named) == sorted(deed.records)
    if deed.history:
        collection, key = deed.of
        (change,) = (await database[collection].find_one({"_id": key}) or {})["history"]
        assert change["by"] == ADMIN
        assert set(change["fields"]) == set(deed.history)
        values = change["fields"]
        assert {name: values[name] for name, wanted in deed.history.items() if not same(values[name], wanted)} == {}
        assert no_secret(change)
    assert no_secret(found)


async def test_words_of_letters_and_templates_have_their_values_in_versions(desk: Browser, database: Database) -> None:
    await rewords(desk, database)
    await DEEDS["a template is changed"].does(desk, database)
    letter = await database["wordings"].find_one({"_id": "receipt"}) or {}
    (version,) = letter["versions"]
    assert (version["by"], version["words"]["tr"]["subject"]) == (ADMIN, "Aldık [{reference}]")
    assert OURS["receipt", "tr"].subject != "Aldık [{reference}]"
    template = await database["templates"].find_one({"_id": "note.reply"}) or {}
    assert (template["wording"]["by"], template["wording"]["texts"]["tr"]) == (ADMIN, TEXT)
    assert template["earlier"][-1]["texts"]["tr"] != TEXT


async def test_sessions_that_one_ends_oneself_are_recorded_and_none_where_none_ended(
    desk: Browser, app: FastAPI, visit: Visit, database: Database
) -> None:
    await desk.open("/account")
    await send(desk, "/account", url="/account/sessions", session="others")
    assert await records(database) == []
    other = visit(app)
    await elsewhere(other)
    await database["audit"].delete_many({})
    await desk.open("/account")
    await desk.submit("/account/sessions", session="others")
    (record,) = await records(database)
    assert (record["action"], record["actor"], record["object_id"]) == (AuditAction.SESSIONS_ENDED, ADMIN, ME[1])


COMMANDS = {
    "disable": (lambda one: disable_account(one, example.NOW), "account_disabled", {"disabled": (False, True)}),
    "enable": (
        lambda one: enable_account(one.model_copy(update={"disabled": True}), example.NOW),
        "account_enabled",
        {"disabled": (True, False)},
    ),
    "replace": (
        lambda one: replace_account(one, name="Yeni", role="admin", password_hash="x", now=example.NOW),
        "account_replaced",
        {"name": ("İkinci", "Yeni"), "role": ("officer", "admin"), "password_hash": NOTHING},
    ),
}


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS.keys())
def test_a_command_on_the_server_is_in_the_history_too(command: Any) -> None:
    does, action, fields = command
    account, record = does(person())
    (change,) = account.history
    assert (change.by, record.action, record.object_id) == (COMMAND, action, OTHER)
    assert {name: value for name, value in change.fields.items() if name != "credentials_changed_at"} == fields
    assert set(record.fields) == set(change.fields) == {*fields, "credentials_changed_at"}


def test_what_the_provider_changes_is_exact_too() -> None:
    account = person(issuer="https://idp.example", subject="s1", password_hash="")
    told = Identity("https://idp.example", "s1", "ikinci@klu.example", True, "Yeni", "supervisor")
    rules = Rules(create=True, link=True)
    arrival = arrive(told, bound=account, same_address=None, rules=rules, now=example.NOW)
    assert arrival.account
    (change,), (record,) = arrival.account.history, arrival.events
    assert (change.by.id, record.action) == ("provider", "account_from_claims")
    assert set(record.fields) == set(change.fields) == {"name", "role", "credentials_changed_at"}


async def test_what_the_provider_changed_is_not_shown_as_a_command(desk: Browser, database: Database) -> None:
    change = Change(at=example.NOW, by=PROVIDER, fields={"name": ("Eski", "Yeni")})
    await database["accounts"].update_one({"_id": OTHER}, {"$set": {"history": [change.model_dump()]}})
    record = {"at": example.NOW, "action": "account_from_claims", "object_kind": "account", "object_id": OTHER}
    entry = Recorded(event_id="r1", service="router", actor=PROVIDER, **record)
    await Chain(database, example.AUDIT_KEY).add([entry])
    for page in (f"{PEOPLE}/{OTHER}", "/audit"):
        said = await desk.open(page)
        assert (page, "Identity provider" in said, "Command on the server" in said) == (page, True, False)


def test_what_nobody_signed_in_does_says_only_what_is_known() -> None:
    asked, (record, _) = ask_for_reset(person(), link=drawn("/reset/"), now=example.NOW)
    assert isinstance(record, RouterAudited)
    assert (record.action, record.actor, record.fields) == ("reset_asked", None, ("reset",))
    chosen, (chose, _) = choose_password(asked, "x", now=example.NOW)
    fields = ("password_hash", "credentials_changed_at", "reset")
    assert isinstance(chose, RouterAudited)
    assert (chose.actor and chose.actor.id, chose.fields, chosen.reset) == (OTHER, fields, None)


async def records(database: Database) -> list[dict[str, Any]]:
    """Every audit record that is unpublished or written, but those of signing in."""
    found: list[dict[str, Any]] = []
    for name in {*await database.mongodb.list_collection_names()} - {"audit"}:
        async for document in database[name].find({"outbox.0": {"$exists": True}}):
            unpublished = [one for one in document["outbox"] if one["type"] == "router.audited"]
            found += [example.unpublished_data(one) for one in unpublished]
    written = [one async for one in database["audit"].find({"action": {"$ne": AuditAction.SIGNED_IN}})]
    return found + written


def pairs(said: list[Any], wanted: list[Any]) -> list[tuple[Any, Any]]:
    """Each record with the wanted one of its action; with itself where none is wanted."""
    return [(one, next((other for other in wanted if other[:1] == one[:1]), one)) for one in said]


def same(value: Any, wanted: tuple[object, object]) -> bool:
    return all(other is ANY or one == other for one, other in zip(value, wanted, strict=True))


def no_secret(found: object) -> bool:
    return not any(word in str(found) for word in ("$argon2", "sealed", example.PASSWORD, NEW, "AAAA"))
