"""Simulated histories of cases, through the real handlers and rules, and what they come to, counted by hand.

A life is told twice: the case goes through the domain of the desk, and a list of plain facts is kept beside it.
``Naive`` counts from these facts alone, as simply as possible; it shares no code with the figures.
"""

import random
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from math import ceil
from statistics import median
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.interim import inform
from services.router.cases.domain.objections import decide
from services.router.cases.domain.questions import ask
from services.router.cases.domain.reopening import reopen
from services.router.cases.domain.restriction import Why, restrict
from services.router.cases.domain.review import approve, close, pending_versions, return_reply
from services.router.cases.domain.routing import recall, route
from services.router.cases.domain.states import AssignmentState, ClosureReason, ObjectionDecision
from services.router.cases.domain.work import correct_kind
from services.router.cases.handlers import CaseHandlers, SubmitterHandlers
from services.router.cases.store.cases import Cases
from services.router.deadlines.domain.counting import Deadlines
from shared import events
from shared.documents import AlreadyProcessed
from shared.state import UnitRef
from tests import examples as example

ZONE = ZoneInfo("Europe/Istanbul")
CODES = ("kim", "fiz", "muh", "oidb")
UNITS = [UnitRef(code=code, name_tr=code, name_en=code, email=f"{code}@klu.example") for code in CODES]
KINDS, CHANNELS = ("complaint", "request", "suggestion"), ("web", "email", "telephone")
FIRST = datetime(2026, 1, 5, 6, 0, tzinfo=ZONE)
Act = Callable[[], Awaitable[None]]
Stood = tuple[tuple[datetime, datetime], ...]
Deliver = Callable[[events.CloudEvent[Any]], Awaitable[None]]


@dataclass
class Ask:
    """One unit was asked."""

    unit: str
    at: datetime
    due: datetime
    replies: list[datetime] = field(default_factory=list)
    returned: bool = False
    accepted: bool = False
    declined: bool = False
    recalled: bool = False
    waits: bool = True


@dataclass
class History:
    """What happened in one life, in plain words."""

    came: datetime
    kind: str
    channel: str
    law: datetime
    asks: list[Ask] = field(default_factory=list)
    routings: list[tuple[datetime, bool]] = field(default_factory=list)
    wrong: bool = False
    pauses: list[list[datetime | None]] = field(default_factory=list)
    answers: list[datetime] = field(default_factory=list)
    review_from: datetime | None = None
    interims: list[datetime] = field(default_factory=list)
    ended: datetime | None = None
    reason: str = ""
    reopened: int = 0
    objected: bool = False
    stars: int | None = None
    restricted: bool = False


