"""The log-in form."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.text import Hidden
from shared.web.forms import RequiredMessage


class LoginForm(BaseModel):
    """E-mail address and password. ``next`` is the path to open after the log-in."""

    email: Annotated[str, Field(max_length=254, min_length=1), RequiredMessage("Please enter your e-mail address.")]
    password: Annotated[str, Field(max_length=256, min_length=1), RequiredMessage("Please enter your password.")]
    next: Hidden = "/"
