"""The forms of the directory."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.router.directory.domain.units import Code, Unit, UnitEntry
from shared.text import Email, Line, Name
from shared.web.forms import RequiredMessage

WRONG_CODE = "A code has lower-case letters from a to z, digits and hyphens, and is no word that this page uses itself."
WRONG_DAY = "Please enter a day."


Day = Annotated[date, Field(ge=date(2000, 1, 1), lt=date(2200, 1, 1)), RequiredMessage(WRONG_DAY, WRONG_DAY)]
"""Of the years that an event may name."""


class UnitForm(UnitEntry):
    """The form for one unit; ``revision`` is the one that the administrator saw."""

    revision: int | None = None

    code: Annotated[Code, RequiredMessage("Please enter a short code.", WRONG_CODE)]
    kind: Literal[
        "administrative",
        "faculty",
        "department",
        "school",
        "vocational_school",
        "institute",
        "coordination",
        "research_centre",
        "other",
    ] = "other"
    name_tr: Annotated[Line, RequiredMessage("Please enter the Turkish name.")]
    name_en: Annotated[Line, RequiredMessage("Please enter the English name.")]
    email: Annotated[Email, RequiredMessage("Please enter the unit's e-mail address.")]
    takes_compliments: Literal["yes", ""] = ""
    active: Literal["yes", ""] = ""

    def changed(self, base: Unit | None = None) -> Unit:
        """The unit with what the form says."""
        return self.unit(base, takes_compliments=self.takes_compliments == "yes", active=self.active == "yes")


class DeputyForm(BaseModel):
    """Who stands in, from one day to another, both included."""

    name: Annotated[Name, RequiredMessage("Please enter the name of the deputy.")]
    email: Annotated[Email, RequiredMessage("Please enter the e-mail address of the deputy.")]
    role: Literal["responsible", "head"] = "responsible"
    first_day: Day
    last_day: Day


class WishForm(BaseModel):
    """Nothing but the wish."""


class TableForm(BaseModel):
    """The form for a table of units: pasted, unless a file was sent. ``erase``: empty cells erase what is there."""

    table: Annotated[str, Field(max_length=500_000)] = ""
    erase: Literal["yes", ""] = ""


class ApplyForm(BaseModel):
    """What somebody wants to apply: the plan with this ``digest``."""

    digest: str = ""
