"""What the notifier destroys of an order: letters, the addresses that answer them, mails with their files, marks."""

import re
from collections.abc import AsyncIterator
from typing import Any

from services.notifier.domain.letter import OF_NO_MESSAGE, OF_UNITS_PEOPLE, TO_THE_DESK
from services.notifier.store import Letters, ReceiptCounts
from services.notifier.store.mails import Mails, Returns
from shared.destruction import digest
from shared.erasure import FilesOf, Order, Removal, Rows, Whole, of
from shared.files.store import Files
from shared.person_exports import erased_with

CODES = "codes"
LISTS = tuple(template for template in OF_NO_MESSAGE if not template.startswith("account_"))
"""Letters that name several messages, by reference and subject."""


class Found:
    """What an order means here. Everything is looked up again each time: what is found by others goes after them."""

    def __init__(self, letters: Letters, mails: Mails) -> None:
        self._letters, self._mails = letters, mails

    async def others(self, order: Order) -> dict[str, Any] | None:
        """Lists that name the messages, letters with codes to the addresses, and letters that name people of a unit."""
        meant: list[dict[str, Any]] = []
        if references := [re.escape(one) for one in await self._references(order)]:
            meant.append({"template": {"$in": list(LISTS)}, "record": {"$regex": "|".join(references)}})
        if order.signatures:
            of_people = {"template": {"$in": list(OF_UNITS_PEOPLE)}, "assignment_id": {"$in": list(order.signatures)}}
            meant.append(of_people)
        if codes := [found["_id"] async for found in self._codes(order)]:
            meant.append({"_id": {"$in": codes}})
        return {"$or": meant} if meant else None

    async def mails(self, order: Order) -> dict[str, Any] | None:
        """Mails of the messages, those that are named, and those of the addresses that belong to no message."""
        ids = list(order.mail_ids)
        if order.addresses:
            unknown = self._mails.collection.find({"message_id": None, "sender": {"$gt": ""}}, {"sender": 1})
            ids += [found["_id"] async for found in unknown if digest(found["sender"]) in order.addresses]
        of_messages = [{"message_id": {"$in": list(order.message_ids)}}] if order.message_ids else []
        return {"$or": [{"_id": {"$in": ids}}, *of_messages]} if ids or of_messages else None

    async def files(self, order: Order) -> dict[str, Any] | None:
        """The files of those mails."""
        query = await self.mails(order)
        return {"message_id": {"$in": [found async for found in self._mails.ids(query)]}} if query else None

    async def contents(self, order: Order) -> dict[str, Any] | None:
        """The bytes of those mails."""
        query = await self.mails(order)
        if query is None:
            return None
        named = self._mails.collection.find({**query, "content": {"$gt": ""}}, {"content": 1})
        return {"content": {"$in": [found["content"] async for found in named]}}

    async def returns(self, order: Order) -> dict[str, Any] | None:
        """What came back from an address is stored under its digest."""
        marks = {*order.addresses, *(digest(one) for one in await self._citizens(order))}
        return {"_id": {"$in": sorted(marks)}} if marks else None

    async def receipts(self, order: Order) -> dict[str, Any] | None:
        """Counts of receipts name the letters."""
        query = {"message_id": {"$in": list(order.message_ids)}, "template": "receipt"}
        ids = [found async for found in self._letters.ids(query)]
        return {"letters": {"$in": ids}} if ids else None

    async def _citizens(self, order: Order) -> list[str]:
        """The addresses to which letters to the writers of the messages went."""
        to_citizens = {"template": {"$nin": [*TO_THE_DESK]}, "assignment_id": None, "unit_code": None}
        query = {"message_id": {"$in": list(order.message_ids)}, "erased_at": None, **to_citizens}
        return [str(one) for one in await self._letters.collection.distinct("recipient", query)]

    async def _references(self, order: Order) -> list[str]:
        query = {"message_id": {"$in": list(order.message_ids)}, "erased_at": None, "reference": {"$gt": ""}}
        return [str(one) for one in await self._letters.collection.distinct("reference", query)]

    async def _codes(self, order: Order) -> AsyncIterator[dict[str, Any]]:
        addresses = {*order.addresses, *(digest(one) for one in await self._citizens(order))}
        query = {"template": CODES, "erased_at": None}
        if addresses:
            async for found in self._letters.collection.find(query, {"recipient": 1}):
                if digest(found["recipient"]) in addresses:
                    yield found


def parts_of(letters: Letters, mails: Mails, files: Files, receipts: ReceiptCounts, returns: Returns) -> list[Removal]:
    """In the order in which they go: the letters name the addresses, the mails their bytes."""
    found = Found(letters, mails)
    return [
        Rows("returns", returns.collection, found.returns),
        Rows("receipt_counts", receipts.collection, found.receipts),
        FilesOf(files, found.files),
        FilesOf(files, erased_with, "exports"),
        Rows("mail_parts", mails.parts, found.contents),
        Whole("mails", mails, found.mails),
        Rows("reply_addresses", letters.reply_addresses, of("message_id")),
        Whole("other_letters", letters, found.others),
        Whole("letters", letters, of("message_id")),
    ]
