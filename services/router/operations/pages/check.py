"""The rules of the check before an answer goes out: the points of the list, and whether a colleague approves it."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.accounts.store import Accounts
from services.router.cases.labels import CHECKLIST
from services.router.config import Settings
from services.router.desk import require
from services.router.history import changed_fields, with_change
from services.router.operations.forms import CheckForm
from services.router.texts.domain.institution import InstitutionSettings
from services.router.texts.domain.templates import in_language
from services.router.texts.labels import changes_of
from services.router.texts.store import InstitutionStore
from shared.events import RouterAudited, done_by
from shared.web.forms import Form, read
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
Editor = Annotated[Officer, require(Action.EDIT_TEXTS)]
Institutions = Annotated[InstitutionStore, provided(InstitutionStore)]
People = Annotated[Accounts, provided(Accounts)]
Environment = Annotated[Settings, provided(Settings)]
CHANGED = "Somebody else has changed these rules since you opened the page. What you typed is still here."
TOO_MANY = "Please write at most 20 points of at most 200 characters each."
FIELDS = ("review_checklist", "kind_checklists", "four_eyes")
MOST_POINTS, LONGEST_POINT = 20, 200


@page.get("/administration/check")
async def show_check(
    request: Request, officer: Editor, institutions: Institutions, accounts: People, settings: Environment
) -> Response:
    """Show the rules."""
    known = await institutions.stored()
    return await _check(request, Form(values=_values(known)), known, accounts, settings)


@page.post("/administration/check")
async def post_check(
    request: Request,
    officer: Editor,
    institutions: Institutions,
    accounts: People,
    settings: Environment,
    now: Now,
) -> Response:
    """Change the rules."""
    form, known = await read(CheckForm, request), await institutions.stored()
    if not form.errors:
        form.errors = _errors(request, form.value)
    if form.errors:
        return await _check(request, form, known, accounts, settings, status=422)
    if form.value.revision not in (None, known.revision):
        form.errors = {"": web(request).locale(request).gettext(CHANGED)}
        form.values |= {"revision": known.revision, "now": _values(known)}
        return await _check(request, form, known, accounts, settings, status=409)
    wanted = known.model_copy(update=_rules(form.value))
    if fields := changed_fields(known, wanted):
        audit = RouterAudited(
            action=AuditAction.REVIEW_CHANGED, object_kind="institution", object_id=known.id, fields=fields, at=now
        )
        changed = with_change(known, wanted, by=officer.actor, at=now)
        await institutions.save(changed, announcing=done_by(officer.actor, audit))
    return see_other("/administration/check?saved=yes")


def lines(text: str) -> tuple[str, ...]:
    """One point a line, without empty ones and those that stand twice."""
    return tuple(dict.fromkeys(filter(None, (line.strip() for line in text.split("\n")))))


def _rules(form: CheckForm) -> dict[str, Any]:
    own = {kind: points for kind, text in zip(form.kinds, form.points, strict=False) if (points := lines(text))}
    four_eyes = {"yes": True, "no": False}.get(form.four_eyes)
    return {"review_checklist": lines(form.checklist) or None, "kind_checklists": own or None, "four_eyes": four_eyes}


def _errors(request: Request, form: CheckForm) -> dict[str, str]:
    sentence = web(request).locale(request).gettext(TOO_MANY)
    given = {"checklist": lines(form.checklist), "points": tuple(p for text in form.points for p in lines(text))}
    most = {"checklist": MOST_POINTS, "points": MOST_POINTS * max(1, len(form.kinds))}
    return {
        field: sentence
        for field, points in given.items()
        if len(points) > most[field] or any(len(point) > LONGEST_POINT for point in points)
    }


def _values(known: InstitutionSettings) -> dict[str, Any]:
    own = known.kind_checklists or {}
    return {
        "revision": known.revision,
        "checklist": "\n".join(known.review_checklist or ()),
        "kinds": [kind.id for kind in known.all_kinds],
        "points": ["\n".join(own.get(kind.id, ())) for kind in known.all_kinds],
        "four_eyes": {True: "yes", False: "no"}.get(known.four_eyes, "") if known.four_eyes is not None else "",
    }


async def _check(
    request: Request,
    form: Form[Any],
    known: InstitutionSettings,
    accounts: Accounts,
    settings: Settings,
    *,
    status: int = 200,
) -> Response:
    locale = web(request).locale(request)
    usual = lines(settings.review_checklist.replace("|", "\n")) or tuple(locale.gettext(point) for point in CHECKLIST)
    people = await accounts.names({change.by.id for change in known.history})
    points = list(form.values.get("points") or ())
    kinds = [(kind.id, in_language(kind.label, locale.language) or kind.id) for kind in known.all_kinds]
    return render(
        request,
        "check.html",
        form=form,
        usual=usual,
        usual_four_eyes=settings.four_eyes,
        kinds=[(*kind, points[at] if at < len(points) else "") for at, kind in enumerate(kinds)],
        history=changes_of(request, known, people, FIELDS),
        saved=request.query_params.get("saved") == "yes",
        status=status,
    )
