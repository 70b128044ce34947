"""The collections ``accounts`` and ``sessions``."""

from collections.abc import Iterable

from services.router.accounts.domain import ABSOLUTE, Account, Session, new_account
from shared.documents import AlreadyExists, Conflict, Database, Documents, NotFound


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
        async for user in self._users.find({}, {"_id": 1}):
            await self.by_email(user["_id"])

    async def put(self, account: Account) -> Account:
        """Insert or update an account."""
        kept = account
        try:
            await self.add(account)
        except AlreadyExists:
            kept = await self.save(account)
        mirrored = account.model_dump(include={"name", "role", "password_hash", "disabled"})
        await self._users.replace_one({"_id": account.email}, {"revision": 0, **mirrored}, upsert=True)
        return kept

    async def by_email(self, email: str) -> Account | None:
        """The account with this address, or None."""
        for account in await self.find({"email": email.lower()}, sort=[("_id", 1)], limit=1):
            return account
        return await self._taken_over(email.lower())

    async def of_session(self, session: Session) -> Account | None:
        """The account of a session, or None."""
        try:
            return await (self.get(session.account_id) if session.account_id else self.by_email(session.user_id))
        except NotFound:
            return None

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of those of these accounts that exist, by id."""
        cursor = self.collection.find({"_id": {"$in": list(ids)}, "erased_at": None}, {"name": 1})
        return {row["_id"]: row["name"] async for row in cursor}

    async def _taken_over(self, email: str) -> Account | None:
        user = await self._users.find_one({"_id": email})
        if user is None:
            return None
        fields = {name: user[name] for name in ("name", "role", "password_hash")}
        account = new_account(email=email, **fields).model_copy(update={"disabled": user.get("disabled", False)})
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

    async def find_one(self, session_id: str) -> Session | None:
        """The session with this id, or None."""
        try:
            return await self.get(session_id)
        except NotFound:
            return None

    async def touch(self, session: Session) -> None:
        """Store ``seen_at``."""
        await self.collection.update_one({"_id": session.id}, {"$set": {"seen_at": session.seen_at}})

    async def end(self, session_id: str) -> None:
        """Delete a session."""
        await self.collection.delete_one({"_id": session_id})
