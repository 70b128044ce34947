"""Runs in the code of the version before: puts its documents into a database, or changes those that are there.

``python older.py add|change <MongoDB> <database>``
"""

import asyncio
import sys
from datetime import timedelta
from typing import Any

from services.intake.store import Messages
from services.notifier.store import Letters
from services.replies.store import Assignments
from services.router.accounts.store import Accounts
from services.router.cases.store.cases import Cases
from services.router.directory.store import Snapshots, Units
from services.router.texts.store import Templates
from shared.documents import Database, connect, left_to_the_sweep
from shared.seal import Seal
from tests import examples as example

STORES: dict[str, tuple[Any, dict[str, Any]]] = {
    "units": (Units, {"name_en": "Changed by the version before"}),
    "accounts": (Accounts, {"name": "Changed by the version before"}),
    "templates": (Templates, {"active": False}),
    "cases": (Cases, {"priority": "high"}),
    "assignments": (Assignments, {"note": "Changed by the version before"}),
    "letters": (Letters, {"subject": "Changed by the version before"}),
    "messages": (Messages, {"revision_note": None}),
}


async def add(database: Database) -> None:
    """One of each. The words of the template are ours."""
    await Units(database).add(example.unit())
    await Accounts(database).put(example.account(role="admin"))
    template, *_ = await Templates(database).all()
    await Templates(database).add(template)
    await Cases(database).add(example.case(id="new", reference="26-0001-0A"))
    await Cases(database).add(example.routed_case(id="routed", reference="26-0002-0A"))
    await Cases(database).add(example.answered_case(id="answered", reference="26-0003-0A"))
    await Assignments(database).add(example.units_assignment(id="asked", due_at=example.NOW + timedelta(days=400)))
    await Letters(database).add(example.letter(id="m1.receipt"))
    await Messages(database).add(example.message(id="m1"))
    await Snapshots(database, Units(database)).renew()


async def change(database: Database) -> None:
    """Read each document, and save it with another value."""
    for name, (store, values) in STORES.items():
        documents: Any = store(database)
        for document_id in [row["_id"] async for row in database[name].find({"erased_at": None}, {"_id": 1})]:
            read = await documents.get(document_id)
            known = {field: value for field, value in values.items() if field in type(read).model_fields}
            await documents.save(read.model_copy(update=known))


async def _main(what: str, url: str, name: str) -> None:
    made = connect(url, name)
    database = Database(made, source="router", seal=Seal(example.SECRET), on_outbox=left_to_the_sweep)
    await {"add": add, "change": change}[what](database)
    made.client.close()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
