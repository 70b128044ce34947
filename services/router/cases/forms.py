"""The forms about cases."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.router.cases.domain.states import ClosureReason, ObjectionDecision
from shared.text import Body, Hidden, Name, Reason, Text
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
    """That a doubtful message is wanted, or that the news of a case were looked at."""

    said: Literal["wanted", "looked_at"]


class RelatedForm(ActForm):
    """What is done about another case: ``act`` is link, unlink, merge or separate; perhaps with the other's reference,
    as ``merge:26-7KX4-9Q``. Without it, ``reference`` was typed.
    """

    act: Annotated[
        str,
        Field(pattern="^(separate|(link|unlink|merge)(:[0-9A-Z-]{1,20})?)$"),
        RequiredMessage(WHAT_IS_DONE, WHAT_IS_DONE),
    ]
    reference: Hidden = ""

    @property
    def chosen(self) -> tuple[str, str]:
        """What is done, and the reference."""
        act, _, reference = self.act.partition(":")
        return act, reference or self.reference


class TogetherForm(BaseModel):
    """One answer for the chosen ``cases``, each as ``<id>@<revision that the officer saw>``."""

    answer: Annotated[
        Body, RequiredMessage("Please write the answer.", "The answer needs at least {min_length} characters.")
    ]
    cases: Annotated[
        list[Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]+@[0-9]{1,9}$")]],
        Field(min_length=1, max_length=60),
        RequiredMessage("Please choose at least one case."),
    ]

    @property
    def chosen(self) -> list[tuple[str, int]]:
        """The ids and revisions."""
        return [(case_id, int(revision)) for case_id, _, revision in (one.partition("@") for one in self.cases)]


class TellingForm(ReviewForm):
    """An answer that was given by telephone, on paper or at the counter; ``told_of`` is who gave it."""

    channel: Annotated[Literal["telephone", "counter", "paper"], RequiredMessage("Please choose how it was given.")]
    day: Annotated[date, RequiredMessage("Please enter the day.", "Please enter the day.")]
    told_of: Annotated[Name, RequiredMessage("Please enter who gave the answer.")]


class HeldLetterForm(BaseModel):
    """The decision about a held letter."""

    decision: Literal["release", "discard"]
