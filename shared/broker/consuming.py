"""The outcome of a delivery. Errors are sorted by what should happen next:

* processed now or before, or about an erased document: acknowledge, after the write;
* Conflict: run the handler again at once;
* a dependency is away: hold the event unacknowledged and try again, without counting an attempt;
* this version cannot read a document, or another event has to come first: retry after a delay, without counting an
  attempt, because the event is valid;
* any other failure: count an attempt in a header and retry after a delay; park the event when the delays are used up;
* the event cannot be decoded, or the owner of its type has not signed it: park it at once.
"""

import asyncio
import inspect
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from time import perf_counter
from typing import Annotated, Any

import structlog
from faststream import AckPolicy, BaseMiddleware
from faststream.rabbit import Channel, RabbitBroker, RabbitExchange, RabbitMessage
from opentelemetry.trace import SpanKind
from pydantic import BaseModel, StringConstraints, ValidationError

from shared.broker.publishing import Publisher
from shared.broker.topology import CONSUMERS, EVENTS, OWNERS, parked_name, queue_name, retry_name, work_queue
from shared.clock import Clock, utc_now
from shared.documents import AWAY, AlreadyProcessed, Erased, NotYet, UnreadableDocument
from shared.events import CloudEvent, Event, carrying
from shared.retrying import on_conflict
from shared.signing import NotSigned, Signatures
from shared.state import without_values
from shared.telemetry import Telemetry
from shared.tracing.spans import TRACEPARENT, Attributes

ATTEMPT, REASON, QUEUE, PARKED_AT = "x-attempt", "x-reason", "x-queue", "x-parked-at"
MOST_ATTEMPTS = 1_000_000
OUTCOMES = ("obeyed", "duplicate", "erased", "retried", "parked", "handed_back")
LONGEST_HOLD = 300.0
"""Seconds an event is held unacknowledged; then it goes to a delay queue, long before RabbitMQ's consumer timeout."""

log = structlog.get_logger()
Handler = Callable[[Any], Awaitable[None]]


def handlers_of(*objects: object) -> list[Handler]:
    """The methods ``on_<event>`` of these objects, in the order of definition."""
    return [getattr(found, name) for found in objects for name in vars(type(found)) if name.startswith("on_")]


Admit = Callable[[CloudEvent[Any]], Awaitable[CloudEvent[Any]]]


async def admit_all(event: CloudEvent[Any]) -> CloudEvent[Any]:
    """No event is too late."""
    return event


def subscribe(
    broker: RabbitBroker,
    service: str,
    handlers: Sequence[Handler],
    signatures: Signatures,
    *,
    prefetch: int,
    admit: Admit = admit_all,
) -> None:
    """Subscribe each handler to the queue of its events. Raises LookupError if the topology lists other events.

    ``admit`` gives the event without what was erased since, or raises Erased, whatever its handler.
    """
    heard = {events: handler for handler in handlers if (events := _events_of(handler, service))}
    if {event for events in heard for event in events} != set(CONSUMERS[service]):
        listed = sorted(event.type for events in heard for event in events)
        raise LookupError(f"{service} handles {listed}, the topology lists others")
    for events, handler in heard.items():
        queues = {queue_name(service, event): work_queue(service, event) for event in events}
        for name, queue in queues.items():
            broker.subscriber(
                queue,
                EVENTS,
                channel=Channel(prefetch_count=prefetch),
                ack_policy=AckPolicy.NACK_ON_ERROR,
                decoder=_decoder([one for one in events if queue_name(service, one) == name], signatures, admit),
                no_reply=True,
            )(handler)


def _events_of(handler: Handler, service: str) -> tuple[type[Event], ...]:
    """The event of a handler; of a class of events that share a queue (``Audited``), all that the service consumes."""
    (parameter,) = inspect.signature(handler).parameters.values()
    event: type[Event] = parameter.annotation.model_fields["data"].annotation
    return tuple(one for one in CONSUMERS[service] if issubclass(one, event)) or (event,)


