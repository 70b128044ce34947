"""The portal's documents: assignments, reminders, and requests for links."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from pymongo import IndexModel

from services.replies.domain.assignment import Assignment, letters
from services.replies.domain.figures import UNIT_FIGURES, UnitFigures, newer
from services.replies.domain.handing_on import LinkTakenBack, behind, stored
from services.replies.domain.links import hash_token
from services.replies.domain.new_link import LinkRequest, request
from services.replies.domain.overview import OPEN, Overview
from services.replies.domain.persons import addresses_of_unit, names_of_unit
from services.replies.domain.reminding import Reminder
from shared.addresses import comparable
from shared.audit import AuditRecords, audited_act
from shared.documents import IS_TEXT, Database, Documents, NotFound
from shared.events import AssignmentViewed, CloudEvent, Event, MailReceived, RepliesAudited, UnitFiguresChanged
from shared.people import Sought, name_words, phone_numbers
from shared.person_answers import MOST
from shared.remembered import Remembered
from shared.state import Actor, Person

MOST_OPEN = 500
"""Open assignments of one unit that its list shows."""


class Assignments(Documents[Assignment]):
    """What units were asked, and what they wrote."""

    index_version = 3
    indexes = (
        IndexModel("token_hash", unique=True),
        IndexModel("holders.token_hash", partialFilterExpression={"holders.token_hash": IS_TEXT}),
        IndexModel("indexed.reference"),
        IndexModel("indexed.address"),
        IndexModel([("unit.code", 1), ("state", 1)]),
        IndexModel("message_id"),
        *map(IndexModel, ("indexed.emails", "indexed.phones", "indexed.names")),
    )

    def __init__(self, database: Database, audit: AuditRecords | None = None) -> None:
        super().__init__(database, "assignments", Assignment)
        self._audit = audit

    def audited(
        self, aggregate: Assignment, announcing: Sequence[Event], handling: CloudEvent[Any] | None
    ) -> Sequence[Event]:
        """What the unit, or a colleague in it, did: in the portal, or by e-mail. Opening is recorded by itself."""
        if handling and not isinstance(handling.data, MailReceived):
            return ()
        acts = [event for event in announcing if not isinstance(event, AssignmentViewed)]
        about = {"object_kind": "assignment", "object_id": aggregate.id}
        return audited_act(RepliesAudited, acts, at=self.database.clock(), **about)

    @staticmethod
    def index_fields(aggregate: Assignment) -> dict[str, Any]:
        """``reference`` and ``address`` (the unit's), as they are compared with what somebody types; ``emails``,
        ``phones`` and words of ``names`` of people: of the submitter, and of those in the unit who wrote.
        """
        wrote = aggregate.submitter or Person()
        names = [wrote.name or "", *names_of_unit(aggregate)]
        return {
            "reference": letters(aggregate.reference),
            "address": comparable(aggregate.unit.email),
            "emails": sorted({comparable(one) for one in (wrote.email, *addresses_of_unit(aggregate)) if one}),
            "phones": list(phone_numbers(wrote.phone or "")),
            "names": list(dict.fromkeys(word for name in names for word in name_words(name))),
        }

    @staticmethod
    def belongs_to(aggregate: Assignment) -> tuple[str, ...]:
        """The message."""
        return (aggregate.message_id,)

    async def save(
        self,
        aggregate: Assignment,
        *,
        announcing: Event | Sequence[Event] = (),
        handling: CloudEvent[Any] | None = None,
    ) -> Assignment:
        """Store it as it is, whichever link opened it. Returns it as that link opens it."""
        saved = await super().save(stored(aggregate), announcing=announcing, handling=handling)
        return behind(saved, aggregate.held_by) if aggregate.held_by else saved

    async def by_token(self, link_token: str) -> Assignment:
        """The assignment that this link opens, also when the unit is no longer asked. That it was opened is recorded.

        Raises NotFound, and LinkTakenBack for the link that a colleague had.
        """
        assignment = await self._by_token(link_token)
        await self.record("assignment.read", assignment)
        return assignment

    async def record(self, action: str, assignment: Assignment) -> None:
        """Record what the unit does again and again: open it, keep drafts; once in some minutes."""
        if self._audit:
            about = {"object_kind": "assignment", "object_id": assignment.id, "message_id": assignment.message_id}
            await self._audit.read(action, actor=assignment.actor, **about)

    async def _by_token(self, link_token: str) -> Assignment:
        wanted = hash_token(link_token)
        for assignment in await self.find({"token_hash": wanted}, sort=[("_id", 1)], limit=1):
            return assignment
        held = {"holders.token_hash": {"$eq": wanted, **IS_TEXT}}
        for assignment in await self.find(held, sort=[("_id", 1)], limit=1):
            holder = next(one for one in assignment.holders if one.token_hash == wanted)
            if holder.taken_back_at:
                raise LinkTakenBack(assignment, holder)
            return behind(assignment, holder.id)
        raise NotFound("this link opens nothing")

    async def those(self, ids: Iterable[str]) -> list[Assignment]:
        """The assignments with these ids that are here."""
        wanted = list(ids)
        return await self.find({"_id": {"$in": wanted}}, sort=[("_id", 1)], limit=max(1, len(wanted)))

    async def of_messages(self, ids: Iterable[str]) -> list[Assignment]:
        """The assignments of these messages, the oldest first."""
        return await self.find({"message_id": {"$in": list(ids)}}, sort=[("requested_at", 1), ("_id", 1)], limit=MOST)

    async def of_person(self, sought: Sought) -> list[Assignment]:
        """The assignments in which this person may be; names have to be compared again."""
        query = sought.query(email="indexed.emails", phone="indexed.phones", name="indexed.names")
        return await self.find(query, sort=[("requested_at", -1), ("_id", 1)], limit=MOST) if query else []

    async def with_reference(self, reference: str) -> list[Assignment]:
        """The assignments of one message, whose reference has these ``letters``."""
        return await self.find({"indexed.reference": reference}, sort=[("_id", 1)], limit=MOST_OPEN)

    async def units_with_address(self, address: str) -> list[str]:
        """The codes of the units that had this ``comparable`` address when they were asked something."""
        return sorted(await self.collection.distinct("unit.code", {"indexed.address": address}))

    async def open_of(self, code: str) -> list[Assignment]:
        """What is open of a unit: the next last day first."""
        query = {"unit.code": code, "state": {"$in": sorted(OPEN)}}
        found = await self.find(query, sort=[("_id", 1)], limit=MOST_OPEN)
        return sorted(found, key=lambda one: (one.due_at is None, one.due_at or one.requested_at, one.id))

    async def waiting_of(self, assignment: Assignment) -> list[Assignment]:
        """What else awaits a reply of the same unit: not what it was sent for information."""
        found = await self.open_of(assignment.unit.code)
        return [one for one in found if one.id != assignment.id and one.writable and one.reply_expected]


class Reminders(Documents[Reminder]):
    """The reminders that were handled. They hold ids only."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "reminders", Reminder)


class LinkRequests(Documents[LinkRequest]):
    """Who asked for a link, one document for each thing that was typed; a TTL index deletes those that rest."""

    indexes = (
        IndexModel("asked_at", partialFilterExpression={"asked_at": {"$type": "date"}}),
        IndexModel("forget_at", expireAfterSeconds=0),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "link_requests", LinkRequest)

    async def ask(self, secret: str, text: str, now: datetime) -> None:
        """Note that somebody asks. No assignment is looked up. Raises Conflict."""
        asked = request(secret, text, now)
        known = await self.get_or_add(asked)
        await self.save(asked.model_copy(update={"revision": known.revision}))

    @staticmethod
    def waiting(now: datetime) -> dict[str, Any]:
        """Query for the requests that wait."""
        return {"asked_at": {"$lte": now, "$type": "date"}}


class UnitFiguresStore(Remembered[UnitFigures]):
    """What the router told of the units."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "unit_figures", UnitFigures, UnitFigures(id=UNIT_FIGURES))

    async def keep(self, told: UnitFiguresChanged) -> None:
        """Store a newer version. Its version tells whether it was handled before. Raises Conflict."""
        known = await self.stored()
        if (changed := newer(known, told)) is not known:
            await self.save(changed)


class Overviews(Documents[Overview]):
    """The links to all open assignments, one document for each unit; a TTL index deletes those that rest."""

    indexes = (
        IndexModel("links.token_hash"),
        IndexModel("forget_at", expireAfterSeconds=0),
    )

    def __init__(self, database: Database, audit: AuditRecords | None = None) -> None:
        super().__init__(database, "overviews", Overview)
        self._audit = audit

    async def by_token(self, link_token: str, now: datetime) -> Overview:
        """The unit whose list this link opens, which is recorded. Raises NotFound, also when its day is over."""
        query = {"links.token_hash": hash_token(link_token)}
        for overview in await self.find(query, sort=[("_id", 1)], limit=1):
            if overview.opened_by(link_token, now):
                if self._audit:
                    about = {"object_kind": "unit", "object_id": overview.id}
                    await self._audit.read("overview.read", actor=Actor(kind="unit", id=overview.id), **about)
                return overview
        raise NotFound("this link opens nothing")
