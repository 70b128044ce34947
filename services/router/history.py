"""The history of things that people of the institution change: units, accounts, texts, settings, the calendar.

The audit record names the changed fields; the values before and after stand here, in the thing itself, which can be
erased.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, TypeVar

from pydantic import AwareDatetime

from shared.state import Actor, Aggregate, State

KEPT = 100
"""The newest changes of one thing."""
COMMAND = "Command on the server"
"""Who changed something, where no person did (msgid)."""
BOOKKEEPING = frozenset({"id", "revision", "history"})


class Change(State):
    """Who changed what, and when. ``fields``: the value before and the value after, by field."""

    at: AwareDatetime
    by: Actor
    fields: Mapping[str, tuple[Any, Any]]


class WithHistory(Aggregate):
    """An aggregate that keeps its changes, the oldest first."""

    history: tuple[Change, ...] = ()


H = TypeVar("H", bound=WithHistory)


def changed_fields(before: Aggregate, after: Aggregate) -> tuple[str, ...]:
    """The names of the fields that differ, in their order."""
    names = (name for name in type(after).model_fields if name not in BOOKKEEPING)
    return tuple(name for name in names if getattr(before, name) != getattr(after, name))


def with_change(before: H, after: H, *, by: Actor, at: datetime, secret: frozenset[str] = frozenset()) -> H:
    """``after`` with what differs from ``before`` in its history. Of ``secret`` fields no value is kept."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    fields = {
        name: (None, None) if name in secret else (old[name], new[name]) for name in changed_fields(before, after)
    }
    if not fields:
        return after
    history = (*before.history, Change(at=at, by=by, fields=fields))[-KEPT:]
    return after.model_copy(update={"history": history})
