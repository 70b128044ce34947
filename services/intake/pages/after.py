"""What the writer sends after the message: each has a small page of its own, and a form on the status page.

Their paths contain the tracking code, a secret: never log them. Sentences in constants are msgids.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from secrets import token_urlsafe
from typing import Annotated, Any, TypeVar
from uuid import uuid4

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.intake.domain import after
from services.intake.domain.codes import check_of, proves
from services.intake.domain.history import Promise, Question
from services.intake.forms import (
    AddressForm,
    ByPerson,
    FollowUpForm,
    ObjectionForm,
    PromiseForm,
    QuestionForm,
    RatingForm,
    WithdrawalForm,
    question_about_address,
)
from services.intake.pages.files import AttachedFiles, form_of
from services.intake.pages.form import MEANT
from services.intake.pages.opened import Behind, Opened
from services.intake.pages.ratings import scores
from services.intake.store import Messages
from shared.documents import AWAY
from shared.events import FileRef
from shared.files.attached import Attached
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, not_found, render, see_other, web
from shared.web.provided import provided

F = TypeVar("F", bound=ByPerson)
UNPROVED = "Please type these four characters: %(check)s"
AWAY_NOW = "We could not record this just now. It is still here; please send it again in a few minutes."
TITLES = {
    "follow-ups": "Add something",
    "questions": "We have a question",
    "promises": "Was it done?",
    "withdrawal": "Withdraw your message",
    "rating": "How was the answer?",
    "objection": "Object to the answer",
    "address": "Correct your address",
}
Store = Annotated[Messages, provided(Messages)]

page = APIRouter(route_class=Page, tags=["pages"])


@dataclass(frozen=True)
class Act:
    """One of the small pages: ``what`` is the part of its address, and the name of its template."""

    request: Request
    opened: Opened
    what: str
    files: Attached | None = None
    question: Question | None = None
    promise: Promise | None = None

    @property
    def action(self) -> str:
        """Where its form goes."""
        about = self.question or self.promise
        return f"{self.opened.url}/{self.what}" + (f"/{about.id}" if about else "")

    def show(self, form: Form[Any], status: int = 200) -> Response:
        """The page with this form."""
        if not form.values.get("once"):
            form.values["once"] = token_urlsafe(16)
        context = {"form": form, "what": self.what, "title": TITLES[self.what], "action": self.action}
        context |= {"message": self.opened.message, "url": self.opened.url, "scores": scores(self.request)}
        context |= {"files": self.files, "upload_csrf": self.opened.upload_csrf, "question": self.question}
        context |= {"promise": self.promise, "check": check_of(self.opened.message.reference)}
        return render(self.request, "after.html", **context, status=status)

    def show_if_possible(self, form: Form[Any] | None = None) -> Response:
        """The page; the status page, which says why, where this cannot be done now."""
        if self.what not in self.opened.possible:
            return see_other(self.opened.url)
        return self.show(form or Form())

    async def take(
        self, form: Form[Any], messages: Messages, decide: Callable[[list[FileRef]], after.Changed]
    ) -> Response:
        """Decide, keep, and show the status page; with errors, the page with what was typed."""
        if self.files:
            form = self.files.onto(form)
        if form.errors:
            refused = self.files.status if self.files else 422
            return self.show(form, status=200 if form.notice else refused)
        try:
            kept = await self.files.claim(self.opened.message.id) if self.files else []
            changed, events = decide(kept)
            if events:
                await messages.save(changed, announcing=events)
        except Refused as refused:
            return self.show(with_error(form, refused, self.request), status=409)
        except AWAY:
            form.errors = {"": web(self.request).locale(self.request).gettext(AWAY_NOW)}
            return self.show(form, status=503)
        return see_other(f"{self.opened.url}?sent={self.what}")


@page.get("/t/{code}/follow-ups")
async def show_follow_up(request: Request, opened: Behind, files: AttachedFiles) -> Response:
    """Show the form for an addition."""
    return Act(request, opened, "follow-ups", files).show_if_possible()


@page.post("/t/{code}/follow-ups")
async def post_follow_up(request: Request, opened: Behind, files: AttachedFiles, messages: Store) -> Response:
    """Add something to the message. The random ``once`` of the form makes one of an addition that is sent twice."""
    form = _proved(request, opened, await read(FollowUpForm, request))
    once = str(form.values.get("once", ""))
    follow_up_id = form_of(once) if len(once) >= len(token_urlsafe(16)) else str(uuid4())
    return await Act(request, opened, "follow-ups", files).take(
        form,
        messages,
        lambda kept: after.follow_up(
            opened.message, follow_up_id=follow_up_id, text=form.value.text, files=kept, now=opened.now
        ),
    )


@page.get("/t/{code}/questions/{question_id}")
async def show_question(request: Request, opened: Behind, question_id: str, files: AttachedFiles) -> Response:
    """Show an officer's question; one that is answered is on the status page."""
    question = _question(opened, question_id)
    if question.answered_at is not None:
        return see_other(opened.url)
    return Act(request, opened, "questions", files, question).show(Form())


