"""The forms about cases."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.router.cases.domain.case import ClosureReason
from shared.text import Body, Reason, Text
from shared.web.forms import RequiredMessage


class RoutingForm(BaseModel):
    """The units, and the text that they read (procedure 5.3)."""

    units: Annotated[list[str], Field(min_length=1, max_length=10), RequiredMessage("Please choose at least one unit.")]
    note: Text = ""
    text: Annotated[Body, RequiredMessage("Please leave the unit a text to read.")]
    share_identity: Literal["yes", ""] = ""


class RecallForm(BaseModel):
    """The reason for a recall."""

    reason: Annotated[Reason, RequiredMessage("Please say why the assignment is recalled.")]


class ReturnForm(BaseModel):
    """The reason for a return, and the version of the reply."""

    reason: Annotated[Reason, RequiredMessage("Please tell the unit what to revise.")]
    version: int


class ReviewForm(BaseModel):
    """The answer, and the replies that the officer saw (procedure 5.5)."""

    answer: Annotated[Body, RequiredMessage("Please write the answer.")]
    versions: list[str] = []
    waived_because: Text = ""


class ClosureForm(BaseModel):
    """The reason for closing a case, and the explanation for the submitter."""

    reason: Annotated[ClosureReason, RequiredMessage("Please choose a reason.")]
    explanation: Text = ""


class HeldLetterForm(BaseModel):
    """The decision about a held letter."""

    decision: Literal["release", "discard"]
