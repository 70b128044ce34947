"""What submitters do in a life after the message."""

from datetime import timedelta

from services.router.cases.domain.promises import ask_whether_kept
from shared import events
from tests.router.simulated.facts import WITHDRAWN, ZONE
from tests.router.simulated.telling import Teller


class Submitters(Teller):
    """The submitter's part."""

    async def withdraw(self) -> None:
        """The message is taken back."""
        told = events.MessageWithdrawn(message_id=self.id, withdrawn_at=self.now)
        await self.happen((self.on_submitter.on_message_withdrawn, told))
        self.facts.end(self.now, WITHDRAWN)

    async def withdraw_late(self) -> None:
        """The message is taken back after it was answered or closed, which changes nothing."""
        told = events.MessageWithdrawn(message_id=self.id, withdrawn_at=self.now)
        await self.happen((self.on_submitter.on_message_withdrawn, told))

    async def answer_question(self) -> None:
        """The first open question has its answer; the units whose clocks stood for it alone are told."""
        number = next(n for n, pause in enumerate(self.facts.pauses) if pause[1] is None)
        told = events.QuestionAnswered(message_id=self.id, question_id=f"q{number}", text="a", answered_at=self.now)
        self.facts.pauses[number][1] = self.now
        self.now += timedelta(minutes=self.chance.choice([0, 0, 4_000]))
        known = await self.outbox()
        await self.happen((self.on_submitter.on_question_answered, told))
        case = await self.case()
        for entry in (await self.outbox())[len(known) :]:
            if isinstance(entry, events.AssignmentRescheduled):
                self.ask_of(case, entry.assignment_id).told(entry.due_at, self.now)

    async def rate(self) -> None:
        """Twice, and the two come in any order: the later one counts."""
        given = [(self.now + timedelta(minutes=n), self.chance.randrange(1, 6)) for n in range(2)]
        told = [events.MessageRated(message_id=self.id, score=score, rated_at=at) for at, score in given]
        self.now += timedelta(minutes=5)
        await self.happen(*((self.on_submitter.on_message_rated, one) for one in told))
        self.facts.stars = given[-1][1]

    async def object_(self) -> None:
        """The submitter objects: the case is open again, and on its own."""
        told = events.MessageObjected(message_id=self.id, reason="r", objected_at=self.now)
        await self.happen((self.on_submitter.on_message_objected, told))
        self.facts.objected, self.facts.into = True, None
        self.facts.open()

    async def object_again(self) -> None:
        """A second objection changes nothing."""
        told = events.MessageObjected(message_id=self.id, reason="r", objected_at=self.now)
        await self.happen((self.on_submitter.on_message_objected, told))

    async def was_it_done(self) -> None:
        """On the promised day the submitter is asked: *yes* changes nothing, *no* brings the case back."""
        case = await self.case()
        promise = case.promises[-1]
        self.now = max(self.now, promise.promised_for)
        asked = ask_whether_kept(case, self.now, ZONE)
        if asked is None:
            return
        await self.save(*asked)
        self.later()
        if self.chance.random() < 0.3:
            await self.between()
        kept = self.chance.random() < 0.3
        told = {"message_id": self.id, "promise_id": promise.id, "kept": kept}
        answered = events.PromiseAnswered.model_validate(told | {"answered_at": self.now})
        changed = answered.model_copy(update={"kept": not kept})  # a second answer changes nothing
        await self.happen((self.on_submitter.on_promise_answered, answered))
        await self.happen((self.on_submitter.on_promise_answered, changed))
        if not kept and self.facts.ended and self.facts.reason != WITHDRAWN:
            self.facts.reopened, self.facts.into = self.facts.reopened + 1, None
            self.facts.open()

    async def between(self) -> None:
        """Something that happens between a question and its answer."""
        raise NotImplementedError
