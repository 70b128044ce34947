"""Why a message may be unwanted. A doubt marks and never refuses: an officer decides.

The rules are few and can be explained to a person. Nothing is learnt, and nothing is kept.
"""

import hashlib
import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

from services.intake.domain.message import Submission


class Doubt(StrEnum):
    """A reason to look at a message before it is routed."""

    LINK = "link"
    ADVERTISEMENT = "advertisement"
    NO_PROOF = "no_proof"
    HONEYPOT = "honeypot"
    RATE = "rate"
    REPEATED = "repeated"
    UNVERIFIED = "unverified"
    """It came by e-mail, and nobody can say whether it is from its sender."""
    FORGED = "forged"
    """It came by e-mail, and its sender's domain says that it is not from there."""


@dataclass(frozen=True)
class Signs:
    """What is known of the way in which a message came.

    ``trap``: a field was filled in that people do not see. ``senders``: how many sent this text within an hour.
    """

    proved: bool = True
    trap: bool = False
    over_rate: bool = False
    senders: int = 1


MOST_LINKS = 2
"""A person names the page that does not work, and perhaps the announcement."""
SAME_TEXT = 3
"""Senders of one text."""
SHORTEST_COMPARED = 40
"""Characters: "Teşekkür ederim" is written by many."""
_LINK = re.compile(r"(?:https?://|www\.)[^\s<>\"')\]]+|<a\s+href", re.I)
_ANY_ADDRESS = re.compile(r"https?:|\bwww\.|[a-z0-9-]{2,}\.(?:com|net|org|info|xyz|top|shop|site|online|club|ru)\b")
_FOREIGN_ADDRESS = re.compile(r"(?:https?://|\bwww\.)(?!\S*\.(?:edu|gov)\.tr\b)")
_SELLING = re.compile(
    r"\b(?:casino|canli bahis|kacak bahis|bahis sitesi|deneme bonusu|bonus kodu|slot oyun|jackpot|free spins?|viagra"
    r"|cialis|escort|backlinks?|seo (?:hizmet|paket|service|package|expert)|hacklink|takipci sat|instagram takipci"
    r"|forex|bitcoin|crypto investment|kripto yatirim|garantili kazanc|evden para kazan|hizli kredi|kredi firsat"
    r"|faizsiz kredi|click here|hemen tikla|buraya tikla|tikla kazan|buy now|order now|limited (?:time )?offer"
    r"|kacirilmayacak firsat|work from home|earn (?:money|\$)|make money|cheap (?:pills|meds|watches)|replica watches"
    r"|payday loans?|weight loss|diplo?ma (?:satis|sale)|odev yaptirma|tez yazdirma|essay writing service|web traffic"
    r"|whatsapp hatt|guest post|dofollow|first page of google|google'da ilk sayfa)"
)
_WORD = re.compile(r"[a-z]{4,}")
_UNPRONOUNCED = re.compile(r"[bcdfghjklmnpqrstvwxyz]{6}|^[^aeiouy]+$")
_FOLD = str.maketrans({"ı": "i", "İ": "i", "I": "i"})


def doubts_of(submission: Submission, signs: Signs) -> tuple[Doubt, ...]:
    """The doubts about a message; none about an ordinary one."""
    found = {
        Doubt.LINK: len(set(_LINK.findall(submission.text))) > MOST_LINKS,
        Doubt.ADVERTISEMENT: _advertises(submission),
        Doubt.NO_PROOF: not signs.proved,
        Doubt.HONEYPOT: signs.trap,
        Doubt.RATE: signs.over_rate,
        Doubt.REPEATED: signs.senders >= SAME_TEXT,
    }
    return tuple(doubt for doubt, holds in found.items() if holds)


def same_text(text: str) -> str:
    """What is equal for texts that differ in case, blanks, digits and punctuation only; empty for a short text."""
    letters = re.sub(r"[^\w]|\d|_", "", _folded(text))
    return hashlib.sha256(letters.encode("utf-8", "replace")).hexdigest() if len(letters) >= SHORTEST_COMPARED else ""


def _advertises(submission: Submission) -> bool:
    """An address for a name, a foreign one in the subject; two phrases of sellers, or one with a link; no language."""
    if _ANY_ADDRESS.search(_folded(submission.name or "")) or _FOREIGN_ADDRESS.search(_folded(submission.subject)):
        return True
    text = _folded(f"{submission.subject}\n{submission.text}")
    phrases = len(set(_SELLING.findall(text)))
    return phrases >= 2 or (phrases == 1 and bool(_LINK.search(text))) or _is_no_language(text)


def _is_no_language(text: str) -> bool:
    """Whether most longer words cannot be spoken. Texts in other letters than Latin ones have no such words."""
    words = _WORD.findall(_LINK.sub(" ", text))
    unspoken = sum(1 for word in words if _UNPRONOUNCED.search(word))
    return len(words) >= 4 and unspoken * 2 > len(words)


def _folded(text: str) -> str:
    """In small letters without marks: ``Canlı BAHİS`` is ``canli bahis``."""
    plain = unicodedata.normalize("NFKD", text.translate(_FOLD))
    return "".join(c for c in plain if not unicodedata.combining(c)).lower()
