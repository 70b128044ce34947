"""The forms of the calendar and of the terms."""

import json
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints, ValidationError, field_validator

from services.router.deadlines.domain.stored import MOST_DAYS, CalendarDay, Changes, span
from shared.text import Line
from shared.web.forms import RequiredMessage

WHICH_DAY = "Please choose a day."
WHICH_DAYS = "The last day has to be the first one or later, and at most a month later."
HOW_MANY = "Please enter a whole number from 1 to 60."
HOW_MANY_FOR_ANSWER = "Please enter a whole number from 1 to 90."
WHICH_NAME = "Please say what the day is called."
LONGEST_SPAN = 31
WHICH_YEAR = "Please choose a year from 2020 to 2040."
FIRST_YEAR, LAST_YEAR = 2020, 2040


class DaysForm(BaseModel):
    """A day or a span on which nobody works, or until 13:00 only; ``worth`` is ``usual`` to take it out again."""

    first: Annotated[date, RequiredMessage(WHICH_DAY, WHICH_DAY)]
    last: Annotated[date | None, RequiredMessage(WHICH_DAYS, WHICH_DAYS)] = None
    worth: Annotated[Literal["none", "half", "usual"], RequiredMessage("Please choose what the day is.")] = "none"
    name: Annotated[Line | Literal[""], RequiredMessage(WHICH_NAME)] = ""

    @field_validator("last", mode="before")
    @classmethod
    def _none_if_empty(cls, given: object) -> object:
        return given or None

    @property
    def errors(self) -> dict[str, str]:
        """What fields say together, as msgids."""
        last = self.last or self.first
        found = {}
        if not FIRST_YEAR <= self.first.year <= LAST_YEAR:
            found["first"] = WHICH_YEAR
        elif not 0 <= (last - self.first).days < LONGEST_SPAN:
            found["last"] = WHICH_DAYS
        if self.worth != "usual" and not self.name:
            found["name"] = WHICH_NAME
        return found

    @property
    def changes(self) -> Changes:
        """The days as they are to be."""
        one = None if self.worth == "usual" else CalendarDay(name=self.name, half=self.worth == "half")
        return span(self.first, self.last or self.first, one)


class YearForm(BaseModel):
    """The year whose days of Türkiye are to be filled in."""

    year: Annotated[int, Field(ge=FIRST_YEAR, le=LAST_YEAR), RequiredMessage(WHICH_YEAR, WHICH_YEAR)]


class FileForm(BaseModel):
    """A calendar file that was pasted; one that was chosen stands beside the form."""

    pasted: Annotated[str, StringConstraints(max_length=500_000)] = ""


class _Day(BaseModel):
    name: Line
    half: bool = False

    @property
    def day(self) -> CalendarDay:
        return CalendarDay(name=self.name, half=self.half)


class ApplyForm(BaseModel):
    """What a preview showed: the days as ``written`` says them, and the version of the calendar that they change."""

    days: Annotated[str, StringConstraints(max_length=300_000)]
    version: int

    @property
    def changes(self) -> Changes:
        """The days. Raises ValueError for what no preview has written."""
        found = json.loads(self.days)
        if not isinstance(found, dict) or len(found) > MOST_DAYS:
            raise ValueError("no days")
        try:
            days = {date.fromisoformat(day): one and _Day.model_validate(one).day for day, one in found.items()}
        except ValidationError as error:
            raise ValueError("no day") from error
        if any(not FIRST_YEAR <= day.year <= LAST_YEAR for day in days):
            raise ValueError("no year of the calendar")
        return days


def written(changes: Changes) -> str:
    """The days for the form that applies them."""
    return json.dumps({day.isoformat(): one and one.model_dump() for day, one in changes.items()}, ensure_ascii=False)


class TermsForm(BaseModel):
    """The usual terms of the institution, in days."""

    revision: int | None = None
    unit_days: Annotated[int, Field(ge=1, le=60), RequiredMessage(HOW_MANY, HOW_MANY)]
    revision_days: Annotated[int, Field(ge=1, le=60), RequiredMessage(HOW_MANY, HOW_MANY)]
    answer_days: Annotated[int, Field(ge=1, le=90), RequiredMessage(HOW_MANY_FOR_ANSWER, HOW_MANY_FOR_ANSWER)]
