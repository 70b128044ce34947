"""Templates on the pages about a case: a list to choose from, and the text of the chosen one, ``?template=``."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from fastapi import Request

from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Assignment
from services.router.texts.domain.templates import Template, Use, filled, named
from services.router.texts.store import Templates
from shared.web.i18n import DEFAULT, Locale
from shared.web.pages import web

TO_UNITS = (Use.NOTE, Use.RETURN)


class Choice(NamedTuple):
    """A template with its variables filled in."""

    id: str
    name: str
    text: str


@dataclass(frozen=True)
class Texts:
    """The templates for a box of a form, the chosen one's text and id; all empty where nothing is offered."""

    choices: tuple[Choice, ...] = ()
    chosen: str = ""
    template: str = ""

    def after(self, written: str) -> str:
        """The chosen text, below what the box holds anyway."""
        return "\n\n".join(filter(None, [written.rstrip(), self.chosen])) if self.chosen else written


NONE = Texts()


async def offered(
    request: Request, templates: Templates, case: Case, use: Use, *, days: int, assignment: Assignment | None = None
) -> Texts:
    """The templates for a use, in the language of whoever reads the text. ``days``: working days of the unit."""
    language = DEFAULT if use in TO_UNITS else case.language
    known: Mapping[str, Locale] = web(request).locales  # type: ignore[assignment]  # its keys are strings
    reader = known.get(language, known["en"])
    unit = assignment.unit if assignment else None
    values = {
        "reference": case.reference,
        "subject": case.subject,
        "kind": web(request).institution().label(case.kind, reader.language),
        "unit": (unit.name_en if reader.language == "en" else unit.name_tr) if unit else "",
        "days": str(days),
        "submitted_on": reader.date(case.submitted_at),
    }
    officers = web(request).locale(request).language

    def choice(template: Template) -> Choice:
        return Choice(template.id, named(template, officers), filled(template, language, values))

    fitting = await templates.choices(use, case.kind, language, unit.code if unit else None)
    choices = tuple(map(choice, fitting))
    wanted = request.query_params.get("template", "")
    chosen = next((one for one in choices if one.id == wanted), None)
    return Texts(choices, chosen.text if chosen else "", chosen.id if chosen else "")
