"""Made-up rows of figures, as if an institution had worked for three years: for the benchmark and for pictures."""

import hashlib
import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from services.router.statistics.domain.row import AskedUnit, FigureRow

KINDS = ("complaint", "suggestion", "compliment", "request", "other")
KIND_WEIGHTS = (44, 14, 8, 30, 4)
CHANNELS = ("web", "email", "telephone", "counter", "paper")
CHANNEL_WEIGHTS = (70, 14, 9, 5, 2)


def rows(number: int, units: Sequence[str], today: date, *, days: int = 3 * 365, seed: int = 1) -> Iterator[FigureRow]:
    """So many rows of cases that came in the days before today, the newest first."""
    chance = random.Random(seed)
    for place in range(number):
        yield _row(chance, place, units, today - timedelta(days=1 + place * days // number), today)


def _row(chance: random.Random, place: int, units: Sequence[str], opened: date, today: date) -> FigureRow:
    answer = max(1, round(chance.lognormvariate(3.3, 0.7)))
    ended = opened + timedelta(days=answer // 6 + 1)
    unwanted, known = chance.random() < 0.02, ended < today
    asked = _asked(chance, units, min(answer, 200), known=known)
    return FigureRow(
        id=hashlib.sha256(str(place).encode()).hexdigest(),
        revision=6,
        calendar=1,
        opened=opened.isoformat(),
        restricted=False,
        kind=chance.choices(KINDS, KIND_WEIGHTS)[0],
        channel=chance.choices(CHANNELS, CHANNEL_WEIGHTS)[0],
        units=tuple(sorted({one.unit for one in asked})),
        asked=asked,
        state="resolved" if known else "routed",
        finished=ended.isoformat() if known else None,
        closure_reason="spam" if unwanted and known else None,
        to_routing=chance.choices((0, 1, 2, 4, 8), (30, 30, 20, 14, 6))[0],
        to_review=chance.choices((1, 2, 4, 9), (40, 30, 20, 10))[0] if known else None,
        to_answer=answer if known else None,
        answer_days=(ended - opened).days if known else None,
        in_time=(ended - opened).days <= 30 if known else None,
        reroutes=int(chance.random() < 0.12),
        reopens=int(chance.random() < 0.03),
        objections=int(chance.random() < 0.02),
        interims=int(chance.random() < 0.06),
        rating=chance.choices((1, 2, 3, 4, 5), (8, 7, 15, 30, 40))[0] if known and chance.random() < 0.3 else None,
    )


def _asked(chance: random.Random, units: Sequence[str], hours: int, *, known: bool) -> tuple[AskedUnit, ...]:
    weights = [1 / (place + 1) for place in range(len(units))]
    found = dict.fromkeys(chance.choices(units, weights, k=chance.choices((1, 2), (85, 15))[0]))
    return tuple(
        AskedUnit(
            unit=unit,
            hours=max(1, round(hours * chance.uniform(0.4, 0.8))) if known else None,
            on_time=chance.random() < 0.86 if known else None,
            accepted_at_once=chance.random() < 0.9 if known else None,
            open=not known,
        )
        for unit in found
    )
