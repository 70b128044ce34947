"""Types for text from people, in forms and APIs: of limited length, and cleaned of what cannot be seen.

The length comes first: an invalid text costs no more than a valid one. Invalid text raises pydantic's errors with the
codes in ``SENTENCES``.
"""

import re
import unicodedata
from dataclasses import dataclass
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

from shared.addresses import bare
from shared.characters import clean, damaged, one_line, visible

SENTENCES = {
    "missing": "Please fill in this field.",
    "too_many_characters": "Please use at most {max_length} characters. {excess} too many.",
    "string_too_long": "Please use at most {max_length} characters.",
    "string_too_short": "Please use at least {min_length} characters.",
    "unreadable_text": "The text contains characters that could not be read. Please type them again.",
    "email_address": "Please enter an e-mail address such as name@example.org.",
    "email_letters": "Before the @ of an e-mail address only the letters a to z can stand, no ç, ğ, ı, İ, ö, ş or ü.",
    "phone_number": "Please enter a phone number such as 0288 212 00 00.",
    "literal_error": "Please choose one of the options.",
    "enum": "Please choose one of the options.",
    "string_pattern_mismatch": "Please choose one of the options.",
    "other": "Please check this field.",
}
"""The sentence (a msgid) for each error type. A field may have its own for ``missing``: ``RequiredMessage``."""

ROOM = 200
"""Characters that a text may have beyond twice its limit before it is cleaned: line ends of two characters, marks."""
LONGEST_HIDDEN = 2_000
_DASH = re.compile("[\u2010-\u2015\u2212\u2043\ufe58\ufe63\uff0d]")
_NUMBER = r"\(?\+? ?\(?[0-9][0-9 ().-]*"
_WHOSE = "telefon|tel|cep|gsm|ev|iş|whatsapp|wp|phone|mobile|home|work|office"
"""What people write beside a number: which of their telephones it is."""
_PHONE = re.compile(
    rf"(?:(?:{_WHOSE})[.:]* ?){{0,2}}{_NUMBER}(?:(?:[/,;]|veya|or) ?{_NUMBER}){{0,2}}"
    r"(?:[ ,;/(]*(?:dahili|dah|iç hat|ext|extension|x|#)[ .:]*[0-9]{1,6}\)?)?"
    rf"(?: ?[(]?(?:{_WHOSE})[)]?)?[.,;]?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class _Clean:
    """Refuse what is longer than ``most`` characters or damaged, and clean the rest."""

    most: int
    lines: bool = True

    def __call__(self, value: object) -> object:
        if not isinstance(value, str):
            return value
        if len(value) > longest_read(self.most):
            raise self._too_long(len(value) - value.count("\r\n"))
        if damaged(value):
            raise PydanticCustomError("unreadable_text", "The text contains characters that could not be read.")
        text = clean(value) if self.lines else one_line(clean(value))
        if len(text) > self.most:
            raise self._too_long(len(text))
        return text

    def _too_long(self, length: int) -> PydanticCustomError:
        measures = {"max_length": self.most, "excess": length - self.most}
        return PydanticCustomError("too_many_characters", "The text is longer than {max_length} characters.", measures)


def longest_read(most: int) -> int:
    """Characters of a text that are read, if at most so many of them may be seen."""
    return 2 * most + ROOM


def _email(value: str) -> str:
    address = bare(value)
    if not address.rpartition("@")[0].isascii():  # only mail servers with SMTPUTF8 (RFC 6531) would take it
        raise PydanticCustomError("email_letters", "The local part is not ASCII.")
    try:
        validate_email(address, check_deliverability=False, strict=True)
    except EmailNotValidError:
        raise PydanticCustomError("email_address", "This is not an e-mail address.") from None
    return address


def _phone(value: str) -> str:
    number = _DASH.sub("-", unicodedata.normalize("NFKC", value))
    number = " ".join("".join(str(unicodedata.decimal(c, c)) for c in number).split())
    if not _PHONE.fullmatch(number) or not 7 <= sum(c.isdigit() for c in number) <= 30:
        raise PydanticCustomError("phone_number", "This is not a phone number.")
    return number


def _none_if_empty(value: object) -> object:
    return None if isinstance(value, str) and not visible(value) else value


def _empty_if_too_long(value: object) -> object:
    return "" if isinstance(value, str) and len(value) > LONGEST_HIDDEN else value


Text = Annotated[str, StringConstraints(max_length=10_000), BeforeValidator(_Clean(10_000))]
"""Several lines; may be empty."""
Body = Annotated[str, StringConstraints(min_length=1, max_length=10_000), BeforeValidator(_Clean(10_000))]
"""Several lines; something must be there. A short answer is an answer."""
Reason = Annotated[str, StringConstraints(min_length=3, max_length=2_000), BeforeValidator(_Clean(2_000))]
"""The reason for a closure, decline, return or recall."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=150), BeforeValidator(_Clean(150, lines=False))]
"""One line: it may become part of a mail header or a heading. Line ends and tabs become blanks."""
Subject = Annotated[str, StringConstraints(min_length=3, max_length=150), BeforeValidator(_Clean(150, lines=False))]
Name = Annotated[str, StringConstraints(min_length=2, max_length=100), BeforeValidator(_Clean(100, lines=False))]
Email = Annotated[
    str,
    StringConstraints(min_length=1, max_length=254),
    BeforeValidator(_Clean(254, lines=False)),
    AfterValidator(_email),
]
"""An addr-spec (RFC 5321), at most 254 characters, under a public domain. DNS is not queried.

The local part is ASCII. An international domain stays as it was typed: ``addresses.deliverable`` gives its A-labels.
"""
Phone = Annotated[
    str, StringConstraints(max_length=40), BeforeValidator(_Clean(40, lines=False)), AfterValidator(_phone)
]
"""Seven digits or more, the separators that people use, and an extension."""
Hidden = Annotated[str, BeforeValidator(_empty_if_too_long)]
"""What a page sends with its form and nobody types: too long, it counts as empty."""

_EMPTY = BeforeValidator(_none_if_empty)
OptionalLine = Annotated[Line | None, _EMPTY]
OptionalName = Annotated[Name | None, _EMPTY]
OptionalEmail = Annotated[Email | None, _EMPTY]
OptionalPhone = Annotated[Phone | None, _EMPTY]
OptionalCode = Annotated[
    Annotated[str, StringConstraints(max_length=200, pattern=r"^([A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*)?$")] | None,
    AfterValidator(lambda code: code or None),
]
"""The code of a unit, as ``shared.events.Id``; empty counts as none."""
