"""Errors of the JSON APIs: ``application/problem+json`` (RFC 9457), in the caller's language."""

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from shared.documents import AWAY, Conflict, NotFound
from shared.retrying import on_conflict
from shared.web.forms import told
from shared.web.pages import ERROR_TEXTS, allowed, show_error, web

log = structlog.get_logger()
MEDIA_TYPE = "application/problem+json"


class Fault(BaseModel):
    """One invalid field of a request. ``pointer`` is a JSON pointer into its body (RFC 6901)."""

    pointer: str
    detail: str


class Problem(BaseModel):
    """RFC 9457."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    errors: list[Fault] = []


class Refused(Exception):
    """An API function does not accept the request, yet if there are seconds to ``wait``.

    ``title`` and ``detail`` are msgids.
    """

    def __init__(self, status: int, title: str, detail: str, errors: Sequence[Fault] = (), *, wait: int = 0) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.errors, self.wait = status, title, detail, errors, wait


DESCRIPTIONS = {
    400: "The request cannot be read",
    404: "No such message",
    409: "This is not possible in the state of the message, or it changed meanwhile",
    413: "The body is too large",
    422: "The request is not valid",
    429: "Too many requests: wait as long as Retry-After says",
    503: "Try again later",
}


def problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The problems that a function may answer with, for its ``responses``."""
    return {status: {"model": Problem, "description": DESCRIPTIONS[status]} for status in statuses}


class Api(APIRoute):
    """A route of a JSON API. Every error becomes a problem."""

    def get_route_handler(self) -> Callable[[Request], Awaitable[Response]]:  # type: ignore[override]
        """Wrap the handler: run it again after a Conflict, and turn errors into problems."""
        run = super().get_route_handler()

        async def answered(request: Request) -> Response:
            try:
                return await on_conflict(lambda: run(request))
            except RequestValidationError as error:
                return invalid(request, error.errors())
            except Refused as error:
                response = problem(request, error.status, error.title, error.detail, error.errors)
                response.headers.update({"Retry-After": str(error.wait)} if error.wait else {})
                return response
            except HTTPException as error:
                return problem(request, error.status_code, *ERROR_TEXTS.get(error.status_code, ERROR_TEXTS[400]))
            except NotFound:
                return problem(request, 404, *ERROR_TEXTS[404])
            except Conflict:
                return problem(request, 409, *ERROR_TEXTS[409])
            except AWAY:
                return problem(request, 503, *ERROR_TEXTS[503])
            except Exception as error:
                log.error("an API function failed", route=self.path, error=type(error).__name__, exc_info=True)
                return problem(request, 500, *ERROR_TEXTS[500])

        return answered


def problems_under(app: FastAPI, prefix: str) -> None:
    """Answer 404 and 405 under this prefix with a problem; elsewhere with an error page. The document says so too."""
    app.add_exception_handler(HTTPException, partial(_problem_or_page, prefix))
    app.openapi = partial(_document, app.openapi)  # type: ignore[method-assign]


def _document(described: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """FastAPI's document, with the media type of problems in place of the route's, and without its own 422."""
    document, problem_schema = described(), {"$ref": "#/components/schemas/Problem"}
    for operation in (operation for path in document["paths"].values() for operation in path.values()):
        for status, response in list(operation["responses"].items()):
            schema = response.get("content", {}).get("application/json", {}).get("schema")
            if schema == problem_schema:
                response["content"] = {MEDIA_TYPE: {"schema": schema}}
            elif schema == {"$ref": "#/components/schemas/HTTPValidationError"}:
                del operation["responses"][status]
    for unused in ("HTTPValidationError", "ValidationError"):
        document.get("components", {}).get("schemas", {}).pop(unused, None)
    return document


async def _problem_or_page(prefix: str, request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if not request.scope["path"].startswith(prefix):
        return await show_error(request, error)
    response = problem(request, status, *ERROR_TEXTS.get(status, ERROR_TEXTS[400]))
    if status == 405:
        response.headers["Allow"] = allowed(request)
    return response


def problem(request: Request, status: int, title: str, detail: str, errors: Sequence[Fault] = ()) -> Response:
    """A problem response. ``title`` and ``detail`` are msgids."""
    _ = web(request).locale(request).gettext
    document = Problem(title=_(title), status=status, detail=_(detail), errors=list(errors))
    return JSONResponse(
        document.model_dump(exclude_defaults=not errors) | {"type": document.type}, status, media_type=MEDIA_TYPE
    )


def invalid(request: Request, faults: Sequence[Any]) -> Response:
    """A problem with one sentence for each invalid field of the body."""
    locale = web(request).locale(request)
    errors = [
        Fault(
            pointer="".join(f"/{_token(part)}" for part in fault["loc"][1:]),
            detail=told(locale, None, fault),
        )
        for fault in faults
    ]
    return problem(request, 422, "The request is not valid", "Please correct the fields named here.", errors)


def _token(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
