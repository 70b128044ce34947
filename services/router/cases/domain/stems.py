"""Which words of a text say what it is about, and how much of such a word counts."""

from services.router.cases.domain.terms import words

SHORTEST = 4
"""Letters of a word, at least, that says something."""
STEM = 6
"""Letters of a word that count: Turkish appends the rest."""


def listed(text: str) -> frozenset[str]:
    """The words of a list that is written as a text."""
    return frozenset(text.split())


def long_words(text: str) -> list[str]:
    """The folded words of a text that may say something: no numbers, and four letters and more."""
    return [word for word in words(text) if len(word) >= SHORTEST and word.isalpha()]


EVERYDAY = frozenset(
    word[:STEM]
    for word in long_words(
        "merhaba sayın saygılar saygılarımla teşekkür ederim ediyorum istiyorum bilgi bilgilerinize çalışmalar günler"
        " yetkili ilgili konuda konu hakkında şekilde için olarak olan oldu olduğu olması değil daha sonra önce çünkü"
        " ancak fakat gibi kadar benim bizim sizin onun bana bize size rica arz lütfen talep şikayet öneri başvuru"
        " üniversite öğrenci kırklareli hello dear please thank regards would could there which have this that with"
        " from your about"
    )
)
"""Beginnings of words that are in messages about anything."""


def telling(text: str) -> list[str]:
    """The folded words that say what a text is about, in its order."""
    return [word for word in long_words(text) if word[:STEM] not in EVERYDAY]
