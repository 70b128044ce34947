"""The documents of files, and their bytes in GridFS.

A few blocks are written and read at a time. The driver's ``GridFSBucket`` collects up to 48 MB before it writes, and
reads a whole batch; what is stored is the same (https://github.com/mongodb/specifications, gridfs).
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any

from bson import Binary
from pydantic import AwareDatetime
from pymongo import IndexModel, WriteConcern

from shared.documents import Conflict, Database, Documents, NotFound, where_present
from shared.events import FileRef
from shared.state import Aggregate

BLOCK = 255 * 1024
"""Bytes of one chunk in GridFS."""
TOGETHER = 4
"""Blocks that are written at once: 1 MB in memory for each upload."""
ARRIVING, HELD, CLEAN, UNSCANNED, INFECTED = "arriving", "held", "clean", "unscanned", "infected"
OFFERED = (CLEAN, UNSCANNED)
"""States in which a file may be read."""
PREVIEW = ".preview"
PENDING_FOR = timedelta(days=1)
"""How long a file is kept that no message names."""


class StoredFile(Aggregate):
    """A file that somebody attached. ``id``: 128 random bits.

    ``form`` is the id of what it was attached to before that was sent; ``message_id`` says that it was sent, or was
    about to be, at ``claimed_at``. ``in_message``: a message names it. ``size`` in bytes; ``sha256`` and ``size`` are
    of what is stored, ``sent_sha256`` is of what was sent: a picture is written anew.
    """

    owner: str
    form: str
    name: str
    type: str
    size: int
    sha256: str
    sent_sha256: str = ""
    state: str
    preview: bool = False
    at: AwareDatetime
    message_id: str | None = None
    claimed_at: AwareDatetime | None = None
    in_message: bool = False
    exported: tuple[str, ...] = ()
    """Of an export of a person's data: the ids of the messages, mails and assignments that are in it."""

    @property
    def ref(self) -> FileRef:
        """How events name it."""
        return FileRef(
            id=self.id,
            owner=self.owner,
            name=self.name,
            type=self.type,
            size=self.size,
            sha256=self.sha256,
            state=self.state,
            preview=self.preview,
        )


Needed = Callable[[StoredFile], Awaitable[bool]]
"""Whether a document of the service names this file, or a form that is still open needs it."""


