"""What administrators send about parked events and texts, made valid."""

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from services.router.texts.domain.templates import Use
from shared.text import Body, Hidden, Line, Name, Reason, Text
from shared.web.forms import RequiredMessage


class ChoiceForm(BaseModel):
    """Which parked events are meant."""

    service: Annotated[str, Field(max_length=40)] = ""
    event_id: Annotated[str, Field(max_length=255)] = ""
    reason: Annotated[str, Field(max_length=500)] = ""


class DiscardForm(BaseModel):
    """Why a parked event is thrown away."""

    because: Annotated[Reason, RequiredMessage("Please say why this event is not needed.")]


class TemplateForm(BaseModel):
    """A template; ``revision`` is the one that was shown. ``look``: only show the example.

    ``kind`` and ``unit`` are empty for a template that is for all.
    """

    revision: int | None = None
    use: Annotated[Use, RequiredMessage("Please choose what the text is for.")]
    kind: Hidden = ""
    unit: Hidden = ""
    active: Literal["yes", ""] = ""
    name_tr: Annotated[Name, RequiredMessage("Please enter a name.")]
    name_en: Annotated[Name, RequiredMessage("Please enter a name.")]
    text_tr: Text = ""
    text_en: Text = ""
    look: Literal["yes", ""] = ""


class RevisionForm(BaseModel):
    """A wish about what was shown in this revision."""

    revision: int | None = None


class CheckForm(BaseModel):
    """What is looked at before an answer goes out: one point a line; empty, the usual ones.

    ``kinds`` and ``points`` are in the same order: further points for each kind. ``four_eyes`` is empty for as the
    environment says.
    """

    revision: int | None = None
    checklist: Text = ""
    kinds: Annotated[list[Hidden], Field(max_length=100)] = []
    points: Annotated[list[Text], Field(max_length=100)] = []
    four_eyes: Literal["yes", "no", ""] = ""


class WordsForm(BaseModel):
    """Subject and text of a letter in both languages; ``look``: only show the letter."""

    revision: int | None = None
    subject_tr: Annotated[Line, RequiredMessage("Please enter the subject.")]
    text_tr: Annotated[Body, RequiredMessage("Please write the text.")]
    subject_en: Annotated[Line, RequiredMessage("Please enter the subject.")]
    text_en: Annotated[Body, RequiredMessage("Please write the text.")]
    look: Literal["yes", ""] = ""

    @property
    def words(self) -> dict[str, tuple[str, str]]:
        """Subject and text by language."""
        return {"tr": (self.subject_tr, self.text_tr), "en": (self.subject_en, self.text_en)}
