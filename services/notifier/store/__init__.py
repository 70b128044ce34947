"""The notifier's documents: letters, and the addresses of units."""

import asyncio
import hashlib
import os
from collections.abc import Collection, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from pymongo import IndexModel, ReturnDocument
from pymongo.collation import Collation
from pymongo.errors import DuplicateKeyError

from services.notifier.domain.addressing import ReplyAddress, addressee_of, as_token
from services.notifier.domain.contacts import Contact, Contacts
from services.notifier.domain.letter import Letter, LetterState, mail_domain, receipt, receipt_to
from shared.addresses import deliverable
from shared.documents import AGGREGATE, Database, Documents, NotYet
from shared.events import CloudEvent, ContactsKnown, Event
from shared.person_answers import MOST
from shared.retrying import on_conflict
from shared.seal import WrongKey

CONTACTS = "contacts"
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ANY_CASE = Collation("en", strength=2)
"""Addresses are compared without case."""
MOST_OF_MESSAGES = 10_000
QUEUED = {"state": LetterState.QUEUED.value}
STAYING = (LetterState.FAILED, LetterState.HELD)
"""States of letters that keep their bytes and do not leave, perhaps for ever."""


class Letters(Documents[Letter]):
    """Every letter ever made. ``due`` is set when there may be one to send.

    ``returning``: each letter gets a return path of its own, because mail comes in here.
    """

    indexes = (
        *(IndexModel(by, partialFilterExpression=QUEUED) for by in ([("due_at", 1), ("domain", 1)], "made_at")),
        IndexModel("keep_until", partialFilterExpression={"keep_until": {"$gt": EPOCH}}),
        IndexModel("message_id", partialFilterExpression={"state": LetterState.FAILED.value}),
        IndexModel("return_path", partialFilterExpression={"return_path": {"$gt": ""}}),
        IndexModel([("message_id", 1), ("template", 1)]),
        IndexModel([("template", 1), ("assignment_id", 1)]),
        IndexModel([("recipient", 1), ("made_at", -1)], collation=ANY_CASE),
    )

    def __init__(self, database: Database, *, returning: bool = False) -> None:
        super().__init__(database, "letters", Letter)
        self.due = asyncio.Event()
        self._returning = returning
        self.reply_addresses = database["reply_addresses"]

    @staticmethod
    def belongs_to(aggregate: Letter) -> tuple[str, ...]:
        """The message."""
        return (aggregate.message_id,)

    async def prepare(self) -> None:
        """What is to be sent next, what waits longest, and what an erasure looks for."""
        await super().prepare()
        await self.reply_addresses.create_index("message_id")

    async def to_address(self, email: str) -> list[Letter]:
        """The newest letters to this ``comparable`` address."""
        found = self.collection.find({"recipient": email, "erased_at": None}, AGGREGATE).collation(ANY_CASE)
        return [self._read(one) async for one in found.sort("made_at", -1).limit(MOST)]

    async def of_messages(self, ids: Sequence[str]) -> list[Letter]:
        """The letters of these messages, the oldest first."""
        return await self.find({"message_id": {"$in": list(ids)}}, sort=[("made_at", 1)], limit=MOST_OF_MESSAGES)

    async def answered_from(self, message_id: str, email: str | None, at: datetime) -> None:
        """Answers of the submitter of this message come from another address since ``at``; not if a newer is known."""
        of_citizen = {"message_id": message_id, "addressee": "citizen", "corrected_at": {"$not": {"$gte": at}}}
        now_from = {"recipient": deliverable(email or ""), "corrected_at": at}
        await self.reply_addresses.update_many(of_citizen, {"$set": now_from})

    async def add(
        self, aggregate: Letter, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> None:
        """Keep a new letter, and have it sent. Its Reply-To is kept first: an answer is to find it."""
        if aggregate.reply_token:
            await self._keep_reply_address(aggregate)
        token = as_token(os.urandom(20)) if self._returning else ""
        letter = self._stored(aggregate.model_copy(update={"return_path": token}))
        await super().add(letter, announcing=announcing, handling=handling)
        self.due.set()

    async def letter_by_return_path(self, token: str) -> Letter | None:
        """The letter that comes back to this token (``addressing.return_path``); None for an unknown one."""
        found = await self.find({"return_path": token}, sort=[("_id", 1)], limit=1) if token else []
        return found[0] if found else None

    async def reply_address(self, token: str) -> ReplyAddress | None:
        """Whose answers come to this token (``addressing.reply_to``); None for an unknown one."""
        found = await self.reply_addresses.find_one({"_id": token})
        return ReplyAddress.model_validate({"token": found["_id"], **found}) if found else None

    async def _keep_reply_address(self, letter: Letter) -> None:
        """Idempotent: the token is always the same for a case and addressee."""
        address = {
            "message_id": letter.message_id,
            "assignment_id": letter.assignment_id,
            "addressee": addressee_of(letter.template, letter.assignment_id),
            "recipient": letter.recipient,
            "language": letter.language,
        }
        await self.reply_addresses.update_one({"_id": letter.reply_token}, {"$set": address}, upsert=True)

    async def save(
        self, aggregate: Letter, *, announcing: Event | Sequence[Event] = (), handling: CloudEvent[Any] | None = None
    ) -> Letter:
        """Update a letter. The bytes of one that does not leave may hold a link or a code: they are sealed."""
        return await super().save(self._stored(aggregate), announcing=announcing, handling=handling)

    def raw(self, letter: Letter) -> bytes:
        """The bytes of a letter. Raises WrongKey when they were sealed with another secret key."""
        if not letter.sealed_raw:
            return letter.raw
        assert self.database.seal
        return self.database.seal.open(letter.sealed_raw).encode("latin-1")

    def opened(self, letter: Letter) -> Letter:
        """The letter with its bytes in clear. Raises WrongKey."""
        return letter.model_copy(update={"raw": self.raw(letter), "sealed_raw": "", "seal_key": ""})

    def sealed_before(self, now: datetime) -> dict[str, Any]:
        """Letters that do not leave and are in clear, from an older version, or any not sealed with the newest key."""
        assert self.database.seal
        in_clear = {"raw": {"$ne": b""}, "state": {"$in": [state.value for state in STAYING]}}
        sealed = {"sealed_raw": {"$nin": ["", None]}}
        return {"$or": [in_clear, sealed], "seal_key": {"$ne": self.database.seal.key_id}}

    async def seal_anew(self, letter_id: str, now: datetime) -> None:
        """Seal the bytes of one with the newest key. Raises WrongKey when no key opens them."""
        letter = await self.get(letter_id)
        await self.save(letter.model_copy(update={"raw": self.raw(letter)}))

    def _stored(self, letter: Letter) -> Letter:
        return self._sealed(letter.model_copy(update={"domain": mail_domain(letter.recipient)}))

    def _sealed(self, letter: Letter) -> Letter:
        seal, kept = self.database.seal, (*STAYING, LetterState.SENT)
        if letter.state not in kept or not letter.raw:
            return letter
        if seal is None:
            return letter.model_copy(update={"raw": b""}) if letter.state is LetterState.SENT else letter
        sealed = {"sealed_raw": seal.close(letter.raw.decode("latin-1")), "seal_key": seal.key_id}
        return letter.model_copy(update={"raw": b"", **sealed})

    async def oldest_unsent(self) -> datetime | None:
        """Since when the oldest letter waits that has not left."""
        found = await self.collection.find_one(
            {"state": LetterState.QUEUED.value}, {"made_at": 1}, sort=[("made_at", 1)]
        )
        return found["made_at"] if found else None

    async def oldest_untaken(self) -> datetime | None:
        """Since when the oldest letter waits that should have left and that no mail server has taken or refused."""
        due = {"$or": [{"attempts": {"$gt": 0}}, {"due_at": {"$lte": self.database.clock()}}]}
        waits = {"state": LetterState.QUEUED.value, "refusals": 0, **due}
        found = await self.collection.find_one(waits, {"made_at": 1}, sort=[("made_at", 1)])
        return found["made_at"] if found else None

    async def claim(self, now: datetime, lease: timedelta, closed: Sequence[str] = ()) -> Letter | None:
        """Take the letter that is due for the longest time; nobody else gets it until the lease is over.

        None that goes to a domain in ``closed``.

        ``shared.scheduled`` needs no lease, this does: a letter that has left cannot be taken back by the write that
        follows, so it must be one sender's before.
        """
        found = await self.collection.find_one_and_update(
            {"state": LetterState.QUEUED.value, "due_at": {"$lte": now}}
            | ({"domain": {"$nin": list(closed)}} if closed else {}),
            {
                "$set": {"due_at": now + lease, "leased_until": now + lease, "tried_at": now},
                "$inc": {"attempts": 1, "revision": 1},
            },
            projection=AGGREGATE,
            sort=[("due_at", 1)],
            return_document=ReturnDocument.AFTER,
        )
        return self._read(found) if found else None

    async def delete_old_bytes(self) -> bool:
        """Delete the bytes of letters that were sent, or have failed, long enough ago. Returns False: all is done."""
        await self._delete_bytes({"keep_until": {"$gt": EPOCH, "$lte": self.database.clock()}})
        return False

    async def delete_failed_bytes(self, message_id: str) -> None:
        """Delete the bytes of the failed letters of a message: its case is closed."""
        await self._delete_bytes({"message_id": message_id, "state": LetterState.FAILED.value})

    async def _delete_bytes(self, of: dict[str, Any]) -> None:
        gone = {"raw": b"", "sealed_raw": "", "seal_key": "", "keep_until": None}
        await self.collection.update_many({**of, "erased_at": None}, {"$set": gone, "$inc": {"revision": 1}})

    def sealed(self, link: str) -> str:
        """A status link as it is stored."""
        assert self.database.seal
        return self.database.seal.close(link)

    async def status_link(self, message_id: str, recipient: str) -> str | None:
        """The status link of a message, if a receipt with it went to this same address, or the address was corrected to
        it since.
        """
        assert self.database.seal
        to = deliverable(recipient)
        for letter_id in (receipt(message_id), receipt_to(message_id, to)):
            found = await self.find_one(letter_id)
            if found and found.sealed_link and to == (found.link_for if found.link_moved else found.recipient):
                with suppress(WrongKey):
                    return self.database.seal.open(found.sealed_link)
        return None

    async def hasten(self, units: Collection[str], now: datetime) -> None:
        """What waits for its next attempt at a unit's former contacts is due now.

        Not what is being sent: another process would send it as well. Its next attempt, if any, is at the new address.
        """
        waiting = {"state": LetterState.QUEUED.value, "due_at": {"$gt": now}, "unit_code": {"$in": list(units)}}
        unleased = {"leased_until": {"$not": {"$gt": now}}}
        await self.collection.update_many(waiting | unleased, {"$set": {"due_at": now}})
        self.due.set()


class Snapshots(Documents[Contacts]):
    """What the router told of the directory: one document."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "snapshots", Contacts)

    async def contacts(self) -> Contacts:
        """The addresses; none, in version 0, before the router has told them."""
        return await self.get_or_add(Contacts(id=CONTACTS))

    async def contact_of(self, code: str, *, version: int = 0) -> Contact | None:
        """The contact of a unit, in this version of the addresses or a newer one; None for an unknown unit.

        Raises NotYet before that version is there.
        """
        one = {"version": 1, "units": {"$elemMatch": {"code": code}}}
        found = await self.collection.find_one({"_id": CONTACTS}, one) or {}
        if found.get("version", 0) < version:
            raise NotYet(f"version {version} of the addresses of units")
        return next((Contact.model_validate(unit) for unit in found.get("units", ())), None)

    async def email_of(
        self, code: str, *, version: int = 0, role: str = "responsible", now: datetime | None = None
    ) -> str | None:
        """The address of a unit for this role (``responsible`` or ``head``) at a time: a deputy's in their time.

        None for an unknown unit. Raises as ``contact_of``.
        """
        contact = await self.contact_of(code, version=version)
        return contact.reader(role, now or self.database.clock()) if contact else None

    async def tell(self) -> bool:
        """Tell the router which version is here, and so get a newer one. Returns False: no more to do at once."""
        await on_conflict(self._tell)
        return False

    async def _tell(self) -> None:
        contacts = await self.contacts()
        await self.replace(contacts, announcing=ContactsKnown(version=contacts.version))


class ReceiptCounts:
    """Which receipts an address gets in an hour, in the collection ``receipt_counts``."""

    def __init__(self, database: Database) -> None:
        self.collection = database["receipt_counts"]

    async def prepare(self) -> None:
        """Create the TTL index."""
        await self.collection.create_index("expires_at", expireAfterSeconds=0)

    async def has_room(self, letter_id: str, address: str, now: datetime, *, most: int) -> bool:
        """Whether this receipt is among the first ``most`` to the address in this hour; asked again, the same."""
        hour = now.replace(minute=0, second=0, microsecond=0)
        key = hashlib.sha256(f"{address}:{hour.isoformat()}".encode()).hexdigest()
        counted = {"$ifNull": ["$letters", []]}
        full = {"$or": [{"$in": [letter_id, counted]}, {"$gte": [{"$size": counted}, most]}]}
        change = {
            "letters": {"$cond": [full, counted, {"$concatArrays": [counted, [letter_id]]}]},
            "expires_at": hour + timedelta(hours=2),
        }
        count = partial(
            self.collection.find_one_and_update,
            {"_id": key},
            [{"$set": change}],
            upsert=True,
            return_document=ReturnDocument.AFTER,
        )
        try:
            found = await count()
        except DuplicateKeyError:  # two first ones at once
            found = await count()
        return letter_id in found["letters"]
