"""What somebody sends to sign in, made valid."""

from typing import Annotated

from pydantic import BaseModel, Field

from shared.web.forms import RequiredMessage


class LoginForm(BaseModel):
    """Who are you?"""

    email: Annotated[str, Field(max_length=254, min_length=1), RequiredMessage("Please enter your e-mail address.")]
    password: Annotated[str, Field(max_length=256, min_length=1), RequiredMessage("Please enter your password.")]
    next: str = "/"
