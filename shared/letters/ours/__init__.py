"""The words that come with the product, by letter and language."""

from collections.abc import Iterable, Mapping
from contextlib import suppress

from shared.institution import LetterWording
from shared.letters.ours import english, turkish
from shared.letters.words import BadWords, LetterKind, Words, check

LANGUAGES = ("tr", "en")
OURS: Mapping[tuple[str, str], Words] = {
    (letter, language): Words(subject=subject, text=text)
    for language, known in (("tr", turkish.WORDS), ("en", english.WORDS))
    for letter, (subject, text) in known.items()
}
"""By letter and language."""


def words_of(kind: LetterKind, language: str, wordings: Iterable[LetterWording]) -> Words:
    """The institution's own words for a letter; ours where it has none, or none that make a letter."""
    for wording in wordings:
        if (wording.template, wording.language) == (kind.id, language):
            with suppress(BadWords):
                check(kind, wording.subject, wording.text)
                return Words(subject=wording.subject, text=wording.text, version=wording.version)
    return OURS[kind.id, language]
