"""What was found of a person, in groups of which the privacy officer confirms each: one for a case, mail, signature …

A group's key says what it is and what may be done with it: ``message:<id>`` is what the person wrote, with all that
came of it; ``named:<id>`` is what somebody else wrote, in which the person is named; ``signature:<id>`` is the name of
a unit's person in an assignment; ``mail:<id>`` is a mail that belongs to no message; ``address:`` is what is kept for
the address itself; ``account:<id>`` is an account of the desk, which is dealt with under *People*.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from services.router.cases.domain.case import Case
from services.router.records.domain.requests import Found, PersonRequest
from shared.people import EMAIL, NAME, PHONE, name_words, same_name


class Group(StrEnum):
    """What a group is, in the order in which they are shown."""

    MESSAGE = "message"
    MAIL = "mail"
    SIGNATURE = "signature"
    NAMED = "named"
    ADDRESS = "address"
    ACCOUNT = "account"


OF_THE_SUBMITTER = frozenset({"message", "case", "assignment"})
NAMED_IN = frozenset({"mention", "concerns"})
OF_THE_ADDRESS = frozenset({"lost_codes", "bounces"})


@dataclass(frozen=True)
class Candidate:
    """One group. ``by``: how it was found; ``kinds``: how many of each kind of thing are in it."""

    group: Group
    id: str
    by: tuple[str, ...] = ()
    kinds: Mapping[str, int] = field(default_factory=dict)
    at: datetime | None = None
    message_id: str | None = None
    mail_ids: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """Names the group in forms and in the request."""
        return f"{self.group}:{self.id}"

    @property
    def sure(self) -> bool:
        """Whether an address or a phone number says so. A name alone has to be confirmed, and a mention always."""
        return bool({EMAIL, PHONE} & {*self.by}) and self.group not in (Group.NAMED, Group.ACCOUNT)

    @property
    def erasable(self) -> bool:
        """Whether it is erased here: accounts are not."""
        return self.group is not Group.ACCOUNT


def candidates(items: Iterable[Found]) -> list[Candidate]:
    """The groups of what was found. What is in a message of the person's own is not listed as a mention of it, too."""
    known, groups = list(items), dict[tuple[Group, str], list[Found]]()
    became = _became(known)
    for item in known:
        groups.setdefault(_group_of(item, became), []).append(item)
    own = {id_ for group, id_ in groups if group is Group.MESSAGE}
    listed = [
        _candidate(group, id_, things)
        for (group, id_), things in groups.items()
        if group is not Group.NAMED or id_ not in own
    ]
    return sorted(listed, key=_order)


def confirmed(asked: PersonRequest) -> list[Candidate]:
    """The groups that are the person's."""
    found = candidates(asked.search.found) if asked.search else []
    return [one for one in found if one.key in asked.confirmed]


def found_before(asked: PersonRequest) -> tuple[Found, ...]:
    """What is in the confirmed groups, each thing once for each way."""
    known = list(asked.search.found) if asked.search else []
    became = _became(known)
    return tuple(dict.fromkeys(item for item in known if "{}:{}".format(*_group_of(item, became)) in asked.confirmed))


def preselected(asked: PersonRequest, found: Sequence[Candidate], cases: Mapping[str, Case]) -> list[str]:
    """The keys that are ticked when the page is shown: what was said before, else what is sure.

    A message at the person's address under another name is not: several people may have one address.
    """
    words = name_words(asked.known.name or "")
    sure = [one for one in found if one.sure and one.key not in asked.rejected]
    theirs = {one.key for one in sure if not _by_another(words, cases.get(one.message_id or ""))}
    return [one.key for one in found if one.key in asked.confirmed or one.key in theirs]


def ids_of(found: Iterable[Candidate], *groups: Group) -> tuple[str, ...]:
    """The ids of the groups of these kinds."""
    return tuple(one.id for one in found if one.group in groups)


def mails_of(found: Iterable[Candidate]) -> tuple[str, ...]:
    """The ids of all mails in these groups."""
    return tuple(dict.fromkeys(mail_id for one in found for mail_id in one.mail_ids))


def _by_another(words: Sequence[str], case: Case | None) -> bool:
    """Whether whole names are known, and they are not the same."""
    wrote = name_words(case.submitter.name or "") if case else ()
    return min(len(words), len(wrote)) > 1 and not same_name(words, wrote)


def _became(items: Iterable[Found]) -> Mapping[str, str]:
    """The message that a mail became or belongs to."""
    return {item.mail_id: item.message_id for item in items if item.mail_id and item.message_id}


def _group_of(item: Found, became: Mapping[str, str]) -> tuple[Group, str]:
    """``became``: the message that a mail became or belongs to, as any service knows it."""
    message_id = item.message_id or became.get(item.mail_id or "")
    if item.kind == "account":
        return Group.ACCOUNT, item.id
    if item.kind == "signature" and item.assignment_id:
        return Group.SIGNATURE, item.assignment_id
    if item.kind in NAMED_IN and message_id:
        return Group.NAMED, message_id
    if item.kind in OF_THE_SUBMITTER and message_id:
        return Group.MESSAGE, message_id
    if item.kind in ("letter", "mail") and item.assignment_id:
        return Group.SIGNATURE, item.assignment_id
    if item.kind in ("letter", "mail") and message_id:
        return Group.MESSAGE, message_id
    if item.kind == "mail":
        return Group.MAIL, item.mail_id or item.id
    return Group.ADDRESS, ""


def _candidate(group: Group, id_: str, items: Sequence[Found]) -> Candidate:
    by = tuple(way for way in (EMAIL, PHONE, NAME) if any(item.by == way for item in items))
    things = {(item.service, item.kind, item.id) for item in items}
    kinds: dict[str, int] = {}
    for _, kind, _ in sorted(things):
        kinds[kind] = kinds.get(kind, 0) + 1
    times = [item.at for item in items if item.at]
    message_id = next((item.message_id for item in items if item.message_id), None)
    mail_ids = tuple(dict.fromkeys(item.mail_id for item in items if item.mail_id))
    return Candidate(group, id_, by, kinds, max(times, default=None), message_id, mail_ids)


def _order(one: Candidate) -> tuple[int, bool, float, str]:
    at = -one.at.timestamp() if one.at else 0.0
    return [*Group].index(one.group), not one.sure, at, one.id
