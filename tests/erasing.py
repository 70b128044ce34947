"""What the tests of erasure share: a person who is planted, and a scan of everything that is stored."""

from typing import Any

import bson
from fastapi import FastAPI

from shared.destruction import digest
from shared.documents import Database
from shared.erasure import Eraser, Order
from shared.files.store import Files, StoredFile
from tests import examples as example

NAME, EMAIL, PHONE, CODE = "Zeynep Gizlenmiş", "zeynep.gizlenmis@example.org", "0530 999 77 11", "GIZ-4471"
PERSON = (NAME, EMAIL, PHONE, CODE)
TEXT = f"Adım {NAME}, öğrenci numaram {CODE}, telefonum {PHONE}, adresim {EMAIL}."


async def hits(database: Database, *needles: str) -> list[str]:
    """Where one of these is stored, in any field, name or block of a file: collection and id."""
    wanted = [needle.encode() for needle in needles or PERSON]
    found = []
    for name in await database.mongodb.list_collection_names():
        async for document in database[name].find({}):
            raw = bson.encode(document)
            found += [f"{name} {document['_id']}" for needle in wanted if needle in raw]
    return found


def order(**different: Any) -> Order:
    """An order to destroy message ``m1``, mail ``mail1`` and the person's address."""
    given = {"id": "o1", "number": 1, "message_ids": ("m1",), "mail_ids": ("mail1",), "addresses": {digest(EMAIL)}}
    return Order(**{**given, **different})


def eraser_of(app: FastAPI) -> Eraser:
    """That of a service."""
    found: Eraser = store_of(app, Eraser)
    return found


def store_of(app: FastAPI, kind: type[Any]) -> Any:
    """The store of this class."""
    return next(store for store in app.state.service.database.stores if isinstance(store, kind))


async def plant_file(files: Files, file_id: str, **different: Any) -> None:
    """A file with the person in its name and content, and a preview."""
    content = TEXT.encode()
    given = {"id": file_id, "owner": "intake", "form": "form", "name": f"{NAME}.txt", "type": "text/plain"}
    about = {"size": len(content), "sha256": "x", "state": "clean", "at": example.NOW}
    await files.add(StoredFile.model_validate({**given, **about, **different}))
    for content_id in (file_id, f"{file_id}.preview"):
        await files.database["fs.files"].insert_one({"_id": content_id, "length": len(content), "name": NAME})
        await files.database["fs.chunks"].insert_one({"files_id": content_id, "n": 0, "data": content})
