"""Templates, theme, static files, languages and error pages of every service with pages."""

import hashlib
from collections.abc import Awaitable, Callable, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, RedirectResponse, Response
from starlette.staticfiles import StaticFiles

from shared import kinds
from shared.config import WebSettings
from shared.documents import AWAY, Conflict, NotFound
from shared.events import Language
from shared.retrying import on_conflict
from shared.web.cookies import PlainCookies
from shared.web.csrf import FIELD, Csrf
from shared.web.headers import SecurityHeaders, secure
from shared.web.i18n import LANGUAGES, NAMES, Locale, locales, negotiate
from shared.web.limits import BodyLimit

HERE = Path(__file__).parent
COOKIE = "lang"

ERROR_TEXTS = {
    400: ("This request could not be read", "Please go back and try again."),
    403: ("You may not open this page", "Your account does not have the right for it."),
    404: ("This page was not found", "The address may be mistyped, or the page may no longer be there."),
    405: ("This is not possible here", "Please go back and use the buttons of the page."),
    409: ("This has changed meanwhile", "Please go back, look at the page again and repeat what you were doing."),
    413: ("This is too large", "Please shorten what you are sending and try again."),
    500: ("Something went wrong on our side", "It has been recorded. Please try again in a few minutes."),
    503: ("We cannot reach our records just now", "Please try again in a few minutes. Nothing has been lost."),
}
"""Title and text (msgids) of the error page for each HTTP status."""

Head = Callable[[Request, Locale], dict[str, Any]]


def _no_head(request: Request, locale: Locale) -> dict[str, Any]:
    return {}


class Web:
    """What the pages of one service share: templates, languages, CSRF tokens."""

    def __init__(self, settings: WebSettings, room: Path, base_url: str, head: Head) -> None:
        self.settings = settings
        self.base_url = base_url
        self._head = head
        self.csrf = Csrf(settings.secret_key.get_secret_value(), base_url)
        self.locales = locales((HERE, room), settings.timezone)
        self._environments = {locale.language: _environment(room, locale) for locale in self.locales.values()}

    def language(self, request: Request) -> Language:
        """The visitor's language: from the URL, the cookie, or the browser, in this order."""
        asked = request.query_params.get("lang") or request.cookies.get(COOKIE)
        return negotiate(asked, request.headers.get("accept-language", ""))

    def locale(self, request: Request) -> Locale:
        """The catalogue and the date formats of the visitor's language."""
        return self.locales[self.language(request)]

    def render(self, request: Request, name: str, context: dict[str, Any]) -> str:
        """One page as HTML."""
        locale = self.locale(request)
        return self._environments[locale.language].get_template(name).render(self._frame(request, locale) | context)

    def _frame(self, request: Request, locale: Locale) -> dict[str, Any]:
        return {
            "path": request.url.path,
            "languages": [
                {"code": code, "label": NAMES[code], "url": url, "current": code == locale.language}
                for code, url in _in_each_language(request)
            ],
            "institution": _institution(self.settings, locale.language),
            "csrf": self.csrf.token(request),
            "user": None,
            "navigation": [],
        } | self._head(request, locale)


def mount_web(app: FastAPI, settings: WebSettings, room: Path, base_url: str, *, head: Head = _no_head) -> None:
    """Add templates, static files, security headers and error pages to the application of a service.

    ``room`` is the service's folder, with ``locale`` in it and ``templates`` at any depth. ``head`` returns values for
    the page header: ``user`` (``name``, ``role_label``) and ``navigation``.
    """
    app.state.web = Web(settings, room, base_url, head)
    app.add_middleware(BodyLimit)
    app.add_middleware(PlainCookies)
    app.add_middleware(SecurityHeaders, https=base_url.startswith("https:"))
    app.add_exception_handler(HTTPException, _error_page)
    app.add_exception_handler(RequestValidationError, _no_such_place)
    app.add_exception_handler(Exception, _error_page)
    for expected in (NotFound, *AWAY):
        app.add_exception_handler(expected, _error_page)
    app.add_api_route("/static/theme.css", _theme, include_in_schema=False)
    app.add_api_route("/static/institution-logo", _logo, include_in_schema=False)
    app.mount("/static", StaticFiles(directory=HERE / "static"))


def web(request: Request) -> Web:
    """The Web of the service that handles this request."""
    found: Web = request.app.state.web
    return found


