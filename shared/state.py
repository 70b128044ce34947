"""Base classes of documents and their parts. They keep the fields and values that a newer version added."""

from enum import StrEnum
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

E = TypeVar("E", bound=StrEnum)

Open = Annotated[E | str, Field(union_mode="left_to_right")]
"""``Open[CaseState]``: a member of the enumeration, or a string that a newer version stored."""


class State(BaseModel):
    """An aggregate, or a part of one. Immutable; unknown fields are kept.

    ``from_attributes`` copies parts of events field by field: documents contain no class of ``shared.events``.
    """

    model_config = ConfigDict(frozen=True, extra="allow", from_attributes=True)


class Aggregate(State):
    """The state of one document. ``revision`` counts its changes."""

    id: str
    revision: int = 0


class Actor(State):
    """Who did something. ``kind`` and ``id``: ``submitter`` (message id), ``officer`` (account id), ``unit``
    (assignment id) or ``system`` (job). Pages look the name up when they are rendered.
    """

    kind: str
    id: str


class Person(State):
    """The person who wrote a message. Every field is optional."""

    name: str | None = None
    email: str | None = None
    phone: str | None = None


class UnitRef(State):
    """A unit with its names and e-mail address at that time."""

    code: str
    name_tr: str
    name_en: str
    email: str


class UnitName(State):
    """A unit, without its address."""

    code: str
    name_tr: str
    name_en: str


class KeptFile(State):
    """A file, as the ``FileRef`` of an event names it. Its ``owner``, a service, stores it."""

    id: str
    owner: str
    name: str
    type: str
    size: int
    sha256: str
    state: str
    preview: bool = False


def without_values(error: ValidationError) -> str:
    """The invalid fields with their error types; without values, which may be personal data."""
    faults = (f"{'.'.join(str(part) for part in e['loc'])}: {e['type']}" for e in error.errors(include_input=False))
    return "does not fit the schema: " + "; ".join(faults)
