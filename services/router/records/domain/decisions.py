"""What of a person's data is erased, what is anonymised, and what stays, for which reason of the law."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from enum import StrEnum

from services.router.cases.domain.case import Case
from services.router.records.domain.candidates import Candidate, Group
from services.router.records.domain.requests import Erasure
from shared.destruction import Erasing
from shared.refused import Refused
from shared.state import Actor

UNDECIDED = "Please decide about each entry: erase, anonymise, or why it is kept."
STILL_OPEN = "A case that is still open cannot be erased. Please have it closed first, or keep it."
ON_HOLD = "A case under legal hold cannot be erased. Please keep it, or have the hold lifted."
ADDRESS_OF_OTHERS = (
    "With what is kept for the e-mail address, all e-mails from it go that belong to no message. Some of them are "
    "kept, or are not this person's: please keep what is kept for the address too."
)
WAYS = (Erasing.DESTROY, Erasing.ANONYMISE)
MAIL = f"{Group.MAIL}:"
"""How the key of a mail begins that belongs to no message."""


class Kept(StrEnum):
    """Why something is not erased. The articles are those of Law 6698."""

    OPEN = "open"
    """The case is still being dealt with: the reason to process it has not ended (7/1)."""
    HOLD = "hold"
    """It is needed for a lawsuit, an inquiry or an inspection (5/2-e, 28/2-ç)."""
    STATUTORY = "statutory"
    """Another law says how long it is kept (5/2-ç, 7/3)."""
    EXEMPT = "exempt"
    """Article 28: crime prevention, judicial and disciplinary proceedings, economic interest of the state."""
    OTHERS = "others"
    """It is another person's message, in which this person is named."""
    NOT_ASKED = "not_asked"
    """The person has not asked for it to be erased."""


def decide(
    found: Sequence[Candidate],
    cases: Mapping[str, Case],
    decisions: Mapping[str, str],
    *,
    rejected: Collection[str] = (),
    by: Actor,
    now: datetime,
) -> Erasure:
    """The erasure, from one decision (``destroy``, ``anonymise`` or a reason of ``Kept``) for each confirmed group.

    ``rejected`` are the keys of groups that are not the person's. Raises Refused for a group without a decision, for a
    case that is open or held and would be erased, and for an address of which some mails stay.
    """
    erasable = [one for one in found if one.erasable]
    for one in erasable:
        said = decisions.get(one.key, "")
        if said not in possible(one):
            raise Refused(UNDECIDED)
        if said in WAYS and (case := cases.get(one.message_id or "")):
            _require_free(case, one)
    gone = [one for one in erasable if decisions[one.key] in WAYS]
    stays = any(one.group is Group.MAIL for one in erasable if one not in gone)
    if any(one.group is Group.ADDRESS for one in gone) and (stays or any(key.startswith(MAIL) for key in rejected)):
        raise Refused(ADDRESS_OF_OTHERS)
    return Erasure(
        at=now,
        by=by,
        destroy=_messages(gone, decisions, Erasing.DESTROY),
        anonymise=_messages(gone, decisions, Erasing.ANONYMISE),
        mail_ids=tuple(dict.fromkeys(mail for one in gone if one.group is not Group.NAMED for mail in one.mail_ids)),
        signatures=tuple(one.id for one in gone if one.group is Group.SIGNATURE),
        address=any(one.group is Group.ADDRESS for one in gone),
        kept={one.key: decisions[one.key] for one in erasable if one not in gone},
    )


def possible(one: Candidate) -> tuple[str, ...]:
    """The decisions that there are about a group: only cases can be anonymised."""
    ways = WAYS if one.group in (Group.MESSAGE, Group.NAMED) else (Erasing.DESTROY,)
    return (*ways, *Kept)


def for_all(found: Sequence[Candidate], said: str) -> dict[str, str]:
    """The same decision for all groups; none for a group that it does not fit."""
    return {one.key: said if said in possible(one) else "" for one in found if one.erasable} if said else {}


def proposed(one: Candidate, case: Case | None, *, wanted: bool) -> str:
    """What the form shows at first: nothing where the officer has to think."""
    if not wanted:
        return Kept.NOT_ASKED
    if case and case.hold:
        return Kept.HOLD
    if case and not case.finished and one.group is not Group.SIGNATURE:
        return Kept.OPEN
    return Kept.OTHERS if one.group is Group.NAMED else Erasing.DESTROY


def _require_free(case: Case, one: Candidate) -> None:
    if case.hold:
        raise Refused(ON_HOLD)
    if not case.finished and one.group is not Group.SIGNATURE:
        raise Refused(STILL_OPEN)


def _messages(gone: Collection[Candidate], decisions: Mapping[str, str], said: str) -> tuple[str, ...]:
    of_cases = (one.id for one in gone if one.group in (Group.MESSAGE, Group.NAMED) and decisions[one.key] == said)
    return tuple(dict.fromkeys(of_cases))
