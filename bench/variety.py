"""What makes copies of one case differ: words, people, kinds, priorities, languages, channels, units, officers.

Words have Zipf's frequencies, as those of a language: a few are in half of all cases, most in a handful. The values by
which the desk finds a case are derived from these, for to derive them from the whole case would take most of the time.
"""

import random
from itertools import accumulate, product
from typing import Any, Final

from services.router.cases.domain.states import Priority

Document = dict[str, Any]


def _words(text: str) -> list[str]:
    return text.split()


ROOTS: Final = _words(
    """
    kutuphane yemekhane yurt asansor isitma internet sinav harc burs kayit not ders hoca bolum fakulte bina
    tuvalet temizlik guvenlik otopark servis kantin laboratuvar bilgisayar sifre eposta sistem belge diploma
    staj transkript kimlik kart turnike kapi pencere cati lamba priz klima su gurultu bahce agac kedi kopek spor
    salon havuz konser kulup ogrenci personel rektor dekan sekreter memur basvuru talep sikayet oneri tesekkur
    odeme iade fatura hesap
    """
)
SUFFIXES: Final = [
    first + second
    for first, second in product(
        ("", "ler", "imiz", "lik", "ci", "siz", "deki"), ("", "de", "den", "e", "i", "in", "le")
    )
]
ENDINGS: Final = ("", "ya", "mi", "sa", "ken", "dir", "ki", "yse")
WORDS: Final = [root + suffix + ending for ending in ENDINGS for suffix in SUFFIXES for root in ROOTS]
ZIPF: Final = list(accumulate(1 / rank for rank in range(1, len(WORDS) + 1)))
NAMES: Final = _words(
    """
    deniz ayse fatma mehmet ali can ece elif zeynep mert ozan selin burak derya emre gizem hakan irem kaan
    """
)
FAMILIES: Final = _words(
    """
    kaya yilmaz demir sahin celik yildiz aydin ozturk arslan dogan kilic aslan cetin kara koc kurt ozkan
    """
)
KINDS: Final = ("complaint", "request", "suggestion", "compliment", "other")
UNITS: Final = [f"birim{number}" for number in range(40)]
ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TEXT_WORDS, SUBJECT_WORDS = 45, 4


def reference(number: int, year: int) -> str:
    """A reference that no other number has."""
    letters = "".join(ALPHABET[(number * 7_919 + 12_345) % 2**30 >> 5 * i & 31] for i in range(6))
    return f"{year % 100:02}-{letters[:4]}-{letters[4:]}"


def varied(case: Document, number: int) -> Document:
    """The router's document of a case, as another person would have written it."""
    chance = random.Random(number)
    said = chance.choices(WORDS, cum_weights=ZIPF, k=TEXT_WORDS)
    title = chance.choices(WORDS, cum_weights=ZIPF, k=SUBJECT_WORDS)
    name = [chance.choice(NAMES), chance.choice(FAMILIES)]
    email = f"{name[0]}.{name[1]}{number}@example.org"
    chosen = {
        "kind": chance.choices(KINDS, (50, 25, 10, 5, 10))[0],
        "priority": chance.choices(list(Priority), (1, 5, 90, 4))[0].value,
        "language": chance.choices(("tr", "en"), (9, 1))[0],
        "channel": chance.choices(("web", "telephone", "counter"), (90, 7, 3))[0],
    }
    head = [
        *case["reference"].lower().split("-"),
        *name,
        email.partition("@")[0].split(".")[1],
        "example",
        "org",
        *title,
    ]
    terms = dict.fromkeys([*head, *said, *("^" + word for word in head)])
    wholes = (f"={case['reference'].lower()}", f"={email}")
    kept = [facet for facet in case["indexed"]["facets"] if facet.partition(":")[0] not in (*chosen, "unit")]
    units = [f"unit:{chance.choice(UNITS)}"] if case["assignments"] else []
    facets = [*kept, *(f"{what}:{value}" for what, value in chosen.items()), *units]
    person = {**case["submitter"], "name": " ".join(name).title(), "email": email}
    indexed = {**case["indexed"], "terms": [*terms, *wholes], "facets": facets}
    indexed["rank"] = list(Priority).index(Priority(chosen["priority"]))
    texts = {"subject": " ".join(title), "text": " ".join(said), "submitter": person}
    return {**case, **chosen, **texts, "indexed": indexed}
