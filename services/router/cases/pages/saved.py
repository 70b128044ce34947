"""Lists under a name, which stand above the inbox: saving and removing them."""

from collections.abc import Sequence
from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Officer
from services.router.cases.domain.lists import CaseFilter
from services.router.cases.domain.saved import SHARED, SavedList, save_list
from services.router.cases.forms import SavingForm, UnsavingForm
from services.router.cases.pages import Overseer, Reader
from services.router.cases.pages.listing import list_of
from services.router.cases.store.saved import SavedLists
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, not_found, render, see_other
from shared.web.provided import Now, provided

Lists = Annotated[SavedLists, provided(SavedLists)]
page = APIRouter(route_class=Page, tags=["pages"])


@page.post("/saved-lists")
async def post_saved_list(request: Request, officer: Reader, lists: Lists, now: Now) -> Response:
    """Save a list for oneself."""
    return await _save(request, officer, lists, now, shared=False)


@page.post("/saved-lists/shared")
async def post_shared_list(request: Request, officer: Overseer, lists: Lists, now: Now) -> Response:
    """Save a list for everybody."""
    return await _save(request, officer, lists, now, shared=True)


@page.post("/saved-lists/{list_id}/removal")
async def post_removal(request: Request, list_id: str, officer: Reader, lists: Lists) -> Response:
    """Remove a list of one's own."""
    return await _remove(request, officer, lists, list_id, officer.id)


@page.post("/saved-lists/shared/{list_id}/removal")
async def post_shared_removal(request: Request, list_id: str, officer: Overseer, lists: Lists) -> Response:
    """Remove a list that everybody has."""
    return await _remove(request, officer, lists, list_id, SHARED)


def shown(lists: Sequence[SavedList], chosen: CaseFilter, officer: Officer) -> list[dict[str, Any]]:
    """The saved lists that this person may open, as the inbox shows them; ``current`` is what is chosen now."""
    opened = [(saved, list_of(saved.address, officer)) for saved in lists]
    return [
        {
            "name": saved.name,
            "shared": saved.shared,
            "url": f"/?{saved.address}",
            "current": here.query() == chosen.query(),
            "removal": f"/saved-lists/{'shared/' if saved.shared else ''}{saved.id}/removal",
        }
        for saved, here in opened
        if here
    ]


async def _save(request: Request, officer: Officer, lists: SavedLists, now: Now, *, shared: bool) -> Response:
    form = await read(SavingForm, request)
    chosen = _chosen(form, officer)
    if form.errors:
        return _form(request, form, chosen, shared=shared, status=422)
    try:
        await lists.keep(save_list(str(uuid4()), form.value.name, chosen, officer, now, shared=shared))
    except Refused as refused:
        return _form(request, with_error(form, refused, request), chosen, shared=shared, status=409)
    return see_other(f"/?{chosen.query()}")


async def _remove(request: Request, officer: Officer, lists: SavedLists, list_id: str, owner: str) -> Response:
    form = await read(UnsavingForm, request)
    chosen = _chosen(form, officer)
    if form.errors:
        return _form(request, form, chosen, shared=owner == SHARED, status=422)
    await lists.remove(list_id, owner)
    return see_other(f"/?{chosen.query()}")


def _chosen(form: Form[Any], officer: Officer) -> CaseFilter:
    """The list that the form names, without the place in it. Raises the 404 of ``not_found`` when it names none."""
    chosen = list_of(str(form.values.get("address", "")), officer)
    if chosen is None:
        raise not_found()
    return chosen


def _form(request: Request, form: Form[Any], chosen: CaseFilter, *, shared: bool, status: int) -> Response:
    removing = "name" not in form.values
    return render(request, "saved_list.html", form=form, chosen=chosen, shared=shared, removing=removing, status=status)
