"""Restricted cases among a person's data that one officer may not read: who can name them, and who can decide."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Annotated, Final

from fastapi import Request

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.restriction import reads
from services.router.records.domain.candidates import Candidate
from shared.web.pages import web
from shared.web.provided import provided

NAMES: Final = "Restricted case. These people can name you as a reader: %(people)s."
NAMES_NOBODY: Final = (
    "Restricted case. %(people)s may read it, and may not name others. An administrator can make one of them a"
    " supervisor, who can then name you."
)
NOBODY_READS: Final = (
    'Restricted case that nobody who works here reads. A supervisor can name you, under "Restricted cases without a'
    ' reader" (/restricted).'
)
NOT_ALL = (
    "All confirmed entries are decided about together. One of them is a restricted case that you may not read; please"
    " see below who can name you, or who can decide."
)


@dataclass(frozen=True)
class Unread:
    """What an officer may not read. ``advice``: what can be done about each case, in words, by its id; ``protectors``:
    the names of those who may decide, by the id of their account.
    """

    cases: Sequence[Case] = ()
    advice: Mapping[str, str] = field(default_factory=dict)
    protectors: Mapping[str, str] = field(default_factory=dict)

    @property
    def deciders(self) -> Sequence[str]:
        """The names of those who may read all of it and may decide."""
        able = [name for who, name in self.protectors.items() if all(who in _readers(case) for case in self.cases)]
        return sorted(able)

    def of(self, found: Iterable[Candidate]) -> "Unread":
        """The part of it that is in these groups."""
        ids = {one.message_id for one in found}
        return replace(self, cases=[case for case in self.cases if case.id in ids])


class Unreadable:
    """Finds it."""

    def __init__(self, accounts: Annotated[Accounts, provided(Accounts)]) -> None:
        self._accounts = accounts

    async def among(self, request: Request, officer: Officer, cases: Iterable[Case]) -> Unread:
        """Those of these cases that this officer may not read."""
        hidden = [case for case in cases if not reads(officer, case)]
        if not hidden:
            return Unread()
        namers = await self._accounts.able(Action.RESTRICT)
        readers = await self._accounts.able(Action.READ_CASES)
        advice = {case.id: _said(request, _named(case, namers), _named(case, readers)) for case in hidden}
        return Unread(hidden, advice, await self._accounts.able(Action.PROTECT))


def _said(request: Request, namers: Sequence[str], readers: Sequence[str]) -> str:
    _ = web(request).locale(request).gettext
    if not readers:
        return _(NOBODY_READS)
    return _(NAMES) % {"people": ", ".join(namers)} if namers else _(NAMES_NOBODY) % {"people": ", ".join(readers)}


def _named(case: Case, people: Mapping[str, str]) -> list[str]:
    return sorted(name for who, name in people.items() if who in _readers(case))


def _readers(case: Case) -> Sequence[str]:
    return case.restriction.to if case.restriction else ()
