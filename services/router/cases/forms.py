"""The forms about cases."""

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, Field, StringConstraints, model_validator

from services.router.cases.domain.promises import WHICH_DAY as WHICH_PROMISED_DAY
from services.router.cases.domain.review import WHICH_DAY
from services.router.cases.domain.states import ClosureReason, ObjectionDecision, Priority
from shared.text import Body, Email, Hidden, Name, Reason, Text
from shared.web.forms import RequiredMessage

HOW_MANY_DAYS = "Please enter a number of working days from 1 to 60."
WHY_NOT = "Please tell the unit why it gets no more time."
SHORTEST_REASON = 3
WHO_READS = "Please choose who may read the case."
RETURNS = {
    "incomplete": ("Incomplete", "Please answer every point of the message."),
    "unclear": ("Hard to understand", "Please write it without abbreviations and technical terms."),
    "no_basis": ("Without a basis", "Please name the rule or the decision on which the reply is based."),
    "no_date": ("Without a date", "Please say when it was or will be done."),
    "other_people": ("Data of other people", "Please leave out what concerns other people."),
}
"""Reasons for which a reply is returned: their names, and what the unit reads."""
Days = Annotated[int | None, Field(ge=1, le=60), BeforeValidator(lambda text: text.strip() or None)]
"""Working days; empty: the usual ones."""
WHAT_IS_DONE = "Please choose what is done."


class ActForm(BaseModel):
    """What every form about a case has: the revision of the case that the officer saw.

    ``fill``: only put the text of the template with the id ``template`` below what is written. ``templates``: what was
    put into it, each as ``<id>:<version>`` (``texts.store.Templates.used``).
    """

    revision: int | None = None
    templates: Hidden = ""
    template: str = ""
    fill: Literal["yes", ""] = ""


class RoutingForm(ActForm):
    """The units, and the text and the files that they get (procedure 5.3).

    ``unit_codes``, ``unit_notes`` and ``unit_days`` are lists of the same units: what each gets beside the common note,
    and its working days, if they are others. ``look``: only show these fields for the chosen units.
    """

    units: Annotated[list[str], Field(min_length=1, max_length=10), RequiredMessage("Please choose at least one unit.")]
    note: Text = ""
    text: Annotated[
        Body,
        RequiredMessage("Please leave the unit a text to read.", "The text needs at least {min_length} characters."),
    ]
    share_identity: Literal["yes", ""] = ""
    files: Annotated[list[str], Field(max_length=100)] = []
    unit_codes: Annotated[list[str], Field(max_length=100)] = []
    unit_notes: Annotated[list[Text], Field(max_length=100)] = []
    unit_days: Annotated[list[Days], Field(max_length=100), RequiredMessage(HOW_MANY_DAYS, HOW_MANY_DAYS)] = []
    look: Literal["units", ""] = ""

    @property
    def own(self) -> dict[str, tuple[str, int | None]]:
        """Note and working days by the code of the unit."""
        given = zip(self.unit_codes, self.unit_notes, self.unit_days, strict=False)
        return {code: (note, days) for code, note, days in given}


class RecallForm(ActForm):
    """The reason for a recall."""

    reason: Annotated[
        Reason,
        RequiredMessage(
            "Please say why the assignment is recalled.", "The reason needs at least {min_length} characters."
        ),
    ]


class ReturnForm(ActForm):
    """The reason for a return (``because``: its key in RETURNS), the version of the reply, and the last day.

    Instead of a day, a form of the version before this one has working days.
    """

    because: str = ""
    reason: Annotated[
        Reason,
        RequiredMessage("Please tell the unit what to revise.", "The reason needs at least {min_length} characters."),
    ]
    days: Annotated[int | None, Field(ge=1, le=60), RequiredMessage(HOW_MANY_DAYS, HOW_MANY_DAYS)] = None
    last_day: Annotated[date | None, RequiredMessage(WHICH_DAY, WHICH_DAY)] = None
    version: int

    @model_validator(mode="before")
    @classmethod
    def _because(cls, given: dict[str, Any]) -> dict[str, Any]:
        """A reason from the list needs no words."""
        listed = RETURNS.get(given.get("because", ""))
        return given if listed is None or given.get("reason", "").strip() else {**given, "reason": listed[1]}


class ReviewForm(ActForm):
    """The answer, and the replies that the officer saw (procedure 5.5). ``look``: only show the letter.

    ``files``: ids of the units' files that go with it. ``promised_on``: the day on which the submitter is asked whether
    ``promise`` was done; empty: nothing is promised.
    """

    answer: Annotated[
        Body, RequiredMessage("Please write the answer.", "The answer needs at least {min_length} characters.")
    ]
    versions: list[str] = []
    waived_because: Text = ""
    checked: Annotated[list[str], Field(max_length=50)] = []
    files: Annotated[list[str], Field(max_length=100)] = []
    promised_on: Annotated[
        date | None,
        BeforeValidator(lambda given: given or None),
        RequiredMessage(WHICH_PROMISED_DAY, WHICH_PROMISED_DAY),
    ] = None
    promise: Text = ""
    look: Literal["yes", ""] = ""


