"""Each service's log-in opens its own part and nothing else, at the broker and in the database."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import astuple
from typing import Any

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused
from motor.motor_asyncio import AsyncIOMotorClient
from pymongo.errors import OperationFailure

from scripts.local.config import BACKUP, SERVICES
from shared import events
from shared.broker import topology
from shared.broker.rights import LONGEST, counter, reader, restorer, rights
from shared.broker.topology import CONSUMERS, FORMER, PRODUCERS, again_name, parked_name, queue_name, retry_name
from shared.documents import Collection
from tests.conftest import DELAYS, Broker
from tests.stack import Stack

ROOMS = [*(retry_name("{}", delay) for delay in DELAYS), parked_name("{}"), again_name("{}")]
COLLECTIONS = {
    "intake": ["messages"],
    "router": ["cases", "units", "users", "sessions", "records", "parked"],
    "replies": ["assignments"],
    "notifier": ["letters"],
}
UNAUTHORIZED = 13
AuditAction = Callable[[AbstractChannel], Awaitable[Any]]
pairs = pytest.mark.parametrize(("service", "other"), [(s, o) for s in SERVICES for o in SERVICES if s != o])


def queues(service: str) -> list[str]:
    rooms = [parked_name(service), *(retry_name(service, delay) for delay in DELAYS)]
    return [*(queue_name(service, event) for event in CONSUMERS[service]), *rooms]


def fed(service: str) -> set[str]:
    """The queues of others for the events of this service: it may ask whether they exist, and so bind them."""
    return {queue_name(name, e) for name, heard in CONSUMERS.items() for e in heard if e in PRODUCERS[service]}


def exchanges(service: str) -> list[str]:
    return [room.format(service) for room in ROOMS]


@pytest.fixture
async def line(stack: Stack, broker: Broker) -> AsyncIterator[Callable[[str], Awaitable[AbstractConnection]]]:
    """Logs in as a service."""
    if not stack.access("intake"):
        pytest.skip("the given stores have one user for all services")
    opened: list[AbstractConnection] = []

    async def log_in(user: str) -> AbstractConnection:
        opened.append(await aio_pika.connect(stack.access(user)["KLU_RABBITMQ_URL"]))
        return opened[-1]

    yield log_in
    for connection in opened:
        await connection.close()


Line = Callable[[str], Awaitable[AbstractConnection]]


async def refused(connection: AbstractConnection, *deeds: AuditAction) -> None:
    """Every deed is refused, each on a channel of its own: a refusal closes it."""
    for deed in deeds:
        with pytest.raises(ChannelAccessRefused):
            await deed(await connection.channel())


def read(queue: str) -> list[AuditAction]:
    async def get(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).get(fail=False)

    async def consume(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).consume(_ignore)

    async def purge(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).purge()

    return [get, consume, purge]


async def _ignore(message: AbstractIncomingMessage) -> None: ...


def change(queue: str) -> list[AuditAction]:
    async def delete(channel: AbstractChannel) -> None:
        await channel.queue_delete(queue)

    async def bind(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).bind("klu.events", "message.submitted")

    return [delete, bind]


def publish(exchange: str, key: str) -> AuditAction:
    async def deed(channel: AbstractChannel) -> None:
        to = await channel.get_exchange(exchange, ensure=False) if exchange else channel.default_exchange
        await to.publish(aio_pika.Message(b"{}"), key)

    return deed


def hear(queue: str, type_: str) -> AuditAction:
    async def deed(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).bind("klu.events", type_)

    return deed


def bound(queue: str, exchange: str) -> AuditAction:
    async def deed(channel: AbstractChannel) -> None:
        await (await channel.get_queue(queue, ensure=False)).bind(exchange, queue)

    return deed


def remove(exchange: str) -> AuditAction:
    async def deed(channel: AbstractChannel) -> None:
        await channel.exchange_delete(exchange)

    return deed


@pairs
async def test_no_queue_of_another_service_is_opened_or_changed(line: Line, service: str, other: str) -> None:
    connection = await line(service)
    for queue in queues(other):
        delete, bind = change(queue)
        await refused(connection, delete, *([] if queue in fed(service) else [bind]))
        if (service, queue) not in {("router", parked_name(name)) for name in SERVICES}:
            await refused(connection, *read(queue))


@pairs
async def test_a_queue_for_its_events_is_bound_to_no_exchange_of_others(line: Line, service: str, other: str) -> None:
    connection = await line(service)
    foreign = next(e.type for heard in CONSUMERS.values() for e in heard if e not in CONSUMERS[service])
    for queue in fed(service) - {*queues(service)}:
        await refused(connection, hear(queue, "#"), hear(queue, foreign), bound(queue, again_name(other)))


async def test_who_counts_what_waits_binds_and_takes_nothing() -> None:
    may = counter()
    assert (may.configure, may.read, may.says, may.hears) == ("^$",) * 4
    work = {queue for service in SERVICES for queue in queues(service)[: len(CONSUMERS[service])]}
    assert all(re.fullmatch(may.write, queue) for queue in work)
    assert not [name for service in SERVICES for name in exchanges(service) if re.fullmatch(may.write, name)]


@pairs
async def test_no_exchange_of_another_service_is_written_to(line: Line, service: str, other: str) -> None:
    connection = await line(service)
    for exchange in exchanges(other):
        await refused(connection, remove(exchange))
        if (service, exchange) != ("router", again_name(other)):
            await refused(connection, publish(exchange, queues(other)[0]))


@pytest.mark.parametrize("service", SERVICES)
async def test_nothing_goes_around_the_exchanges(line: Line, service: str) -> None:
    connection = await line(service)
    await refused(connection, *(publish("", queue) for name in SERVICES for queue in queues(name)))
    await refused(connection, remove("klu.events"), publish("amq.topic", "x"))


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_says_and_hears_only_its_events(line: Line, service: str, broker: Broker) -> None:
    connection = await line(service)
    every = {event for heard in CONSUMERS.values() for event in heard}
    heard = {*CONSUMERS[service], *FORMER.get(service, ())}
    own = queues(service)[0]
    await refused(connection, *(publish("klu.events", event.type) for event in every - {*PRODUCERS[service]}))
    await refused(connection, *(hear(own, key) for key in ["#", "*.*", *(e.type for e in every - heard)]))
    for event in PRODUCERS[service]:
        await publish("klu.events", event.type)(await connection.channel())
    await broker.purge()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_declares_its_own_part_of_the_topology(line: Line, stack: Stack, service: str) -> None:
    url = stack.access(service)["KLU_RABBITMQ_URL"]
    ready = await topology.declare(url, DELAYS, [service])
    assert set(ready) == set(queues(service))
    assert await topology.missing_queues(url, service) == {}


def test_no_pattern_is_longer_than_rabbitmq_takes() -> None:
    given = [*(rights(service) for service in SERVICES), counter(), reader(), restorer()]
    assert [pattern for may in given for pattern in astuple(may) if len(pattern) > LONGEST] == []


async def test_links_and_codes_can_be_heard_by_the_notifier_alone() -> None:
    for secret in (events.ReceiptRequested, events.AssignmentInvited, events.AccountNotified):
        assert [s for s in SERVICES if re.fullmatch(rights(s).hears, secret.type)] == ["notifier"]


async def test_the_backup_looks_into_all_queues_and_changes_none(line: Line) -> None:
    connection = await line(BACKUP)
    for service in SERVICES:
        for queue in queues(service):
            await read(queue)[0](await connection.channel())
            await refused(connection, *change(queue), *(publish(name, queue) for name in ("", *exchanges(service))))
    await refused(connection, *(publish("klu.events", event.type) for event in PRODUCERS["router"]))


async def _read(collection: Collection) -> None:
    await collection.find_one({})


async def _write(collection: Collection) -> None:
    await collection.update_one({"_id": "nobody"}, {"$set": {"x": 1}})


async def _index(collection: Collection) -> None:
    await collection.create_index("revision", name="of no use")
    await collection.drop_index("of no use")


@pytest.mark.parametrize("user", [*SERVICES, BACKUP])
@pytest.mark.parametrize("owner", SERVICES)
async def test_a_database_is_open_to_its_own_service_alone(stack: Stack, line: Line, user: str, owner: str) -> None:
    if "KLU_MONGODB_URL" not in stack.access(user):
        pytest.skip("the given MongoDB has one user for all services")
    client: AsyncIOMotorClient[dict[str, Any]] = AsyncIOMotorClient(stack.access(user)["KLU_MONGODB_URL"])
    allowed = {owner: [_read, _write, _index], BACKUP: [_read]}.get(user, [])
    for name in COLLECTIONS[owner]:
        for deed in (_read, _write, _index):
            if deed in allowed:
                await deed(client[f"klu_{owner}"][name])
                continue
            with pytest.raises(OperationFailure) as error:
                await deed(client[f"klu_{owner}"][name])
            assert error.value.code == UNAUTHORIZED
    client.close()
