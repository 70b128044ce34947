"""Templates on the pages about a case: a list to choose from, and the text of the chosen one.

It is chosen by ``?template=``, or by the fields of the form (``ActForm``), which keeps what was typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any, NamedTuple

from fastapi import Depends, Request

from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Assignment
from services.router.deadlines.domain.counting import Deadlines
from services.router.texts.domain.templates import Template, Use, filled, named
from services.router.texts.store import Templates
from shared.web.forms import Form
from shared.web.i18n import DEFAULT, Locale
from shared.web.pages import web
from shared.web.provided import provided

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
    request: Request,
    templates: Templates,
    case: Case,
    use: Use,
    *,
    days: int,
    assignment: Assignment | None = None,
    wanted: str = "",
) -> Texts:
    """The templates for a use, in the language of whoever reads the text. ``days``: working days of the unit.

    ``wanted`` is the id of the chosen one; without it, that in the address counts.
    """
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
    wanted = wanted or request.query_params.get("template", "")
    chosen = next((one for one in choices if one.id == wanted), None)
    return Texts(choices, chosen.text if chosen else "", chosen.id if chosen else "")


class Offers:
    """The templates for the forms about cases."""

    def __init__(
        self,
        request: Request,
        templates: Annotated[Templates, provided(Templates)],
        deadlines: Annotated[Deadlines, provided(Deadlines)],
    ) -> None:
        self._request, self._templates, self._deadlines = request, templates, deadlines

    async def filled(
        self, form: Form[Any], box: str, case: Case, use: Use, *, assignment: Assignment | None = None
    ) -> Texts | None:
        """Put the chosen template below what is written in a box of the form, if that was asked; else None.

        Nothing of what was typed is lost, and nothing is an error yet but a form from elsewhere.
        """
        if not form.values.get("fill") or "" in form.errors:
            return None
        days = self._deadlines.revision_days if assignment else self._deadlines.unit_days
        wanted, ask = str(form.values.get("template", "")), (self._request, self._templates, case, use)
        texts = await offered(*ask, days=days, assignment=assignment, wanted=wanted)
        form.values[box] = texts.after(str(form.values.get(box, "")))
        form.errors.clear()
        return replace(texts, chosen="", template="")


Offering = Annotated[Offers, Depends()]
