"""One message is one trace: events keep it when they are published, retried, parked and sent again."""

import json
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import aio_pika
import httpx2
import pytest
import structlog
from faststream.rabbit import Channel, RabbitBroker
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind
from pymongo.errors import OperationFailure

from scripts.eventually import eventually
from services.router.cases.store.cases import Cases
from services.router.cases.store.inbox import Inbox
from shared import logs
from shared.broker import topology
from shared.broker.consuming import Consuming, subscribe
from shared.broker.parking import ParkedQueues, sending_again
from shared.broker.publishing import Publisher
from shared.clock import utc_now
from shared.documents import Database, Documents, connect, left_to_the_sweep
from shared.events import AssignmentViewed, CloudEvent
from shared.parked import Parked, ParkedMessage
from shared.telemetry import Telemetry
from shared.tracing.spans import TRACEPARENT, Tracing
from tests import examples as example
from tests.collector import Span, collecting, faults
from tests.conftest import DELAYS, Broker, Make, listening
from tests.shared.test_documents import Counter, viewed
from tests.stack import Stack

QUEUE, PARKED = "probe.assignment.viewed", "probe.parked"
EARLIER = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


class Seen:
    """A process whose spans the test sees."""

    def __init__(self) -> None:
        self.kept = InMemorySpanExporter()
        provider = TracerProvider(shutdown_on_exit=False)
        provider.add_span_processor(SimpleSpanProcessor(self.kept))
        self.tracing = Tracing(provider)

    @property
    def spans(self) -> dict[str, ReadableSpan]:
        """The last of each name."""
        return {span.name: span for span in self.kept.get_finished_spans()}


@pytest.fixture
def observed() -> Seen:
    return Seen()


@pytest.fixture
async def counters(stack: Stack, database: Database, observed: Seen) -> AsyncIterator[Documents[Counter]]:
    own = connect(stack.mongodb_url, database.mongodb.name, observed.tracing)
    made = Documents(
        Database(
            own,
            source="test",
            signer=example.SIGNERS["replies"],
            tracing=observed.tracing,
            on_outbox=left_to_the_sweep,
        ),
        "counters",
        Counter,
    )
    await made.prepare()
    yield made
    own.client.close()


@pytest.fixture
async def probe(stack: Stack, monkeypatch: pytest.MonkeyPatch, broker: Broker) -> Broker:
    """A consumer of its own beside the services, with its own queues."""
    monkeypatch.setitem(topology.CONSUMERS, "probe", (AssignmentViewed,))
    await topology.declare(stack.rabbitmq_url, DELAYS, ["probe"])
    await broker.purge()
    return broker


@asynccontextmanager
async def at_work(stack: Stack, tracing: Tracing, does: list[Exception | None]) -> AsyncIterator[Publisher]:
    """A consumer that does what it is told to, the last for ever; and its publisher."""
    own = RabbitBroker(stack.rabbitmq_url, default_channel=Channel(on_return_raises=True), logger=None)
    publisher = Publisher(own, timeout=5, tracing=tracing)
    own.add_middleware(Consuming("probe", publisher, Telemetry(tracing), delays=DELAYS, hold=0.05))

    async def on_assignment_viewed(event: CloudEvent[AssignmentViewed]) -> None:
        if error := does.pop(0) if len(does) > 1 else does[0]:
            raise error

    subscribe(own, "probe", [on_assignment_viewed], example.SIGNATURES, prefetch=10)
    async with own:
        await own.start()
        yield publisher


def trace_of(traceparent: object) -> str:
    return str(traceparent).split("-")[1]


async def processed(observed: Seen, times: int) -> list[ReadableSpan]:
    async def enough() -> list[ReadableSpan] | None:
        found = [span for span in observed.kept.get_finished_spans() if span.name == f"process {QUEUE}"]
        return found if len(found) >= times else None

    return await eventually(enough)


