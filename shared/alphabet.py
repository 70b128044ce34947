"""The order of names in a list. Turkish: ç after c, ğ after g, ı before i, ö after o, ş after s, ü after u."""

import unicodedata

TURKISH = "abcçdefgğhıijklmnoöpqrsştuüvwxyz"
_LOWER = str.maketrans("Iİ", "ıi")
"""``str.lower`` would make i of I, and two characters of İ."""


def lower(text: str) -> str:
    """The text in the small letters of Turkish."""
    return unicodedata.normalize("NFC", text.translate(_LOWER).lower())


def alphabetical(text: str, language: str) -> list[tuple[int, int]]:
    """The key by which a list in this language is sorted. Case and other accents do not count; digits come first."""
    turkish = language == "tr"
    letters = lower(text) if turkish else unicodedata.normalize("NFC", text.casefold())
    return [place for letter in letters for place in _places(letter, TURKISH if turkish else "")]


def _places(letter: str, alphabet: str) -> list[tuple[int, int]]:
    if letter in alphabet:
        return [(2, alphabet.index(letter))]
    bare = [part for part in unicodedata.normalize("NFD", letter) if not unicodedata.combining(part)]
    return [(2, alphabet.index(c)) if c in alphabet else (2 if c.isalpha() else 1, ord(c)) for c in bare]
