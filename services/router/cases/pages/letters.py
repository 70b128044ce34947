"""E-mails: what became of each; and receipts that were held, because one address got too many of them in an hour."""

from dataclasses import dataclass, replace
from typing import Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.cases.domain.held import decide
from services.router.cases.domain.letters import LetterState, Recipient
from services.router.cases.domain.lists import Position
from services.router.cases.domain.restriction import reads
from services.router.cases.domain.terms import reference_of
from services.router.cases.forms import HeldLetterForm
from services.router.cases.pages.letter_rows import RECIPIENTS, Row, cases_of, held_row, row_of, unit_names
from services.router.cases.store.cases import Cases
from services.router.cases.store.inbox import COUNTED
from services.router.cases.store.letters import DeskLetters, HeldLetters, LetterFilter, of_cases
from services.router.cases.store.search import Search
from services.router.desk import require
from services.router.directory.store import Units
from shared.audit import AuditRecords
from shared.documents import NotFound
from shared.refused import Refused
from shared.web.forms import Form, read, with_error
from shared.web.pages import Page, render, see_other, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
SHOWN = 100
LONGEST = 100
VIEWS: Final = {
    "failed": ("Could not be delivered", (LetterState.FAILED,)),
    "returned": ("Came back", (LetterState.RETURNED,)),
    "held": ("Held", ()),
    "again": ("Being sent again", (LetterState.AGAIN,)),
    "sent": ("Sent", (LetterState.SENT,)),
    "dealt_with": ("Dealt with", (LetterState.DEALT_WITH, LetterState.REPLACED)),
    "discarded": ("Not sent", ()),
    "all": ("All", ()),
}
"""The lists: label (a msgid) and states of their letters. ``held`` and ``discarded`` are lists of held receipts."""
TO_DO: Final = ("failed", "returned", "held")
GROUPS: Final = (
    ("To be done", TO_DO),
    ("Waiting", ("again",)),
    ("Archive", ("sent", "dealt_with", "discarded", "all")),
)
OF_HELD: Final = {"held": None, "discarded": "discard"}
"""The decision about the receipts of these lists."""
EMPTY: Final = {
    "failed": "Every e-mail was delivered, or somebody has dealt with it.",
    "returned": "No e-mail has come back, or somebody has dealt with it.",
    "held": "Every receipt was sent.",
}


@dataclass(frozen=True)
class LetterList:
    """A list: its view, a kind of recipient, what was searched for, and the place where the page begins.

    An empty ``view`` is the first of TO_DO that has letters.
    """

    view: str = "failed"
    to: str = ""
    q: str = ""
    after: Position | None = None
    before: Position | None = None

    def url(self, **different: Any) -> str:
        """The address of this list, with these differences."""
        chosen = {"state": self.view, "to": self.to, "q": self.q} | different
        return f"/letters?{urlencode({name: str(value) for name, value in chosen.items() if value})}"


