"""Figures equal a naive recount of simulated histories, however rows and events came: in any order, and twice."""

import ast
import random
import sys
from collections.abc import Callable, Iterator
from functools import wraps
from importlib import import_module
from inspect import getmembers, isfunction, signature
from pathlib import Path
from pkgutil import iter_modules
from types import FunctionType
from typing import Any

import pytest

from services.router.access import Officer
from services.router.cases import domain
from shared import events
from shared.broker.topology import CONSUMERS
from shared.documents import Database
from tests.router import simulated as package
from tests.router.recounted import compared, lived, prepared

LIVES, SEED = 100, 18
"""The same in each run: the drill has others."""
NO_CASE_CHANGES = {
    "audit records": (*(events.RouterAudited, events.IntakeAudited, events.RepliesAudited, events.NotifierAudited),),
    "the directory, and what the other services know of it": (
        *(events.UnitChanged, events.ContactsKnown, events.IntakeKnown, events.RepliesKnown, events.NotifierKnown),
    ),
    "letters, apart from cases": (events.LetterHeld, events.LettersReported),
    "what people ask about their data": (
        *(events.IntakeFound, events.RepliesFound, events.NotifierFound, events.PersonSought),
        *(events.IntakeExported, events.RepliesExported, events.NotifierExported),
    ),
    "erasing: the row stays as it was (test_figures_store)": (
        *(events.ErasureOrdered, events.IntakeErased, events.RepliesErased, events.NotifierErased),
    ),
    "systems outside": (events.CaseHappened, events.WebhookRequested),
}
"""Why a simulated life does not have these events."""


async def test_figures_equal_a_naive_recount_of_lives_with_every_event_and_every_decision(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk, made = await prepared(database), watched(monkeypatch)
    found = await lived(desk, LIVES, random.Random(SEED))
    told = set[type[events.Event]]().union(*(life.types for life in found))
    assert {*CONSUMERS["router"]} - told == {one for some in NO_CASE_CHANGES.values() for one in some}
    assert {name for name, _ in decisions()} - made == set()
    await desk.counted()
    assert await compared(desk, found) > LIVES


async def test_figures_follow_the_directory(database: Database) -> None:
    desk = await prepared(database)
    found = await lived(desk, 40, random.Random(SEED))
    await desk.kept.recount_if_due()
    units = {unit.id: unit for unit in await desk.units.all()}
    moved = {"kim": "muh", "muh": "fen"}
    for code, parent in moved.items():
        await desk.units.save(units[code].model_copy(update={"parent": parent, "name_tr": "Başka"}))
    closed = {"active": False, "successor": "muh", "parent": "oidb"}
    await desk.units.save(units["fiz"].model_copy(update=closed))
    await desk.rows.follow()
    await desk.kept.recount_if_due()
    await desk.months.add_up(paced=False)
    assert await compared(desk, found, moved | {"fiz": "oidb"}) > 40


async def test_a_recount_finds_nothing_that_differs_and_changes_nothing(database: Database) -> None:
    desk = await prepared(database)
    histories = await lived(desk, 20, random.Random(5))
    await desk.counted()
    rows, cells = await all_of(database, "figure_rows"), await all_of(database, "figure_cells")
    found = await desk.kept.count_all()
    assert (found.cases, found.missing, found.different, found.rows) == (len(histories), 0, 0, len(histories))
    assert rows == await all_of(database, "figure_rows")
    assert cells == await all_of(database, "figure_cells")


@pytest.mark.parametrize("module", ["facts", "naive"])
def test_the_naive_recount_shares_no_code_with_the_product(module: str) -> None:
    tree = ast.parse((Path(package.__path__[0]) / f"{module}.py").read_text())
    names = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    own = {name for name in names if name.partition(".")[0] not in sys.stdlib_module_names}
    assert own <= {"tests.router.simulated.facts"}


def decisions() -> Iterator[tuple[str, FunctionType]]:
    """What an officer can do with a case: each function of its domain that takes the case and the officer."""
    for found in iter_modules(domain.__path__):
        module = import_module(f"{domain.__name__}.{found.name}")
        for name, function in getmembers(module, isfunction):
            takes = signature(function)
            by_officer = any(one.annotation is Officer for one in takes.parameters.values())
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and by_officer and "case" in takes.parameters and takes.return_annotation is not bool:
                yield f"{found.name}.{name}", function


def watched(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """The names of the decisions that are made from now on, in lives and by what they call."""
    made = set[str]()

    def noting(name: str, function: FunctionType) -> Callable[..., Any]:
        @wraps(function)
        def made_known(*given: Any, **named: Any) -> Any:
            made.add(name)
            return function(*given, **named)

        return made_known

    known = [module for name, module in sys.modules.items() if name.startswith((domain.__name__, package.__name__))]
    for name, function in list(decisions()):
        for module in known:
            for own in [key for key, value in vars(module).items() if value is function]:
                monkeypatch.setattr(module, own, noting(name, function))
    return made


async def all_of(database: Database, collection: str) -> list[dict[str, Any]]:
    return [one async for one in database[collection].find().sort("_id", 1)]
