"""What the units' browsers send, made valid."""

from typing import Annotated, Literal

from pydantic import BaseModel

from shared.text import Body, Name, OptionalLine, Reason, Text
from shared.web.forms import RequiredMessage


class ReplyForm(BaseModel):
    """The unit's solution (5.4). Mail scanners submit forms: an answer needs typed text and an explicit word."""

    text: Annotated[Body, RequiredMessage("Please write your reply.")]
    by: Annotated[Name, RequiredMessage("Please write your name.")]
    confirmed: Annotated[Literal["yes"], RequiredMessage("Please confirm that this is your unit's reply.")]


class DraftForm(BaseModel):
    """What was typed so far."""

    text: Text = ""
    by: Text = ""


class DeclineForm(BaseModel):
    """The case is not this unit's."""

    reason: Annotated[Reason, RequiredMessage("Please say why the case does not belong to your unit.")]
    suggested_unit: OptionalLine = None
    declined_by: Annotated[Name, RequiredMessage("Please write your name.")]
