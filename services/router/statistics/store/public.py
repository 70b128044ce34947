"""The collections ``public_page``, ``public_answers`` and ``public_page_told``, and the cases that are published."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from pymongo import IndexModel

from services.router.directory.domain.tree import Branch, topmost, tree
from services.router.directory.store import Units
from services.router.directory.store.telling import tell
from services.router.statistics.domain.answers import PublicAnswer, without_case
from services.router.statistics.domain.published import PUBLIC_PAGE, PublicPage, entry_of
from services.router.statistics.domain.row import FigureRow
from services.router.statistics.domain.suppression import CountedCase
from services.router.statistics.domain.told import ToldPage, page_told
from shared.documents import IS_TEXT, Database, Documents
from shared.retrying import on_conflict

MOST = 2_000
"""Answers that are listed."""


class PublicPages(Documents[PublicPage]):
    """What the institution shows the public: one document."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "public_page", PublicPage)

    async def stored(self) -> PublicPage:
        """The document; added if there is none."""
        return await self.get_or_add(PublicPage(id=PUBLIC_PAGE))


class PublicAnswers(Documents[PublicAnswer]):
    """The answers that were proposed for the public page."""

    indexes = (
        IndexModel("case_id", partialFilterExpression={"case_id": IS_TEXT}),
        IndexModel([("proposed_at", -1), ("_id", 1)]),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "public_answers", PublicAnswer)

    async def all(self) -> list[PublicAnswer]:
        """All of them, the newest first."""
        return await self.find({}, sort=[("proposed_at", -1), ("_id", 1)], limit=MOST)

    async def forget_erased(self) -> bool:
        """Take away the link to cases that were erased. Returns False: no more to do at once."""
        linked = await self.collection.distinct("case_id", {"case_id": IS_TEXT})
        gone = {"_id": {"$in": linked}, "erased_at": {"$ne": None}}
        async for case in self.database["cases"].find(gone, {"_id": 1}):
            await self.forget(case["_id"])
        return False

    async def forget(self, case_id: str) -> None:
        """Take away the link to one case."""
        async for answer_id in self.ids({"case_id": {"$eq": case_id, **IS_TEXT}}):
            await on_conflict(partial(self._forget, answer_id))

    async def _forget(self, answer_id: str) -> None:
        kept = without_case(await self.get(answer_id))
        if kept:
            await self.save(kept)
        else:
            await self.erase(answer_id, at_once=True)


class ToldPages(Documents[ToldPage]):
    """What the intake was told last."""

    def __init__(self, database: Database, pages: PublicPages, answers: PublicAnswers) -> None:
        super().__init__(database, "public_page_told", ToldPage)
        self._pages, self._answers = pages, answers

    async def renew(self, known: int | None = None) -> int:
        """Tell what is shown now, unless it was told; ``known`` is the version of the listener. Returns the version."""
        return await on_conflict(lambda: self._renew(known))

    async def run(self) -> bool:
        """Tell what a crash has left untold. Returns False: no more to do at once."""
        await self.renew()
        return False

    async def _renew(self, known: int | None) -> int:
        before = await self.get_or_add(ToldPage(id=PUBLIC_PAGE))
        now = page_told(await self._pages.stored(), await self._answers.all())
        return await tell(self, before, now, known)


class Entries:
    """What the rows of figures say of the cases of some months."""

    def __init__(self, database: Database, units: Units) -> None:
        self._rows, self._units = database["figure_rows"], units

    async def of(self, months: Sequence[str]) -> list[CountedCase]:
        """The cases that came in these months, as they are published."""
        faculties = faculties_of(tree(await self._units.all()))
        wanted = ("opened", "kind", "units", "restricted", "closure_reason", "answer_days", "in_time")
        grouped: list[dict[str, Any]] = [
            {"$match": {"opened": {"$gte": f"{months[0]}-01", "$lte": f"{months[-1]}-31"}}},
            {"$set": {"opened": {"$concat": [{"$substrBytes": ["$opened", 0, 7]}, "-01"]}}},
            {"$group": {"_id": {name: {"$ifNull": [f"${name}", None]} for name in wanted}, "number": {"$sum": 1}}},
        ]
        entries = list[CountedCase]()
        async for found in self._rows.aggregate(grouped):
            known = {name: value for name, value in found["_id"].items() if value is not None}
            entry = entry_of(FigureRow.model_validate({"id": "", "revision": 0, "calendar": 0} | known), faculties)
            entries += [entry] * found["number"] if entry else []
        return entries


def faculties_of(branches: Sequence[Branch]) -> dict[str, str]:
    """Each unit's code with that of the faculty or office to which it belongs: of the units at the top of the tree.

    A single one at the top, such as the rectorate, has all others below it: then those right below it count.
    """
    return {unit: branch.unit.id for branch in topmost(branches) for unit in _within(branch)}


def _within(branch: Branch) -> list[str]:
    return [branch.unit.id, *(code for one in branch.below for code in _within(one))]
