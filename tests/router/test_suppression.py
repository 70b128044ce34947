"""What is published gives back no number from 1 to 4: whoever solves for one finds it anywhere from few to many."""

import random
from collections.abc import Iterator

import pytest

from services.router.statistics.domain.protection import ANSWERED, LATE, ON_TIME, OPEN, STATES, K, small
from services.router.statistics.domain.suppression import Life, Shown, suppressed
from tests.attacker import Attacker

SETS = ({OPEN}, {LATE}, {ON_TIME}, ANSWERED, frozenset(STATES))


def lives_of(seed: int) -> list[Life]:
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
    return [Life(one(kinds), one(faculties), chance.choice(months), state) for state in states]


def told_apart(lives: list[Life], shown: Shown) -> Iterator[str]:
    """The small numbers that an attacker finds closer than they may."""
    attacker = Attacker(lives, shown)
    pairs = [(k, f) for k in attacker.kinds for f in attacker.faculties]
    rows = [[(k, f) for k, f in pairs if k == kind] for kind in attacker.kinds]
    rows += [[(k, f) for k, f in pairs if f == faculty] for faculty in attacker.faculties]
    rows += [[(month,)] for month in attacker.months]
    for row in [*rows, *([pair] for pair in pairs)]:
        for states in SETS:
            if not small(attacker.number(row, states)):
                continue
            least, most = attacker.interval(row, states)
            unpublished = row in [[pair] for pair in pairs] and len(states) < len(STATES)
            if most - least < (1 if unpublished or (row in rows and len(row) == 0) else K):
                yield f"{row} {sorted(states)}: {attacker.number(row, states)} in {least}..{most}"


@pytest.mark.parametrize("seed", range(25))
def test_no_combination_of_the_tables_gives_back_a_small_number(seed: int) -> None:
    lives = lives_of(seed)
    assert list(told_apart(lives, suppressed(lives))) == []
