"""What documents are made of. A part keeps what a newer version added to it, and never writes it away."""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

E = TypeVar("E", bound=StrEnum)

Open = Annotated[E | str, Field(union_mode="left_to_right")]
"""``Open[CaseState]``: one of the enumeration, or a value of a newer version, which is kept as the text it is."""


class State(BaseModel):
    """An aggregate, or a part of one. Never changed in place; fields that we do not know are kept.

    A part of an event is taken field by field (``from_attributes``): documents keep no class of ``shared.events``.
    """

    model_config = ConfigDict(frozen=True, extra="allow", from_attributes=True)


class Aggregate(State):
    """A document of its own. ``revision`` counts its changes."""

    id: str
    revision: int = 0


class Actor(State):
    """Who did something: ``submitter`` (id of the message), ``officer`` (of the account), ``unit`` (of the
    assignment) or ``system`` (of the job). Their name is looked up when a page is drawn.
    """

    kind: str
    id: str


class Person(State):
    """Somebody who wrote, as far as they said who they are."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class UnitRef(State):
    """A unit as it was called, and written to, at that time."""

    code: str
    name_tr: str
    name_en: str
    email: str


def without_values(error: ValidationError) -> str:
    """What does not fit, field by field, without the values: they may be personal data."""
    faults = (f"{'.'.join(str(part) for part in e['loc'])}: {e['type']}" for e in error.errors(include_input=False))
    return "does not fit the schema: " + "; ".join(faults)
