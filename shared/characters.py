"""Cleans text that people typed or pasted: what cannot be seen goes, what can be seen stays.

Every step takes time in proportion to the length; the caller checks the length first. ``clean(clean(x)) == clean(x)``.
"""

import re
import unicodedata
from collections.abc import Iterable
from itertools import groupby

MOST_MARKS = 30
"""Combining marks in a row (UAX #15, stream-safe text). To normalise n marks in a row takes n² steps."""


def _ranges(points: Iterable[int]) -> str:
    """Code points as the inside of a character class."""
    runs = groupby(enumerate(points), key=lambda pair: pair[1] - pair[0])
    return "".join(f"{chr(run[0])}-{chr(run[-1])}" for run in ([point for _, point in group] for _, group in runs))


_MARKS = _ranges(
    point for point in (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0)) if unicodedata.category(chr(point))[0] == "M"
)
_CONTROLS = "\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f"
_INVISIBLE = (
    "\u034f\u061c\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff0-\ufffc"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0080-\U000e00ff"
)
"""Joins, directions and annotations of Unicode that show nothing, and the place of an object that was not pasted."""
_JOINERS, _SOFT_HYPHEN, _TAGS = "\u180e\u200c\u200d", "\u00ad", "\U000e0000-\U000e007f"
_FILLERS = "\u115f\u1160\u2800\u3164\uffa0"
"""Letters that look like a blank."""
_JOINED_SCRIPTS = (
    "\u0590-\u109f\u1780-\u1cff\ua800-\uabff\ufb1d-\ufdff\ufe70-\ufefc\U00010a00-\U00011fff\U0001e900-\U0001e95f"
)
_EMOJI = "\u00a9\u00ae\u203c-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_LINE_END = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
_GONE = re.compile(f"[{_CONTROLS}{_INVISIBLE}]")
_BROKEN_WORD = re.compile(f"(?<=\\w){_SOFT_HYPHEN}(?=\n\\w)")
_TAG = re.compile(f"(\U0001f3f4[\U000e0020-\U000e007e]{{1,10}}\U000e007f)|[{_TAGS}{_SOFT_HYPHEN}]")
_LOOSE_JOINER = re.compile(
    f"(?<![{_JOINED_SCRIPTS}])(?:[\u180e\u200c]|\u200d(?<![{_EMOJI}\ufe0f\U000e007f]\u200d)|\u200d(?![{_EMOJI}]))"
)
_TOO_MANY_MARKS = re.compile(f"([{_MARKS}]{{{MOST_MARKS}}})[{_MARKS}]+")
_SEEN = re.compile(f"[^\\s{_CONTROLS}{_INVISIBLE}{_JOINERS}{_SOFT_HYPHEN}{_TAGS}{_FILLERS}{_MARKS}]")
_BLANKS = re.compile(r"[ \t\n]+")
_DAMAGED = re.compile(
    "[\ud800-\udfff\ufdd0-\ufdef\ufffd-\uffff"
    + "".join(f"{chr(p)}{chr(p + 1)}" for p in range(0x1FFFE, 0x110000, 0x10000))
    + "]"
)


def clean(text: str) -> str:
    """NFC, line feeds, nothing that cannot be seen, no blanks around it; empty when nothing is left to be seen.

    Joiners stay inside emoji and in scripts that need them; variation selectors stay. A soft hyphen at the end of a
    line was seen, and becomes a hyphen.
    """
    text = _GONE.sub("", _LINE_END.sub("\n", text))
    text = _TAG.sub(r"\1", _BROKEN_WORD.sub("-", text))
    text = _TOO_MANY_MARKS.sub(r"\1", _LOOSE_JOINER.sub("", text))
    text = _TOO_MANY_MARKS.sub(r"\1", unicodedata.normalize("NFC", text)).strip()
    return text if visible(text) else ""


def one_line(text: str) -> str:
    """A cleaned text with a blank for each tab and line end, however many stand together."""
    return _BLANKS.sub(lambda run: run[0] if run[0].isspace() and not run[0].strip(" ") else " ", text)


def visible(text: str) -> bool:
    """Whether there is anything to be seen."""
    return _SEEN.search(text) is not None


def damaged(text: str) -> bool:
    """Whether letters were lost on the way: replacement characters, halves of characters, and what is no character."""
    return _DAMAGED.search(text) is not None
