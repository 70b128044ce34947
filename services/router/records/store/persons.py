"""What the router itself has of one person: cases, letters, mails, accounts."""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import combinations
from typing import Any

from pymongo.collation import Collation

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.correcting import DETAILS, correct_submitter
from services.router.cases.domain.letters import DeskLetter, Recipient
from services.router.cases.domain.mails import Mail
from services.router.cases.domain.terms import HEAD, WHOLE, words
from services.router.cases.store.cases import BY_TERMS, READERS, Cases
from services.router.cases.store.letters import DeskLetters
from services.router.cases.store.mails import Mails
from shared.documents import AGGREGATE
from shared.events import FoundItem
from shared.people import EMAIL, NAME, PHONE, Sought, phone_numbers
from shared.person_answers import MOST
from shared.state import Person

ANY_CASE = Collation("en", strength=2)
"""Addresses are compared without case."""
ACTED = frozenset({"by", "holders", "unit", "actor", "submitter"})
"""Parts of a case in which a name is that of somebody who acted, or of the submitter."""


class Persons:
    """Finds one person in the router's own collections, restricted cases included: the law asks for all of them."""

    def __init__(self, cases: Cases, letters: DeskLetters, mails: Mails, accounts: Accounts) -> None:
        self._cases, self._letters, self._mails, self._accounts = cases, letters, mails, accounts

    async def prepare(self) -> None:
        """Create the indexes on the addresses of letters and mails."""
        await self._letters.collection.create_index("recipient", collation=ANY_CASE)
        await self._mails.collection.create_index("sender", collation=ANY_CASE)

    async def items(self, sought: Sought) -> list[FoundItem]:
        """All that may be this person's."""
        found = [item for case in await self._found_cases(sought) for item in _items_of(case, sought)]
        if sought.email:
            found += await self._with_address(sought.email)
        return found + await self._found_accounts(sought)

    async def cases(self, ids: Sequence[str]) -> dict[str, Case]:
        """These cases, as far as they are here, by id."""
        rows = await self._cases.find({"_id": {"$in": list(ids)}}, sort=[("_id", 1)], limit=max(1, len(ids)))
        return {case.id: case for case in rows}

    async def mails(self, ids: Sequence[str]) -> dict[str, Mail]:
        """These mails, as far as they are here, by id."""
        rows = await self._mails.find({"_id": {"$in": list(ids)}}, sort=[("_id", 1)], limit=max(1, len(ids)))
        return {mail.id: mail for mail in rows}

    async def letters(self, case_ids: Sequence[str]) -> list[DeskLetter]:
        """The letters of these cases to their submitters, the oldest first."""
        rows = await self._letters.find({"message_id": {"$in": list(case_ids)}}, sort=[("indexed.at", 1)], limit=MOST)
        return [letter for letter in rows if letter.to is Recipient.SUBMITTER and letter.of_case]

    async def account_names(self, ids: Sequence[str]) -> dict[str, str]:
        """The names of these accounts, by id."""
        return await self._accounts.names(ids)

    async def correct(
        self, case_id: str, person: Person, *, fields: Collection[str] = DETAILS, by: Officer, now: datetime
    ) -> bool:
        """Correct who wrote a case. Returns whether it was another before. Raises as ``get_for``, and Conflict."""
        case = await self._cases.get_for(by, case_id, Action.PROTECT)
        corrected, announcing = correct_submitter(case, person, fields=fields, by=by, now=now)
        if announcing:
            await self._cases.save(corrected, announcing=announcing)
        return bool(announcing)

    async def _found_cases(self, sought: Sought) -> list[Case]:
        """By the terms of the search; those of restricted cases carry their readers, so those are read one by one."""
        wanted = [WHOLE + whole for whole in (sought.email, *sought.phones) if whole]
        queries: list[dict[str, Any]] = [{"indexed.terms": {"$in": wanted}}] if wanted else []
        pairs = combinations(sought.words[:4], 2)
        queries += [{"indexed.terms": {"$all": [HEAD + word for word in pair]}} for pair in pairs]
        if len(sought.words) > 1:
            queries.append({"indexed.terms": {"$all": list(sought.words)}})
        found: dict[str, Case] = {}
        for query in queries:
            rows = self._cases.collection.find({"erased_at": None} | query, AGGREGATE).sort(BY_TERMS[1:]).limit(MOST)
            found |= {case.id: case async for case in self._read(rows)}
        restricted = self._cases.collection.find({READERS: {"$exists": True}, "erased_at": None}, AGGREGATE)
        found |= {case.id: case async for case in self._read(restricted)}
        return list(found.values())

    async def _read(self, rows: Any) -> AsyncIterator[Case]:
        async for row in rows:
            yield self._cases.read_as(Case, row)

    async def _with_address(self, email: str) -> list[FoundItem]:
        letters = self._letters.collection.find({"recipient": email, "erased_at": None}).collation(ANY_CASE).limit(MOST)
        mails = self._mails.collection.find({"sender": email, "erased_at": None}).collation(ANY_CASE).limit(MOST)
        found = [
            FoundItem(
                kind="letter",
                id=row["_id"],
                by=EMAIL,
                at=row.get("sent_at") or row.get("failed_at"),
                message_id=await self._case_of(row["message_id"]),
                assignment_id=row.get("assignment_id"),
            )
            async for row in letters
        ]
        return found + [
            FoundItem(
                kind="mail",
                id=row["_id"],
                by=EMAIL,
                at=row["received_at"],
                message_id=row.get("message_id"),
                assignment_id=row.get("assignment_id"),
                mail_id=row["_id"],
            )
            async for row in mails
        ]

    async def _case_of(self, message_id: str) -> str | None:
        """The message of a letter; some letters are about something else (``OF_NO_CASE``)."""
        return message_id if await self._cases.collection.find_one({"_id": message_id}, {"_id": 1}) else None

    async def _found_accounts(self, sought: Sought) -> list[FoundItem]:
        return [
            FoundItem(kind="account", id=account.id, by=by)
            for account in await self._accounts.all()
            for by in sought.found_by(emails=[account.email], names=[account.name])
        ]


def _items_of(case: Case, sought: Sought) -> Iterable[FoundItem]:
    """Why a case is the person's (``case``), or they stand in it in another way (``mention``)."""
    wrote = case.submitter
    own = sought.found_by(emails=[wrote.email], phones=[wrote.phone], names=[wrote.name])
    about: dict[str, Any] = {"id": case.id, "at": case.submitted_at, "message_id": case.id}
    yield from (FoundItem(kind="case", by=by, **about) for by in own)
    if not own:
        yield from (FoundItem(kind="mention", by=by, **about) for by in _mentioned(case, sought))


def _mentioned(case: Case, sought: Sought) -> Sequence[str]:
    texts = list(_texts(case.model_dump()))
    ways = {
        EMAIL: bool(sought.email) and any(sought.email in text.casefold() for text in texts),
        PHONE: any({*sought.phones} & {*phone_numbers(text)} for text in texts),
        NAME: any(_names(text, sought.words) for text in texts),
    }
    return [way for way, found in ways.items() if found]


def _names(text: str, name: Sequence[str]) -> bool:
    """Whether the words of the name stand beside each other, in any order."""
    said, many = words(text), len(name)
    return many > 1 and any({*said[at : at + many]} == {*name} for at in range(len(said) - many + 1))


def _texts(value: object) -> Iterable[str]:
    """All texts of a stored case, but for who acted and for the units, which other services tell of."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for name, part in value.items():
            if name not in ACTED:
                yield from _texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _texts(part)
