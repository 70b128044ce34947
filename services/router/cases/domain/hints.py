"""What an officer may want to look at again before an answer goes out. Hints forbid nothing."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from services.router.cases.domain.stems import listed, long_words
from shared.greetings import greets

_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_DATE = re.compile(
    r"\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?|\d{4}-\d{2}-\d{2}|\d{1,2}:\d{2}"
    r"|\b(?:ocak|şubat|mart|nisan|mayıs|haziran|temmuz|ağustos|eylül|ekim|kasım|aralık|pazartesi|salı|çarşamba|perşembe"
    r"|cuma|cumartesi|pazar|bugün|yarın|dün|january|february|march|april|may|june|july|august|september|october|november"
    r"|december|monday|tuesday|wednesday|thursday|friday|saturday|sunday|today|tomorrow|yesterday)"
    r"|\d+ (?:iş )?(?:gün|hafta|saat|ay\b|working day|day|week|hour|month)",
    re.IGNORECASE,
)
_PROMISE = re.compile(
    r"\w[ae]ca(?:k|ğ)\w*|\w[ae]ce(?:k|ğ)\w*|\byakında\b|\ben kısa (?:süre|zaman)\w*|\bkısa süre\w*|\bilerleyen\b"
    r"|\bwill\b|\bsoon\b|\bshortly\b|\bas soon as possible\b",
    re.IGNORECASE,
)
_TURKISH = listed("ve bir bu için ile olarak da de olan daha gibi kadar edilmiştir sayın ancak konu hakkında")
_ENGLISH = listed("the and of to in is for that with are be has have your you we on this was not will")
_ARABIC = re.compile(r"[\u0600-\u06ff]")
_QUESTION = re.compile(r"[^.!?\n]{8,300}\?")
_ASKING = listed(
    "acaba nasıl neden niçin niye hangi ne zaman kaç kim nerede nereye mısınız misiniz musunuz müsünüz olur mu mi mı"
    " what when where which why how who does will would could should there have this that your"
)
MOST = 5
"""Questions that are named."""
STEM = 5
"""Letters of a word that count: Turkish appends the rest."""


@dataclass(frozen=True)
class Hint:
    """``code``: greeting_twice, no_date, language, address or question; ``about``: what it is about."""

    code: str
    about: str = ""


def hints(answer: str, *, message: str, language: str, dated: bool = False) -> list[Hint]:
    """The hints about an answer to this message, whose writer reads ``language``; ``dated``: a day goes with it."""
    found = [Hint("greeting_twice")] if _greetings(answer) > 1 else []
    if _PROMISE.search(answer) and not dated and not _DATE.search(answer):
        found.append(Hint("no_date"))
    if (written := language_of(answer)) and not _reads(language, written):
        found.append(Hint("language", written))
    found += [Hint("address", address) for address in dict.fromkeys(_EMAIL.findall(answer))]
    return found + [Hint("question", question) for question in _unanswered(message, answer)][:MOST]


def language_of(text: str) -> str | None:
    """``tr``, ``en`` or ``ar``, by its most frequent small words; None when that is not clear."""
    if len(_ARABIC.findall(text)) > len(text) / 4:
        return "ar"
    words = re.findall(r"\w+", text.replace("İ", "i").replace("I", "ı").lower())
    turkish = sum(word in _TURKISH or bool(re.search("[ğışç]", word)) for word in words)
    english = sum(word.replace("ı", "i") in _ENGLISH for word in words)
    if max(turkish, english) < 2 or turkish == english:  # one word is no evidence
        return None
    return "tr" if turkish > english else "en"


def _reads(language: str, written: str) -> bool:
    """Arabic is answered in English."""
    return written == language or (language == "ar" and written == "en")


def _greetings(answer: str) -> int:
    return sum(greets(paragraph.strip()) for paragraph in answer.split("\n") if paragraph.strip())


def _unanswered(message: str, answer: str) -> Iterable[str]:
    """Questions of which no word of weight stands in the answer."""
    said = {word[:STEM] for word in long_words(answer)}
    asking = {word for known in _ASKING for word in long_words(known)}
    for question in _QUESTION.findall(message):
        asked = {word[:STEM] for word in long_words(question) if word not in asking}
        if asked and not asked & said:
            yield question.strip()
