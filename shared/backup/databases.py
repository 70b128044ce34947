"""One moment of several databases, read and written as BSON. Knows the outboxes, and nothing else of what is in them.

Beside ``shared.documents`` and the stores, the only place that speaks to MongoDB.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from shared.outbox import FIELDS

NOT_KEPT = frozenset({"sessions"})
"""Who was logged in logs in again."""
BATCH = 500
Client = MongoClient[Any]


class NotEmpty(Exception):
    """There is something already where the backup should go: nothing was written."""


def dump(url: str, databases: Iterable[str], folder: Path) -> None:
    """Write every collection as it was at one and the same moment (read concern *snapshot*).

    The server keeps that moment for ``minSnapshotHistoryWindowInSeconds``, five minutes unless set otherwise.
    """
    with (
        MongoClient[Any](url, document_class=RawBSONDocument) as client,
        client.start_session(snapshot=True) as session,
    ):
        for database in databases:
            (folder / database).mkdir()
            for name in sorted(client[database].list_collection_names()):
                if name not in NOT_KEPT and not name.startswith("system."):
                    _dump(client, session, database, name, folder / database / f"{name}.bson")


def dump_added(url: str, database: str, name: str, folder: Path) -> None:
    """Add what came into a collection after the moment that was dumped."""
    file = folder / database / f"{name}.bson"
    dumped = {document["_id"] for batch in _batches(file) for document in batch} if file.exists() else set()
    with MongoClient[Any](url, document_class=RawBSONDocument) as client, file.open("ab") as output:
        for document in client[database][name].find({}):
            if document["_id"] not in dumped:
                output.write(document.raw)


def require_empty(url: str, names: Iterable[tuple[str, str]]) -> None:
    """Raise NotEmpty when one of these collections has a document."""
    with MongoClient[Any](url) as client:
        for database, name in names:
            if client[database][name].find_one({}, {"_id": 1}):
                raise NotEmpty(f"{database}.{name} is not empty; what an earlier try has left must be dropped first")


def load(url: str, database: str, name: str, file: Path) -> int:
    """Put the documents of a file into a collection. Returns how many."""
    count = 0
    with MongoClient[Any](url, w="majority") as client:
        for batch in _batches(file):
            client[database][name].insert_many(batch)
            count += len(batch)
    return count


def owe_again(url: str, database: str, file: Path) -> int:
    """What was published shortly before the moment is owed by its document once more. Returns how many events."""
    count = 0
    with MongoClient[Any](url, w="majority") as client:
        for published in (published for batch in _batches(file) for published in batch):
            owners = client[database][published["collection"]]
            count += sum(_owe_again(owners, event) for event in published["events"])
    return count


def _owe_again(owners: Collection[Any], event: Mapping[str, Any]) -> int:
    """Once, though it may have been published twice."""
    unpublished = {name: value for name, value in event.items() if name in (*FIELDS, "sealed")}
    owner = {"_id": event["document_id"], "outbox.id": {"$ne": event["id"]}}
    return owners.update_one(owner, {"$push": {"outbox": unpublished}}).matched_count


def _dump(client: Client, session: ClientSession, database: str, name: str, file: Path) -> None:
    with file.open("wb") as output:
        for document in client[database][name].find({}, session=session):
            output.write(document.raw)


def _batches(file: Path) -> Iterator[list[RawBSONDocument]]:
    batch: list[RawBSONDocument] = []
    with file.open("rb") as source:
        for document in bson.decode_file_iter(source, bson.CodecOptions(document_class=RawBSONDocument)):
            batch.append(document)
            if len(batch) == BATCH:
                yield batch
                batch = []
    if batch:
        yield batch
