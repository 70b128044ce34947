"""Messages and events as the intake makes them, without its process: for the floor, the relay and the queues."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any
from uuid import uuid4

from services.intake.api.messages import EXAMPLE
from services.intake.domain.codes import new_reference
from services.intake.domain.message import Message, Submission, submit
from shared.clock import utc_now
from shared.documents import Database, Documents, connect, left_to_the_sweep
from shared.events import Event, envelope
from shared.seal import Seal
from shared.signing import Signer

SUBMISSION = Submission.model_validate({k: v for k, v in EXAMPLE.items() if k in Submission.model_fields})


def submitted() -> tuple[Message, Sequence[Event]]:
    """A new message with its two events; no reference is drawn twice."""
    now, code = utc_now(), uuid4().hex
    return submit(
        SUBMISSION,
        message_id=str(uuid4()),
        reference=f"{new_reference(now)}-{code[:6]}",
        code=code,
        base_url="http://127.0.0.1:8001",
        language="tr",
        now=now,
    )


def body(event: Event, signer: Signer) -> bytes:
    """Its envelope, signed."""
    sealed = envelope(event, event_id=str(uuid4()), source="intake", at=utc_now())
    return signer.sign(sealed.model_dump_json(exclude_none=True)).encode()


@asynccontextmanager
async def scratch(mongodb_url: str) -> AsyncIterator[Documents[Message]]:
    """The intake's collection, with its indexes, in a database that is dropped at the end of the block."""
    mongodb = connect(mongodb_url, "klu_bench")
    seal, signer = Seal("a secret key of this measurement alone"), Signer("0" * 64)
    database = Database(mongodb, source="intake", seal=seal, signer=signer, on_outbox=left_to_the_sweep)
    documents = Documents(database, "messages", Message)
    try:
        await documents.prepare()
        yield documents
    finally:
        await mongodb.client.drop_database(mongodb.name)
        mongodb.client.close()


async def a_document(mongodb_url: str) -> dict[str, Any]:
    """What the intake keeps of a message, with the events it still owes."""
    async with scratch(mongodb_url) as documents:
        message, events = submitted()
        await documents.add(message, announcing=events)
        return await documents.collection.find_one({"_id": message.id}) or {}
