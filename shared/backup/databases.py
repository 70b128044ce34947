"""Dump and load several databases as BSON, at one moment. Of the documents it knows the outbox only.

Beside ``shared.documents`` and the stores, the only module that uses MongoDB.
"""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.client_session import ClientSession
from pymongo.collection import Collection

from shared.outbox import FIELDS, SEAL_KEY, SEALED

NOT_KEPT = frozenset({"sessions", "kept_forms", "first_links", "account_turns"})
"""After a restore everybody logs in again. What belongs to a session or lasts for hours is not kept."""
COPIED_APART = frozenset({"fs.chunks"})
"""The contents of files: see ``shared.backup.files``."""
BATCH, BATCH_BYTES = 500, 16 * 1024 * 1024
"""Documents that are read and inserted together: so many, and with the last of them at least so many bytes."""
Client = MongoClient[Any]


class MissingKeys(Exception):
    """The backup has sealed parts that the services could not open. Nothing was written."""


class NotEmpty(Exception):
    """The target of a restore has documents. Nothing was written."""


def dump(url: str, databases: Iterable[str], folder: Path) -> None:
    """Write all collections as they were at one moment (read concern *snapshot*).

    It must not take longer than ``minSnapshotHistoryWindowInSeconds`` of the server, by default five minutes.
    """
    with (
        MongoClient[Any](url, document_class=RawBSONDocument) as client,
        client.start_session(snapshot=True) as session,
    ):
        for database in databases:
            (folder / database).mkdir()
            for name in sorted(client[database].list_collection_names()):
                if name not in NOT_KEPT | COPIED_APART and not name.startswith("system."):
                    _dump(client, session, database, name, folder / database / f"{name}.bson")


def dump_added(url: str, database: str, name: str, folder: Path) -> None:
    """Append the documents that were added to a collection after its dump."""
    file = folder / database / f"{name}.bson"
    dumped = {document["_id"] for batch in _batches(file) for document in batch} if file.exists() else set()
    with MongoClient[Any](url, document_class=RawBSONDocument) as client, file.open("ab") as output:
        for document in client[database][name].find({}):
            if document["_id"] not in dumped:
                output.write(document.raw)


def require_keys(needed: Iterable[tuple[str, Path]], known: Mapping[str, Iterable[str]]) -> None:
    """Raise MissingKeys when something in these files is sealed with a key that is not known. Both name the service."""
    missing = sorted(
        {(service, key) for service, file in needed for key in _seal_keys(file) if key not in known.get(service, ())}
    )
    if missing:
        told = ", ".join(f"{key} of {service}" for service, key in missing)
        raise MissingKeys(f"Secret keys are missing: {told}. Give them to the services, and name them in KLU_SEAL_KEYS")


def _seal_keys(file: Path) -> set[str]:
    """The ids of the keys of outboxes, of the log of published events, of parked events, of failed letters, of mails,
    and of second factors."""
    found = set()
    for document in (document for batch in _batches(file) for document in batch):
        factor = document.get("second_factor") or {}
        for part in (document, factor, *document.get("outbox", ()), *document.get("events", ())):
            found.add(part.get(SEAL_KEY, ""))
    return found - {""}


def require_empty(url: str, names: Iterable[tuple[str, str]]) -> None:
    """Raise NotEmpty when one of these collections has a document."""
    with MongoClient[Any](url) as client:
        for database, name in names:
            if client[database][name].find_one({}, {"_id": 1}):
                raise NotEmpty(f"{database}.{name} is not empty; drop what an earlier attempt has left")


def load(url: str, database: str, name: str, file: Path) -> int:
    """Insert the documents of a file into a collection. Returns their number."""
    count = 0
    with MongoClient[Any](url, w="majority") as client:
        for batch in _batches(file):
            client[database][name].insert_many(batch)
            count += len(batch)
    return count


def owe_again(url: str, database: str, file: Path) -> int:
    """Put the events of the log of published events back into their outboxes. Returns their number."""
    count = 0
    with MongoClient[Any](url, w="majority") as client:
        for published in (published for batch in _batches(file) for published in batch):
            owners = client[database][published["collection"]]
            count += sum(_owe_again(owners, event) for event in published["events"])
    return count


def _owe_again(owners: Collection[Any], event: Mapping[str, Any]) -> int:
    """Put one event back, unless it is there: the log has it twice if it was published twice."""
    unpublished = {name: value for name, value in event.items() if name in (*FIELDS, SEALED, SEAL_KEY)}
    owner = {"_id": event["document_id"], "outbox.id": {"$ne": event["id"]}}
    return owners.update_one(owner, {"$push": {"outbox": unpublished}}).matched_count


def _dump(client: Client, session: ClientSession, database: str, name: str, file: Path) -> None:
    with file.open("wb") as output:
        for document in client[database][name].find({}, session=session):
            output.write(document.raw)


def _batches(file: Path) -> Iterator[list[RawBSONDocument]]:
    batch, size = list[RawBSONDocument](), 0
    with file.open("rb") as source:
        for document in bson.decode_file_iter(source, bson.CodecOptions(document_class=RawBSONDocument)):
            batch.append(document)
            size += len(document.raw)
            if len(batch) == BATCH or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
    if batch:
        yield batch
