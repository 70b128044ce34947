"""Letters that people type for one another."""

import unicodedata

_LETTERS = str.maketrans("ıİIøØłŁđĐ‐‑‒–—−", "iiioolldd------")


def fold(text: str) -> str:
    """Letters without case, dots and accents: İ, I, ı and i are one letter, and so are ü and u. No locale decides."""
    parts = unicodedata.normalize("NFKD", text.translate(_LETTERS)).casefold()
    bare = "".join(part for part in unicodedata.normalize("NFKD", parts) if not unicodedata.combining(part))
    return bare.translate(_LETTERS)
