"""Tracking codes, which are secret, and reference numbers, which are public: how they are made, and read from text."""

import hashlib
import hmac
import re
import secrets
import unicodedata
from datetime import datetime
from zoneinfo import ZoneInfo

from shared.characters import clean
from shared.days import local

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that is read as another."""
MISREAD = str.maketrans("OIL", "011", "- ")
CODE_LENGTH = 20
MOST_CODES = 20
"""As many codes are looked up from one text; a whole letter may be pasted."""
_READ = str.maketrans(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212_", "-") | {"İ": "I"})
_CODE = re.compile(r"(?<![0-9A-Z])(?=([0-9A-Z]{5}(?:[\s.-]{0,3}[0-9A-Z]{5}){3})(?![0-9A-Z]))")
_REFERENCE = re.compile(r"(?<![0-9A-Z-])[0-9O]{2}[\s.-]?[0-9A-Z]{4}[\s.-]?[0-9A-Z]{2}(?![0-9A-Z-])")


def tracking_code(secret: str, message_id: str) -> str:
    """The secret of the status page: 100 bits in 20 letters, derived so that the same request gives the same answer."""
    digest = hmac.digest(secret.encode(), b"tracking-code:" + message_id.encode(), "sha256")
    number = int.from_bytes(digest[:13], "big") >> 4
    letters = [ALPHABET[number >> 5 * i & 31] for i in range(20)]
    return _in_groups("".join(letters))


def codes_in(text: str) -> list[str]:
    """The codes that a text may hold, with whatever stands around them; as ``tracking_code`` writes them."""
    read = _read(text)
    found = [match[1] for match in _CODE.finditer(read)] + [_letters(read)]
    codes = map(_letters, found)
    return list(dict.fromkeys(_in_groups(code) for code in codes if len(code) == CODE_LENGTH))[:MOST_CODES]


def code_of(text: str, *, code_hash: str) -> str:
    """The code in ``text`` with this hash."""
    return next(code for code in codes_in(text) if hash_code(code) == code_hash)


def is_reference(text: str) -> bool:
    """Whether somebody typed the public number in place of the code."""
    return not codes_in(text) and _REFERENCE.search(_read(text)) is not None


def missing_characters(text: str) -> int:
    """How many characters a code lacks that is too short; 0 for one that is not."""
    return max(CODE_LENGTH - len(_letters(_read(text))), 0)


def hash_code(code: str) -> str:
    """What is kept of a tracking code; typed in any case, with or without its dashes, it finds the same message."""
    return hashlib.sha256(code.upper().translate(MISREAD).encode("utf-8", "replace")).hexdigest()


def status_url(base_url: str, code: str) -> str:
    """Where the writer follows the message."""
    return f"{base_url.rstrip('/')}/t/{code}"


def new_reference(now: datetime, timezone: str = "UTC") -> str:
    """A public number such as ``26-7KX4-9Q``: the year in this time zone and 30 random bits."""
    number = secrets.randbits(30)
    letters = "".join(ALPHABET[number >> 5 * i & 31] for i in range(6))
    return f"{local(now, ZoneInfo(timezone)):%y}-{letters[:4]}-{letters[4:]}"


def _read(text: str) -> str:
    """Capitals and hyphens; of an address what follows ``/t/``, of a line with a label what follows the colon."""
    read = unicodedata.normalize("NFKC", clean(text[:10_000])).upper().translate(_READ)
    _, slash, rest = read.rpartition("/T/")
    return re.split(r"[/?#&]", rest, maxsplit=1)[0] if slash else read


def _letters(read: str) -> str:
    """Only what a code is made of; ``TAKIP KODU:`` before it is not."""
    return re.sub(r"[^0-9A-Z]", "", read.rpartition(":")[2]).translate(MISREAD)


def _in_groups(letters: str) -> str:
    return "-".join(letters[i : i + 5] for i in range(0, len(letters), 5))


CHECK = 4
"""Characters of a reference that a person copies into a form that sends no text of theirs; programs of mail servers,
which follow the links of letters and press every button, do not.
"""


def check_of(reference: str) -> str:
    """The middle of a reference: ``7KX4`` of ``26-7KX4-9Q``."""
    return _plain(reference)[2 : 2 + CHECK]


def proves(reference: str, entered: str) -> bool:
    """Whether ``entered`` is that, or the whole reference; case, hyphens and misread letters do not matter."""
    return _plain(entered) in (check_of(reference), _plain(reference))


def _plain(text: str) -> str:
    return text.replace("İ", "I").upper().translate(MISREAD)
