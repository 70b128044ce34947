"""The forms about cases."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.router.cases.domain.states import ClosureReason, ObjectionDecision, Priority
from shared.kinds import Kind
from shared.text import Body, Hidden, Reason, Text
from shared.web.forms import RequiredMessage

HOW_MANY_DAYS = "Please enter a number of working days from 1 to 60."
WHAT_IS_DONE = "Please choose what is done."


class ActForm(BaseModel):
    """What every form about a case has: the revision of the case that the officer saw."""

    revision: int | None = None


class RoutingForm(ActForm):
    """The units, and the text and the files that they get (procedure 5.3)."""

    units: Annotated[list[str], Field(min_length=1, max_length=10), RequiredMessage("Please choose at least one unit.")]
    note: Text = ""
    text: Annotated[
        Body,
        RequiredMessage("Please leave the unit a text to read.", "The text needs at least {min_length} characters."),
    ]
    share_identity: Literal["yes", ""] = ""
    files: Annotated[list[str], Field(max_length=100)] = []


class RecallForm(ActForm):
    """The reason for a recall."""

    reason: Annotated[
        Reason,
        RequiredMessage(
            "Please say why the assignment is recalled.", "The reason needs at least {min_length} characters."
        ),
    ]


class ReturnForm(ActForm):
    """The reason for a return, the version of the reply, and the working days that the unit has.

    A form of the version before this one has no ``days``.
    """

    reason: Annotated[
        Reason,
        RequiredMessage("Please tell the unit what to revise.", "The reason needs at least {min_length} characters."),
    ]
    days: Annotated[int | None, Field(ge=1, le=60), RequiredMessage(HOW_MANY_DAYS, HOW_MANY_DAYS)] = None
    version: int


class ReviewForm(ActForm):
    """The answer, and the replies that the officer saw (procedure 5.5)."""

    answer: Annotated[
        Body, RequiredMessage("Please write the answer.", "The answer needs at least {min_length} characters.")
    ]
    versions: list[str] = []
    waived_because: Text = ""


class ClosureForm(ActForm):
    """The reason for closing a case, and the explanation for the submitter; empty: the usual one for that reason."""

    reason: Annotated[ClosureReason, RequiredMessage("Please choose a reason.")]
    explanation: Text = ""


class QuestionForm(ActForm):
    """A question to the submitter."""

    text: Annotated[
        Body, RequiredMessage("Please write the question.", "The question needs at least {min_length} characters.")
    ]


class ObjectionForm(ActForm):
    """The decision about an objection, and the explanation for the submitter; empty: the usual one."""

    decision: Annotated[ObjectionDecision, RequiredMessage(WHAT_IS_DONE, WHAT_IS_DONE)]
    explanation: Text = ""


class ReadingForm(ActForm):
    """That a message is wanted or unwanted, or that the news of a case were looked at."""

    said: Literal["wanted", "unwanted", "looked_at"]


class HeldLetterForm(BaseModel):
    """The decision about a held letter."""

    decision: Literal["release", "discard"]


class ClaimForm(ActForm):
    """To whom the case is given: an account id; empty: to nobody. ``before``: whose the page said that it is."""

    officer: Hidden = ""
    before: Hidden | None = None


class PriorityForm(ActForm):
    """How urgent the case is, and how urgent the page said that it is."""

    priority: Priority
    before: Hidden | None = None


class KindForm(ActForm):
    """Of which kind the case is, and of which the page said that it is."""

    kind: Kind
    before: Hidden | None = None


class TagsForm(ActForm):
    """The tags, between commas, and those that the page showed."""

    tags: Text = ""
    before: Hidden | None = None


class NoteForm(ActForm):
    """A note for colleagues."""

    remark: Annotated[Body, RequiredMessage("Please write the note.")]


class CopyForm(ActForm):
    """The copy for units; ``hidden`` is what is blacked out in it, ``everything``: all that is found.

    ``before`` is the fingerprint of the copy that the page showed.
    """

    text: Annotated[Body, RequiredMessage("Please leave the unit a text to read.")]
    hidden: Annotated[list[str], Field(max_length=1000)] = []
    everything: Literal["yes", ""] = ""
    before: Hidden | None = None


class ReopeningForm(ActForm):
    """Why a case is opened again."""

    reason: Annotated[
        Reason,
        RequiredMessage(
            "Please say why the case is opened again.", "The reason needs at least {min_length} characters."
        ),
    ]
