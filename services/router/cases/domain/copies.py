"""The copy for units: the text without what they need not know. The original stays as it is."""

from datetime import datetime

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline


def copy_of(case: Case) -> str:
    """The text with which a routing begins."""
    return case.copy_for_units or case.text


def set_copy(case: Case, text: str, *, by: Officer, now: datetime) -> Case:
    """Keep the copy, or none where it is the original. Unchanged if it is the same."""
    if text == copy_of(case):
        return case
    return with_timeline(case, entry_by(by, "copied", now), copy_for_units=None if text == case.text else text)
