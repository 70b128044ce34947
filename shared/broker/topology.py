"""Exchanges and queues of the whole system. Each service declares its own at every start.

There is one durable quorum queue per consumer and event (``router.message.submitted``), and per service one delay queue
for each retry delay and one queue of parked events. A service does not publish an event before the queues of all its
consumers exist (``missing_queues``), so a consumer gets the events from before its first start. Nothing uses the
default exchange: the permission to write there would reach every queue.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity
from faststream.rabbit import ExchangeType, QueueType, RabbitExchange, RabbitQueue

from shared import events
from shared.events import Event

log = structlog.get_logger()

EVENTS = RabbitExchange("klu.events", type=ExchangeType.TOPIC, durable=True, declare=False)

CONSUMERS: Mapping[str, tuple[type[Event], ...]] = {
    "intake": (
        events.CaseProgressed,
        events.CaseAnswered,
        events.CaseClosed,
        events.DirectoryChanged,
        events.InstitutionChanged,
        events.QuestionAsked,
        events.LetterFailed,
        events.CaseInformed,
        events.MailReceived,
        events.MailFileChecked,
        events.MessageRequested,
        events.PromiseAsked,
        events.AddressCorrected,
        events.PublicPageChanged,
        events.PersonSought,
        events.ExportRequested,
        events.SubmitterCorrected,
        events.ErasureOrdered,
    ),
    "router": (
        events.MessageSubmitted,
        events.AssignmentViewed,
        events.AssignmentDeclined,
        events.ReplySubmitted,
        events.LetterSent,
        events.LetterFailed,
        events.RouterAudited,
        events.LetterHeld,
        events.UnitChanged,
        events.ContactsKnown,
        events.MessageFollowedUp,
        events.MessageWithdrawn,
        events.MessageRated,
        events.MessageObjected,
        events.QuestionAnswered,
        events.ContactCorrected,
        events.FileChecked,
        events.IntakeKnown,
        events.CaseMerged,
        events.CaseAnswered,
        events.CaseClosed,
        events.RepliesKnown,
        events.NotifierKnown,
        events.CaseRestricted,
        events.ExtensionRequested,
        events.UnitReminderRequested,
        events.OfficerReminded,
        events.MailReceived,
        events.MailFileChecked,
        events.ReplyProposed,
        events.ReplyWithdrawn,
        events.InterimSubmitted,
        events.QuestionProposed,
        events.AssignmentHandedOn,
        events.AssignmentTakenBack,
        events.UnitFileChecked,
        events.PromiseAnswered,
        events.LettersReported,
        events.IntakeFound,
        events.RepliesFound,
        events.NotifierFound,
        events.PersonSought,
        events.IntakeExported,
        events.RepliesExported,
        events.NotifierExported,
        events.IntakeAudited,
        events.RepliesAudited,
        events.NotifierAudited,
        events.ErasureOrdered,
        events.IntakeErased,
        events.RepliesErased,
        events.NotifierErased,
        events.CaseHappened,
        events.WebhookRequested,
    ),
    "replies": (
        events.AssignmentRequested,
        events.AssignmentRecalled,
        events.ReplyReturned,
        events.ReplyAccepted,
        events.AssignmentRescheduled,
        events.InstitutionChanged,
        events.ExtensionDecided,
        events.UnitReminderRequested,
        events.AssignmentInformed,
        events.UnitQuestionDecided,
        events.DirectoryChanged,
        events.MailReceived,
        events.MailReplyDecided,
        events.PersonSought,
        events.ExportRequested,
        events.SubmitterCorrected,
        events.ErasureOrdered,
        events.UnitFiguresChanged,
    ),
    "notifier": (
        events.MessageSubmitted,
        events.ReceiptRequested,
        events.AssignmentInvited,
        events.ReplySubmitted,
        events.CaseAnswered,
        events.CaseClosed,
        events.AssignmentRecalled,
        events.AssignmentDeclined,
        events.LetterFailed,
        events.LetterDecided,
        events.ContactsChanged,
        events.QuestionAsked,
        events.CaseRerouted,
        events.CodesRequested,
        events.MessageFollowedUp,
        events.QuestionAnswered,
        events.MessageObjected,
        events.MessageWithdrawn,
        events.CaseInformed,
        events.InstitutionChanged,
        events.AccountNotified,
        events.ExtensionDecided,
        events.TestLetterRequested,
        events.UnitReminded,
        events.OfficerReminded,
        events.LetterResendRequested,
        events.QuestionProposed,
        events.InterimSubmitted,
        events.ReplyProposed,
        events.ColleagueInvited,
        events.OverviewRequested,
        events.PromiseAsked,
        events.PersonSought,
        events.ExportRequested,
        events.SubmitterCorrected,
        events.ErasureOrdered,
    ),
}
"""The events that each service consumes. Secret links and codes go to no other queue."""

FORMER: Mapping[str, tuple[type[Event], ...]] = {}
"""What the version before consumed and this one does not: its queues are taken away (decision 0047)."""

PRODUCERS: Mapping[str, tuple[type[Event], ...]] = {
    "intake": (
        events.MessageSubmitted,
        events.ReceiptRequested,
        events.MessageFollowedUp,
        events.MessageWithdrawn,
        events.MessageRated,
        events.MessageObjected,
        events.QuestionAnswered,
        events.ContactCorrected,
        events.CodesRequested,
        events.FileChecked,
        events.IntakeKnown,
        events.PromiseAnswered,
        events.IntakeAudited,
        events.IntakeErased,
        events.IntakeFound,
        events.IntakeExported,
    ),
    "router": (
        events.AssignmentRequested,
        events.AssignmentRecalled,
        events.ReplyReturned,
        events.ReplyAccepted,
        events.CaseProgressed,
        events.CaseAnswered,
        events.CaseClosed,
        events.RouterAudited,
        events.LetterDecided,
        events.UnitChanged,
        events.ContactsChanged,
        events.CaseRerouted,
        events.QuestionAsked,
        events.DirectoryChanged,
        events.InstitutionChanged,
        events.CaseInformed,
        events.CaseMerged,
        events.AssignmentRescheduled,
        events.UnitReminderRequested,
        events.OfficerReminded,
        events.ExtensionDecided,
        events.AccountNotified,
        events.TestLetterRequested,
        events.CaseRestricted,
        events.AssignmentInformed,
        events.UnitQuestionDecided,
        events.MailReplyDecided,
        events.PromiseAsked,
        events.LetterResendRequested,
        events.AddressCorrected,
        events.MessageRequested,
        events.ErasureOrdered,
        events.PersonSought,
        events.ExportRequested,
        events.SubmitterCorrected,
        events.PublicPageChanged,
        events.UnitFiguresChanged,
        events.CaseHappened,
        events.WebhookRequested,
    ),
    "replies": (
        events.AssignmentInvited,
        events.AssignmentViewed,
        events.AssignmentDeclined,
        events.ReplySubmitted,
        events.UnitReminded,
        events.ExtensionRequested,
        events.RepliesKnown,
        events.ReplyWithdrawn,
        events.InterimSubmitted,
        events.QuestionProposed,
        events.ReplyProposed,
        events.AssignmentHandedOn,
        events.AssignmentTakenBack,
        events.ColleagueInvited,
        events.OverviewRequested,
        events.UnitFileChecked,
        events.RepliesAudited,
        events.RepliesErased,
        events.RepliesFound,
        events.RepliesExported,
    ),
    "notifier": (
        events.LetterSent,
        events.LetterFailed,
        events.LetterHeld,
        events.ContactsKnown,
        events.NotifierKnown,
        events.MailReceived,
        events.MailFileChecked,
        events.LettersReported,
        events.NotifierAudited,
        events.NotifierErased,
        events.NotifierFound,
        events.NotifierExported,
    ),
}
"""The events that each service publishes; every event has one producer."""

OWNERS: Mapping[str, str] = {event.type: service for service, said in PRODUCERS.items() for event in said}
"""The service that publishes, and signs, each type of event."""

KEPT = {"x-dead-letter-strategy": "at-least-once", "x-overflow": "reject-publish"}
REDELIVERIES = 1000
"""Delivery limit, far above what restarts cause, for a consumer that always crashes. A header counts attempts."""
HAND_BACKS = 1_000_000_000
"""Delivery limit of parked events, which return to their queue while MongoDB is down. RabbitMQ 4 has 20 by default."""


class QueueState(NamedTuple):
    """How many messages are ready in a queue, and how many consumers it has, of all processes."""

    ready: int
    consumers: int


def queue_name(service: str, event: type[Event]) -> str:
    """``router.message.submitted``; ``router.audited`` for what the other services say for the audit log."""
    return f"{service}.{event.queue or event.type}"


def parked_name(service: str) -> str:
    """``router.parked``: exchange and queue of events that this service could not process, with the reasons."""
    return f"{service}.parked"


def retry_name(service: str, delay: float) -> str:
    """``router.retry.10s``: exchange and queue where an event waits for its next attempt."""
    return f"{service}.retry.{delay:g}s"


def again_name(service: str) -> str:
    """``router.again``: exchange that routes an event to the work queue of this service named by its routing key."""
    return f"{service}.again"


def work_queue(service: str, event: type[Event]) -> RabbitQueue:
    """FastStream's object for the queue of a service and an event. Only ``declare`` declares it."""
    return RabbitQueue(
        queue_name(service, event), queue_type=QueueType.QUORUM, durable=True, declare=False, routing_key=event.type
    )


