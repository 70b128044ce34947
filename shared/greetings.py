"""How a letter greets: by whose name, and whether its text does so itself."""

import re
import unicodedata

_NAME_PART = re.compile(
    r"(?:(?:(?:Prof|Doç|Dr|Öğr|Gör|Arş|Yrd|Uzm|Av|Op)\.)+|[^\W\d_]+\.?|[^\W\d_]+(?:['’-][^\W\d_]+)+)"
)
_PARTICLES = frozenset({"de", "da", "van", "von", "der", "el", "al", "bin", "ve"})
_GREETING = re.compile(
    r"\W*(?:(?:merhaba(?:lar)?|selam(?:lar)?|g[üu]nayd[ıi]n|hello|hi|greetings|to whom it may concern)(?![\w-])"
    r"|(?:(?:iyi|hay[ıi]rl[ıi]) (?:g[üu]nler|sabahlar|ak[şs]amlar|haftalar|[çc]al[ıi][şs]malar)"
    r"|good (?:morning|day|afternoon|evening))\s*(?:[,.!:\n]|$)"
    r"|(?:say[ıi]n|sn|de[ğg]erli|sevgili|k[ıi]ymetli|sayg[ıi]de[ğg]er|dear)\b(?![^,:!\n]*\bi[çc]in\b)"
    r"[^,:!\n]{1,60}(?:[,:!]|(?<![.?])(?:\n|$)))",
    re.IGNORECASE,
)
"""A greeting stands alone, or names somebody and ends with a comma or its line: a sentence may begin with the word."""


def name_in_letter(name: str | None) -> str | None:
    """The name for the greeting; None if it may be a link, an address or a sentence.

    Anybody can enter a name and another person's address: our letters must not carry an attacker's text.
    """
    parts = (name or "").split()
    if not 1 <= len(parts) <= 5 or not all(_NAME_PART.fullmatch(part) for part in parts):
        return None
    lower_case = [part for part in parts if part[0].islower() and part not in _PARTICLES]
    return name if len(parts) < 3 or not lower_case else None  # three or more words in lower case: a sentence


def greets(text: str) -> bool:
    """Whether an officer's text begins with a greeting (Turkish or English); then the template leaves its own out."""
    return _GREETING.match(unicodedata.normalize("NFC", text[:100]).replace("İ", "i")) is not None
