"""A request about a person's data is answered, and closed with it."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.records.domain.candidates import confirmed
from services.router.records.domain.requests import EXPORT_KEPT, Outcome, PersonRequest, close, undone
from services.router.records.forms import AnswerForm
from services.router.records.pages.person_rows import GIVEN, OUTCOMES, REASONS, WISHES, labels
from services.router.records.pages.request_page import Pages, Protector
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web

page = APIRouter(route_class=Page, tags=["pages"])
ADDRESSED = "Dear %(name)s,"
EXAMINED = (
    "Your application %(id)s of %(date)s was examined under articles 11 and 13 of Law 6698 on the Protection of "
    "Personal Data."
)
NOTHING = "There are no personal data in our systems that were confirmed to be yours."
GIVEN_OUT = "The file with your personal data is attached."
CORRECTED = "As you asked, your details were corrected."
ERASED = "As you asked, your personal data were erased or made anonymous."
KEPT = "Some records are still kept, for these reasons: %(reasons)s."
COMPLAINT = (
    "If you find this answer insufficient, you may complain to the Personal Data Protection Board within thirty days "
    "after you learn of it, and in any case within sixty days after your application (Law 6698, article 14)."
)
NO_REASONS = "A refusal gives its reasons (Law 6698, article 13/3). Please write them in the answer."
DRAFTED = (ADDRESSED, EXAMINED, NOTHING, GIVEN_OUT, CORRECTED, ERASED, KEPT, COMPLAINT)
"""Sentences (msgids) of the text that is proposed as an answer."""


class NoReasons(Refused):
    """The answer says what the system proposed, which is no reason for a refusal."""

    field = "answer"


@page.get("/privacy/{request_id}/answer")
async def show_answer(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """The form for the answer, with a text that says what was done; of a closed request, the answer to be printed."""
    asked = await pages.read(request_id, officer)
    return _answer(request, asked, Form(values={"answer": _draft(request, asked)}), pages.now)


@page.post("/privacy/{request_id}/answer")
async def post_answer(request: Request, request_id: str, officer: Protector, pages: Pages) -> Response:
    """Close the request with the answer."""
    form, asked = await read(AnswerForm, request), await pages.read(request_id, officer)
    if form.errors:
        return _answer(request, asked, form, pages.now, status=422)
    said = form.value
    try:
        if said.outcome == Outcome.REFUSED and said.answer.split() == _draft(request, asked).split():
            raise NoReasons(NO_REASONS)
        closed, announcing = close(
            asked, outcome=said.outcome, answer=said.answer, given=said.given, by=officer, now=pages.now
        )
    except Refused as refused:
        return _answer(request, asked, with_error(form, refused, request), pages.now, status=409)
    await pages.requests.save(closed, announcing=announcing)
    return see_other(f"/privacy/{request_id}?done=closed")


def _answer(request: Request, asked: PersonRequest, form: Form[Any], now: datetime, *, status: int = 200) -> Response:
    export = asked.export
    outcomes, given = list(labels(request, OUTCOMES).items()), list(labels(request, GIVEN).items())
    return render(
        request,
        "person_answer.html",
        asked=asked,
        form=form,
        outcomes=outcomes,
        given=given,
        way=dict(given).get(asked.given, ""),
        result=dict(outcomes).get(asked.outcome, "") if asked.outcome else "",
        file_until=export.ready_at + EXPORT_KEPT if export and export.ready_at and not export.over(now) else None,
        undone=[] if asked.closed else [labels(request, WISHES)[wish] for wish in undone(asked)],
        status=status,
    )


def _draft(request: Request, asked: PersonRequest) -> str:
    """A text for the answer: what was asked, what was done. In Turkish, as the law and the answer are."""
    ours, locale = confirmed(asked), web(request).locales["tr"]
    erased, kept = (asked.erasure.anything, set(asked.erasure.kept.values())) if asked.erasure else (False, set())
    names = {
        "name": asked.person.name or locale.gettext("Sir or Madam"),
        "date": locale.date(asked.received_at),
        "id": asked.id,
        "reasons": "; ".join(locale.gettext(words) for reason, words in REASONS.items() if reason in kept),
    }
    said = {
        ADDRESSED: True,
        EXAMINED: True,
        NOTHING: not ours,
        GIVEN_OUT: bool(ours and asked.export),
        CORRECTED: bool(asked.corrections),
        ERASED: erased,
        KEPT: bool(kept),
        COMPLAINT: True,
    }
    return "\n\n".join(locale.gettext(sentence) % names for sentence, wanted in said.items() if wanted)