async def declare(url: str, delays: Sequence[float], services: Iterable[str]) -> dict[str, QueueState]:
    """Declare what these services own, over a new connection. Returns the state of each queue, by name.

    Raises when RabbitMQ is away, or has a queue with other arguments.
    """
    queues: dict[str, QueueState] = {}
    connection = await aio_pika.connect(url, timeout=5)
    async with connection:
        await _declare_events(connection)
        channel = await connection.channel()
        for service in services:
            queues |= await _declare_rooms(channel, service, delays)
            await _close_former(channel, service)
    return queues


async def delete_former(url: str, service: str, delays: Sequence[float]) -> None:
    """Delete the queues that only the version before consumed, unless a process of it still does.

    What is left in one is dropped, and counted in the log: nobody would ever take it. A queue stays while an event
    waits for its next attempt: it comes back to the queue, and would stay in the delay queue for ever.
    """
    if not FORMER.get(service):
        return
    connection = await aio_pika.connect(url, timeout=5)
    async with connection:
        for event in FORMER[service]:
            former = await _state_of(connection, queue_name(service, event))
            retries = [await _state_of(connection, retry_name(service, delay)) for delay in delays]
            if former is None or former.consumers or any(retry and retry.ready for retry in retries):
                continue
            await (await connection.channel()).queue_delete(queue_name(service, event))
            log.info("queue of a former version deleted", queue=queue_name(service, event), dropped=former.ready)


