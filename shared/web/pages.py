"""Templates, theme, static files, languages and error pages of every service with pages."""

import hashlib
from collections.abc import Awaitable, Callable, Collection, Iterable, Iterator, Sequence
from datetime import timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Match
from starlette.staticfiles import StaticFiles

from shared.clock import utc_now
from shared.config import WebSettings
from shared.documents import AWAY, Conflict, NotFound
from shared.events import Language
from shared.institution import Institution, of_settings
from shared.retrying import on_conflict
from shared.web.arriving import Arriving, path_of, query_of
from shared.web.cookies import PlainCookies
from shared.web.csrf import Csrf
from shared.web.due import last_day, number_of_days, weekday
from shared.web.embedding import embedded_query, is_embedded
from shared.web.headers import SecurityHeaders, secure
from shared.web.i18n import NAMES, OFFERED, SHORT, Locale, locales, negotiate
from shared.web.institution import add_look, frame, kind_of
from shared.web.limits import BodyLimit
from shared.web.sent import kept, texts_of, worth_keeping

HERE = Path(__file__).parent
COOKIE = "lang"

ERROR_TEXTS = {
    400: ("This request could not be read", "Please go back and try again."),
    403: ("You may not open this page", "Your account does not have the right for it."),
    404: ("This page was not found", "The address may be mistyped, or the page may no longer be there."),
    405: ("This is not possible here", "Please go back and use the buttons of the page."),
    409: ("This has changed meanwhile", "Please go back, look at the page again and repeat what you were doing."),
    413: ("This is too large", "Please shorten what you are sending and try again."),
    429: ("Too many wrong tries", "Please wait ten minutes before you try again. A right code works at any time."),
    500: ("Something went wrong on our side", "It has been recorded. Please try again in a few minutes."),
    503: ("We cannot reach our records just now", "Please try again in a few minutes. Nothing has been lost."),
}
"""Title and text (msgids) of the error page for each HTTP status."""
REPEATABLE = (401, 409, 503)
"""After these, the same form may be sent once more."""
PUBLIC = ("/", "/t", "/figures", "/answers")
"""Pages that search engines may list, where a service has any."""
SECURITY_TXT = timedelta(days=180)
"""How long security.txt is valid; less than a year (RFC 9116, 2.5.5)."""

Head = Callable[[Request, Locale], dict[str, Any]]


def _no_head(request: Request, locale: Locale) -> dict[str, Any]:
    return {}


class Web:
    """What the pages of one service share: templates, languages, CSRF tokens."""

    def __init__(
        self,
        settings: WebSettings,
        room: Path,
        base_url: str,
        head: Head,
        *,
        framed_by: Collection[str] = (),
        languages: Sequence[Language] = OFFERED,
        institution: Callable[[], Institution] | None = None,
    ) -> None:
        self.settings = settings
        self.environment = of_settings(settings)
        self.institution = institution or (lambda: self.environment)
        self.framed_by = framed_by
        self.languages = languages
        self.base_url = base_url
        self._head = head
        self.csrf = Csrf(settings.secret_key.get_secret_value(), base_url)
        spoken = locales((HERE, room), settings.timezone)
        self.locales = {language: spoken[language] for language in languages}
        self._environments = {locale.language: _environment(room, locale) for locale in self.locales.values()}

    def language(self, request: Request) -> Language:
        """The visitor's language: from the URL, the cookie, or the browser, in this order."""
        asked = request.query_params.get("lang") or request.cookies.get(COOKIE)
        return negotiate(asked, request.headers.get("accept-language", ""), self.languages)

    def locale(self, request: Request) -> Locale:
        """The catalogue and the date formats of the visitor's language."""
        return self.locales[self.language(request)]

    def render(self, request: Request, name: str, context: dict[str, Any]) -> str:
        """One page as HTML."""
        locale = self.locale(request)
        return self._environments[locale.language].get_template(name).render(self._frame(request, locale) | context)

    def _frame(self, request: Request, locale: Locale) -> dict[str, Any]:
        return {
            "path": path_of(request),
            "languages": [
                {
                    "code": code,
                    "label": NAMES[code],
                    "short": SHORT[code],
                    "url": url,
                    "current": code == locale.language,
                }
                for code, url in _in_each_language(request, self.languages)
            ],
            **frame(self.institution(), locale, _static_url("logo.svg")),
            "csrf": self.csrf.token(request),
            "user": None,
            "navigation": [],
            "first_steps": None,
            "keeps": None,
            "footer_links": [],
            "embedded": is_embedded(request),
            "framed_by": " ".join(self.framed_by),
            "query": embedded_query(request, locale.language),
        } | self._head(request, locale)


