"""Terms: the folded words by which a case is found (``indexed.terms``)."""

import re
import unicodedata
from typing import Final

from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import for_readers

LONGEST: Final = 40
"""Characters of a word; the rest of a longer one does not count."""
_LETTERS = str.maketrans({"ı": "i", "İ": "i", "I": "i"})
_WORD = re.compile(r"[^\W_]+")


def fold(text: str) -> str:
    """Letters without case, dots and accents: İ, I, ı and i are one letter, and so are ü and u."""
    parts = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
    return "".join(part for part in unicodedata.normalize("NFKD", parts) if not unicodedata.combining(part))


def words(text: str) -> list[str]:
    """The folded words of a text, in its order."""
    return [word[:LONGEST] for word in _WORD.findall(fold(text))]


def terms(case: Case) -> tuple[str, ...]:
    """All terms of a case."""
    return for_readers(case, words(f"{case.subject}\n{case.text}"))
