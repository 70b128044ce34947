"""What an officer is told after acting on a case: that it was done, or what a colleague did meanwhile."""

from typing import Any

from fastapi import Request
from starlette.responses import Response

from services.router.cases.domain.attention import happened_since
from services.router.cases.domain.case import Case
from services.router.cases.labels import timeline
from shared.refused import Refused
from shared.web.forms import Form, with_error
from shared.web.pages import see_other, web

COOKIE = "done"
SHOWN_WITHIN = 60
"""Seconds. A confirmation that was not shown by then would surprise."""
DONE = {
    "routed": "The case was routed. Each unit gets an e-mail.",
    "recalled": "The assignment was recalled. The unit's link no longer works.",
    "returned": "The reply was returned to the unit, with your reason.",
    "answered": "The answer was approved and sent.",
    "closed": "The case was closed.",
    "asked": "The submitter was asked.",
    "reopened": "The objection was accepted. The case can be routed or answered again.",
    "upheld": "The answer stays, and the case was closed. The submitter is told.",
    "wanted": "The message is among the new ones now.",
    "looked_at": "What the submitter wrote is marked as read.",
    "merged": "The case was merged. Its submitter hears what the other one's hears.",
    "separated": "The case is on its own again.",
    "linked": "The cases were linked.",
    "unlinked": "The cases are no longer linked.",
    "answered_together": "The answer was sent. Each submitter gets a letter of their own.",
    "told": "The answer was noted. No e-mail is sent.",
}


def done(request: Request, case: Case, what: str) -> Response:
    """To the page of the case, which says once that it was done (one of DONE)."""
    path = f"/cases/{case.id}"
    response = see_other(path)
    response.set_cookie(
        COOKIE, what, max_age=SHOWN_WITHIN, path=path, httponly=True, samesite="lax", secure=_https(request)
    )
    return response


def confirmation(request: Request) -> str | None:
    """What was just done on this case, in words; None if nothing was."""
    said = DONE.get(request.cookies.get(COOKIE, ""))
    return web(request).locale(request).gettext(said) if said else None


def forget(response: Response, case: Case) -> Response:
    """The page that said it: a reload does not say it again."""
    response.delete_cookie(COOKIE, path=f"/cases/{case.id}")
    return response


def refusal(request: Request, case: Case, form: Form[Any], refused: Refused) -> Form[Any]:
    """The form again, with why and what was typed. Sent again, it is about the case as it is now."""
    happened = happened_since(case, form.value.revision)
    form.values |= {"revision": case.revision, "happened": timeline(request, case, {}, happened)}
    return with_error(form, refused, request)


def _https(request: Request) -> bool:
    return web(request).base_url.startswith("https:")
