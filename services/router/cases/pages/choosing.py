"""The chosen cases of a list once more, with what is to be done with them, when something is missing for it."""

from typing import Annotated, Any

from fastapi import Request
from starlette.responses import Response

from services.router.access import Action, Officer
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import CaseRow
from services.router.cases.domain.lists import CaseFilter
from services.router.cases.domain.states import ClosureReason
from services.router.cases.labels import labels
from services.router.cases.list_labels import list_labels
from services.router.cases.pages.inbox import columns_of, number_of, row_of
from services.router.cases.store.inbox import Inbox
from shared.web.forms import Form
from shared.web.pages import render
from shared.web.provided import Now, provided


class Choosing:
    """What the page is made from."""

    def __init__(
        self,
        inbox: Annotated[Inbox, provided(Inbox)],
        accounts: Annotated[Accounts, provided(Accounts)],
        now: Now,
    ) -> None:
        self.inbox, self.accounts, self.now = inbox, accounts, now

    async def again(
        self,
        request: Request,
        officer: Officer,
        listed: CaseFilter,
        form: Form[Any],
        revisions: dict[str, int],
        *,
        status: int,
    ) -> Response:
        """The form as submitted: these cases, as they were seen, ticked; without any, the first ones of the list."""
        found = await self._rows(officer, listed, revisions, everything=bool(form.values.get("everything")))
        colleagues = await self.accounts.able(Action.WORK)
        said = labels(request) | list_labels(request)
        return render(
            request,
            "bulk_refused.html",
            form=form,
            listed=listed,
            rows=[row_of(request, listed, case, self.now) for case in found],
            ticked=bool(revisions),
            columns=columns_of(listed, found),
            officers=await self.accounts.names({case.officer for case in found if case.officer}),
            possible={
                "officer": sorted(colleagues.items(), key=lambda named: named[1]),
                "priority": list(said["priorities"].items()),
            },
            reasons=[named for named in said["reasons"].items() if named[0] != ClosureReason.ANSWERED],
            found=number_of(request, await self.inbox.count(listed)),
            labels=said,
            status=status,
        )

    async def _rows(
        self, officer: Officer, listed: CaseFilter, revisions: dict[str, int], *, everything: bool
    ) -> tuple[CaseRow, ...]:
        if revisions:
            return tuple(await self.inbox.chosen(revisions, officer))
        return () if everything else (await self.inbox.page(listed)).cases
