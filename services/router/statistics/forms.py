"""The forms of the public page."""

from typing import Annotated, Literal

from pydantic import BaseModel, StringConstraints

from shared.text import Hidden, Reason, Text
from shared.web.forms import RequiredMessage

LOOKED_AT = "Please look at the tables, and confirm that they may be published."
UNRECOGNISABLE = "Please confirm that nobody can be recognised."
MONTHS = "Please choose the months."
Optional = Annotated[Text, StringConstraints(max_length=2_000)]


class SwitchForm(BaseModel):
    """Which pages the public sees; ``revision`` is the one that was read. Of ``first`` and ``length``, the tables of
    months that the page shows, nothing is needed here.
    """

    revision: int = 0
    first: str = ""
    length: str = ""
    figures: Literal["yes", ""] = ""
    answers: Literal["yes", ""] = ""


class FiguresForm(SwitchForm):
    """The months that are published, from ``first`` on; and what is ticked beside them, which stays ticked."""

    first: Annotated[str, StringConstraints(pattern=r"^\d{4}-(0[1-9]|1[0-2])$"), RequiredMessage(MONTHS, MONTHS)]
    length: Annotated[Literal["3", "6", "12"], RequiredMessage(MONTHS, MONTHS)]
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
