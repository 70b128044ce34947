"""Every act that belongs into the audit record stands in the chain once, and the chain verifies. Knows no stores."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from scripts.chaos.reconcile import Findings, Records
from services.router.records.domain.chain import Broken, Walk

Document = dict[str, Any]


def check_record(findings: Findings, records: Records, chain: Sequence[Document], key: str) -> None:
    """Compare the chain with the links by ``key``, and its acts with what the documents say was done.

    Of the desk, an act is all entries of a timeline by an officer that one write made; of the form, each message; of
    the portal, each reply.
    """
    check_chain(findings, chain, key)
    there = Counter((entry["action"], entry["object_id"]) for entry in chain)
    for act in (*_messages(records), *_replies(records), *_of_officers(records)):
        findings.compare(f"the audit chain: {act[0]} of {act[1]}", there.pop(act[:2], 0), act[2])


def check_chain(findings: Findings, chain: Sequence[Document], key: str) -> None:
    """Compare the chain with the links by ``key``; no event is in it twice."""
    walk = Walk(key)
    try:
        for entry in chain:
            walk.step(entry)
    except Broken as broken:
        findings.lost.append(f"the audit chain: {broken}")
    twice = [event for event, count in Counter(entry["event_id"] for entry in chain).items() if count > 1]
    findings.doubled += [f"the audit chain has event {event} twice" for event in twice]


def _messages(records: Records) -> Iterable[tuple[str, str, int]]:
    return [("message.submitted", message["_id"], 1) for message in records.messages]


def _replies(records: Records) -> Iterable[tuple[str, str, int]]:
    """A reply that was a mail is proposed by the unit; an officer takes it."""
    for assignment in records.assignments:
        by_mail = len(assignment.get("mailed", ()))
        yield "reply.proposed", assignment["_id"], by_mail
        yield "reply.submitted", assignment["_id"], len(assignment["replies"]) - by_mail


def _of_officers(records: Records) -> Iterable[tuple[str, str, int]]:
    for case in records.cases:
        by_officers = [entry for entry in case["timeline"] if (entry.get("actor") or {}).get("kind") == "officer"]
        acts = {(entry["what"], entry["revision"]) for entry in by_officers}
        for what, count in Counter(what for what, _ in acts).items():
            yield f"case.{what}", case["_id"], count