class Files(Documents[StoredFile]):
    """The files of one service."""

    indexes = (
        IndexModel([("form", 1), ("at", 1)]),
        IndexModel([("message_id", 1), ("at", 1), ("size", 1)]),
        IndexModel([("in_message", 1), ("at", 1)]),
        IndexModel("state", partialFilterExpression={"state": HELD}),
        where_present("exported"),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "files", StoredFile)
        self._heads, self._blocks = database["fs.files"], database["fs.chunks"]
        # w=1 suffices: the document that is saved afterwards waits for the majority, and replication keeps the order.
        quickly = WriteConcern(w=1)
        self._writing = self._blocks.with_options(write_concern=quickly)
        self._ending = self._heads.with_options(write_concern=quickly)

    async def prepare(self) -> None:
        """Find files by form and by state, and blocks in their order."""
        await super().prepare()
        await self._blocks.create_index([("files_id", 1), ("n", 1)], unique=True)

    async def of_form(self, form: str) -> list[StoredFile]:
        """What is attached to a form, in the order in which it came; of equal contents, the first."""
        return await self._attached({"form": form})

    async def count_others(self, file: StoredFile) -> int:
        """How many files with other contents are attached to the form of this one, or on their way to it.

        A double click sends the same ones twice.
        """
        others = {"$ne": file.sent_sha256}
        query = {"form": file.form, "sent_sha256": others, "state": {"$ne": INFECTED}, "erased_at": None}
        return len(await self.collection.distinct("sent_sha256", query))

    async def claim(self, form: str, message_id: str) -> list[StoredFile]:
        """The files of a form that is being sent. From here on they belong to this message, if it is stored.

        What arrives later is not among them: it would be deleted after a day, though a message names it.
        """
        await self.collection.update_many(
            {
                "form": form,
                "message_id": {"$in": [None, message_id]},
                "in_message": False,
                "state": {"$ne": ARRIVING},
                "erased_at": None,
            },
            {"$set": {"message_id": message_id, "claimed_at": self.database.clock()}, "$inc": {"revision": 1}},
        )
        return await self._attached({"form": form, "message_id": message_id})

    async def _attached(self, query: dict[str, Any]) -> list[StoredFile]:
        query = query | {"state": {"$nin": [ARRIVING, INFECTED]}}
        found = await self.find(query, sort=[("at", 1), ("_id", 1)], limit=100)
        return list({file.sha256: file for file in reversed(found)}.values())[::-1]

    async def detach(self, file: StoredFile) -> None:
        """Take a file off its form; whoever named it still does. The sweep looks again whether somebody needs it."""
        await self.save(file.model_copy(update={"form": "", "in_message": False}))

    async def move(self, form: str, to: str, *, but: set[str]) -> None:
        """Attach the files of a form to another one, except those with these ids."""
        await self.collection.update_many(
            {"form": form, "_id": {"$nin": list(but)}, "in_message": False, "erased_at": None},
            {"$set": {"form": to, "message_id": None}, "$inc": {"revision": 1}},
        )

    async def pending_bytes(self) -> int:
        """How many bytes are stored for forms that were not sent."""
        stages: list[dict[str, Any]] = [
            {"$match": {"message_id": None}},
            {"$group": {"_id": None, "size": {"$sum": "$size"}}},
        ]
        return sum([found["size"] async for found in self.collection.aggregate(stages)])

    async def write(self, content_id: str, content: AsyncIterator[bytes], *, sha256: Callable[[], str]) -> int:
        """Store bytes. ``content`` has blocks of BLOCK bytes, but for the last. Returns their number."""
        number = length = 0
        waiting: list[dict[str, Any]] = []
        async for block in content:
            waiting.append({"files_id": content_id, "n": number, "data": Binary(block)})
            number, length = number + 1, length + len(block)
            if len(waiting) == TOGETHER:
                await self._writing.insert_many(waiting)
                waiting = []
        if waiting:
            await self._writing.insert_many(waiting)
        at = self.database.clock()
        head = {"_id": content_id, "length": length, "chunkSize": BLOCK, "uploadDate": at}
        await self._ending.insert_one(head | {"metadata": {"sha256": sha256()}})
        return length

    async def read(self, content_id: str) -> AsyncIterator[bytes]:
        """The bytes of a file, a block at a time."""
        async for found in self._blocks.find({"files_id": content_id}, batch_size=2).sort("n", 1):
            yield bytes(found["data"])

    async def length(self, content_id: str) -> int | None:
        """How many bytes are stored under this id; None if there are none."""
        found = await self._heads.find_one({"_id": content_id}, {"length": 1})
        return found["length"] if found else None

    async def forget_unchanged(self, file: StoredFile) -> bool:
        """Delete a file, unless somebody has changed it since it was read: it may just have been sent.

        From the first write on, nobody finds it; after a crash the sweep deletes the rest.
        """
        gone = {"$set": {"state": ARRIVING}, "$inc": {"revision": 1}}
        written = await self.collection.update_one({"_id": file.id, "revision": file.revision}, gone)
        if written.matched_count:
            await self.forget(file.id)
        return bool(written.matched_count)

    async def forget(self, file_id: str) -> None:
        """Delete a file. The bytes go first, so that none are left without a document."""
        await self.forget_bytes(file_id)
        await self.collection.delete_one({"_id": file_id})

    async def forget_bytes(self, file_id: str) -> None:
        """Delete what is stored of a file, and its preview."""
        contents = {"$in": [file_id, preview_id(file_id)]}
        await self._heads.delete_many({"_id": contents})
        await self._blocks.delete_many({"files_id": contents})

    async def sweep(self, needed: Needed) -> None:
        """Delete the files, older than PENDING_FOR, that no document needs, nor one that is just being stored."""
        before = self.database.clock() - PENDING_FOR
        old = {"in_message": False, "at": {"$lt": before}, "claimed_at": {"$not": {"$gte": before}}}
        async for file_id in self.ids(old):
            with suppress(Conflict, NotFound):  # somebody sends or removes it just now
                await self._sweep_one(await self.get(file_id), needed)
        async for head in self._heads.find({"uploadDate": {"$lt": before}}, {"_id": 1}):
            file_id = str(head["_id"]).removesuffix(PREVIEW)
            if not await self.collection.find_one({"_id": file_id}, {"_id": 1}):
                await self.forget_bytes(file_id)

    async def _sweep_one(self, file: StoredFile, needed: Needed) -> None:
        if file.state == ARRIVING or not await needed(file):
            await self.forget_unchanged(file)
        elif file.message_id:
            await self.save(file.model_copy(update={"in_message": True}))


def preview_id(file_id: str) -> str:
    """The id of the preview's bytes."""
    return file_id + PREVIEW


def held(now: datetime) -> dict[str, Any]:
    """Query for the files that are still to be scanned."""
    return {"state": HELD}
