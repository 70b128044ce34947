"""Finding what there is of one person: how addresses, phone numbers and names are compared.

Addresses by ``addresses.comparable``, phones by their digits, names by their folded words in any order. A name alone
proves nothing: who looks for it has to confirm each match.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Self

from shared.addresses import comparable
from shared.events import PersonSought
from shared.folding import fold

EMAIL, PHONE, NAME = "email", "phone", "name"
"""By what somebody was found (``FoundItem.by``)."""
SHORTEST_NUMBER = 7
"""Digits of a phone number."""
_WORD = re.compile(r"[^\W\d_]+")
NUMBER = re.compile(r"(?<![\w+(])\+?\(?[0-9](?:[ ().-]{0,2}[0-9]){6,14}(?!\w)")
"""A phone number in a text; ``number_of`` has its digits."""
_DIALLED_BEFORE = re.compile(r"^(?:0090|90(?=[0-9]{10}$)|0)")


@dataclass(frozen=True)
class Sought:
    """A person who is looked for. ``words`` are those of the name; what is empty is not looked for."""

    email: str = ""
    phones: tuple[str, ...] = ()
    words: tuple[str, ...] = ()

    @classmethod
    def of(cls, event: PersonSought) -> Self:
        """The person in this event."""
        email = comparable(event.email) if event.email else ""
        return cls(email, phone_numbers(event.phone or ""), name_words(event.name or ""))

    def found_by(
        self,
        *,
        emails: Iterable[str | None] = (),
        phones: Iterable[str | None] = (),
        names: Iterable[str | None] = (),
    ) -> tuple[str, ...]:
        """By which of EMAIL, PHONE and NAME these are the person's."""
        ways = {
            EMAIL: bool(self.email) and any(email and comparable(email) == self.email for email in emails),
            PHONE: any(set(self.phones) & set(phone_numbers(phone or "")) for phone in phones),
            NAME: any(same_name(self.words, name_words(name or "")) for name in names),
        }
        return tuple(way for way, found in ways.items() if found)

    def query(self, *, email: str = "", phone: str = "", name: str = "") -> dict[str, Any] | None:
        """Query for documents that may be the person's, by the fields where such values are stored, as compared.

        A field that is not given is not looked at. None: there is nothing to look for. Names have to be compared again.
        """
        parts: list[dict[str, Any]] = []
        if email and self.email:
            parts.append({email: {"$eq": self.email, "$type": "string"}})  # a partial index wants to be told
        if phone and self.phones:
            parts.append({phone: {"$in": list(self.phones)}})
        if name:
            parts += [{name: {"$all": list(pair)}} for pair in combinations(self.words[:4], 2)]
        return {"$or": parts} if parts else None


def name_words(name: str) -> tuple[str, ...]:
    """The folded words of a name, each once, without initials and titles such as ``Dr.``: words of two letters."""
    return tuple(dict.fromkeys(word for word in _WORD.findall(fold(name)) if len(word) > 1))


def same_name(sought: Iterable[str], found: Iterable[str]) -> bool:
    """Whether two names may be those of one person: two words at least, and all words of one are in the other."""
    one, other = set(sought), set(found)
    return min(len(one), len(other)) > 1 and (one <= other or other <= one)


def phone_numbers(text: str) -> tuple[str, ...]:
    """The numbers in what somebody gave as their phone: digits, without what is dialled before the area."""
    found = (number_of(one) for one in NUMBER.findall(text))
    return tuple(dict.fromkeys(number for number in found if number))


def number_of(found: str) -> str:
    """The digits, without what is dialled before the area; empty when they are too few."""
    groups = re.findall("[0-9]+", found)
    digits = _DIALLED_BEFORE.sub("", next((group for group in groups if len(group) > 8), "".join(groups)))
    return digits if len(digits) >= SHORTEST_NUMBER else ""
