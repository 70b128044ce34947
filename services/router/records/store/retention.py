"""The collections ``retention`` (the rules), ``retention_runs`` and ``retention_batches`` (lists of what is due)."""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from pymongo import IndexModel

from services.router.cases.domain.finishing import finished_at, outcome
from services.router.cases.store.cases import Cases
from services.router.records.domain.orders import ErasureOrder
from services.router.records.domain.retention import RETENTION, Doing, RetentionRules, Rule, finished_before, rule_for
from services.router.records.domain.runs import (
    BATCH,
    Batch,
    DueCase,
    Position,
    Run,
    RunState,
    Standing,
    Tally,
    listed,
    with_left,
)
from services.router.records.store.orders import Orders
from shared.documents import AGGREGATE, AlreadyExists, Database, Documents, NotFound

KEPT: Final = timedelta(days=90)
"""Lists that were not carried out, and references of cases that were left out, are forgotten after this."""
FIELDS: Final = (
    *("reference", "kind", "state", "closure_reason", "merge.into", "hold.at", "restriction.at", "revision"),
    *("indexed.finished_at", "indexed.revision", "indexed.version"),
)
Row = dict[str, Any]


class RetentionStore(Documents[RetentionRules]):
    """The rules: one document."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "retention", RetentionRules)

    async def stored(self) -> RetentionRules:
        """The document; added if there is none."""
        return await self.get_or_add(RetentionRules(id=RETENTION))


class Runs(Documents[Run]):
    """The lists of what is due, and what became of each."""

    indexes = (
        IndexModel([("made_at", -1)]),
        IndexModel("state"),
    )

    def __init__(self, database: Database) -> None:
        super().__init__(database, "retention_runs", Run)

    @staticmethod
    def working(now: datetime) -> dict[str, Any]:
        """Query for the lists that are being made or carried out."""
        return {"state": {"$in": [RunState.LISTING.value, RunState.RUNNING.value]}}

    async def newest(self, *, limit: int = 20) -> list[Run]:
        """The newest ones."""
        return await self.find({}, sort=[("made_at", -1)], limit=limit)

    async def running(self) -> list[str]:
        """The ids of the runs in progress."""
        return [run_id async for run_id in self.ids({"state": RunState.RUNNING.value})]


async def unfinished_of(orders: Orders, run_id: str) -> int:
    """How many orders of a run some service has not carried out."""
    return await orders.collection.count_documents({"request_id": run_id, "done_at": None})


async def given(orders: Orders, run_id: str, ids: Sequence[str]) -> ErasureOrder | None:
    """The order of a run for these cases; None when it was not given."""
    found = await orders.find({"request_id": run_id, "message_ids": ids[0]}, sort=[("number", 1)], limit=1)
    return found[0] if found else None


class Batches(Documents[Batch]):
    """The cases of each list. Reads the collection ``cases`` and writes nothing there."""

    indexes = (IndexModel([("run", 1), ("number", 1)]),)

    def __init__(self, database: Database, cases: Cases, zone: ZoneInfo) -> None:
        super().__init__(database, "retention_batches", Batch)
        self._cases, self._zone = cases, zone

    async def of_run(self, run_id: str) -> AsyncIterator[Batch]:
        """All batches of a list, in their order."""
        async for found in self.collection.find({"run": run_id}, AGGREGATE).sort("number", 1):
            yield self._read(found)

    async def one(self, run_id: str, number: int) -> Batch | None:
        """One batch of a list, from 1; None beyond the last."""
        return await self.find_one(f"{run_id}.{number}")

    async def waiting(self, run_id: str, now: datetime, *, left_behind: timedelta) -> Batch | None:
        """The next batch that is to be ordered: untouched, or left behind by a process that has died."""
        free = {"$or": [{"decided_at": None}, {"decided_at": {"$lt": now - left_behind}}]}
        found = await self.find({"run": run_id, "ordered_at": None, **free}, sort=[("number", 1)], limit=1)
        return found[0] if found else None

    async def unordered(self, run_id: str) -> int:
        """How many batches of a list are not ordered yet."""
        return await self.collection.count_documents({"run": run_id, "ordered_at": None})

    async def tallies(self, run_id: str) -> list[Tally]:
        """What is counted of each batch: the cases themselves stay in the database, they are many."""
        left = {"$filter": {"input": "$cases.left", "cond": {"$ne": ["$$this", None]}}}
        ordered = {"$ne": [{"$ifNull": ["$ordered_at", None]}, None]}
        counted = self.collection.aggregate(
            [
                {"$match": {"run": run_id}},
                {"$project": {"_id": 0, "rule": 1, "cases": {"$size": "$cases"}, "left": left, "ordered": ordered}},
            ]
        )
        return [Tally.model_validate(row) async for row in counted]

    async def left_cases(self, run_ids: Sequence[str]) -> int:
        """How many cases of these runs are not ordered yet."""
        counted = self.collection.aggregate(
            [
                {"$match": {"run": {"$in": list(run_ids)}, "ordered_at": None}},
                {"$unwind": "$cases"},
                {"$match": {"cases.left": None}},
                {"$count": "cases"},
            ]
        )
        return sum([row["cases"] async for row in counted])

    async def next(self, run: Run) -> Batch | None:
        """The next batch of a list that is being made: the one that another process has stored, or one made now.

        None when all that is due stands in the list.
        """
        number = run.batches + 1
        if known := await self.one(run.id, number):
            return known
        made = await self._made(run, number)
        if made is None:
            return None
        with suppress(AlreadyExists):
            await self.add(made)
        return await self.get(made.id)

    async def standing(self, ids: Iterable[str]) -> dict[str, Standing]:
        """How these cases stand now, and all that are merged into them; without those that are gone, or anonymised."""
        wanted = list(ids)
        meant = {"$or": [{"_id": {"$in": wanted}}, {"merge.into": {"$in": wanted, "$exists": True}}]}
        query = {"erased_at": None, "anonymised_at": None, **meant}
        return {standing.id: standing for standing in [await self._standing(row) async for row in self._rows(query)]}

    async def counts(self, rules: Iterable[Rule], day: Any) -> dict[str, int]:
        """How many cases would be due on a day, by rule, without those that go with another and with those under hold.

        From the index alone: quick, for a preview.
        """
        known, found = tuple(rules), {rule.code: 0 for rule in rules}
        for key in await self._keys():
            rule = rule_for(known, *key.split("|", 1))
            if rule.doing != Doing.KEEP:
                found[rule.code] += await self._cases.collection.count_documents(self._due(key, rule, day))
        return found

    async def forget(self) -> bool:
        """Forget lists that are old, with their references; runs stay, as counts. False: no more to do at once."""
        old = self.database.clock() - KEPT
        ended = {"state": {"$nin": [RunState.LISTING.value, RunState.RUNNING.value]}, "made_at": {"$lt": old}}
        runs = [row["_id"] async for row in self.database["retention_runs"].find(ended, {"_id": 1})]
        if runs:
            await self.collection.delete_many({"run": {"$in": runs}})
        return False

    async def _made(self, run: Run, number: int) -> Batch | None:
        keys = await self._keys()
        for key in keys if run.last is None else [key for key in keys if key >= run.last.key]:
            rule = rule_for(run.rules, *key.split("|", 1))
            if rule.doing == Doing.KEEP:
                continue
            after = run.last if run.last and run.last.key == key else None
            if cases := await self._group(self._due(key, rule, run.day, after)):
                return self._batch(run, number, key, rule, *cases)
        return None

    async def _group(self, query: Row) -> tuple[list[Standing], dict[str, Standing]] | None:
        """The next primaries, and how they and all that are merged into them stand; at most BATCH cases together."""
        found = self._cases.collection.find(query, {"_id": 1}).sort([("indexed.finished_at", 1), ("_id", 1)])
        ids = [row["_id"] async for row in found.limit(BATCH)]
        if not ids:
            return None
        now = await self.standing(ids)
        if not any(case_id in now and now[case_id].finished_at for case_id in ids):
            return await self._group(query)  # all of them have changed in between
        members: dict[str, int] = {}
        for standing in now.values():
            of = standing.primary if standing.primary and standing.primary in ids else standing.id
            members[of] = members.get(of, 0) + 1
        first, size = list[Standing](), 0
        for case_id in ids:
            size += members.get(case_id, 0)
            if size > BATCH and first:
                break
            if case_id in now and now[case_id].finished_at:
                first.append(now[case_id])
        return first, now

    def _batch(
        self, run: Run, number: int, key: str, rule: Rule, first: list[Standing], now: Mapping[str, Standing]
    ) -> Batch:
        cases = list[DueCase]()
        merged: dict[str, list[Standing]] = {}
        for standing in now.values():
            if standing.primary:
                merged.setdefault(standing.primary, []).append(standing)
        for primary in first:
            cases.append(listed(primary))
            cases += [listed(one, primary) for one in sorted(merged.get(primary.id, ()), key=lambda one: one.id)]
        assert first[-1].finished_at
        last = Position(key=key, finished_at=first[-1].finished_at, id=first[-1].id)
        return Batch(
            id=f"{run.id}.{number}", run=run.id, number=number, rule=rule, cases=with_left(cases, now), last=last
        )

    def _due(self, key: str, rule: Rule, day: Any, after: Position | None = None) -> Row:
        before = {"$lt": finished_before(rule, day, self._zone)}
        query: Row = {"indexed.retention": key, "indexed.finished_at": before}
        if after is None:
            return query
        query["indexed.finished_at"] = before | {"$gte": after.finished_at}  # where the index is read from
        beyond = [
            {"indexed.finished_at": {"$gt": after.finished_at}},
            {"indexed.finished_at": after.finished_at, "_id": {"$gt": after.id}},
        ]
        return query | {"$or": beyond}

    async def _keys(self) -> list[str]:
        """Kinds and outcomes of finished cases, in their order: one look into the index for each."""
        found, collection, last = list[str](), self._cases.collection, ""
        while row := await collection.find_one(
            {"indexed.retention": {"$gt": last}}, {"_id": 0, "indexed.retention": 1}, sort=[("indexed.retention", 1)]
        ):
            found.append(last := row["indexed"]["retention"])
        return found

    async def _rows(self, query: Row) -> AsyncIterator[Row]:
        async for row in self._cases.collection.find(query, dict.fromkeys(FIELDS, 1)):
            yield row

    async def _standing(self, row: Row) -> Standing:
        """From what is stored for queries, where that is of this state of the case; else from the case itself."""
        indexed = row.get("indexed", {})
        told = {
            "id": row["_id"],
            "reference": row["reference"],
            "kind": row["kind"],
            "outcome": row.get("closure_reason") or "answered",
            "finished": row["state"] in ("resolved", "closed"),
            "finished_at": indexed.get("finished_at"),
            "primary": (row.get("merge") or {}).get("into"),
            "held": bool(row.get("hold")),
            "restricted": bool(row.get("restriction")),
        }
        current = (indexed.get("revision"), indexed.get("version")) == (row["revision"], self._cases.index_version)
        if not current:
            with suppress(NotFound):
                case = await self._cases.get(row["_id"])
                told |= {"finished": case.finished, "finished_at": finished_at(case), "kind": case.kind}
                told |= {"outcome": outcome(case) or "answered", "primary": case.merged_into, "held": bool(case.hold)}
        return Standing.model_validate(told)
