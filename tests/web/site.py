"""A small site on shared/web, for tests that no service fits."""

from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, FastAPI, Request
from pydantic import BaseModel
from starlette.responses import JSONResponse, Response

from shared.config import WebSettings
from shared.documents import Conflict
from shared.text import Line
from shared.web.csrf import bind
from shared.web.forms import RequiredMessage, read
from shared.web.pages import HERE, Page, error_page, mount_web, web
from tests import examples as example


class Order(BaseModel):
    """A form with one of each kind of field."""

    title: Annotated[Line, RequiredMessage("Please write a subject.")]
    units: tuple[str, ...] = ()
    urgent: Literal["yes", ""] = ""
    note: Line | None = None


class SiteSettings(WebSettings):
    """Of no service."""

    service: ClassVar[str] = "intake"


def site(base_url: str = "http://127.0.0.1", **different: Any) -> FastAPI:
    """An application with a form, and pages that fail."""
    given = {"mongodb_url": "-", "rabbitmq_url": "-", "secret_key": example.SECRET, "mongodb_database": "-"}
    given |= example.keys("intake")
    settings = SiteSettings.model_validate(given | {"port": 0, "management_port": 0} | different)
    app, page, tries = FastAPI(docs_url=None, redoc_url=None), APIRouter(route_class=Page), iter(range(100))

    @page.get("/token/{visitor}")
    async def show_token(request: Request, visitor: str) -> Response:
        bind(request, visitor)
        return JSONResponse(web(request).csrf.token(request))

    @page.post("/orders/{visitor}")
    async def post_order(request: Request, visitor: str) -> Response:
        bind(request, visitor)
        form = await read(Order, request)
        return JSONResponse({"values": form.values, "errors": form.errors}, 422 if form.errors else 200)

    @page.get("/late")
    async def show_late(request: Request) -> Response:
        if next(tries) < 3:
            raise Conflict("x")
        return Response("at last")

    @page.get("/never")
    async def show_never(request: Request) -> Response:
        raise Conflict("x")

    @page.get("/broken")
    async def show_broken(request: Request) -> Response:
        raise ZeroDivisionError("the reason is for the log")

    @page.get("/error-page/{status}")
    async def show_error_page(request: Request, status: int) -> Response:
        return error_page(request, status)

    app.include_router(page)
    mount_web(app, settings, HERE, base_url)
    return app
