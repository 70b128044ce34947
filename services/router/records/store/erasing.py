"""What the router destroys of an order: cases, letters, mails, parked events, and their words in search and routing."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from services.router.cases.domain.case import Case
from services.router.cases.domain.learning import terms_of
from services.router.cases.store.cases import Cases
from services.router.cases.store.learned import Learned
from services.router.cases.store.letters import COLLEAGUE, OF_UNITS_PEOPLE
from services.router.cases.store.words import Words
from services.router.records.domain.erasing import anonymised, without_names
from services.router.records.store.list_names import ListNames
from shared.destruction import Erasing, digest
from shared.documents import IS_TEXT, Database, Documents, UnreadableDocument
from shared.erasure import FilesOf, Order, Removal, Rows, Whole, each, of
from shared.files.store import Files
from shared.parked import Parked, ParkedMessage
from shared.person_exports import erased_with
from shared.seal import WrongKey

OF_THE_RECORD = re.compile(r"\.(audit|erased|found|exported)$")
"""Queues of events that have no content of messages."""
OF_AN_ADDRESS = re.compile(r"\.(codes\.requested|mail\.received|message\.requested)$")
"""Queues of events about an address: of lost codes, and of mails that may belong to no message."""


class CaseRemoval:
    """The cases: tombstones, or what stays of anonymised ones. Search and routing forget their words."""

    def __init__(self, cases: Cases, words: Words, learned: Learned) -> None:
        self.what, self._cases, self._words, self._learned = "cases", cases, words, learned

    async def count(self, order: Order) -> int:
        """How many are here, and not anonymised yet."""
        return len(await self._meant(order))

    async def destroy(self, order: Order) -> None:
        """The words are read before, and forgotten afterwards; after a crash between, the next night's count does."""
        ids = await self._meant(order)
        terms, stems = Counter[str](), Counter[str]()
        async for case in self._cases.collection.find({"_id": {"$in": ids}}, {"indexed.terms": 1}):
            terms.update(case.get("indexed", {}).get("terms", ()))
        for case_id in ids:
            with suppress(UnreadableDocument):  # of a newer version: its words go with the next night's count
                if found := await self._cases.find_one(case_id):
                    stems.update(terms_of(found))
        try:
            await each(ids, lambda case_id: self._one(order, case_id))
        finally:
            await self._words.forget(terms)
            await self._learned.forget(stems, self._words)

    async def _meant(self, order: Order) -> list[str]:
        of_order = {"_id": {"$in": list(order.message_ids)}}
        if order.kind == Erasing.ANONYMISE:
            of_order["anonymised_at"] = None  # type: ignore[assignment]  # a query has values of any type
        return [found async for found in self._cases.ids(of_order)]

    async def _one(self, order: Order, case_id: str) -> None:
        remains: Case | None = None
        if order.kind == Erasing.ANONYMISE:
            if (case := await self._cases.find_one(case_id)) is None:  # another order has destroyed it meanwhile
                return
            remains = anonymised(case, self._cases.database.clock())
        await self._cases.erase(case_id, remains=remains, at_once=order.at_once)


class Signatures:
    """Names of people of units in cases that stay."""

    def __init__(self, cases: Cases, words: Words) -> None:
        self.what, self._cases, self._words = "signatures", cases, words

    async def count(self, order: Order) -> int:
        """In how many assignments."""
        found = await self._meant(order)
        return sum(1 for case in found for one in case.assignments if one.id in order.signatures)

    async def destroy(self, order: Order) -> None:
        """Take them out of the assignments and the timeline."""
        for case in await self._meant(order):
            before = await self._terms(case.id)
            await each([case.id], lambda case_id: self._one(order, case_id))
            await self._words.forget(Counter(before - await self._terms(case.id)))

    async def _one(self, order: Order, case_id: str) -> None:
        case = await self._cases.get(case_id)
        if (after := without_names(case, order.signatures)) != case:
            await self._cases.save(after)

    async def _meant(self, order: Order) -> list[Case]:
        query = {"assignments.id": {"$in": list(order.signatures)}}
        limit = max(1, len(order.signatures))
        return await self._cases.find(query, sort=[("_id", 1)], limit=limit) if order.signatures else []

    async def _terms(self, case_id: str) -> set[str]:
        found = await self._cases.collection.find_one({"_id": case_id}, {"indexed.terms": 1}) or {}
        return set(found.get("indexed", {}).get("terms", ()))


