"""Text in mail headers as encoded words (RFC 2047), folded by ourselves.

Python's own folding loses blanks before 3.12.5, and puts two encoded words side by side from 3.12.5 to 3.13.12.
"""

import re
import unicodedata
from base64 import b64encode
from collections.abc import Iterator

LONGEST_LINE = 76
"""Octets of a line with an encoded word (RFC 2047, 2)."""
BEGIN, END = "=?utf-8?b?", "?="
_JOINED = re.compile("[\u200d\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]")
_ATOMS = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
"""What a name before an address may hold as it is (RFC 5322, 3.2.3)."""
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]")


def header_lines(name: str, text: str, rest: str = "") -> str:
    """A header with its line ends. ``rest``, in ASCII, follows the text, such as the address after a name.

    ``text`` is one line. Decoded, it is the same text again, blank for blank.
    """
    line = f"{name}: {text}{rest}"
    if _plain(text) and len(line) <= LONGEST_LINE and (not rest or _ATOMS.fullmatch(text)):
        return f"{line}\r\n"
    words = list(_words(text, first=len(name) + 2))
    last = len(words[-1]) + (len(name) + 2 if len(words) == 1 else 1)
    gap = "\r\n" if rest and last + len(rest) > LONGEST_LINE else ""
    return f"{name}: " + "\r\n ".join(words) + gap + rest + "\r\n"


def _plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and "=?" not in text and text == text.strip()


def _words(text: str, *, first: int) -> Iterator[str]:
    """Encoded words; no character, emoji or letter with its marks is divided between two. ``first``: octets before."""
    taken = first
    word = b""
    for piece in _pieces(text):
        if word and len(BEGIN) + 4 * ((len(word) + len(piece) + 2) // 3) + len(END) > LONGEST_LINE - taken:
            yield _encoded(word)
            taken, word = 1, b""
        word += piece
    yield _encoded(word)


def _pieces(text: str) -> Iterator[bytes]:
    """Characters with what belongs to them; one that is longer than an encoded word is divided between characters."""
    cluster = ""
    for letter in text:
        if cluster and _continues(cluster, letter) and len((cluster + letter).encode()) <= 36:
            cluster += letter
            continue
        if cluster:
            yield cluster.encode()
        cluster = letter
    yield cluster.encode()


def _continues(cluster: str, letter: str) -> bool:
    if _FLAG.match(letter):
        return len(cluster) == 1 and _FLAG.match(cluster) is not None
    return cluster[-1] == "\u200d" or unicodedata.category(letter)[0] == "M" or _JOINED.match(letter) is not None


def _encoded(word: bytes) -> str:
    return BEGIN + b64encode(word).decode() + END
