"""What the writer sends after the message, as JSON. Each answers with the status of the message afterwards."""

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic.config import JsonDict
from pydantic_core import PydanticCustomError

from services.intake.admission import LostClients
from services.intake.api.files import SentFiles, WithFiles, with_files
from services.intake.api.messages import Key, before_cleaning, check_key, few_fields
from services.intake.api.status import Rules, Status, message_of, status_of
from services.intake.config import Settings
from services.intake.domain import after
from services.intake.domain.codes import code_of
from services.intake.domain.message import Message, message_id_of
from services.intake.store import LostRequests, Messages
from shared.events import Language
from shared.refused import Refused as RuleBroken
from shared.text import Body, Email, Text
from shared.web.client import client_of
from shared.web.problems import Refused, problems
from shared.web.provided import Now, provided

NOT_NOW = "This is not possible now"
TOO_MANY = ("Too many requests", "Codes were asked for very often from your network. Please try again in an hour.")
ANSWERS = problems(400, 404, 409, 413, 422, 429, 503)

Found = Annotated[Message, Depends(message_of)]
Store = Annotated[Messages, provided(Messages)]
Set = Annotated[Settings, provided(Settings)]

api = APIRouter(prefix="/api/v1", route_class=WithFiles, tags=["messages"])


def _lengths(schema: JsonDict) -> None:
    for described in cast(dict[str, JsonDict], schema.get("properties", {})).values():
        before_cleaning(described)


def _number(sent: object) -> object:
    """JSON has one kind of numbers; a text or a boolean is none."""
    if isinstance(sent, (str, bool)):
        raise PydanticCustomError("other", "This is not a number.")
    return sent


def _truth(sent: object) -> object:
    """JSON has true and false; a number or a text is none of them."""
    if not isinstance(sent, bool):
        raise PydanticCustomError("other", "This is neither true nor false.")
    return sent


class Sent(BaseModel):
    """A body of this API: unknown fields are an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", json_schema_extra=_lengths)

    _bounded = model_validator(mode="before")(few_fields)


class NewFollowUp(Sent):
    """Something to add."""

    text: Body


class NewAnswer(Sent):
    """The answer to an officer's question."""

    text: Body


class NewPromiseAnswer(Sent):
    """Whether what was promised was done; ``text`` may be left out."""

    kept: Annotated[bool, BeforeValidator(_truth)]
    text: Text = ""


class NewWithdrawal(Sent):
    """The message is taken back; ``reason`` may be left out."""

    reason: Text = ""


class NewRating(Sent):
    """A rating of the answer, from 1 (bad) to 5; a later one takes the place of an earlier one."""

    score: Annotated[int, BeforeValidator(_number), Field(ge=1, le=5)]
    comment: Text = ""


class NewObjection(Sent):
    """Why the writer objects."""

    reason: Body


class NewAddress(Sent):
    """Another address, in place of one that letters came back from."""

    email: Email


class LostCodesRequest(Sent):
    """The address whose codes are lost, and the language of the letter."""

    email: Email
    language: Language = "tr"


class Noted(BaseModel):
    """The request was noted: the same for every address."""

    accepted: bool = True


def _or_form(model: type[BaseModel]) -> dict[str, Any]:
    """For ``openapi_extra``: a form with files is taken in place of JSON."""
    return {"requestBody": {"content": {"multipart/form-data": {"schema": with_files(model)}}}}


@api.post(
    "/messages/{tracking_code}/follow-ups", status_code=201, responses=ANSWERS, openapi_extra=_or_form(NewFollowUp)
)
async def post_follow_up(
    body: NewFollowUp,
    files: SentFiles,
    message: Found,
    messages: Store,
    rules: Rules,
    now: Now,
    idempotency_key: Key = None,
) -> Status:
    """Add something to the message, in any state of it."""
    check_key(idempotency_key)
    added = message_id_of("api", message.id, idempotency_key) if idempotency_key else str(uuid4())
    kept = await files.claimed(message.id, added)
    changed = _decided(lambda: after.follow_up(message, follow_up_id=added, text=body.text, files=kept, now=now))
    return await _kept(changed, messages, rules, now)