class Traces:
    """Copies of a few values in documents that stay: acts on many cases and on parked events, and the report of what
    waits to be sent.
    """

    def __init__(self, database: Database) -> None:
        self.what, self._database = "traces", database

    async def count(self, order: Order) -> int:
        """None are counted: they have copies of what is counted where it belongs."""
        return 0

    async def destroy(self, order: Order) -> None:
        """What an act would restore is gone, and why an event was parked or discarded: an officer or an error said it.

        The report names letters and mails of other messages alone.
        """
        ids = {"$in": list(order.message_ids)}
        gone = {"before": {}, "after": {}, "because": "", "reference": ""}
        await self._database["bulks"].update_many(
            {"items.id": ids},
            {"$set": {f"items.$[one].{name}": value for name, value in gone.items()}, "$inc": {"revision": 1}},
            array_filters=[{"one.id": ids}],
        )
        for waiting in ("letters", "mails"):
            await self._database["mail_queue"].update_many(
                {f"{waiting}.message_id": ids}, {"$pull": {waiting: {"message_id": ids}}, "$inc": {"revision": 1}}
            )
        said = {"message_id": {"$in": list(order.marked)}, "$or": [{"because": {"$ne": ""}}, {"trouble": {"$ne": ""}}]}
        await self._database["records"].update_many(
            said, {"$set": {"because": "", "trouble": ""}, "$inc": {"revision": 1}}
        )


def parts_of(
    database: Database,
    cases: Cases,
    words: Words,
    learned: Learned,
    parked: Documents[Parked],
    *,
    letters: Documents[Any],
    held: Documents[Any],
    mails: Documents[Any],
    files: Files,
    deliveries: Documents[Any],
) -> list[Removal]:
    """In the order in which they go."""

    async def parked_events(order: Order) -> dict[str, Any] | None:
        """Of the messages and mails; of addresses, those that are about one and of no message: what somebody at that
        address wrote or is told otherwise is still to arrive.
        """
        about = {"correlation_id": {"$in": list(order.marked)}, "queue": {"$not": OF_THE_RECORD}}
        named = await _naming(parked, order)
        return {"$or": [about, {"_id": {"$in": named}}]} if order.marked or named else None

    async def forms(order: Order) -> dict[str, Any] | None:
        """What somebody sent to a page of the case after their session had ended."""
        paths = "|".join(map(re.escape, order.message_ids))
        return {"path": {"$regex": f"^/cases/({paths})(/|$)"}} if paths else None

    async def signed_cases(order: Order) -> list[str]:
        query = {"assignments.id": {"$in": list(order.signatures)}}
        return [found async for found in cases.ids(query)] if order.signatures else []

    async def own_letters(order: Order) -> dict[str, Any] | None:
        """Those of the messages, and those that name people of a unit."""
        signed = {"assignment_id": {"$in": list(order.signatures)}}
        to_desk = {"message_id": {"$in": await signed_cases(order)}, "template": {"$in": list(OF_UNITS_PEOPLE)}}
        of_messages = {"message_id": {"$in": list(order.message_ids)}}
        return {"$or": [of_messages, {"template": COLLEAGUE} | signed, to_desk | signed]}

    async def bundled(order: Order) -> dict[str, Any] | None:
        """The messages, and the cases in which people of a unit are named."""
        return {"case_id": {"$in": [*order.message_ids, *await signed_cases(order)]}}

    async def own_mails(order: Order) -> dict[str, Any] | None:
        """Those of the messages, those that are named, and those of the addresses that belong to no case."""
        ids = list(order.mail_ids)
        if order.addresses:
            unknown = mails.collection.find({"message_id": None, "sender": {"$gt": ""}}, {"sender": 1})
            ids += [found["_id"] async for found in unknown if digest(found["sender"]) in order.addresses]
        return {"$or": [{"_id": {"$in": ids}}, {"message_id": {"$in": list(order.message_ids), **IS_TEXT}}]}

    return [
        Rows("parked_events", parked.collection, parked_events),
        Rows("kept_forms", database["kept_forms"], forms),
        Rows("presence", database["presence"], of("case_id")),
        FilesOf(files, erased_with, "exports"),
        Rows("bundles", database["bundles"], bundled),
        Rows("bundle_contents", database["bundle_contents"], bundled),
        Whole("webhook_deliveries", deliveries, of("message_id")),
        Traces(database),
        Whole("held_letters", held, of("message_id")),
        Whole("letters", letters, own_letters),
        Whole("mails", mails, own_mails),
        ListNames(cases),
        Signatures(cases, words),
        CaseRemoval(cases, words, learned),
    ]


async def _naming(parked: Documents[Parked], order: Order) -> Sequence[str]:
    """Ids of the parked events that are about one of the addresses alone."""
    if not order.addresses or parked.database.seal is None:
        return ()
    named = list[str]()
    about = {"queue": OF_AN_ADDRESS, "message": IS_TEXT}
    async for found in parked.collection.find(about, {"message": 1}):
        with suppress(WrongKey, ValueError):  # nobody reads it any more
            message = ParkedMessage.load(parked.database.seal.open(found["message"]))
            if digest(_address_in(json.loads(message.body))) in order.addresses:
                named.append(found["_id"])
    return named


def _address_in(event: Any) -> str:
    """The address that an event is about; none, where it is about a message."""
    said = event.get("data") if isinstance(event, dict) else None
    if not isinstance(said, dict) or said.get("message_id"):
        return ""
    return str(said.get("email") or said.get("sender") or "")
