"""The audit chain: numbered entries of all services, each linked to the one before it by an HMAC.

Whoever changes, deletes, moves or inserts an entry would have to make all later links anew, and has no key for it: the
key stands in the settings, not in the database. What was cut off at the end is found by an ``Anchor`` that was taken
away before. Beside it a SHA-256 link for each case, which needs no key: the entries of one case can be checked by
whoever has them. Knows no database.
"""

import hashlib
import hmac
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, ValidationError

from shared.events import Audited, CloudEvent
from shared.state import Actor, State

FIRST = "0" * 64
"""The link before the first entry, of the chain and of a case."""
ABOUT_CASES = frozenset({"case", "message"})
"""Kinds of objects whose id is that of the message."""
EarlierKey = tuple[str, int]
"""A key that was replaced, and the number of the last entry that it may have linked: it makes nothing behind that."""


class Recorded(State):
    """What an entry says; the fields are those of ``Audited``. ``service`` is the one that owes it."""

    event_id: str
    at: AwareDatetime
    service: str
    actor: Actor | None = None
    action: str
    object_kind: str
    object_id: str
    fields: tuple[str, ...] = ()
    message_id: str | None = None
    count: int | None = None
    client: str | None = None


class ChainEntry(Recorded):
    """An entry in its place. ``case_number`` and ``case_link``: its place among the entries of its ``message_id``."""

    number: int
    case_number: int | None = None
    case_link: str | None = None
    link: str


def recorded(event: CloudEvent[Any]) -> Recorded:
    """What an event ``<service>.audited`` says. What is about a case belongs to the entries of that case."""
    told: Audited = event.data
    of_case = told.object_id if told.object_kind in ABOUT_CASES else None
    return Recorded(
        event_id=event.id,
        service=event.type.partition(".")[0],
        actor=Actor.model_validate(told.actor) if told.actor else None,
        message_id=told.message_id or of_case or None,
        **told.model_dump(exclude={"actor", "message_id"}),
    )


def canonical(entry: Recorded, *, without: Iterable[str] = ()) -> str:
    """The entry as JSON: keys sorted, no blanks, letters as they are, what is None left out; without its links."""
    told = entry.model_dump(exclude={"link", "case_link", *without}, exclude_none=True)
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False, default=_text)


def linked(
    told: Recorded, *, key: str, before: ChainEntry | None, before_in_case: ChainEntry | None = None
) -> ChainEntry:
    """The entry that follows ``before``; ``before_in_case`` is the newest one of the same case, if there is one."""
    place: dict[str, Any] = {"number": before.number + 1 if before else 1}
    if told.message_id:
        place["case_number"] = (before_in_case.case_number or 0) + 1 if before_in_case else 1
    entry = ChainEntry(**told.model_dump(), **place, link="")
    if told.message_id:
        link = case_link(entry, before_in_case.case_link or FIRST if before_in_case else FIRST)
        entry = entry.model_copy(update={"case_link": link})
    return entry.model_copy(update={"link": chain_link(entry, before.link if before else FIRST, key)})


def case_link(entry: ChainEntry, before: str) -> str:
    """The link of an entry among those of its case: 64 hexadecimal digits."""
    return hashlib.sha256(f"{before}\n{canonical(entry, without=['number'])}".encode()).hexdigest()


def chain_link(entry: ChainEntry, before: str, key: str) -> str:
    """The link of an entry in the chain: 64 hexadecimal digits."""
    told = f"{before}\n{canonical(entry)}\n{entry.case_link or ''}"
    return hmac.new(key.encode(), told.encode(), hashlib.sha256).hexdigest()


class Broken(Exception):
    """The chain is not what was written. ``number`` is that of the first entry that is wrong or missing."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"entry {number}: {why}")
        self.number, self.why = number, why


@dataclass(frozen=True)
class Anchor:
    """How the chain ended at a time: kept outside, so that what is cut off later is missed."""

    number: int
    link: str
    at: datetime


@dataclass(frozen=True)
class AuditFilter:
    """What is looked for in the chain; what is empty does not matter. ``actions``: any of them; ``since`` < ``until``.

    ``actor``: the id of an actor. ``message_id``: of a case.
    """

    actor: str = ""
    message_id: str = ""
    actions: tuple[str, ...] = ()
    service: str = ""
    since: datetime | None = None
    until: datetime | None = None


class Walk:
    """Walks the chain from its beginning, or behind an entry that was found right. Keeps no entry."""

    def __init__(
        self,
        key: str,
        anchors: Iterable[Anchor] = (),
        *,
        earlier: Iterable[EarlierKey] = (),
        number: int = 0,
        link: str = FIRST,
    ) -> None:
        self.number, self.link = number, link
        self._key, self._earlier = key, tuple(earlier)
        self._anchors = sorted((a for a in anchors if a.number > number), key=lambda a: a.number, reverse=True)

    def step(self, stored: Mapping[str, Any]) -> None:
        """Check the next entry, as it is stored. Raises Broken."""
        number, expected = stored.get("number"), self.number + 1
        if number != expected:
            missing = isinstance(number, int) and number > expected
            raise Broken(expected, "it is missing" if missing else f"another one, {number}, stands in its place")
        try:
            entry = ChainEntry.model_validate(stored)
        except ValidationError:
            raise Broken(expected, "it cannot be read") from None
        if not _same(entry.model_dump(exclude_none=True), stored):
            raise Broken(expected, "it is stored in another form than it was written")
        if not self._follows(entry):
            raise Broken(expected, "it was changed, or does not follow the one before it")
        self.number, self.link = expected, entry.link
        self._at_anchor()

    def end(self) -> None:
        """Check that nothing is missing at the end. Raises Broken."""
        if self._anchors:
            raise Broken(self.number + 1, f"the chain was longer: an anchor names entry {self._anchors[0].number}")

    def _follows(self, entry: ChainEntry) -> bool:
        keys = [self._key, *(key for key, last in self._earlier if entry.number <= last)]
        links = (chain_link(entry, self.link, key) for key in keys)
        return any(hmac.compare_digest(link.encode(), entry.link.encode()) for link in links)

    def _at_anchor(self) -> None:
        while self._anchors and self._anchors[-1].number <= self.number:
            anchor = self._anchors.pop()
            if anchor.link != self.link:
                raise Broken(self.number, "an anchor names another link: the chain was made anew")


def _same(read: Any, stored: Any) -> bool:
    """Whether each value is stored as it is read: a time as text would be missed by every search for times."""
    if isinstance(stored, Mapping):
        return read.keys() == stored.keys() and all(_same(read[name], stored[name]) for name in stored)
    if isinstance(stored, list | tuple):
        return len(read) == len(stored) and all(map(_same, read, stored))
    return type(read) is type(stored) and bool(read == stored)


def _text(value: Any) -> str:
    if isinstance(value, datetime):
        return value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{value.microsecond // 1000:03d}Z"
    return str(value)
