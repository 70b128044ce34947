"""What changed from one text to the next, by word."""

import difflib
import re
from dataclasses import dataclass
from typing import Literal

_WORDS = re.compile(r"\S+\s*|\s+")


@dataclass(frozen=True)
class Piece:
    """A piece of both texts (``same``), of the earlier one alone (``gone``), or of the later one alone (``new``)."""

    kind: Literal["same", "gone", "new"]
    text: str


def differences(before: str, after: str) -> list[Piece]:
    """The later text in pieces, with those of the earlier one that are gone before what stands in their place.

    difflib leaves out of its search words that are very frequent in a long text, so that no text takes long.
    """
    old, new = _WORDS.findall(before), _WORDS.findall(after)
    pieces: list[Piece] = []
    for what, old_from, old_to, new_from, new_to in difflib.SequenceMatcher(None, old, new).get_opcodes():
        if what == "equal":
            pieces.append(Piece("same", "".join(new[new_from:new_to])))
            continue
        gone, come = "".join(old[old_from:old_to]), "".join(new[new_from:new_to])
        pieces += [piece for piece in (Piece("gone", gone), Piece("new", come)) if piece.text]
    return pieces