def mount_web(
    app: FastAPI,
    settings: WebSettings,
    room: Path,
    base_url: str,
    *,
    head: Head = _no_head,
    public: bool = False,
    framed_by: Collection[str] = (),
    languages: Sequence[Language] = OFFERED,
    images_of: Collection[str] = (),
    institution: Callable[[], Institution] | None = None,
    forms_to: Collection[str] = (),
) -> None:
    """Add templates, static files, security headers and error pages to the application of a service.

    ``room`` is the service's folder, with ``locale`` in it and ``templates`` at any depth. ``head`` returns values for
    the page header: ``user`` (``name``, ``role_label``) and ``navigation``. ``institution`` returns what is known of it
    now; without, it is that of the settings. A ``public`` service may be found by search engines, and says where
    to report a vulnerability. Sites ``framed_by`` their origins may show its form. Pages may show pictures from the
    addresses ``images_of``; what answers a form may lead to the addresses ``forms_to``.
    """
    app.state.web = Web(
        settings, room, base_url, head, framed_by=framed_by, languages=languages, institution=institution
    )
    app.router.redirect_slashes = False  # Starlette would redirect to the host that the request names
    app.add_middleware(BodyLimit)
    app.add_middleware(PlainCookies)
    app.add_middleware(
        SecurityHeaders,
        https=base_url.startswith("https:"),
        indexed=PUBLIC if public else (),
        framed_by=framed_by,
        images=[_origin(url) for url in images_of],
        forms=[_origin(url) for url in forms_to],
    )
    app.add_middleware(Arriving, base_url=base_url)
    app.add_route("/robots.txt", _robots if public else _no_robots, include_in_schema=False)
    if public:
        app.add_route("/.well-known/security.txt", _security, include_in_schema=False)
    app.add_exception_handler(HTTPException, show_error)
    app.add_exception_handler(RequestValidationError, _no_such_place)
    app.add_exception_handler(Exception, show_error)
    for expected in (NotFound, *AWAY):
        app.add_exception_handler(expected, show_error)
    add_look(app)
    app.mount("/static", StaticFiles(directory=HERE / "static"))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def web(request: Request) -> Web:
    """The Web of the service that handles this request."""
    found: Web = request.app.state.web
    return found


def render(request: Request, name: str, *, status: int = 200, **context: Any) -> Response:
    """Render a page in the visitor's language. A cookie stores a language chosen in the URL."""
    response = HTMLResponse(web(request).render(request, name, context), status_code=status)
    if request.query_params.get("lang") in web(request).languages and not is_embedded(request):
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


def error_page(
    request: Request,
    status: int,
    fields: Iterable[tuple[str, str]] = (),
    *,
    said: tuple[str, str] | None = None,
    back_url: str = "/",
) -> Response:
    """The error page of a status, with its title and sentence or those that are ``said`` (msgids).

    It shows the ``fields`` of a form, and can send them once more (``repeated``).
    """
    _ = web(request).locale(request).gettext
    title, sentence = said or ERROR_TEXTS.get(status, ERROR_TEXTS[500])
    context = {"title": _(title), "message": _(sentence), "back_url": back_url}
    return render(request, "error.html", status=status, **context, **repeated(request, list(fields), status=status))


def repeated(request: Request, fields: list[tuple[str, str]], *, status: int) -> dict[str, Any]:
    """What a page shows of a form that could not be taken: the ``submitted`` texts, whether they are ``cut``, and the
    fields that go ``again`` to the same address: without scripts, nothing has to be typed or chosen a second time.

    Not after a form from a foreign page: it could have chosen what is sent.
    """
    own = status in REPEATABLE and web(request).csrf.same_origin(request)
    return {
        "submitted": texts_of(fields),
        "cut": getattr(request.state, "cut", False),
        "again": fields if own and worth_keeping(fields) else [],
    }