def render(request: Request, name: str, *, status: int = 200, **context: Any) -> Response:
    """Render a page in the visitor's language. A cookie stores a language chosen in the URL."""
    response = HTMLResponse(web(request).render(request, name, context), status_code=status)
    if request.query_params.get("lang") in LANGUAGES:
        secure = web(request).base_url.startswith("https:")
        response.set_cookie(
            COOKIE, request.query_params["lang"], max_age=31_536_000, samesite="lax", httponly=True, secure=secure
        )
    return response


def see_other(url: str) -> Response:
    """Redirect after a POST (RFC 9110, 15.4.4)."""
    return RedirectResponse(url, status_code=303)


def not_found() -> HTTPException:
    """The exception for an unknown address."""
    return HTTPException(404)


def error_page(request: Request, status: int, submitted: Sequence[str] = ()) -> Response:
    """The error page of a status. It shows the ``submitted`` texts, so that the person can copy them."""
    _ = web(request).locale(request).gettext
    title, sentence = ERROR_TEXTS.get(status, ERROR_TEXTS[500])
    return render(
        request, "error.html", status=status, title=_(title), message=_(sentence), back_url="/", submitted=submitted
    )


async def submitted_texts(request: Request) -> list[str]:
    """The texts of a submitted form; not its choices and tokens."""
    if request.method != "POST":
        return []
    sent = await request.form()
    words = [value for name, value in sent.items() if isinstance(value, str) and name != FIELD]
    return [value for value in words if len(value) > 20 or " " in value.strip()]


class Page(APIRoute):
    """A route that runs again after a Conflict."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Wrap the handler: run it again after a Conflict (the request keeps its form); in the end, answer 409."""
        run = super().get_route_handler()

        async def run_again(request: Request) -> Response:
            try:
                return await on_conflict(lambda: run(request))
            except Conflict:
                return error_page(request, 409, await submitted_texts(request))

        return run_again


async def _error_page(request: Request, error: Exception) -> Response:
    if isinstance(error, HTTPException):
        status = error.status_code
    else:
        status = 503 if isinstance(error, AWAY) else 404 if isinstance(error, NotFound) else 500
    response = error_page(request, status, await submitted_texts(request) if status == 503 else ())
    if status == 500:  # Starlette makes this response outside of the middleware
        secure(response.headers, https=web(request).base_url.startswith("https:"))
    return response


async def _no_such_place(request: Request, error: Exception) -> Response:
    """Answer 404 for invalid parameters in an address."""
    return error_page(request, 404)


async def _theme(request: Request) -> Response:
    settings = web(request).settings
    css = f":root{{--klu-primary:{settings.color_primary};--klu-accent:{settings.color_accent}}}\n"
    return Response(css, media_type="text/css", headers={"Cache-Control": "max-age=300"})


async def _logo(request: Request) -> Response:
    logo = web(request).settings.institution_logo
    if logo is None:
        raise not_found()
    return FileResponse(logo, headers={"Cache-Control": "max-age=300"})


def _institution(settings: WebSettings, language: Language) -> dict[str, str]:
    return {
        "name": settings.institution_name_en if language == "en" else settings.institution_name,
        "short_name": settings.institution_short_name,
        "hotline": settings.hotline_name,
        "url": settings.institution_url,
        "email": settings.institution_email,
        "phone": settings.institution_phone,
        "logo": "/static/institution-logo" if settings.institution_logo else _static_url("logo.svg"),
    }


@cache  # compiling the templates takes much longer than rendering them
def _environment(room: Path, locale: Locale) -> Environment:
    environment = Environment(
        loader=FileSystemLoader([*sorted(room.rglob("templates")), HERE / "templates"]),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=["jinja2.ext.i18n"],
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.install_gettext_callables(locale.gettext, locale.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters["kind"] = partial(kinds.label, language=locale.language)
    environment.filters["last_day"] = locale.last_day
    environment.globals |= {
        "static": _static_url,
        "lang": locale.language,
        "date": locale.date,
        "format_datetime": locale.format_datetime,
    }
    return environment


def _in_each_language(request: Request) -> list[tuple[Language, str]]:
    return [(code, f"?{request.url.include_query_params(lang=code).query}") for code in LANGUAGES]


@cache
def _static_url(path: str) -> str:
    digest = hashlib.sha256((HERE / "static" / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"
