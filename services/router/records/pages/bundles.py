"""The file of a case as one bundle: ask for it, see when it is ready, download it."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from services.router.access import Action, Officer
from services.router.cases.domain.case import Case
from services.router.cases.store.cases import Cases
from services.router.desk import require
from services.router.records.domain.bundles import BundleState, ask, download
from services.router.records.forms import StepForm
from services.router.records.store.bundles import Bundles
from shared.files.giving import disposition
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Maker = Annotated[Officer, require(Action.MAKE_BUNDLE)]
AllCases = Annotated[Cases, provided(Cases)]
AllBundles = Annotated[Bundles, provided(Bundles)]


@page.get("/cases/{case_id}/bundle")
async def show_bundles(
    request: Request, case_id: str, officer: Maker, cases: AllCases, bundles: AllBundles, now: Now
) -> Response:
    """Show what this person has asked for, with the form that asks for one more."""
    case = await cases.get_for(officer, case_id, Action.MAKE_BUNDLE)
    return await _show(request, case, officer, bundles, now)


@page.post("/cases/{case_id}/bundle")
async def post_bundle(
    request: Request, case_id: str, officer: Maker, cases: AllCases, bundles: AllBundles, now: Now
) -> Response:
    """Have a bundle made. Who waits for one of this case already waits for that one."""
    form, case = await read(StepForm, request), await cases.get_for(officer, case_id, Action.MAKE_BUNDLE)
    if form.errors:
        return await _show(request, case, officer, bundles, now, form, status=422)
    if any(one.state is BundleState.WAITING for one in await bundles.of(officer.id, case_id)):
        return see_other(f"/cases/{case_id}/bundle")
    try:
        waiting = await bundles.waited_for(officer.id)
        bundle, events = ask(case, waiting, by=officer, language=web(request).locale(request).language, now=now)
    except Refused as refused:
        return await _show(request, case, officer, bundles, now, with_error(form, refused, request), status=409)
    await bundles.add(bundle, announcing=events)
    return see_other(f"/cases/{case_id}/bundle")


@page.get("/cases/{case_id}/bundle/{bundle_id}")
async def show_bundle(
    case_id: str, bundle_id: str, officer: Maker, cases: AllCases, bundles: AllBundles, now: Now
) -> Response:
    """Give a bundle to the person who asked for it, and record that; 404 for others, and when its day is over."""
    await cases.get_for(officer, case_id, Action.MAKE_BUNDLE)
    bundle = await bundles.get(bundle_id)
    if bundle.case_id != case_id or bundle.actor.id != officer.id or bundle.content is None:
        raise not_found()
    try:
        taken, events = download(bundle, now)
    except Refused:
        raise not_found() from None
    await bundles.save(taken, announcing=events)
    headers = {"Content-Length": str(bundle.size), "Content-Disposition": disposition(f"{bundle.reference}.zip")}
    return StreamingResponse(bundles.read(bundle.content), media_type="application/zip", headers=headers)


async def _show(
    request: Request,
    case: Case,
    officer: Officer,
    bundles: Bundles,
    now: datetime,
    form: Form[Any] | None = None,
    *,
    status: int = 200,
) -> Response:
    found = [
        one for one in await bundles.of(officer.id, case.id) if one.state is not BundleState.READY or one.offered(now)
    ]
    return render(
        request,
        "bundles.html",
        case=case,
        form=form or Form(),
        bundles=found,
        waiting=any(one.state is BundleState.WAITING for one in found),
        status=status,
    )
