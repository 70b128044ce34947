"""*Sordunuz, yaptık*: propose, write anew, publish and withdraw an answer for the public page."""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.cases.domain.case import Case
from services.router.cases.store.cases import Cases
from services.router.desk import names_of, require
from services.router.directory.store import Units
from services.router.statistics.domain.answers import (
    PublicAnswer,
    Words,
    propose,
    publish_answer,
    recognisable,
    rewrite,
    withdraw_answer,
)
from services.router.statistics.forms import AnswerForm, PublicationForm, WithdrawalForm
from services.router.statistics.store.public import PublicAnswers, PublicPages, ToldPages
from shared.documents import NotFound
from shared.refused import Refused
from shared.state import UnitName
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
HERE = "/answers"
CHANGED = "Somebody else has changed this text since you opened the page. What you typed is still here."
BOTH = "Please write both parts in English, or neither."
LOOK_AGAIN = "Please look at this again: it may tell who asked. If it does not, say so below."
Reader = Annotated[Officer, require(Action.READ_FIGURES)]
Writer = Annotated[Officer, require(Action.WORK)]
Publisher = Annotated[Officer, require(Action.PUBLISH)]


class AnswersDesk:
    """What the pages of public answers are made from."""

    def __init__(
        self,
        answers: Annotated[PublicAnswers, provided(PublicAnswers)],
        pages: Annotated[PublicPages, provided(PublicPages)],
        told: Annotated[ToldPages, provided(ToldPages)],
        cases: Annotated[Cases, provided(Cases)],
        units: Annotated[Units, provided(Units)],
        now: Now,
    ) -> None:
        self.answers, self.pages, self.told, self.cases, self.units, self.now = answers, pages, told, cases, units, now

    async def case(self, officer: Officer, case_id: str | None) -> Case | None:
        """The case behind an answer, if this person may read it."""
        try:
            return await self.cases.get_for(officer, case_id, Action.READ_CASES) if case_id else None
        except NotFound:
            return None

    async def words(self, form: AnswerForm) -> Words:
        """The words of a form, with the unit as the directory has it."""
        units = {unit.id: unit for unit in await self.units.all()}
        unit = units.get(form.unit)
        return Words(
            asked={"tr": form.asked_tr} | ({"en": form.asked_en} if form.asked_en else {}),
            done={"tr": form.done_tr} | ({"en": form.done_en} if form.done_en else {}),
            unit=UnitName(code=unit.id, name_tr=unit.name_tr, name_en=unit.name_en) if unit else None,
        )

    async def show(
        self,
        request: Request,
        officer: Officer,
        form: Form[Any],
        answer: PublicAnswer | None = None,
        *,
        case: Case | None = None,
        found: list[str] | None = None,
        status: int = 200,
    ) -> Response:
        """The form of one answer; of a new one, without ``answer``."""
        people = {change.by.id for change in answer.history} | {answer.proposed_by.id} if answer else set()
        units = [
            (unit.id, unit.name_en if web(request).language(request) == "en" else unit.name_tr)
            for unit in await self.units.all(web(request).language(request))
            if unit.active
        ]
        return render(
            request,
            "public_answer.html",
            answer=answer,
            case=case,
            form=form,
            found=found or [],
            units=units,
            names=await names_of(request, people),
            shown=(await self.pages.stored()).answers_shown,
            done=request.query_params.get("done", "") if not form.errors else "",
            status=status,
        )


Desk = Annotated[AnswersDesk, Depends()]


@page.get(HERE)
async def show_answers(request: Request, officer: Reader, desk: Desk) -> Response:
    """List all answers: what waits for a supervisor first."""
    answers = sorted(await desk.answers.all(), key=lambda answer: not answer.waits)
    shown = (await desk.pages.stored()).answers_shown
    return render(request, "public_answers.html", answers=answers, shown=shown)


@page.get(f"{HERE}/new")
async def show_new_answer(request: Request, officer: Writer, desk: Desk, case: str = "") -> Response:
    """Show the form; beside it the case, if it is to be about one. Of the case, the form has its only unit alone."""
    about = await _answered(desk, officer, case)
    asked = {assignment.unit.code for assignment in about.assignments} if about else set()
    unit = asked.pop() if len(asked) == 1 else ""
    return await desk.show(request, officer, Form(values={"case": case, "unit": unit}), case=about)


@page.post(f"{HERE}/new")
async def post_new_answer(request: Request, officer: Writer, desk: Desk) -> Response:
    """Propose an answer."""
    form = await read(AnswerForm, request)
    about = await _answered(desk, officer, str(form.values.get("case") or ""))
    refused = await _refused(request, officer, desk, form, None, about)
    if refused:
        return refused
    words = await desk.words(form.value)
    answer, announcing = propose(
        words, answer_id=str(uuid4()), case_id=about.id if about else None, by=officer.actor, now=desk.now
    )
    await desk.answers.add(answer, announcing=announcing)
    return see_other(f"{HERE}/{answer.id}?done=proposed")


