"""What the chaos run says of the audit record: nothing of one that has every act once, and what is missing or twice."""

from typing import Any

import pytest

from scripts.chaos.reconcile import Findings, Records
from scripts.chaos.record import check_record
from services.router.records.domain.chain import ChainEntry, Recorded, linked
from tests import examples as example

OFFICER = {"kind": "officer", "id": "o1"}
ROUTED = [{"what": "routed", "revision": 2, "actor": OFFICER}] * 2
CASE: dict[str, Any] = {"_id": "m1", "timeline": [*ROUTED, {"what": "replied", "revision": 3, "actor": None}]}
RECORDS = Records(
    [{"_id": "m1"}], [CASE], [{"_id": "a1", "replies": [{}, {}], "mailed": [{}]}, {"_id": "a2", "replies": []}], [], []
)
ACTS = [("message.submitted", "m1"), ("case.routed", "m1"), ("reply.proposed", "a1"), ("reply.submitted", "a1")]


def chain(acts: list[tuple[str, str]]) -> list[dict[str, Any]]:
    entries = list[ChainEntry]()
    for number, (action, about) in enumerate(acts):
        said = {"event_id": f"e{number}", "at": example.NOW, "service": "router", "action": action, "object_kind": ""}
        told = Recorded(object_id=about, **said)
        entries.append(linked(told, key=example.AUDIT_KEY, before=entries[-1] if entries else None))
    return [entry.model_dump(exclude_none=True) for entry in entries]


def found(entries: list[dict[str, Any]]) -> Findings:
    findings = Findings()
    check_record(findings, RECORDS, entries, example.AUDIT_KEY)
    return findings


def test_nothing_is_said_of_a_record_that_has_every_act_once() -> None:
    assert found(chain([*ACTS, ("case_read", "m1")])) == Findings()


@pytest.mark.parametrize("act", ACTS)
def test_an_act_that_is_missing_is_lost_and_one_that_is_there_twice_is_doubled(act: tuple[str, str]) -> None:
    assert found(chain([one for one in ACTS if one != act])).lost == [
        f"the audit chain: {act[0]} of {act[1]}: 0 instead of 1"
    ]
    assert found(chain([*ACTS, act])).doubled == [f"the audit chain: {act[0]} of {act[1]}: 2 instead of 1"]


def test_an_entry_that_was_taken_out_is_found() -> None:
    entries = chain([*ACTS, ("case_read", "m1"), ("case_read", "m1")])
    del entries[-2]
    assert found(entries).lost == ["the audit chain: entry 5: it is missing"]
