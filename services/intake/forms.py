"""The forms of the public pages."""

from typing import Annotated, Literal

from pydantic import BaseModel

from services.intake.domain import Submission
from shared.kinds import Kind
from shared.text import Body, OptionalEmail, OptionalName, OptionalPhone, Subject
from shared.web.forms import RequiredMessage


class MessageForm(BaseModel):
    """The public form (5.2). ``once`` is random, made when the form is shown: sent twice, it is the same message."""

    kind: Annotated[Kind, RequiredMessage("Please choose what your message is about.")]
    subject: Annotated[Subject, RequiredMessage("Please write a subject.")]
    text: Annotated[Body, RequiredMessage("Please write your message.")]
    name: OptionalName = None
    email: OptionalEmail = None
    phone: OptionalPhone = None
    hide_identity: Literal["yes", ""] = ""
    notice: Annotated[Literal["yes"], RequiredMessage("Please confirm that you have read the privacy notice.")]
    once: str = ""

    def submission(self) -> Submission:
        """The message itself, without the fields that belong to the form."""
        return Submission(
            kind=self.kind,
            subject=self.subject,
            text=self.text,
            name=self.name,
            email=self.email,
            phone=self.phone,
            hide_identity=self.hide_identity == "yes",
        )


class CodeForm(BaseModel):
    """The search for a message by its tracking code."""

    code: Annotated[str, RequiredMessage("Please enter your tracking code.")]
