"""All that one page of figures shows: a period, the one before it, and what it is made of. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.router.statistics.domain.cells import Summary
from services.router.statistics.domain.periods import Selection

By = Mapping[str, Summary]
"""By the code of a month, unit, kind or channel."""


@dataclass(frozen=True)
class Dashboard:
    """``now`` and ``before`` are of the whole period and of the one before it."""

    chosen: Selection
    now: Summary = field(default_factory=Summary)
    before: Summary = field(default_factory=Summary)
    months: By = field(default_factory=dict)
    units: By = field(default_factory=dict)
    kinds: By = field(default_factory=dict)
    channels: By = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether nothing came in the period, and nothing ended in it."""
        return not any(self.now.number(name) for name in ("received", "unwanted", "ended"))


def dashboard_of(chosen: Selection, months: By, *, units: By, kinds: By, channels: By) -> Dashboard:
    """``months`` are those of both periods."""
    now, before = Summary(), Summary()
    for month, summary in months.items():
        (now if chosen.period.has(month) else before).add(summary)
    within = {month: months.get(month, Summary()) for month in chosen.period.months}
    return Dashboard(chosen, now, before, within, units, kinds, channels)
