"""The forms of signing in, of people and of one's own account."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.router.access import Role
from shared.text import Email, Hidden, Name
from shared.web.forms import RequiredMessage

Password = Annotated[str, Field(max_length=256, min_length=1)]
NO_PASSWORD = RequiredMessage("Please enter your password.")


class LoginForm(BaseModel):
    """E-mail address and password. ``next`` is the path to open after the log-in."""

    email: Annotated[str, Field(max_length=254, min_length=1), RequiredMessage("Please enter your e-mail address.")]
    password: Annotated[Password, NO_PASSWORD]
    next: Hidden = "/"


class NoFields(BaseModel):
    """A button."""


class PersonForm(BaseModel):
    """A person of the desk; ``revision`` is the one that the administrator saw."""

    name: Annotated[Name, RequiredMessage("Please enter the name.")]
    email: Annotated[Email, RequiredMessage("Please enter the e-mail address.")]
    role: Annotated[Role, RequiredMessage("Please choose a role.")]
    language: Literal["tr", "en"] = "tr"
    revision: int | None = None
    then: Hidden = ""
    """``another``: after this invitation the next one."""


class NewPasswordForm(BaseModel):
    """A password, twice."""

    password: Annotated[Password, RequiredMessage("Please enter a password.")]
    password_again: Annotated[Password, RequiredMessage("Please enter the password once more.")]


class OwnPasswordForm(NewPasswordForm):
    """The password until now, and a new one."""

    old_password: Annotated[Password, RequiredMessage("Please enter the password that you have now.")]


class ResetForm(BaseModel):
    """Who has forgotten the password."""

    email: Annotated[str, Field(max_length=254, min_length=1), RequiredMessage("Please enter your e-mail address.")]


class FirstForm(NewPasswordForm):
    """The first administrator."""

    name: Annotated[Name, RequiredMessage("Please enter the name.")]
    email: Annotated[Email, RequiredMessage("Please enter the e-mail address.")]


class CodeForm(BaseModel):
    """A code of the authenticator, or a recovery code."""

    one_time_code: Annotated[str, Field(max_length=40, min_length=1), RequiredMessage("Please enter the code.")]


class SetUpForm(CodeForm):
    """The first code of a new authenticator; ``setup`` is its secret, sealed."""

    setup: Hidden = ""


class OwnSetUpForm(SetUpForm):
    """The same, by somebody who is signed in."""

    password: Annotated[Password, NO_PASSWORD]


class ConfirmForm(BaseModel):
    """The password, before something is taken away."""

    password: Annotated[Password, NO_PASSWORD]


class OwnForm(BaseModel):
    """What people may change of themselves."""

    name: Annotated[Name, RequiredMessage("Please enter the name.")]
    language: Literal["tr", "en"] = "tr"
    digest: Literal["yes", ""] = ""


class SessionForm(BaseModel):
    """Which session ends; ``others``: all but this one."""

    session: Annotated[str, Field(max_length=100, min_length=1)]
