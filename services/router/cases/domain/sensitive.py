"""Finds what units need not know in a text: numbers of people, accounts and cards, telephones, addresses.

A hint for an officer, who decides. What has a check digit is found by it, so that other long numbers are left alone.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from typing import Final, NamedTuple

from shared.alphabet import lower

BLACKED_OUT: Final = {
    "identity_number": "[T.C. kimlik numarası gizlenmiştir]",
    "iban": "[IBAN gizlenmiştir]",
    "card": "[kart numarası gizlenmiştir]",
    "phone": "[telefon numarası gizlenmiştir]",
    "student_number": "[öğrenci numarası gizlenmiştir]",
    "email": "[e-posta adresi gizlenmiştir]",
    "name": "[ad gizlenmiştir]",
}
"""What stands in the copy instead. Units read Turkish."""
_IBAN_LENGTHS: Final = {
    "TR": 26,
    "DE": 22,
    "GB": 22,
    "FR": 27,
    "NL": 18,
    "BE": 16,
    "AT": 20,
    "CH": 21,
    "IT": 27,
    "ES": 24,
    "BG": 22,
    "GR": 27,
    "RO": 24,
    "AZ": 28,
    "SA": 24,
    "AE": 23,
    "CY": 28,
    "SE": 24,
    "DK": 18,
    "PL": 28,
}
"""Characters of an IBAN by country (ISO 13616): of those from which students and staff come."""
_EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}\w{2,24}(?![\w@])")
_IBAN = re.compile(r"(?<!\w)([A-Za-z]{2})[0-9]{2}(?:[ -]?[A-Za-z0-9]){11,30}")
_CARD = re.compile(r"(?<![\w+])(?:[2-9][0-9]{3}(?:[ -]?[0-9]{4}){3}|3[47][0-9]{2}[ -]?[0-9]{6}[ -]?[0-9]{5})(?!\w)")
_IDENTITY = re.compile(r"(?<![\w+])[1-9][0-9]{10}(?!\w)|(?<![\w+])[1-9][0-9]{1,4}(?:[ .-][0-9]{2,5}){2,4}(?!\w)")
_PHONE = re.compile(
    r"(?<![\w+])(?:"
    r"(?:(?:\+|00)90[ .-]?|0[ .-]?)\(?(?:5[0-9]{2}|[234][0-9]{2}|8[05]0)\)?[ .-]?[0-9]{3}[ .-]?[0-9]{2}[ .-]?[0-9]{2}"
    r"|\(?5[0-9]{2}\)?[ .-]?[0-9]{3}[ .-]?[0-9]{2}[ .-]?[0-9]{2}"
    r"|\+(?!90)[1-9][0-9]{0,2}(?:[ .()-]{0,2}[0-9]){7,12}"
    r")(?!\w)"
)
_STUDENT = re.compile(
    r"(?:öğrenci|okul|student)[^.\n0-9]{0,30}?(?<!\w)([0-9]{7,12})(?!\w)"
    r"|(?<!\w)([0-9]{7,12})(?!\w)(?= (?:numaralı|nolu|no'lu|no.lu) öğrenci)",
    re.IGNORECASE,
)


class Hint(NamedTuple):
    """Something in a text (``text[start:end]``) that units need not know, of a kind in BLACKED_OUT."""

    kind: str
    start: int
    end: int
    found: str


def find(text: str, name: str | None = None) -> tuple[Hint, ...]:
    """What may have to be blacked out, in the order of the text; ``name`` is that of its writer, if it is known."""
    hints: list[Hint] = []
    found = {kind: finder(text) for kind, finder in _FINDERS.items()} | {"name": _names(text, name)}
    for kind, spans in found.items():
        for start, end in spans:
            if not any(start < hint.end and hint.start < end for hint in hints):
                hints.append(Hint(kind, start, end, text[start:end]))
    return tuple(sorted(hints, key=lambda hint: hint.start))


def black_out(text: str, hidden: Iterable[str], name: str | None = None) -> str:
    """The text with a word in place of those findings (``Hint.found``) that are to be hidden."""
    wanted = set(hidden)
    for hint in reversed(find(text, name)):
        if hint.found in wanted:
            text = text[: hint.start] + BLACKED_OUT[hint.kind] + text[hint.end :]
    return text


def is_identity_number(digits: str) -> bool:
    """Whether the check digits of a T.C. identity number are right."""
    if len(digits) != 11 or digits[0] == "0":
        return False
    numbers = [int(digit) for digit in digits]
    tenth = (sum(numbers[0:9:2]) * 7 - sum(numbers[1:8:2])) % 10
    return numbers[9] == tenth and numbers[10] == sum(numbers[:10]) % 10


def is_iban(characters: str) -> bool:
    """Whether the check digits of an IBAN are right (ISO 7064, mod 97-10)."""
    turned = characters[4:] + characters[:4]
    return int("".join(str(int(character, 36)) for character in turned)) % 97 == 1


def is_card(digits: str) -> bool:
    """Whether the check digit of a card is right (ISO/IEC 7812-1, Luhn)."""
    doubled = [int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(digits))]
    return sum(number - 9 if number > 9 else number for number in doubled) % 10 == 0


def _digits(text: str) -> str:
    return "".join(character for character in text if character.isdigit())


def _spans(pattern: re.Pattern[str], true: Callable[[str], bool], text: str) -> Iterator[tuple[int, int]]:
    """Where the pattern stands with digits that are true."""
    return (found.span() for found in pattern.finditer(text) if true(_digits(found[0])))


def _anything(digits: str) -> bool:
    return True


def _ibans(text: str) -> Iterator[tuple[int, int]]:
    """A country has one length, so that the words after the number are not taken for a part of it."""
    for found in _IBAN.finditer(text):
        length = _IBAN_LENGTHS.get(found[1].upper(), 0)
        places = [place for place in range(*found.span()) if text[place] not in " -"][:length]
        if length and len(places) == length and is_iban("".join(text[place] for place in places)):
            yield found.start(), places[-1] + 1


def _student_numbers(text: str) -> Iterator[tuple[int, int]]:
    return (found.span(found.lastindex or 0) for found in _STUDENT.finditer(text))


def _names(text: str, name: str | None) -> Iterator[tuple[int, int]]:
    """Where the writer's name stands, in large or small letters."""
    if not name:
        return
    pattern = r"(?<!\w)" + re.escape(lower(name)) + r"(?!\w)"
    small = lower(text)
    if len(small) == len(text):
        yield from (found.span() for found in re.finditer(pattern, small))


_FINDERS: Mapping[str, Callable[[str], Iterator[tuple[int, int]]]] = {
    "email": partial(_spans, _EMAIL, _anything),
    "iban": _ibans,
    "card": partial(_spans, _CARD, is_card),
    "identity_number": partial(_spans, _IDENTITY, is_identity_number),
    "student_number": _student_numbers,
    "phone": partial(_spans, _PHONE, _anything),
}
"""The surer ones first: what is found by one is not taken for something else by the next."""
