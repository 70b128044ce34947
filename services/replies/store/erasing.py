"""What the portal destroys of an order: the assignments of messages with their files, and names of people of units."""

import re
from typing import Any

from services.replies.domain.assignment import letters
from services.replies.domain.erasing import without_names
from services.replies.store import Assignments, LinkRequests
from shared.destruction import digest
from shared.erasure import FilesOf, Order, Removal, Rows, Whole, Work, each, of
from shared.files.store import Files
from shared.person_exports import erased_with


def parts_of(assignments: Assignments, requests: LinkRequests, files: Files) -> list[Removal]:
    """In the order in which they go."""

    async def attached(order: Order) -> dict[str, Any] | None:
        """Sent or not: the form of a file has the id of the assignment, perhaps with a dot and more behind it."""
        ids = [found async for found in assignments.ids({"message_id": {"$in": list(order.message_ids)}})]
        forms = [*ids, *(re.compile(f"^{re.escape(one)}\\.") for one in ids)]
        return {"$or": [{"message_id": {"$in": ids}}, {"form": {"$in": forms}}]} if ids else None

    async def wanted(order: Order) -> dict[str, Any] | None:
        query = {"message_id": {"$in": list(order.message_ids)}, "erased_at": None}
        asked = [letters(found["reference"]) async for found in assignments.collection.find(query, {"reference": 1})]
        waiting = requests.collection.find({"wanted": {"$gt": ""}}, {"wanted": 1})
        known = [found["wanted"] async for found in waiting if digest(found["wanted"]) in order.addresses]
        return {"wanted": {"$in": [*asked, *known]}} if asked or known else None

    async def count_signed(order: Order) -> int:
        return len(await assignments.those(order.signatures))

    async def unsign(order: Order) -> None:
        async def one(assignment_id: str) -> None:
            assignment = await assignments.find_one(assignment_id)
            if assignment and (after := without_names(assignment)) != assignment:
                await assignments.save(after)

        await each(order.signatures, one)

    return [
        FilesOf(files, attached),
        FilesOf(files, erased_with, "exports"),
        Rows("link_requests", requests.collection, wanted),
        Work("signatures", count_signed, unsign),
        Whole("assignments", assignments, of("message_id")),
    ]
