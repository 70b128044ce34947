"""What administrators send about webhooks, made valid."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from shared.text import Name
from shared.web.forms import RequiredMessage


class WebhookForm(BaseModel):
    """A webhook; ``revision`` is the one that was shown."""

    revision: int | None = None
    name: Annotated[Name, RequiredMessage("Please enter a name.")]
    address: Annotated[
        str,
        StringConstraints(strip_whitespace=True, min_length=1, max_length=1_000),
        RequiredMessage("Please enter the address."),
    ]
    happenings: Annotated[
        list[Literal["opened", "answered", "closed"]],
        Field(min_length=1, max_length=3),
        RequiredMessage("Please choose at least one.", wrong="Please choose at least one."),
    ] = []
    personal: Literal["yes", ""] = ""
    active: Literal["yes", ""] = ""


class ButtonForm(BaseModel):
    """A button."""
