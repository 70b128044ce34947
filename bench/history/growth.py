"""Fills the databases of all four services, at their old end.

What was measured, on two cores: the work is mongod's, some 30 µs for a document (compressing it and its entry in the
oplog), so all that counts is to leave the rest out. Documents are cast from real ones instead of made; indexes are
built when all is there, which costs mongod a third less than keeping them up to date; and mongod is lent a larger
cache, for ids are random, and four indexes on them do not fit into half a gigabyte: from some 100,000 cases on it would
read a page for every document. One transaction for many documents, or larger batches, change nothing. A finished case
leaves one letter, the notice to the desk, of its five: the others would take half as long again, and no page reads
them.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from random import Random
from typing import Any

import bson
from bson.raw_bson import RawBSONDocument
from pymongo import MongoClient
from pymongo.collection import Collection
from pymongo.errors import OperationFailure
from pymongo.operations import IndexModel

from bench.history import numbers, words
from bench.history.bson_template import BsonTemplate
from bench.history.simulated_case import Life, Setting
from scripts.chaos.evidence import COLLECTIONS
from scripts.chaos.system import DATABASES
from services.intake.domain import hash_code, tracking_code
from services.notifier.config import Settings
from services.notifier.handlers.writing import Writer
from services.replies.domain import hash_token, token
from shared.clock import clock

AT_ONCE = 1_000
IN_HAND = 4
"""Batches that are ready before mongod is: enough that it never waits."""
ROOM = 3 << 30
"""Bytes of cache while a history grows."""
FOREVER = 1 << 27
SEED_BEGAN = datetime(2026, 1, 5, 6, 30, tzinfo=UTC)

Batch = dict[str, list[RawBSONDocument]]
Kept = Mapping[str, Collection[Any]]


def grow(mongodb_url: str, to: int, *, secret_key: str) -> None:
    """Bring the history of every service up to this many cases; what is there stays.

    The databases have their usual names; whether their indexes have been made yet makes no difference. Wants a log-in
    that may write all four. ``secret_key`` is that of the services: codes and links are derived from it.
    """
    with MongoClient[Any](mongodb_url, w=1, tz_aware=True) as client, ExitStack() as open_until_end:
        kept = collections(client)
        there = {service: reached(kept, service) for service in COLLECTIONS}
        if min(there.values()) >= to:
            return
        hands = {service: open_until_end.enter_context(ThreadPoolExecutor(1)) for service in COLLECTIONS}
        open_until_end.enter_context(_roomy(client))
        open_until_end.enter_context(_without_indexes(kept, hands))
        waiting: list[Future[Any]] = []
        for batch in _batches(_Maker(secret_key, _end_of(kept)), there, to):
            waiting += [hands[s].submit(kept[s].insert_many, documents) for s, documents in batch.items() if documents]
            while len(waiting) > IN_HAND * len(hands):
                waiting.pop(0).result()
        for future in waiting:
            future.result()


def collections(client: MongoClient[Any]) -> dict[str, Collection[Any]]:
    """Where each service keeps its documents."""
    return {service: client[DATABASES[service]][name] for service, name in COLLECTIONS.items()}


def reached(kept: Kept, service: str) -> int:
    """How many cases the history of a service has: numbers come without a gap, so halving finds the first not there."""
    return bisect_left(range(FOREVER), True, key=lambda number: not _is_there(kept, service, number))


def _is_there(kept: Kept, service: str, number: int) -> bool:
    """Whether a service has all up to this case; one that went to no unit leaves nothing at the portal."""
    while service == "replies" and number >= 0 and numbers.end_of(number) in ("new", "dismissed"):
        number -= 1
    own = numbers.digits(number)
    ids = {"replies": numbers.assignment_id(own), "notifier": f"{numbers.case_id(own)}.notice"}
    wanted = ids.get(service, numbers.case_id(own))
    return number < 0 or kept[service].find_one({"_id": wanted}, {"_id": 1}) is not None


def _end_of(kept: Kept) -> datetime:
    """The end of the history: when it began to grow, and case 0 came."""
    newest = kept["router"].find_one({"_id": numbers.case_id(numbers.digits(0))}, {"submitted_at": 1})
    return newest["submitted_at"] if newest else clock()


@contextmanager
def _roomy(client: MongoClient[Any]) -> Iterator[None]:
    """Lend mongod a larger cache, where it may be asked for that; at the end it has what it had, and all is on disk."""
    try:
        had = client.admin.command("serverStatus")["wiredTiger"]["cache"]["maximum bytes configured"]
        _cache(client, max(had, ROOM))
    except OperationFailure:  # the log-in may not
        yield
        return
    try:
        yield
    finally:
        client.admin.command("fsync")
        _cache(client, had)


def _cache(client: MongoClient[Any], size: int) -> None:
    client.admin.command("setParameter", 1, wiredTigerEngineRuntimeConfig=f"cache_size={size}")


@contextmanager
def _without_indexes(kept: Kept, hands: Mapping[str, ThreadPoolExecutor]) -> Iterator[None]:
    """Work without them, and build them again at the end as they were, whatever happens."""
    there = {service: list(collection.list_indexes()) for service, collection in kept.items()}
    for collection in kept.values():
        collection.drop_indexes()
    try:
        yield
    finally:
        built = [hands[service].submit(_build, kept[service], there[service]) for service in kept]
        for future in built:
            future.result()


def _build(collection: Collection[Any], there: Sequence[Mapping[str, Any]]) -> None:
    models = [
        IndexModel(list(index["key"].items()), **{k: v for k, v in index.items() if k not in ("v", "key", "ns")})
        for index in there
        if index["name"] != "_id_"
    ]
    if models:
        collection.create_indexes(models)


def _batches(make: "_Maker", there: Mapping[str, int], to: int) -> Iterator[Batch]:
    """What each service has not got yet, newest first."""
    for first in range(min(there.values()), to, AT_ONCE):
        batch: Batch = {service: [] for service in COLLECTIONS}
        for number in range(first, min(to, first + AT_ONCE)):
            for service, documents in make.case(number).items():
                if number >= there[service]:
                    batch[service] += map(RawBSONDocument, documents)
        yield batch


class _Maker:
    """Makes the documents of a case from its number alone."""

    def __init__(self, secret_key: str, now: datetime) -> None:
        unused: Any = {"mongodb_url": "mongodb://", "rabbitmq_url": "amqp://", "smtp_url": "smtp://"}
        writer = Writer(Settings(secret_key=secret_key, **unused))
        self._setting, self._now = Setting(secret_key, writer, words.directory()), now
        self._templates = [self._mould(seed) for seed in range(numbers.SEEDS)]

    def case(self, number: int) -> dict[str, list[bytes]]:
        """What every service keeps of it, in BSON."""
        own, at = numbers.digits(number), numbers.submitted_at(number, self._now)
        reference = numbers.reference(number, at)
        if number < numbers.STILL_OPEN:
            lived = self._live(own, reference, at, numbers.end_of_open(number))
            return {service: [bson.encode(d) for d in documents] for service, documents in lived.documents.items()}
        texts = self._texts(own, reference, real=numbers.has_real_codes(number))
        templates = self._templates[numbers.seed_of(own)]
        return {
            service: [bson_template.cast(texts, at) for bson_template in of_service]
            for service, of_service in templates.items()
        }

    def _live(self, own: str, reference: str, at: datetime, end: numbers.End) -> Life:
        return Life(self._setting, own, reference, at, Random(own)).live(end)

    def _mould(self, seed: int) -> dict[str, list[BsonTemplate]]:
        """One finished life; ``-1`` and below are the numbers of the seeds."""
        own, reference = numbers.digits(-1 - seed), numbers.reference(-1 - seed, SEED_BEGAN)
        lived = self._live(own, reference, SEED_BEGAN, numbers.end_of_seed(seed)).documents
        marks = self._texts(own, reference, real=True)
        lasting = {**lived, "notifier": [d for d in lived["notifier"] if d["template"] == "notice"]}
        return {s: [BsonTemplate(d, marks, at=SEED_BEGAN) for d in documents] for s, documents in lasting.items()}

    def _texts(self, own: str, reference: str, *, real: bool) -> list[bytes]:
        """All that is a case's own, in one order."""
        message_id, assignment_id = numbers.case_id(own), numbers.assignment_id(own)
        code_hash, token_hash = own[64:], own[:64]
        if real:
            code_hash = hash_code(tracking_code(self._setting.secret, message_id))
            token_hash = hash_token(token(self._setting.secret, assignment_id))
        texts = [message_id, assignment_id, reference, code_hash, token_hash, *numbers.event_tails(own)]
        return " ".join(texts).encode().split()
