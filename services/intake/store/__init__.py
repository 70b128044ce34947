"""The intake's documents: messages, requests for lost codes, and what the router told of the institution."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from pymongo import IndexModel

from services.intake.domain.codes import codes_in, hash_code
from services.intake.domain.institution import Snapshot
from services.intake.domain.lost import LostCodes, nobody_asked, request
from services.intake.domain.message import Message, Paper
from services.intake.domain.papers import verification_code_in
from services.intake.domain.public_page import PublicPage
from shared.addresses import comparable
from shared.audit import AuditRecords, audited_act
from shared.documents import IS_TEXT, AlreadyExists, Database, Documents, NotFound, Taken
from shared.events import CloudEvent, Event, IntakeAudited, IntakeKnown, MessageSubmitted
from shared.institution import Institution
from shared.people import Sought, name_words, phone_numbers
from shared.person_answers import MOST
from shared.remembered import Remembered
from shared.retrying import on_conflict
from shared.state import Actor, UnitName

SNAPSHOT = "snapshot"


class ProofUsed(Exception):
    """Another message was sent with this proof of work."""


class Messages(Documents[Message]):
    """What the public has written, each with how far it has come."""

    index_version = 2
    indexes = (
        IndexModel("code_hash", unique=True),
        IndexModel("reference", unique=True),
        IndexModel("proof", unique=True, partialFilterExpression={"proof": IS_TEXT}),
        IndexModel("papers.code_hash", partialFilterExpression={"papers.code_hash": IS_TEXT}),
        IndexModel(
            [("indexed.address", 1), ("submitted_at", -1)], partialFilterExpression={"indexed.address": IS_TEXT}
        ),
        *map(IndexModel, ("indexed.phones", "indexed.names")),
    )

    def __init__(self, database: Database, audit: AuditRecords | None = None) -> None:
        super().__init__(database, "messages", Message)
        self._audit = audit

    def audited(
        self, aggregate: Message, announcing: Sequence[Event], handling: CloudEvent[Any] | None
    ) -> Sequence[Event]:
        """What its writer did; what an officer did who entered it, or who said that a mail is a message."""
        by = next((one.entered_by for one in announcing if isinstance(one, MessageSubmitted) and one.entered_by), None)
        acts = [one.model_copy(update={"actor": by}) for one in announcing] if by else announcing
        about = {"object_kind": "message", "object_id": aggregate.id}
        return audited_act(IntakeAudited, acts, at=self.database.clock(), **about)

    @staticmethod
    def index_fields(aggregate: Message) -> dict[str, Any]:
        """``address``: the writer's, as addresses are compared; None without one. ``phones`` and ``names`` likewise:
        those of the writer, and the words of the name of whom a compliment is for.
        """
        sent = aggregate.submission
        return {
            "address": comparable(sent.email) if sent.email else None,
            "phones": list(phone_numbers(sent.phone or "")),
            "names": list(dict.fromkeys(name_words(sent.name or "") + name_words(sent.concerns or ""))),
        }

    @staticmethod
    def belongs_to(aggregate: Message) -> tuple[str, ...]:
        """Its own id: a message is never made again from a late mail."""
        return (aggregate.id,)

    async def add_once(self, message: Message, *, announcing: list[Event]) -> Message:
        """Keep a new message; of one that was sent before, return what was kept then. Raises ProofUsed."""
        try:
            await self.add(message, announcing=announcing)
        except AlreadyExists:
            return await self.get(message.id)
        except Taken as taken:
            if taken.field == "proof":
                raise ProofUsed from None
            raise
        return message

    async def by_code(self, text: str) -> Message:
        """The message that the tracking code in this text opens. That it was opened is recorded.

        Raises NotFound, for a wrong code as for an unknown one.
        """
        hashes = [hash_code(code) for code in codes_in(text)]
        for message in await self.find({"code_hash": {"$in": hashes}}, sort=[("_id", 1)], limit=1):
            if self._audit:
                about = {"object_kind": "message", "object_id": message.id, "message_id": message.id}
                await self._audit.read("message.read", actor=Actor(kind="submitter", id=message.id), **about)
            return message
        raise NotFound("no message has this code")

    async def of_address(self, email: str, *, limit: int) -> list[Message]:
        """The newest messages whose writer gave this address."""
        query = {"indexed.address": {"$eq": comparable(email), **IS_TEXT}}
        return await self.find(query, sort=[("submitted_at", -1)], limit=limit)

    async def of_person(self, sought: Sought) -> list[Message]:
        """The messages that may be this person's, or name them; names have to be compared again."""
        query = sought.query(email="indexed.address", phone="indexed.phones", name="indexed.names")
        return await self.find(query, sort=[("submitted_at", -1)], limit=MOST) if query else []

    async def those(self, ids: Sequence[str]) -> list[Message]:
        """The messages with these ids that are here, the oldest first."""
        return await self.find({"_id": {"$in": list(ids)}}, sort=[("submitted_at", 1)], limit=max(1, len(ids)))

    async def by_verification_code(self, text: str) -> tuple[Message, Paper]:
        """The paper with this verification code, and its message. Raises NotFound, also for a tracking code."""
        code_hash = hash_code(verification_code_in(text))
        query = {"papers.code_hash": {"$eq": code_hash, **IS_TEXT}}
        for message in await self.find(query, sort=[("_id", 1)], limit=1):
            return message, next(paper for paper in message.papers if paper.code_hash == code_hash)
        raise NotFound("no paper has this code")

    async def shown_by_verification_code(self, text: str, *, client: str) -> tuple[Message, Paper]:
        """The same, to be shown to whoever has the paper. That it was shown is recorded: the subject is a person's."""
        message, paper = await self.by_verification_code(text)
        if self._audit:
            action, of = "paper.checked", message.id
            await self._audit.read(action, client=client, object_kind="message", object_id=of, message_id=of)
        return message, paper


