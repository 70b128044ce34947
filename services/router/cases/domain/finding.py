"""What a search finds: hits in their order, and the parts of texts to be shown with them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Self

from services.router.cases.domain.case import CaseRow
from services.router.cases.domain.lists import Position
from services.router.cases.domain.terms import Query, pieces
from shared.folding import fold

AROUND: Final = 90
"""Characters of a text that are shown before a hit, and twice as many after it."""
SNIPPETS: Final = 2
LOOKED_THROUGH: Final = 100_000
"""Characters of a case's texts in which places to be shown are looked for: a page with 25 hits is shown at once."""


@dataclass(frozen=True)
class Place:
    """The place of a hit in the list of hits, as text: ``head~<ISO 8601>~<id>``, or ``text~…``."""

    in_head: bool
    at: datetime
    id: str

    def __str__(self) -> str:
        return f"{'head' if self.in_head else 'text'}~{Position(self.at, self.id)}"

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Parse a place; None when the text is invalid."""
        where, _, rest = text.partition("~")
        position = Position.read(rest)
        return cls(where == "head", position.at, position.id) if position and where in ("head", "text") else None


@dataclass(frozen=True)
class Hit:
    """A case that was found. ``in_head``: by its reference, name, addresses or subject alone; ``texts``: all others."""

    case: CaseRow
    in_head: bool
    texts: tuple[str, ...]
    restricted: bool = False

    @property
    def place(self) -> Place:
        """Where it stands among the hits."""
        return Place(self.in_head, self.case.submitted_at, self.case.id)


@dataclass(frozen=True)
class HitPage:
    """One page of hits; ``next``: the place after which there are more. ``too_wide``: some are missing, for time."""

    hits: tuple[Hit, ...]
    next: Place | None = None
    too_wide: bool = False


Marked = list[tuple[str, bool]]
"""A text in parts; True: this part was looked for."""


def marked(text: str, query: Query) -> Marked:
    """The text, whose words that begin as those of the query are marked."""
    parts: Marked = []
    for part, is_word in pieces(text):
        hit = is_word and _is_hit(part, query)
        if parts and parts[-1][1] == hit:
            parts[-1] = (parts[-1][0] + part, hit)
        else:
            parts.append((part, hit))
    return parts


def snippets(texts: Iterable[str], query: Query) -> list[Marked]:
    """The first places in these texts where the query is found."""
    found, left = list[Marked](), LOOKED_THROUGH
    for text in texts:
        if part := _snippet(text[:left], query):
            found.append(part)
        left -= len(text)
        if len(found) == SNIPPETS or left <= 0:
            break
    return found


def _snippet(text: str, query: Query) -> Marked:
    """The text around its first hit; empty without one."""
    at = 0
    for part, is_word in pieces(text):
        if is_word and _is_hit(part, query):
            begin = max(0, at - AROUND)
            end = at + len(part) + 2 * AROUND
            shown = f"{'… ' if begin else ''}{text[begin:end].strip()}{' …' if end < len(text) else ''}"
            return marked(" ".join(shown.split()), query)
        at += len(part)
    return []


def _is_hit(word: str, query: Query) -> bool:
    folded = fold(word)
    if any(folded == wanted if len(wanted) == 1 else folded.startswith(wanted) for wanted in query.words):
        return True
    return len(folded) > 1 and any(folded in whole for whole in query.wholes)


def texts_of(document: dict[str, object], fields: Sequence[str]) -> tuple[str, ...]:
    """The texts at these paths of a stored case, such as ``assignments.replies.text``."""
    return tuple(text for path in fields for text in _at(document, path.split(".")) if text)


def _at(value: object, path: Sequence[str]) -> Iterable[str]:
    if isinstance(value, list | tuple):
        for each in value:
            yield from _at(each, path)
    elif isinstance(value, dict) and path:
        yield from _at(value.get(path[0]), path[1:])
    elif isinstance(value, str) and not path:
        yield value
