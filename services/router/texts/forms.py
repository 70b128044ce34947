"""The forms for what the institution says about itself."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.router.texts.domain.colours import readable_on_white
from shared.text import Hidden, Line, OptionalEmail, OptionalLine, OptionalPhone, Text
from shared.web.forms import RequiredMessage

_COLOUR = r"^(#[0-9a-fA-F]{6})?$"


def _readable(colour: str) -> str:
    if colour and not readable_on_white(colour):
        raise PydanticCustomError("contrast", "White letters cannot be read on this colour.")
    return colour.lower()


def _web(url: str | None) -> str | None:
    if url and not url.startswith(("https://", "http://")):
        raise PydanticCustomError("web_address", "This is not the address of a page.")
    return url


Colour = Annotated[
    str,
    StringConstraints(pattern=_COLOUR),
    AfterValidator(_readable),
    RequiredMessage("", "White letters cannot be read on this colour. Please choose a darker one."),
]
WebAddress = Annotated[
    OptionalLine, AfterValidator(_web), RequiredMessage("", "Please enter an address such as https://www.klu.edu.tr.")
]


class InstitutionForm(BaseModel):
    """The institution. An empty field is as the environment says; ``revision`` is the one that was read."""

    revision: int = 0
    name_tr: OptionalLine = None
    name_en: OptionalLine = None
    short_name: OptionalLine = None
    hotline: OptionalLine = None
    url: WebAddress = None
    email: OptionalEmail = None
    phone: OptionalPhone = None
    primary_color: Colour = ""
    accent_color: Annotated[str, StringConstraints(pattern=_COLOUR)] = ""
    remove_logo: Literal["yes", ""] = ""
    notice_tr: Text = ""
    notice_en: Text = ""
    notice_url: WebAddress = None


RESERVED = frozenset({"new", "order"})
"""No codes: they are addresses of pages beside those of the kinds."""


def _free(code: str) -> str:
    if code in RESERVED:
        raise PydanticCustomError("kind_code", "This is no code of a kind.")
    return code


Days = Annotated[
    Annotated[int, Field(ge=1, le=365)] | Literal[""],
    RequiredMessage("", "Please enter a number of days from 1 to 365, or nothing."),
]


class KindForm(BaseModel):
    """One kind of message. ``revision`` is that of all settings."""

    revision: int = 0
    id: Annotated[
        str,
        StringConstraints(pattern=r"^([a-z][a-z0-9_]{1,39})?$"),
        AfterValidator(_free),
        RequiredMessage("", "The code begins with a letter and has small letters, digits and _."),
    ] = ""
    """Empty for a new kind: it is made from the English name."""
    label_tr: Annotated[Line, RequiredMessage("Please enter the Turkish name.")]
    label_en: Annotated[Line, RequiredMessage("Please enter the English name.")]
    label_ar: OptionalLine = None
    reply_expected: Literal["yes", ""] = ""
    active: Literal["yes", ""] = ""
    unit_days: Days = ""
    unit_counts: Literal["working", "calendar"] = "working"
    answer_days: Days = ""
    answer_counts: Literal["working", "calendar"] = "calendar"


class OrderForm(BaseModel):
    """A kind goes one place up in the form."""

    revision: Hidden = ""
    id: Hidden
