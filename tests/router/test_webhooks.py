"""Systems of the institution are told of cases: signed, once for each happening, again when they were away."""

import asyncio
import json
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path
from threading import Event
from typing import Any

import httpx2
import pytest
from standardwebhooks import Webhook as Verifier
from standardwebhooks import WebhookVerificationError

from scripts.eventually import eventually
from services.router.cases.domain.case import Case
from services.router.cases.domain.happening import happenings
from services.router.cases.domain.restriction import Why, restrict
from services.router.cases.domain.review import approve, close, pending_versions
from services.router.cases.domain.states import ClosureReason
from services.router.cases.store.cases import Cases
from services.router.webhooks.domain.delivery import Attempt, Delivery, attempted, deliver, try_out
from services.router.webhooks.domain.destinations import allowed
from services.router.webhooks.domain.signing import headers, signature
from services.router.webhooks.domain.webhook import (
    BadAddress,
    Sealed,
    Webhook,
    change_secret,
    check,
    new_secret,
    secrets_of,
)
from services.router.webhooks.handlers import NotDelivered, WebhookHandlers
from services.router.webhooks.sender import TOGETHER, Busy, Sender
from services.router.webhooks.store import Deliveries
from shared.clock import utc_now
from shared.documents import Database, Erased, NotYet
from shared.erasure import Order
from shared.events import CaseHappened, CloudEvent, WebhookRequested
from shared.seal import Seal
from tests import examples as example
from tests.certificates import own_authority
from tests.conftest import Broker, Make, listening, outcomes
from tests.router.desk import kept
from tests.router.receiver import LOCAL, SECRET, Receiver, hook, receiving, webhooks_of

