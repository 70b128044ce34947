"""The page of one request about a person's data, which every step comes back to."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any
from zoneinfo import ZoneInfo

from fastapi import Depends, Request
from starlette.responses import Response

from services.router.access import Action, AuditAction, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.domain.restriction import reads
from services.router.config import Settings
from services.router.desk import require
from services.router.records.domain.candidates import Candidate, candidates, confirmed, preselected
from services.router.records.domain.requests import SERVICES, PersonRequest
from services.router.records.pages.person_rows import (
    GIVEN,
    IDENTITIES,
    OUTCOMES,
    REASONS,
    TROUBLE,
    WISHES,
    RowMaker,
    labels,
    named,
    readable,
    request_row,
)
from services.router.records.pages.unread import Unreadable
from services.router.records.store.orders import Orders
from services.router.records.store.persons import Persons
from services.router.records.store.requests import PersonRequests
from shared.audit import AuditRecords
from shared.web.forms import Form
from shared.web.pages import render, web
from shared.web.provided import Now, provided

Protector = Annotated[Officer, require(Action.PROTECT)]
DONE = {
    "opened": "The request was opened. Its 30 days count from the day on which it was received.",
    "sought": "All services are being asked. Please open the page again in a moment.",
    "confirmed": "What is confirmed was saved. Nothing is done to anything else.",
    "export": "The data are being collected. Please open the page again in a moment.",
    "corrected": "The data were corrected.",
    "erasure": "The decision was saved. What is to be erased is being ordered.",
    "kept": "The decision was saved. Nothing is erased.",
    "closed": "The request is closed. The system does not send the answer: please give it to the person yourself.",
}
"""What was done, as a sentence (a msgid), by ``?done=``."""


class RequestPages:
    """What the pages of a request are made from, and where it is kept."""

    def __init__(
        self,
        requests: Annotated[PersonRequests, provided(PersonRequests)],
        persons: Annotated[Persons, provided(Persons)],
        orders: Annotated[Orders, provided(Orders)],
        accounts: Annotated[Accounts, provided(Accounts)],
        audit: Annotated[AuditRecords, provided(AuditRecords)],
        settings: Annotated[Settings, provided(Settings)],
        unreadable: Annotated[Unreadable, Depends()],
        now: Now,
    ) -> None:
        self.requests, self.persons, self.orders, self.accounts = requests, persons, orders, accounts
        self.unreadable = unreadable
        self.audit, self.zone, self.now = audit, ZoneInfo(settings.timezone), now

    async def read(self, request_id: str, officer: Officer) -> PersonRequest:
        """A request, for any page of it: each shows who the person is. That it was read is recorded."""
        asked = await self.requests.get(request_id)
        await self.audit.read(
            AuditAction.REQUEST_READ, actor=officer.actor, object_kind="person_request", object_id=asked.id
        )
        return asked

    async def cases(self, found: Iterable[Candidate], *others: str) -> dict[str, Case]:
        """The cases of these groups, and others, as far as they are here, by id."""
        return await self.persons.cases([*(one.message_id for one in found if one.message_id), *others])

    async def show(
        self,
        request: Request,
        asked: PersonRequest,
        officer: Officer,
        form: Form[Any] | None = None,
        *,
        status: int = 200,
    ) -> Response:
        """The page of a request, with a form of it as submitted."""
        found = candidates(asked.search.found) if asked.search else []
        search, export = asked.search, asked.export
        cases = await self.cases(found, *_exported(asked))
        unread = await self.unreadable.among(request, officer, cases.values())
        chosen = preselected(asked, found, cases)
        locale, said = web(request).locale(request), DONE.get(request.query_params.get("done", ""))
        return render(
            request,
            "person_request.html",
            asked=asked,
            row=request_row(request, asked, self.now, self.zone),
            rows=await RowMaker(self.persons, officer, cases).rows(request, found),
            advice=unread.advice,
            unread=unread.of(confirmed(asked)),
            form=form or Form(values={"theirs": chosen}),
            fresh=[one.key for one in found if one.key not in (*asked.confirmed, *asked.rejected)],
            missing=named(request, search.missing) if search else "",
            more=named(request, search.more) if search else "",
            parts_missing=named(request, export.missing) if export else "",
            export_over=bool(export and export.over(self.now)),
            export_readable=_may_have(asked, officer, cases),
            wishes=[labels(request, WISHES).get(wish, wish) for wish in asked.wishes],
            identity=labels(request, IDENTITIES).get(asked.identity, asked.identity),
            given=labels(request, GIVEN).get(asked.given, asked.given),
            outcome=labels(request, OUTCOMES).get(asked.outcome, ""),
            orders=await self.progress(request, asked),
            reasons=labels(request, REASONS),
            trouble=labels(request, TROUBLE),
            names=await self.accounts.names({asked.opened_by.id, *([asked.closed_by.id] if asked.closed_by else [])}),
            done=locale.gettext(said) if said and status == 200 else "",
            status=status,
        )

    async def readable(self, officer: Officer, asked: PersonRequest) -> list[Candidate]:
        """What is confirmed, but for cases that were restricted since to people among whom this officer is not."""
        ours = confirmed(asked)
        return readable(officer, ours, await self.cases(ours))

    async def may_have(self, asked: PersonRequest, officer: Officer) -> bool:
        """Whether this officer may read every case in the export: another one may have asked for it."""
        return _may_have(asked, officer, await self.cases((), *_exported(asked)))

    async def progress(self, request: Request, asked: PersonRequest) -> list[dict[str, Any]]:
        """What each service has answered to the orders of a request: how many things it has erased."""
        if asked.erasure is None or not asked.erasure.orders:
            return []
        orders = await self.orders.of_request(asked.id)
        return [
            {
                "service": named(request, [service]),
                "waits": sum(service in order.waits_for for order in orders),
                "number": sum(sum(order.answers.get(service, {}).values()) for order in orders),
            }
            for service in SERVICES
        ]


def _exported(asked: PersonRequest) -> tuple[str, ...]:
    return asked.export.message_ids if asked.export else ()


def _may_have(asked: PersonRequest, officer: Officer, cases: Mapping[str, Case]) -> bool:
    return all(reads(officer, cases[one]) for one in _exported(asked) if one in cases)


Pages = Annotated[RequestPages, Depends()]
