"""Documents of the version before are read, shown and saved by this one; the one before keeps those of this one."""

import asyncio
import io
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import pytest

from scripts.browser import Browser
from scripts.local import config
from services.intake.store import Messages
from services.notifier.store import Letters
from services.replies.store import Assignments
from services.router.access import Role
from services.router.accounts.store import Accounts
from services.router.cases.domain.statutory import with_answer_clock
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from services.router.directory.domain.units import Deputy, Moves
from services.router.directory.store import Snapshots, Units
from services.router.history import Change
from services.router.texts.domain.templates import changed
from services.router.texts.store import Templates
from shared.documents import Database, left_to_the_sweep
from shared.seal import Seal
from shared.state import Actor
from tests import examples as example
from tests.conftest import Make, Visit
from tests.drills import newest
from tests.drills.test_upgrade import BEFORE
from tests.router.accounts import with_factor
from tests.router.desk import QUICK, directory, log_in, send, shown
from tests.stack import Stack

NEWEST = {
    "cases": newest.case,
    "assignments": newest.assignment,
    "letters": newest.letter,
    "messages": newest.message,
}
OLDER = Path(__file__).with_name("older.py")
ME = Actor(kind="officer", id="o1")


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The code of the version before, with the examples of its tests."""
    wanted = ["services", "shared", "tests", "scripts"]
    archive = subprocess.run(["git", "archive", BEFORE, *wanted], cwd=config.ROOT, capture_output=True)
    if archive.returncode:
        pytest.skip(f"the history does not reach back to {BEFORE[:7]}: git fetch --unshallow")
    with tarfile.open(fileobj=io.BytesIO(archive.stdout)) as packed:
        packed.extractall(tmp_path / "before", filter="data")
    (tmp_path / "before" / "tests" / "__init__.py").touch()  # else a package of another distribution goes first
    return tmp_path / "before"


async def older(before: Path, what: str, stack: Stack, database: Database) -> None:
    """Have the version before do something in this database."""
    arguments = [sys.executable, str(OLDER), what, stack.mongodb_url, database.mongodb.name]
    environment = {**os.environ, "PYTHONPATH": str(before)}
    done = await asyncio.to_thread(
        subprocess.run, arguments, cwd=before, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]


async def test_documents_of_the_version_before_are_read_shown_and_saved(
    before: Path, stack: Stack, database: Database, make: Make, visit: Visit
) -> None:
    await older(before, "add", stack, database)
    app = make("router")
    admin = await log_in(visit(app, language="en"), database, role=Role.ADMIN)
    for page in ("/", "/units", "/units/kddb", "/administration/people", "/administration/templates", "/audit"):
        assert await admin.open(page)
    for case in ("new", "routed", "answered"):
        page = await admin.open(f"/cases/{case}")
        assert example.case().subject in page
        if case != "answered":
            assert await admin.open(f"/cases/{case}/deadlines")
    await admin.open("/units/kddb/edit")
    saved = await send(admin, "/units/kddb", kind="administrative", phone="0288 212 00 00")
    assert saved.status_code == 200, shown(saved)
    unit = await Units(database).get("kddb")
    assert (unit.email, unit.language, unit.deputies, unit.active) == (example.LIBRARY.email, "tr", (), True)
    assert set(unit.history[0].fields) == {"parent", "phone"}, "its parent is not there, and was not chosen"
    await _saves_all(admin, database)
    await older(before, "change", stack, database)
    kept = await Units(database).get("kddb")
    assert (kept.phone, kept.name_en, len(kept.history)) == (unit.phone, "Changed by the version before", 1)


async def _saves_all(admin: Browser, database: Database) -> None:
    await admin.open("/account")
    await admin.submit("/account", name="Ayşe Kaya", digest="yes")
    (account,) = await Accounts(database).all()
    assert (account.digest, account.history[0].fields["digest"]) == (True, (False, True))
    (template,) = [one async for one in database["templates"].find({})]
    await admin.open(f"/administration/templates/{template['_id']}")
    answer = await send(admin, f"/administration/templates/{template['_id']}", text_tr="Yeni metin.", active="yes")
    assert answer.status_code == 200, shown(answer)
    assert (await Templates(database).known(template["_id"])).wording.texts["tr"] == "Yeni metin."
    await admin.open("/cases/routed")
    await admin.submit("/cases/routed/notes", remark="Eski belgede yeni not.")
    assert "Eski belgede yeni not." in await admin.open("/cases/routed")
    assignment = await Assignments(database).get("asked")
    await Assignments(database).save(assignment.model_copy(update={"note": "Yeni."}))
    version = (await Snapshots(database, Units(database)).get("contacts")).version
    assert await Snapshots(database, Units(database)).renew() == version, "what the others know of it is the same"


async def test_the_version_before_keeps_what_it_does_not_know(before: Path, stack: Stack, database: Database) -> None:
    sealed = Database(database.mongodb, source="router", seal=Seal(example.SECRET), on_outbox=left_to_the_sweep)
    deputy = Deputy(id="d1", name="Elif", email="elif@klu.example", since=example.NOW, until=example.NOW)
    change = Change(at=example.NOW, by=ME, fields={"email": ("a@klu.example", "b@klu.example")})
    moves = Moves(by=ME, name="Ayşe", role="admin", at=example.NOW, reason="Birleşti.")
    new = {"head_email": "amir@klu.example", "copies": ("x@klu.example",), "language": "en", "successor": "yitdb"}
    stores: dict[str, Any] = {
        "units": Units(sealed),
        "accounts": Accounts(sealed),
        "templates": Templates(sealed),
        "cases": Cases(sealed),
        "assignments": Assignments(sealed),
        "letters": Letters(sealed),
        "messages": Messages(sealed),
    }
    await stores["units"].add(
        example.unit(**new, deputies=(deputy,), moves=moves, history=(change,), takes_compliments=False)
    )
    await directory(database, example.WORKS)
    account = example.account(digest=True, language="en", history=(change,), issuer="https://idp", subject="s")
    await with_factor(database, account.model_copy(update={"password_hash": QUICK}))
    template, *_ = await stores["templates"].all()
    words = {"names": template.wording.names, "texts": {"tr": "Yeni."}, "kind": "request", "unit": None}
    await stores["templates"].keep(changed(template, **words, active=True, by=ME, at=example.NOW))
    clocked = with_answer_clock(example.routed_case(id="clocked"), Deadlines())
    await stores["cases"].add(clocked)
    await stores["assignments"].add(example.units_assignment(id="asked", rescheduled_at=example.NOW))
    await stores["letters"].add(example.letter(id="m1.receipt"))
    for name in ("cases", "assignments", "letters", "messages"):
        await stores[name].add(NEWEST[name](id="newest"))
    known = {name: await _all(store) for name, store in stores.items()}
    await older(before, "change", stack, database)
    for name, store in stores.items():
        after = await _all(store)
        assert set(after) == set(known[name])
        for key, document in known[name].items():
            differ = {field for field in document if document[field] != after[key][field]}
            assert (name, differ - {"revision", "name_en", "name", "active", "priority", "note", "subject"}) == (
                name,
                set(),
            )
            assert after[key]["revision"] > document["revision"]


async def _all(store: Any) -> dict[str, dict[str, Any]]:
    """Every document of a store as this version reads it, by id."""
    ids = [row["_id"] async for row in store.collection.find({}, {"_id": 1})]
    return {key: (await store.get(key)).model_dump() for key in ids}
