"""Labels of the kinds of units, in the officer's language."""

from collections.abc import Callable

from starlette.requests import Request

from shared.web.i18n import Locale
from shared.web.pages import web

KINDS_OF_UNITS = {
    "administrative": "Administrative unit",
    "faculty": "Faculty",
    "department": "Department",
    "school": "School",
    "vocational_school": "Vocational school",
    "institute": "Institute",
    "coordination": "Coordination office",
    "research_centre": "Research centre",
    "other": "Other",
}


def unit_kinds(request: Request) -> dict[str, str]:
    """The labels, by kind."""
    _ = web(request).locale(request).gettext
    return {kind: _(label) for kind, label in KINDS_OF_UNITS.items()}


COLUMNS = {
    "code": "Code",
    "parent": "Belongs to",
    "kind": "Kind",
    "name_tr": "Name in Turkish",
    "name_en": "Name in English",
    "email": "E-mail address",
    "responsible": "Responsible person",
    "phone": "Telephone",
    "head_name": "Head of unit",
    "head_email": "E-mail of the head",
    "copies": "Copies to",
    "language": "Language of letters",
    "takes_compliments": "Takes compliments",
    "active": "In use",
}
"""What a field of a unit is called: in forms, in the history, and above the columns of a table."""
FURTHER = {"deputies": "Deputies", "successor": "Merged into", "moves": "Open cases went to the other unit"}
CELLS = {"yes": "yes", "no": "no", "tr": "Turkish", "en": "English"}


def columns(request: Request) -> dict[str, str]:
    """The headings of a table, by field."""
    _ = web(request).locale(request).gettext
    return {name: _(label) for name, label in COLUMNS.items()}


def fields(request: Request) -> dict[str, str]:
    """The fields of a unit that its history names."""
    return fields_in(web(request).locale(request))


def fields_in(locale: Locale) -> dict[str, str]:
    """The same, in a language."""
    return {name: locale.gettext(label) for name, label in (COLUMNS | FURTHER).items()}


def of_cell(request: Request) -> Callable[[str, str], str]:
    """How a value of a column is called."""
    _, kinds = web(request).locale(request).gettext, unit_kinds(request)

    def label(name: str, value: str) -> str:
        if name == "kind":
            return kinds.get(value, value)
        closed = name in ("language", "takes_compliments", "active")
        return _(CELLS[value]) if closed and value in CELLS else value

    return label