@page.post("/t/{code}/questions/{question_id}")
async def post_question(
    request: Request, opened: Behind, question_id: str, files: AttachedFiles, messages: Store
) -> Response:
    """Answer an officer's question."""
    question, form = _question(opened, question_id), _proved(request, opened, await read(QuestionForm, request))
    return await Act(request, opened, "questions", files, question).take(
        form,
        messages,
        lambda kept: after.answer_question(
            opened.message, question, text=form.value.answer, files=kept, now=opened.now
        ),
    )


@page.get("/t/{code}/promises/{promise_id}")
async def show_promise(request: Request, opened: Behind, promise_id: str, kept: str = "") -> Response:
    """Ask whether it was done. ``kept`` (yes or no), from a link in a letter, is chosen already; nothing is stored."""
    promise = _promise(opened, promise_id)
    if promise.kept is not None or opened.message.withdrawn:
        return see_other(opened.url)
    chosen = {"kept": kept} if kept in ("yes", "no") else {}
    return Act(request, opened, "promises", promise=promise).show(Form(values=chosen))


@page.post("/t/{code}/promises/{promise_id}")
async def post_promise(request: Request, opened: Behind, promise_id: str, messages: Store) -> Response:
    """Say whether it was done."""
    promise, form = _promise(opened, promise_id), _proved(request, opened, await read(PromiseForm, request))
    return await Act(request, opened, "promises", promise=promise).take(
        form,
        messages,
        lambda _: after.answer_promise(
            opened.message, promise, kept=form.value.kept == "yes", text=form.value.sentence, now=opened.now
        ),
    )


@page.get("/t/{code}/withdrawal")
async def show_withdrawal(request: Request, opened: Behind) -> Response:
    """Ask whether the message is to be withdrawn."""
    return Act(request, opened, "withdrawal").show_if_possible()


@page.post("/t/{code}/withdrawal")
async def post_withdrawal(request: Request, opened: Behind, messages: Store) -> Response:
    """Withdraw the message."""
    form = _proved(request, opened, await read(WithdrawalForm, request))
    return await Act(request, opened, "withdrawal").take(
        form, messages, lambda _: after.withdraw(opened.message, reason=form.value.why, now=opened.now)
    )


@page.get("/t/{code}/rating")
async def show_rating(request: Request, opened: Behind, score: str = "") -> Response:
    """Show the form for a rating. ``score``, from a link in a letter, is chosen already; nothing is stored."""
    before = opened.message.rating
    values = {"score": str(before.score), "comment": before.comment} if before else {}
    chosen = {"score": score} if score in scores(request) else {}
    return Act(request, opened, "rating").show_if_possible(Form(values=values | chosen))


@page.post("/t/{code}/rating")
async def post_rating(request: Request, opened: Behind, messages: Store) -> Response:
    """Rate the answer."""
    form = _proved(request, opened, await read(RatingForm, request))
    return await Act(request, opened, "rating").take(
        form,
        messages,
        lambda _: after.rate(opened.message, score=int(form.value.score), comment=form.value.comment, now=opened.now),
    )


@page.get("/t/{code}/objection")
async def show_objection(request: Request, opened: Behind, files: AttachedFiles) -> Response:
    """Show the form for an objection."""
    return Act(request, opened, "objection", files).show_if_possible()


@page.post("/t/{code}/objection")
async def post_objection(request: Request, opened: Behind, files: AttachedFiles, messages: Store) -> Response:
    """Object to the answer or the closing, once."""
    form = _proved(request, opened, await read(ObjectionForm, request))
    decide = partial(after.object_to, opened.message, now=opened.now, **opened.rules)
    return await Act(request, opened, "objection", files).take(
        form, messages, lambda kept: decide(reason=form.value.reason, files=kept)
    )


@page.get("/t/{code}/address")
async def show_address(request: Request, opened: Behind) -> Response:
    """Show the form for another address."""
    return Act(request, opened, "address").show_if_possible()


@page.post("/t/{code}/address")
async def post_address(request: Request, opened: Behind, messages: Store) -> Response:
    """Take another address, in place of one that letters came back from."""
    form = _proved(request, opened, await read(AddressForm, request))
    if not form.notice and (meant := question_about_address(form, opened.settings.own_domains)):
        form.errors |= {"email": web(request).locale(request).gettext(MEANT) % {"address": meant}}
    return await Act(request, opened, "address").take(
        form,
        messages,
        lambda _: after.correct_address(
            opened.message,
            email=form.value.chosen,
            code=opened.code,
            base_url=opened.settings.intake_url,
            now=opened.now,
        ),
    )


def _question(opened: Opened, question_id: str) -> Question:
    question = opened.message.question(question_id)
    if question is None:
        raise not_found()
    return question


def _proved(request: Request, opened: Opened, form: Form[F]) -> Form[F]:
    """The form; with an error unless a person typed the check."""
    reference = opened.message.reference
    if not proves(reference, str(form.values.get("check", ""))):
        sentence = web(request).locale(request).gettext(UNPROVED) % {"check": check_of(reference)}
        form.errors = {**form.errors, "check": sentence}
    return form


def _promise(opened: Opened, promise_id: str) -> Promise:
    promise = opened.message.promise(promise_id)
    if promise is None:
        raise not_found()
    return promise
