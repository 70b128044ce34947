"""The kinds of messages: what they are called, whether a unit owes a reply, and in how many days."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.desk import require
from services.router.texts.domain.institution import (
    CALENDAR,
    WORKING,
    InstitutionSettings,
    KindSettings,
    changed,
    code_for,
    moved_up,
    with_kind,
)
from services.router.texts.forms import RESERVED, KindForm, OrderForm
from services.router.texts.store import InstitutionStore
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Editor = Annotated[Officer, require(Action.EDIT_INSTITUTION)]
Stored = Annotated[InstitutionStore, provided(InstitutionStore)]
HERE = "/administration/kinds"
TAKEN = "There is a kind with this code already."
CHANGED = "Somebody else has changed this since you opened the page. What you typed is still here."


@page.get(HERE)
async def show_kinds(request: Request, officer: Editor, stored: Stored) -> Response:
    """Show all kinds, in the order of the form."""
    return _list(request, await stored.stored(), {})


@page.get(f"{HERE}/new")
async def show_new_kind(request: Request, officer: Editor, stored: Stored) -> Response:
    """Show the form for a new kind."""
    values = {"revision": (await stored.stored()).revision, "active": "yes", "reply_expected": "yes"}
    values |= {"unit_counts": WORKING, "answer_counts": CALENDAR}
    return _page(request, Form(values=values), new=True)


@page.get(HERE + "/{kind_id}")
async def show_kind(request: Request, kind_id: str, officer: Editor, stored: Stored) -> Response:
    """Show the form for one kind."""
    settings = await stored.stored()
    kind = settings.kind(kind_id)
    if kind is None:
        raise not_found()
    return _page(request, Form(values=_values(kind) | {"revision": settings.revision}))


@page.post(f"{HERE}/order")
async def post_order(request: Request, officer: Editor, stored: Stored, now: Now) -> Response:
    """Move a kind up. When the order has changed since the page was shown, nothing happens."""
    form, before = await read(OrderForm, request), await stored.stored()
    if form.errors:
        return _list(request, before, form.errors, status=422)
    if form.value.revision == str(before.revision):
        await _keep(stored, before, moved_up(before, form.value.id), officer, now, about=form.value.id)
    return see_other(HERE)


@page.post(f"{HERE}/new")
async def post_new_kind(request: Request, officer: Editor, stored: Stored, now: Now) -> Response:
    """Add a kind."""
    return await _post(request, officer, stored, now, new=True)


@page.post(HERE + "/{kind_id}")
async def post_kind(request: Request, kind_id: str, officer: Editor, stored: Stored, now: Now) -> Response:
    """Change a kind. Its code cannot change, and it is never deleted: cases have it."""
    return await _post(request, officer, stored, now, new=False)


async def _post(request: Request, officer: Officer, stored: InstitutionStore, now: datetime, *, new: bool) -> Response:
    form, before = await read(KindForm, request), await stored.stored()
    if form.errors:
        return _page(request, form, new=new, status=422)
    if new and not form.value.id:
        form.value.id = code_for(form.value.label_en, RESERVED | {kind.id for kind in before.all_kinds})
    known = before.kind(form.value.id)
    _ = web(request).locale(request).gettext
    if new and known:
        form.errors = {"id": _(TAKEN)}
        return _page(request, form, new=True, status=409)
    if not new and known is None:
        raise not_found()
    if form.value.revision != before.revision:
        form.errors = {"": _(CHANGED)}
        form.values |= {"revision": before.revision}
        return _page(request, form, new=new, status=409, now=known)
    try:
        wanted = with_kind(before, _kind(form.value))
    except Refused as refused:
        return _page(request, with_error(form, refused, request), new=new, status=422)
    await _keep(stored, before, wanted, officer, now, about=form.value.id)
    return see_other(f"{HERE}?done=saved")


async def _keep(
    stored: InstitutionStore,
    before: InstitutionSettings,
    wanted: InstitutionSettings,
    officer: Officer,
    now: datetime,
    *,
    about: str,
) -> None:
    settings, announcing = changed(
        before, wanted, by=officer.actor, at=now, action=AuditAction.KIND_CHANGED, about=about
    )
    if announcing:
        await stored.save(settings, announcing=announcing)


def _list(request: Request, settings: InstitutionSettings, errors: dict[str, str], *, status: int = 200) -> Response:
    form: Form[Any] = Form(errors=errors)
    kinds, revision = settings.all_kinds, settings.revision
    saved = "done" in request.query_params and not errors
    return render(request, "kinds.html", kinds=kinds, revision=revision, form=form, saved=saved, status=status)


def _page(
    request: Request, form: Form[Any], *, new: bool = False, status: int = 200, now: KindSettings | None = None
) -> Response:
    return render(request, "kind.html", form=form, new=new, now=now, status=status)


def _values(kind: KindSettings) -> dict[str, Any]:
    return {
        "id": kind.id,
        **{f"label_{language}": kind.label.get(language, "") for language in ("tr", "en", "ar")},
        "reply_expected": "yes" if kind.reply_expected else "",
        "active": "yes" if kind.active else "",
        "unit_days": kind.unit_days or "",
        "unit_counts": kind.unit_counts,
        "answer_days": kind.answer_days or "",
        "answer_counts": kind.answer_counts,
    }


def _kind(form: KindForm) -> KindSettings:
    labels = {"tr": form.label_tr, "en": form.label_en, "ar": form.label_ar}
    return KindSettings(
        id=form.id,
        label={language: label for language, label in labels.items() if label},
        reply_expected=form.reply_expected == "yes",
        active=form.active == "yes",
        unit_days=form.unit_days or None,
        unit_counts=form.unit_counts,
        answer_days=form.answer_days or None,
        answer_counts=form.answer_counts,
    )
