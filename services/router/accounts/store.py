"""Accounts, and who is signed in."""

from pymongo import ReplaceOne

from services.router.accounts.domain import ABSOLUTE, Session, User
from shared.documents import Database, Documents, NotFound


class Users(Documents[User]):
    """Local accounts."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["users"], User, source="router")

    async def put(self, user: User) -> None:
        """Add an account, or replace the one with the same address."""
        document = user.model_dump(exclude={"id"})
        await self.collection.bulk_write([ReplaceOne({"_id": user.id}, document, upsert=True)])

    async def by_email(self, email: str) -> User | None:
        """The account with this address, if there is one."""
        try:
            return await self.get(email.lower())
        except NotFound:
            return None


class Sessions(Documents[Session]):
    """Who is logged in. MongoDB removes what is over."""

    def __init__(self, database: Database) -> None:
        super().__init__(database["sessions"], Session, source="router")

    async def prepare(self) -> None:
        """Forget sessions that are over in any case."""
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
        """Log out."""
        await self.collection.delete_one({"_id": session_id})