class Life:
    """One case, lived by chance."""

    def __init__(self, cases: Cases, chance: random.Random, officer: Officer, deadlines: Deadlines) -> None:
        self.cases, self.chance, self.officer, self.deadlines = cases, chance, officer, deadlines
        self.on_case = CaseHandlers(cases, clock=lambda: self.now, deadlines=lambda: deadlines)
        self.on_submitter = SubmitterHandlers(cases, clock=lambda: self.now, deadlines=lambda: deadlines)
        self.now = FIRST + timedelta(minutes=chance.randrange(200 * 24 * 60))
        self.id, self.events = str(UUID(int=chance.getrandbits(128))), 0

    async def live(self) -> History:
        """From the message to the end, or to somewhere before it."""
        kind, channel = self.chance.choice(KINDS), self.chance.choice(CHANNELS)
        self.facts = History(self.now, kind, channel, self._law(kind))
        came = example.message_submitted(message_id=self.id, kind=kind, channel=channel, submitted_at=self.now)
        await self._happen([(self.on_case.on_message_submitted, came)])
        for _ in range(self.chance.randrange(1, 9)):
            self._later()
            await self.chance.choice(self._possible(await self.cases.get(self.id)))()
        if self.chance.random() < 0.03:
            await self._save(*restrict(await self.case(), Why.HEALTH, to=["x"], by=self.officer, now=self.now))
            self.facts.restricted = True
        return self.facts

    async def case(self) -> Case:
        return await self.cases.get(self.id)

    def _possible(self, case: Case) -> Sequence[Act]:
        """What may be done now, the likelier the more often."""
        if case.objected:
            return [self.decide]
        if case.finished and case.closure_reason == "withdrawn":
            return [self.nothing]
        if case.finished:
            return [self.rate, self.reopen, *([self.object_] if case.answer and not case.objection else [])]
        asked: list[Act] = [self.answer_question] * 3 if case.open_questions else []
        awaited: list[Act] = [self.units_do] * 6 if case.awaited else []
        if case.pending:
            return [*[self.approve] * 4, *[self.give_back] * 2, *awaited[:1], *asked]
        if case.awaited:
            return [*awaited, self.recall, self.ask, self.interim, *asked]
        return [*[self.route] * 3, self.close, self.interim, self.kind, self.withdraw, *asked]

    async def route(self) -> None:
        """To one unit or two."""
        case = await self.case()
        busy = {a.unit.code for a in case.assignments if a.open or a.state == "replied"}
        free = [unit for unit in UNITS if unit.code not in busy]
        chosen = self.chance.sample(free, self.chance.choice([1, 1, 2]))
        ids = [f"{self.id}-{len(case.assignments) + place}" for place in range(len(chosen))]
        clock = self.deadlines.for_unit(self.now)
        due = self.deadlines.due(clock)
        given: dict[str, Any] = {"text": "t", "note": "", "share_identity": True, "due_at": due, "clock": clock}
        supervisor = Officer(self.officer.id, "", "supervisor")
        await self._save(*route(case, chosen, ids=ids, by=supervisor, now=self.now, **given))
        self.facts.routings.append((self.now, self.facts.wrong))
        self.facts.wrong = False
        self.facts.asks += [Ask(unit.code, self.now, due) for unit in chosen]

    async def units_do(self) -> None:
        """Units reply or decline, in any order, and the submitter writes meanwhile; each event comes twice."""
        case = await self.case()
        happening: list[tuple[Deliver, events.Event]] = []
        for place, assignment in enumerate(case.assignments):
            if not assignment.open or self.chance.random() < 0.2:
                continue
            of: dict[str, Any] = {"message_id": self.id, "assignment_id": assignment.id}
            done, told = self.now + timedelta(minutes=self.chance.randrange(60)), self.facts.asks[place]
            if self.chance.random() < 0.2 and not assignment.replies:
                no = events.AssignmentDeclined(**of, reason="r", by="b", declined_at=done)
                happening.append((self.on_case.on_assignment_declined, no))
                told.declined, told.waits, self.facts.wrong = True, False, True
            else:
                version = len(assignment.replies) + 1
                unit = events.UnitAddress.model_validate(assignment.unit.model_dump())
                given = of | {"reference": case.reference, "unit": unit, "version": version, "text": "t", "by": "b"}
                reply = events.ReplySubmitted.model_validate(given | {"submitted_at": done})
                happening.append((self.on_case.on_reply_submitted, reply))
                told.replies.append(done)
                told.waits = False
        written = events.MessageFollowedUp(message_id=self.id, follow_up_id="f", text="t", followed_up_at=self.now)
        happening.append((self.on_submitter.on_message_followed_up, written))
        self.now += timedelta(hours=1)
        await self._happen(happening)

    async def give_back(self) -> None:
        """A reply is returned, and is due anew."""
        case = await self.case()
        place = next(n for n, a in enumerate(case.assignments) if a.state is AssignmentState.REPLIED)
        of, due = case.assignments[place], self.now + timedelta(days=3)
        assert of.reply
        given: dict[str, Any] = {
            "version": of.reply.version,
            "reason": "r",
            "due_at": due,
            "by": self.officer,
            "now": self.now,
        }
        await self._save(*return_reply(case, of.id, **given))
        told = self.facts.asks[place]
        told.returned, told.waits, told.due = True, True, due

    async def approve(self) -> None:
        """The answer goes out."""
        case = await self.case()
        given: dict[str, Any] = {"answer": "a", "versions": pending_versions(case), "waived_because": "w"}
        await self._save(*approve(case, by=self.officer, now=self.now, **given))
        for told, before in zip(self.facts.asks, case.assignments, strict=True):
            told.accepted = told.accepted or before.state is AssignmentState.REPLIED
            told.waits = False
        self.facts.answers.append(self.now)
        self._end("")

    async def close(self) -> None:
        """Without an answer."""
        reason = self.chance.choice([ClosureReason.NOT_RESPONSIBLE, ClosureReason.SPAM, ClosureReason.INADMISSIBLE])
        await self._save(*close(await self.case(), reason=reason, explanation="e", by=self.officer, now=self.now))
        self._end(reason)

    async def withdraw(self) -> None:
        """By its submitter."""
        told = events.MessageWithdrawn(message_id=self.id, withdrawn_at=self.now)
        await self._happen([(self.on_submitter.on_message_withdrawn, told)])
        self._end("withdrawn")

    def _end(self, reason: str) -> None:
        self.facts.ended, self.facts.reason = self.now, reason
        for told in self.facts.asks:
            told.waits = False

    async def recall(self) -> None:
        """One unit is no longer asked."""
        case = await self.case()
        place = next(n for n, a in enumerate(case.assignments) if a.awaited)
        await self._save(*recall(case, case.assignments[place].id, reason="r", by=self.officer, now=self.now))
        self.facts.asks[place].waits, self.facts.wrong = False, True

    async def ask(self) -> None:
        """The submitter is asked."""
        number = len(self.facts.pauses)
        asked = ask(await self.case(), question_id=f"q{number}", text="?", by=self.officer, now=self.now)
        await self._save(*asked)
        self.facts.pauses.append([self.now, None])

    async def answer_question(self) -> None:
        """The first open question has its answer."""
        number = next(n for n, pause in enumerate(self.facts.pauses) if pause[1] is None)
        told = events.QuestionAnswered(message_id=self.id, question_id=f"q{number}", text="a", answered_at=self.now)
        await self._happen([(self.on_submitter.on_question_answered, told)])
        self.facts.pauses[number][1] = self.now

    async def interim(self) -> None:
        """The submitter hears how things stand."""
        await self._save(*inform(await self.case(), f"t{len(self.facts.interims)}", self.officer, self.now))
        self.facts.interims.append(self.now)

    async def kind(self) -> None:
        """An officer corrects the kind."""
        self.facts.kind = self.chance.choice(KINDS)
        case = await self.case()
        changed = correct_kind(case, self.facts.kind, self.officer, self.now)
        if changed is not case:
            await self._save(changed, [])

    async def rate(self) -> None:
        """Twice, and the two come in any order: the later one counts."""
        given = [(self.now + timedelta(minutes=n), self.chance.randrange(1, 6)) for n in range(2)]
        told = [events.MessageRated(message_id=self.id, score=score, rated_at=at) for at, score in given]
        self.now += timedelta(minutes=5)
        await self._happen([(self.on_submitter.on_message_rated, one) for one in told])
        self.facts.stars = given[-1][1]

    async def object_(self) -> None:
        """The submitter objects: the case is open again."""
        told = events.MessageObjected(message_id=self.id, reason="r", objected_at=self.now)
        await self._happen([(self.on_submitter.on_message_objected, told)])
        self.facts.objected, self.facts.ended, self.facts.reason = True, None, ""

    async def decide(self) -> None:
        """A supervisor decides about the objection."""
        decision = self.chance.choice([*ObjectionDecision])
        await self._save(*decide(await self.case(), decision, explanation="e", by=self.officer, now=self.now))
        if decision is ObjectionDecision.UPHELD:
            self._end("")
        else:
            self.facts.reopened += 1

    async def reopen(self) -> None:
        """An officer opens it again."""
        await self._save(*reopen(await self.case(), reason="r", by=self.officer, now=self.now))
        self.facts.reopened, self.facts.ended, self.facts.reason = self.facts.reopened + 1, None, ""

    async def nothing(self) -> None:
        """It rests."""

    def _later(self) -> None:
        minutes = self.chance.choice([3, 50, 300, 1_440, 7_000, 20_000]) + self.chance.randrange(90)
        self.now += timedelta(minutes=minutes)

    def _law(self, kind: str) -> datetime:
        day = self.now.astimezone(ZONE).date() + timedelta(days=31)
        return datetime.combine(day, time(0), ZONE) - timedelta(milliseconds=1)

    async def _save(self, case: Case, announcing: list[events.Event]) -> None:
        await self.cases.save(case, announcing=announcing)

    async def _happen(self, happening: list[tuple[Deliver, events.Event]]) -> None:
        """Deliver these events in any order, each twice."""
        sealed = []
        for handler, told in happening:
            self.events += 1
            sealed.append((handler, example.sealed(told, event_id=f"{self.id}-{self.events}")))
        twice = sealed * 2
        self.chance.shuffle(twice)
        for handler, event in twice:
            with suppress(AlreadyProcessed):
                await handler(event)


