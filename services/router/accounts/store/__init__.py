"""The collections ``accounts`` and ``sessions``."""

from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

from pymongo import IndexModel, ReturnDocument
from pymongo.collation import Collation
from pymongo.errors import DuplicateKeyError

from services.router.access import ACTIONS, Action, Role
from services.router.accounts.domain import ABSOLUTE, Account, SecondFactor, Session
from services.router.accounts.domain.changes import LastAdministrator
from shared.documents import AGGREGATE, IS_TEXT, AlreadyExists, Conflict, Database, Documents, Taken, where_present
from shared.events import Event
from shared.seal import WrongKey

TURKISH = Collation("tr")
ONE_TURN = timedelta(seconds=30)
"""How long a process may decide on administrators alone; one that crashed meanwhile holds up others for no longer."""


class Accounts(Documents[Account]):
    """Local accounts.

    The previous version (0.1.0) has them in ``users``, by address. Until the next version, each change is also written
    there, and an account that was added there is copied to here.
    """

    indexes = (
        IndexModel("email", unique=True),
        IndexModel([("issuer", 1), ("subject", 1)], unique=True, partialFilterExpression={"subject": IS_TEXT}),
        *map(where_present, ("invitation.hash", "reset.hash")),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "accounts", Account)
        self._users = database["users"]
        self._turns = database["account_turns"]

    async def prepare(self) -> None:
        """Create the indexes, and copy the accounts of the previous version."""
        await super().prepare()
        async for user in self._users.find({}, {"_id": 1}):
            await self.by_email(user["_id"])

    async def put(
        self, account: Account, *, announcing: Event | Sequence[Event] = (), before: Account | None = None
    ) -> Account:
        """Insert or update an account. ``before`` is what it was, where its address may be another one.

        Raises Taken when somebody else has this address.
        """
        kept = account
        if before and before.email != account.email:  # else it would be taken over as one more account
            await self._users.delete_one({"_id": before.email})
        try:
            await self.add(account, announcing=announcing)
        except AlreadyExists:
            try:
                kept = await self.save(account, announcing=announcing)
            except DuplicateKeyError:
                raise Taken(account.id, "email") from None
        mirrored = account.model_dump(include={"name", "role", "password_hash", "disabled"})
        await self._users.replace_one({"_id": account.email}, {"revision": 0, **mirrored}, upsert=True)
        return kept

    async def change(self, before: Account, after: Account, *, announcing: Sequence[Event]) -> Account:
        """Update an account. Raises LastAdministrator if nobody could administer the desk then, else as ``put``."""
        if not before.administers or after.administers:
            return await self.put(after, announcing=announcing, before=before)
        async with self._alone():
            others = {"_id": {"$ne": after.id}, "role": Role.ADMIN.value, "disabled": {"$ne": True}, "erased_at": None}
            can_sign_in = [{"password_hash": {"$ne": ""}}, {"subject": IS_TEXT}]
            if not await self.collection.find_one(others | {"$or": can_sign_in}, {"_id": 1}):
                raise LastAdministrator
            return await self.put(after, announcing=announcing, before=before)

    @asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """No other process decides on administrators meanwhile. Raises Conflict while one does.

        Two changes of two accounts are two writes: compare-and-set on each would let both through.
        """
        now, holder = self.database.clock(), str(uuid4())
        free = {"_id": "administrators", "until": {"$lte": now}}
        try:
            await self._turns.update_one(free, {"$set": {"until": now + ONE_TURN, "holder": holder}}, upsert=True)
        except DuplicateKeyError:
            raise Conflict("administrators") from None
        try:
            yield
        finally:
            await self._turns.delete_one({"_id": "administrators", "holder": holder})

    async def all(self) -> list[Account]:
        """All accounts, by name in the order of the Turkish alphabet; at most 2000."""
        found = self.collection.find({"erased_at": None}, AGGREGATE).collation(TURKISH).sort("name", 1).limit(2_000)
        return [self._read(account) async for account in found]

    async def exist(self) -> bool:
        """Whether there is any account."""
        return bool(await self.collection.find_one({}, {"_id": 1}) or await self._users.find_one({}, {"_id": 1}))

    async def by_link(self, kind: str, hashed: str, now: datetime) -> Account | None:
        """The account that a link of this kind (``invitation``, ``reset``) opens now, or None."""
        for account in await self.find({f"{kind}.hash": hashed}, sort=[("_id", 1)], limit=1):
            link = account.invitation if kind == "invitation" else account.reset
            return account if link and now < link.expires_at and not account.disabled else None
        return None

    def closed(self, text: str) -> str:
        """A text as it is stored, encrypted."""
        assert self.database.seal
        return self.database.seal.close(text)

    def opened(self, sealed: str) -> str:
        """The text again; empty for what was not encrypted here."""
        assert self.database.seal
        try:
            return self.database.seal.open(sealed)
        except WrongKey:
            return ""

    def factor(self, secret: str, *, since: datetime, last_step: int, recovery: tuple[str, ...]) -> SecondFactor:
        """A second factor with its secret encrypted."""
        assert self.database.seal
        sealed, key = self.closed(secret), self.database.seal.key_id
        return SecondFactor(sealed=sealed, seal_key=key, since=since, last_step=last_step, recovery=recovery)

    def secret_of(self, factor: SecondFactor) -> str:
        """The secret of a second factor. Raises WrongKey when no key opens it."""
        assert self.database.seal
        return self.database.seal.open(factor.sealed)

    def sealed_before(self, now: datetime) -> dict[str, Any]:
        """Accounts whose second factor is not sealed with the newest key."""
        assert self.database.seal
        return {"second_factor.seal_key": {"$exists": True, "$ne": self.database.seal.key_id}}

    async def seal_anew(self, account_id: str, now: datetime) -> None:
        """Seal a second factor with the newest key. Raises WrongKey when no key opens it."""
        account = await self.get(account_id)
        if account.second_factor:
            secret, old = self.secret_of(account.second_factor), account.second_factor
            new = self.factor(secret, since=old.since, last_step=old.last_step, recovery=old.recovery)
            await self.save(account.model_copy(update={"second_factor": new}))

    async def signed_in(self, account_id: str, at: datetime) -> None:
        """Store when the person signed in last. No change of the account: it owes nothing, and conflicts with none."""
        await self.collection.update_one({"_id": account_id}, {"$max": {"last_sign_in_at": at}})

    async def by_email(self, email: str) -> Account | None:
        """The account with this address, or None."""
        for account in await self.find({"email": email.lower()}, sort=[("_id", 1)], limit=1):
            return account
        return await self._taken_over(email.lower())

    async def by_subject(self, issuer: str, subject: str) -> Account | None:
        """The account of this person of the provider, or None."""
        query = {"issuer": issuer, "subject": {"$eq": subject, **IS_TEXT}}
        for account in await self.find(query, sort=[("_id", 1)], limit=1):
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

    indexes = (
        IndexModel("created_at", expireAfterSeconds=int(ABSOLUTE.total_seconds())),
        IndexModel("subject", partialFilterExpression={"subject": IS_TEXT}),
        IndexModel("account_id"),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "sessions", Session)

    async def touch(self, session: Session) -> None:
        """Store ``seen_at``."""
        await self.collection.update_one({"_id": session.id}, {"$set": {"seen_at": session.seen_at}})

    async def of(self, account_id: str, now: datetime) -> list[Session]:
        """The sessions of an account that are alive, the newest first."""
        found = await self.find({"account_id": account_id}, sort=[("seen_at", -1)], limit=200)
        return [session for session in found if session.alive(now)]

    async def end(self, session_id: str) -> None:
        """Delete a session."""
        await self.collection.delete_one({"_id": session_id})

    async def end_of(self, account_id: str, *, only: str | None = None, but: str | None = None) -> int:
        """Delete the sessions of an account: all, ``only`` this one, or all ``but`` this one. Returns how many."""
        query: dict[str, Any] = {"account_id": account_id}
        if only or but:
            query["_id"] = only or {"$ne": but}
        return (await self.collection.delete_many(query)).deleted_count

    async def end_before(self, account_id: str, at: datetime) -> None:
        """Delete the sessions of an account that began before this time."""
        await self.collection.delete_many({"account_id": account_id, "created_at": {"$lt": at}})

    async def end_of_provider(self, issuer: str, *, subject: str | None, provider_session: str | None) -> list[str]:
        """End the sessions of a person of the provider, or of one session there. Returns the ids of the accounts."""
        of_person = {"$eq": subject, **IS_TEXT} if subject else None
        told = {"subject": of_person, "provider_session": provider_session}
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
