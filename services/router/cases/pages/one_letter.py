"""One letter as it was sent, and what is done when it did not arrive.

What is done stands in the case and in the letter: the case is saved first. Each looks at both and does what is still to
be done, so that a second try after a crash in between ends as the first would have.
"""

from typing import Annotated, Any
from uuid import uuid4

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer, may
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.letters import (
    ARRIVED,
    DeskLetter,
    Recipient,
    cannot_be_sent,
    deal_with,
    send_again,
)
from services.router.cases.domain.restriction import reads
from services.router.cases.domain.undelivered import correct_address, note_dealt_with
from services.router.cases.forms import AddressForm, DealtWithForm, ResendForm
from services.router.cases.pages import Reader, Reviewer
from services.router.cases.pages.letter_rows import list_address, row_of, unit_names, why
from services.router.cases.pages.outcome import DONE, done
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.directory.store import Snapshots, Units
from shared.addresses import comparable
from shared.audit import AuditRecords
from shared.documents import NotFound
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])


class LetterPages:
    """What the page of a letter is made from, and where it is kept."""

    def __init__(
        self,
        letters: Annotated[DeskLetters, provided(DeskLetters)],
        held: Annotated[HeldLetters, provided(HeldLetters)],
        cases: Annotated[Cases, provided(Cases)],
        units: Annotated[Units, provided(Units)],
        accounts: Annotated[Accounts, provided(Accounts)],
        snapshots: Annotated[Snapshots, provided(Snapshots)],
        audit: Annotated[AuditRecords, provided(AuditRecords)],
        now: Now,
    ) -> None:
        self.letters, self.held, self.cases, self.units = letters, held, cases, units
        self.accounts, self.snapshots, self.audit, self.now = accounts, snapshots, audit, now

    async def get_for(self, officer: Officer, letter_id: str) -> tuple[DeskLetter, Case | None]:
        """The letter and its case. Raises NotFound also for who may not read the case; who may is recorded."""
        letter = await self.letters.get(letter_id)
        case = await self.cases.find_one(letter.message_id) if letter.of_case else None
        if letter.of_case and (case is None or not reads(officer, case)):
            raise NotFound(letter_id)
        read_it = AuditAction.RESTRICTED_LETTER_READ if case and case.restriction else AuditAction.LETTER_READ
        about: dict[str, Any] = {"object_kind": "letter", "object_id": letter_id}
        about["message_id"] = case.id if case else None
        await self.audit.read(read_it, actor=officer.actor, **about)
        return letter, case

    async def is_held_for(self, officer: Officer, letter_id: str) -> bool:
        """Whether it is a held letter, and not of a case that this person may not read."""
        letter = await self.held.find_one(letter_id)
        case = await self.cases.find_one(letter.message_id) if letter else None
        return letter is not None and (case is None or reads(officer, case))

    async def show(
        self,
        request: Request,
        letter: DeskLetter,
        case: Case | None,
        form: Form[Any] | None = None,
        *,
        status: int = 200,
    ) -> Response:
        """The page of a letter, with a form of it as submitted."""
        locale = web(request).locale(request)
        acted = {act.actor.id for act in letter.resends}
        acted |= {letter.dealt_with.actor.id} if letter.dealt_with else set()
        said = DONE.get(request.query_params.get("done", ""))
        unit = next((unit for unit in await self.units.all() if unit.id == letter.unit), None)
        return render(
            request,
            "one_letter.html",
            letter=letter,
            back=list_address(letter.state),
            row=row_of(request, letter, case, unit_names(request, [unit] if unit else [])),
            reason=why(request, letter.reason) if letter.cause != "gone" else "",
            case=case,
            unit=unit,
            names=await self.accounts.names(acted),
            form=form or Form(values={"email": (case.submitter.email if case else "") or ""}),
            confirmed=locale.gettext(said) if said and status == 200 else "",
            lost=letter.lost,
            sendable=cannot_be_sent(letter, self.now) is None,
            correctable=letter.to is Recipient.SUBMITTER and case is not None,
            edits_directory=may(request.state.officer, Action.EDIT_DIRECTORY),
            status=status,
        )

    async def again(self, letter: DeskLetter, officer: Officer, email: str | None) -> None:
        """Have it sent again. Raises Refused."""
        version = await self.snapshots.renew() if letter.unit else None
        wish: dict[str, Any] = {"request_id": str(uuid4()), "email": email, "contacts_version": version}
        after, announcing = send_again(letter, by=officer, now=self.now, **wish)
        await self.letters.save(after, announcing=announcing)


