"""What the pages of a person's request show: groups of what was found, services, states. Sentences are msgids."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.mails import Mail
from services.router.cases.domain.restriction import reads
from services.router.records.domain.candidates import Candidate, Group
from services.router.records.domain.decisions import Kept
from services.router.records.domain.requests import Identity, Outcome, PersonRequest, RequestState, Wish
from services.router.records.store.persons import Persons
from shared.destruction import Erasing
from shared.people import EMAIL, NAME, PHONE
from shared.web.pages import web

STATES: Mapping[str, tuple[str, str]] = {
    RequestState.RECEIVED: ("Newly entered", "attention"),
    RequestState.SOUGHT: ("Being looked for", "progress"),
    RequestState.CONFIRMED: ("Confirmed", "info"),
    RequestState.CLOSED: ("Answered", "success"),
}
LOOKED_THROUGH = ("Waiting to be confirmed", "attention")
"""What is said of a request for which all services have answered the search, and nobody has confirmed what is found."""
WISHES = {
    Wish.EXPORT: "Learn what is kept, and get it (article 11/1-a, b, c, ç)",
    Wish.CORRECT: "Have it corrected (article 11/1-d)",
    Wish.ERASE: "Have it erased or anonymised (article 11/1-e)",
}
SHORT_WISHES: Mapping[str, str] = {Wish.EXPORT: "Get data", Wish.CORRECT: "Correct", Wish.ERASE: "Erase"}
IDENTITIES = {
    Identity.IN_PERSON: "In person, with an identity card",
    Identity.SIGNED_LETTER: "Signed letter",
    Identity.E_SIGNATURE: "Secure electronic or mobile signature",
    Identity.REGISTERED_MAIL: "Registered e-mail (KEP)",
    Identity.KNOWN_ADDRESS: "E-mail address that was known before",
    Identity.REPRESENTATIVE: "Representative, with a power of attorney",
}
OUTCOMES: Mapping[str, str] = {
    Outcome.GRANTED: "Granted",
    Outcome.PARTLY: "Granted in part",
    Outcome.REFUSED: "Refused, with reasons",
}
GIVEN = {
    "registered_mail": "Registered e-mail (KEP)",
    "post": "By post",
    "email": "By e-mail",
    "in_person": "In person",
}
GROUPS = {
    Group.MESSAGE: "Messages of the person",
    Group.MAIL: "E-mails that belong to no message",
    Group.SIGNATURE: "Name in the work of a unit",
    Group.NAMED: "Messages of others in which the person is named",
    Group.ADDRESS: "Kept for the e-mail address itself",
    Group.ACCOUNT: "Account on the desk",
}
WAYS = {EMAIL: "E-mail address", PHONE: "Phone", NAME: "Name"}
SERVICES = {
    "intake": "Public form",
    "router": "Desk",
    "replies": "Units' portal",
    "notifier": "E-mails",
}
DECISIONS = {
    Erasing.DESTROY: "Erase",
    Erasing.ANONYMISE: "Anonymise: number, dates and outcome stay, all texts go",
    Kept.OPEN: "Keep: the case is still open",
    Kept.HOLD: "Keep: legal hold (article 28/2)",
    Kept.STATUTORY: "Keep: another law says how long (article 5/2-ç, 7/3)",
    Kept.EXEMPT: "Keep: article 28 of Law 6698",
    Kept.OTHERS: "Keep: it is the message of another person",
    Kept.NOT_ASKED: "Keep: the person has not asked for this",
}
REASONS = {
    Kept.OPEN: "the case is still open",
    Kept.HOLD: "legal hold (article 28/2)",
    Kept.STATUTORY: "another law says how long (article 5/2-ç, 7/3)",
    Kept.EXEMPT: "article 28 of Law 6698",
    Kept.OTHERS: "it is the message of another person",
    Kept.NOT_ASKED: "it was not asked for",
}
"""The same of what is kept, as it stands in a sentence."""
PARTS = {
    "message": "message",
    "case": "case",
    "assignment": "assignment",
    "letter": "e-mail sent",
    "mail": "e-mail received",
    "mention": "mention",
    "concerns": "compliment",
    "signature": "signature",
    "lost_codes": "request for lost codes",
    "bounces": "e-mails that came back",
    "account": "account",
}
TROUBLE = {
    "hold": "Nothing was erased: a case has come under legal hold meanwhile. Please decide again.",
    "no_log": "Nothing was erased yet: the destruction log is missing on the server. It goes on by itself as soon as "
    "it is there.",
}
SPOKEN: Sequence[Mapping[Any, str]] = (
    *(WISHES, SHORT_WISHES, IDENTITIES, OUTCOMES, GIVEN, GROUPS, WAYS, SERVICES, DECISIONS, REASONS, PARTS, TROUBLE),
)
"""What is said of values, in the officer's language."""