class Naive:
    """Counts facts as they are, by walking through days and sorting lists."""

    def __init__(
        self, histories: list[History], parents: dict[str, str], holidays: set[date], halves: set[date]
    ) -> None:
        self.histories, self.parents, self.holidays, self.halves = histories, parents, holidays, halves
        self._known: dict[Any, int] = {}

    def count(self, month: str, unit: str, kind: str, channel: str) -> tuple[dict[str, int], dict[str, list[int]]]:
        """Numbers by name, and all values of each clock, of one cell."""
        found: dict[str, int] = defaultdict(int)
        values: dict[str, list[int]] = defaultdict(list)
        for life in self.histories:
            spam = life.reason == "spam"
            everything = (unit, kind, channel) == ("", "", "")
            if life.restricted:
                belongs = everything
            else:
                in_unit = unit == "" or any(unit in self.above(one.unit) for one in life.asks)
                belongs = in_unit and kind in ("", life.kind) and channel in ("", life.channel)
            if not belongs:
                continue
            if life.ended and self.day(life.ended)[:7] == month and (life.restricted or not spam):
                found["ended"] += 1
            if self.day(life.came)[:7] != month:
                continue
            if life.restricted:
                found["received"] += 1
                found["restricted"] += 1
                found["finished"] += life.ended is not None
            elif spam:
                found["unwanted"] += 1
            else:
                self._life(life, unit, found, values)
        return {name: number for name, number in found.items() if number}, values

    def _life(self, life: History, unit: str, found: dict[str, int], values: dict[str, list[int]]) -> None:
        found["received"] += 1
        found["finished"] += life.ended is not None
        found["withdrawn"] += life.reason == "withdrawn"
        found["rerouted"] += any(wrong for _at, wrong in life.routings[1:])
        found["reroutes"] += sum(wrong for _at, wrong in life.routings[1:])
        found["reopened"] += life.reopened > 0
        found["reopens"] += life.reopened
        found["objected"] += life.objected
        found["informed"] += bool(life.interims)
        found["interims"] += len(life.interims)
        if life.answers or life.interims:
            found["judged"] += 1
            found["in_time"] += min(life.answers[:1] + life.interims) <= life.law
        if life.routings:
            values["routing"].append(self.hours(life.came, life.routings[0][0]))
        if life.answers:
            found["answered"] += 1
            first = life.answers[0]
            values["answer"].append(self.hours(life.came, first))
            days = date.fromisoformat(self.day(first)) - date.fromisoformat(self.day(life.came))
            values["days"].append(days.days)
            replied = [at for one in life.asks for at in one.replies if at <= first]
            values["review"] += [self.hours(max(replied), first)] if replied else []
        if life.stars:
            values["rating"].append(life.stars)
        for one in life.asks:
            if unit == "" or unit in self.above(one.unit):
                self._ask(life, one, found, values)

    def _ask(self, life: History, one: Ask, found: dict[str, int], values: dict[str, list[int]]) -> None:
        found["asked"] += 1
        found["declined"] += one.declined
        found["awaited"] += one.waits
        if one.returned or one.accepted:
            found["reviewed"] += 1
            found["at_once"] += not one.returned
        if one.replies and not (one.returned and one.waits):
            found["timed"] += 1
            found["on_time"] += one.replies[-1] <= one.due
        if one.replies:
            values["reply"].append(self.hours(one.at, one.replies[0], life.pauses))

    def hours(self, since: datetime, until: datetime, without: Iterable[Sequence[datetime | None]] = ()) -> int:
        """Whole working hours, minute by minute of each working day, rounded half up."""
        stood = tuple((p[0], p[1] or until) for p in without if p[0] and since < p[0])
        if (since, until, stood) not in self._known:
            self._known[since, until, stood] = self._walked(since, until, stood)
        return self._known[since, until, stood]

    def _walked(self, since: datetime, until: datetime, stood: Stood) -> int:
        minutes = 0
        day = since.astimezone(ZONE).date()
        while day <= until.astimezone(ZONE).date():
            if day.weekday() < 5 and day not in self.holidays:
                for hour in (8, 9, 10, 11) if day in self.halves else (8, 9, 10, 11, 13, 14, 15, 16):
                    begins = datetime.combine(day, time(hour), ZONE)
                    minutes += self._of_hour(begins, since, until, stood)
            day += timedelta(days=1)
        return int(minutes / 60 + 0.5)

    def _of_hour(self, begins: datetime, since: datetime, until: datetime, stood: Stood) -> int:
        if begins >= until or begins + timedelta(hours=1) <= since:
            return 0
        found = 0
        for minute in range(60):
            at = begins + timedelta(minutes=minute)
            asked = any(a <= at < b for a, b in stood)
            found += since <= at < until and not asked
        return found

    def above(self, unit: str) -> set[str]:
        """The unit, and its parent."""
        return {unit, self.parents.get(unit, unit)}

    @staticmethod
    def day(at: datetime) -> str:
        return at.astimezone(ZONE).date().isoformat()

    @staticmethod
    def percentiles(values: list[int]) -> tuple[float, int]:
        """Median and 90th percentile of a sorted list."""
        ordered = sorted(values)
        return median(ordered), ordered[ceil(len(ordered) * 0.9) - 1]
