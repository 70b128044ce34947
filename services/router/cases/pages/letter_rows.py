"""Letters in words: rows of lists, and what stands on the page of a case."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Annotated, Any, Final
from urllib.parse import quote

from fastapi import Request

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.held import HeldLetter
from services.router.cases.domain.letters import COPY, UNDELIVERED, DeskLetter, LetterState, Recipient, cannot_be_sent
from services.router.cases.domain.restriction import reads
from services.router.cases.labels import LETTER_STATES, LETTERS, PASSED_TO
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.directory.domain import Unit
from shared.mail_refusals import meaning
from shared.web.pages import web
from shared.web.provided import provided

STATES: Final = LETTER_STATES
RECIPIENTS: Final = {
    Recipient.SUBMITTER: "Submitter",
    Recipient.UNIT: "Unit",
    Recipient.DESK: "Desk",
    Recipient.ACCOUNT: "Person of the desk",
}
FURTHER: Final = {
    "test": "Test letter to the unit",
    "account_invitation": "Invitation to the desk",
    "account_reset": "Link for a new password",
    "account_change": "Notice of a change of the account",
}
"""Letters that stand on no case's page."""
SPOKEN: Sequence[Mapping[Any, Any]] = (RECIPIENTS, FURTHER)
HELD, DISCARDED = "/letters?state=held", "/letters?state=discarded"
Row = dict[str, Any]


def letter_name(request: Request, template: str) -> str:
    """What a letter is called."""
    return web(request).locale(request).gettext(LETTERS.get(template) or FURTHER.get(template, template))


def state_of(request: Request, state: LetterState) -> tuple[str, str]:
    """Label and tone of a state."""
    label, tone = STATES[state]
    return web(request).locale(request).gettext(label), tone


def list_address(state: LetterState) -> str:
    """The list of letters in this state."""
    return f"/letters?state={LetterState.DEALT_WITH if state is LetterState.REPLACED else state}"


def why(request: Request, reason: str) -> str:
    """What it means that a mail server said this; as it said it, where that is not known."""
    known = meaning(reason)
    return web(request).locale(request).gettext(known) if known else reason


async def cases_of(cases: Cases, officer: Officer, ids: Iterable[str]) -> dict[str, Case]:
    """Those of these cases that this person may read, by id."""
    wanted = list(dict.fromkeys(ids))
    found = await cases.find({"_id": {"$in": wanted}}, sort=[("_id", 1)], limit=len(wanted)) if wanted else []
    return {case.id: case for case in found if reads(officer, case)}


def row_of(request: Request, letter: DeskLetter, case: Case | None, units: Mapping[str, str]) -> Row:
    """A letter in a list. ``units`` has names by code."""
    _ = web(request).locale(request).gettext
    state = letter.state
    lost = state in (*UNDELIVERED, LetterState.AGAIN)
    passed = _(PASSED_TO.get(letter.passed_to, PASSED_TO[""])) if letter.passed_to else ""
    return {
        "id": letter.id,
        "url": f"/letters/{quote(letter.id, safe='')}",
        "at": letter.at,
        "name": letter_name(request, letter.template),
        "subject": letter.subject,
        "language": letter.language,
        "recipient": letter.recipient,
        "to": units.get(letter.unit or "") or _(RECIPIENTS[letter.to]),
        "is_copy": letter.is_copy or letter.template == COPY,
        "case": case,
        "badge": state_of(request, state),
        "why": why(request, letter.reason) if lost else "",
        "passed_to": passed,
        "undelivered": letter.undelivered,
        "sendable": letter.undelivered and not cannot_be_sent(letter, letter.at),
        "correctable": letter.to is Recipient.SUBMITTER,
        "unit": letter.unit,
        "held": False,
    }


def held_row(request: Request, letter: HeldLetter, case: Case | None) -> Row:
    """A receipt that waits for a decision, or was discarded."""
    state = LetterState.DISCARDED if letter.decision else LetterState.HELD
    told = DeskLetter(id=letter.id, message_id=letter.message_id, template="receipt", sent_at=letter.held_at)
    return row_of(request, told, case, {}) | {
        "url": f"/cases/{case.id}" if case else HELD,
        "at": letter.decided_at or letter.held_at,
        "recipient": (case.submitter.email if case else "") or "",
        "badge": state_of(request, state),
        "held": letter.decision is None,
    }


def unit_names(request: Request, units: Iterable[Unit]) -> dict[str, str]:
    """The names of the units by their codes."""
    english = web(request).locale(request).language == "en"
    return {unit.id: unit.name_en if english else unit.name_tr for unit in units}


class CaseLetters:
    """The letters of one case."""

    def __init__(
        self,
        letters: Annotated[DeskLetters, provided(DeskLetters)],
        held: Annotated[HeldLetters, provided(HeldLetters)],
    ) -> None:
        self._letters, self._held = letters, held

    async def of_case(self, request: Request, case: Case, units: Sequence[Unit]) -> list[Row]:
        """All of them, the newest first."""
        names = unit_names(request, units)
        sent = [row_of(request, letter, case, names) for letter in await self._letters.of_case(case.id)]
        known = {row["id"] for row in sent}
        waiting = [one for one in await self._held.of_case(case.id) if one.id not in known]
        held = [held_row(request, one, case) | {"url": DISCARDED if one.decision else HELD} for one in waiting]
        return sorted([*sent, *held], key=lambda row: row["at"], reverse=True)
