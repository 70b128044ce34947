"""The forms of the record."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.router.cases.domain.correcting import DETAILS
from services.router.records.domain.requests import Identity, Outcome, Wish
from shared.text import Body, Line, OptionalEmail, OptionalLine, OptionalName, OptionalPhone, Text
from shared.web.forms import RequiredMessage

WHO = "Please enter a name with surname, an e-mail address or a phone number."
WISHES = "Please choose what the person wants."
CHECKED = "Please choose how it was checked who they are."
A_DAY = "Please enter the day as it stands in the calendar."


class RequestForm(BaseModel):
    """What the person gave, how it was checked who they are, and what they want."""

    name: OptionalName = None
    email: OptionalEmail = None
    phone: OptionalPhone = None
    identity: Annotated[Identity, RequiredMessage(CHECKED, CHECKED)]
    identity_note: OptionalLine = None
    wishes: Annotated[list[Wish], Field(min_length=1, max_length=3), RequiredMessage(WISHES, WISHES)] = []
    wish_text: Text = ""
    received: Annotated[date, RequiredMessage(A_DAY, A_DAY)]


class ConfirmationForm(BaseModel):
    """The keys of the groups that were shown, and of those that are the person's."""

    shown: Annotated[list[str], Field(max_length=5_000)] = []
    theirs: Annotated[list[str], Field(max_length=5_000)] = []


class StepForm(BaseModel):
    """A step without anything to be filled in."""


class CorrectionForm(BaseModel):
    """Name, address and phone as they are from now on; what is empty stays as it is in each message.

    ``deletes``: the names of those that are deleted from all messages instead. ``before``: a mark for each value that
    stood in a message when the form was shown.
    """

    name: OptionalName = None
    email: OptionalEmail = None
    phone: OptionalPhone = None
    deletes: Annotated[list[Line], Field(max_length=len(DETAILS))] = []
    before: Annotated[list[Line], Field(max_length=15_000)] = []


class ErasureForm(BaseModel):
    """One decision for each group, ``<key>=<decision>``, and the reference of the request, typed once more.

    ``everything``: the same decision for all groups, before those of each.
    """

    everything: OptionalLine = None
    decisions: Annotated[list[str], Field(max_length=5_000)] = []
    reference: Annotated[Line, RequiredMessage("Please enter the reference of the request.")]


class AnswerForm(BaseModel):
    """What came of the request, the text of the answer, and how the person got it."""

    outcome: Annotated[Outcome, RequiredMessage("Please choose what came of the request.")]
    answer: Annotated[Body, RequiredMessage("Please write the answer.")]
    given: Annotated[
        Literal["registered_mail", "post", "email", "in_person"], RequiredMessage("Please choose how it is given.")
    ]
