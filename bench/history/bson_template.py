"""One real document, cast as often as needed: the same bytes, but for ids and times. Knows no service.

BSON keeps an id of one length in as many bytes and a time in eight, so nothing else has to move: a cast takes a few
microseconds, where making and encoding the document would take a millisecond.
"""

import re
import struct
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import count
from operator import itemgetter
from typing import Any

import bson

_DATE = rb"(?<=\x09%s\x00).{8}"
_DATES = ("at", "submitted_at", "requested_at", "due_at", "viewed_at", "answered_at", "closed_at", "made_at", "sent_at")
"""Every field that holds a time: BSON writes a 9, the name, a 0 and then the milliseconds since 1970."""


class BsonTemplate:
    """``marks``: the texts that every cast has its own of, wherever they stand in the document."""

    def __init__(self, document: Mapping[str, Any], marks: Sequence[bytes], *, at: datetime) -> None:
        raw = bson.encode(document)
        dates = [_DATE % name.encode() for name in _DATES]
        found = list(re.finditer(b"|".join([*map(re.escape, marks), *dates]), raw, re.DOTALL))
        self._at = _milliseconds(at)
        self._dates = [int.from_bytes(m[0], "little", signed=True) for m in found if m[0] not in marks]
        self._parts: list[Any] = []
        order, form, end, nth_date = [], "<", 0, count()
        for match in found:
            text = match[0] in marks
            order.append(len(self._dates) + marks.index(match[0]) if text else next(nth_date))
            form += f"{match.start() - end}s" + (f"{len(match[0])}s" if text else "q")
            self._parts += [raw[end : match.start()], None]
            end = match.end()
        self._parts.append(raw[end:])
        self._pack = struct.Struct(form + f"{len(raw) - end}s").pack
        self._in_order = itemgetter(*order)

    def cast(self, texts: Sequence[bytes], at: datetime) -> bytes:
        """The document with these texts in the places of the marks, and every time moved as far as ``at`` was."""
        moved = _milliseconds(at) - self._at
        parts = self._parts
        parts[1::2] = self._in_order([*[date + moved for date in self._dates], *texts])
        return self._pack(*parts)


def _milliseconds(at: datetime) -> int:
    return round(at.timestamp() * 1000)
