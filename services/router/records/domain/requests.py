"""A request of a person about their own data: a case of its own kind, with a clock of its own (Law 6698, 11 and 13).

The privacy officer opens it, looks for the person's data in all services, confirms what is really theirs, does what was
asked, and answers within 30 days. What tells who the person is stands in ``private``, which is stored sealed.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, Field

from services.router.access import AuditAction, Officer
from shared.days import days_left, first_moment, last_moment
from shared.events import Event, ExportRequested, PersonFound, PersonSought, RouterAudited, done_by
from shared.refused import Refused
from shared.state import Actor, Aggregate, KeptFile, Open, Person, State

TERM = timedelta(days=30)
"""To answer in (Law 6698, article 13, paragraph 2)."""
KEPT = timedelta(days=3 * 365)
"""How long the person's data stay in a closed request: as long as the record of a destruction must be kept
(Regulation on erasure, destruction and anonymisation, article 7, paragraph 3)."""
EXPORT_KEPT = timedelta(days=1)
TRIED_AGAIN = timedelta(minutes=1)
"""After a part of an export could not be fetched."""
SERVICES = ("intake", "router", "replies", "notifier")
"""Who is asked, and answers."""
TOO_LARGE = "too_large"
"""Why an export is not tried again (``Export.trouble``)."""
CLOSED_ALREADY = "This request is closed."
NOTHING_CONFIRMED = "Nothing is confirmed as this person's. Please look for their data and confirm them first."
SEARCH_MISSING = "Not every service has answered the search. Please look again, or wait."
ERASING = "What is to be erased has been ordered already."


class RequestState(StrEnum):
    """``CONFIRMED``: what was found is known to be the person's, or not."""

    RECEIVED = "received"
    SOUGHT = "sought"
    CONFIRMED = "confirmed"
    CLOSED = "closed"


class Wish(StrEnum):
    """What the person wants (Law 6698, article 11, paragraph 1: b, d, e)."""

    EXPORT = "export"
    CORRECT = "correct"
    ERASE = "erase"


class Identity(StrEnum):
    """How it was checked that they are who they say (Communiqué on applications, article 5)."""

    IN_PERSON = "in_person"
    SIGNED_LETTER = "signed_letter"
    E_SIGNATURE = "e_signature"
    REGISTERED_MAIL = "registered_mail"
    KNOWN_ADDRESS = "known_address"
    REPRESENTATIVE = "representative"


class Outcome(StrEnum):
    """What came of the request (Law 6698, article 13, paragraph 3)."""

    GRANTED = "granted"
    PARTLY = "partly"
    REFUSED = "refused"


class Found(State):
    """Something that was found. ``service`` found it; other fields are as in ``FoundItem``."""

    service: str
    kind: str
    id: str
    by: str
    at: AwareDatetime | None = None
    message_id: str | None = None
    assignment_id: str | None = None
    mail_id: str | None = None