async def missing_queues(url: str, service: str) -> dict[str, str]:
    """Events of this service, by type, with a consumer's queue that does not exist: the consumer never started."""
    heard = [
        (event.type, queue_name(consumer, event))
        for event in PRODUCERS[service]
        for consumer in CONSUMERS
        if event in CONSUMERS[consumer]
    ]
    connection = await aio_pika.connect(url, timeout=5)
    missing = dict[str, str]()
    async with connection:
        channel = await connection.channel()
        for type_, queue in heard:
            try:
                await channel.declare_queue(queue, passive=True)
            except ChannelNotFoundEntity:  # it closes the channel
                missing[type_], channel = queue, await connection.channel()
    return missing


async def _declare_events(connection: AbstractConnection) -> None:
    """Declare the exchange only if it is missing: services may lack the permission to declare it."""
    try:
        await (await connection.channel()).get_exchange(str(EVENTS.name), ensure=True)
    except ChannelNotFoundEntity:
        channel = await connection.channel()
        await channel.declare_exchange(EVENTS.name, aio_pika.ExchangeType.TOPIC, durable=True)


async def _declare_rooms(channel: AbstractChannel, service: str, delays: Sequence[float]) -> dict[str, QueueState]:
    """Queues and exchanges of one service. Events above the delivery limit are dead-lettered to the parked ones."""
    parked, again = parked_name(service), again_name(service)
    back = await channel.declare_exchange(again, aio_pika.ExchangeType.DIRECT, durable=True)
    queues = await _declare_room(channel, parked, {"x-delivery-limit": HAND_BACKS})
    for delay in delays:
        waiting = {"x-message-ttl": round(delay * 1000), "x-dead-letter-exchange": again}
        queues |= await _declare_room(channel, retry_name(service, delay), KEPT | waiting)
    for event in CONSUMERS[service]:
        kept = KEPT | {"x-dead-letter-exchange": parked, "x-delivery-limit": REDELIVERIES}
        queue = await _declare_quorum(channel, queue_name(service, event), kept)
        await queue.bind(str(EVENTS.name), routing_key=event.type)
        await queue.bind(back, routing_key=queue.name)
        queues[queue.name] = _state(queue)
    return queues


async def _close_former(channel: AbstractChannel, service: str) -> None:
    """Let no more events into the queues of a former version, whose processes bind them again while they run."""
    for event in FORMER.get(service, ()):
        queue = await channel.get_queue(queue_name(service, event), ensure=False)
        await queue.unbind(str(EVENTS.name), routing_key=event.type)


async def _declare_room(channel: AbstractChannel, name: str, arguments: Mapping[str, Any]) -> dict[str, QueueState]:
    """A fanout exchange with one queue. It keeps the routing key, which names the work queue of an event."""
    exchange = await channel.declare_exchange(name, aio_pika.ExchangeType.FANOUT, durable=True)
    queue = await _declare_quorum(channel, name, arguments)
    await queue.bind(exchange)
    return {name: _state(queue)}


async def _declare_quorum(channel: AbstractChannel, name: str, arguments: Mapping[str, Any]) -> AbstractQueue:
    return await channel.declare_queue(name, durable=True, arguments={"x-queue-type": "quorum", **arguments})


def _state(queue: AbstractQueue) -> QueueState:
    declared = queue.declaration_result
    return QueueState(declared.message_count or 0, declared.consumer_count or 0)


async def _state_of(connection: AbstractConnection, queue: str) -> QueueState | None:
    """A passive declare, which some permission suffices for (``rights``). A missing queue closes the channel."""
    channel = await connection.channel()
    try:
        found = _state(await channel.declare_queue(queue, passive=True))
    except ChannelNotFoundEntity:
        return None
    await channel.close()
    return found
