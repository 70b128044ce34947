"""Types for text from people, in forms and APIs: normalised, of limited length, without control characters.

Control characters could break a page, a letter or a log. Invalid text raises pydantic's errors with the codes in
``SENTENCES``.
"""

import re
import unicodedata
from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, BeforeValidator, StringConstraints
from pydantic_core import PydanticCustomError

SENTENCES = {
    "missing": "Please fill in this field.",
    "string_too_long": "Please use at most {max_length} characters.",
    "string_too_short": "Please use at least {min_length} characters.",
    "unreadable_text": "The text contains characters that could not be read. Please type them again.",
    "control_character": "The text contains control characters. Please remove them.",
    "one_line": "Please write this in one line.",
    "email_address": "Please enter an e-mail address such as name@example.org.",
    "phone_number": "Please enter a phone number such as 0288 212 00 00.",
    "literal_error": "Please choose one of the options.",
    "enum": "Please choose one of the options.",
    "other": "Please check this field.",
}
"""The sentence (a msgid) for each error type. A field may have its own for ``missing``: ``RequiredMessage``."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_UNREADABLE = re.compile(r"[\ud800-\udfff\ufffd\ufffe\uffff]")
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{5,23}")


def _clean(value: object) -> object:
    """Normalise to NFC and to line feeds, and strip."""
    if not isinstance(value, str):
        return value
    if _UNREADABLE.search(value):
        raise PydanticCustomError("unreadable_text", "The text contains characters that could not be read.")
    return unicodedata.normalize("NFC", value).replace("\r\n", "\n").replace("\r", "\n").strip()


def _text(value: str) -> str:
    if _CONTROL.search(value):
        raise PydanticCustomError("control_character", "The text contains control characters.")
    return value


def _line(value: str) -> str:
    if "\n" in value or "\t" in value:
        raise PydanticCustomError("one_line", "The text must be one line.")
    return _text(value)


def _email(value: str) -> str:
    try:
        value.encode("ascii")  # mail servers without SMTPUTF8 (RFC 6531) accept ASCII only
        validate_email(value, check_deliverability=False, strict=True)
    except (UnicodeEncodeError, EmailNotValidError):
        raise PydanticCustomError("email_address", "This is not an e-mail address.") from None
    return value


def _phone(value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise PydanticCustomError("phone_number", "This is not a phone number.")
    return value


def _none_if_empty(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


_CLEAN, _TEXT, _LINE = BeforeValidator(_clean), AfterValidator(_text), AfterValidator(_line)

Text = Annotated[str, StringConstraints(max_length=10_000), _CLEAN, _TEXT]
"""Several lines; may be empty."""
Body = Annotated[str, StringConstraints(min_length=10, max_length=10_000), _CLEAN, _TEXT]
"""Several lines, at least ten characters."""
Reason = Annotated[str, StringConstraints(min_length=3, max_length=2_000), _CLEAN, _TEXT]
"""The reason for a closure, decline, return or recall."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=150), _CLEAN, _LINE]
"""One line: it may become part of a mail header or a heading."""
Subject = Annotated[str, StringConstraints(min_length=3, max_length=150), _CLEAN, _LINE]
Name = Annotated[str, StringConstraints(min_length=2, max_length=100), _CLEAN, _LINE]
Email = Annotated[str, StringConstraints(min_length=1, max_length=254), _CLEAN, _LINE, AfterValidator(_email)]
"""An addr-spec (RFC 5321) in ASCII, at most 254 characters, under a public domain. DNS is not queried."""
Phone = Annotated[str, StringConstraints(max_length=25), _CLEAN, _LINE, AfterValidator(_phone)]
"""Digits, and the separators that people use."""

_EMPTY = BeforeValidator(_none_if_empty)
OptionalLine = Annotated[Line | None, _EMPTY]
OptionalName = Annotated[Name | None, _EMPTY]
OptionalEmail = Annotated[Email | None, _EMPTY]
OptionalPhone = Annotated[Phone | None, _EMPTY]
