"""A consumer believes the owner of an event's type alone, whoever brought the event."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from scripts.eventually import eventually
from services.intake.store import Messages
from services.router.config import Settings
from shared.broker.topology import OWNERS, PRODUCERS
from shared.documents import Database, Documents, left_to_the_sweep
from shared.events import CloudEvent
from shared.signing import NotSigned, Signatures, Signer
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.erasing import store_of
from tests.shared.test_documents import Counter

FORGED = "an answer that nobody has approved"
QUEUE = "intake.case.answered"


def answered(**different: Any) -> CloudEvent[Any]:
    return example.sealed(example.case_answered(**different))


def check(body: bytes, **different: Any) -> None:
    keys = {service: [signer.public_key] for service, signer in example.SIGNERS.items()}
    Signatures(keys, clock=lambda: example.NOW, **different).check(body, owner="router")


def test_a_signed_event_is_accepted_and_its_bytes_come_first() -> None:
    event = answered()
    body = example.signed(event)
    check(body)
    assert body.startswith(event.model_dump_json(exclude_none=True)[:-1].encode() + b',"keyid":"')
    assert CloudEvent[type(event.data)].model_validate_json(body) == event  # type: ignore[misc]


def test_to_sign_again_changes_nothing() -> None:
    body = example.signed(answered()).decode()
    assert example.SIGNERS["router"].sign(body) == body
    assert Signer("1" * 64).sign(body) == body


@pytest.mark.parametrize("other", ["intake", "replies", "notifier"])
def test_another_services_signature_is_refused(other: str) -> None:
    with pytest.raises(NotSigned, match="not signed by router: it has no key"):
        check(example.signed(answered(), by=other))


def test_any_other_byte_is_refused() -> None:
    body = example.signed(answered())
    before = len(body) - len(',"keyid":"","signature":""}') - 16 - 86
    for at in range(0, before, 7):
        with pytest.raises(NotSigned, match="does not fit"):
            check(body[:at] + bytes([body[at] ^ 1]) + body[at + 1 :])


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body + b" ",
        lambda body: body[:-1] + b',"data":{}}',
        lambda body: body.replace(b'"keyid"', b'"keyId"'),
        lambda body: body.partition(b',"keyid"')[0] + b"}",
        lambda body: b"",
        lambda body: b"\xff",
    ],
)
def test_what_does_not_end_with_a_signature_is_not_signed(change: Any) -> None:
    with pytest.raises(NotSigned, match="not signed: router has to sign it"):
        check(change(example.signed(answered())))


def test_without_a_signature_it_is_accepted_until_a_date_and_a_wrong_one_never_is() -> None:
    bare = answered().model_dump_json(exclude_none=True).encode()
    check(bare, unsigned_until=example.NOW + timedelta(seconds=1))
    with pytest.raises(NotSigned):
        check(bare, unsigned_until=example.NOW)
    with pytest.raises(NotSigned):
        check(example.signed(answered(), by="intake"), unsigned_until=example.NOW + timedelta(days=1))


def test_an_old_key_is_accepted_beside_the_new_one() -> None:
    new, old = Signer("1" * 64), example.SIGNERS["router"]
    both = Signatures({"router": [new.public_key, old.public_key]})
    for signer in (new, old):
        both.check(signer.sign('{"id":"e1"}').encode(), owner="router")


def test_every_type_has_the_owner_that_publishes_it() -> None:
    assert {event.type: service for service in PRODUCERS for event in PRODUCERS[service]} == OWNERS


@pytest.mark.parametrize(
    ("different", "said"),
    [
        ({"signing_key": None}, "signing_key"),
        ({"signing_key": "short"}, "64 hexadecimal digits"),
        ({"verify_keys": None}, "verify_keys"),
        ({"verify_keys": f"router:{'0' * 63}"}, "64 hexadecimal digits"),
        ({"verify_keys": ",".join(f"{s}:{'1' * 64}" for s in ("intake", "router"))}, "two services have the same key"),
        ({"verify_keys": "intake:" + example.SIGNERS["router"].public_key}, "not among those of router"),
    ],
)
def test_a_service_without_its_keys_does_not_start(different: dict[str, Any], said: str) -> None:
    given = {"mongodb_url": "-", "rabbitmq_url": "-", "secret_key": example.SECRET, **example.keys("router")}
    given = {name: value for name, value in (given | different).items() if value is not None}
    with pytest.raises(ValidationError, match=said):
        Settings.model_validate(given)


async def test_an_unsigned_event_is_parked_at_once_and_can_be_sent_again_when_it_is_allowed(
    make: Make, database: Database, broker: Broker
) -> None:
    message = example.message()
    event = answered(message_id=message.id, answer=FORGED)
    bare = event.model_dump_json(exclude_none=True).encode()
    app = make("intake")
    await store_of(app, Messages).add(message)
    async with listening(app) as service:
        await broker.publish_raw(event.type, bare, event.id)
        parked = await broker.take("intake.parked")
        assert await outcomes(service, QUEUE, of=1) == {"parked": 1}
    assert (parked.body, parked.headers["x-attempt"]) == (bare, 0)
    assert parked.headers["x-reason"] == "not signed: router has to sign it"
    assert FORGED not in str(await database["messages"].find_one({}))
    async with listening(make("intake", unsigned_until="2199-01-01T00:00:00Z")) as service:
        await broker.publish_raw(event.type, bare, event.id)
        assert await outcomes(service, QUEUE, of=1) == {"obeyed": 1}
    assert FORGED in str(await database["messages"].find_one({}))


async def test_what_a_service_owes_is_signed_when_it_is_stored_and_also_what_stood_there_unsigned(
    database: Database,
) -> None:
    signing = Database(database.mongodb, source="router", signer=example.SIGNERS["router"], on_outbox=left_to_the_sweep)
    for name, store in (("c1", database), ("c2", signing)):
        await Documents(store, "counters", Counter).add(Counter(id=name), announcing=example.case_answered())
    stored = {d["_id"]: d["outbox"][0]["body"] async for d in database["counters"].find({})}
    check(stored["c2"].encode())
    entries = await Documents(signing, "counters", Counter).unpublished(before=signing.clock(), limit=10)
    for entry in entries:
        check(entry.body.encode())
    assert [len(entries), stored["c1"][:-1] in entries[0].body] == [2, True]


async def test_an_event_keeps_its_signature_through_retries(make: Make, broker: Broker) -> None:
    """Its message comes after it, so it is retried; in the end it has its effect."""
    message = example.message()
    app = make("intake")
    async with listening(app) as service:
        await broker.publish(answered(message_id=message.id))

        async def retried() -> bool:
            return bool((await outcomes(service, QUEUE, of=1)).get("retried"))

        await eventually(retried)
        await store_of(app, Messages).add(message)

        async def processed() -> bool:
            return bool((await outcomes(service, QUEUE, of=2)).get("obeyed"))

        await eventually(processed)
