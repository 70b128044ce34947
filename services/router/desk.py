"""Shared by all pages of the desk: authorisation, the page header, the 403 page."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute

from services.router.access import Action, AuditAction, Forbidden, Officer, Role, allow, may
from shared.audit import ACTING, AuditRecords
from shared.web.arriving import path_of
from shared.web.client import client_of
from shared.web.i18n import Locale
from shared.web.pages import error_page
from shared.web.sent import kept

SignIn = Callable[[Request], Awaitable[Officer | None]]
"""Returns the person who sent a request; None when nobody is signed in."""
Names = Callable[[Iterable[str]], Awaitable[dict[str, str]]]
"""Returns the names of accounts, by id."""

ROLES: Mapping[str, str] = {
    Role.OFFICER: "Hotline officer",
    Role.SUPERVISOR: "Hotline supervisor",
    Role.ADMIN: "Administrator",
    Role.AUDITOR: "Auditor",
    Role.PRIVACY_OFFICER: "Privacy officer",
}
NAVIGATION = (
    ("Cases", "/", ("/cases", "/search", "/restricted"), Action.READ_CASES),
    ("Enter a message", "/entering", ("/entering",), Action.ENTER),
    ("E-mails", "/letters", ("/letters",), Action.READ_CASES),
    ("Incoming e-mails", "/mails", ("/mails",), Action.ENTER),
    ("Units", "/units", ("/units",), Action.READ_DIRECTORY),
    ("Figures", "/figures", ("/figures",), Action.READ_FIGURES),
    ("Personal data requests", "/privacy", ("/privacy",), Action.PROTECT),
    ("Administration", "/administration", ("/administration", "/parked", "/audit"), Action.READ_ADMINISTRATION),
)
"""Label (a msgid), URL, path prefixes for which it is highlighted, and the action that it requires."""
Place = tuple[str, str, str, Action]
ADMINISTRATION: tuple[tuple[str, tuple[Place, ...]], ...] = (
    (
        "The institution",
        (
            (
                *("Institution", "/administration/institution", "Name, addresses, logo, colours and privacy notice"),
                Action.EDIT_INSTITUTION,
            ),
            ("Units", "/units", "Faculties, departments and offices, and who answers for them", Action.EDIT_DIRECTORY),
            ("People", "/administration/people", "Who works on the desk: invite, roles, disable", Action.EDIT_ACCOUNTS),
            (
                *("Public page", "/administration/public"),
                *("Which figures and answers everybody may see", Action.READ_ADMINISTRATION),
            ),
        ),
    ),
    (
        "Messages and answers",
        (
            (
                *("Kinds of messages", "/administration/kinds"),
                *("What the form offers, and in how many days it is answered", Action.EDIT_INSTITUTION),
            ),
            ("Templates", "/administration/templates", "What officers write often", Action.EDIT_TEXTS),
            (
                *("Words of letters", "/administration/wordings"),
                *("Subject and text of every e-mail that the system sends", Action.EDIT_TEXTS),
            ),
            (
                *("Check before an answer", "/administration/check"),
                *("What is looked at before an answer goes out, and who approves it", Action.EDIT_TEXTS),
            ),
        ),
    ),
    (
        "Days and terms",
        (
            (
                "Calendar",
                "/administration/calendar",
                "Holidays, half days and administrative leave",
                Action.EDIT_CALENDAR,
            ),
            (
                *("Terms", "/administration/terms", "In how many days units reply and messages are answered"),
                Action.EDIT_CALENDAR,
            ),
            ("Reminders", "/administration/reminders", "When units and officers are reminded", Action.EDIT_CALENDAR),
        ),
    ),
    (
        "Records",
        (
            ("Audit log", "/audit", "Who did what, and when", Action.READ_AUDIT),
            (
                *("Retention", "/administration/retention"),
                *("For how long finished cases are kept, and what happens then", Action.READ_RETENTION),
            ),
            (
                *("Destruction record", "/administration/destructions"),
                *("What was destroyed, when, by which rule and by whom", Action.READ_RETENTION),
            ),
        ),
    ),
    (
        "The system",
        (
            ("Mail queue", "/administration/mail-queue", "E-mails that wait for a mail server", Action.READ_PARKED),
            (
                *("Webhooks", "/administration/webhooks"),
                *("Which systems of the institution are told of cases", Action.EDIT_WEBHOOKS),
            ),
            ("Parked events", "/parked", "What the system could not process", Action.READ_PARKED),
        ),
    ),
)
"""What can be set, in groups: heading (a msgid); of each place label, URL, a line about it (msgids), and action."""


@dataclass(frozen=True)
class Step:
    """One step of a new installation: two msgids and a URL. ``needed``: without it, nobody can work on a message."""

    label: str
    about: str
    url: str
    done: bool
    needed: bool = True
    elsewhere: bool = False
    """Whether another service has the page: it opens in a new tab."""


Steps = Callable[[Officer], Awaitable[list[Step]]]
"""Returns the steps of a new installation for whoever sets it up; none when all that is needed is done."""


class NotSignedIn(Exception):
    """Nobody is signed in, or the session has ended."""


@dataclass(frozen=True)
class Require:
    """A dependency: the signed-in person, who may do ``action``. Raises NotSignedIn or Forbidden."""

    action: Action

    async def __call__(self, request: Request) -> Officer:
        sign_in: SignIn = request.app.state.sign_in
        officer = await sign_in(request)
        if officer is None:
            raise NotSignedIn
        request.state.officer = officer
        ACTING.set(officer.actor)
        allow(officer, self.action)
        steps: Steps = request.app.state.steps
        request.state.steps = await steps(officer)
        return officer


def require(action: Action) -> Any:
    """Require an action in the signature of a page: ``Annotated[Officer, require(Action.ROUTE)]``."""
    return Depends(Require(action))


async def anybody() -> None:
    """A dependency that marks a page as public."""


async def names_of(request: Request, ids: Iterable[str]) -> dict[str, str]:
    """The names of people of the desk who have these accounts, by id; of no others."""
    names: Names = request.app.state.names
    return await names(set(ids))


async def none_left(officer: Officer) -> list[Step]:
    """The steps of an installation that is set up."""
    return []


def guard(app: FastAPI, sign_in: SignIn, audit: AuditRecords, names: Names, steps: Steps = none_left) -> None:
    """Authenticate the pages with ``sign_in``, name people by ``names``, and show ``steps`` above the pages.

    Checks that every page depends on ``require(…)`` or ``anybody``. ``audit`` gets refused rights, and forms that did
    not come from our pages. Raises LookupError for a page without either, so the desk does not start with an
    unprotected page.
    """
    app.state.sign_in, app.state.audit, app.state.names = sign_in, audit, names
    app.state.on_foreign_form, app.state.steps = _foreign_form, steps
    app.add_exception_handler(Forbidden, _forbidden)
    for page in pages_of(app.routes):
        action_of(page)


def pages_of(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """All pages among these routes and the included routers, which FastAPI nests; without static files."""
    for route in routes:
        if included := getattr(route, "original_router", None):
            yield from pages_of(included.routes)
        elif isinstance(route, APIRoute) and not route.path.startswith("/static/"):
            yield route


def action_of(route: APIRoute) -> Action | None:
    """The action that a page requires; None for a public page. Raises LookupError when it declares neither."""
    for call in _dependencies(route.dependant):
        if isinstance(call, Require):
            return call.action
        if call is anybody:
            return None
    raise LookupError(f"{route.path} ({route.name}) requires no action and is not public")


def head(request: Request, locale: Locale) -> dict[str, Any]:
    """Template values: ``user``, ``navigation`` and ``first_steps`` for the page header, and ``may(action)``."""
    officer: Officer | None = getattr(request.state, "officer", None)
    if officer is None:
        return {}
    path = path_of(request)
    steps: list[Step] = getattr(request.state, "steps", [])
    return {
        "first_steps": {
            "label": locale.gettext("First steps"),
            "steps": [
                {
                    "label": locale.gettext(step.label),
                    "url": step.url,
                    "elsewhere": step.elsewhere,
                    "current": not step.elsewhere and path == step.url,
                    "done": locale.gettext("Done") if step.done else "",
                }
                for step in steps
            ],
        }
        if steps and path != "/administration"
        else None,
        "user": {
            "id": officer.id,
            "name": officer.name,
            "url": "/account" if may(officer, Action.OWN_ACCOUNT) else "",
            "role_label": locale.gettext(ROLES.get(officer.role, officer.role)),
        },
        "navigation": [
            {
                "label": locale.gettext(label),
                "url": url,
                "current": path == url or path.startswith(below),
                "count": None,
            }
            for label, url, below, action in NAVIGATION
            if may(officer, action)
        ],
        "may": lambda action: may(officer, Action(action)),
    }


def _dependencies(dependant: Dependant) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _dependencies(dependency)


async def _forbidden(request: Request, error: Exception) -> Response:
    await _record(request, AuditAction.RIGHT_REFUSED)
    return error_page(request, 403, await kept(request))


async def _foreign_form(request: Request) -> None:
    await _record(request, AuditAction.FORM_REFUSED)


async def _record(request: Request, action: AuditAction) -> None:
    """Store what this request was refused, by person; without one, count it by client."""
    audit: AuditRecords = request.app.state.audit
    officer: Officer | None = getattr(request.state, "officer", None)
    if officer is None:
        await audit.count(action, client_of(request))
    else:
        await audit.write(action, actor=officer.actor, object_kind="page", object_id=request.scope["route"].path)
