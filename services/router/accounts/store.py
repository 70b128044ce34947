"""The collections ``accounts`` and ``sessions``."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from pymongo import ReturnDocument
from pymongo.errors import DuplicateKeyError

from services.router.access import ACTIONS, Action
from services.router.accounts.domain import ABSOLUTE, Account, Session
from shared.documents import AlreadyExists, Conflict, Database, Documents
from shared.events import Event


class Accounts(Documents[Account]):
    """Local accounts.

    The previous version (0.1.0) has them in ``users``, by address. Until the next version, each change is also written
    there, and an account that was added there is copied to here.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database, "accounts", Account)
        self._users = database["users"]

    async def prepare(self) -> None:
        """Create the unique index on ``email``, and copy the accounts of the previous version."""
        await super().prepare()
        await self.collection.create_index("email", unique=True)
        bound = {"subject": {"$type": "string"}}
        await self.collection.create_index([("issuer", 1), ("subject", 1)], unique=True, partialFilterExpression=bound)
        async for user in self._users.find({}, {"_id": 1}):
            await self.by_email(user["_id"])

    async def put(self, account: Account, *, announcing: Event | Sequence[Event] = ()) -> Account:
        """Insert or update an account."""
        kept = account
        try:
            await self.add(account, announcing=announcing)
        except AlreadyExists:
            kept = await self.save(account, announcing=announcing)
        mirrored = account.model_dump(include={"name", "role", "password_hash", "disabled"})
        await self._users.replace_one({"_id": account.email}, {"revision": 0, **mirrored}, upsert=True)
        return kept

    async def by_email(self, email: str) -> Account | None:
        """The account with this address, or None."""
        for account in await self.find({"email": email.lower()}, sort=[("_id", 1)], limit=1):
            return account
        return await self._taken_over(email.lower())

    async def by_subject(self, issuer: str, subject: str) -> Account | None:
        """The account of this person of the provider, or None."""
        for account in await self.find({"issuer": issuer, "subject": subject}, sort=[("_id", 1)], limit=1):
            return account
        return None

    async def of_session(self, session: Session) -> Account | None:
        """The account of a session, or None."""
        return await (self.find_one(session.account_id) if session.account_id else self.by_email(session.user_id))

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of those of these accounts that exist, by id."""
        cursor = self.collection.find({"_id": {"$in": list(ids)}, "erased_at": None}, {"name": 1})
        return {row["_id"]: row["name"] async for row in cursor}

    async def able(self, action: Action) -> dict[str, str]:
        """The names of those who may do this now, by id."""
        roles = [role for role, actions in ACTIONS.items() if action in actions]
        query = {"disabled": {"$ne": True}, "role": {"$in": roles}, "erased_at": None}
        return {row["_id"]: row["name"] async for row in self.collection.find(query, {"name": 1})}

    async def several(self) -> bool:
        """Whether more than one person may sign in."""
        return await self.collection.count_documents({"disabled": {"$ne": True}, "erased_at": None}, limit=2) > 1

    async def disabled(self) -> list[str]:
        """The ids of the accounts that are disabled."""
        return [account_id async for account_id in self.ids({"disabled": True})]

    async def _taken_over(self, email: str) -> Account | None:
        user = await self._users.find_one({"_id": email})
        if user is None:
            return None
        fields = {name: user[name] for name in ("name", "role", "password_hash")}
        account = Account(id=str(uuid4()), email=email, disabled=user.get("disabled", False), **fields)
        try:
            await self.add(account)
        except Conflict:  # another process copied it
            return await self.by_email(email)
        return account


class Sessions(Documents[Session]):
    """Sessions. A TTL index deletes expired ones."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "sessions", Session)

    async def prepare(self) -> None:
        """Create the TTL index."""
        await super().prepare()
        await self.collection.create_index("created_at", expireAfterSeconds=int(ABSOLUTE.total_seconds()))
        await self.collection.create_index("subject", partialFilterExpression={"subject": {"$type": "string"}})

    async def touch(self, session: Session) -> None:
        """Store ``seen_at``."""
        await self.collection.update_one({"_id": session.id}, {"$set": {"seen_at": session.seen_at}})

    async def end(self, session_id: str) -> None:
        """Delete a session."""
        await self.collection.delete_one({"_id": session_id})

    async def end_of_provider(self, issuer: str, *, subject: str | None, provider_session: str | None) -> list[str]:
        """End the sessions of a person of the provider, or of one session there. Returns the ids of the accounts."""
        told = {"subject": subject, "provider_session": provider_session}
        query = {"issuer": issuer} | {name: value for name, value in told.items() if value}
        ended = [row["account_id"] async for row in self.collection.find(query, {"account_id": 1})]
        await self.collection.delete_many(query)
        return sorted(set(ended))


class SignInTries:
    """Counts tries to sign in, in the collection ``sign_in_tries``; a key that rests for an hour is forgotten.

    A try is counted before the password is checked, so that many at once are not checked all.
    """

    FORGOTTEN = timedelta(hours=1)

    def __init__(self, database: Database) -> None:
        self._collection = database["sign_in_tries"]
        self._clock = database.clock

    async def prepare(self) -> None:
        """Create the TTL index."""
        await self._collection.create_index("expires_at", expireAfterSeconds=0)

    async def wait(self, key: str, *, tries: int, longest: float) -> float:
        """Count a try. Returns 0, or the seconds until the next one is accepted; then this one is not counted.

        The first ``tries`` cost no wait, the next one a second, and each further one twice as long as the one before,
        up to ``longest`` seconds.
        """
        now = self._clock()
        waiting = {"$gt": ["$until", now]}
        more = {"$add": [{"$ifNull": ["$count", 0]}, 1]}
        doubled = {"$pow": [2, {"$min": [{"$subtract": [more, tries + 1]}, 20]}]}
        pause = {"$toLong": {"$multiply": [{"$min": [doubled, longest]}, 1000]}}
        until = {"$cond": [{"$gt": [more, tries]}, {"$add": [now, pause]}, "$$REMOVE"]}
        counted = {
            "count": {"$cond": [waiting, "$count", more]},
            "until": {"$cond": [waiting, "$until", until]},
            "expires_at": now + self.FORGOTTEN,
        }
        before = await self._changed(key, [{"$set": counted}]) or {}
        return max(0.0, (before["until"] - now).total_seconds()) if "until" in before else 0.0

    async def forget(self, key: str) -> None:
        """The right password: its tries are not counted any more."""
        await self._collection.delete_one({"_id": key})

    async def take_back(self, key: str) -> None:
        """Do not count the last try, nor make anybody wait for it: its password was right."""
        change = {"$inc": {"count": -1}, "$unset": {"until": ""}}
        await self._collection.update_one({"_id": key, "count": {"$gt": 0}}, change)

    async def _changed(self, key: str, pipeline: list[dict[str, Any]]) -> dict[str, Any] | None:
        """The document before the change; None for a new one."""
        change = self._collection.find_one_and_update
        options: dict[str, Any] = {"upsert": True, "return_document": ReturnDocument.BEFORE}
        try:
            return await change({"_id": key}, pipeline, **options)
        except DuplicateKeyError:  # two first tries at once
            return await change({"_id": key}, pipeline, **options)
