"""Deputies of a unit, and the test whether letters arrive."""

from datetime import timedelta
from typing import Annotated, Any
from uuid import uuid4
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import AuditAction
from services.router.config import Settings
from services.router.directory.domain.health import Test
from services.router.directory.domain.units import Deputy, Unit, audit, changed, with_deputy, without_deputy
from services.router.directory.forms import DeputyForm, WishForm
from services.router.directory.pages import Editor
from services.router.directory.store.health import UnitHealths
from services.router.directory.store.snapshots import Snapshots
from services.router.directory.store.units import Units
from shared.days import first_moment
from shared.events import TestLetterRequested, UnitAddress, done_by
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
BACKWARDS = "The last day is before the first one."


@page.get("/units/{code}/deputies")
async def show_deputies(
    request: Request, code: str, officer: Editor, directory: Annotated[Units, provided(Units)]
) -> Response:
    """Show the form for a deputy."""
    return _deputies(request, await directory.get(code), Form())


@page.post("/units/{code}/deputies")
async def post_deputy(
    request: Request,
    code: str,
    officer: Editor,
    directory: Annotated[Units, provided(Units)],
    settings: Annotated[Settings, provided(Settings)],
    now: Now,
) -> Response:
    """Somebody stands in from a day to another, both included."""
    form, unit = await read(DeputyForm, request), await directory.get(code)
    if form.errors:
        return _deputies(request, unit, form, status=422)
    said, zone = form.value, ZoneInfo(settings.timezone)
    if said.last_day < said.first_day:
        form.errors = {"last_day": web(request).locale(request).gettext(BACKWARDS)}
        return _deputies(request, unit, form, status=422)
    since, until = first_moment(said.first_day, zone), first_moment(said.last_day + timedelta(days=1), zone)
    deputy = Deputy(id=str(uuid4()), name=said.name, email=said.email, role=said.role, since=since, until=until)
    after, announcing = changed(unit, with_deputy(unit, deputy), by=officer.actor, now=now)
    await directory.save(after, announcing=announcing)
    return see_other(f"/units/{code}")


@page.post("/units/{code}/deputies/{deputy_id}/end")
async def post_end_of_deputy(
    request: Request, code: str, deputy_id: str, officer: Editor, directory: Annotated[Units, provided(Units)], now: Now
) -> Response:
    """Take a deputy out: letters go to whom they went before."""
    form, unit = await read(WishForm, request), await directory.get(code)
    if form.errors:
        return _deputies(request, unit, form, status=422)
    after, announcing = changed(unit, without_deputy(unit, deputy_id), by=officer.actor, now=now)
    if announcing:
        await directory.save(after, announcing=announcing)
    return see_other(f"/units/{code}")


@page.post("/units/{code}/test")
async def post_test(
    request: Request,
    code: str,
    officer: Editor,
    directory: Annotated[Units, provided(Units)],
    healths: Annotated[UnitHealths, provided(UnitHealths)],
    snapshots: Annotated[Snapshots, provided(Snapshots)],
    now: Now,
) -> Response:
    """Send the unit a test letter; the page of the unit shows what became of it."""
    form, unit = await read(WishForm, request), await directory.get(code)
    if form.errors:
        return _deputies(request, unit, form, status=422)
    test = Test(id=str(uuid4()), at=now, by=officer.actor)
    wanted = TestLetterRequested(
        test_id=test.id,
        unit=UnitAddress.model_validate(unit.address),
        email=unit.email,
        name=officer.name,
        language=unit.language,
        requested_at=now,
        contacts_version=await snapshots.renew(),
    )
    record = audit(AuditAction.UNIT_TESTED, code, now)
    await healths.begin_test(code, test, announcing=done_by(officer.actor, wanted, record))
    return see_other(f"/units/{code}#health")


def _deputies(request: Request, unit: Unit, form: Form[Any], *, status: int = 200) -> Response:
    return render(request, "unit_deputies.html", unit=unit, form=form, status=status)
