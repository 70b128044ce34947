"""The preview of the public form: the message as it will be sent."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from services.intake.domain.message import Role
from services.intake.forms import MessageForm, carried
from services.intake.pages.entering import desk_of
from services.intake.pages.frame import Offer
from shared.files.attached import Attached
from shared.web.forms import Form
from shared.web.headers import AGAIN
from shared.web.pages import render

ROLES = {
    Role.STUDENT: "Student",
    Role.STAFF: "Staff",
    Role.GRADUATE: "Graduate",
    Role.PUBLIC: "From outside the university",
}


def preview(
    request: Request, offered: Offer, files: Attached, form: Form[MessageForm], *, shown: str, early: str = ""
) -> Response:
    """The message as it will be sent, and the address to which the answer will go. ``shown`` is the token of a page
    that asks to confirm: this one does. ``early`` asks to wait for a moment.
    """
    submission = form.value.submission()
    role = offered.locale.gettext(ROLES[submission.role]) if submission.role else ""
    unit = next((unit for unit in offered.units if unit[0] == submission.suggested_unit), None)
    desk = desk_of(request)
    asks_proof = offered.asks_proof and not desk
    page: dict[str, Any] = {"form": form, "files": files.listed, "asks_proof": asks_proof, "shown": shown, "desk": desk}
    about: dict[str, Any] = {"submission": submission, "role": role, "unit": unit, "carried": carried(form)}
    return shown_again(render(request, "preview.html", **page, **about, early=early))


def shown_again(response: Response) -> Response:
    """The answer to a POST to which *back* and *reload* come again."""
    response.headers["Cache-Control"] = AGAIN
    return response
