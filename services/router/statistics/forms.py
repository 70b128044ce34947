"""The forms of the public page."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from shared.text import Hidden, Reason, Text
from shared.web.forms import RequiredMessage

LOOKED_AT = "Please look at the tables, and confirm that they may be published."
UNRECOGNISABLE = "Please confirm that nobody can be recognised."
Optional = Annotated[Text, StringConstraints(max_length=2_000)]


class SwitchForm(BaseModel):
    """Which pages the public sees; ``revision`` is the one that was read."""

    revision: int = 0
    figures: Literal["yes", ""] = ""
    answers: Literal["yes", ""] = ""


class FiguresForm(BaseModel):
    """The months that are published, from ``first`` on."""

    revision: int = 0
    first: Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$")]
    length: Annotated[int, Field(ge=3, le=12)]
    looked_at: Annotated[Literal["yes"], RequiredMessage(LOOKED_AT)]


class AnswerForm(BaseModel):
    """What was asked and done, in the words of the desk; English may be left empty. ``sure``: nobody is recognised."""

    revision: int = 0
    case: Hidden = ""
    asked_tr: Annotated[Reason, RequiredMessage("Please write what was asked.")]
    done_tr: Annotated[Reason, RequiredMessage("Please write what was done.")]
    asked_en: Optional = ""
    done_en: Optional = ""
    unit: str = ""
    sure: Literal["yes", ""] = ""


class PublicationForm(BaseModel):
    """Publish these words; ``revision`` is that of the ones that were read."""

    revision: int = 0
    confirmed: Annotated[Literal["yes"], RequiredMessage(UNRECOGNISABLE)]


class WithdrawalForm(BaseModel):
    """Publish it no longer."""

    revision: int = 0
