"""Accounts, and who is signed in."""

from collections.abc import Iterable

from services.router.accounts.domain import ABSOLUTE, Account, Session, new_account
from shared.documents import AlreadyExists, Conflict, Database, Documents, NotFound


class Accounts(Documents[Account]):
    """Local accounts.

    The version before this one knows them as ``users``, by their address: each change is written there, too, and what
    was added there is taken over. Both end with the next version.
    """

    def __init__(self, database: Database) -> None:
        super().__init__(database, "accounts", Account)
        self._users = database["users"]

    async def prepare(self) -> None:
        """One account for one address; the accounts of the version before this one are taken over."""
        await super().prepare()
        await self.collection.create_index("email", unique=True)
        async for user in self._users.find({}, {"_id": 1}):
            await self.by_email(user["_id"])

    async def put(self, account: Account) -> Account:
        """Keep a new or a changed account."""
        kept = account
        try:
            await self.add(account)
        except AlreadyExists:
            kept = await self.save(account)
        mirrored = account.model_dump(include={"name", "role", "password_hash", "disabled"})
        await self._users.replace_one({"_id": account.email}, {"revision": 0, **mirrored}, upsert=True)
        return kept

    async def by_email(self, email: str) -> Account | None:
        """The account with this address, if there is one."""
        for account in await self.find({"email": email.lower()}, sort=[("_id", 1)], limit=1):
            return account
        return await self._taken_over(email.lower())

    async def of_session(self, session: Session) -> Account | None:
        """The account of a session, if there still is one."""
        try:
            return await (self.get(session.account_id) if session.account_id else self.by_email(session.user_id))
        except NotFound:
            return None

    async def names(self, ids: Iterable[str]) -> dict[str, str]:
        """The names of these accounts, by id; those that are gone are left out."""
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
        except Conflict:  # another process took it over
            return await self.by_email(email)
        return account


class Sessions(Documents[Session]):
    """Who is signed in. MongoDB removes what is over."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "sessions", Session)

    async def prepare(self) -> None:
        """Forget sessions that are over in any case."""
        await super().prepare()
        await self.collection.create_index("created_at", expireAfterSeconds=int(ABSOLUTE.total_seconds()))

    async def find_one(self, session_id: str) -> Session | None:
        """The session with this id, if there is one."""
        try:
            return await self.get(session_id)
        except NotFound:
            return None

    async def touch(self, session: Session) -> None:
        """Note that somebody is still there."""
        await self.collection.update_one({"_id": session.id}, {"$set": {"seen_at": session.seen_at}})

    async def end(self, session_id: str) -> None:
        """Sign out."""
        await self.collection.delete_one({"_id": session_id})
