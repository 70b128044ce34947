"""What every page of the desk needs: the person who is signed in, the head of the page, the pages for errors."""

from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.responses import Response
from starlette.routing import BaseRoute

from services.router.access import Action, Forbidden, Officer, Role, allow, may
from shared.web.i18n import Locale
from shared.web.pages import error_page

SignIn = Callable[[Request], Awaitable[Officer | None]]
"""Finds the person who sent a request; None when nobody is signed in."""

ROLES: Mapping[str, str] = {
    Role.OFFICER: "Hotline officer",
    Role.SUPERVISOR: "Hotline supervisor",
    Role.ADMIN: "Administrator",
    Role.AUDITOR: "Auditor",
    Role.PRIVACY_OFFICER: "Privacy officer",
}
NAVIGATION = (
    ("Cases", "/", ("/cases",), Action.READ_CASES),
    ("Units", "/units", ("/units",), Action.READ_DIRECTORY),
    ("Parked events", "/parked", ("/parked",), Action.READ_PARKED),
)
"""Label (a msgid), address, the paths below it, and the action that a person needs to see it."""


class NotSignedIn(Exception):
    """Nobody is signed in, or their session is over."""


@dataclass(frozen=True)
class Require:
    """A dependency of a page: whoever is signed in and may do ``action``. Raises NotSignedIn or Forbidden."""

    action: Action

    async def __call__(self, request: Request) -> Officer:
        sign_in: SignIn = request.app.state.sign_in
        officer = await sign_in(request)
        if officer is None:
            raise NotSignedIn
        allow(officer, self.action)
        request.state.officer = officer
        return officer


def require(action: Action) -> Any:
    """Say in a page's signature which action it is: ``Annotated[Officer, require(Action.ROUTE)]``."""
    return Depends(Require(action))


async def anybody() -> None:
    """A dependency of a page that is also for people who are not signed in."""


def guard(app: FastAPI, sign_in: SignIn) -> None:
    """Have the desk's pages ask ``sign_in`` who is there.

    Raises LookupError for a page that says neither which action it is nor that it is for anybody.
    """
    app.state.sign_in = sign_in
    app.add_exception_handler(Forbidden, _forbidden)
    for page in pages_of(app.routes):
        action_of(page)


def pages_of(routes: Iterable[BaseRoute]) -> Iterator[APIRoute]:
    """Every page among these routes, also in the routers that FastAPI keeps as they were included; no static file."""
    for route in routes:
        if included := getattr(route, "original_router", None):
            yield from pages_of(included.routes)
        elif isinstance(route, APIRoute) and not route.path.startswith("/static/"):
            yield route


def action_of(route: APIRoute) -> Action | None:
    """The action of a page; None when it is for anybody. Raises LookupError when it says neither."""
    for call in _dependencies(route.dependant):
        if isinstance(call, Require):
            return call.action
        if call is anybody:
            return None
    raise LookupError(f"{route.path} ({route.name}) does not say who may open it")


def head(request: Request, locale: Locale) -> dict[str, Any]:
    """What the head of a page shows: who is signed in, and where they can go; ``may(action)`` is for its body."""
    officer: Officer | None = getattr(request.state, "officer", None)
    if officer is None:
        return {}
    path = request.url.path
    return {
        "user": {"name": officer.name, "role_label": locale.gettext(ROLES.get(officer.role, officer.role))},
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
    return error_page(request, 403)
