"""The words of one letter: a subject, and paragraphs between blank lines, with variables in braces. Pure.

A variable within a sentence has a short value. A variable that stands alone in a paragraph may also be a *block*, such
as a table or a button: the letter draws it. Text is text: no markup, no program (decision 0037).
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from shared.refused import Refused
from shared.state import State
from shared.variables import filled_in, variables_in

LONGEST_SUBJECT, LONGEST_TEXT = 150, 10_000
EMPTY = "Please fill in this field."
TOO_LONG = "The text is too long."
NOT_IN_SUBJECT = "The subject has a variable that cannot stand there."
UNKNOWN = "The text has a variable that is not known. The known ones stand beside it."
NOT_ALONE = "Table, quotation and button stand in a paragraph of their own, between blank lines."
NEEDED = "Without the needed variables this letter would be useless. Please put them back."
NO_NAME = "A brace stands alone, or holds no name of a variable."
SENTENCES = (NOT_IN_SUBJECT, UNKNOWN, NOT_ALONE, NEEDED, NO_NAME, TOO_LONG)
"""Why words are refused (msgids), beside what every form says."""
_BLANK_LINES = re.compile(r"\n[ \t]*\n+")
_ALONE = re.compile(r"\{(\w+)\}")
_OPTIONAL = re.compile(r"\s*[\[(]\{(\w+)\}[\])]|[\s:]*\{(\w+)\}$")
_BREAKS = re.compile(r" *(?:[^\S ] *)+")
_HEADING = re.compile(r"^[^\[{]*")


class Words(State):
    """Subject and text in one language. ``version`` is that of the institution's own words; 0: they are ours."""

    subject: str
    text: str
    version: int = 0


class Piece(NamedTuple):
    """A paragraph of a letter: its text, or the name of the block that stands there."""

    text: str = ""
    block: str = ""


class LetterKind(NamedTuple):
    """One letter. ``values``: variables within sentences; ``blocks``: those that stand alone.

    ``needed``: blocks without which the letter would be useless.
    """

    id: str
    values: tuple[str, ...]
    blocks: tuple[str, ...]
    needed: tuple[str, ...] = ()


class BadWords(Refused):
    """Words that make no letter. ``field`` is ``subject`` or ``text``."""

    def __init__(self, sentence: str, field: str) -> None:
        super().__init__(sentence)
        self.field = field


def check(kind: LetterKind, subject: str, text: str) -> None:
    """Raise BadWords for what is empty or too long, an unknown variable, a block within a sentence, one that lacks."""
    for field, value, longest in (("subject", subject, LONGEST_SUBJECT), ("text", text, LONGEST_TEXT)):
        if not value.strip() or len(value) > longest:
            raise BadWords(TOO_LONG if value.strip() else EMPTY, field)
    if not _variables(subject, "subject") <= set(kind.values):
        raise BadWords(NOT_IN_SUBJECT, "subject")
    if not _variables(text, "text") <= {*kind.values, *kind.blocks}:
        raise BadWords(UNKNOWN, "text")
    pieces = list(parts(text, kind.blocks))
    if any(variables_in(piece.text) & set(kind.blocks) for piece in pieces):
        raise BadWords(NOT_ALONE, "text")
    if set(kind.needed) - {piece.block for piece in pieces}:
        raise BadWords(NEEDED, "text")


def parts(text: str, blocks: tuple[str, ...]) -> Iterator[Piece]:
    """The paragraphs in their order."""
    for paragraph in _BLANK_LINES.split(text.strip().replace("\r\n", "\n")):
        alone = _ALONE.fullmatch(paragraph.strip())
        yield Piece(block=alone[1]) if alone and alone[1] in blocks else Piece(text=paragraph.strip("\n"))


def subject_of(words: Words, values: Mapping[str, str]) -> str:
    """The subject with its values, in one line; brackets around nothing go, too. Values stay as they are, blank for
    blank.
    """
    wanted = _OPTIONAL.sub(lambda found: found[0] if values.get(found[1] or found[2]) else "", words.subject)
    wanted = _ALONE.sub(lambda found: found[0] if values.get(found[1]) else "", wanted)
    return without_breaks(filled_in(" ".join(wanted.split()), values, empty=True))


def without_breaks(text: str) -> str:
    """A text in one line: a blank for line ends and tabs with what is around them; other blanks stay."""
    return _BREAKS.sub(" ", text).strip()


def heading_of(words: Words) -> str:
    """What stands above the text: the subject up to its first variable or bracket; the whole one if nothing does."""
    before = _HEADING.match(words.subject)
    return (before[0] if before else "").strip(" (:–-") or words.subject


def paragraph(text: str, values: Mapping[str, str]) -> str:
    """A paragraph with its values."""
    return filled_in(text, values, empty=True)


def _variables(text: str, field: str) -> frozenset[str]:
    try:
        return variables_in(text)
    except ValueError:
        raise BadWords(NO_NAME, field) from None
