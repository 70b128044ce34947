"""E-mail addresses: as people write them, as mail servers take them, and what was probably meant."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import idna

PROVIDERS = ("gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com", "yandex.com", "windowslive.com")
"""Mail providers whose names are often mistyped."""
OTHERS = frozenset(
    ["mail.com", "email.com", "ymail.com", "gmx.com", "qmail.com", "fmail.com", "yahoo.ca", "yahoo.cz", "yahoo.cn"]
)
"""Providers that exist, although their names look like a mistyped one."""
NEVER_MEANT = {"gmail.com.tr": "gmail.com", "icloud.com.tr": "icloud.com", "mail.gmail.com": "gmail.com"}
_NAMED = re.compile(r"[^<>]*<([^<>]*)>")


def bare(text: str) -> str:
    """The address in what was pasted: without ``mailto:``, the name before it, and the punctuation around it."""
    text = unicodedata.normalize("NFKC", text).strip().rstrip(".,;:!?")
    named = _NAMED.fullmatch(text)
    text = (named[1] if named else text).strip('<>()[]{}"“”‘’«» \t').rstrip(".,;:!?'")
    return text[7:].partition("?")[0].strip() if text[:7].lower() == "mailto:" else text


def deliverable(address: str) -> str:
    """The address as every mail server takes it: an international domain as A-labels (RFC 5891). Never raises."""
    local, _, domain = address.rpartition("@")
    if domain.isascii():
        return address
    try:
        return f"{local}@{idna.encode(domain.replace('İ', 'i'), uts46=True).decode()}"
    except idna.IDNAError:
        return address


def comparable(address: str) -> str:
    """The same for two spellings of an address: of an international domain, and in any case."""
    return deliverable(address).casefold()


def probably_meant(address: str, own: Iterable[str] = ()) -> str | None:
    """The address with the domain that was probably meant, where it looks mistyped; ``own`` are our own domains."""
    local, _, domain = address.rpartition("@")
    written = _folded(domain)
    known = [*PROVIDERS, *(name.lower() for name in own)]
    if domain.lower() in known or written in OTHERS:
        return None
    meant = NEVER_MEANT.get(written) or next((name for name in known if _looks_like(written, name)), None)
    return f"{local}@{meant}" if meant else None


@lru_cache(maxsize=4_096)  # most people's addresses have one of a few domains
def _looks_like(written: str, known: str) -> bool:
    label, _, rest = written.partition(".")
    name, _, end = known.partition(".")
    if len(name) < 5 and label != name and rest == end:
        return False  # the short name of another institution, such as ktu.edu.tr beside klu.edu.tr
    return abs(len(written) - len(known)) <= 2 and _distance(written, known) <= (1 if len(known) < 9 else 2)


def _folded(domain: str) -> str:
    """In small ASCII letters where there are such: ``GMAİL`` and ``gmaıl`` are read as ``gmail``."""
    parts = unicodedata.normalize("NFKD", _shown(domain[:255].lower()).replace("ı", "i"))
    return "".join(c for c in parts if not unicodedata.combining(c))


def _shown(domain: str) -> str:
    """Without A-labels, into which some browsers turn an international domain."""
    try:
        return idna.decode(domain) if "xn--" in domain else domain
    except idna.IDNAError:
        return domain


def _distance(one: str, other: str) -> int:
    """Letters that are missing, added, wrong, or exchanged with their neighbour (optimal string alignment)."""
    before, row = list[int](), list(range(len(other) + 1))
    for i, a in enumerate(one, 1):
        oldest, before, row = before, row, [i]
        for j, b in enumerate(other, 1):
            row.append(min(before[j] + 1, row[-1] + 1, before[j - 1] + (a != b)))
            if i > 1 and j > 1 and a == other[j - 2] and b == one[i - 2]:
                row[j] = min(row[j], oldest[j - 2] + 1)
    return row[-1]
