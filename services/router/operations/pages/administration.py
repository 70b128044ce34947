"""The first page of the administration: what can be set by those who may, and what a new installation still lacks."""

from typing import Annotated, Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.router.access import Action, Officer, may
from services.router.accounts.store import Accounts
from services.router.cases.store.cases import Cases
from services.router.deadlines.store import CalendarStore
from services.router.desk import ADMINISTRATION, Step, require
from services.router.directory.store import Units
from services.router.operations.store.mail_queue import MailQueues
from services.router.records.domain.retention import NOTICE
from services.router.records.store.retention import RetentionStore
from services.router.texts.domain.institution import SAID
from services.router.texts.store import InstitutionStore
from shared.web.pages import Page, render, web
from shared.web.provided import Now, provided

page = APIRouter(route_class=Page, tags=["pages"])
STEPS = (
    ("Institution", "Check name, addresses, logo and colours.", False),
    ("Kinds of messages", "The usual ones are there. Change them, or add your own.", False),
    ("People", "Invite the officers of the hotline.", True),
    ("Units", "Import a table, or add units.", True),
    ("Calendar", "The public holidays are there. Add days of your own.", False),
    (
        "A message of your own",
        "Send a message with the public form: it must arrive here, and its receipt at your address.",
        True,
    ),
)
"""What a new installation needs: label and one line about it (msgids), and whether nobody can work without it."""
Reader = Annotated[Officer, require(Action.READ_ADMINISTRATION)]


class FirstSteps:
    """The steps of a new installation. What is set up once stays so: then this process does not look again."""

    def __init__(
        self,
        institutions: InstitutionStore,
        accounts: Accounts,
        units: Units,
        calendars: CalendarStore,
        cases: Cases,
        intake_url: str,
    ) -> None:
        self._institutions, self._accounts, self._units = institutions, accounts, units
        self._calendars, self._cases, self._intake_url = calendars, cases, intake_url
        self._set_up = False

    async def __call__(self, officer: Officer) -> list[Step]:
        """The steps for whoever sets the system up; none when all that is needed is done."""
        if self._set_up or not may(officer, Action.EDIT_INSTITUTION):
            return []
        steps = await self._steps()
        self._set_up = all(step.done for step in steps if step.needed)
        return [] if self._set_up else steps

    async def _steps(self) -> list[Step]:
        said, calendar = await self._institutions.stored(), await self._calendars.stored()
        people, units = await self._accounts.several(), await self._units.any_active()
        found = (
            ("/administration/institution", any(getattr(said, field) is not None for field in SAID)),
            ("/administration/kinds", said.kinds is not None),
            ("/administration/people" if people else "/administration/people/new", people),
            ("/units" if units else "/units/import", units),
            ("/administration/calendar", bool(calendar.history)),
            (self._intake_url, await self._cases.any()),
        )
        return [
            Step(label, about, url, done=done, needed=needed, elsewhere=url == self._intake_url)
            for (label, about, needed), (url, done) in zip(STEPS, found, strict=True)
        ]


@page.get("/administration")
async def show_administration(
    request: Request,
    officer: Reader,
    queues: Annotated[MailQueues, provided(MailQueues)],
    retention: Annotated[RetentionStore, provided(RetentionStore)],
    now: Now,
) -> Response:
    """Show what this person may set; to whoever sets the system up, the first steps, until all are done."""
    _ = web(request).locale(request).gettext
    permitted = [
        (_(group), [(_(label), url, _(about)) for label, url, about, action in places if may(officer, action)])
        for group, places in ADMINISTRATION
    ]
    groups = [(group, places) for group, places in permitted if places]
    steps: list[Step] = request.state.steps
    left = sum(step.needed and not step.done for step in steps)
    queue = await queues.newest() if may(officer, Action.READ_PARKED) else None
    more: dict[str, Any] = {"queue": queue, "silent": bool(queue and queue.silent(now)), "destruction_on": None}
    rules = await retention.stored() if may(officer, Action.READ_RETENTION) else None
    if rules and rules.active and rules.next_on and rules.next_on <= now.date() + NOTICE:
        more["destruction_on"] = web(request).locale(request).day(rules.next_on)
    return render(
        request,
        "administration.html",
        groups=groups,
        steps=steps,
        left=left,
        **more,
    )