@page.get(HERE + "/{answer_id}")
async def show_answer(request: Request, answer_id: str, officer: Reader, desk: Desk) -> Response:
    """Show one answer: what the public reads, and the newest words."""
    answer = await desk.answers.get(answer_id)
    case = await desk.case(officer, answer.case_id)
    return await desk.show(
        request, officer, Form(values=_values(answer)), answer, case=case, found=_found(answer.draft, case)
    )


@page.post(HERE + "/{answer_id}")
async def post_answer(request: Request, answer_id: str, officer: Writer, desk: Desk) -> Response:
    """Write it anew. The public goes on reading what was published."""
    form, answer = await read(AnswerForm, request), await desk.answers.get(answer_id)
    case = await desk.case(officer, answer.case_id)
    refused = await _refused(request, officer, desk, form, answer, case)
    if refused:
        return refused
    after, announcing = rewrite(answer, await desk.words(form.value), by=officer.actor, now=desk.now)
    if announcing:
        await desk.answers.save(after, announcing=announcing)
    return see_other(f"{HERE}/{answer_id}?done=saved")


@page.post(HERE + "/{answer_id}/publication")
async def post_publication(request: Request, answer_id: str, officer: Publisher, desk: Desk) -> Response:
    """Publish the newest words; the supervisor has confirmed that nobody can be recognised."""
    form, answer = await read(PublicationForm, request), await desk.answers.get(answer_id)
    if form.errors or form.value.revision != answer.revision:
        status = 422 if form.errors else 409
        form.errors = form.errors or {"": web(request).locale(request).gettext(CHANGED)}
        ticked = form.values.get("confirmed", "") if form.values.get("revision") == str(answer.revision) else ""
        form.values = _values(answer) | {"confirmed": ticked}
        case = await desk.case(officer, answer.case_id)
        return await desk.show(
            request, officer, form, answer, case=case, found=_found(answer.draft, case), status=status
        )
    return await _decided(request, officer, desk, answer, form, "published")


@page.post(HERE + "/{answer_id}/withdrawal")
async def post_withdrawal(request: Request, answer_id: str, officer: Publisher, desk: Desk) -> Response:
    """Have the public read it no longer, or put a proposal aside."""
    form, answer = await read(WithdrawalForm, request), await desk.answers.get(answer_id)
    if form.errors:
        return await desk.show(request, officer, form, answer, status=422)
    return await _decided(request, officer, desk, answer, form, "withdrawn")


async def _decided(
    request: Request, officer: Officer, desk: AnswersDesk, answer: PublicAnswer, form: Form[Any], what: str
) -> Response:
    decide = publish_answer if what == "published" else withdraw_answer
    try:
        after, announcing = decide(answer, by=officer.actor, now=desk.now)
    except Refused as refused:
        form = with_error(form, refused, request)
        form.values = _values(answer)
        return await desk.show(request, officer, form, answer, status=422)
    await desk.answers.save(after, announcing=announcing)
    await desk.told.renew()
    return see_other(f"{HERE}/{answer.id}?done={what}")


async def _refused(
    request: Request,
    officer: Officer,
    desk: AnswersDesk,
    form: Form[AnswerForm],
    answer: PublicAnswer | None,
    case: Case | None,
) -> Response | None:
    """The form once more, with what is wrong; None when it can be kept."""
    gettext = web(request).locale(request).gettext
    found, status = list[str](), 422
    if not form.errors and bool(form.value.asked_en) != bool(form.value.done_en):
        form.errors = {"done_en" if form.value.asked_en else "asked_en": gettext(BOTH)}
    if not form.errors and answer and form.value.revision != answer.revision:
        form.errors, status = {"": gettext(CHANGED)}, 409
        form.values |= {"revision": answer.revision, "now": answer.draft}
    if not form.errors and form.value.sure != "yes":
        found = _found(await desk.words(form.value), case)
        form.errors = {"sure": gettext(LOOK_AGAIN)} if found else {}
    if not form.errors:
        return None
    return await desk.show(request, officer, form, answer, case=case, found=found, status=status)


async def _answered(desk: AnswersDesk, officer: Officer, case_id: str) -> Case | None:
    """The answered case of this id. Raises 404 for one that is not answered, or that few may read."""
    if not case_id:
        return None
    case = await desk.case(officer, case_id)
    if case is None or case.answer is None or case.restriction:
        raise not_found()
    return case


def _found(words: Words, case: Case | None) -> list[str]:
    who = case.submitter if case else None
    return recognisable(
        words,
        name=who.name if who else None,
        email=who.email if who else None,
        phone=who.phone if who else None,
    )


def _values(answer: PublicAnswer) -> dict[str, Any]:
    draft = answer.draft
    return {
        "revision": answer.revision,
        "case": answer.case_id or "",
        "asked_tr": draft.asked.get("tr", ""),
        "asked_en": draft.asked.get("en", ""),
        "done_tr": draft.done.get("tr", ""),
        "done_en": draft.done.get("en", ""),
        "unit": draft.unit.code if draft.unit else "",
    }
