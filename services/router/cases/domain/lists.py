"""Filter and pages of a list of cases. Keyset pagination: a page starts at a position, not at an offset.

So no case is skipped when cases enter or leave the list between two requests.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal, Self

from services.router.cases.domain.case import CaseRow, CaseSummary
from services.router.cases.domain.states import OPEN, CaseState


@dataclass(frozen=True)
class Position:
    """The position of a case in a list: time of submission, then id. As text: ``<ISO 8601>~<id>``."""

    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()}~{self.id}"

    @classmethod
    def of(cls, case: CaseSummary) -> Self:
        """The position of a case."""
        return cls(case.submitted_at, case.id)

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Parse a position; None when the text is invalid."""
        at, _, case_id = text.partition("~")
        try:
            when = datetime.fromisoformat(at)
            return cls(when.astimezone(UTC), case_id) if when.tzinfo and case_id else None
        except (ValueError, OverflowError):
            return None


View = CaseState | Literal["attention", "doubtful"]
"""The cases of a state, those that an officer should look at now (``domain.attention``), or those with doubts."""


@dataclass(frozen=True)
class CaseFilter:
    """Cases of one view, after or before a position; without one, from the start."""

    state: View = CaseState.NEW
    after: Position | None = None
    before: Position | None = None

    @property
    def oldest_first(self) -> bool:
        """Open cases are sorted oldest first, finished ones newest first."""
        return self.state in OPEN or self.state in ("attention", "doubtful")


@dataclass(frozen=True)
class CasePage:
    """One page of a list. ``previous`` and ``next`` are None when there is no page before or after."""

    cases: tuple[CaseRow, ...]
    previous: Position | None = None
    next: Position | None = None
