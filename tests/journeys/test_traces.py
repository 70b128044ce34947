"""One message is one trace over the four real processes, and nothing that watches them learns what it says."""

from collections.abc import AsyncIterator
from uuid import uuid4

import httpx2
import pytest

from scripts.eventually import eventually
from scripts.local.config import SERVICES
from scripts.people import sees
from tests.collector import Collector, Span, collecting, faults
from tests.journeys.conftest import ChaosSystem

NAME, TEXT, REPLY, UNIT_PERSON, NOTE = (
    "Zümrüt Planlı",
    "gizlenmiş metin",
    "gizlenmiş cevap",
    "Yakut Planlı",
    "gizli not",
)
QUICK = {"OTEL_BSP_SCHEDULE_DELAY": "200"}


@pytest.fixture
async def collector(chaos: ChaosSystem) -> AsyncIterator[Collector]:
    """The four services with traces on."""
    with collecting() as collector:
        await chaos.stop(*SERVICES)
        await chaos.start(*SERVICES, OTEL_EXPORTER_OTLP_ENDPOINT=collector.url, KLU_LOG_LEVEL="DEBUG", **QUICK)
        yield collector
        await chaos.stop(*SERVICES)


async def test_one_message_is_one_tree_through_all_four_services_and_no_watcher_learns_what_it_says(
    chaos: ChaosSystem, collector: Collector, subject: str
) -> None:
    email = f"zumrut.{uuid4().hex[:10]}@example.org"
    citizen, officer = chaos.citizen(), await chaos.officer()
    await citizen.write(subject=subject, email=email, name=NAME, text=f"Bu bir {TEXT} olarak yazılmıştır.")
    case = await officer.case(subject)
    await officer.route(case, ["kddb"], note=NOTE)
    secretary = await chaos.secretary("kddb", subject)
    await secretary.reply(f"Bu bir {REPLY} olarak yazılmıştır.", by=UNIT_PERSON)
    await officer.case(subject, "reply_pending_review")
    await officer.approve(case)
    await chaos.mailbox.letter(email, "", number=2)
    await sees(citizen.status, REPLY)

    tree = await eventually(lambda: whole_tree(collector), within=60)
    shape = {(span.service, span.name) for span in tree}
    assert faults(tree) == []
    assert {span.service for span in tree} == set(SERVICES)
    assert {span.service for span in tree if span.attributes.get("db.system.name") == "mongodb"} == set(SERVICES)
    assert {span.kind for span in tree} == {"SERVER", "PRODUCER", "CONSUMER", "CLIENT", "INTERNAL"}
    assert {
        ("intake", "POST /"),
        ("intake", "publish message.submitted"),
        ("router", "process router.message.submitted"),
        ("router", "act on cases"),
        ("replies", "process replies.assignment.requested"),
        ("replies", "act on assignments"),
        ("router", "process router.reply.submitted"),
        ("notifier", "process notifier.case.answered"),
        ("notifier", "send answer"),
        ("router", "process router.letter.sent"),
        ("intake", "process intake.case.answered"),
        ("intake", "update messages"),
    } <= shape
    acts = [span for span in tree if span.name.startswith("act on")]
    requests = {span.trace: span.name for span in collector.spans if span.kind == "SERVER"}
    assert {requests[link] for act in acts for link in act.links} == {
        "POST /cases/{case_id}/routing",
        "GET /a/{token}",
        "POST /a/{token}/reply",
        "POST /cases/{case_id}/review",
    }

    planted = [NAME, TEXT, REPLY, UNIT_PERSON, NOTE, subject, email, citizen.code, secretary.path.removeprefix("/a/")]
    heard = await watchers(chaos, collector)
    assert b"trace_id" in heard["router.log"]
    for watcher, told in heard.items():
        assert [secret for secret in planted if secret.encode() in told] == [], watcher


async def whole_tree(collector: Collector) -> list[Span] | None:
    """The spans of the message's trace, once the answer's letter has come back to the case."""
    spans = collector.spans
    roots = [span for span in spans if (span.service, span.name, span.parent) == ("intake", "POST /", "")]
    if not roots:
        return None
    tree = collector.tree(roots[0].trace)
    answered = {span.id for span in tree if span.name == "send answer"}
    published = {s.id for s in tree if s.name == "publish letter.sent" and s.parent in answered}
    back = any(s.name == "process router.letter.sent" and s.parent in published for s in tree)
    return tree if back and not faults(tree) else None


async def watchers(chaos: ChaosSystem, collector: Collector) -> dict[str, bytes]:
    """Everything that the operators' tools get to see."""
    told = {"spans": b"".join(collector.bodies)}
    async with httpx2.AsyncClient() as client:
        for service in SERVICES:
            management = chaos.system.url(f"KLU_{service.upper()}_MANAGEMENT_PORT")
            told[f"{service} /metrics"] = (await client.get(f"{management}/metrics")).content
            told[f"{service}.log"] = chaos.system.services[service].log.read_bytes()
    return told
