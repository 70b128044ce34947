"""How a life is told to the desk: events come in any order and twice, also long after; acts of officers are saved."""

import random
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.handlers import (
    CaseHandlers,
    MergingHandlers,
    ReminderHandlers,
    SubmitterHandlers,
    UnitHandlers,
)
from services.router.cases.mails import MailHandlers
from services.router.cases.store.cases import Cases
from services.router.cases.store.mails import Mails
from services.router.cases.store.related import Related
from services.router.deadlines.domain.counting import Deadlines
from shared import events
from shared.documents import AlreadyProcessed
from tests import examples as example
from tests.router.simulated.facts import CODES, ZONE, Ask, History

UNITS = [events.UnitAddress(code=code, name_tr=code, name_en=code, email=f"{code}@klu.example") for code in CODES]
FIRST = datetime(2026, 8, 3, 6, 0, tzinfo=ZONE)
EDGES = (-181, -179, -1, 0, 1, 179, 181)
"""Minutes beside the first of a month, where the institution is and in UTC."""
OF_INTEREST: tuple[type[events.Event], ...] = (
    *(events.AssignmentRescheduled, events.CaseMerged),
    *(events.CaseAnswered, events.CaseClosed, events.CaseRestricted),
)
"""What is announced of a case that others have to hear."""
Act = Callable[[], Awaitable[None]]
Deliver = Callable[[events.CloudEvent[Any]], Awaitable[None]]
Telling = tuple[Deliver, events.Event]


class Teller:
    """What all acts of a life have: the case, its facts, the time, and how both are changed."""

    facts: History
    now: datetime

    def __init__(self, cases: Cases, chance: random.Random, officer: Officer, deadlines: Deadlines) -> None:
        self.cases, self.chance, self.officer, self.deadlines = cases, chance, officer, deadlines
        given: dict[str, Any] = {"clock": lambda: self.now}
        terms: dict[str, Any] = {"deadlines": lambda: deadlines}
        self.on_case, self.on_submitter = (
            CaseHandlers(cases, **given, **terms),
            SubmitterHandlers(cases, **given, **terms),
        )
        self.on_unit, self.on_merging = UnitHandlers(cases, **given), MergingHandlers(cases, Related(cases), **given)
        self.on_reminder = ReminderHandlers(cases, **terms)
        self.on_mail = MailHandlers(cases, Mails(cases.database), **given)
        self.now = FIRST + timedelta(minutes=chance.randrange(200 * 24 * 60))
        self.id, self.number = str(UUID(int=chance.getrandbits(128))), 0
        self.supervisor = Officer(officer.id, "", "supervisor")
        self.past: list[tuple[Deliver, events.CloudEvent[Any]]] = []
        self.types = set[type[events.Event]]()

    async def case(self) -> Case:
        return await self.cases.get(self.id)

    def place(self, case: Case, assignment_id: str) -> int:
        """The place of an assignment, which is that of its facts too."""
        return next(place for place, one in enumerate(case.assignments) if one.id == assignment_id)

    def ask_of(self, case: Case, assignment_id: str) -> Ask:
        """The facts of an assignment."""
        return self.facts.asks[self.place(case, assignment_id)]

    def another(self) -> str:
        """An id that is the same whenever this life is lived again."""
        self.number += 1
        return f"{self.id}-{self.number}"

    def law(self) -> datetime:
        """The last moment of the thirtieth day after the message."""
        day = self.facts.came.astimezone(ZONE).date() + timedelta(days=31)
        return datetime.combine(day, time(0), ZONE) - timedelta(milliseconds=1)

    def later(self) -> None:
        """Minutes or weeks pass, now and then until a new month, or year, begins."""
        first = (self.now.astimezone(ZONE).replace(day=1, hour=0, minute=0) + timedelta(days=32)).replace(day=1)
        edge = first + timedelta(minutes=self.chance.choice(EDGES))
        if self.chance.random() < 0.1 and edge > self.now + timedelta(minutes=2):
            self.now = edge
            return
        minutes = self.chance.choice([3, 50, 300, 1_440, 7_000, 20_000]) + self.chance.randrange(90)
        self.now += timedelta(minutes=minutes)

    async def save(self, case: Case, announcing: list[events.Event] | None = None) -> None:
        """Keep what an officer did; the facts have what the units are told of their last days."""
        for told in announcing or []:
            if isinstance(told, events.AssignmentRescheduled):
                self.ask_of(case, told.assignment_id).told(told.due_at, self.now, stopped=bool(told.stopped))
            elif isinstance(told, events.ExtensionDecided) and told.granted:
                ask = self.ask_of(case, told.assignment_id)
                ask.told(told.due_at, self.now, stopped=ask.stands)
        await self.cases.save(case, announcing=announcing or [])

    async def happen(self, *happening: Telling) -> None:
        """Deliver these events in any order, each twice, and meanwhile one that was delivered long ago."""
        sealed = [(handler, example.sealed(told, event_id=self.another())) for handler, told in happening]
        self.types |= {type(told) for _handler, told in happening}
        twice = [*sealed * 2, *self.chance.sample(self.past, min(1, len(self.past)))]
        self.chance.shuffle(twice)
        for handler, event in twice:
            with suppress(AlreadyProcessed):
                await handler(event)
        self.past += sealed

    async def outbox(self) -> list[events.Event]:
        """All that was announced of the case."""
        found = await self.cases.collection.find_one({"_id": self.id}, {"outbox": 1})
        by_type = {one.type: one for one in OF_INTEREST}
        entries = [entry for entry in example.told(found) if entry["type"] in by_type]
        return [by_type[entry["type"]].model_validate(example.unpublished_data(entry)) for entry in entries]

    def waited(self) -> timedelta:
        """How long an event is on its way: mostly no time, now and then days."""
        return timedelta(minutes=self.chance.choice([0, 0, 0, 2, 900, 4_000]))
