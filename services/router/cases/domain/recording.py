"""What a write of a case owes the audit record: what an officer did with it, whichever ability it was.

Every ability of an officer puts an entry into the timeline (``entry_by``), but for an answer or a closing that is held.
What events and jobs change is recorded where it was done, by intake and the portal, or is nobody's act.
"""

from collections.abc import Sequence
from datetime import datetime

from services.router.cases.domain.case import Case
from services.router.cases.domain.holds import release_at
from services.router.history import changed_fields
from shared.events import Audited, Event, RouterAudited
from shared.state import Actor

BOOKKEEPING = frozenset({"timeline", "alarms", "revision"})
MOST_FIELDS = 100


def acts(
    before: Case | None, after: Case, announcing: Sequence[Event], now: datetime, *, acting: Actor | None = None
) -> list[Event]:
    """The records of what an officer did between these two, each kind of act once, with the names of changed fields.

    None where the same write announces a record already. ``before``: the case as it was read, if that is known.
    ``acting``: who is signed in; what they change is recorded in any case.
    """
    if any(isinstance(event, Audited) for event in announcing):
        return []
    names = [name for name in changed_fields(before, after) if name not in BOOKKEEPING] if before else []
    fresh = [entry for entry in after.timeline if entry.revision == after.revision + 1]
    done = {entry.what: entry.actor for entry in fresh if entry.actor and entry.actor.kind == "officer"}
    held = after.held if release_at(after) and (before is None or before.release != after.release) else None
    if held and not fresh:
        done[f"{held.kind}_held"] = held.actor
    if acting and not done and (names or before is None):
        done["changed"] = acting
    return [_record(after, what, actor, now, names) for what, actor in done.items()]


def _record(case: Case, what: str, actor: Actor, at: datetime, names: Sequence[str]) -> RouterAudited:
    return RouterAudited.model_validate(
        {
            "actor": actor.model_dump(include={"kind", "id"}),
            "action": f"case.{what}",
            "object_kind": "case",
            "object_id": case.id,
            "message_id": case.id,
            "fields": tuple(names)[:MOST_FIELDS],
            "at": at,
        }
    )
