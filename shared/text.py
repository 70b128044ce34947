"""What people may type: cleaned, bounded, and free of what could break a page, a letter or a log.

The types are for forms and APIs alike. Bad text raises pydantic's errors with the codes in ``SENTENCES``.
"""

import re
import unicodedata
from typing import Annotated

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
"""What to say for each kind of error: msgids of the catalogue; ``missing`` may be said better by the field itself."""

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
_UNREADABLE = re.compile(r"[\ud800-\udfff\ufffd\ufffe\uffff]")
_EMAIL = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@"
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_PHONE = re.compile(r"\+?[0-9][0-9 ()./-]{5,23}")


def _clean(value: object) -> object:
    """Composed letters (NFC), one kind of line end, no blanks around."""
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
    local, _, _ = value.partition("@")
    if not _EMAIL.fullmatch(value) or len(value) > 254 or ".." in local or local[:1] == "." or local[-1:] == ".":
        raise PydanticCustomError("email_address", "This is not an e-mail address.")
    return value


def _phone(value: str) -> str:
    if not _PHONE.fullmatch(value):
        raise PydanticCustomError("phone_number", "This is not a phone number.")
    return value


def _none_if_empty(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


_CLEAN, _TEXT, _LINE = BeforeValidator(_clean), AfterValidator(_text), AfterValidator(_line)

Text = Annotated[str, StringConstraints(max_length=10_000), _CLEAN, _TEXT]
"""Several lines, perhaps none."""
Body = Annotated[str, StringConstraints(min_length=10, max_length=10_000), _CLEAN, _TEXT]
"""Several lines that say something."""
Reason = Annotated[str, StringConstraints(min_length=3, max_length=2_000), _CLEAN, _TEXT]
"""Why somebody does what they do."""
Line = Annotated[str, StringConstraints(min_length=1, max_length=150), _CLEAN, _LINE]
"""One line: what may become part of a header or a heading."""
Subject = Annotated[str, StringConstraints(min_length=3, max_length=150), _CLEAN, _LINE]
Name = Annotated[str, StringConstraints(min_length=2, max_length=100), _CLEAN, _LINE]
Email = Annotated[str, StringConstraints(min_length=1, max_length=254), _CLEAN, _LINE, AfterValidator(_email)]
"""The addr-spec of RFC 5321 in ASCII, at most 254 characters."""
Phone = Annotated[str, StringConstraints(max_length=25), _CLEAN, _LINE, AfterValidator(_phone)]
"""Digits and what people put between them."""

_EMPTY = BeforeValidator(_none_if_empty)
OptionalLine = Annotated[Line | None, _EMPTY]
OptionalName = Annotated[Name | None, _EMPTY]
OptionalEmail = Annotated[Email | None, _EMPTY]
OptionalPhone = Annotated[Phone | None, _EMPTY]