async def test_an_event_is_published_and_consumed_in_the_trace_it_was_announced_in(
    stack: Stack, probe: Broker, counters: Documents[Counter], observed: Seen
) -> None:
    with observed.tracing.span("POST /"):
        await counters.add(Counter(), announcing=viewed())
    (unpublished,) = await counters.unpublished(before=utc_now(), limit=1)
    async with at_work(stack, observed.tracing, [None]) as publisher:
        assert await publisher.publish_entries([unpublished]) == [None]
        (process,) = await processed(observed, 1)
    root, publish = observed.spans["POST /"], observed.spans["publish assignment.viewed"]
    assert root.context and publish.parent and publish.context and process.parent
    assert (publish.parent.span_id, process.parent.span_id) == (root.context.span_id, publish.context.span_id)
    assert (publish.kind, process.kind) == (SpanKind.PRODUCER, SpanKind.CONSUMER)
    assert process.attributes
    assert process.attributes["messaging.message.id"] == unpublished.id
    assert process.attributes["klu.outcome"] == "obeyed"


async def test_retries_parking_and_sending_again_keep_the_trace(stack: Stack, probe: Broker, observed: Seen) -> None:
    async def keep(parked: Parked) -> None:
        async with sending_again(stack.rabbitmq_url) as send:
            await send(parked, ParkedMessage.load(parked.message))

    event = example.sealed(viewed())
    async with at_work(stack, observed.tracing, [RuntimeError("always")]):
        await probe.channel.default_exchange.publish(
            aio_pika.Message(example.signed(event), message_id=event.id, headers={TRACEPARENT: EARLIER}),
            QUEUE,
        )
        attempts = await processed(observed, 1 + len(DELAYS))
        await eventually(lambda: _is_parked(probe))
        queues = ParkedQueues(stack.rabbitmq_url)
        assert await queues.move(keep) == 1
        await queues.close()
        attempts = await processed(observed, 2 + len(DELAYS))
    assert {f"{span.parent.trace_id:032x}-{span.parent.span_id:016x}" for span in attempts if span.parent} == {
        EARLIER[3:52]
    }
    assert [span.attributes["klu.outcome"] for span in attempts if span.attributes][:4] == 3 * ["retried"] + ["parked"]


async def _is_parked(probe: Broker) -> bool:
    return await probe.count(PARKED) == 1


async def test_somebody_who_acts_later_joins_the_trace_of_the_message_and_is_linked(
    counters: Documents[Counter], observed: Seen
) -> None:
    with observed.tracing.span("process message.submitted"):
        await counters.add(Counter())
    with observed.tracing.span("POST /cases/{case_id}/routing"):
        await counters.save((await counters.get("c1")).model_copy(update={"value": 1}), announcing=viewed())
    first, request, act = (
        observed.spans[name]
        for name in ("process message.submitted", "POST /cases/{case_id}/routing", "act on counters")
    )
    assert first.context and request.context and act.context and act.parent
    assert act.parent.span_id == first.context.span_id
    assert [link.context.span_id for link in act.links] == [request.context.span_id]
    assert request.context.trace_id != first.context.trace_id
    (unpublished,) = await counters.unpublished(before=utc_now(), limit=1)
    assert trace_of(unpublished.traceparent) == f"{first.context.trace_id:032x}"
    update = observed.spans["update counters"]
    assert update.parent and update.parent.span_id == act.context.span_id


async def test_a_store_says_what_was_asked_of_it_and_not_with_which_words(
    counters: Documents[Counter], observed: Seen
) -> None:
    with observed.tracing.span("work"):
        await counters.add(Counter(name="Deniz Kaya"))
        await counters.find({"name": "Deniz Kaya"}, sort=[("_id", 1)], limit=1)
        with pytest.raises(OperationFailure):
            await counters.collection.find_one({"$where": "Deniz Kaya ("})
    commands = [span for span in observed.kept.get_finished_spans() if span.kind is SpanKind.CLIENT]
    assert {span.name for span in commands} == {"insert counters", "find counters"}
    assert {fact for span in commands for fact in span.attributes or ()} == {
        "db.system.name",
        "db.namespace",
        "db.collection.name",
        "db.operation.name",
        "error.type",
    }
    assert not any("Deniz" in span.to_json() for span in commands)


async def test_what_is_done_outside_of_a_trace_makes_no_spans(counters: Documents[Counter], observed: Seen) -> None:
    await counters.add(Counter())
    await counters.unpublished(before=utc_now() + timedelta(days=1), limit=1)
    assert observed.kept.get_finished_spans() == ()


