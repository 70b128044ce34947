"""To which units cases with similar words went: counts of words by unit, learned from routing. No model."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.router.cases.domain.case import Case

_WORD = re.compile(r"[^\W\d_]{4,}")
STEM = 6
"""Letters of a word that count: Turkish appends the rest."""
MOST_TERMS = 60
"""Terms of one case: the first of its subject and text."""
MOST_SUGGESTED = 3
ENOUGH = 3
"""Similar cases of a unit, at least, before it is suggested."""
SHARED_TERMS = 2
"""Terms that a case has in common with another, at least, to be similar."""


@dataclass(frozen=True)
class Suggestion:
    """A unit, and to how many similar cases it was chosen."""

    unit: str
    similar: int


def words(listed: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(listed.split())


def fold_words(text: str) -> list[str]:
    """The words of a text of four letters and more, in small letters without diacritics; İ, I and ı are i."""
    small = text.replace("İ", "i").replace("I", "i").replace("ı", "i").casefold()
    bare = "".join(c for c in unicodedata.normalize("NFD", small) if not unicodedata.combining(c))
    return _WORD.findall(bare)


EVERYWHERE = frozenset(
    word[:STEM]
    for word in fold_words(
        "merhaba sayın saygılar saygılarımla teşekkür ederim bilgi bilgilerinize çalışmalar günler yetkili ilgili"
        " konuda konu hakkında için olarak olan daha çünkü ancak fakat gibi kadar rica lütfen talep şikayet öneri"
        " başvuru üniversite kırklareli hello dear please thank regards would could there have"
        " this that with from your about"
    )
)
"""Terms that say nothing about a unit."""


def terms_of(case: Case) -> list[str]:
    """The different beginnings of the words of the subject and the text."""
    found = (word[:STEM] for word in fold_words(f"{case.subject}\n{case.text}") if word[:STEM] not in EVERYWHERE)
    return list(dict.fromkeys(found))[:MOST_TERMS]


def suggested(terms: Sequence[str], counts: Iterable[Mapping[str, object]]) -> list[Suggestion]:
    """The units of the similar cases, those with most of them first.

    ``counts`` are ``{"unit", "cases", "terms": how often each term occurs in cases of the unit}``. As many cases are
    similar as have the second most frequent of the terms that they share with this one.
    """
    found: Counter[str] = Counter()
    for unit in counts:
        shared = sorted((_count(unit, term) for term in terms), reverse=True)[:SHARED_TERMS]
        if len(shared) == SHARED_TERMS and shared[-1] >= ENOUGH:
            found[str(unit["unit"])] = shared[-1]
    return [Suggestion(unit, similar) for unit, similar in found.most_common(MOST_SUGGESTED)]


def _count(unit: Mapping[str, object], term: str) -> int:
    counted = unit.get("terms")
    return int(counted.get(term, 0)) if isinstance(counted, dict) else 0
