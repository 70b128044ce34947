"""What officers decide in a life, as the pages of the desk do it."""

from datetime import timedelta
from typing import Any

from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.interim import inform
from services.router.cases.domain.moving_units import move
from services.router.cases.domain.objections import decide
from services.router.cases.domain.questions import ask
from services.router.cases.domain.release import answer_sent, approve_release, give_back, released, sent, take_back
from services.router.cases.domain.reopening import reopen
from services.router.cases.domain.restriction import Why, name_reader, restrict, unrestrict
from services.router.cases.domain.review import close, pending_versions, return_reply
from services.router.cases.domain.routing import recall, route
from services.router.cases.domain.states import ClosureReason, ObjectionDecision
from services.router.cases.domain.statutory import with_answer_clock
from services.router.cases.domain.stopping import stop
from services.router.cases.domain.told import CHANNELS as TOLD_BY
from services.router.cases.domain.told import tell
from services.router.cases.domain.work import correct_kind
from shared import events
from shared.state import UnitRef
from tests.router.simulated.facts import COMPLIMENT, KINDS, SPAM, Ask
from tests.router.simulated.telling import UNITS, Teller

REASONS = [reason for reason in ClosureReason if reason not in (ClosureReason.ANSWERED, ClosureReason.WITHDRAWN)]


