"""Which queries of a service read many documents to find a few."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from shared.documents import Collection, Database

MANY = 200


@asynccontextmanager
async def scans(app: FastAPI, database: Database) -> AsyncIterator[set[str]]:
    """The collections of which a query in the block reads all; filled when the block ends.

    Each collection of the service has many documents that no query means.
    """
    for store in app.state.service.database.stores:
        await store.prepare()
        await _fill(store.collection)
    stored, found = database.mongodb, set[str]()
    await stored.command("profile", 2)
    try:
        yield found
    finally:
        await stored.command("profile", 0)
    async for one in stored["system.profile"].find({"docsExamined": {"$gte": MANY}}):
        found.add(one["ns"].partition(".")[2])


async def _fill(collection: Collection) -> None:
    """Documents of one message, with something of their own where an index is unique."""
    indexes = await collection.index_information()
    unique = [name for one in indexes.values() if one.get("unique") for name, _ in one["key"]]
    await collection.insert_many(
        [{"_id": f"planted-{n}", "message_id": "planted", **dict.fromkeys(unique, f"planted-{n}")} for n in range(MANY)]
    )
