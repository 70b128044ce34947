"""The forms of the public pages."""

from collections.abc import Iterable
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, TypeAdapter, model_validator

from services.intake.domain.message import KindId, Role, Submission
from shared.addresses import deliverable, probably_meant
from shared.kinds import Kind
from shared.text import Body, Email, Hidden, OptionalCode, OptionalEmail, OptionalName, OptionalPhone, Subject, Text
from shared.web.forms import Form, RequiredMessage

_EMAIL: TypeAdapter[str | None] = TypeAdapter(OptionalEmail)


class MessageForm(BaseModel):
    """The public form (5.2). ``once`` is random, made when the form is shown: sending it twice is the same message.

    ``email_asked`` is the address that the visitor was asked about, ``email_meant`` the one they chose in its place.
    ``step``: preview shows the message before it is sent, edit the form again; anything else sends it.
    People do not see ``website``: programs fill it in. ``proof`` is a solution of a challenge, ``shown`` the token of
    the page that asks to confirm. ``ticket`` is that of an officer who enters it for somebody (``shared.tickets``).
    """

    kind: Annotated[KindId, RequiredMessage("Please choose what your message is about.")]
    subject: Annotated[
        Subject, RequiredMessage("Please write a subject.", "The subject needs at least {min_length} characters.")
    ]
    text: Annotated[
        Body, RequiredMessage("Please write your message.", "The message needs at least {min_length} characters.")
    ]
    name: OptionalName = None
    email: OptionalEmail = None
    email_asked: Hidden = ""
    email_meant: OptionalEmail = None
    phone: OptionalPhone = None
    hide_identity: Literal["yes", ""] = ""
    notice: Annotated[Literal["yes"], RequiredMessage("Please confirm that you have read the privacy notice.")]
    once: Hidden = ""
    role: Annotated[Role | None, BeforeValidator(lambda role: role or None)] = None
    suggested_unit: OptionalCode = None
    concerns: OptionalName = None
    step: Hidden = ""
    website: Hidden = ""
    proof: Hidden = ""
    shown: Hidden = ""
    ticket: Hidden = ""

    @model_validator(mode="before")
    @classmethod
    def _only_a_compliment_concerns_somebody(cls, sent: dict[str, Any]) -> dict[str, Any]:
        """With scripts nobody sees the field of another kind, nor what may be wrong with it."""
        return sent if sent.get("kind") == Kind.COMPLIMENT else sent | {"concerns": ""}

    def submission(self) -> Submission:
        """The message itself, without the fields that belong to the form."""
        return Submission.model_construct(  # every value is valid already
            kind=self.kind,
            subject=self.subject,
            text=self.text,
            name=self.name,
            email=self.email_meant or self.email,
            phone=self.phone,
            hide_identity=self.hide_identity == "yes",
            role=self.role,
            suggested_unit=self.suggested_unit,
            concerns=self.concerns,
        )


OWN = ("step", "website", "proof", "shown")
"""Fields that the preview makes itself."""


def carried(form: Form[MessageForm]) -> list[tuple[str, str]]:
    """What the preview sends on in hidden fields, as it was typed. A chosen address takes the place of the other."""
    values = {name: form.values[name] for name in MessageForm.model_fields if form.values.get(name)}
    if meant := values.pop("email_meant", None):
        values |= {"email": meant}
    return [(name, value) for name, value in values.items() if name not in OWN]


class CodeForm(BaseModel):
    """The search for a message by its tracking code."""

    code: Annotated[Body, RequiredMessage("Please enter your tracking code.")]


class ByPerson(BaseModel):
    """What only a person sends: programs of mail servers fill in forms too, but copy no characters."""

    check: Text = ""


class FollowUpForm(ByPerson):
    """An addition to a message. ``once``, as in ``MessageForm``."""

    text: Annotated[Body, RequiredMessage("Please write what you want to add.")]
    once: Hidden = ""


class QuestionForm(ByPerson):
    """The answer to an officer's question. ``once`` is for its files."""

    answer: Annotated[Body, RequiredMessage("Please write your answer.")]
    once: Hidden = ""


class WithdrawalForm(ByPerson):
    """The message is taken back."""

    why: Text = ""


class RatingForm(ByPerson):
    """How good the answer was."""

    score: Annotated[Literal["1", "2", "3", "4", "5"], RequiredMessage("Please choose one of the five ratings.")]
    comment: Text = ""


class PromiseForm(ByPerson):
    """Whether what was promised was done."""

    kept: Annotated[Literal["yes", "no"], RequiredMessage("Please choose yes or no.")]
    sentence: Text = ""


class ObjectionForm(ByPerson):
    """Why the answer is not accepted. ``once`` is for its files."""

    reason: Annotated[Body, RequiredMessage("Please write why you object.")]
    once: Hidden = ""


class AddressForm(ByPerson):
    """Another e-mail address. ``email_asked`` and ``email_meant``, as in ``MessageForm``."""

    email: Annotated[Email, RequiredMessage("Please enter your e-mail address.")]
    email_asked: Hidden = ""
    email_meant: OptionalEmail = None

    @property
    def chosen(self) -> str:
        """The address that was chosen in the end."""
        return self.email_meant or self.email


class LostForm(BaseModel):
    """The address to which the codes are sent that belong to it."""

    email: Annotated[Email, RequiredMessage("Please enter your e-mail address.")]


def question_about_address(form: Form[MessageForm] | Form[AddressForm], own_domains: Iterable[str]) -> str | None:
    """The address that was probably meant, once: sent again as it stands, an address is taken as it is."""
    if "email" in form.errors or form.values.get("email_meant"):
        return None
    address = _EMAIL.validate_python(form.values.get("email"))
    meant = probably_meant(address, own_domains) if address else None
    if not address or not meant or form.values.get("email_asked") == deliverable(address):
        return None
    form.values |= {"email_asked": deliverable(address), "suggestion": meant}
    return meant