class Officers(Teller):
    """The desk's part."""

    async def route(self) -> None:
        """To one unit or two, that do not work on it already."""
        case = await self.case()
        busy = {a.unit.code for a in case.assignments if a.open or a.state == "replied"}
        free = [unit for unit in UNITS if unit.code not in busy]
        chosen = [_ref(one) for one in self.chance.sample(free, min(len(free), self.chance.choice([1, 1, 2])))]
        if not chosen:
            return
        ids = [self.another() for _ in chosen]
        clock = self.deadlines.for_unit(self.now)
        due = self.deadlines.due(clock)
        given: dict[str, Any] = {"text": "t", "note": "", "share_identity": True, "due_at": due, "clock": clock}
        await self.save(*route(case, chosen, ids=ids, by=self.supervisor, now=self.now, **given))
        expected = self.facts.kind != COMPLIMENT
        self._asked([Ask(unit.code, self.now, due, expected) for unit in chosen])

    def _asked(self, asks: list[Ask]) -> None:
        self.facts.routings.append((self.now, self.facts.wrong))
        self.facts.wrong = False
        self.facts.asks += asks

    async def recall(self) -> None:
        """One unit is no longer asked."""
        case = await self.case()
        of = next(a for a in case.assignments if a.open)
        await self.save(*recall(case, of.id, reason="r", by=self.officer, now=self.now))
        self.ask_of(case, of.id).waits, self.facts.wrong = False, True

    async def unit_ends(self) -> None:
        """The unit is merged into another one, which gets the case, with the last day that stood."""
        case = await self.case()
        code = self.chance.choice([a.unit.code for a in case.assignments if a.open])
        to = self.chance.choice([unit for unit in UNITS if unit.code != code])
        found = [a for a in case.assignments if a.unit.code == code and a.open and a.state != "returned"]
        busy = any(a.unit.code == to.code and (a.open or a.state == "replied") for a in case.assignments)
        ids = iter([self.another()])
        moved = move(case, code, _ref(to), ids=ids, reason="r", by=self.supervisor, now=self.now)
        if moved is None:
            return
        await self.save(*moved)
        told = self.ask_of(case, found[0].id)
        told.waits, self.facts.wrong = False, True
        if not busy:
            self._asked([Ask(to.code, self.now, told.due, told.expected, told.stands)])

    async def give_back(self) -> None:
        """A reply is returned, and is due anew."""
        case = await self.case()
        of = self.chance.choice(case.pending)
        assert of.reply
        clock = self.deadlines.for_unit(self.now, 3)
        due = self.deadlines.due(clock)
        given: dict[str, Any] = {"version": of.reply.version, "reason": "r", "due_at": due, "clock": clock}
        await self.save(*return_reply(case, of.id, **given, by=self.officer, now=self.now))
        told = self.ask_of(case, of.id)
        told.returned, told.waits, told.in_review, told.due, told.stands = True, True, False, due, False

    async def approve(self) -> None:
        """The answer goes out at once, or after a minute, or when a colleague has approved it."""
        case, how = await self.case(), self.chance.choice(["now", "held", "four eyes", "told", "four eyes"])
        if how == "told":
            await self._tell(case)
            return
        payload: dict[str, Any] = self._answer(case)
        at = self.now + timedelta(minutes=how == "held")
        given: dict[str, Any] = {"at": at, "four_eyes": how == "four eyes", "by": self.officer, "now": self.now}
        await self._sent(case, *answer_sent(case, payload, **given))

    def _answer(self, case: Case) -> dict[str, Any]:
        payload: dict[str, Any] = {"answer": "a", "versions": sorted(pending_versions(case)), "waived_because": "w"}
        if self.chance.random() < 0.5:
            promised = self.now + timedelta(days=self.chance.randrange(1, 60))
            payload |= {"promised_for": promised.isoformat(), "promise": "p"}
        return payload

    async def _tell(self, case: Case) -> None:
        """By telephone, at the counter: noted now, whenever it was said."""
        said = {"channel": self.chance.choice(TOLD_BY), "told_of": "b", "answer": "a", "waived_because": "w"}
        at = {"told_at": self.facts.came, "now": self.now, "by": self.officer}
        given: dict[str, Any] = {**said, **at, "versions": pending_versions(case)}
        await self._sent(case, *tell(case, **given))

    async def _sent(self, before: Case, case: Case, announcing: list[Any]) -> None:
        """Keep it; what is held has not gone out yet."""
        await self.save(case, announcing)
        if case.held is None and not before.finished and case.state == "resolved":
            self.facts.answer(self.now)
        elif case.held is None and case.state == "closed" and before.state != "closed":
            self._closed(str(case.closure_reason))

    def _closed(self, reason: str) -> None:
        if reason != ClosureReason.ANSWERED:  # closing an answered case is no second end
            self.facts.end(self.now, reason)

    async def let_out(self) -> None:
        """A minute is over."""
        case = await self.case()
        self.now = max(self.now, case.held.at if case.held else self.now)
        if done := released(case, self.now):
            await self._sent(case, *done)

    async def decide_held(self) -> None:
        """An officer, or the colleague, takes back what is held or lets it go."""
        case = await self.case()
        assert case.held
        colleague: dict[str, Any] = {"by": Officer("a-colleague", "c", "officer"), "now": self.now}
        if case.held.kind != "answer_for_approval" or self.chance.random() < 0.2:
            await self.save(take_back(case, self.officer, self.now))
        elif self.chance.random() < 0.4:
            await self.save(give_back(case, reason="r", **colleague))
        else:
            await self._sent(case, *approve_release(case, at=self.now, **colleague))

    async def close(self) -> None:
        """Without an answer, at once or after a minute."""
        case, reason = await self.case(), self.chance.choice(REASONS)
        payload = {"reason": reason.value, "explanation": "e", "told_units": "t"}
        at = self.now + timedelta(minutes=self.chance.choice([0, 1]))
        await self._sent(case, *sent(case, "closure", payload, at=at, by=self.officer, now=self.now))

    async def close_as_unwanted(self) -> None:
        """As spam, which is opened again one time in two."""
        case = await self.case()
        closed = close(case, reason=ClosureReason.SPAM, explanation="", by=self.officer, now=self.now)
        await self._sent(case, *closed)
        assert self.facts.reason == SPAM
        if self.chance.random() < 0.5:
            self.later()
            await self.reopen()

    async def close_answered(self) -> None:
        """An answered case is closed, which is no second end."""
        case = await self.case()
        given: dict[str, Any] = {"reason": ClosureReason.ANSWERED, "explanation": "e", "by": self.officer}
        await self._sent(case, *close(case, **given, now=self.now))

    async def reopen(self) -> None:
        """An officer opens it again."""
        await self.save(*reopen(await self.case(), reason="r", by=self.officer, now=self.now))
        self.facts.reopened += 1
        self.facts.open()

    async def decide(self) -> None:
        """A supervisor decides about the objection."""
        decision = self.chance.choice([*ObjectionDecision])
        await self.save(*decide(await self.case(), decision, explanation="e", by=self.officer, now=self.now))
        if decision is ObjectionDecision.UPHELD:
            self.facts.end(self.now, "")
        else:
            self.facts.reopened += 1

    async def ask(self) -> None:
        """The submitter is asked: the units' clocks stand."""
        number = f"q{len(self.facts.pauses)}"
        asked, told = ask(await self.case(), question_id=number, text="?", by=self.officer, now=self.now)
        stopped, moved = stop(asked, self.deadlines, by=self.officer.actor, now=self.now)
        await self.save(stopped, [*told, *moved])
        self.facts.pauses.append([self.now, None])

    async def interim(self) -> None:
        """The submitter hears how things stand."""
        await self.save(*inform(await self.case(), self.another(), self.officer, self.now))
        self.facts.interims.append(self.now)

    async def kind(self) -> None:
        """An officer corrects the kind; the law may give it another time."""
        case, self.facts.kind = await self.case(), self.chance.choice(KINDS)
        changed = correct_kind(case, self.facts.kind, self.officer, self.now)
        if changed is not case:
            await self.save(with_answer_clock(changed, self.deadlines))

    async def restriction(self) -> None:
        """Some alone may read the case, more of them, or everybody again."""
        case, now = await self.case(), dict[str, Any](by=self.officer, now=self.now)
        if case.restriction is None:
            to = self.chance.choice([["x"], ["x", "y"]])
            await self.save(*restrict(case, self.chance.choice([*Why]), to=to, **now))
            self.facts.readers, self.facts.into = tuple(to), None
        elif self.chance.random() < 0.7:
            await self.save(*unrestrict(case, **now))
            self.facts.readers = None
        elif self.facts.readers and "z" not in self.facts.readers:
            await self.save(*name_reader(case, "z", **now))
            self.facts.readers = (*self.facts.readers, "z")


def _ref(unit: events.UnitAddress) -> UnitRef:
    return UnitRef.model_validate(unit.model_dump())
