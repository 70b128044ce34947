"""The portal's assignments in MongoDB."""

from datetime import timedelta

import pytest

from services.replies.domain.assignment import AssignmentState, Draft
from services.replies.domain.following import recall
from services.replies.domain.links import token
from services.replies.domain.writing import keep_draft
from services.replies.store import Assignments
from shared.documents import AlreadyExists, Conflict, Database, NotFound
from tests import examples as example
from tests.newer import kept_through


@pytest.fixture
async def assignments(database: Database) -> Assignments:
    made = Assignments(database)
    await made.prepare()
    return made


async def test_an_assignment_comes_back_as_it_was_kept(assignments: Assignments) -> None:
    assignment = example.replied_assignment()
    await assignments.add(assignment)
    assert await assignments.get(assignment.id) == assignment


async def test_somebody_else_was_faster(assignments: Assignments) -> None:
    await assignments.add(example.units_assignment(id="a1"))
    mine, theirs = await assignments.get("a1"), await assignments.get("a1")
    await assignments.save(recall(theirs, example.assignment_recalled(theirs)))
    drafted, announcing = keep_draft(mine, text="Taslak", by="", drawn=example.drawn(mine), now=example.NOW)
    with pytest.raises(Conflict):
        await assignments.save(drafted, announcing=announcing)
    now = await assignments.get("a1")
    assert (now.state, now.draft) == (AssignmentState.RECALLED, None)


async def test_the_same_id_twice_is_already_there(assignments: Assignments) -> None:
    assignment = example.units_assignment()
    await assignments.add(assignment)
    with pytest.raises(AlreadyExists):
        await assignments.add(assignment.model_copy(update={"note": "again"}))
    assert await assignments.get(assignment.id) == assignment


async def test_a_link_opens_its_own_assignment(assignments: Assignments) -> None:
    first, second = example.units_assignment(), example.units_assignment()
    for assignment in (first, second):
        await assignments.add(assignment)
    assert (await assignments.by_token(token(example.SECRET, second.id))).id == second.id


async def test_one_link_is_never_that_of_two_assignments(assignments: Assignments) -> None:
    first = example.units_assignment()
    await assignments.add(first)
    with pytest.raises(Conflict):
        await assignments.add(example.units_assignment(token_hash=first.token_hash))


@pytest.mark.parametrize("state", [AssignmentState.RECALLED, AssignmentState.CLOSED])
async def test_a_link_opens_its_assignment_also_when_the_unit_is_no_longer_asked(
    assignments: Assignments, state: AssignmentState
) -> None:
    assignment = example.units_assignment(state=state)
    await assignments.add(assignment)
    assert await assignments.by_token(token(example.SECRET, assignment.id)) == assignment


@pytest.mark.parametrize("link_token", ["", "A" * 32, "\x00", "\ud800", "x" * 100_000])
async def test_an_unknown_link_opens_nothing(assignments: Assignments, link_token: str) -> None:
    await assignments.add(example.units_assignment())
    with pytest.raises(NotFound):
        await assignments.by_token(link_token)


async def test_what_a_newer_version_added_is_still_there_after_a_change(assignments: Assignments) -> None:
    drafted = example.replied_assignment(draft=Draft(text="Taslak", saved_at=example.NOW))
    soon = example.NOW + timedelta(days=1)
    await kept_through(assignments, drafted, lambda a: a.model_copy(update={"due_at": soon}), state="delegated")


async def test_an_unknown_id_is_not_found(assignments: Assignments) -> None:
    with pytest.raises(NotFound):
        await assignments.get("nobody")