@dataclass(frozen=True)
class Row:
    """One group on the page. ``readable``: not a restricted case that this officer may not read."""

    candidate: Candidate
    title: str
    url: str
    about: Sequence[str]
    ways: Sequence[str]
    parts: str
    at: datetime | None
    readable: bool
    case: Case | None


def labels(request: Request, of: Mapping[Any, str]) -> dict[Any, str]:
    """Each value with its label in the officer's language."""
    _ = web(request).locale(request).gettext
    return {value: _(label) for value, label in of.items()}


def readable(officer: Officer, found: Iterable[Candidate], cases: Mapping[str, Case]) -> list[Candidate]:
    """The groups that this officer may read; ``cases``: theirs, by id."""
    return [one for one in found if _reads(officer, cases.get(one.message_id or ""))]


def _reads(officer: Officer, case: Case | None) -> bool:
    return case is None or reads(officer, case)


class RowMaker:
    """Makes the rows for one officer. What they may not read, they do not see, and cannot confirm.

    ``cases``: those of the groups, by id.
    """

    def __init__(self, persons: Persons, officer: Officer, cases: Mapping[str, Case]) -> None:
        self._persons, self._officer, self._cases = persons, officer, cases

    async def rows(self, request: Request, found: Sequence[Candidate]) -> list[Row]:
        """The rows of these groups, in their order."""
        mails = await self._persons.mails([one.id for one in found if one.group is Group.MAIL])
        accounts = await self._persons.account_names([one.id for one in found if one.group is Group.ACCOUNT])
        return [self._row(request, one, mails, accounts) for one in found]

    def _row(self, request: Request, one: Candidate, mails: Mapping[str, Mail], accounts: Mapping[str, str]) -> Row:
        locale = web(request).locale(request)
        case, mail = self._cases.get(one.message_id or ""), mails.get(one.id)
        readable = _reads(self._officer, case)
        title, url, about = "", "", list[str]()
        if case:
            title, url = case.reference, f"/cases/{case.id}" if readable else ""
            if readable:
                wrote = case.submitter
                about = [case.subject, *(value for value in (wrote.name, wrote.email, wrote.phone) if value)]
        elif mail:
            title, about = mail.subject or locale.gettext("E-mail"), [mail.by, mail.sender or ""]
            url = f"/mails/{mail.id}"
        elif one.group is Group.ACCOUNT:
            title, url = accounts.get(one.id, ""), ""
        title = title or locale.gettext(GROUPS[one.group])
        kinds = labels(request, PARTS)
        parts = ", ".join(f"{number} × {kinds.get(kind, kind)}" for kind, number in one.kinds.items())
        ways = [locale.gettext(WAYS[way]) for way in one.by]
        said = list(dict.fromkeys(text for text in about if text and text != title))
        return Row(one, title, url, said, ways, parts, one.at, readable, case)


def request_row(request: Request, asked: PersonRequest, now: datetime, zone: ZoneInfo) -> dict[str, Any]:
    """A request as the list shows it, without the person."""
    locale = web(request).locale(request)
    label, tone = STATES.get(asked.state, (str(asked.state), "neutral"))
    if asked.state is RequestState.SOUGHT and asked.search and not asked.search.missing:
        label, tone = LOOKED_THROUGH
    left = asked.days_left(now, zone)
    return {
        "id": asked.id,
        "url": f"/privacy/{asked.id}",
        "state": (locale.gettext(label), tone),
        "wishes": ", ".join(locale.gettext(SHORT_WISHES.get(wish, str(wish))) for wish in asked.wishes),
        "received_at": asked.received_at,
        "due_at": asked.due_at,
        "due": due_text(request, left) if not asked.closed else ("", "neutral"),
        "closed_at": asked.closed_at,
        "outcome": locale.gettext(OUTCOMES.get(asked.outcome, "")) if asked.outcome else "",
    }


def due_text(request: Request, left: int) -> tuple[str, str]:
    """How many days are left, and a tone."""
    locale = web(request).locale(request)
    if left < 0:
        said = locale.ngettext("%(num)d day overdue", "%(num)d days overdue", -left) % {"num": -left}
        return said, "danger"
    if left == 0:
        return locale.gettext("Last day today"), "danger"
    return locale.ngettext("%(num)d day left", "%(num)d days left", left) % {"num": left}, (
        "attention" if left <= 7 else "neutral"
    )


def named(request: Request, services: Collection[str]) -> str:
    """Services, named in the officer's language."""
    return ", ".join(labels(request, SERVICES).get(service, service) for service in services)
