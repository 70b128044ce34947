"""Which templates an officer put into a text that goes out: they stand at its entry of the timeline."""

from collections.abc import Sequence

from services.router.cases.domain.case import Case
from services.router.texts.domain.templates import UsedTemplate

SENT = ("routed", "returned", "asked", "answered", "closed")
"""What an entry tells whose text may come from a template."""


def with_templates(case: Case, used: Sequence[UsedTemplate]) -> Case:
    """A case that is about to be saved, with the templates at the newest entries about what was sent."""
    if not used:
        return case
    marked = tuple(
        entry.model_copy(update={"templates": tuple(used)})
        if entry.what in SENT and entry.revision == case.revision + 1
        else entry
        for entry in case.timeline
    )
    return case.model_copy(update={"timeline": marked})
