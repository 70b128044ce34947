"""What the intake destroys of an order: messages, their files, and requests for the codes of their addresses."""

from collections.abc import Sequence
from typing import Any

from services.intake.domain.lost import request_id_of
from services.intake.store import LostRequests, Messages
from shared.destruction import digest
from shared.documents import IS_TEXT
from shared.erasure import FilesOf, Order, Removal, Rows, Whole, of
from shared.files.store import Files
from shared.person_exports import erased_with


def parts_of(messages: Messages, requests: LostRequests, files: Files, *, secrets: Sequence[str]) -> list[Removal]:
    """In the order in which they go. ``secrets``: with one of them the id of a request was made of its address."""

    async def asked_for(order: Order) -> dict[str, Any] | None:
        """What waits is named by its address; what rests is found by the addresses of the messages alone."""
        query = {"_id": {"$in": list(order.message_ids)}, "submission.email": IS_TEXT}
        found_here = messages.collection.find(query, {"submission.email": 1})
        written = [found["submission"]["email"] async for found in found_here]
        ids = [request_id_of(secret, email) for email in written for secret in secrets]
        waiting = requests.collection.find({"email": {"$gt": ""}}, {"email": 1}) if order.addresses else None
        if waiting is not None:
            ids += [found["_id"] async for found in waiting if digest(found["email"]) in order.addresses]
        return {"_id": {"$in": ids}} if ids else None

    return [
        FilesOf(files, of("message_id")),
        FilesOf(files, erased_with, "exports"),
        Rows("code_requests", requests.collection, asked_for),
        Whole("messages", messages, of("_id")),
    ]
