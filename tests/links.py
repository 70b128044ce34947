"""A unit's link in each state of its assignment."""

from collections.abc import Callable
from typing import Any

from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.following import recall, take_back
from services.replies.domain.links import token
from services.replies.domain.writing import keep_draft
from services.replies.store import Assignments
from shared.documents import Database
from tests import examples as example

KEYS = {"secret": example.SECRET, "base_url": "http://127.0.0.1:8003"}
WRITABLE = ("fresh", "returned", "drafted", "revised")
OVER = ("answered", "accepted", "declined", "recalled", "closed")


def in_state(state: str) -> Assignment:
    asked, replied = example.units_assignment(), example.replied_assignment()
    made: dict[str, Callable[[], Assignment]] = {
        "fresh": lambda: asked,
        "returned": lambda: returned(replied),
        "drafted": lambda: drafted(asked, "Isıtma arızası için"),
        "revised": lambda: drafted(returned(replied), "Isıtma dün"),
        "answered": lambda: replied,
        "accepted": lambda: example.replied_assignment(state=AssignmentState.ACCEPTED),
        "declined": lambda: example.units_assignment(state=AssignmentState.DECLINED),
        "recalled": lambda: recall(asked, example.assignment_recalled(asked)),
        "closed": lambda: closed(drafted(asked, "Isıtma arızası için")),
    }
    return made[state]()


def returned(assignment: Assignment) -> Assignment:
    return take_back(assignment, example.reply_returned(assignment), **KEYS)[0]


def closed(assignment: Assignment) -> Assignment:
    return recall(assignment, example.assignment_recalled(assignment, cause="closed", reason=""))


def drafted(assignment: Assignment, text: str) -> Assignment:
    return keep_draft(assignment, text=text, by="Fatma", drawn=example.drawn(assignment), now=example.NOW)[0]


async def kept(database: Database, portal: str, assignment: Assignment) -> tuple[str, dict[str, Any]]:
    link_token = token(example.SECRET, assignment.id)
    await Assignments(database).add(assignment)
    return f"{portal}/a/{link_token}", await document(database)


async def document(database: Database) -> dict[str, Any]:
    (found,) = await database["assignments"].find().to_list(None)
    return found
