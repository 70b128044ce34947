"""What makes a password easy to guess (NIST SP 800-63B, 3.1.1.2): no rules about kinds of characters."""

import gzip
import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path

from services.router.accounts.domain import SHORTEST_PASSWORD
from shared.refused import Refused

LISTS = Path(__file__).parent.parent / "passwords"
FEWEST_LETTERS = 5
"""Of its own, which a password has beside common words and those of its account."""
LONGEST_UNIT = 6
"""Of what is only repeated, such as ``123456123456``."""
TOO_SHORT = "The password must have at least 12 characters."
COMMON = "Many people use this password, or one that is nearly the same. Please choose another one."
OWN = "The password is made of your name, your address or the name of the institution. Please choose another one."
PLAIN = "The password repeats few characters, or follows a row. Please choose another one."
DIFFERENT = "The two passwords are not the same."
_SIGNS = re.compile(r"[^0-9a-z]+")
_ENDS = re.compile(r"^[0-9]+|[0-9]+$")
_LEET = str.maketrans("013457@$", "oieastas")


class WeakPassword(Refused):
    """This password is easy to guess."""

    field = "password"


def check_password(password: str, *, own: Iterable[str] = ()) -> None:
    """Raise WeakPassword for a short, common or predictable password.

    ``own``: the person's name and address, the names of the institution. A password that has little beside them is
    refused.
    """
    if len(password) < SHORTEST_PASSWORD:
        raise WeakPassword(TOO_SHORT)
    plain, own_words = folded(password), [word for text in own for word in words(text)]
    if _plain(password.casefold()):
        raise WeakPassword(PLAIN)
    for form in (plain, plain.translate(_LEET)):
        if form in common() or _ENDS.sub("", form) in common():
            raise WeakPassword(COMMON)
        if _made_of(form, own_words):
            raise WeakPassword(OWN)


def folded(text: str) -> str:
    """Letters a to z and digits alone, lower case: ``ŞİFRE-1`` is ``sifre1``."""
    spread = unicodedata.normalize("NFKD", text.replace("ı", "i").replace("İ", "i").casefold())
    return _SIGNS.sub("", spread)


def words(text: str) -> list[str]:
    """The words of a name or an address, and all of them together, the longest first."""
    parts = [folded(part) for part in re.split(r"[\W_]+", text)]
    return sorted({*(part for part in parts if len(part) > 2), folded(text)} - {""}, key=len, reverse=True)


@cache
def common() -> frozenset[str]:
    """The bundled lists: 20,000 passwords that leaked most often, and what people in Türkiye use."""
    listed = gzip.decompress((LISTS / "common.txt.gz").read_bytes()).decode().split()
    listed += (LISTS / "turkish.txt").read_text(encoding="utf-8").split()
    return frozenset(filter(None, map(folded, listed)))


def _made_of(form: str, own: Iterable[str]) -> bool:
    """Whether few letters are left of a password without these words."""
    rest = form
    for word in own:
        rest = rest.replace(word, " ")
    return rest != form and len(re.sub("[^a-z]+", "", rest)) < FEWEST_LETTERS


def _plain(password: str) -> bool:
    """Whether it repeats a few characters, or its characters follow one another (``abcdef``, ``987654``)."""
    repeated = any((password[:n] * len(password))[: len(password)] == password for n in range(1, LONGEST_UNIT + 1))
    around = 10 if password.isdecimal() else 0x110000
    steps = {(ord(b) - ord(a)) % around for a, b in pairwise(password)}
    return repeated or steps in ({1}, {around - 1})
