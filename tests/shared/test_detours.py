"""Every way round the topic rights of ``klu.events``, with every service's credential.

RabbitMQ refuses it, or the consumer parks what comes that way: the owner of its type has not signed it.
"""

from collections.abc import AsyncIterator, Callable, Coroutine
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractConnection
from aiormq.exceptions import ChannelAccessRefused
from pamqp.common import FieldTable

from scripts.eventually import eventually
from scripts.local.config import SERVICES
from services.intake.store import Messages
from shared.broker import topology
from shared.broker.rights import definitions, rights
from shared.broker.topology import CONSUMERS, EVENTS, PRODUCERS, again_name, parked_name, queue_name, retry_name
from shared.documents import Database
from shared.events import CloudEvent
from shared.signing import Signatures
from tests import examples as example
from tests.conftest import DELAYS, Broker, Make, listening, outcomes
from tests.erasing import store_of
from tests.stack import Stack

TARGETS = {"intake": "notifier", "router": "notifier", "replies": "intake", "notifier": "intake"}
"""The consumer that each attacker wants to deceive."""
FORGED = "an answer that nobody has approved"


class Attack:
    """One attacker with one event that it may not publish, signed with its own key."""

    def __init__(self, channel: AbstractChannel, attacker: str) -> None:
        self.channel, self.me, self.target = channel, attacker, TARGETS[attacker]
        forged = (
            example.message_submitted(text=FORGED) if attacker == "router" else example.case_answered(answer=FORGED)
        )
        self.event: CloudEvent[Any] = example.sealed(forged)
        self.type, self.queue = self.event.type, f"{self.target}.{self.event.type}"
        self.delay = retry_name(attacker, DELAYS[0])

    async def publish(self, exchange: str, key: str, **headers: Any) -> None:
        message = aio_pika.Message(example.signed(self.event, by=self.me), headers=headers, message_id=self.event.id)
        to = await self.channel.get_exchange(exchange, ensure=False) if exchange else self.channel.default_exchange
        await to.publish(message, key, mandatory=False)

    async def bind(self, source: str, to: str, key: str = "", **arguments: Any) -> None:
        under = await self.channel.get_underlay_channel()
        await under.exchange_bind(destination=to, source=source, routing_key=key, arguments=arguments)

    async def exchange(self, name: str, kind: str, **arguments: str) -> None:
        """Make an exchange anew, of another kind."""
        await self.channel.exchange_delete(name)
        under = await self.channel.get_underlay_channel()
        told: FieldTable = {name.replace("_", "-"): value for name, value in arguments.items()}
        await under.exchange_declare(name, exchange_type=kind, durable=True, arguments=told)

    async def dead_letters(self, name: str, exchange: str, key: str) -> None:
        """Make a queue anew whose events leave it at once, for an exchange."""
        await self.channel.queue_delete(name)
        leaving: FieldTable = {"x-message-ttl": 1, "x-dead-letter-exchange": exchange, "x-dead-letter-routing-key": key}
        queue = await self.channel.declare_queue(name, durable=True, arguments=leaving)
        await queue.bind(parked_name(self.me))
        await self.publish(parked_name(self.me), "any")


async def directly(a: Attack) -> None:
    await a.publish("klu.events", a.type)


async def fanout_bound(a: Attack) -> None:
    await a.bind(parked_name(a.me), to="klu.events")
    await a.publish(parked_name(a.me), a.type)


async def delay_bound(a: Attack) -> None:
    await a.bind(a.delay, to="klu.events")
    await a.publish(a.delay, a.type)


async def direct_bound(a: Attack) -> None:
    await a.bind(again_name(a.me), to="klu.events", key=a.type)
    await a.publish(again_name(a.me), a.type)


async def topic_bound(a: Attack) -> None:
    await a.exchange(again_name(a.me), "topic")
    await a.bind(again_name(a.me), to="klu.events", key="#")
    await a.publish(again_name(a.me), a.type)


async def headers_bound(a: Attack) -> None:
    await a.exchange(again_name(a.me), "headers")
    await a.bind(again_name(a.me), to="klu.events", **{"x-match": "any", "way": "round"})
    await a.publish(again_name(a.me), a.type, way="round")


async def two_exchanges_bound(a: Attack) -> None:
    await a.bind(parked_name(a.me), to=a.delay)
    await a.bind(a.delay, to="klu.events")
    await a.publish(parked_name(a.me), a.type)


async def exchange_of_any_name_bound(a: Attack) -> None:
    await a.channel.declare_exchange(f"{a.me}.way.round", "fanout")
    await a.bind(f"{a.me}.way.round", to="klu.events")
    await a.publish(f"{a.me}.way.round", a.type)


