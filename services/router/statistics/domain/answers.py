"""*Sordunuz, yaptık*: what was asked and what was done, in the words of officer and supervisor. Nothing is copied.

An officer proposes it, a supervisor confirms that nobody can be recognised and publishes it. What is published stays
as it is until a supervisor publishes newer words, or withdraws it.
"""

import re
from collections.abc import Mapping
from datetime import datetime

from pydantic import AwareDatetime

from services.router.access import AuditAction
from services.router.cases.domain import sensitive
from services.router.history import WithHistory, changed_fields, with_change
from shared.events import Event, RouterAudited, done_by
from shared.refused import Refused
from shared.state import Actor, State, UnitName

PUBLIC_ANSWER = "public_answer"
MOST_SHOWN = 100
"""The newest answers that the page shows."""
LONG_NUMBER = re.compile(r"(?<!\d)\d(?:[ .-]?\d){6,}(?!\d)")


class Words(State):
    """What was asked and what was done, each by language; Turkish is never empty."""

    asked: Mapping[str, str]
    done: Mapping[str, str]
    unit: UnitName | None = None


class PublicAnswer(WithHistory):
    """``draft`` is what the desk has written last, ``shown`` what the public reads; None: nothing, or no longer.

    ``case_id`` is the case behind it, until that one is erased.
    """

    draft: Words
    shown: Words | None = None
    case_id: str | None = None
    proposed_by: Actor
    proposed_at: AwareDatetime
    published_by: Actor | None = None
    published_at: AwareDatetime | None = None
    withdrawn_at: AwareDatetime | None = None

    @property
    def waits(self) -> bool:
        """Whether the newest words are not published."""
        return self.shown != self.draft and (self.withdrawn_at is None or self.shown is not None)

    @property
    def changed_at(self) -> datetime:
        """When the public last saw a change."""
        return max(filter(None, (self.proposed_at, self.published_at, self.withdrawn_at)))


def propose(
    words: Words, *, answer_id: str, case_id: str | None, by: Actor, now: datetime
) -> tuple[PublicAnswer, list[Event]]:
    """Propose an answer for the public page."""
    answer = PublicAnswer(id=answer_id, draft=words, case_id=case_id, proposed_by=by, proposed_at=now)
    return answer, _told(answer, ("draft",), by, now)


def rewrite(answer: PublicAnswer, words: Words, *, by: Actor, now: datetime) -> tuple[PublicAnswer, list[Event]]:
    """Change the words. The public goes on reading the ones that were published."""
    return _changed(answer, answer.model_copy(update={"draft": words}), by, now)


def publish_answer(answer: PublicAnswer, *, by: Actor, now: datetime) -> tuple[PublicAnswer, list[Event]]:
    """Have the public read the newest words. Raises Refused when it does already."""
    if answer.shown == answer.draft:
        raise Refused("This is published already.")
    first = answer.published_at if answer.shown else now
    fields = {"shown": answer.draft, "published_by": by, "published_at": first, "withdrawn_at": None}
    return _changed(answer, answer.model_copy(update=fields), by, now)


def withdraw_answer(answer: PublicAnswer, *, by: Actor, now: datetime) -> tuple[PublicAnswer, list[Event]]:
    """Have the public read it no longer; what was only proposed is put aside. Raises Refused when it was before."""
    if answer.shown is None and answer.withdrawn_at:
        raise Refused("This was withdrawn already.")
    return _changed(answer, answer.model_copy(update={"shown": None, "withdrawn_at": now}), by, now)


def without_case(answer: PublicAnswer) -> PublicAnswer | None:
    """What stays when the case behind it is erased: the words that a supervisor has found free of persons, alone.

    None: nobody has, so nothing stays.
    """
    if answer.shown is None:
        return None
    return answer.model_copy(update={"case_id": None, "draft": answer.shown, "history": ()})


def recognisable(
    words: Words, *, name: str | None = None, email: str | None = None, phone: str | None = None
) -> list[str]:
    """What might tell who asked, as it stands in the words: an address, a number, a name. A hint; a person decides."""
    text = "\n".join([*words.asked.values(), *words.done.values()])
    found = [hint.found for hint in sensitive.find(text, name)]
    found += [value for value in (email, phone) if value and value.casefold() in text.casefold()]
    found += [one[0] for one in LONG_NUMBER.finditer(text)]
    return list(dict.fromkeys(found))


def _changed(before: PublicAnswer, after: PublicAnswer, by: Actor, now: datetime) -> tuple[PublicAnswer, list[Event]]:
    fields = changed_fields(before, after)
    return (with_change(before, after, by=by, at=now), _told(after, fields, by, now)) if fields else (before, [])


def _told(answer: PublicAnswer, fields: tuple[str, ...], by: Actor, now: datetime) -> list[Event]:
    action = AuditAction.PUBLIC_ANSWER_CHANGED
    record = RouterAudited(action=action, object_kind=PUBLIC_ANSWER, object_id=answer.id, fields=fields, at=now)
    return list(done_by(by, record))
