"""Whatever an officer does with a case, and whatever they open, is in the audit record: no ability can forget it."""

import ast
import importlib
import inspect
import pkgutil
import textwrap
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from types import FunctionType
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.router.access import AuditAction, Officer
from services.router.cases import domain
from services.router.cases.domain.case import Case, entry_by
from services.router.cases.domain.copies import set_copy
from services.router.cases.domain.holds import ANSWER, CLOSURE
from services.router.cases.domain.interim import inform
from services.router.cases.domain.links import link
from services.router.cases.domain.notes import take_note
from services.router.cases.domain.reading import distrust, look_at
from services.router.cases.domain.recording import acts
from services.router.cases.domain.release import ask_approval, hold, take_back
from services.router.cases.domain.restriction import Why, restrict
from services.router.cases.domain.review import approve, close, return_reply
from services.router.cases.domain.routing import recall
from services.router.cases.domain.states import ClosureReason, Priority
from services.router.cases.domain.work import assign, correct_kind, set_priority, set_tags
from shared.documents import Database
from shared.events import Event, RouterAudited
from shared.state import KeptFile
from tests import examples as example
from tests.router.desk import directory, kept, send

BY, NOW = example.officer(), example.NOW + timedelta(hours=3)
HOW: dict[str, Any] = {"by": BY, "now": NOW}
REPLY: dict[str, Any] = {"version": 1, "reason": "Eksik.", "due_at": NOW}
END: dict[str, Any] = {"reason": "inadmissible", "explanation": "Uygun değil.", "told_units": ""}
Did = Case | tuple[Case, Sequence[Event]]
ABILITIES: dict[str, tuple[Callable[[], Case], Callable[[Case], Did], set[str]]] = {
    "case.claimed": (example.case, lambda c: assign(c, BY.id, BY.name, BY, NOW), {"officer"}),
    "case.assigned": (example.case, lambda c: assign(c, "other", "Ali", BY, NOW), {"officer"}),
    "case.prioritised": (example.case, lambda c: set_priority(c, Priority.HIGH, BY, NOW), {"priority"}),
    "case.kind_corrected": (example.case, lambda c: correct_kind(c, "other", BY, NOW), {"kind", "given_kind"}),
    "case.tagged": (example.case, lambda c: set_tags(c, ["kış"], BY, NOW), {"tags"}),
    "case.noted": (example.case, lambda c: take_note(c, note_id="n1", text="Not.", **HOW), {"notes"}),
    "case.copied": (example.case, lambda c: set_copy(c, "Kısaca.", **HOW), {"copy_for_units"}),
    "case.linked": (example.case, lambda c: link(c, example.case(), **HOW), {"linked"}),
    "case.distrusted": (example.case, lambda c: distrust(c, **HOW), {"doubts"}),
    "case.looked_at": (example.case, lambda c: look_at(c, **HOW), set()),
    "case.informed": (example.routed_case, lambda c: inform(c, "Bakıyoruz.", BY, NOW), {"informed"}),
    "case.recalled": (
        example.routed_case,
        lambda c: recall(c, c.assignments[0].id, reason="Yanlış birim.", **HOW),
        {"assignments", "state"},
    ),
    "case.returned": (
        example.replied_case,
        lambda c: return_reply(c, c.assignments[0].id, **REPLY, **HOW),
        {"assignments", "state"},
    ),
    "case.closed": (
        example.case,
        lambda c: close(c, **(END | {"reason": ClosureReason.INADMISSIBLE}), **HOW),
        {"state", "closure_reason"},
    ),
    "case.closure_held": (example.case, lambda c: hold(c, CLOSURE, END, NOW + timedelta(minutes=1), BY), {"release"}),
    "case_restricted": (example.case, lambda c: restrict(c, Why.HEALTH, to=[BY.id], **HOW), {"restriction"}),
}


def records(before: Case, did: Did) -> list[RouterAudited]:
    """What the write of it would owe."""
    after, announcing = did if isinstance(did, tuple) else (did, ())
    owed_events = [*announcing, *acts(before, after, announcing, NOW)]
    return [event for event in owed_events if isinstance(event, RouterAudited)]


@pytest.mark.parametrize("action", ABILITIES)
def test_what_an_officer_does_is_recorded_once_with_the_changed_fields(action: str) -> None:
    make, do, fields = ABILITIES[action]
    before = make()
    (record,) = records(before, do(before))
    assert (record.action, record.actor and record.actor.id, record.object_id) == (action, BY.id, before.id)
    assert set(record.fields) == fields