@api.post(
    "/messages/{tracking_code}/questions/{question_id}",
    status_code=201,
    responses=ANSWERS,
    openapi_extra=_or_form(NewAnswer),
)
async def post_question(
    question_id: str, body: NewAnswer, files: SentFiles, message: Found, messages: Store, rules: Rules, now: Now
) -> Status:
    """Answer an officer's question, once."""
    question = message.question(question_id)
    if question is None:
        raise Refused(404, "This question was not asked", "Please look at the questions of the message.")
    kept = await files.claimed(message.id, message_id_of("question", message.id, question_id))
    changed = _decided(lambda: after.answer_question(message, question, text=body.text, files=kept, now=now))
    return await _kept(changed, messages, rules, now)


@api.post("/messages/{tracking_code}/promises/{promise_id}", status_code=201, responses=ANSWERS)
async def post_promise(
    promise_id: str, body: NewPromiseAnswer, message: Found, messages: Store, rules: Rules, now: Now
) -> Status:
    """Say whether what was promised was done, once. If it was not, the message is dealt with again."""
    promise = message.promise(promise_id)
    if promise is None:
        raise Refused(404, "This promise is not known", "Please look at the promises of the message.")
    changed = _decided(lambda: after.answer_promise(message, promise, kept=body.kept, text=body.text, now=now))
    return await _kept(changed, messages, rules, now)


@api.post("/messages/{tracking_code}/withdrawal", status_code=201, responses=ANSWERS)
async def post_withdrawal(body: NewWithdrawal, message: Found, messages: Store, rules: Rules, now: Now) -> Status:
    """Withdraw the message, while it is neither answered nor closed."""
    changed = _decided(lambda: after.withdraw(message, reason=body.reason, now=now))
    return await _kept(changed, messages, rules, now)


@api.post("/messages/{tracking_code}/rating", status_code=201, responses=ANSWERS)
async def post_rating(body: NewRating, message: Found, messages: Store, rules: Rules, now: Now) -> Status:
    """Rate the answer."""
    changed = _decided(lambda: after.rate(message, score=body.score, comment=body.comment, now=now))
    return await _kept(changed, messages, rules, now)


@api.post(
    "/messages/{tracking_code}/objection", status_code=201, responses=ANSWERS, openapi_extra=_or_form(NewObjection)
)
async def post_objection(
    body: NewObjection, files: SentFiles, message: Found, messages: Store, rules: Rules, now: Now
) -> Status:
    """Object to the answer or the closing, once, within the days that the institution allows."""
    kept = await files.claimed(message.id, message_id_of("objection", message.id))
    changed = _decided(lambda: after.object_to(message, reason=body.reason, files=kept, now=now, **rules))
    return await _kept(changed, messages, rules, now)


@api.post("/messages/{tracking_code}/address", status_code=201, responses=ANSWERS)
async def post_address(
    tracking_code: str,
    body: NewAddress,
    message: Found,
    messages: Store,
    settings: Set,
    rules: Rules,
    now: Now,
) -> Status:
    """Give another address, after a letter came back. The receipt goes there."""
    code, url = code_of(tracking_code, code_hash=message.code_hash), settings.intake_url
    changed = _decided(lambda: after.correct_address(message, email=body.email, code=code, base_url=url, now=now))
    return await _kept(changed, messages, rules, now)


@api.post("/lost-codes", status_code=202, responses=problems(400, 413, 422, 429, 503))
async def post_lost_codes(
    request: Request,
    body: LostCodesRequest,
    requests: Annotated[LostRequests, provided(LostRequests)],
    clients: Annotated[LostClients, provided(LostClients)],
    settings: Set,
    now: Now,
) -> Noted:
    """Have the codes of an address sent to it. Neither the answer nor its time tells whether there are any."""
    if seconds := clients.ask(client_of(request), now):
        raise Refused(429, *TOO_MANY, wait=seconds)
    await requests.ask(settings.secret_key.get_secret_value(), email=body.email, language=body.language, now=now)
    return Noted()


def _decided(decide: Callable[[], after.Changed]) -> after.Changed:
    """What the domain decides; a refusal becomes a problem."""
    try:
        return decide()
    except RuleBroken as refused:
        raise Refused(409, NOT_NOW, str(refused)) from None


async def _kept(changed: after.Changed, messages: Messages, rules: dict[str, Any], now: datetime) -> Status:
    message, events = changed
    if events:
        message = await messages.save(message, announcing=events)
    return status_of(message, rules, now)
