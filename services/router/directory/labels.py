"""Labels of the kinds of units, in the officer's language."""

from starlette.requests import Request

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
