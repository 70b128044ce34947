"""The forms of the portal."""

from typing import Annotated, Literal

from pydantic import BaseModel

from shared.text import Body, Name, OptionalLine, Reason, Text
from shared.web.forms import RequiredMessage


class ReplyForm(BaseModel):
    """The unit's solution (5.4). Mail scanners submit forms, so this one needs typed text and a confirmation."""

    text: Annotated[
        Body, RequiredMessage("Please write your reply.", "The reply needs at least {min_length} characters.")
    ]
    by: Annotated[Name, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")]
    confirmed: Annotated[Literal["yes"], RequiredMessage("Please confirm that this is your unit's reply.")]


class DraftForm(BaseModel):
    """What was typed so far."""

    text: Text = ""
    by: Text = ""


class DeclineForm(BaseModel):
    """The unit is not responsible for the case."""

    reason: Annotated[
        Reason,
        RequiredMessage(
            "Please say why the case does not belong to your unit.",
            "The reason needs at least {min_length} characters.",
        ),
    ]
    suggested_unit: OptionalLine = None
    declined_by: Annotated[
        Name, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")
    ]