async def bound_to_the_targets_exchange(a: Attack) -> None:
    await a.bind(parked_name(a.me), to=again_name(a.target))
    await a.publish(parked_name(a.me), a.queue)


async def bound_to_the_targets_delay(a: Attack) -> None:
    await a.bind(parked_name(a.me), to=retry_name(a.target, DELAYS[0]))
    await a.publish(parked_name(a.me), a.queue)


async def targets_queue_bound(a: Attack) -> None:
    await (await a.channel.get_queue(a.queue, ensure=False)).bind(parked_name(a.me))
    await a.publish(parked_name(a.me), a.queue)


async def alternate_klu_events(a: Attack) -> None:
    await a.exchange(again_name(a.me), "direct", alternate_exchange="klu.events")
    await a.publish(again_name(a.me), a.type)


async def alternate_the_targets_exchange(a: Attack) -> None:
    await a.exchange(again_name(a.me), "direct", alternate_exchange=again_name(a.target))
    await a.publish(again_name(a.me), a.queue)


async def alternate_default_exchange(a: Attack) -> None:
    await a.exchange(again_name(a.me), "direct", alternate_exchange="")
    await a.publish(again_name(a.me), a.queue)


async def dead_letters_to_klu_events(a: Attack) -> None:
    await a.dead_letters(a.delay, "klu.events", a.type)


async def dead_letters_to_the_target(a: Attack) -> None:
    await a.dead_letters(a.delay, again_name(a.target), a.queue)


async def dead_letters_by_the_default_exchange(a: Attack) -> None:
    await a.dead_letters(a.delay, "", a.queue)


async def dead_letters_of_a_queue_of_any_name(a: Attack) -> None:
    await a.dead_letters(f"{a.me}.way.round", "klu.events", a.type)


async def default_exchange(a: Attack) -> None:
    await a.publish("", a.queue)


async def default_exchange_into_the_delay(a: Attack) -> None:
    await a.publish("", retry_name(a.target, DELAYS[0]))


async def targets_exchange(a: Attack) -> None:
    await a.publish(again_name(a.target), a.queue)


async def targets_delay(a: Attack) -> None:
    await a.publish(retry_name(a.target, DELAYS[0]), a.queue)


async def targets_parked(a: Attack) -> None:
    await a.publish(parked_name(a.target), a.queue)


async def copy(a: Attack) -> None:
    await a.publish("klu.events", PRODUCERS[a.me][0].type, CC=[a.type])


async def blind_copy(a: Attack) -> None:
    await a.publish("klu.events", PRODUCERS[a.me][0].type, BCC=[a.type])


async def copy_past_its_own_exchange(a: Attack) -> None:
    await a.bind(again_name(a.me), to="klu.events", key="x")
    await a.publish(again_name(a.me), "x", CC=[a.type])


async def under_its_own_type(a: Attack) -> None:
    """The target's queue bound to a type of the attacker's."""
    own = PRODUCERS[a.me][0].type
    await (await a.channel.get_queue(a.queue, ensure=False)).bind("klu.events", own)
    await a.publish("klu.events", own)


async def klu_events_made_anew(a: Attack) -> None:
    await a.exchange("klu.events", "fanout")
    await a.publish("klu.events", PRODUCERS[a.me][0].type)


Detour = Callable[[Attack], Coroutine[Any, Any, None]]
DETOURS: dict[str, Detour] = {
    made.__name__: made
    for made in (
        directly,
        fanout_bound,
        delay_bound,
        direct_bound,
        topic_bound,
        headers_bound,
        two_exchanges_bound,
        exchange_of_any_name_bound,
        bound_to_the_targets_exchange,
        bound_to_the_targets_delay,
        targets_queue_bound,
        alternate_klu_events,
        alternate_the_targets_exchange,
        alternate_default_exchange,
        dead_letters_to_klu_events,
        dead_letters_to_the_target,
        dead_letters_by_the_default_exchange,
        dead_letters_of_a_queue_of_any_name,
        default_exchange,
        default_exchange_into_the_delay,
        targets_exchange,
        targets_delay,
        targets_parked,
        copy,
        blind_copy,
        copy_past_its_own_exchange,
        under_its_own_type,
        klu_events_made_anew,
    )
}


@pytest.fixture
async def attacker(stack: Stack, broker: Broker, request: pytest.FixtureRequest) -> AsyncIterator[AbstractConnection]:
    """Logged in as a service. What it did to its own part of the broker is undone in the end."""
    if not stack.access("intake"):
        pytest.skip("the given stores have one user for all services")
    service: str = request.param
    connection = await aio_pika.connect(stack.access(service)["KLU_RABBITMQ_URL"])
    async with connection:
        yield connection
    await renew(stack, broker, service)
    await broker.purge()


