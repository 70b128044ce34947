"""Deliveries: what one receiver is told of one happening, and what became of it."""

import json
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from pydantic import AwareDatetime

from services.router.cases.domain.case import Case
from services.router.cases.domain.happening import ANSWERED, CLOSED, OPENED
from services.router.cases.domain.states import CaseState
from services.router.webhooks.domain.webhook import Webhook
from shared.events import CaseHappened, WebhookRequested
from shared.state import Aggregate, Open, State

TEST = "test"
STATES = {OPENED: CaseState.NEW, ANSWERED: CaseState.RESOLVED, CLOSED: CaseState.CLOSED}
KEPT_ATTEMPTS = 10


class DeliveryState(StrEnum):
    """``failed``: the last attempt failed; another may follow. ``dropped``: not to be sent any more."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


class Attempt(State):
    """One attempt: the HTTP status, or in ``error`` why there was none; ``milliseconds`` it took."""

    at: AwareDatetime
    status: int | None = None
    error: str = ""
    milliseconds: int = 0

    @property
    def succeeded(self) -> bool:
        """Whether the receiver took it."""
        return self.status is not None and 200 <= self.status < 300


class Delivery(Aggregate):
    """One delivery. ``body`` is what is sent, byte for byte, at every attempt; its id is that of the CloudEvent.

    ``message_id`` is the message it tells of; None for a test. ``tries`` counts all attempts, ``attempts`` are the
    newest.
    """

    webhook_id: str
    message_id: str | None = None
    reference: str = ""
    what: str
    body: str
    created_at: AwareDatetime
    state: Open[DeliveryState] = DeliveryState.WAITING
    tries: int = 0
    attempts: tuple[Attempt, ...] = ()

    @property
    def done(self) -> bool:
        """Whether there is nothing more to send."""
        return self.state in (DeliveryState.DELIVERED, DeliveryState.DROPPED)


def deliver(
    webhook: Webhook, happened: CaseHappened, case: Case, *, event_id: str, source: str, now: datetime
) -> tuple[Delivery, WebhookRequested]:
    """What this receiver is told of what happened. A second delivery of the event makes the same id."""
    delivery_id = str(uuid5(NAMESPACE_URL, f"{event_id}/{webhook.id}"))
    data = _data(happened, case) | ({"personal": _personal(happened, case)} if webhook.personal else {})
    about = {"time": _time(happened.at), "subject": happened.reference}
    return _made(
        Delivery(
            id=delivery_id,
            webhook_id=webhook.id,
            message_id=case.id,
            reference=happened.reference,
            what=happened.what,
            body=_body(delivery_id, f"klu.case.{happened.what}", source, about, data),
            created_at=now,
        ),
        now,
    )


def try_out(webhook: Webhook, delivery_id: str, *, source: str, now: datetime) -> tuple[Delivery, WebhookRequested]:
    """A test, which tells of no case."""
    body = _body(delivery_id, "klu.webhook.test", source, {"time": _time(now)}, {"webhook": webhook.id})
    return _made(Delivery(id=delivery_id, webhook_id=webhook.id, what=TEST, body=body, created_at=now), now)


def send_again(delivery: Delivery, now: datetime) -> tuple[Delivery, WebhookRequested]:
    """The same delivery once more, under the same id: a receiver that has it recognises it."""
    return _made(delivery.model_copy(update={"state": DeliveryState.WAITING}), now)


def attempted(delivery: Delivery, attempt: Attempt) -> Delivery:
    """The delivery after an attempt. Once delivered, it stays so."""
    delivered = attempt.succeeded or delivery.state is DeliveryState.DELIVERED
    state = DeliveryState.DELIVERED if delivered else DeliveryState.FAILED
    attempts = (*delivery.attempts, attempt)[-KEPT_ATTEMPTS:]
    return delivery.model_copy(update={"state": state, "tries": delivery.tries + 1, "attempts": attempts})


def dropped(delivery: Delivery) -> Delivery:
    """The delivery, which is not sent any more unless somebody has it sent again."""
    return delivery.model_copy(update={"state": DeliveryState.DROPPED})


def withheld(delivery: Delivery) -> Delivery:
    """The delivery, which may not be sent any more, without what it would have told."""
    return dropped(delivery).model_copy(update={"body": ""})


def without_personal(delivery: Delivery) -> Delivery:
    """The delivery as a receiver gets it that is told of nobody any more. The same one where nobody was named."""
    told = json.loads(delivery.body) if delivery.body else {}
    if "personal" not in told.get("data", {}):
        return delivery
    told["data"] = {name: value for name, value in told["data"].items() if name != "personal"}
    return delivery.model_copy(update={"body": _as_json(told)})


def _made(delivery: Delivery, now: datetime) -> tuple[Delivery, WebhookRequested]:
    return delivery, WebhookRequested(delivery_id=delivery.id, webhook_id=delivery.webhook_id, requested_at=now)


def _body(delivery_id: str, kind: str, source: str, about: dict[str, Any], data: dict[str, Any]) -> str:
    """CloudEvents 1.0, structured mode, JSON."""
    envelope = {"specversion": "1.0", "id": delivery_id, "source": source, "type": kind, **about}
    envelope |= {"datacontenttype": "application/json", "data": data}
    return _as_json(envelope)


def _as_json(envelope: dict[str, Any]) -> str:
    return json.dumps(envelope, ensure_ascii=False, separators=(",", ":"))


def _data(happened: CaseHappened, case: Case) -> dict[str, Any]:
    answered_at = case.answer.at if case.answer and happened.what != OPENED else None
    told = {
        "reference": happened.reference,
        "kind": happened.kind,
        "units": list(happened.units),
        "state": str(STATES.get(happened.what, case.state)),
        "closure_reason": happened.closure_reason,
        "revision": happened.revision,
        "submitted_at": _time(case.submitted_at),
        "answered_at": _time(answered_at) if answered_at else None,
        "closed_at": _time(happened.at) if happened.what == CLOSED else None,
    }
    return {name: value for name, value in told.items() if value is not None}


def _personal(happened: CaseHappened, case: Case) -> dict[str, Any]:
    """What people wrote and who they are; not who, where the submitter asked to be hidden."""
    person = {} if case.hide_identity else case.submitter.model_dump(include={"name", "email", "phone"})
    told = {
        "submitter": {name: value for name, value in person.items() if value},
        "subject": case.subject,
        "text": case.text,
        "answer": case.answer.text if case.answer and happened.what != OPENED else None,
    }
    return {name: value for name, value in told.items() if value}


def _time(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