class Search(State):
    """One search. ``answers``: when each service answered; ``more``: those that have more than they list."""

    number: int
    at: AwareDatetime
    answers: Mapping[str, AwareDatetime] = {}
    more: tuple[str, ...] = ()
    found: tuple[Found, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """The services that have not answered."""
        return tuple(service for service in SERVICES if service not in self.answers)


class Export(State):
    """One export. ``parts``: the file of each service that has answered, None where it has nothing.

    ``file`` is the bundle of all of them, ready since ``ready_at``; ``trouble``: why it could not be made so far, at
    ``tried_at``.
    """

    number: int
    at: AwareDatetime
    by: Actor
    message_ids: tuple[str, ...] = ()
    mail_ids: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    parts: Mapping[str, KeptFile | None] = {}
    file: KeptFile | None = None
    ready_at: AwareDatetime | None = None
    trouble: str = ""
    tried_at: AwareDatetime | None = None

    @property
    def missing(self) -> tuple[str, ...]:
        """The other services that have not sent their part."""
        return tuple(service for service in SERVICES if service != "router" and service not in self.parts)

    @property
    def complete(self) -> bool:
        """Whether the bundle can be made, and was not."""
        return not self.missing and self.file is None

    def over(self, now: datetime) -> bool:
        """Whether it can no longer be downloaded."""
        return self.ready_at is not None and now >= self.ready_at + EXPORT_KEPT

    def not_fetched(self, why: str, now: datetime, *, gone: bool) -> "Export":
        """A part could not be had. Where it is gone after a day, it was swept, and so the export is over."""
        over = gone and now >= self.at + EXPORT_KEPT
        ready_at = now - EXPORT_KEPT if over else None
        return self.model_copy(update={"trouble": why, "tried_at": now, "ready_at": ready_at})


class Correction(State):
    """Name, address and phone were corrected in these messages. The values stand in ``private``."""

    at: AwareDatetime
    by: Actor
    message_ids: tuple[str, ...]


class Erasure(State):
    """What was decided to be erased, and the orders by which it is (their ids), once they are placed.

    ``kept``: why something stays, by the key of its group. ``trouble``: why the order could not be placed so far.
    """

    at: AwareDatetime
    by: Actor
    destroy: tuple[str, ...] = ()
    anonymise: tuple[str, ...] = ()
    mail_ids: tuple[str, ...] = ()
    signatures: tuple[str, ...] = ()
    address: bool = False
    kept: Mapping[str, str] = {}
    orders: tuple[str, ...] = ()
    placed_at: AwareDatetime | None = None
    trouble: str = ""

    @property
    def anything(self) -> bool:
        """Whether there is something to be erased."""
        return bool(self.destroy or self.anonymise or self.mail_ids or self.signatures or self.address)

    @property
    def reversible(self) -> bool:
        """Whether it may be decided again: nothing was ordered, as something stands in the way or all of it is kept."""
        stuck = bool(self.trouble) and self.placed_at is None
        return not self.orders and (stuck or not self.anything)


class Private(State):
    """What tells who the person is, and what was written to and about them."""

    person: Person = Person()
    identity_note: str = ""
    wish_text: str = ""
    corrected: Person | None = None
    answer: str = ""


class PersonRequest(Aggregate):
    """A request. Its id is the reference that people use, such as ``KV-26-7KX49Q``.

    ``due_at`` is the last moment for the answer. ``confirmed`` and ``rejected`` are keys of groups (``candidates``).
    ``private`` is None when it was erased (``forgotten_at``); ``sealed`` is how it is stored.
    """

    received_at: AwareDatetime
    due_at: AwareDatetime
    opened_at: AwareDatetime
    opened_by: Actor
    wishes: tuple[Open[Wish], ...]
    identity: Open[Identity]
    state: Open[RequestState] = RequestState.RECEIVED
    search: Search | None = None
    confirmed: tuple[str, ...] = ()
    rejected: tuple[str, ...] = ()
    confirmed_at: AwareDatetime | None = None
    export: Export | None = None
    corrections: tuple[Correction, ...] = ()
    erasure: Erasure | None = None
    outcome: Open[Outcome] | None = None
    given: str = ""
    closed_at: AwareDatetime | None = None
    closed_by: Actor | None = None
    forgotten_at: AwareDatetime | None = None
    private: Private | None = Field(default=None, exclude=True)
    sealed: str = ""
    seal_key: str = ""

    @property
    def person(self) -> Person:
        """Name, address and phone that the person gave; nothing once they were erased."""
        return self.private.person if self.private else Person()

    @property
    def known(self) -> Person:
        """The same, with what was corrected since."""
        corrected = self.private.corrected if self.private else None
        return self.person.model_copy(update=corrected.model_dump(exclude_none=True)) if corrected else self.person

    @property
    def addresses(self) -> list[str]:
        """The e-mail addresses of the person: the one that they gave, and the corrected one."""
        return list(dict.fromkeys(one.email for one in (self.person, self.known) if one.email))

    @property
    def closed(self) -> bool:
        """Whether it was answered."""
        return self.state is RequestState.CLOSED

    def days_left(self, now: datetime, zone: ZoneInfo) -> int:
        """Days until the last day; negative when it is over."""
        return days_left(self.due_at, now, zone)


Changed = tuple[PersonRequest, list[Event]]


def open_request(
    request_id: str,
    *,
    private: Private,
    wishes: Collection[Wish],
    identity: Identity,
    received: date,
    by: Officer,
    now: datetime,
    zone: ZoneInfo,
) -> Changed:
    """Open a request that came in on a day. Its clock counts from that day, not from the one on which it is entered."""
    opened = PersonRequest(
        id=request_id,
        received_at=first_moment(received, zone),
        due_at=last_moment(received + TERM, zone),
        opened_at=now,
        opened_by=by.actor,
        wishes=tuple(wish for wish in Wish if wish in wishes),
        identity=identity,
        private=private,
    )
    return opened, [audited(AuditAction.REQUEST_OPENED, opened, by.actor, now)]


def seek(asked: PersonRequest, *, known: Sequence[Found] = (), by: Officer, now: datetime) -> Changed:
    """Look for the person's data in all services, for the first time or again.

    What was confirmed stays confirmed, and what was found of it (``known``) stays found: after a correction, it is
    looked for by the new data.
    """
    _require_open(asked)
    _require_not_erased(asked)
    number = asked.search.number + 1 if asked.search else 1
    sought = PersonSought(request_id=asked.id, number=number, sought_at=now, **asked.known.model_dump())
    changes = {"search": Search(number=number, at=now, found=tuple(known)), "state": RequestState.SOUGHT}
    return asked.model_copy(update=changes), [
        *done_by(by.actor, sought),
        audited(AuditAction.PERSON_SOUGHT, asked, by.actor, now, given_fields(asked.known)),
    ]


def found(asked: PersonRequest, said: PersonFound, service: str) -> PersonRequest:
    """What a service has found. An answer to an earlier search, or that came before, changes nothing."""
    search = asked.search
    if asked.closed or search is None or said.number != search.number or service in search.answers:
        return asked
    items = tuple(Found(service=service, **item.model_dump()) for item in said.items)
    changes: dict[str, Any] = {
        "answers": {**search.answers, service: said.found_at},
        "found": (*search.found, *items),
        "more": (*search.more, service) if said.more else search.more,
    }
    return asked.model_copy(update={"search": search.model_copy(update=changes)})


def confirm(
    asked: PersonRequest, *, theirs: Collection[str], of: Collection[str], by: Officer, now: datetime
) -> Changed:
    """Say which of these groups (keys) are the person's; the others are not, and nothing is done to them.

    What was said before of groups that are not among these stays: another officer may read more than this one.
    """
    _require_open(asked)
    _require_not_erased(asked)
    if asked.search is None:
        raise Refused(NOTHING_CONFIRMED)
    before = [[key for key in keys if key not in of] for keys in (asked.confirmed, asked.rejected)]
    changes = {
        "confirmed": (*before[0], *(key for key in of if key in theirs)),
        "rejected": (*before[1], *(key for key in of if key not in theirs)),
        "confirmed_at": now,
        "state": RequestState.CONFIRMED,
    }
    return asked.model_copy(update=changes), [audited(AuditAction.PERSON_CONFIRMED, asked, by.actor, now)]


def ask_for_export(
    asked: PersonRequest,
    *,
    message_ids: Collection[str],
    mail_ids: Collection[str],
    signatures: Collection[str],
    by: Officer,
    now: datetime,
) -> Changed:
    """Have all services give out what is confirmed."""
    _require_open(asked)
    _require_confirmed(asked)
    number = asked.export.number + 1 if asked.export else 1
    ids: dict[str, Any] = {
        "message_ids": tuple(message_ids),
        "mail_ids": tuple(mail_ids),
        "signatures": tuple(signatures),
    }
    wanted = ExportRequested(request_id=asked.id, number=number, requested_at=now, **ids)
    export = Export(number=number, at=now, by=by.actor, **ids)
    record = audited(AuditAction.EXPORT_REQUESTED, asked, by.actor, now)
    return asked.model_copy(update={"export": export}), [*done_by(by.actor, wanted), record]


def part_of_export(asked: PersonRequest, number: int, service: str, file: KeptFile | None) -> PersonRequest:
    """A service's part is there. One of an earlier export, or that came before, changes nothing."""
    export = asked.export
    if export is None or export.number != number or service in export.parts:
        return asked
    return asked.model_copy(update={"export": export.model_copy(update={"parts": {**export.parts, service: file}})})


def export_made(asked: PersonRequest, number: int, file: KeptFile, now: datetime) -> PersonRequest:
    """The bundle can be downloaded, unless a newer export was asked for."""
    export = asked.export
    if export is None or export.number != number or export.file:
        return asked
    ready = export.model_copy(update={"file": file, "ready_at": now, "trouble": ""})
    return asked.model_copy(update={"export": ready})


def corrected(
    asked: PersonRequest,
    *,
    person: Person,
    fields: Collection[str],
    message_ids: Collection[str],
    by: Officer,
    now: datetime,
) -> Changed:
    """These fields were corrected in these messages. A later search looks for the corrected ones."""
    _require_open(asked)
    _require_confirmed(asked)
    done = Correction(at=now, by=by.actor, message_ids=tuple(message_ids))
    private = asked.private or Private()
    values = {name: getattr(person, name) for name in fields}
    private = private.model_copy(update={"corrected": (private.corrected or Person()).model_copy(update=values)})
    changed = asked.model_copy(update={"corrections": (*asked.corrections, done), "private": private})
    return changed, [audited(AuditAction.PERSON_CORRECTED, asked, by.actor, now, tuple(fields))]


def erase(asked: PersonRequest, erasure: Erasure, *, by: Officer, now: datetime) -> Changed:
    """Decide what is erased and what stays, and why. The orders follow (``handlers.request_erasing``).

    The export goes at once, as it has what is to be erased; it stays where all is kept.
    """
    _require_open(asked)
    _require_confirmed(asked)
    _require_not_erased(asked)
    export = asked.export
    if export and erasure.anything:
        export = export.model_copy(update={"file": None, "ready_at": now - EXPORT_KEPT})
    record = audited(AuditAction.PERSON_ERASED, asked, by.actor, now)
    return asked.model_copy(update={"erasure": erasure, "export": export}), [record]


def placed(asked: PersonRequest, orders: Collection[str], now: datetime) -> PersonRequest:
    """The orders are in the destruction log. Each service answers in the order itself."""
    if asked.erasure is None:
        return asked
    done = asked.erasure.model_copy(update={"orders": tuple(orders), "placed_at": now, "trouble": ""})
    return asked.model_copy(update={"erasure": done})


def not_placed(asked: PersonRequest, trouble: str) -> PersonRequest:
    """The orders could not be placed: ``hold`` (a case is under legal hold) or ``no_log`` (no destruction log)."""
    if asked.erasure is None or asked.erasure.trouble == trouble:
        return asked
    return asked.model_copy(update={"erasure": asked.erasure.model_copy(update={"trouble": trouble})})


def undone(asked: PersonRequest) -> list[Wish]:
    """What the person wants and nobody has done, of data that were found and confirmed."""
    done = {Wish.EXPORT: asked.export, Wish.CORRECT: asked.corrections, Wish.ERASE: asked.erasure}
    return [wish for wish in Wish if wish in asked.wishes and asked.confirmed and not done[wish]]


def close(asked: PersonRequest, *, outcome: Outcome, answer: str, given: str, by: Officer, now: datetime) -> Changed:
    """Close the request with the answer that the person gets, and how. A refusal says why in its text."""
    _require_open(asked)
    if outcome is not Outcome.REFUSED and (asked.search is None or asked.search.missing):
        raise Refused(SEARCH_MISSING)
    private = (asked.private or Private()).model_copy(update={"answer": answer})
    changes = {
        "state": RequestState.CLOSED,
        "outcome": outcome,
        "given": given,
        "closed_at": now,
        "closed_by": by.actor,
        "private": private,
    }
    record = audited(AuditAction.REQUEST_CLOSED, asked, by.actor, now)
    return asked.model_copy(update=changes), [record]


def forget(asked: PersonRequest, now: datetime) -> Changed | None:
    """Erase the person's data in a request whose time is over: dates, wishes and outcome stay. None: not yet."""
    if asked.closed_at is None or asked.forgotten_at or now < asked.closed_at + KEPT:
        return None
    search = asked.search.model_copy(update={"found": ()}) if asked.search else None
    changes = {"private": None, "search": search, "confirmed": (), "rejected": (), "export": None, "forgotten_at": now}
    record = audited(AuditAction.REQUEST_FORGOTTEN, asked, Actor(kind="system", id="requests"), now)
    return asked.model_copy(update=changes), [record]


def given_fields(person: Person) -> tuple[str, ...]:
    """The names of the fields that were given."""
    return tuple(name for name in ("name", "email", "phone") if getattr(person, name))


def audited(
    action: AuditAction, asked: PersonRequest, by: Actor, now: datetime, fields: tuple[str, ...] = ()
) -> RouterAudited:
    """The record of a step: what was done with which request, and no data of the person."""
    told = {"action": action, "object_kind": "person_request", "object_id": asked.id, "fields": fields, "at": now}
    return RouterAudited.model_validate(told | {"actor": by.model_dump()})


def _require_open(asked: PersonRequest) -> None:
    if asked.closed:
        raise Refused(CLOSED_ALREADY)


def _require_confirmed(asked: PersonRequest) -> None:
    if asked.state is not RequestState.CONFIRMED or not asked.confirmed:
        raise Refused(NOTHING_CONFIRMED)


def _require_not_erased(asked: PersonRequest) -> None:
    if asked.erasure and not asked.erasure.reversible:
        raise Refused(ERASING)
