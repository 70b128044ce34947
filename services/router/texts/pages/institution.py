"""What the institution is called, how it looks, and its privacy notice."""

import base64
import tempfile
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.datastructures import UploadFile
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.desk import names_of, require
from services.router.texts.domain.institution import LARGEST_LOGO, InstitutionSettings, changed, institution_of
from services.router.texts.forms import InstitutionForm
from services.router.texts.labels import changes_of
from services.router.texts.store import InstitutionStore
from shared.files.accepted import FileRefused, safe_name
from shared.files.opener import Opener
from shared.institution import Institution
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided
from shared.web.sent import FileLimits, sent, take_files

page = APIRouter(route_class=Page, tags=["pages"])
Editor = Annotated[Officer, require(Action.EDIT_INSTITUTION)]
Stored = Annotated[InstitutionStore, provided(InstitutionStore)]
HERE = "/administration/institution"
CHANGED = "Somebody else has changed this since you opened the page. What you typed is still here."
PICTURES = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}
LARGEST_PICTURE = 5 * 1024 * 1024
PLAIN = ("short_name", "hotline", "url", "email", "phone", "primary_color", "accent_color", "notice_url")
"""Fields of the form that are fields of the settings."""


class NoLogo(Refused):
    """What was sent cannot be a logo."""

    field = "logo"


@page.get(HERE)
async def show_institution(request: Request, officer: Editor, stored: Stored) -> Response:
    """Show what the institution says about itself now."""
    settings = await stored.stored()
    shown = institution_of(settings, web(request).environment)
    return await _page(request, settings, Form(values=_values(shown, settings)))


@page.post(HERE)
async def post_institution(
    request: Request, officer: Editor, stored: Stored, opener: Annotated[Opener, provided(Opener)], now: Now
) -> Response:
    """Store what was changed. What is as the environment says is not stored: it follows the environment."""
    take_files(request, FileLimits(1, LARGEST_PICTURE))
    try:
        return await _post(request, officer, stored, opener, now)
    finally:
        await (await sent(request)).close()


async def _post(
    request: Request, officer: Officer, stored: InstitutionStore, opener: Opener, now: datetime
) -> Response:
    form, before = await read(InstitutionForm, request), await stored.stored()
    if form.errors:
        return await _page(request, before, form, status=422)
    if form.value.revision != before.revision:
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": before.revision}
        return await _page(request, before, form, status=409, now=institution_of(before, web(request).environment))
    try:
        logo = await _logo(request, form.value, opener)
    except (NoLogo, FileRefused) as refused:
        said = web(request).locale(request).gettext(str(refused))
        form.errors = {"logo": said % refused.values if isinstance(refused, FileRefused) else said}
        return await _page(request, before, form, status=422)
    wanted = before.model_copy(update=_said(form.value, web(request).environment) | logo)
    settings, announcing = changed(before, wanted, by=officer.actor, at=now)
    if announcing:
        await stored.save(settings, announcing=announcing)
    return see_other(f"{HERE}?done=saved")


async def _page(
    request: Request,
    settings: InstitutionSettings,
    form: Form[Any],
    *,
    status: int = 200,
    now: Institution | None = None,
) -> Response:
    people = await names_of(request, (change.by.id for change in settings.history))
    return render(
        request,
        "institution.html",
        form=form,
        has_logo=bool(institution_of(settings, web(request).environment).logo),
        own_logo=bool(settings.logo),
        environment=web(request).environment,
        now=now,
        saved="done" in request.query_params and not form.errors,
        history=changes_of(request, settings, people)[:20],
        status=status,
    )


def _values(shown: Institution, settings: InstitutionSettings) -> dict[str, Any]:
    return {
        "revision": settings.revision,
        "name_tr": shown.name.get("tr", ""),
        "name_en": shown.name.get("en", ""),
        "notice_tr": shown.notice.get("tr", ""),
        "notice_en": shown.notice.get("en", ""),
        **{field: getattr(shown, field) or "" for field in PLAIN},
    }


def _said(form: InstitutionForm, environment: Institution) -> dict[str, Any]:
    """The fields of the settings: None for what is empty, or as the environment says."""
    given: dict[str, Any] = {field: getattr(form, field) or None for field in PLAIN}
    names = {"tr": form.name_tr or environment.name.get("tr"), "en": form.name_en or environment.name.get("en")}
    given["name"] = {language: name for language, name in names.items() if name}
    given["notice"] = {language: text for language in ("tr", "en") if (text := getattr(form, f"notice_{language}"))}
    return {
        field: None if value in (None, {}) or value == getattr(environment, field) else value
        for field, value in given.items()
    }


async def _logo(request: Request, form: InstitutionForm, opener: Opener) -> dict[str, Any]:
    """The fields of another logo, written anew from its pixels; none when it stays. Raises NoLogo or FileRefused."""
    given = (await sent(request)).get("logo")
    if not isinstance(given, UploadFile) or not given.filename:
        return {"logo": None, "logo_type": None} if form.remove_logo else {}
    ending = given.filename.rpartition(".")[2].lower()
    if ending not in PICTURES:
        raise NoLogo("The logo must be a picture of the type PNG, JPEG or WebP.")
    if (given.size or 0) > LARGEST_PICTURE:
        raise NoLogo("The picture is larger than 5 MB.")
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as whole, tempfile.TemporaryFile() as small:
        source.write(await given.read())
        if reason := await opener.look(source, ending, whole, small):
            raise FileRefused(reason, name=safe_name(given.filename))
        for file, media_type in ((whole, PICTURES[ending]), (small, "image/webp")):
            file.seek(0)
            if len(content := file.read()) <= LARGEST_LOGO:
                return {"logo": base64.b64encode(content).decode(), "logo_type": media_type}
    raise NoLogo("The logo is larger than 64 KB. Please choose a simpler picture.")
