"""The collection ``unit_words``: in how many routed cases of each unit a term occurred. It holds no text and no id."""

from collections.abc import Sequence

from pymongo import UpdateOne

from services.router.cases.domain.case import Case
from services.router.cases.domain.learning import Suggestion, suggested, terms_of
from shared.documents import Database


class Learned:
    """What routing decisions have taught. One document for each term: ``{_id: term, units: {code: cases}}``."""

    def __init__(self, database: Database) -> None:
        self._collection = database["unit_words"]

    async def learn(self, case: Case, units: Sequence[str]) -> None:
        """The case was routed to these units (their codes)."""
        counts = {f"units.{code}": 1 for code in units}
        if counts and (terms := terms_of(case)):
            writes = [UpdateOne({"_id": term}, {"$inc": counts}, upsert=True) for term in terms]
            await self._collection.bulk_write(writes, ordered=False)

    async def suggestions(self, case: Case) -> list[Suggestion]:
        """The units to which similar cases went, those with most of them first."""
        terms = terms_of(case)
        found = self._collection.find({"_id": {"$in": terms}})
        return suggested(terms, {term["_id"]: term["units"] async for term in found})
