"""Answers and closings that are held for a while, taken back, and released (``Release``)."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.router.access import Officer
from services.router.cases.domain.case import Case, entry_by, with_timeline
from services.router.cases.domain.holds import (
    ANSWER,
    APPROVAL,
    CLOSURE,
    GIVEN_BACK,
    TAKEN_BACK,
    ended,
    interrupted,
    needs_colleague,
    release_at,
)
from services.router.cases.domain.parts import Release
from services.router.cases.domain.promises import PromiseGiven
from services.router.cases.domain.review import approve, close, pending_versions, sendable_files
from services.router.cases.domain.states import ClosureReason
from services.router.cases.domain.used import with_templates
from services.router.texts.domain.templates import UsedTemplate
from shared.events import Event
from shared.refused import Refused
from shared.state import KeptFile

FILE_GONE = "One of the files can no longer go with the answer. Please look at them again; your text is still here."
UNEXPLAINED = "Please say what is to be changed."


class Unexplained(Refused):
    """An answer is given back without a word."""

    field = "reason"


def hold(case: Case, kind: str, payload: Mapping[str, Any], at: datetime, by: Officer) -> Case:
    """Keep an answer or a closing until ``at``; nothing of it is owed before.

    ``payload`` has the arguments of ``approve`` (``answer``, ``versions``, ``waived_because``; ``files`` as ids,
    ``promised_for`` as ISO 8601 with ``promise``, its text) or of ``close`` (``reason``, ``explanation``,
    ``told_units``). Raises Refused as those do.
    """
    release = Release(
        at=at, by=by.name, actor=by.actor, role=by.role, kind=kind, payload=dict(payload), revision=case.revision + 1
    )
    _final(case, release, at)
    return case.model_copy(update={"release": release})


def take_back(case: Case, by: Officer, now: datetime) -> Case:
    """Nothing goes out; the text is the draft of the next one. Raises Refused when nothing is held any more."""
    if case.held is None:
        raise Refused("This can no longer be taken back: it has gone out, or a colleague has taken it back.")
    return ended(case, TAKEN_BACK, now, entry_by(by, "taken_back", now))


def ask_approval(case: Case, payload: Mapping[str, Any], by: Officer, now: datetime) -> Case:
    """Keep an answer until a colleague approves it. Raises Refused as ``approve`` does."""
    asked = hold(case, APPROVAL, payload, now, by)
    return with_timeline(asked, entry_by(by, "approval_asked", now))


def approve_release(case: Case, *, at: datetime, by: Officer, now: datetime) -> tuple[Case, list[Event]]:
    """The colleague approves: the answer goes out at ``at``, in the name of who wrote it. Raises Refused."""
    waiting = _waiting(case, by)
    named = waiting.payload | {"approved_by": by.name}
    approved = waiting.model_copy(update={"kind": ANSWER, "at": at, "payload": named})
    held = with_timeline(case, entry_by(by, "approved", now), release=approved)
    return released(held, now) or (held, [])


def give_back(case: Case, *, reason: str, by: Officer, now: datetime) -> Case:
    """The colleague does not approve, and says why. Raises Refused."""
    waiting = _waiting(case, by)
    if not reason:
        raise Unexplained(UNEXPLAINED)
    given_back = ended(case, GIVEN_BACK, now, entry_by(by, "given_back", now, text=reason))
    changes = {"ended": GIVEN_BACK, "ended_at": now, "reason": reason}
    return given_back.model_copy(update={"release": waiting.model_copy(update=changes)})


def released(case: Case, now: datetime) -> tuple[Case, list[Event]] | None:
    """The case with its answer or closing, and the events; None when nothing is due.

    What has become impossible meanwhile does not go out: its officer is told.
    """
    due_at = release_at(case)
    if case.held is None or due_at is None or due_at > now:
        return None
    try:
        return _final(case.model_copy(update={"release": None}), case.held, now)
    except Refused:
        return interrupted(case, now), []


def sent(
    case: Case, kind: str, payload: Mapping[str, Any], *, at: datetime, by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    """Hold it until ``at``, or release it at once when that is now."""
    held = hold(case, kind, payload, at, by)
    return released(held, now) or (held, [])


def answer_sent(
    case: Case, payload: Mapping[str, Any], *, at: datetime, four_eyes: bool, by: Officer, now: datetime
) -> tuple[Case, list[Event]]:
    """Send an answer at ``at``; with four eyes, not before a colleague approves it. Raises Refused."""
    if four_eyes and needs_colleague(case, by):
        return ask_approval(case, payload, by, now), []
    return sent(case, ANSWER, payload, at=at, by=by, now=now)


def draft(case: Case, kind: str, field: str) -> Any:
    """The text, or another field, of an answer or closing that did not go out, unless another has gone out since."""
    ended_one = case.release if case.release and case.release.ended and not case.finished else None
    kinds = (ANSWER, APPROVAL) if kind == ANSWER else (kind,)
    return ended_one.payload.get(field) if ended_one and ended_one.kind in kinds else None


def _waiting(case: Case, by: Officer) -> Release:
    """The answer that waits for a colleague of its officer. Raises Refused."""
    if case.held is None or case.held.kind != APPROVAL:
        raise Refused("No answer waits for approval any more.")
    if case.held.actor.id == by.id:
        raise Refused("You have written this answer. A colleague has to approve it.")
    return case.held


def _final(case: Case, release: Release, now: datetime) -> tuple[Case, list[Event]]:
    final, events = _made(case, release, now)
    used = [UsedTemplate.model_validate(one) for one in release.payload.get("templates", ())]
    return with_templates(final, used), events


def _made(case: Case, release: Release, now: datetime) -> tuple[Case, list[Event]]:
    by, given = Officer(release.actor.id, release.by, release.role), release.payload
    if release.kind == CLOSURE:
        sentences = {"explanation": given["explanation"], "told_units": given["told_units"]}
        return close(case, reason=ClosureReason(given["reason"]), **sentences, by=by, now=now)
    return approve(
        case,
        answer=given["answer"],
        versions=set(given["versions"]),
        waived_because=given["waived_because"],
        checked=given.get("checked", ()),
        approved_by=given.get("approved_by"),
        files=_files_named(case, given),
        promise=promise_in(given),
        by=by,
        now=now,
    )


def _files_named(case: Case, given: Mapping[str, Any]) -> list[KeptFile]:
    """The files that go with the answer. Raises Refused when there is one that may not.

    Of other replies than the officer saw, ``approve`` says so.
    """
    ids = set(given.get("files", ()))
    if case.finished or set(given["versions"]) != pending_versions(case):
        return []
    files = [file for file in sendable_files(case) if file.id in ids]
    if len(files) < len(ids):
        raise Refused(FILE_GONE)
    return files


def promise_in(payload: Mapping[str, Any]) -> PromiseGiven | None:
    """What is promised with a held answer."""
    day = payload.get("promised_for")
    return PromiseGiven(datetime.fromisoformat(day), payload.get("promise", "")) if day else None