async def renew(stack: Stack, broker: Broker, service: str) -> None:
    """Its exchanges and delay queues go, and all bindings with them; it makes them again as at every start.

    What it bound of the target's queue goes too, or an event without a consumer would still find one.
    """
    target = await broker.channel.get_queue(Attack(broker.channel, service).queue, ensure=False)
    for event in PRODUCERS[service]:
        await target.unbind("klu.events", event.type)
    for name in (*(retry_name(service, delay) for delay in DELAYS), parked_name(service), again_name(service)):
        await broker.channel.exchange_delete(name)
        await broker.channel.queue_delete(name)
    await topology.declare(stack.rabbitmq_url, DELAYS, [service])


async def attempt(connection: AbstractConnection, broker: Broker, service: str, detour: Detour) -> str:
    """``refused``, ``arrived``, or ``lost``: it was let through and reached nobody."""
    attack = Attack(await connection.channel(publisher_confirms=True), service)
    before = await broker.count(attack.queue)
    try:
        await detour(attack)
    except ChannelAccessRefused:
        return "refused"

    async def arrived() -> bool:
        return await broker.count(attack.queue) > before

    try:
        await eventually(arrived, within=5)
    except TimeoutError:
        return "lost"
    return "arrived"


@pytest.mark.parametrize(("attacker", "service"), [(s, s) for s in SERVICES], indirect=["attacker"])
async def test_whatever_a_service_tries_is_refused_by_the_broker_or_parked_by_the_consumer(
    attacker: AbstractConnection, service: str, stack: Stack, broker: Broker, make: Make, database: Database
) -> None:
    found: dict[str, str] = {}
    for name, detour in DETOURS.items():
        found[name] = await attempt(attacker, broker, service, detour)
        await renew(stack, broker, service)
    assert found["directly"] == "refused"
    assert found["fanout_bound"] == "arrived"  # else this proves nothing about the signature
    reached = list(found.values()).count("arrived")
    target = TARGETS[service]
    queue = Attack(broker.channel, service).queue
    async with listening(make(target)) as deceived:
        counted = await outcomes(deceived, queue, of=reached)
    assert set(counted) == {"parked"}
    parked = [await broker.take(parked_name(target)) for _ in range(await broker.count(parked_name(target)))]
    reasons = [str(one.headers["x-reason"]) for one in parked if one.headers["x-queue"] == queue]
    assert len(reasons) >= reached and all(reason.startswith("not signed by ") for reason in reasons)
    for name in await database.mongodb.list_collection_names():
        assert FORGED not in str(await database[name].find().to_list(None))


@pytest.mark.parametrize("attacker", ["replies"], indirect=True)
async def test_the_same_attack_works_where_nobody_checks(
    attacker: AbstractConnection,
    broker: Broker,
    make: Make,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The control of the test above: its attacks are real."""
    monkeypatch.setattr(Signatures, "check", lambda *body, owner: None)
    app = make("intake")
    attack = Attack(await attacker.channel(), "replies")
    message = example.message(id=attack.event.data.message_id)
    await store_of(app, Messages).add(message)
    async with listening(app) as deceived:
        await fanout_bound(attack)
        assert await outcomes(deceived, attack.queue, of=1) == {"obeyed": 1}
    assert FORGED in str(await database["messages"].find_one({"_id": message.id}))


@pytest.mark.parametrize(("attacker", "service"), [(s, s) for s in SERVICES if s != "notifier"], indirect=["attacker"])
async def test_a_secret_link_is_heard_by_no_detour(attacker: AbstractConnection, service: str) -> None:
    """No signature helps here: whoever hears it has it."""
    secret = "assignment.invited"
    for source, key in [
        ("klu.events", secret),
        ("klu.events", "#"),
        ("klu.events", "*.*"),
        (again_name("notifier"), ""),
    ]:
        for exchange in (parked_name(service), again_name(service)):
            with pytest.raises(ChannelAccessRefused):
                await Attack(await attacker.channel(), service).bind(source, to=exchange, key=key)
        with pytest.raises(ChannelAccessRefused):
            own = await (await attacker.channel()).get_queue(queue_name(service, CONSUMERS[service][0]), ensure=False)
            await own.bind(source, routing_key=key)


def test_no_service_may_set_a_policy_or_open_the_management() -> None:
    users = {name: rights(name) for name in SERVICES}
    told = definitions("klu", {**dict.fromkeys(users, "x"), "admin": "x"}, users, admin="admin")
    assert {user["tags"] for user in told["users"] if user["name"] != "admin"} == {""}
    assert str(EVENTS.name) not in {match for may in users.values() for match in may.configure.split("|")}
