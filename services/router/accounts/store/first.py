"""The collection ``first_links``: the one link that makes the first administrator."""

from datetime import datetime, timedelta

from services.router.accounts.domain.changes import hash_of
from shared.documents import Database

VALID_FOR = timedelta(hours=24)
FIRST = "first"


class FirstLinks:
    """At most one link; a new one takes the place of the one before."""

    def __init__(self, database: Database) -> None:
        self._collection = database["first_links"]

    async def keep(self, secret: str, now: datetime) -> None:
        """Remember a link."""
        link = {"_id": FIRST, "hash": hash_of(secret), "expires_at": now + VALID_FOR}
        await self._collection.replace_one({"_id": FIRST}, link, upsert=True)

    async def opens(self, secret: str, now: datetime) -> bool:
        """Whether this is the secret of the link."""
        wanted = {"_id": FIRST, "hash": hash_of(secret), "expires_at": {"$gt": now}}
        return bool(await self._collection.find_one(wanted, {"_id": 1}))

    async def use(self, secret: str, now: datetime) -> bool:
        """Use the link up. Of two at once, one gets True."""
        wanted = {"_id": FIRST, "hash": hash_of(secret), "expires_at": {"$gt": now}}
        return (await self._collection.delete_one(wanted)).deleted_count == 1