Pages = Annotated[LetterPages, Depends()]


@page.get("/letters/{letter_id}")
async def show_letter(request: Request, letter_id: str, officer: Reader, pages: Pages) -> Response:
    """Show a letter as it was sent. A held one has no page: it stands in their list."""
    try:
        letter, case = await pages.get_for(officer, letter_id)
    except NotFound:
        if await pages.is_held_for(officer, letter_id):
            return see_other("/letters?state=held")
        raise
    return await pages.show(request, letter, case)


@page.post("/letters/{letter_id}/resend")
async def post_resend(request: Request, letter_id: str, officer: Reviewer, pages: Pages) -> Response:
    """Have it sent again; to the address that the submitter has now."""
    form, (letter, case) = await read(ResendForm, request), await pages.get_for(officer, letter_id)
    if form.errors:
        return await pages.show(request, letter, case, form, status=422)
    try:
        await pages.again(letter, officer, _address_now(letter, case))
    except Refused as refused:
        return await pages.show(request, letter, case, with_error(form, refused, request), status=409)
    return _done(request, letter, case, "letter_again", to_case=form.value.back == "case")


@page.post("/letters/{letter_id}/address")
async def post_address(request: Request, letter_id: str, officer: Reviewer, pages: Pages) -> Response:
    """Correct the address of the submitter. All of this case that did not arrive there is sent to the new one."""
    form, (letter, case) = await read(AddressForm, request), await pages.get_for(officer, letter_id)
    if form.errors or case is None or letter.to is not Recipient.SUBMITTER:
        return await pages.show(request, letter, case, form, status=422)
    email = form.value.email
    wanted = [one for one in await pages.letters.of_case(case.id) if one.to is Recipient.SUBMITTER and one.undelivered]
    again = [one for one in {one.id: one for one in [letter, *wanted]}.values() if not cannot_be_sent(one, pages.now)]
    try:
        if not letter.lost and letter not in again:
            raise Refused(ARRIVED)
        corrected, announcing = correct_address(case, letter, email, by=officer, now=pages.now)
    except Refused as refused:
        return await pages.show(request, letter, case, with_error(form, refused, request), status=409)
    if corrected is not case:
        await pages.cases.save(corrected, announcing=announcing)
    for one in again:
        await pages.again(one, officer, email)
    return _done(request, letter, case, "address_corrected")


@page.post("/letters/{letter_id}/dealt-with")
async def post_dealt_with(request: Request, letter_id: str, officer: Reviewer, pages: Pages) -> Response:
    """Note that the recipient knows: reached by telephone, for instance."""
    form, (letter, case) = await read(DealtWithForm, request), await pages.get_for(officer, letter_id)
    if form.errors:
        return await pages.show(request, letter, case, form, status=422)
    try:
        after, announcing = deal_with(letter, form.value.said, by=officer.actor, now=pages.now)
    except Refused as refused:
        return await pages.show(request, letter, case, with_error(form, refused, request), status=409)
    if case and (dealt_with := note_dealt_with(case, letter, form.value.said, by=officer, now=pages.now)) is not case:
        await pages.cases.save(dealt_with)
    if after is not letter:
        await pages.letters.save(after, announcing=announcing)
    return _done(request, letter, case, "letter_dealt_with")


def _address_now(letter: DeskLetter, case: Case | None) -> str | None:
    """The submitter's address, if it is another one by now."""
    now = case.submitter.email if case and letter.to is Recipient.SUBMITTER else None
    return now if now and letter.recipient and comparable(now) != comparable(letter.recipient) else None


def _done(request: Request, letter: DeskLetter, case: Case | None, what: str, *, to_case: bool = False) -> Response:
    return done(request, case, what) if case and to_case else see_other(f"/letters/{letter.id}?done={what}")