def test_an_answer_that_is_held_and_taken_back_is_recorded() -> None:
    case = example.replied_case()
    versions = sorted(f"{a.id}:{a.replies[-1].version}" for a in case.assignments)
    payload: dict[str, Any] = {"answer": "Isıtma onarıldı.", "versions": versions, "waived_because": ""}
    held = hold(case, ANSWER, payload, NOW + timedelta(minutes=1), BY)
    (record,) = records(case, held)
    assert (record.action, record.fields) == ("case.answer_held", ("release",))
    (record,) = records(held, take_back(held, BY, NOW))
    assert record.action == "case.taken_back"
    (record,) = records(case, ask_approval(case, payload, BY, NOW))
    assert record.action == "case.approval_asked"
    (record,) = records(case, approve(case, **(payload | {"versions": set(versions)}), **HOW))
    assert record.action == "case.answered"


def test_what_no_officer_did_is_nobodys_act_and_what_one_changes_without_a_word_is_theirs() -> None:
    case = example.routed_case()
    changed = case.model_copy(update={"tags": ("sessiz",)})
    assert acts(case, changed, [], NOW) == []
    (record,) = acts(case, changed, [], NOW, acting=BY.actor)
    assert isinstance(record, RouterAudited)
    assert (record.action, record.fields, record.actor and record.actor.id) == ("case.changed", ("tags",), BY.id)
    assert acts(case, case, [], NOW, acting=BY.actor) == []


def abilities() -> Iterator[FunctionType]:
    """Every function of the domain that takes a case and an officer, and gives a case."""
    for found in pkgutil.iter_modules(domain.__path__):
        module = importlib.import_module(f"{domain.__name__}.{found.name}")
        for function in vars(module).values():
            if isinstance(function, FunctionType) and function.__module__ == module.__name__:
                said = inspect.signature(function)
                takes = {parameter.annotation for parameter in said.parameters.values()}
                if {Case, Officer} <= takes and "Case" in str(said.return_annotation):
                    yield function


def calls(function: FunctionType) -> set[Any]:
    """The functions that it calls by name."""
    tree = ast.parse(textwrap.dedent(inspect.getsource(function)))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return {one for name in names if isinstance(one := function.__globals__.get(name), FunctionType)}


def reaches(function: FunctionType, wanted: set[Any]) -> bool:
    known, left = set[Any](), [function]
    while left:
        one = left.pop()
        if one in wanted:
            return True
        if one not in known and one.__module__.startswith(domain.__name__):
            known.add(one)
            left += calls(one)
    return False


def test_every_ability_of_an_officer_says_so_in_the_timeline() -> None:
    found = list(abilities())
    assert len(found) > 35
    assert [one.__qualname__ for one in found if not reaches(one, {entry_by, hold})] == []


async def recorded(database: Database) -> list[tuple[str, str, str, str | None]]:
    found = [one async for one in database["audit"].find().sort("at", 1)]
    return [
        (one["action"], one["object_kind"], one["object_id"], one["message_id"])
        for one in found
        if one["action"] != AuditAction.SIGNED_IN
    ]


async def test_opening_is_recorded_once_within_some_minutes(officer: Browser, database: Database) -> None:
    file = KeptFile.model_validate(example.file_ref(preview=True))
    case = await kept(database, example.case(files=(file,)))
    for _ in range(2):
        await officer.open("/")
        await officer.open(f"/cases/{case.id}")
        await officer.open(f"/cases/{case.id}/print")
        await officer.client.get(f"/cases/{case.id}/files/{file.id}", follow_redirects=False)
        await officer.client.get(f"/cases/{case.id}/files/{file.id}/preview", follow_redirects=False)
    assert await recorded(database) == [
        ("list_read", "list", "new", None),
        ("case_read", "case", case.id, case.id),
        ("case_printed", "case", case.id, case.id),
        ("file_opened", "file", file.id, case.id),
    ]


async def test_an_act_on_a_page_owes_its_record_in_the_same_write(
    officer: Browser, app: FastAPI, database: Database
) -> None:
    await directory(database)
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}")
    answer = await send(officer, f"/cases/{case.id}/priority", priority="high")
    assert answer.status_code == 200
    stored = await database["cases"].find_one({"_id": case.id}) or {}
    told = [example.unpublished_data(one) for one in stored["outbox"] if one["type"] == "router.audited"]
    assert [(one["action"], one["fields"], one["actor"]["id"]) for one in told] == [
        ("case.prioritised", ["priority"], example.account().id)
    ]