class Lists:
    """What the lists are made from."""

    def __init__(
        self,
        letters: Annotated[DeskLetters, provided(DeskLetters)],
        held: Annotated[HeldLetters, provided(HeldLetters)],
        cases: Annotated[Cases, provided(Cases)],
        search: Annotated[Search, provided(Search)],
        units: Annotated[Units, provided(Units)],
        audit: Annotated[AuditRecords, provided(AuditRecords)],
    ) -> None:
        self.letters, self.held, self.cases, self.search, self.units = letters, held, cases, search, units
        self.audit = audit

    async def show(
        self,
        request: Request,
        officer: Officer,
        chosen: LetterList,
        form: Form[Any] | None = None,
        *,
        status: int = 200,
    ) -> Response:
        """The page of a list."""
        about = await self._cases(officer, chosen.q)
        counts = {view: await self._count(view, chosen.to, about) for view in VIEWS if view != "all"}
        if not chosen.view:
            chosen = replace(chosen, view=next((view for view in TO_DO if counts[view]), TO_DO[0]))
        rows, previous, following = await self._rows(request, officer, chosen, about)
        if rows:
            shown = {"object_kind": "list", "object_id": "letters"}
            await self.audit.read(AuditAction.LIST_READ, actor=officer.actor, **shown)
        return render(
            request,
            "letters.html",
            form=form or Form(values={"to": chosen.to, "q": chosen.q}),
            chosen=chosen,
            title=web(request).locale(request).gettext(VIEWS[chosen.view][0]),
            groups=_groups(request, chosen, counts),
            found=_number(request, counts.get(chosen.view)),
            recipients=[(kind.value, web(request).locale(request).gettext(RECIPIENTS[kind])) for kind in Recipient],
            rows=rows,
            nothing=web(request).locale(request).gettext(EMPTY[chosen.view]) if chosen.view in EMPTY else "",
            previous=chosen.url(before=previous) if previous else None,
            next=chosen.url(after=following) if following else None,
            status=status,
        )

    async def _cases(self, officer: Officer, q: str) -> dict[str, Any]:
        """Query for the letters of the case that is searched for; without one, of all that this person may read."""
        if not q:
            return of_cases(hidden=await self.cases.hidden_from(officer.id))
        reference = reference_of(q)
        return of_cases(only=(reference and await self.search.with_reference(reference, officer)) or "")

    async def _count(self, view: str, to: str, about: dict[str, Any]) -> int | None:
        if view in OF_HELD:
            return await self.held.count(OF_HELD[view], about) if to in ("", Recipient.SUBMITTER) else 0
        return await self.letters.count(LetterFilter(VIEWS[view][1], to, about))

    async def _rows(
        self, request: Request, officer: Officer, chosen: LetterList, about: dict[str, Any]
    ) -> tuple[list[Row], Position | None, Position | None]:
        if chosen.view in OF_HELD:
            waiting = await self.held.listed(OF_HELD[chosen.view], about, limit=SHOWN)
            cases = await cases_of(self.cases, officer, [letter.message_id for letter in waiting])
            shown = waiting if chosen.to in ("", Recipient.SUBMITTER) else []
            return [held_row(request, letter, cases.get(letter.message_id)) for letter in shown], None, None
        wanted = LetterFilter(VIEWS[chosen.view][1], chosen.to, about, chosen.after, chosen.before)
        found = await self.letters.page(wanted)
        cases = await cases_of(self.cases, officer, [letter.message_id for letter in found.letters])
        names = unit_names(request, await self.units.all())
        rows = [row_of(request, letter, cases.get(letter.message_id), names) for letter in found.letters]
        return rows, found.previous, found.next


@page.get("/letters")
async def show_letters(
    request: Request, officer: Annotated[Officer, require(Action.READ_CASES)], lists: Annotated[Lists, Depends()]
) -> Response:
    """The letters of one state, the newest first; held ones the oldest first."""
    return await lists.show(request, officer, _chosen(request))


@page.post("/letters/{letter_id}")
async def post_decision(
    request: Request,
    letter_id: str,
    officer: Annotated[Officer, require(Action.REVIEW)],
    lists: Annotated[Lists, Depends()],
    now: Now,
) -> Response:
    """Have a held one sent, or discarded."""
    form, letter = await read(HeldLetterForm, request), await lists.held.get(letter_id)
    case = await lists.cases.find_one(letter.message_id)
    if case and not reads(officer, case):
        raise NotFound(letter_id)
    if form.errors:
        return await lists.show(request, officer, LetterList("held"), form, status=422)
    try:
        decided, announcing = decide(letter, form.value.decision, by=officer, now=now)
    except Refused as refused:
        return await lists.show(request, officer, LetterList("held"), with_error(form, refused, request), status=409)
    await lists.held.save(decided, announcing=announcing)
    return see_other("/letters?state=held")


def _chosen(request: Request) -> LetterList:
    given = request.query_params
    view, to = given.get("state", ""), given.get("to", "")
    view = "failed" if view and view not in VIEWS else view
    chosen = LetterList(view, to if to in list(Recipient) else "", given.get("q", "").strip()[:LONGEST])
    return replace(chosen, after=Position.read(given.get("after", "")), before=Position.read(given.get("before", "")))


def _groups(request: Request, chosen: LetterList, counts: dict[str, int | None]) -> list[dict[str, Any]]:
    _ = web(request).locale(request).gettext
    return [
        {
            "title": _(title),
            "views": [
                {
                    "label": _(VIEWS[view][0]),
                    "url": replace(chosen, view=view).url(),
                    "count": _number(request, counts.get(view)),
                    "current": view == chosen.view,
                }
                for view in views
            ],
        }
        for title, views in GROUPS
    ]


def _number(request: Request, counted: int | None) -> str | None:
    if counted is None:
        return None
    return f"{COUNTED - 1}+" if counted >= COUNTED else web(request).locale(request).number(counted)
