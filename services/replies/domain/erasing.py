"""Names of a unit's people go from an assignment; what the unit wrote stays, but for what one wrote to another."""

from collections.abc import Iterable
from typing import Any

from services.replies.domain.assignment import Assignment


def without_names(assignment: Assignment) -> Assignment:
    """The assignment without the names that people typed, and without the addresses of colleagues and of mails.

    The note to a colleague goes too: it speaks to them, mostly by name.
    """
    unnamed: dict[str, Any] = {
        name: _unsigned(getattr(assignment, name))
        for name in ("replies", "extensions", "proposals", "interims", "set_aside")
    }
    draft = assignment.draft.model_copy(update={"by": ""}) if assignment.draft else None
    declined = assignment.declined.model_copy(update={"by": ""}) if assignment.declined else None
    mailed = tuple(mail.model_copy(update={"by": "", "sender": ""}) for mail in assignment.mailed)
    holders = tuple(
        holder.model_copy(
            update={
                "name": "",
                "email": "",
                "by": "",
                "note": "",
                "draft": holder.draft.model_copy(update={"by": ""}) if holder.draft else None,
                "set_aside": _unsigned(holder.set_aside),
            }
        )
        for holder in assignment.holders
    )
    unnamed |= {"draft": draft, "declined": declined, "mailed": mailed, "holders": holders}
    return assignment.model_copy(update=unnamed)


def _unsigned(parts: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(part.model_copy(update={"by": ""}) for part in parts)