def _decoder(
    events: Sequence[type[Event]], signatures: Signatures, admit: Admit = admit_all
) -> Callable[[RabbitMessage], Awaitable[CloudEvent[Any]]]:
    """A decoder for the events of a queue, because FastStream decodes ``application/json`` only.

    Checks the signature first: that of the owner of the type that the event says it has.
    """
    envelopes = {event.type: carrying(event) for event in events}
    first = events[0].type

    async def decode(message: RabbitMessage) -> CloudEvent[Any]:
        try:
            said = first if len(envelopes) == 1 else Typed.model_validate_json(message.body).type
            if said not in envelopes:
                raise UnreadableEvent(f"events of the type {said} do not belong into this queue")
            signatures.check(message.body, owner=OWNERS[said])
            event = envelopes[said].model_validate_json(message.body)
        except NotSigned as error:
            raise UnreadableEvent(str(error)) from None
        except ValidationError as error:
            raise UnreadableEvent(without_values(error)) from None
        return await admit(event)

    return decode


class Typed(BaseModel):
    """The type of an event whose owner is not known yet."""

    type: Annotated[str, StringConstraints(max_length=100)]


class UnreadableEvent(Exception):
    """The body does not match the schema of the queue's event, or its owner has not signed it."""


class Consuming:
    """Makes the middleware of one service; FastStream calls it once per delivery.

    ``done`` counts finished deliveries, ``in_hand`` those in progress, by queue. While ``stopping``, no event is held.
    """

    def __init__(
        self,
        service: str,
        publisher: Publisher,
        telemetry: Telemetry,
        *,
        delays: Sequence[float],
        hold: float = 1.0,
        clock: Clock = utc_now,
    ) -> None:
        self.service = service
        self.publisher = publisher
        self.telemetry = telemetry
        self.delays = delays
        self.hold = hold
        self.clock = clock
        self.stopping = False
        self.done: Counter[str] = Counter()
        self.in_hand: Counter[str] = Counter()

    def count_from_zero(self) -> None:
        """Create every label set at 0, or `increase()` misses the first event."""
        for event in CONSUMERS[self.service]:
            for outcome in OUTCOMES:
                self.telemetry.events.labels(queue_name(self.service, event), outcome)

    def __call__(self, message: Any, *, context: Any) -> "Delivery":
        return Delivery(message, context=context, rules=self)

    async def retry(self, message: RabbitMessage, queue: str, reason: str, *, counted: bool) -> str:
        """Send an event to its delay queue, or park it when it has used up its attempts. Returns the outcome."""
        attempt = attempts(message.headers)
        if counted and attempt >= len(self.delays):
            return await self.park(message, queue, reason)
        name = retry_name(self.service, self.delays[min(attempt, len(self.delays) - 1)])
        exchange = RabbitExchange(name, declare=False)
        await self._pass_on(message, queue, reason, exchange, attempt + counted)
        return "retried"

    async def park(self, message: RabbitMessage, queue: str, reason: str) -> str:
        """Send an event to the queue of parked events, with the reason. Returns the outcome."""
        attempt = attempts(message.headers)
        at = self.clock().isoformat()
        exchange = RabbitExchange(parked_name(self.service), declare=False)
        await self._pass_on(message, queue, reason, exchange, attempt, **{PARKED_AT: at})
        log.error("event parked", queue=queue, event_id=message.message_id, reason=reason)
        return "parked"

    async def _pass_on(
        self,
        message: RabbitMessage,
        queue: str,
        reason: str,
        to: RabbitExchange,
        attempt: int,
        **more: str,
    ) -> None:
        await self.publisher.send(
            message.body,
            exchange=to,
            routing_key=queue,
            message_id=message.message_id,
            correlation_id=message.correlation_id,
            content_type=message.content_type,
            headers={**message.headers, ATTEMPT: attempt, REASON: reason[:500], QUEUE: queue, **more},
        )


