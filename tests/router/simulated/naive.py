"""Counts facts as they are, by walking through days and sorting lists. Imports nothing of the product."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from math import ceil
from statistics import median
from typing import Any

from tests.router.simulated.facts import SPAM, WITHDRAWN, ZONE, Ask, History

Stood = tuple[tuple[datetime, datetime], ...]


class Naive:
    """Counts facts as they are, by walking through days and sorting lists."""

    def __init__(
        self, histories: list[History], parents: Mapping[str, str], holidays: set[date], halves: set[date]
    ) -> None:
        self.histories, self.parents, self.holidays, self.halves = histories, parents, holidays, halves
        self._known: dict[Any, int] = {}

    def months(self) -> set[str]:
        """In which anything came or ended."""
        return {self.day(at)[:7] for life in self.histories for at in (life.came, life.ended) if at}

    def count(self, month: str, unit: str, kind: str, channel: str) -> tuple[dict[str, int], dict[str, list[int]]]:
        """Numbers by name, and all values of each clock, of one cell."""
        found: dict[str, int] = defaultdict(int)
        values: dict[str, list[int]] = defaultdict(list)
        for life in self.histories:
            spam = life.reason == SPAM
            everything = (unit, kind, channel) == ("", "", "")
            if life.restricted:
                belongs = everything
            else:
                in_unit = unit == "" or any(unit in self.above(one.unit) for one in life.asks)
                belongs = in_unit and kind in ("", life.kind) and channel in ("", life.channel)
            if not belongs:
                continue
            if life.ended and self.day(life.ended)[:7] == month and (life.restricted or not spam):
                found["ended"] += 1
            if self.day(life.came)[:7] != month:
                continue
            if life.restricted:
                found["received"] += 1
                found["restricted"] += 1
                found["finished"] += life.ended is not None
            elif spam:
                found["unwanted"] += 1
            else:
                self._life(life, unit, found, values)
        counts = {name: number for name, number in found.items() if number}
        return counts, {clock: numbers for clock, numbers in values.items() if numbers}

    def _life(self, life: History, unit: str, found: dict[str, int], values: dict[str, list[int]]) -> None:
        found["received"] += 1
        found["finished"] += life.ended is not None
        found["withdrawn"] += life.reason == WITHDRAWN
        found["rerouted"] += any(wrong for _at, wrong in life.routings[1:])
        found["reroutes"] += sum(wrong for _at, wrong in life.routings[1:])
        found["reopened"] += life.reopened > 0
        found["reopens"] += life.reopened
        found["objected"] += life.objected
        found["informed"] += bool(life.interims)
        found["interims"] += len(life.interims)
        if life.answers or life.interims:
            found["judged"] += 1
            found["in_time"] += min(life.answers[:1] + life.interims) <= life.law
        if life.routings:
            values["routing"].append(self.hours(life.came, life.routings[0][0]))
        if life.answers:
            found["answered"] += 1
            first = life.answers[0]
            values["answer"].append(self.hours(life.came, first))
            days = date.fromisoformat(self.day(first)) - date.fromisoformat(self.day(life.came))
            values["days"].append(days.days)
            replied = [at for one in life.asks for at in one.replies.values() if at <= first]
            values["review"] += [self.hours(max(replied), first)] if replied else []
        if life.stars:
            values["rating"].append(life.stars)
        for one in life.asks:
            if one.expected and (unit == "" or unit in self.above(one.unit)):
                self._ask(life, one, found, values)

    def _ask(self, life: History, one: Ask, found: dict[str, int], values: dict[str, list[int]]) -> None:
        found["asked"] += 1
        found["declined"] += one.declined
        found["awaited"] += one.waits
        if one.returned or one.accepted:
            found["reviewed"] += 1
            found["at_once"] += not one.returned
        if one.replies and not (one.returned and one.waits):
            found["timed"] += 1
            found["on_time"] += one.due is None or one.replies[max(one.replies)] <= one.due
        if one.replies:
            values["reply"].append(self.hours(one.at, min(one.replies.values()), life.pauses))

    def hours(self, since: datetime, until: datetime, without: Iterable[Sequence[datetime | None]] = ()) -> int:
        """Whole working hours, minute by minute of each working day, rounded half up."""
        stood = tuple((p[0], p[1] or until) for p in without if p[0] and since < p[0])
        if (since, until, stood) not in self._known:
            self._known[since, until, stood] = self._walked(since, until, stood)
        return self._known[since, until, stood]

    def _walked(self, since: datetime, until: datetime, stood: Stood) -> int:
        minutes = 0
        day = since.astimezone(ZONE).date()
        while day <= until.astimezone(ZONE).date():
            if day.weekday() < 5 and day not in self.holidays:
                for hour in (8, 9, 10, 11) if day in self.halves else (8, 9, 10, 11, 13, 14, 15, 16):
                    begins = datetime.combine(day, time(hour), ZONE)
                    minutes += self._of_hour(begins, since, until, stood)
            day += timedelta(days=1)
        return int(minutes / 60 + 0.5)

    def _of_hour(self, begins: datetime, since: datetime, until: datetime, stood: Stood) -> int:
        if begins >= until or begins + timedelta(hours=1) <= since:
            return 0
        found = 0
        for minute in range(60):
            at = begins + timedelta(minutes=minute)
            asked = any(a <= at < b for a, b in stood)
            found += since <= at < until and not asked
        return found

    def above(self, unit: str) -> set[str]:
        """The unit, and those to which it belongs."""
        found = {unit}
        while unit in self.parents:
            unit = self.parents[unit]
            found.add(unit)
        return found

    @staticmethod
    def day(at: datetime) -> str:
        return at.astimezone(ZONE).date().isoformat()

    @staticmethod
    def percentiles(values: list[int]) -> tuple[float, int]:
        """Median and 90th percentile of a sorted list."""
        ordered = sorted(values)
        return median(ordered), ordered[ceil(len(ordered) * 0.9) - 1]