async def test_a_failure_is_named_and_not_quoted(observed: Seen) -> None:
    with pytest.raises(ValueError, match="Deniz"), observed.tracing.span("work"):
        raise ValueError("Deniz Kaya")
    (span,) = observed.kept.get_finished_spans()
    assert "Deniz" not in span.to_json()
    assert span.attributes == {"error.type": "ValueError"}


async def test_a_line_of_the_log_names_its_trace_and_span(observed: Seen, capsys: pytest.CaptureFixture[str]) -> None:
    logs.configure("router", "json")
    with observed.tracing.span("work") as span:
        structlog.get_logger().info("inside")
    structlog.get_logger().info("outside")
    structlog.reset_defaults()
    inside, outside = map(json.loads, capsys.readouterr().out.splitlines())
    assert inside["trace_id"] == f"{span.get_span_context().trace_id:032x}"
    assert inside["span_id"] == f"{span.get_span_context().span_id:016x}"
    assert "trace_id" not in outside


async def test_a_request_is_traced_by_its_template_whatever_its_address_and_headers_say(make: Make) -> None:
    with collecting() as collector:
        app = make("replies", otlp_endpoint=collector.url)
        transport = httpx2.ASGITransport(app=app)
        async with httpx2.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            for path in ("/a/SECRET-LINK?q=SECRET-QUERY", "/SECRET-PATH/x", "/static/app.js"):
                await client.get(path, headers={TRACEPARENT: EARLIER, "user-agent": "SECRET-AGENT"})
        await app.state.service.telemetry.tracing.stop()
    requests = [span for span in collector.spans if span.kind == "SERVER"]
    assert [span.name for span in requests] == ["GET /a/{token}", "GET", "GET /static/{path}"]
    assert requests[0].attributes == {
        "http.request.method": "GET",
        "http.route": "/a/{token}",
        "http.response.status_code": 404,
    }
    assert not any(b"SECRET" in body for body in collector.bodies)
    assert trace_of(EARLIER) not in {span.trace for span in collector.spans}


async def test_a_collector_that_is_away_holds_up_nobody(make: Make, broker: Broker) -> None:
    app = make("router", otlp_endpoint="http://127.0.0.1:9")
    async with listening(app) as service:
        await broker.publish(example.sealed(example.message_submitted()))
        cases = Cases(service.database)

        async def opened() -> bool:
            return bool((await Inbox(cases).open_by_state())["new"])

        await eventually(opened)
        began = utc_now()
    assert (utc_now() - began).total_seconds() < 15


async def test_without_an_endpoint_nothing_is_remembered_or_carried(make: Make, broker: Broker) -> None:
    app = make("router")
    async with listening(app) as service:
        assert not service.telemetry.tracing.on
        await broker.publish(example.sealed(example.message_submitted()))
        carried = await broker.take("intake.case.progressed")
        kept = await service.database["cases"].find_one({})
    assert TRACEPARENT not in carried.headers
    assert kept and TRACEPARENT not in kept


def test_without_an_endpoint_the_sdk_is_not_even_loaded() -> None:
    program = (
        "import sys\n"
        "from services.intake.app import create_app\nfrom services.intake.config import Settings\n"
        f"create_app(Settings(mongodb_url='mongodb://127.0.0.1:9', rabbitmq_url='amqp://127.0.0.1:9',"
        f" secret_key='{example.SECRET}', **{example.keys('intake')!r}))\n"
        "print([name for name in sys.modules if name.startswith(('opentelemetry.sdk', 'opentelemetry.exporter'))])"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def spans_of_a_tree() -> Iterator[dict[str, Any]]:
    yield {"service": "intake", "name": "POST /", "id": "1", "parent": ""}
    yield {"service": "intake", "name": "publish", "id": "2", "parent": "1"}
    yield {"service": "router", "name": "process", "id": "3", "parent": "2"}


@pytest.mark.parametrize("broken", ["1", "2", "12"])
def test_a_tree_with_a_part_missing_is_found_out(broken: str) -> None:
    tree = [Span(kind="", trace="t", links=(), attributes={}, **one) for one in spans_of_a_tree()]
    assert faults(tree) == []
    assert faults([span for span in tree if span.id not in broken])