class Delivery(BaseMiddleware[Any, Any]):
    """The middleware around the handler of one delivery. FastStream acknowledges when it returns."""

    def __init__(self, message: Any, /, *, context: Any, rules: Consuming) -> None:
        super().__init__(message, context=context)
        self.rules = rules

    async def consume_scope(self, call_next: Any, msg: Any) -> Any:
        """Call the handler until the outcome is decided. An exception returns the event to its queue."""
        queue, telemetry = self.context.get_local("handler_").queue.name, self.rules.telemetry
        carried, began = traced(msg.headers), perf_counter()
        with (
            structlog.contextvars.bound_contextvars(correlation_id=msg.correlation_id),
            telemetry.tracing.span(
                f"process {queue}", SpanKind.CONSUMER, _attributes(msg, queue), parent=carried
            ) as span,
        ):
            self.rules.in_hand[queue] += 1
            outcome = "handed_back"
            try:
                outcome = await self._outcome(call_next, msg, queue)
                self.rules.done[queue] += 1
                log.debug("event handled", queue=queue, event_id=msg.message_id, outcome=outcome)
            except Exception as error:
                log.error("event handed back", queue=queue, event_id=msg.message_id, error=type(error).__name__)
                await asyncio.sleep(self.rules.hold)
                raise
            finally:
                self.rules.in_hand[queue] -= 1
                telemetry.events.labels(queue, outcome).inc()
                telemetry.handling.labels(queue).observe(perf_counter() - began)
                span.set_attribute("klu.outcome", outcome)

    async def _outcome(self, call_next: Any, message: RabbitMessage, queue: str) -> str:
        held = 0.0
        while True:
            try:
                await on_conflict(lambda: call_next(message))
                return "obeyed"
            except AlreadyProcessed:
                return "duplicate"
            except Erased:
                return "erased"
            except AWAY as error:
                if self.rules.stopping:
                    raise
                if held >= LONGEST_HOLD:
                    return await self.rules.retry(message, queue, repr(error), counted=False)
                log.warning("a dependency is away, the event is held", queue=queue, error=type(error).__name__)
                await asyncio.sleep(self.rules.hold)
                held += self.rules.hold
            except UnreadableEvent as error:
                return await self.rules.park(message, queue, str(error))
            except NotYet as error:
                return await self.rules.retry(message, queue, repr(error), counted=False)
            except UnreadableDocument as error:
                log.error("a document cannot be read", queue=queue, event_id=message.message_id, error=str(error))
                return await self.rules.retry(message, queue, repr(error), counted=False)
            except Exception as error:
                said = without_values(error) if isinstance(error, ValidationError) else str(error)
                reason = f"{type(error).__name__}: {said}"
                log.warning("handler failed", queue=queue, event_id=message.message_id, error=reason)
                return await self.rules.retry(message, queue, reason, counted=True)


def attempts(headers: Mapping[str, Any]) -> int:
    """How often an event was tried. Headers are not signed: what is no number counts as none."""
    value = headers.get(ATTEMPT)
    return min(max(value, 0), MOST_ATTEMPTS) if isinstance(value, int) else 0


def traced(headers: Mapping[str, Any]) -> str | None:
    """The traceparent of an event, if it has one."""
    value = headers.get(TRACEPARENT)
    return value if isinstance(value, str) else None


def _attributes(message: RabbitMessage, queue: str) -> Attributes:
    """The span attributes of a delivery, by OpenTelemetry's names."""
    return {
        "messaging.system": "rabbitmq",
        "messaging.operation.name": "process",
        "messaging.operation.type": "process",
        "messaging.destination.name": queue,
        "messaging.message.id": message.message_id or "",
        "messaging.message.conversation_id": message.correlation_id or "",
        "klu.attempt": attempts(message.headers),
    }
