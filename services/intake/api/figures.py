"""The published figures as JSON."""

from datetime import date
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.responses import Response

from services.intake.store import Snapshots
from shared.web.etags import KEPT, unless_the_same
from shared.web.problems import Api, Refused, problems
from shared.web.provided import provided

api = APIRouter(prefix="/api/v1", route_class=Api, tags=["figures"])


class FiguresRow(BaseModel):
    """A row: its code, its name by language, and its cells; null is hidden, or there is nothing to count."""

    code: str
    labels: dict[str, str]
    cells: list[float | None]


class FiguresTable(BaseModel):
    """A table: ``columns`` name the cells of each row. ``on_time`` is a share from 0 to 1, ``median_days`` are days."""

    name: str
    columns: list[str]
    rows: list[FiguresRow]


class Figures(BaseModel):
    """What came in from ``since`` until ``until``, and how fast it was answered. No number from 1 to 4 can be found."""

    since: date
    until: date
    tables: list[FiguresTable]


@api.get("/figures", response_model=Figures, responses=problems(404) | {304: {"description": "It is still the same."}})
async def get_figures(request: Request, snapshots: Annotated[Snapshots, provided(Snapshots)]) -> Response:
    """The figures that the institution publishes; 404 while it publishes none."""
    told = snapshots.public_page
    if not told.figures_shown:
        raise Refused(404, "Not found", "The institution publishes no figures.")
    known: dict[str, Any] = told.model_dump(mode="json", include={"since", "until", "tables"})
    return unless_the_same(request, JSONResponse(Figures.model_validate(known).model_dump(mode="json")), KEPT)
