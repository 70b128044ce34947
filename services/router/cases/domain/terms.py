"""Terms: the words by which a case is found (``indexed.terms``), and the words of a query.

A term is one of these, folded:

* a word, such as ``kutuphane``, of any field; after ``^`` it is a word of what the case is about and who wrote it
  (reference, name, addresses, subject), which counts more;
* after ``=`` what is found as a whole alone: a reference, an e-mail address, a number of seven digits or more, such as
  a phone's.

Terms of a restricted case carry the account ids of its readers (``facets.for_readers``).
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Final

from services.router.cases.domain.case import Case
from services.router.cases.domain.facets import for_readers
from services.router.cases.domain.links import ABOUT_OTHERS
from shared.folding import fold
from shared.people import NUMBER, number_of

HEAD: Final = "^"
WHOLE: Final = "="
LONGEST: Final = 40
"""Characters of a word; the rest of a longer one does not count."""
WHOLE_FROM: Final = 7
"""Digits of a number that is found as a whole alone: there are as many such numbers as cases."""
MOST_WORDS: Final = 8
"""Words of a query; the rest does not count."""
MOST_SAID: Final = 100_000
"""Characters of all that is said in a case; what is beyond, the oldest entries of its timeline, is not found."""
LONG: Final = 5_000
"""Characters and entries of a case from which on its terms take more than some ten milliseconds."""
_WORD = re.compile(r"[^\W_]+")
_SEEN_WORD = re.compile(r"[^\W_](?:[^\W_]|[\u0300-\u036f])*")
_SUFFIX = re.compile(r"(?<=[^\W_]{2})['’ʼ`´][^\W_]+")
_ADDRESS = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_REFERENCE = re.compile(r"(?<![\w-])[0-9o]{2}-[0-9a-z]{4}-[0-9a-z]{2}(?![\w-])")
_MISREAD = str.maketrans("oil", "011")
UNWRITTEN: Final = ("letter_sent", "letter_failed", "submitted", *ABOUT_OTHERS)
"""Values of ``TimelineEntry.what`` whose text nobody wrote."""


@dataclass(frozen=True)
class Query:
    """What somebody looks for: each of ``words`` begins a word of the case, and each of ``wholes`` is in it."""

    words: tuple[str, ...] = ()
    wholes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.wholes)


def words(text: str) -> list[str]:
    """The folded words of a text, in its order. What follows an apostrophe is a word of its own."""
    found = _WORD.findall(fold(text))
    return [word[:LONGEST] for word in found if len(word) < WHOLE_FROM or not word.isdecimal()]


def terms(case: Case) -> tuple[str, ...]:
    """All terms of a case."""
    head = [case.reference, case.submitter.name or "", case.submitter.email or "", case.submitter.phone or ""]
    title, said = "\n".join([*head, case.subject]), list(_most(_said(case)))
    in_title = dict.fromkeys(words(title))
    in_text = dict.fromkeys(word for text in said for word in words(text))
    wholes = dict.fromkeys(WHOLE + whole for text in (title, *said) for whole in _wholes(text))
    return for_readers(case, [*in_title, *in_text, *(HEAD + word for word in in_title), *wholes])


def is_long(case: Case) -> bool:
    """Whether it takes more than some ten milliseconds to make the terms of the case, and whatever reads its timeline.

    Each text is worked on by itself, so that a thread which does so lets others work in between.
    """
    return len(case.timeline) + sum(map(len, _most(_said(case), LONG))) >= LONG


def read_query(text: str) -> Query:
    """The words of a query; what follows an apostrophe is a suffix and does not count."""
    rest, wholes = fold(text[:300]), list[str]()
    for pattern, whole in _PATTERNS:
        wholes += [value for found in pattern.findall(rest) if (value := whole(found))]
        rest = pattern.sub(partial(_left_over, whole), rest)
    found = dict.fromkeys(_WORD.findall(_SUFFIX.sub("", rest)))
    return Query(tuple(word[:LONGEST] for word in found)[:MOST_WORDS], tuple(dict.fromkeys(wholes))[:MOST_WORDS])


def pieces(text: str) -> Iterator[tuple[str, bool]]:
    """The text in parts: words as people see them, and what stands between; True: it is a word."""
    at = 0
    for found in _SEEN_WORD.finditer(text):
        if found.start() > at:
            yield text[at : found.start()], False
        yield found[0], True
        at = found.end()
    if at < len(text):
        yield text[at:], False


def reference_of(text: str) -> str | None:
    """The reference, as cases have it, if the query may be one and nothing else; hyphens and blanks do not count."""
    plain = re.sub(r"[\s-]", "", fold(text[:30])).translate(_MISREAD).upper()
    return f"{plain[:2]}-{plain[2:6]}-{plain[6:]}" if re.fullmatch(r"[0-9]{2}[0-9A-Z]{6}", plain) else None


def _most(texts: Iterable[str], most: int = MOST_SAID) -> Iterator[str]:
    """The first characters of the texts together."""
    for text in texts:
        if most <= 0:
            return
        yield text[:most]
        most -= len(text)


def _said(case: Case) -> Iterable[str]:
    """What somebody wrote: first what the case is about, last the oldest entries of its timeline."""
    yield case.text
    yield from case.tags
    yield from (file.name for file in (*case.files, *case.files_of_units))
    yield from (note.text for note in case.notes)
    yield from (text for a in case.assignments for text in (a.note, *(reply.text for reply in a.replies)))
    yield from (answer.text for answer in (*case.earlier_answers, *case.informed, case.answer) if answer)
    yield from (text for question in case.questions for text in (question.text, question.answer or ""))
    yield case.objection.reason if case.objection else ""
    yield from (entry.text for entry in reversed(case.timeline) if entry.what not in UNWRITTEN)


def _wholes(text: str) -> Iterable[str]:
    folded = fold(text)
    for pattern, whole in _PATTERNS:
        yield from (value for found in pattern.findall(folded) if (value := whole(found)))


def _left_over(whole: Callable[[str], str], found: re.Match[str]) -> str:
    return " " if whole(found[0]) else found[0]


def _address(found: str) -> str:
    return found.strip(".")


def _reference(found: str) -> str:
    return found.translate(_MISREAD)


_PATTERNS = ((_ADDRESS, _address), (_REFERENCE, _reference), (NUMBER, number_of))
