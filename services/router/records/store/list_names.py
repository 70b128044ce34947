"""Names of saved lists in which an officer wrote the name, address or phone of a person who is erased."""

import re
from collections.abc import Iterable
from typing import Any

from services.router.cases.store.cases import Cases
from shared.addresses import comparable
from shared.destruction import digest
from shared.erasure import Order
from shared.people import name_words, phone_numbers

ADDRESS = re.compile(r"[^\s\"'<>,;:()]+@[^\s\"'<>,;:()]+")


class ListNames:
    """The lists stay; such a name is replaced by a number. It goes before the cases, which tell who the person is.

    A name counts if all its words stand in that of the list, two at least: a first name alone says too little.
    """

    def __init__(self, cases: Cases) -> None:
        self.what, self._cases, self._lists = "list_names", cases, cases.database["saved_lists"]

    async def count(self, order: Order) -> int:
        """How many lists."""
        return len(await self._meant(order))

    async def destroy(self, order: Order) -> None:
        """Replace the names. The number is part of the list's id: no owner has two of the same name."""
        for found in await self._meant(order):
            named = {"$set": {"name": f"#{found['_id'][:8]}"}, "$inc": {"revision": 1}}
            await self._lists.update_one({"_id": found["_id"], "name": found["name"]}, named)

    async def _meant(self, order: Order) -> list[dict[str, Any]]:
        lists = [found async for found in self._lists.find({}, {"name": 1})]
        if not lists:
            return []
        of_order = {"_id": {"$in": list(order.message_ids)}, "erased_at": None}
        cases = self._cases.collection.find(of_order, {"submitter": 1})
        people = [found["submitter"] async for found in cases if found.get("submitter")]
        return [found for found in lists if _names(found["name"], people, order)]


def _names(text: str, people: Iterable[dict[str, Any]], order: Order) -> bool:
    addresses = {comparable(one) for one in ADDRESS.findall(text)}
    words, phones = set(name_words(text)), set(phone_numbers(text))
    if any(digest(one) in order.addresses for one in addresses):
        return True
    for person in people:
        own = set(name_words(person.get("name") or ""))
        if (
            (len(own) > 1 and own <= words)
            or comparable(person.get("email") or "") in addresses
            or phones.intersection(phone_numbers(person.get("phone") or ""))
        ):
            return True
    return False
