"""What is published gives back no number from 1 to 4: whoever solves for one finds it anywhere from few to many."""

import random
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from services.router.statistics.domain.protection import ANSWERED, LATE, ON_TIME, OPEN, STATES, K, Level, small
from services.router.statistics.domain.suppression import CountedCase, Shown, suppressed
from tests.attacker import Attacker

ALL = frozenset(STATES)
SETS = (frozenset({OPEN}), frozenset({LATE}), frozenset({ON_TIME}), ANSWERED, ALL)


def entries_of(seed: int) -> list[CountedCase]:
    """Cases of a made-up institution: few or many, spread evenly or not, mostly answered in time."""
    chance = random.Random(seed)
    kinds, faculties = (
        [f"{name}{n}" for n in range(chance.randint(2, most))] for name, most in (("kind", 5), ("faculty", 7))
    )
    months = [f"2026-{n:02}" for n in range(1, 1 + chance.choice((3, 6, 12)))]
    skew, late = chance.choice((0.0, 1.0, 2.0)), chance.choice((0.02, 0.1, 0.4))

    def one(of: list[str]) -> str:
        return chance.choices(of, [1 / (1 + place) ** skew for place in range(len(of))])[0]

    states = chance.choices(STATES, [late, late, 1 - 2 * late], k=chance.choice((8, 30, 100, 300, 900)))
    return [CountedCase(one(kinds), one(faculties), chance.choice(months), state) for state in states]


def told_apart(entries: list[CountedCase], shown: Shown) -> Iterator[str]:
    """The small numbers that an attacker finds closer than they may."""
    attacker = Attacker(entries, shown)
    pairs = [(k, f) for k in attacker.kinds for f in attacker.faculties]
    rows: list[list[tuple[str, ...]]] = [[*filter(lambda pair: pair[0] == kind, pairs)] for kind in attacker.kinds]
    rows += [[*filter(lambda pair: pair[1] == faculty, pairs)] for faculty in attacker.faculties]
    rows += [[(month,)] for month in attacker.months]
    sought = [(row, states, K) for row in rows for states in SETS]
    sought += [([pair], states, K if states == ALL else 1) for pair in pairs for states in SETS]
    for row, states, needed in sought:
        if small(attacker.number(row, states)) and not attacker.differs(row, states, needed):
            least, most = attacker.interval(row, states)
            yield f"{row} {sorted(states)}: {attacker.number(row, states)} in {least}..{most}"


@pytest.mark.parametrize("seed", range(6))
def test_no_combination_of_the_tables_gives_back_a_small_number(seed: int) -> None:
    entries = entries_of(seed)
    assert list(told_apart(entries, suppressed(entries))) == []


def test_what_hides_the_small_numbers_alone_is_found_out() -> None:
    entries = [CountedCase("complaint", f"faculty{n}", "2026-01", ON_TIME) for n in (*[0] * 3, *[1] * 20, *[2] * 20)]
    faculties = {"faculty0": Level.NOTHING, "faculty1": Level.ALL, "faculty2": Level.ALL}
    alone = Shown(Level.ALL, {"complaint": Level.ALL}, faculties, {"2026-01": Level.ALL}, None)
    assert len(list(told_apart(entries, alone))) == 6
    assert list(told_apart(entries, suppressed(entries))) == []


def test_many_messages_hide_little() -> None:
    entries = [
        CountedCase(
            f"kind{n % 3}", f"faculty{n % 4}", f"2026-{n % 12 + 1:02}", STATES[n % 3] if n % 5 == 0 else ON_TIME
        )
        for n in range(1_200)
    ]
    shown = suppressed(entries)
    rows = [level for table in (shown.kinds, shown.faculties, shown.months) for level in (table or {}).values()]
    assert (shown.highest, rows, shown.hidden) == (Level.ALL, [Level.ALL] * 19, frozenset())


def test_without_messages_nothing_is_shown() -> None:
    assert suppressed([]).kinds == {}


@pytest.mark.parametrize("row", ["kind", "faculty", "month"])
def test_rows_of_one_message_each_are_not_found_by_their_number(row: str) -> None:
    many = [
        CountedCase(f"kind{n % 2}", f"faculty{n % 3}", f"2026-{n % 6 + 1:02}", STATES[n % 5 % 3]) for n in range(180)
    ]
    single = [CountedCase("kind0", "faculty0", "2026-01", ON_TIME) for _ in range(5)]
    names = {"kind": "rare{}", "faculty": "small{}", "month": "2026-{:02}"}
    places: list[dict[str, Any]] = [{row: names[row].format(n)} for n in range(7, 12)]
    entries = many + [replace(one, **place) for one, place in zip(single, places, strict=True)]
    assert list(told_apart(entries, suppressed(entries))) == []


def test_medians_alone_do_not_tell_that_few_answers_were_late() -> None:
    numbers = {"faculty0": (2, 8, 12), "faculty1": (9, 6, 8), "faculty2": (11, 8, 6)}
    entries = [
        CountedCase("kind", faculty, "2026-01", state)
        for faculty, of_states in numbers.items()
        for state, number in zip((LATE, ON_TIME, OPEN), of_states, strict=True)
        for _ in range(number)
    ]
    shown = suppressed(entries)
    assert (shown.highest, shown.medians) == (Level.ANSWERED, False)
    assert list(told_apart(entries, shown)) == []
    assert len(list(told_apart(entries, replace(shown, medians=True)))) == 1


def test_few_late_answers_of_many_leave_the_medians() -> None:
    late = [CountedCase(f"kind{n % 2}", f"faculty{n % 3}", "2026-01", LATE) for n in range(3)]
    others = [CountedCase(f"kind{n % 2}", f"faculty{n % 3}", "2026-01", STATES[2 * (n // 6 % 2)]) for n in range(120)]
    shown = suppressed([*late, *others])
    assert (shown.highest, shown.medians) == (Level.ANSWERED, True)
    assert list(told_apart([*late, *others], shown)) == []
