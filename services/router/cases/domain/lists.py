"""Which cases a list shows, and where in it somebody is. A page begins at a position, not at a number.

So nothing is left out while cases enter or leave the list between two pages.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Self

from services.router.cases.domain.case import OPEN, CaseState, CaseSummary


@dataclass(frozen=True)
class Position:
    """The place of a case in a list: when its message was submitted, and its id. As text ``<ISO 8601>~<id>``."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"

    @classmethod
    def of(cls, case: CaseSummary) -> Self:
        """Where this case stands."""
        return cls(case.submitted_at, case.id)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """None for a text that names no position."""
        at, _, case_id = text.partition("~")
        try:
            when = datetime.fromisoformat(at)
            return cls(when.astimezone(UTC), case_id) if when.tzinfo and case_id else None
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class CaseFilter:
    """The cases of one state, after or before a position; from the start where neither is given."""

    state: CaseState = CaseState.NEW
    after: Position | None = None
    before: Position | None = None

    @property
    def oldest_first(self) -> bool:
        """What waits longest comes first, what is done comes newest first."""
        return self.state in OPEN


@dataclass(frozen=True)
class CasePage:
    """One page of a list. The page before it ends before ``previous``, the page after it begins after ``next``."""

    cases: tuple[CaseSummary, ...]
    previous: Position | None = None
    next: Position | None = None
