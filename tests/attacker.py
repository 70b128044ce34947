"""Somebody who has all published tables, and solves for what is hidden: integer programming over every possible truth.

The unknowns are the numbers of cases by kind, faculty and state, and by month and state; each published number is an
equation. Beside the numbers, the attacker knows on which side of the last day the published medians lie, and that no
row is empty: one without cases does not stand in the table, or has a 0.

Each solution is one possible truth. Two of them in which a number differs by enough prove that it is not found: so most
numbers need no search of their own.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import highspy
import numpy as np

from services.router.statistics.domain.protection import ANSWERED, LATE, ON_TIME, STATES, Level, shows_median
from services.router.statistics.domain.suppression import CountedCase, Shown


class Attacker:
    """Knows what is ``shown`` of ``entries``."""

    def __init__(self, entries: Sequence[CountedCase], shown: Shown) -> None:
        self.medians = shown.medians
        self.kinds = sorted({entry.kind for entry in entries})
        self.faculties = sorted({entry.faculty for entry in entries})
        self.months = sorted({entry.month for entry in entries})
        self.truth: Counter[tuple[str, ...]] = Counter((entry.kind, entry.faculty, entry.state) for entry in entries)
        self.truth.update((entry.month, entry.state) for entry in entries)
        cells = [(k, f, s) for k in self.kinds for f in self.faculties for s in STATES]
        self.at: Mapping[tuple[str, ...], int] = {
            cell: place for place, cell in enumerate([*cells, *((m, s) for m in self.months for s in STATES)])
        }
        self.model = highspy.Highs()  # type: ignore[no-untyped-call]
        self.model.setOptionValue("output_flag", False)
        for _ in self.at:
            self.model.addVar(0, len(entries))
        self.model.changeColsIntegrality(
            len(self.at), np.arange(len(self.at), dtype=np.int32), np.full(len(self.at), highspy.HighsVarType.kInteger)
        )
        for state in STATES:  # both are numbers of the same cases
            self._equation(
                [(cell, 1) for cell in cells if cell[2] == state] + [((m, state), -1) for m in self.months], 0, 0
            )
        self._knows(entries, shown)
        self._possible = [np.array([self.truth[cell] for cell in self.at])]

    def _knows(self, entries: Sequence[CountedCase], shown: Shown) -> None:
        self._numbers([(k, f) for k in self.kinds for f in self.faculties], shown.highest)
        for rows, place in ((shown.kinds, 0), (shown.faculties, 1)):
            for row, level in (rows or {}).items():
                self._row([(k, f) for k in self.kinds for f in self.faculties if (k, f)[place] == row], level)
        for month, level in (shown.months or {}).items():
            self._row([(month,)], level)
        if shown.hidden is not None:
            for cell in {(k, f) for k in self.kinds for f in self.faculties} - shown.hidden:
                self._numbers([cell], Level.RECEIVED)

    def _row(self, parts: Sequence[tuple[str, ...]], level: Level) -> None:
        self._numbers(parts, level)
        self._equation([((*part, state), 1) for part in parts for state in STATES], 1, highspy.kHighsInf)

    def _numbers(self, parts: Iterable[tuple[str, ...]], level: Level) -> None:
        """The published numbers of a row that consists of these parts."""
        parts = list(parts)
        for needed, states in (
            (Level.RECEIVED, frozenset(STATES)),
            (Level.ANSWERED, ANSWERED),
            (Level.ALL, frozenset({ON_TIME})),
        ):
            if level >= needed:
                number = self.number(parts, states)
                self._equation([((*part, state), 1) for part in parts for state in states], number, number)
        answered = self.number(parts, ANSWERED)
        if self.medians and level is Level.ANSWERED and shows_median(answered, level):
            for state in (LATE, ON_TIME):
                number = self.number(parts, {state})
                if 2 * number <= answered:
                    most = max(number, (answered - 1) // 2)
                    self._equation([((*part, state), 1) for part in parts], 0, most)

    def number(self, parts: Iterable[tuple[str, ...]], states: Iterable[str]) -> int:
        """The truth: how many cases of these parts are in these states."""
        states = list(states)
        return sum(self.truth[*part, state] for part in parts for state in states)

    def _equation(self, terms: Sequence[tuple[tuple[str, ...], int]], least: float, most: float) -> None:
        places = np.array([self.at[cell] for cell, _ in terms], dtype=np.int32)
        self.model.addRow(least, most, len(terms), places, np.array([factor for _, factor in terms], dtype=float))

    def interval(self, parts: Iterable[tuple[str, ...]], states: Iterable[str]) -> tuple[int, int]:
        """The least and the most that the number of cases of these parts in these states can be."""
        cost = self._cost(parts, states)
        least, most = (self._solved(cost, sense) for sense in (highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize))
        return least, most

    def differs(self, parts: Iterable[tuple[str, ...]], states: Iterable[str], by: int) -> bool:
        """Whether two possible truths differ by so much in this number. It is solved for where none are known."""
        cost = self._cost(parts, states)
        for sense in (None, highspy.ObjSense.kMinimize, highspy.ObjSense.kMaximize):
            if sense is not None:
                self._solved(cost, sense)
            numbers = np.array(self._possible) @ cost
            if numbers.max() - numbers.min() >= by:
                return True
        return False

    def _cost(self, parts: Iterable[tuple[str, ...]], states: Iterable[str]) -> np.ndarray:
        states = list(states)
        sought = {self.at[(*part, state)] for part in parts for state in states}
        return np.array([float(place in sought) for place in range(len(self.at))])

    def _solved(self, cost: np.ndarray, sense: highspy.ObjSense) -> int:
        self.model.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        self.model.changeObjectiveSense(sense)
        self.model.run()
        assert self.model.getModelStatus() == highspy.HighsModelStatus.kOptimal
        self._possible.append(np.rint(self.model.getSolution().col_value))
        return round(self.model.getInfo().objective_function_value)
