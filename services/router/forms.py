"""What the officers' browsers send, made valid."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.router.domain.case import ClosureReason
from shared.text import Body, Email, Line, Reason, Text
from shared.web.forms import RequiredMessage


class LoginForm(BaseModel):
    """Who are you?"""

    email: Annotated[str, Field(max_length=254, min_length=1), RequiredMessage("Please enter your e-mail address.")]
    password: Annotated[str, Field(max_length=256, min_length=1), RequiredMessage("Please enter your password.")]
    next: str = "/"


class RoutingForm(BaseModel):
    """To whom the case goes, and what they are given to read (5.3)."""

    units: Annotated[list[str], Field(min_length=1, max_length=10), RequiredMessage("Please choose at least one unit.")]
    note: Text = ""
    text: Annotated[Body, RequiredMessage("Please leave the unit a text to read.")]
    share_identity: Literal["yes", ""] = ""


class RecallForm(BaseModel):
    """Why an assignment is taken back."""

    reason: Annotated[Reason, RequiredMessage("Please say why the assignment is recalled.")]


class ReturnForm(BaseModel):
    """Why a reply goes back to its unit, and which version of it."""

    reason: Annotated[Reason, RequiredMessage("Please tell the unit what to revise.")]
    version: int


class ReviewForm(BaseModel):
    """The answer, and the replies the officer has seen (5.5)."""

    answer: Annotated[Body, RequiredMessage("Please write the answer.")]
    versions: list[str] = []
    waived_because: Text = ""


class ClosureForm(BaseModel):
    """Why a case is closed, and what the person who wrote is told."""

    reason: Annotated[ClosureReason, RequiredMessage("Please choose a reason.")]
    explanation: Text = ""


class ChoiceForm(BaseModel):
    """Which parked events are meant."""

    service: Annotated[str, Field(max_length=40)] = ""
    event_id: Annotated[str, Field(max_length=255)] = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class DiscardForm(BaseModel):
    """Why a parked event is thrown away."""

    because: Annotated[Reason, RequiredMessage("Please say why this event is not needed.")]


class UnitForm(BaseModel):
    """An entry of the directory."""

    code: Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$"), RequiredMessage("Please enter a short code.")]
    parent: Annotated[str, Field(pattern=r"^[a-z0-9-]{0,40}$")] = ""
    kind: Literal["administrative", "faculty", "department", "vocational_school", "institute", "other"] = "other"
    name_tr: Annotated[Line, RequiredMessage("Please enter the Turkish name.")]
    name_en: Annotated[Line, RequiredMessage("Please enter the English name.")]
    email: Annotated[Email, RequiredMessage("Please enter the unit's e-mail address.")]
    active: Literal["yes", ""] = ""


class TableForm(BaseModel):
    """A table of units, pasted or typed."""

    table: Annotated[str, Field(min_length=1, max_length=200_000), RequiredMessage("Please paste the table.")]