class Snapshots(Remembered[Snapshot]):
    """What the router told last.

    ``settings`` is the institution as the settings describe it, until the router has told.
    """

    def __init__(self, database: Database, settings: Institution) -> None:
        super().__init__(database, "snapshots", Snapshot, Snapshot(id=SNAPSHOT))
        self._settings = settings

    @property
    def institution(self) -> Institution:
        """The institution as this process knows it."""
        told = self.current.institution
        return told.over(self._settings) if told else self._settings

    @property
    def units(self) -> tuple[UnitName, ...]:
        """The units that a writer may suggest."""
        return self.current.units

    @property
    def public_page(self) -> PublicPage:
        """What everybody may see of figures and answers."""
        return self.current.public_page

    async def tell(self) -> bool:
        """Tell the router which versions are here, and so get newer ones. Returns False: no more to do at once."""
        await on_conflict(self._tell)
        return False

    async def _tell(self) -> None:
        known = await self.stored()
        told = IntakeKnown(
            directory=known.directory_version,
            institution=known.institution_version,
            public_page=known.public_page_version,
        )
        self.current = await self.replace(known, announcing=told)


class LostRequests(Documents[LostCodes]):
    """Who asked for lost codes, one document for each address; a TTL index deletes those that rest."""

    indexes = (
        IndexModel("asked_at", partialFilterExpression={"asked_at": {"$type": "date"}}),
        IndexModel("forget_at", expireAfterSeconds=0),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "lost_codes", LostCodes)

    async def ask(self, secret: str, *, email: str, language: str, now: datetime) -> None:
        """Note that somebody asks for the codes of an address. No message is looked up. Raises Conflict."""
        known = await self.get_or_add(nobody_asked(secret, email, now))
        await self.save(request(known, email=email, language=language, now=now))

    async def of_person(self, sought: Sought) -> list[LostCodes]:
        """The requests of this person's address that wait: an answered one has no address any more."""
        waiting = await self.find({"email": {"$gt": ""}}, sort=[("_id", 1)], limit=MOST)
        return [lost for lost in waiting if sought.found_by(emails=[lost.email])]

    @staticmethod
    def waiting(now: datetime) -> dict[str, Any]:
        """Query for the requests that wait."""
        return {"asked_at": {"$lte": now, "$type": "date"}}