class ApprovalForm(ActForm):
    """What a colleague says about an answer that waits for approval."""

    decision: Annotated[Literal["approve", "give_back"], RequiredMessage(WHAT_IS_DONE, WHAT_IS_DONE)]
    reason: Text = ""


class ClosureForm(ActForm):
    """The reason for closing a case, and the explanation for the submitter; empty: the usual one for that reason."""

    reason: Annotated[ClosureReason, RequiredMessage("Please choose a reason.")]
    explanation: Text = ""


class InterimForm(ActForm):
    """An interim answer; ``interim``: from which interim reply of a unit. ``look``: only show the letter."""

    answer: Annotated[
        Body, RequiredMessage("Please write the interim answer.", "The answer needs at least {min_length} characters.")
    ]
    interim: Hidden = ""
    look: Literal["yes", ""] = ""


class QuestionForm(ActForm):
    """A question to the submitter; ``proposal``: which a unit wanted to ask."""

    proposal: Hidden = ""

    text: Annotated[
        Body, RequiredMessage("Please write the question.", "The question needs at least {min_length} characters.")
    ]


class UnaskedForm(ActForm):
    """Why a unit's question is not asked."""

    reason: Annotated[
        Reason,
        RequiredMessage(
            "Please tell the unit why the question is not asked.", "The reason needs at least {min_length} characters."
        ),
    ]


class ObjectionForm(ActForm):
    """The decision about an objection, and the explanation for the submitter; empty: the usual one."""

    decision: Annotated[ObjectionDecision, RequiredMessage(WHAT_IS_DONE, WHAT_IS_DONE)]
    explanation: Text = ""


class ReadingForm(ActForm):
    """That a message is wanted or unwanted, or that the news of a case were looked at."""

    said: Literal["wanted", "unwanted", "looked_at"]


class RestrictionForm(ActForm):
    """Why a case is restricted, ``none`` to end it; and the account ids of those who may read it."""

    why: Annotated[Literal["officer", "harassment", "health", "none"], RequiredMessage("Please choose a reason.")]
    to: Annotated[list[str], Field(max_length=100)] = []


class ReaderForm(BaseModel):
    """The account id of somebody who may read a restricted case."""

    reader: Annotated[str, Field(min_length=1, max_length=100), RequiredMessage(WHO_READS, WHO_READS)]


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


class ResendForm(BaseModel):
    """The wish that a letter is sent again; ``back``: the page from which it comes."""

    back: Literal["case", ""] = ""


class AddressForm(BaseModel):
    """The address to which a letter goes instead, and all further ones to its submitter."""

    email: Annotated[Email, RequiredMessage("Please enter the e-mail address.")]


class DealtWithForm(BaseModel):
    """How the recipient heard what stands in the letter."""

    said: Annotated[
        Reason,
        RequiredMessage("Please say how the recipient was told.", "The text needs at least {min_length} characters."),
    ]


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

    kind: Annotated[str, StringConstraints(min_length=1, max_length=40)]
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


class HoldForm(ActForm):
    """Why a case must not be destroyed, or may be again."""

    why: Annotated[
        Reason,
        RequiredMessage(
            "Please say why: the lawsuit, the inquiry or the decision.",
            "The reason needs at least {min_length} characters.",
        ),
    ]


class SavingForm(BaseModel):
    """The name under which a list is saved; ``address`` has the list's parameters."""

    name: Annotated[
        Name, RequiredMessage("Please enter a name for the list.", "The name needs at least {min_length} characters.")
    ]
    address: Hidden = ""


class UnsavingForm(BaseModel):
    """The wish that a saved list is removed; ``address`` is where the person comes from."""

    address: Hidden = ""


class ExtensionForm(ActForm):
    """Whether a unit gets more time: so many working days, or none for a reason. ``request_id``: what is decided."""

    request_id: Hidden = ""
    decision: Annotated[Literal["grant", "refuse"], RequiredMessage("Please choose what you decide.")]
    days: Annotated[
        Annotated[int, Field(ge=1, le=60)] | None,
        BeforeValidator(lambda given: given or None),
        RequiredMessage(HOW_MANY_DAYS, HOW_MANY_DAYS),
    ] = None
    reason: Text = ""

    @property
    def missing(self) -> dict[str, str]:
        """What the decision needs and has not, as msgids by field."""
        if self.decision == "grant":
            return {} if self.days else {"days": HOW_MANY_DAYS}
        return {} if len(self.reason.strip()) >= SHORTEST_REASON else {"reason": WHY_NOT}


class AdoptionForm(ActForm):
    """A unit's mail is taken as its reply."""

    taken: Annotated[Literal["yes"], RequiredMessage(WHAT_IS_DONE)]


class MailRefusalForm(ActForm):
    """Why a unit's mail is not taken as its reply."""

    reason: Annotated[
        Reason,
        RequiredMessage(
            "Please tell the unit why its e-mail is not its reply.",
            "The reason needs at least {min_length} characters.",
        ),
    ]


class IncomingForm(BaseModel):
    """What is done with a mail of no case: a case of this ``kind``, put into the case ``reference``, or nothing."""

    act: Annotated[Literal["case", "attach", "dealt_with"], RequiredMessage(WHAT_IS_DONE)]
    kind: Hidden = ""
    reference: Hidden = ""
