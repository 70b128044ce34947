"""What the officers' browsers send about cases, made valid."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.router.cases.domain.case import ClosureReason
from shared.text import Body, Reason, Text
from shared.web.forms import RequiredMessage


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
