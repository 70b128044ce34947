"""Restricted cases among a person's data that one officer may not read: who can name them, and who can decide."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Request

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.restriction import reads
from services.router.records.domain.candidates import Candidate
from services.router.records.store.persons import Persons
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
    """What an officer may not read: reference and what can be done (in words) of each case; ``deciders``: the names of
    those who may read all of it and may decide.
    """

    cases: Sequence[tuple[str, str]]
    deciders: Sequence[str]


class Unreadable:
    """Finds it."""

    def __init__(
        self, persons: Annotated[Persons, provided(Persons)], accounts: Annotated[Accounts, provided(Accounts)]
    ) -> None:
        self._persons, self._accounts = persons, accounts

    async def among(self, request: Request, found: Iterable[Candidate], officer: Officer) -> Unread:
        """The cases of these groups that this officer may not read."""
        hidden = await self._hidden(found, officer)
        advice = await self._advice(request, hidden)
        protectors = await self._accounts.able(Action.PROTECT) if hidden else {}
        able = [name for who, name in protectors.items() if all(who in _readers(case) for case in hidden)]
        return Unread([(case.reference, advice[case.id]) for case in hidden], sorted(able))

    async def advice(self, request: Request, found: Iterable[Candidate], officer: Officer) -> dict[str, str]:
        """What can be done about each of them, by the id of the case."""
        return await self._advice(request, await self._hidden(found, officer))

    async def _hidden(self, found: Iterable[Candidate], officer: Officer) -> list[Case]:
        cases = await self._persons.cases([one.message_id for one in found if one.message_id])
        return [case for case in cases.values() if not reads(officer, case)]

    async def _advice(self, request: Request, cases: Sequence[Case]) -> dict[str, str]:
        if not cases:
            return {}
        namers = await self._accounts.able(Action.RESTRICT)
        readers = await self._accounts.able(Action.READ_CASES)
        return {case.id: _said(request, _named(case, namers), _named(case, readers)) for case in cases}


def _said(request: Request, namers: Sequence[str], readers: Sequence[str]) -> str:
    _ = web(request).locale(request).gettext
    if not readers:
        return _(NOBODY_READS)
    return _(NAMES) % {"people": ", ".join(namers)} if namers else _(NAMES_NOBODY) % {"people": ", ".join(readers)}


def _named(case: Case, people: dict[str, str]) -> list[str]:
    return sorted(name for who, name in people.items() if who in _readers(case))


def _readers(case: Case) -> Sequence[str]:
    return case.restriction.to if case.restriction else ()