ROOT = Path(__file__).parent.parent.parent
ID = "0b5c6f0e-5d0b-4f61-9a55-3d8e6e3f7a10"
LOOPBACK = tuple(ip_network(name) for name in LOCAL)


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A system that receives webhooks."""
    async with receiving() as running:
        yield running


def happened(**different: Any) -> CaseHappened:
    given = {"message_id": ID, "what": "opened", "reference": "26-7KX4-9Q", "kind": "complaint"}
    return CaseHappened.model_validate(given | {"revision": 0, "at": example.NOW} | different)


def handlers(database: Database, *, timeout: float = 5.0, **different: Any) -> WebhookHandlers:
    given = {"source": "https://masa.example"} | different
    sender = given.pop("sender", None) or Sender(LOOPBACK, timeout)
    return WebhookHandlers(webhooks_of(database), Deliveries(database), Cases(database), sender, **given)


def body_for(webhook: Webhook, event: CaseHappened, case: Case) -> str:
    return deliver(webhook, event, case, event_id="e1", source="s", now=example.NOW)[0].body


async def requested(database: Database) -> list[CloudEvent[WebhookRequested]]:
    """What the deliveries owe."""
    found = database["webhook_deliveries"].find({}).sort("webhook_id", 1)
    bodies = [json.loads(entry["body"])["data"] async for one in found for entry in one["outbox"]]
    return [example.sealed(WebhookRequested.model_validate(body)) for body in bodies if "delivery_id" in body]


async def told(database: Database, event: CloudEvent[CaseHappened], **different: Any) -> None:
    """Handle what happened, and what is owed then."""
    handling = handlers(database, **different)
    await handling.on_case_happened(event)
    for one in await requested(database):
        await handling.on_webhook_requested(one)


async def deliveries(database: Database) -> list[Delivery]:
    return await Deliveries(database).find({}, sort=[("_id", 1)], limit=100)


# --- what happened ---------------------------------------------------------------------------------------------------


async def test_opening_answering_and_closing_a_case_owe_a_word_of_it_in_the_same_write(database: Database) -> None:
    cases, waiting = Cases(database), example.replied_case()
    await cases.add(waiting.model_copy(update={"revision": 0}))
    given: dict[str, Any] = {"answer": "Onarıldı.", "versions": pending_versions(waiting), "waived_because": ""}
    answered, announcing = approve(waiting, **given, by=example.officer(), now=example.NOW)
    saved = await cases.save(answered.model_copy(update={"revision": 0}), announcing=announcing)
    closing: dict[str, Any] = {"reason": ClosureReason.ANSWERED, "explanation": "", "by": example.officer()}
    closed, announcing = close(saved, **closing, now=example.NOW)
    await cases.save(closed, announcing=announcing)
    found = await database["cases"].find_one({"_id": waiting.id})
    assert found
    words = [json.loads(one["body"])["data"] for one in found["outbox"] if one["type"] == "case.happened"]
    assert [(word["what"], word.get("closure_reason"), word["units"]) for word in words] == [
        ("answered", None, ["kddb"]),
        ("closed", "answered", ["kddb"]),
    ]
    assert all(word["actor"]["kind"] == "officer" for word in words)


async def test_a_message_that_arrives_owes_a_word_once(make: Make, broker: Broker, database: Database) -> None:
    event = example.sealed(example.message_submitted())
    async with listening(make("router")) as service:
        await broker.publish(event, times=2)
        assert await outcomes(service, "router.message.submitted", of=2) == {"obeyed": 1, "duplicate": 1}
        assert await outcomes(service, "router.case.happened", of=1) == {"obeyed": 1}


def test_other_changes_of_a_case_are_nobodys_business() -> None:
    restricted, events = restrict(example.case(id=ID), Why.HEALTH, to=["a"], by=example.officer(), now=example.NOW)
    assert happenings(restricted, events) == []


# --- what is told ----------------------------------------------------------------------------------------------------


async def test_a_receiver_gets_a_cloud_event_that_its_library_verifies(database: Database, receiver: Receiver) -> None:
    case = await kept(database, example.case(id=ID, reference="26-7KX4-9Q"))
    await hook(database, receiver.url("/hook?token=t"))
    await told(database, example.sealed(happened()))
    (body,) = receiver.received("/hook?token=t")
    (delivery,) = await deliveries(database)
    assert body == {
        "specversion": "1.0",
        "id": delivery.id,
        "source": "https://masa.example",
        "type": "klu.case.opened",
        "time": body["time"],
        "subject": case.reference,
        "datacontenttype": "application/json",
        "data": {
            "reference": case.reference,
            "kind": "complaint",
            "units": [],
            "state": "new",
            "revision": 0,
            "submitted_at": body["data"]["submitted_at"],
        },
    }
    (_, head, _) = receiver.requests[0]
    assert (head["host"], head["webhook-id"]) == (f"127.0.0.1:{receiver.port}", delivery.id)
    assert head["content-type"] == "application/cloudevents+json; charset=utf-8"
    assert (delivery.state, delivery.tries, delivery.attempts[0].status) == ("delivered", 1, 200)


@pytest.mark.parametrize(
    ("what", "state", "times"),
    [("answered", "resolved", {"answered_at"}), ("closed", "closed", {"answered_at", "closed_at"})],
)
def test_an_answer_and_a_closing_are_told_with_state_and_times(what: str, state: str, times: set[str]) -> None:
    event = happened(what=what, units=["kddb"], closure_reason="answered" if what == "closed" else None)
    data = json.loads(body_for(example_hook(), event, example.answered_case()))["data"]
    assert (data["state"], data["units"]) == (state, ["kddb"])
    assert {name for name in data if name.endswith("_at")} == {"submitted_at"} | times
    assert data.get("closure_reason") == ("answered" if what == "closed" else None)


def example_hook(**different: Any) -> Webhook:
    given: dict[str, Any] = {"id": "wh1", "name": "A", "url": "https://a.example", "happenings": ("opened",)}
    given |= {"secret": Sealed(sealed="", seal_key=""), "created_at": example.NOW}
    return Webhook.model_validate(given | different)


@pytest.mark.parametrize("what", ["opened", "answered", "closed"])
def test_without_personal_data_nothing_of_the_person_or_the_texts_is_told(what: str) -> None:
    case = example.answered_case()
    body = body_for(example_hook(), happened(what=what), case)
    private = [case.submitter.name, case.submitter.email, case.submitter.phone, case.subject, case.text]
    private += [case.answer.text if case.answer else None]
    assert all(private)
    assert [one for one in private if one and one in body] == []


def test_with_personal_data_a_hidden_identity_stays_hidden() -> None:
    shown, hidden = example.answered_case(), example.answered_case(hide_identity=True)
    event, webhook = happened(what="answered"), example_hook(personal=True)
    first, second = (json.loads(body_for(webhook, event, one))["data"]["personal"] for one in (shown, hidden))
    assert first["submitter"]["email"] == shown.submitter.email
    assert first["answer"] == (shown.answer and shown.answer.text)
    assert "submitter" not in second


async def test_what_waits_names_nobody_once_personal_data_are_switched_off(
    database: Database, receiver: Receiver
) -> None:
    await kept(database, example.case(id=ID))
    webhook = await hook(database, receiver.url(), personal=True)
    handling = handlers(database)
    await handling.on_case_happened(example.sealed(happened()))
    (waiting,) = await deliveries(database)
    assert "personal" in json.loads(waiting.body)["data"]
    await webhooks_of(database).save(webhook.model_copy(update={"personal": False}))
    (event,) = await requested(database)
    await handling.on_webhook_requested(event)
    (body,) = receiver.received()
    (kept_one,) = await deliveries(database)
    assert (body["id"], "personal" in body["data"], "Deniz" in kept_one.body) == (waiting.id, False, False)


def test_an_answer_is_not_told_before_it_was_given() -> None:
    body = body_for(example_hook(personal=True), happened(), example.answered_case())
    assert "answer" not in json.loads(body)["data"]["personal"]


async def test_the_same_event_twice_makes_one_delivery_for_each_receiver_that_asked(
    database: Database, receiver: Receiver
) -> None:
    await kept(database, example.case(id=ID))
    await hook(database, receiver.url("/a"))
    await hook(database, receiver.url("/b"), id="wh2", happenings=("closed",))
    await hook(database, receiver.url("/c"), id="wh3", active=False)
    await hook(database, receiver.url("/d"), id="wh4")
    event = example.sealed(happened())
    await told(database, event)
    await told(database, event)
    assert [path for path, *_ in receiver.requests] == ["/a", "/d"]


async def test_nobody_is_told_of_a_restricted_case(database: Database, receiver: Receiver) -> None:
    restricted, _ = restrict(example.case(id=ID), Why.HEALTH, to=["a"], by=example.officer(), now=example.NOW)
    await kept(database, restricted)
    await hook(database, receiver.url())
    await told(database, example.sealed(happened()))
    assert await deliveries(database) == []


@pytest.mark.parametrize("since", ["restricted", "erased"])
async def test_what_waits_dies_when_the_case_is_restricted_or_erased(
    database: Database, receiver: Receiver, since: str
) -> None:
    case = await kept(database, example.case(id=ID))
    await hook(database, receiver.url(), personal=True)
    handling = handlers(database)
    await handling.on_case_happened(example.sealed(happened()))
    if since == "erased":
        await database["cases"].replace_one({"_id": case.id}, {"_id": case.id, "erased_at": example.NOW})
    else:
        restricted, _ = restrict(case, Why.HEALTH, to=["a"], by=example.officer(), now=example.NOW)
        await Cases(database).save(restricted)
    (event,) = await requested(database)
    await handling.on_webhook_requested(event)
    (delivery,) = await deliveries(database)
    assert (receiver.requests, delivery.state, delivery.body) == ([], "dropped", "")


async def test_an_event_about_an_erased_case_has_no_effect(database: Database) -> None:
    await hook(database, "https://a.example")
    await database["cases"].insert_one({"_id": ID, "erased_at": example.NOW})
    with pytest.raises(Erased):
        await handlers(database).on_case_happened(example.sealed(happened()))


async def test_an_erased_delivery_is_not_sent(database: Database, receiver: Receiver) -> None:
    await kept(database, example.case(id=ID))
    await hook(database, receiver.url())
    handling = handlers(database)
    await handling.on_case_happened(example.sealed(happened()))
    (event,) = await requested(database)
    await database["webhook_deliveries"].replace_one({}, {"erased_at": example.NOW})
    await handling.on_webhook_requested(event)
    assert receiver.requests == []


async def test_what_was_told_of_an_erased_message_goes_with_it(make: Make, database: Database) -> None:
    await kept(database, example.case(id=ID))
    await hook(database, "https://a.example", personal=True)
    await handlers(database).on_case_happened(example.sealed(happened()))
    other, _ = try_out(example_hook(), "d2", source="s", now=example.NOW)
    await Deliveries(database).add(other)
    order = Order(id="o1", number=1, message_ids=(ID,), at_once=True)
    await make("router").state.service._eraser.carry_out(order)
    assert [one.id for one in await deliveries(database)] == ["d2"]


# --- what becomes of it ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [301, 304, 307, 400, 404, 500, 503])
async def test_another_answer_than_2xx_counts_as_failed(database: Database, receiver: Receiver, status: int) -> None:
    receiver.answers["/hook"] = status
    await kept(database, example.case(id=ID))
    await hook(database, receiver.url())
    with pytest.raises(NotDelivered):
        await told(database, example.sealed(happened()))
    (delivery,) = await deliveries(database)
    assert (delivery.state, delivery.attempts[0].status) == ("failed", status)
    assert {path for path, *_ in receiver.requests} == {"/hook"}


async def test_what_failed_is_delivered_later_under_the_same_id_and_is_not_sent_a_third_time(
    database: Database, receiver: Receiver
) -> None:
    receiver.answers["/hook"] = 500
    await kept(database, example.case(id=ID))
    await hook(database, receiver.url())
    with pytest.raises(NotDelivered):
        await told(database, example.sealed(happened()))
    del receiver.answers["/hook"]
    (event,) = await requested(database)
    await handlers(database).on_webhook_requested(event)
    await handlers(database).on_webhook_requested(event)
    first, second = receiver.received()
    assert first == second
    assert {head["webhook-id"] for _, head, _ in receiver.requests} == {first["id"]}
    (delivery,) = await deliveries(database)
    assert (delivery.state, delivery.tries) == ("delivered", 2)


async def test_a_receiver_that_is_gone_is_switched_off_and_audited(database: Database, receiver: Receiver) -> None:
    receiver.answers["/hook"] = 410
    await kept(database, example.case(id=ID))
    webhook = await hook(database, receiver.url())
    await told(database, example.sealed(happened()))
    after = await webhooks_of(database).get(webhook.id)
    assert (after.active, after.ended, after.history[-1].by.kind) == (False, "gone", "system")
    (found,) = [one async for one in database["webhooks"].find({})]
    (entry,) = [example.unpublished_data(one) for one in found["outbox"]]
    assert (entry["action"], entry["fields"]) == ("webhook_changed", ["active", "ended"])
    (event,) = await requested(database)
    await handlers(database).on_webhook_requested(event)
    assert len(receiver.requests) == 1


async def test_a_receiver_that_does_not_answer_in_time_rests_and_the_others_are_told(
    database: Database, receiver: Receiver
) -> None:
    receiver.answers["/slow"] = 0
    sender = Sender(LOOPBACK, timeout=0.2)
    assert (await sender.post(receiver.url("/slow"), {}, "{}")).error == "timeout"
    assert (await sender.post(receiver.url("/slow"), {}, "{}")).error == "rests"
    assert (await sender.post(receiver.url("/hook"), {}, "{}")).status == 200
    assert [path for path, *_ in receiver.requests] == ["/slow", "/hook"]


async def test_a_slow_receiver_does_not_use_up_the_attempts_of_the_others(receiver: Receiver) -> None:
    receiver.answers["/slow"] = 0
    sender = Sender(LOOPBACK, timeout=5.0)
    waiting = [asyncio.create_task(sender.post(receiver.url("/slow"), {}, "{}")) for _ in range(TOGETHER)]

    async def all_open() -> bool:
        return len(receiver.requests) == TOGETHER

    await eventually(all_open)
    with pytest.raises(Busy):
        await sender.post(receiver.url("/slow"), {}, "{}")
    assert (await sender.post(receiver.url("/hook"), {}, "{}")).status == 200
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)
    assert (await Sender(LOOPBACK, 5.0).post(receiver.url("/hook"), {}, "{}")).succeeded


@pytest.mark.parametrize(
    "block",
    [b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", b"HTTP/1.1 100\r\n\r\n", b"x" * 100],
    ids=["early hints", "continue", "one line"],
)
async def test_an_answer_without_an_end_is_given_up_at_once(receiver: Receiver, block: bytes) -> None:
    receiver.endless["/endless"] = block * 1_000
    attempt = await Sender(LOOPBACK, timeout=10.0).post(receiver.url("/endless"), {}, "{}")
    assert (attempt.status, attempt.error) == (None, "connection")


async def test_what_is_sent_over_tls_goes_to_a_known_certificate_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = own_authority(tmp_path / "own.pem")
    server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server.load_cert_chain(own)
    async with receiving(server) as receiver:
        url = receiver.url().replace("http://", "https://")
        assert (await Sender(LOOPBACK, 5.0).post(url, {}, "{}")).error == "certificate"
        monkeypatch.setattr(httpx2, "create_ssl_context", lambda: ssl.create_default_context(cafile=own))
        assert (await Sender(LOOPBACK, 5.0).post(url, {}, "{}")).status == 200
    assert [body for *_, body in receiver.requests] == [b"{}"]


async def test_a_receiver_that_speaks_no_tls_is_told_from_one_that_is_away() -> None:
    def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 400 Bad Request\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(answer, "127.0.0.1", 0) as server:
        url = f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/hook"
        assert (await Sender(LOOPBACK, 5.0).post(url, {}, "{}")).error == "tls"
    assert (await Sender(LOOPBACK, 5.0).post(url, {}, "{}")).error == "connection"


async def test_too_many_at_once_count_no_attempt(database: Database, receiver: Receiver) -> None:
    class Full(Sender):
        async def post(self, *_: Any) -> Attempt:
            raise Busy

    await kept(database, example.case(id=ID))
    await hook(database, receiver.url())
    with pytest.raises(NotYet):
        await told(database, example.sealed(happened()), sender=Full((), 1.0))
    assert [one.tries for one in await deliveries(database)] == [0]


async def test_a_closed_port_is_no_connection() -> None:
    async with receiving() as gone:
        url = gone.url()
    attempt = await Sender(LOOPBACK, 5.0).post(url, {}, "{}")
    assert (attempt.status, attempt.error) == (None, "connection")


async def test_a_receiver_that_is_down_is_retried_and_parked_while_another_one_is_told(
    make: Make, broker: Broker, database: Database, receiver: Receiver
) -> None:
    receiver.answers["/down"] = 500
    await kept(database, example.case(id=ID))
    await hook(database, receiver.url("/down"))
    await hook(database, receiver.url("/up"), id="wh2")
    app = make("router", webhook_private=LOCAL)
    async with listening(app) as service:
        await broker.publish(example.sealed(happened()))
        counted = await outcomes(service, "router.webhook.requested", of=5)
        assert counted == {"obeyed": 1, "retried": 3, "parked": 1}
    assert len(receiver.received("/up")) == 1
    assert len(receiver.received("/down")) == 4
    assert sorted(one.state for one in await deliveries(database)) == ["delivered", "failed"]


def test_a_delivery_that_arrived_stays_delivered() -> None:
    delivery, _ = try_out(example_hook(), "d1", source="s", now=example.NOW)
    taken = attempted(delivery, Attempt(at=example.NOW, status=204))
    assert attempted(taken, Attempt(at=example.NOW, error="timeout")).state == "delivered"


# --- signatures ------------------------------------------------------------------------------------------------------


def test_the_signature_is_that_of_the_specifications_example() -> None:
    signed = signature(SECRET, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_new_secret_is_accepted_by_the_specifications_library() -> None:
    secret, other = new_secret(), new_secret()
    head = headers("d1", "{}", [secret], utc_now())
    Verifier(secret).verify("{}", head)
    with pytest.raises(WebhookVerificationError):
        Verifier(other).verify("{}", head)
    with pytest.raises(WebhookVerificationError):
        Verifier(secret).verify('{"a":1}', head)


def test_the_program_of_the_documentation_tells_what_is_genuine() -> None:
    told: dict[str, Any] = {}
    exec((ROOT / "docs/webhooks.md").read_text().partition("```python")[2].partition("```")[0], told)
    secret, head = SECRET, headers("d1", "{}", [new_secret(), SECRET], utc_now())
    assert told["genuine"](secret, head, b"{}")
    assert not told["genuine"](secret, head, b"{} ")
    assert not told["genuine"](new_secret(), head, b"{}")
    assert not told["genuine"](secret, headers("d1", "{}", [SECRET], utc_now() - timedelta(hours=1)), b"{}")


async def test_two_secrets_are_valid_for_a_day(database: Database, receiver: Receiver) -> None:
    await kept(database, example.case(id=ID))
    webhook = await hook(database, receiver.url())
    webhooks, fresh = webhooks_of(database), new_secret()
    changed, _ = change_secret(webhook, webhooks.closed(fresh), by=example.officer().actor, now=utc_now())
    await webhooks.save(changed)
    await told(database, example.sealed(happened()))
    assert len(receiver.received(secret=SECRET)) == len(receiver.received(secret=fresh)) == 1
    assert [webhooks.opened(one) for one in secrets_of(changed, utc_now() + timedelta(hours=25))] == [fresh]


async def test_secrets_are_sealed_and_sealed_anew_with_a_new_key(database: Database) -> None:
    await hook(database, "https://a.example")
    assert SECRET[6:] not in json.dumps([one async for one in database["webhooks"].find({})], default=str)
    webhooks = type(webhooks_of(database))(
        Database(database.mongodb, source="router", seal=Seal("n" * 32, [example.SECRET]))
    )
    assert [one async for one in webhooks.ids(webhooks.sealed_before(utc_now()))] == ["wh1"]
    await webhooks.seal_anew("wh1", utc_now())
    assert [one async for one in webhooks.ids(webhooks.sealed_before(utc_now()))] == []
    assert webhooks.opened((await webhooks.get("wh1")).secret) == SECRET


# --- where it may lead -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.0.0.8", "172.16.5.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0"),
        *("224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fe80::1%eth0", "fd00::1", "ff02::1"),
        *("::ffff:127.0.0.1", "::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:7f00:1::"),
    ],
)
def test_a_private_address_is_refused(address: str) -> None:
    assert not allowed(address, ())


@pytest.mark.parametrize("address", ["fec0::1", "64:ff9b:1::7f00:1", "::7f00:1", "5f00::1"])
def test_an_address_of_ipv6_that_is_not_of_the_public_internet_is_refused(address: str) -> None:
    assert not allowed(address, ())


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:220:1::1", "::ffff:93.184.215.14"])
def test_a_public_address_is_allowed(address: str) -> None:
    assert allowed(address, ())


def test_the_operator_allows_one_network_alone() -> None:
    named = (ip_network("10.1.0.0/16"),)
    assert allowed("10.1.2.3", named)
    assert allowed("::ffff:10.1.2.3", named)
    assert not allowed("10.2.0.1", named)
    assert not allowed("127.0.0.1", named)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"])
async def test_nothing_reaches_this_machine_unless_the_operator_allows_it(receiver: Receiver, host: str) -> None:
    attempt = await Sender((), 5.0).post(f"http://{host}:{receiver.port}/hook", {}, "{}")
    assert (attempt.status, attempt.error in ("address", "name", "connection")) == (None, True)
    assert receiver.requests == []


async def test_it_connects_to_the_address_that_was_checked_and_names_the_host(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [[(2, 1, 6, "", ("127.0.0.1", receiver.port))], [(2, 1, 6, "", ("192.0.2.1", receiver.port))]]
    asked = list[str]()

    def resolve(host: str, *given: Any, **named: Any) -> Any:
        if host == "alici.example":
            asked.append(host)
            return answers.pop(0)
        return getaddrinfo(host, *given, **named)

    getaddrinfo = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    attempt = await Sender(LOOPBACK, 5.0).post(f"http://alici.example:{receiver.port}/hook", {}, "{}")
    assert (attempt.status, asked) == (200, ["alici.example"])
    assert receiver.requests[0][1]["host"] == f"alici.example:{receiver.port}"


async def test_a_name_that_also_means_a_private_address_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    def resolve(*_: Any, **__: Any) -> Any:
        return [(2, 1, 6, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    assert (await Sender((), 5.0).post("https://alici.example/", {}, "{}")).error == "address"


@contextmanager
def one_thread_for_all() -> Iterator[None]:
    """The default executor of the loop, which all tests share, has one thread."""
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(1) as one:
        loop.set_default_executor(one)
        try:
            yield
        finally:
            loop.set_default_executor(ThreadPoolExecutor())


async def test_a_name_that_nobody_answers_for_keeps_no_other_work_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    done, over = list[str](), Event()

    def resolve(*_: Any, **__: Any) -> Any:
        over.wait(10)
        done.append("looked up")
        raise OSError

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    sender = Sender((), 0.1)
    posts = [sender.post(f"https://alici.example/{number}", {}, "{}") for number in range(12)]
    with one_thread_for_all():
        assert {attempt.error for attempt in await asyncio.gather(*posts)} == {"timeout"}
        await asyncio.to_thread(done.append, "other work")
    over.set()

    async def looked_up() -> bool:
        return "looked up" in done

    await eventually(looked_up)
    assert done == ["other work", "looked up"]


@pytest.mark.parametrize(
    "url",
    [
        *("http://alici.example/", "ftp://alici.example/", "https://", "https://a:b@alici.example/", "javascript:1"),
        *("https://alici.example/#x", "https://alici.example:99999/", "https://alici example/", "https://[::1/", ""),
        "https://alici.example/\r\nHost: b",
    ],
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadAddress):
        check(url)


@pytest.mark.parametrize(
    "url", ["https://alici.example/hook?a=b", "https://alici.example:8443/", "http://localhost:9000/", "http://[::1]/"]
)
def test_an_https_address_or_one_of_this_machine_is_taken(url: str) -> None:
    check(url)
