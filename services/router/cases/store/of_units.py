"""The cases of one unit: how many, whether there ever was one, and their way to another unit."""

from collections.abc import Iterator
from functools import partial
from typing import Any
from uuid import uuid4

from services.router.access import Officer
from services.router.cases.domain.moving_units import MOVABLE, move
from services.router.cases.domain.states import AssignmentState
from services.router.cases.store.cases import ALL_BY_AGE, TO_BE_DONE, Cases, work_by
from services.router.directory.store.units import Units
from shared.documents import NotFound
from shared.retrying import on_conflict
from shared.scheduled import act_on_due


class CasesOfUnits:
    """Reads all cases, also restricted ones, whose numbers alone are told."""

    def __init__(self, cases: Cases, units: Units) -> None:
        self._cases, self._units = cases, units

    async def open(self, code: str) -> dict[str, int]:
        """How many cases could ``move``, and in how many a reply is there, so that they ``stay``."""
        replied = {"$in": [AssignmentState.REPLIED, AssignmentState.RETURNED]}
        counted = [await self._count(code, states) for states in ({"$in": list(MOVABLE)}, replied)]
        return dict(zip(("move", "stay"), counted, strict=True))

    async def used(self, code: str) -> bool:
        """Whether a case was ever routed to this unit."""
        facet = {"indexed.facets": {"$regex": f"^unit:{code}(@|$)"}}
        return await self._cases.collection.find_one(facet, {"_id": 1}, hint=ALL_BY_AGE) is not None

    async def run(self) -> bool:
        """Move what is still at closed units, because it was held or a process died. False: no more to do at once."""
        closed = {"moves": {"$ne": None}, "active": False}
        return await act_on_due(self._units, lambda now: closed, lambda code, now: self.move(code))

    async def move(self, code: str) -> None:
        """Move the open cases of a closed unit to its successor, each in one write. May run twice."""
        unit = await self._units.get(code)
        moves = unit.moves
        if moves is None:
            return
        try:
            to = (await self._units.get(unit.successor)).address
        except NotFound:
            return
        by = Officer(id=moves.by.id, name=moves.name, role=moves.role)

        async def one(case_id: str) -> None:
            case = await self._cases.get(case_id)
            now = self._cases.database.clock()
            if moved := move(case, code, to, ids=_ids(), reason=moves.reason, by=by, now=now):
                await self._cases.save(moved[0], announcing=moved[1])

        found = self._cases.collection.find(_at(code, {"$in": list(MOVABLE)}), {"_id": 1}, hint=work_by("age"))
        for case_id in [case["_id"] async for case in found]:
            await on_conflict(partial(one, case_id))

    async def _count(self, code: str, states: dict[str, Any]) -> int:
        return int(await self._cases.collection.count_documents(_at(code, states), hint=work_by("age")))


def _at(code: str, states: dict[str, Any]) -> dict[str, Any]:
    """Cases in which something is to be done, with an assignment of this unit in one of these states."""
    facet = {"indexed.facets": {"$regex": f"^unit:{code}(@|$)"}}
    return TO_BE_DONE | facet | {"assignments": {"$elemMatch": {"unit.code": code, "state": states}}}


def _ids() -> Iterator[str]:
    while True:
        yield str(uuid4())
