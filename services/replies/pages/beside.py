"""What the page of an assignment shows beside the reply: colleagues, questions, news, units to suggest."""

from typing import Any

from fastapi import Request

from services.replies.domain.asking import waiting
from services.replies.domain.assignment import Assignment
from services.replies.domain.handing_on import MOST, holder_of, holders
from shared.alphabet import alphabetical
from shared.directory_snapshots import DirectorySnapshots
from shared.state import UnitName
from shared.web.forms import Form
from shared.web.pages import web

FORMS = {
    "decline_form": "reason",
    "extension_form": "extension_reason",
    "colleague_form": "colleague_name",
    "back_form": "holder_id",
    "question_form": "question",
    "interim_form": "interim_text",
}
"""The forms beside that of the reply, each with a field that it always sends."""
TYPED = ("colleague_name", "colleague_email", "colleague_note", "question", "interim_text")
"""Fields of these forms with what somebody typed."""


def forms(submitted: Form[Any]) -> dict[str, Form[Any]]:
    """Each form by its name in the template: the submitted one with what was typed, the others empty."""
    return {name: submitted if field in submitted.values else Form() for name, field in FORMS.items()}


def of_reply(submitted: Form[Any]) -> bool:
    """Whether it is the form of the reply that was submitted."""
    return not any(field in submitted.values for field in FORMS.values())


def beside(request: Request, assignment: Assignment) -> dict[str, Any]:
    """Values for the template."""
    held = holders(assignment)
    return {
        "me": holder_of(assignment),
        "holders": held,
        "may_hand_on": not assignment.held_by and len(held) < MOST,
        "waiting": waiting(assignment),
        "suggestions": _names(request, assignment),
    }


def code_named(request: Request, assignment: Assignment, text: str) -> str | None:
    """The code of the unit that this text names, in any language; None for any other text."""
    wanted = _folded(text)
    for unit in _others(request, assignment):
        if wanted in (_folded(unit.name_tr), _folded(unit.name_en), _folded(unit.code)):
            return unit.code
    return None


def _others(request: Request, assignment: Assignment) -> list[UnitName]:
    directory: DirectorySnapshots = request.app.state.provided[DirectorySnapshots]
    return [unit for unit in directory.current.units if unit.code != assignment.unit.code]


def _names(request: Request, assignment: Assignment) -> list[str]:
    locale = web(request).locale(request)
    named = [locale.of({"tr": unit.name_tr, "en": unit.name_en}) for unit in _others(request, assignment)]
    return [name for name, _ in sorted(named, key=lambda one: alphabetical(*one))]


def _folded(name: str) -> str:
    return " ".join(name.replace("İ", "i").replace("I", "ı").casefold().replace("ı", "i").split())
