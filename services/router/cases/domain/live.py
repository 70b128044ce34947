"""What the desk tells without being asked: which cases changed, and who is where."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

QUIET = frozenset({"letter_sent"})
"""Values of ``TimelineEntry.what`` that nobody is told of: they follow from an act, some seconds later."""
Acts = tuple[tuple[int, str | None], ...]
"""What was done with a case, each as its revision and the id of the account of who did it, if that is known."""


@dataclass(frozen=True)
class Change:
    """A case that changed. ``readers``: account ids of those who alone may read it; None: whoever may read cases."""

    id: str
    revision: int
    at: datetime
    readers: tuple[str, ...] | None = None
    acts: Acts = ()


@dataclass(frozen=True)
class Presence:
    """Somebody looks at a case, or writes in it. ``readers`` as in ``Change``."""

    case_id: str
    account_id: str
    name: str
    writing: bool
    readers: tuple[str, ...] | None = None


@dataclass(frozen=True)
class News:
    """What happened in a second. ``many``: more than are named, so that every page asks anew.

    ``at`` is the time up to which nothing is missing: who was away asks for what came since then.
    """

    at: datetime
    changes: tuple[Change, ...] = ()
    people: tuple[Presence, ...] = ()
    many: bool = False

    def told_to(self, reader: str) -> dict[str, Any]:
        """What this person (an account id) may know of it: ids, and revisions of what others did; by case, ids, names
        and *writing*.
        """
        people: dict[str, list[dict[str, Any]]] = {}
        for presence in may_know(self.people, reader):
            one = {"id": presence.account_id, "name": presence.name, "writing": presence.writing}
            people.setdefault(presence.case_id, []).append(one)
        changed = {change.id: news_for(reader, change.acts) for change in may_know(self.changes, reader)}
        return {"changed": changed, "people": people, "many": self.many}


def news_for(reader: str, acts: Acts) -> int:
    """The revision of the newest act of anybody but this person (an account id); 0 when there is none."""
    return max((revision for revision, by in acts if by != reader), default=0)


def may_know(things: Iterable[Any], reader: str) -> list[Any]:
    """The changes, or presences, of cases that this person may read."""
    return [thing for thing in things if thing.readers is None or reader in thing.readers]


@dataclass
class Window:
    """The changes of the last seconds that were told already, so that each is told once."""

    told: Mapping[str, int] = field(default_factory=dict)

    def fresh(self, found: Iterable[Change]) -> tuple[Change, ...]:
        """Those that were not told yet; they are now."""
        known = list(found)
        new = tuple(change for change in known if self.told.get(change.id) != change.revision)
        self.told = {change.id: change.revision for change in known}
        return new
