"""What administrators send about parked events, made valid."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.text import Reason
from shared.web.forms import RequiredMessage


class ChoiceForm(BaseModel):
    """Which parked events are meant."""

    service: Annotated[str, Field(max_length=40)] = ""
    event_id: Annotated[str, Field(max_length=255)] = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class DiscardForm(BaseModel):
    """Why a parked event is thrown away."""

    because: Annotated[Reason, RequiredMessage("Please say why this event is not needed.")]
