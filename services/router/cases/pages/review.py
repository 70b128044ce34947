"""Review of the units' replies, and the answer (procedure 5.5)."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.cases.domain.attention import unchanged_since
from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import ANSWER, needs_colleague
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.release import answer_sent, draft
from services.router.cases.domain.review import composed, pending_versions, return_reply, sendable_files
from services.router.cases.domain.used import with_templates
from services.router.cases.forms import RETURNS, ReturnForm, ReviewForm
from services.router.cases.labels import CHECKLIST, files_listed, labels
from services.router.cases.pages import Reviewer
from services.router.cases.pages.beside import beside, payload_beside, promise_shown
from services.router.cases.pages.case import assignment_of
from services.router.cases.pages.letter import hints_about, letter_of
from services.router.cases.pages.outcome import confirmation, done, forget, refusal
from services.router.cases.pages.templates import NONE, Offering, Texts, marks, offered, used_in
from services.router.cases.store.cases import Cases
from services.router.config import Settings
from services.router.deadlines.pages import Days
from services.router.texts.domain.institution import InstitutionSettings
from services.router.texts.domain.templates import Use
from services.router.texts.store import InstitutionStore, Templates
from shared.days import last_day, last_moment
from shared.differences import Run, differences
from shared.refused import Refused
from shared.web.forms import Form, read
from shared.web.i18n import DEFAULT
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


@page.get("/cases/{case_id}/review")
async def show_review(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    settings: Annotated[Settings, provided(Settings)],
    institutions: Annotated[InstitutionStore, provided(InstitutionStore)],
    templates: Annotated[Templates, provided(Templates)],
    deadlines: Days,
    now: Now,
) -> Response:
    """Show the message, the replies, and a draft of the answer."""
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    texts = await offered(request, templates, case, Use.ANSWER, days=deadlines.unit_days)
    answer = texts.after(draft(case, ANSWER, "answer") or composed(case))
    fresh = {"answer": answer, "templates": marks(case, ANSWER, texts)} | beside(case, now, deadlines.zone)
    form: Form[Any] = Form(values=fresh)
    return _review(request, case, officer, settings, institutions.current, form, texts)


@page.post("/cases/{case_id}/review")
async def post_review(
    request: Request,
    case_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    settings: Annotated[Settings, provided(Settings)],
    offers: Offering,
    institutions: Annotated[InstitutionStore, provided(InstitutionStore)],
    templates: Annotated[Templates, provided(Templates)],
    deadlines: Days,
    now: Now,
) -> Response:
    """Approve the replies and release the answer."""
    form, case = await read(ReviewForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    if texts := await offers.filled(form, "answer", case, Use.ANSWER):
        return _review(request, case, officer, settings, institutions.current, form, texts)
    if form.errors or form.value.look:
        return _review(request, case, officer, settings, institutions.current, form, status=422 if form.errors else 200)
    payload = payload_of(form.value) | {"templates": await used_in(templates, form.value)}
    until = settings.undo_until(now)
    try:
        payload |= payload_beside(form.value, now, deadlines.zone)
        answered, announcing = answer_sent(
            case,
            payload,
            at=until,
            four_eyes=institutions.current.wants_four_eyes(usual=settings.four_eyes),
            by=officer,
            now=now,
        )
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _review(
            request, case, officer, settings, institutions.current, refusal(request, case, form, refused), status=409
        )
    await cases.save(answered, announcing=announcing)
    return see_other(f"/cases/{case.id}") if answered.held else done(request, case, "answered")


@page.get("/cases/{case_id}/assignments/{assignment_id}/return")
async def show_return(
    request: Request,
    case_id: str,
    assignment_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    deadlines: Days,
    templates: Annotated[Templates, provided(Templates)],
    now: Now,
) -> Response:
    """Show the form that returns a reply."""
    case = await cases.get_for(officer, case_id, Action.REVIEW)
    assignment = assignment_of(case, assignment_id)
    days = deadlines.revision_days
    texts = await offered(request, templates, case, Use.RETURN, days=days, assignment=assignment)
    day = last_day(deadlines.due(deadlines.for_unit(now, days)), deadlines.zone).isoformat()
    fresh = {"version": assignment.reply.version if assignment.reply else 0, "last_day": day, "reason": texts.chosen}
    return _return(request, case, assignment, Form(values=fresh), texts)


@page.post("/cases/{case_id}/assignments/{assignment_id}/return")
async def post_return(
    request: Request,
    case_id: str,
    assignment_id: str,
    officer: Reviewer,
    cases: Annotated[Cases, provided(Cases)],
    deadlines: Days,
    offers: Offering,
    templates: Annotated[Templates, provided(Templates)],
    now: Now,
) -> Response:
    """Return one reply to its unit, with a reason."""
    form, case = await read(ReturnForm, request), await cases.get_for(officer, case_id, Action.REVIEW)
    assignment = assignment_of(case, assignment_id)
    if texts := await offers.filled(form, "reason", case, Use.RETURN, assignment=assignment):
        return _return(request, case, assignment, form, texts)
    if form.errors:
        return _return(request, case, assignment, form, status=422)
    chosen = last_moment(form.value.last_day, deadlines.zone) if form.value.last_day and not form.value.days else None
    clock = deadlines.for_unit(now, form.value.days or deadlines.revision_days)
    try:
        returned, announcing = return_reply(
            case,
            assignment_id,
            version=form.value.version,
            reason=_said(request, form.value),
            due_at=chosen or deadlines.due(clock),
            clock=None if chosen else clock,  # a day that the officer names does not move
            by=officer,
            now=now,
        )
        unchanged_since(case, form.value.revision)
    except Refused as refused:
        return _return(request, case, assignment, refusal(request, case, form, refused), status=409)
    await cases.save(with_templates(returned, await templates.used(form.value.templates)), announcing=announcing)
    return done(request, case, "returned")


def payload_of(form: ReviewForm) -> dict[str, Any]:
    """What is held of the form."""
    return {
        "answer": form.answer,
        "versions": sorted(set(form.versions)),
        "waived_because": form.waived_because,
        "checked": form.checked,
    }


def _review(
    request: Request,
    case: Case,
    officer: Officer,
    settings: Settings,
    institution: InstitutionSettings,
    form: Form[Any],
    texts: Texts = NONE,
    *,
    status: int = 200,
) -> Response:
    confirmed, locale = confirmation(request), web(request).locale(request)
    answer, promise = str(form.values.get("answer", "")), promise_shown(form.values, locale.zone)
    usual = [point.strip() for point in settings.review_checklist.split("|") if point.strip()]
    usual = usual or [locale.gettext(point) for point in CHECKLIST]
    response = render(
        request,
        "review.html",
        case=case,
        versions=sorted(pending_versions(case)),
        changes=changes_of_replies(case),
        letter=letter_of(request, case, answer, promise=promise),
        hints=hints_about(request, case, answer, promise),
        checklist=institution.checklist(case.kind, tuple(usual)),
        unit_files={file["id"]: file for file in files_listed(request, case, case.files_of_units)},
        sendable=files_listed(request, case, sendable_files(case)),
        four_eyes=institution.wants_four_eyes(usual=settings.four_eyes) and needs_colleague(case, officer),
        confirmed=confirmed,
        form=form,
        texts=texts,
        labels=labels(request),
        status=status,
    )
    return forget(response, case) if confirmed else response


def changes_of_replies(case: Case) -> dict[str, tuple[Run, ...]]:
    """What changed from the last but one to the newest version of each reply, by the id of its assignment."""
    revised = [a for a in case.pending if len(a.replies) > 1]
    return {a.id: differences(a.replies[-2].text, a.replies[-1].text) for a in revised}


def _said(request: Request, form: ReturnForm) -> str:
    """What the unit reads: the sentence of the reason from the list, then the officer's words."""
    if form.because not in RETURNS:
        return form.reason
    msgid = RETURNS[form.because][1]
    sentence = web(request).locales[DEFAULT].gettext(msgid)
    if form.reason == msgid or form.reason.startswith(sentence):
        return sentence if form.reason == msgid else form.reason
    return f"{sentence}\n{form.reason}"


def _return(
    request: Request, case: Case, assignment: Assignment, form: Form[Any], texts: Texts = NONE, *, status: int = 200
) -> Response:
    to_unit, here = web(request).locales[DEFAULT].gettext, web(request).locale(request).gettext
    reasons = [(key, here(label), to_unit(sentence)) for key, (label, sentence) in RETURNS.items()]
    shown = {"case": case, "assignment": assignment, "form": form, "reasons": reasons, "texts": texts}
    return render(request, "return.html", **shown, status=status)
