"""The forms of the directory."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from services.router.directory.domain import UnitEntry
from shared.text import Email, Line
from shared.web.forms import RequiredMessage


class UnitForm(UnitEntry):
    """The form for one unit; ``revision`` is the one that the administrator saw."""

    revision: int | None = None

    code: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]{1,40}$"), RequiredMessage("Please enter a short code.")]
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
    active: Literal["yes", ""] = ""


class TableForm(BaseModel):
    """The form for a table of units (CSV)."""

    table: Annotated[str, Field(min_length=1, max_length=200_000), RequiredMessage("Please paste the table.")]
