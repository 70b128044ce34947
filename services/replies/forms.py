"""The forms of the portal. Programs of mail servers fill in forms too: each asks for what only a person types."""

from datetime import date
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints

from services.replies.domain.assignment import Drawn
from shared.text import Body, Email, Line, Name, OptionalLine, OptionalName, Reason, Text
from shared.web.forms import RequiredMessage

UNPROVED = "Please type these four characters: %(check)s"
UNPROVED_DRAFT = "Your draft is saved as soon as you have typed the four characters."
HOW_MANY_DAYS = "Please enter a number of working days from 1 to 60."

WHICH_DAY = "Please choose a day, such as 2026-12-31."
FURTHEST = 2199
"""The last year that a promise may lie in: what an event can hold."""

Hidden = Annotated[str, StringConstraints(max_length=100)]


Day = Annotated[
    Annotated[date, Field(lt=date(FURTHEST + 1, 1, 1))] | None,
    BeforeValidator(lambda day: day or None),
    RequiredMessage(WHICH_DAY, WHICH_DAY),
]


class OnScreen(BaseModel):
    """What a form carries unseen: what it was drawn from, and an id of its own (``Drawn``)."""

    written: Hidden = ""
    form_id: Hidden = ""

    @property
    def drawn(self) -> Drawn:
        """The form on the person's screen."""
        return Drawn(self.written, self.form_id)


class ReplyForm(OnScreen):
    """The unit's solution (5.4). Without a name it is the unit's (``writing.reply``).

    ``promised_on``: by when it will be done. ``step``: preview shows what will be sent, edit the form again, take the
    form with the text that somebody else has saved; anything else sends it. ``shown_files``: those on the page before.
    """

    check: Text = ""
    text: Annotated[
        Body, RequiredMessage("Please write your reply.", "The reply needs at least {min_length} characters.")
    ]
    by: Annotated[
        OptionalName, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")
    ] = None
    promised_on: Day = None
    step: Hidden = ""
    shown_files: Annotated[str, StringConstraints(max_length=1_000)] = ""


class DraftForm(OnScreen):
    """What was typed so far."""

    check: Text = ""
    text: Text = ""
    by: Text = ""
    promised_on: Day = None


class DeclineForm(OnScreen):
    """The unit is not responsible for the case. Its fields stand on the same page as those of a reply."""

    decline_check: Text = ""
    reason: Annotated[
        Reason,
        RequiredMessage(
            "Please say why the case does not belong to your unit.",
            "The reason needs at least {min_length} characters.",
        ),
    ]
    suggested_unit: OptionalLine = None
    declined_by: Annotated[
        Name, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")
    ]


class ExtensionForm(BaseModel):
    """The unit asks for more time. Its fields stand on the same page as those of a reply."""

    extension_check: Text = ""
    extension_days: Annotated[int, Field(ge=1, le=60), RequiredMessage(HOW_MANY_DAYS, HOW_MANY_DAYS)]
    extension_reason: Annotated[
        Reason,
        RequiredMessage("Please say why you need more time.", "The reason needs at least {min_length} characters."),
    ]
    extension_by: Annotated[
        Name, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")
    ]


class ColleagueForm(BaseModel):
    """The message goes to a colleague. Its fields stand on the same page as those of a reply."""

    colleague_check: Text = ""
    colleague_name: Annotated[
        Name,
        RequiredMessage("Please write your colleague's name.", "The name needs at least {min_length} characters."),
    ]
    colleague_email: Annotated[Email, RequiredMessage("Please write your colleague's e-mail address.")]
    colleague_note: Text = ""
    colleague_by: Annotated[
        Name, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")
    ]


class BackForm(BaseModel):
    """A colleague's link is to be no longer valid. Its fields stand on the same page as those of a reply."""

    back_check: Text = ""
    holder_id: Annotated[Hidden, RequiredMessage("Please choose a colleague.")]
    back_by: Annotated[
        Name, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")
    ]


class QuestionForm(BaseModel):
    """What the unit wants to know from the submitter. Its fields stand on the same page as those of a reply."""

    question_check: Text = ""
    question: Annotated[
        Reason, RequiredMessage("Please write your question.", "The question needs at least {min_length} characters.")
    ]
    question_by: Annotated[
        Name, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")
    ]


class InterimForm(BaseModel):
    """What the unit can say before its reply. Its fields stand on the same page as those of a reply."""

    interim_check: Text = ""
    interim_text: Annotated[Body, RequiredMessage("Please write what you can say now.")]
    interim_by: Annotated[
        Name, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")
    ]


class NewLinkForm(BaseModel):
    """A reference number, or the unit's e-mail address."""

    wanted: Annotated[Line, RequiredMessage("Please write the reference number, or the e-mail address of your unit.")]


class WithdrawalForm(BaseModel):
    """The unit takes its reply back."""

    withdrawal_check: Text = ""
    withdrawal_reason: OptionalLine = None
    withdrawn_by: Annotated[
        Name, RequiredMessage("Please write your name.", "The name needs at least {min_length} characters.")
    ]