class Page(APIRoute):
    """A route that runs again after a Conflict. The OpenAPI document has no pages: they are for browsers."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:
        super().__init__(path, endpoint, **options | {"include_in_schema": False})

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Wrap the handler: run it again after a Conflict (the request keeps its form); in the end, answer 409."""
        run = super().get_route_handler()

        async def run_again(request: Request) -> Response:
            try:
                return await on_conflict(lambda: run(request))
            except Conflict:
                return error_page(request, 409, await kept(request))

        return run_again


async def show_error(request: Request, error: Exception) -> Response:
    """The handler of exceptions: the error page for what went wrong."""
    if isinstance(error, HTTPException):
        status = error.status_code
    else:
        status = 503 if isinstance(error, AWAY) else 404 if isinstance(error, NotFound) else 500
    if status == 404 and (elsewhere := _without_slash(request)):
        return elsewhere
    response = error_page(request, status, await kept(request))
    if status == 405:
        response.headers["Allow"] = allowed(request)
    if status == 500:  # Starlette makes this response outside of the middleware
        secure(response.headers, https=web(request).base_url.startswith("https:"))
    return response


def allowed(request: Request) -> str:
    """The methods that this address takes (RFC 9110, 15.5.6); Starlette names those of one route."""
    methods: set[str] = set()
    for route in _leaves(request.app.routes):
        if route.matches({**request.scope, "path_params": {}})[0] is not Match.NONE:
            methods |= getattr(route, "methods", None) or set()
    return ", ".join(sorted(methods | ({"HEAD"} if "GET" in methods else set())))


def _leaves(routes: Iterable[BaseRoute]) -> Iterator[BaseRoute]:
    for route in routes:
        if included := getattr(route, "original_router", None):
            yield from _leaves(included.routes)
        else:
            yield route


def _without_slash(request: Request) -> Response | None:
    """A redirect to the address without the slash at its end, which programs for e-mail add to links."""
    path = path_of(request)
    if request.method != "GET" or not path.endswith("/") or not path.rstrip("/"):
        return None
    query = query_of(request)
    return RedirectResponse(path.rstrip("/") + (f"?{query}" if query else ""), status_code=308)


async def _no_such_place(request: Request, error: Exception) -> Response:
    """Answer 404 for invalid parameters in an address."""
    return error_page(request, 404, await kept(request))


async def _robots(request: Request) -> Response:
    return PlainTextResponse("User-agent: *\nAllow: /\nDisallow: /api/\n")


async def _no_robots(request: Request) -> Response:
    return PlainTextResponse("User-agent: *\nDisallow: /\n")


async def _security(request: Request) -> Response:
    """security.txt (RFC 9116)."""
    settings, base_url = web(request).settings, web(request).base_url.rstrip("/")
    contact = settings.security_contact or f"mailto:{web(request).institution().email}"
    expires = (utc_now() + SECURITY_TXT).replace(hour=0, minute=0, second=0, microsecond=0)
    lines = [
        f"Contact: {contact}",
        f"Expires: {expires:%Y-%m-%dT%H:%M:%SZ}",
        "Preferred-Languages: tr, en",
        f"Canonical: {base_url}/.well-known/security.txt",
    ]
    return PlainTextResponse("\n".join(lines) + "\n")


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
    environment.filters["kind"] = kind_of
    environment.filters["last_day"] = partial(last_day, locale)
    environment.filters["weekday"] = partial(weekday, locale)
    environment.filters["days"] = partial(number_of_days, locale)
    environment.filters["ltr"] = _left_to_right if locale.direction == "rtl" else str
    environment.globals |= {
        "static": _static_url,
        "lang": locale.language,
        "direction": locale.direction,
        "number": locale.number,
        "date": locale.date,
        "day": locale.day_of,
        "month": locale.month,
        "format_datetime": locale.format_datetime,
        "format_second": locale.format_second,
        "file_size": locale.file_size,
    }
    return environment


def _left_to_right(value: str) -> Markup:
    """A number, an address or a code inside a sentence that is read from right to left."""
    return Markup('<bdi dir="ltr">{}</bdi>').format(value)


def _in_each_language(request: Request, languages: Sequence[Language]) -> list[tuple[Language, str]]:
    others = [(k, v) for k, v in parse_qsl(query_of(request), keep_blank_values=True) if k != "lang"]
    return [(code, f"?{urlencode([*others, ('lang', code)])}") for code in languages]


@cache
def _static_url(path: str) -> str:
    digest = hashlib.sha256((HERE / "static" / path).read_bytes()).hexdigest()[:12]
    return f"/static/{path}?v={digest}"
