"""What documents are made of. A part keeps what a newer version added to it, and never writes it away."""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field

E = TypeVar("E", bound=StrEnum)

Open = Annotated[E | str, Field(union_mode="left_to_right")]
"""``Open[CaseState]``: one of the enumeration, or a value of a newer version, which is kept as the text it is."""


class State(BaseModel):
    """An aggregate, or a part of one. Never changed in place; fields that we do not know are kept."""

    model_config = ConfigDict(frozen=True, extra="allow")


class Actor(State):
    """Who did something: ``submitter`` (id of the message), ``officer`` (of the account), ``unit`` (of the
    assignment) or ``system`` (of the job). Their name is looked up when a page is drawn.
    """

    kind: str
    id: str
