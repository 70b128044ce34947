"""A history: the databases of all four services as if the system had run for years, of any length.

A few cases go through the real procedure, to different ends; the history is made of copies of what the services have
kept of them, with ids, references, codes, links and times of their own, and on the desk words of their own. A hundred
thousand cases are a year. Almost all are finished, and as many are open as an office has on its desk however long the
history is. A case leaves one letter, the notice to the desk, of its five, for no page reads them; its text quotes the
case it is a copy of.
"""

from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import uvloop
from pymongo.collection import Collection

from bench.procedure import SUBJECT, Procedure, people
from bench.system import BenchSystem, collections
from bench.variety import reference, varied
from scripts.local.processes import until
from services.intake.domain.codes import hash_code, tracking_code
from services.replies.domain.links import hash_token, token
from shared.clock import utc_now

OPEN, FINISHED = ["new", "in_review", "routed", "reply_pending_review"], ["resolved", "closed"]
STILL_OPEN = 260
"""However long the history is: an office works its inbox off."""
EVERY_OPEN = timedelta(minutes=90)
"""Between two open cases: the oldest came 16 days ago, so some routed ones are overdue and some due soon."""
SETTLED = timedelta(days=9)
"""How long ago the newest finished case came."""
EVERY_FINISHED = timedelta(days=365) / 100_000
ENDS = {"notice": 3, "invitation": 13, "arrival": 4, "answer": 6, "closure": 14}
"""How many cases are recorded, by their end: new, at the unit, with a reply to be checked; answered, and closed."""
BATCH_SIZE = 1_000

Document = dict[str, Any]
Documents = dict[str, Document]
"""What each service has kept of one case, by its name."""


class History:
    """Of one system, whose services do not run while it grows."""

    def __init__(self, system: BenchSystem) -> None:
        self._system, self._secret = system, system.env["KLU_SECRET_KEY"]
        cases = _recorded(system)
        self._open = [case for case in cases if case.documents["router"]["state"] in OPEN]
        self._finished = [case for case in cases if case.documents["router"]["state"] in FINISHED]
        self._size, self._now = 0, utc_now()

    def grow(self, to: int) -> None:
        """Add cases, older than all that are there, up to this many. Indexes are made afterwards: that is faster."""
        batches = [range(first, min(to, first + BATCH_SIZE)) for first in range(self._size, to, BATCH_SIZE)]
        # Two threads: one makes copies while the other waits for MongoDB.
        with self._system.mongo() as client, ThreadPoolExecutor(2) as pool:
            kept = collections(client)
            with without_indexes(kept.values()):
                list(pool.map(partial(self._insert, kept), batches))
        self._size = to

    def _insert(self, kept: dict[str, Collection[Document]], numbers: range) -> None:
        copies = [self._copy(number) for number in numbers]
        for service, collection in kept.items():
            if documents := [copy[service] for copy in copies if service in copy]:
                collection.insert_many(documents, ordered=False)

    def _copy(self, number: int) -> Documents:
        """Number 0 is the newest case."""
        if number < STILL_OPEN:
            case, at = self._open[number % len(self._open)], self._now - number * EVERY_OPEN
        else:
            case = self._finished[number % len(self._finished)]
            at = self._now - SETTLED - (number - STILL_OPEN) * EVERY_FINISHED
        message_id, assignment_id = str(uuid4()), str(uuid4())
        code_hash = hash_code(tracking_code(self._secret, message_id))
        token_hash = hash_token(token(self._secret, assignment_id))
        public = reference(number, at.year)
        copy = case.copy([message_id, public, code_hash, assignment_id, token_hash], at)
        return copy | {"router": varied(copy["router"], number)}


@dataclass(frozen=True)
class RecordedCase:
    """What the services have kept of one case. ``own``: the texts that every copy has its own of."""

    documents: Documents
    own: list[str]

    def copy(self, own: list[str], at: datetime) -> Documents:
        """As if the message had come then: every time is moved as far."""
        moved = at - self.documents["intake"]["submitted_at"]
        texts = dict(zip(self.own, own, strict=False))  # a case that went to no unit has no assignment
        return {service: _copied(document, texts, moved) for service, document in self.documents.items()}


@contextmanager
def without_indexes(of: Iterable[Collection[Document]]) -> Iterator[None]:
    """Without the indexes of these collections, but for that of ``_id``, until the end of the block."""
    dropped = [(one, [dict(index) for index in one.list_indexes() if index["name"] != "_id_"]) for one in of]
    for collection, _ in dropped:
        collection.drop_indexes()
    yield
    for collection, indexes in dropped:
        if indexes:
            collection.database.command("createIndexes", collection.name, indexes=indexes)


def _copied(value: Any, texts: dict[str, str], moved: timedelta) -> Any:
    if isinstance(value, str):
        head, dot, rest = value.partition(".")  # the id of a letter is that of its case and its kind
        return texts[head] + dot + rest if head in texts else value
    if isinstance(value, dict):
        return {name: _copied(each, texts, moved) for name, each in value.items()}
    if isinstance(value, list):
        return [_copied(each, texts, moved) for each in value]
    return value + moved if isinstance(value, datetime) else value


def _recorded(system: BenchSystem) -> list[RecordedCase]:
    """The system is cleared afterwards."""
    system.start_services()
    subjects = uvloop.run(_lived(system))
    with system.mongo() as client:
        kept = collections(client)
        until(lambda: kept["intake"].count_documents({"closed_at": {"$ne": None}}) == ENDS["closure"], 60)
        system.at_rest()
        system.stop_services()
        cases = [_read(kept, subject) for subject in subjects]
    system.clear()
    return cases


async def _lived(system: BenchSystem) -> list[str]:
    """Have cases go through the procedure; their subjects."""
    subjects: list[str] = []

    async def live(procedure: Procedure, end: str) -> None:
        one = await procedure.go(until="answer" if end == "closure" else end)
        subjects.append(SUBJECT + one.key)
        if end == "closure":
            page = await procedure.officers.look(f"{one.case}/closure")
            await procedure.officers.send(page, f"{one.case}/closure", {"reason": "answered"})

    async with people(system) as procedure:
        await procedure.all(live(procedure, end) for end, count in ENDS.items() for _ in range(count))
    return subjects


def _read(kept: dict[str, Collection[Document]], subject: str) -> RecordedCase:
    case = kept["router"].find_one({"subject": subject})
    assert case
    found = {
        "intake": kept["intake"].find_one({"_id": case["_id"]}),
        "router": case,
        "replies": kept["replies"].find_one({"message_id": case["_id"]}),
        "notifier": kept["notifier"].find_one({"_id": f"{case['_id']}.notice"}),
    }
    documents = {service: document for service, document in found.items() if document}
    own = [case["_id"], case["reference"], documents["intake"]["code_hash"]]
    if assignment := documents.get("replies"):
        own += [assignment["_id"], assignment["token_hash"]]
    return RecordedCase(documents, own)
