"""One case, lived by chance."""

from collections.abc import Sequence
from contextlib import suppress
from random import Random
from typing import Any

from services.router.cases.domain.case import Case
from services.router.cases.domain.merging import merge, separate
from shared import events
from shared.refused import Refused
from tests import examples as example
from tests.router.simulated.asides import Asides
from tests.router.simulated.facts import CHANNELS, KINDS, WITHDRAWN, History
from tests.router.simulated.officers import Officers
from tests.router.simulated.submitters import Submitters
from tests.router.simulated.telling import Act, Telling
from tests.router.simulated.units import Units

STEPS = 22
HEARD = (events.CaseAnswered, events.CaseClosed, events.CaseRestricted)
"""What is announced of a case that those that are merged into it hear."""


class Life(Officers, Units, Submitters, Asides):
    """One case. ``primary`` is the one into which it is merged, a life of its own."""

    primary: "Life | None" = None
    merges = True

    def __init__(self, *given: Any) -> None:
        super().__init__(*given)
        self.all: list[Life] = []

    async def live(self) -> "list[Life]":
        """From the message to the end, or to somewhere before it. Returns it, and its primaries."""
        await self.begin()
        for _ in range(self.chance.randrange(1, STEPS)):
            await self.step()
        return [self, *self.all]

    async def begin(self) -> None:
        """The message comes: on the web, by e-mail, or entered by an officer, after some time."""
        kind, channel = self.chance.choice(KINDS), self.chance.choice(CHANNELS)
        self.facts = History(self.now, kind, channel, self.now)
        self.facts.law = self.law()
        entered = {"kind": "officer", "id": self.officer.id} if channel == "telephone" else None
        given = {"message_id": self.id, "kind": kind, "channel": channel, "entered_by": entered}
        doubts = self.chance.choice([[], [], ["links"]])
        came = example.message_submitted(**given, submitted_at=self.now, doubts=doubts)
        self.now += self.waited()
        await self.happen((self.on_case.on_message_submitted, came))

    async def step(self) -> None:
        """Time passes, and something is done."""
        self.later()
        if self.chance.random() < 0.7:
            await self.aside()
        if self.chance.random() < 0.06:
            await self.restriction()
        case = await self.case()
        await self.chance.choice(self._possible(case))()

    async def between(self) -> None:
        """The case is opened again before the submitter says whether it was done."""
        if self.facts.ended and not self.facts.into:
            await self.reopen()

    def _possible(self, case: Case) -> Sequence[Act]:
        """What may be done now, the likelier the more often."""
        if case.held:
            decided: list[Act] = [self.decide_held] if case.held.kind == "answer_for_approval" else [self.let_out]
            return [*decided * 3, self.decide_held, self.units_do, self.withdraw]
        if case.objected:
            return [self.decide, self.decide, self.decide, self.withdraw]
        if case.finished and case.closure_reason == WITHDRAWN:
            return [self.withdraw_late, self.too_late]
        if case.merge:
            return self._merged(case)
        if case.finished:
            return self._after(case)
        return self._open(case)

    def _merged(self, case: Case) -> Sequence[Act]:
        goes_on: list[Act] = [self.primary_goes_on] * 12
        if case.finished:
            return [*goes_on, self.rate, self.withdraw_late, *self._objection(case), *self._promised(case)]
        return [*goes_on, self.separate, self.withdraw, self.restriction]

    def _after(self, case: Case) -> Sequence[Act]:
        answered: list[Act] = [self.close_answered] if case.state == "resolved" else []
        return [
            *[self.rate, self.reopen, self.reopen, self.too_late, self.withdraw_late],
            *([self.answer_question] if case.open_questions else []),
            *self._objection(case),
            *self._promised(case),
            *answered,
        ]

    def _objection(self, case: Case) -> list[Act]:
        if case.objection:
            return [self.object_again]
        return [self.object_] * 3 if case.answer else []

    def _promised(self, case: Case) -> list[Act]:
        return [self.was_it_done] * 4 if case.promises else []

    def _open(self, case: Case) -> Sequence[Act]:
        asked: list[Act] = [self.answer_question] * 3 if case.open_questions else []
        merging: list[Act] = [self.merge] * 2 if self.merges and not case.pending else []
        if case.pending:
            awaited: list[Act] = [self.units_do] if case.awaited else []
            return [*[self.approve] * 4, *[self.give_back] * 2, self.take_back, *awaited, *asked, self.close]
        if case.awaited:
            more: list[Act] = [self.more_time, self.more_time, self.for_now, self.unit_asks, self.by_mail]
            ends: list[Act] = [self.recall, self.unit_ends, self.ask, self.interim, self.kind, self.withdraw]
            ends += [self.unit_ends] * 2 if case.open_questions else []
            return [*[self.units_do] * 6, *more, *ends, *asked, *merging, self.approve]
        new: list[Act] = [self.close_as_unwanted, self.close, self.kind, self.withdraw, self.interim, self.ask]
        return [
            *[self.route] * 5,
            *new,
            *asked,
            *merging,
            *([self.too_late, self.units_do] if case.assignments else []),
        ]

    async def merge(self) -> None:
        """Into another case, which has a life of its own before and after."""
        primary = Life(self.cases, Random(self.chance.getrandbits(64)), self.officer, self.deadlines)
        primary.merges = False
        await primary.begin()
        for _ in range(self.chance.randrange(5)):
            await primary.step()
        self.primary = primary
        self.all.append(primary)
        self._together()
        with suppress(Refused):
            case, into = await self.case(), await primary.case()
            await self.save(*merge(case, into, told_units="t", by=self.officer, now=self.now))
            self.facts.into, self.facts.told, self.facts.closed_by = primary.facts, 0, 0
            self.facts.rest()
            self.facts.hear(self.now)
            (merged, *_) = [one for one in await self.outbox() if isinstance(one, events.CaseMerged)][::-1]
            await self.happen((self.on_merging.on_case_merged, merged))

    async def primary_goes_on(self) -> None:
        """Something is done with the other case, and this one hears what concerns it."""
        assert self.primary
        self._together()
        known = await self.primary.outbox()
        await self.primary.step()
        self._together()
        new = (await self.primary.outbox())[len(known) :]
        told = [one for one in new if isinstance(one, HEARD)]
        on = {one: getattr(self.on_merging, f"on_{one.type.replace('.', '_')}") for one in HEARD}
        happening: list[Telling] = [(on[type(one)], one) for one in told]
        if happening:
            self.facts.hear(self.now)
            await self.happen(*happening)

    def _together(self) -> None:
        assert self.primary
        self.now = self.primary.now = max(self.now, self.primary.now)

    async def separate(self) -> None:
        """The case is on its own again."""
        await self.save(separate(await self.case(), by=self.officer, now=self.now))
        self.facts.into = None
