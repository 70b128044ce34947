"""What units do in a life: reply, take back, hand back, ask for time, ask the submitter, and what comes too late."""

from datetime import timedelta
from typing import Any

from services.router.cases.domain.case import Case
from services.router.cases.domain.extensions import BeyondTheLaw, grant, refuse_more_time
from services.router.cases.domain.from_units import ask_for_unit, refuse_question
from services.router.cases.domain.interim import inform
from services.router.cases.domain.mailed import adopt, do_not_take
from services.router.cases.domain.parts import Assignment
from services.router.cases.domain.stopping import stop
from shared import events
from tests.router.simulated.telling import Teller, Telling


class Units(Teller):
    """The units' part."""

    def of(self, assignment: Assignment, *, addressed: bool = False) -> dict[str, Any]:
        """What all events about an assignment say."""
        unit = events.UnitAddress.model_validate(assignment.unit.model_dump())
        more = {"reference": "26-7KX4-9Q", "unit": unit} if addressed else {}
        return {"message_id": self.id, "assignment_id": assignment.id, "by": "b", **more}

    async def units_do(self) -> None:
        """Units reply or hand back, in any order, and the submitter writes meanwhile."""
        case = await self.case()
        happening: list[Telling] = [(self.on_submitter.on_message_followed_up, self.written())]
        for assignment in case.assignments:
            if assignment.open and self.chance.random() < 0.8:
                happening += self._declines(case, assignment) if self._may_decline(assignment) else []
                happening += self._replies(case, assignment) if self.ask_of(case, assignment.id).waits else []
        self.now += timedelta(hours=1 + self.chance.choice([0, 0, 70]))  # and they are told only after days
        await self.happen(*happening)

    def written(self) -> events.MessageFollowedUp:
        """The submitter writes again."""
        return events.MessageFollowedUp(
            message_id=self.id, follow_up_id=self.another(), text="t", followed_up_at=self.now
        )

    def _may_decline(self, assignment: Assignment) -> bool:
        return self.chance.random() < 0.2 and not assignment.replies

    def _declines(self, case: Case, assignment: Assignment) -> list[Telling]:
        told = self.ask_of(case, assignment.id)
        told.declined, told.waits, self.facts.wrong = True, False, True
        return [(self.on_case.on_assignment_declined, self._handed_back(assignment))]

    def _handed_back(self, assignment: Assignment) -> events.AssignmentDeclined:
        return events.AssignmentDeclined(
            **self.of(assignment), reason="r", declined_at=self.now + self._within_the_hour()
        )

    def _within_the_hour(self) -> timedelta:
        return timedelta(minutes=self.chance.randrange(60))

    def _replies(self, case: Case, assignment: Assignment) -> list[Telling]:
        """One reply; or some, of which the unit has taken back all but the last, or all; they arrive in any order."""
        told, many = self.ask_of(case, assignment.id), self.chance.choice([1, 1, 1, 2, 3])
        happening: list[Telling] = []
        at = self.now
        for number in range(many):
            at += timedelta(minutes=self.chance.randrange(1, 19))
            told.version += 1
            happening.append((self.on_case.on_reply_submitted, self._reply(assignment, told.version, at)))
            if number < many - 1:
                happening.append((self.on_unit.on_reply_withdrawn, self._taken_back(assignment, told.version, at)))
        if many > 1 and self.chance.random() < 0.3:
            happening.append((self.on_unit.on_reply_withdrawn, self._taken_back(assignment, told.version, at)))
            return happening
        told.replies[told.version], told.waits, told.in_review = at, False, True
        return happening

    def _reply(self, assignment: Assignment, version: int, at: Any, channel: str = "portal") -> events.ReplySubmitted:
        given = self.of(assignment, addressed=True) | {"version": version, "text": "t", "channel": channel}
        return events.ReplySubmitted.model_validate(given | {"submitted_at": at})

    def _taken_back(self, assignment: Assignment, version: int, at: Any) -> events.ReplyWithdrawn:
        return events.ReplyWithdrawn(**self.of(assignment), version=version, withdrawn_at=at)

    async def take_back(self) -> None:
        """A unit takes the reply back that waits for the officer."""
        case = await self.case()
        for assignment in case.pending:
            told = self.ask_of(case, assignment.id)
            if not told.stands:
                back = self._taken_back(assignment, told.version, self.now)
                await self.happen((self.on_unit.on_reply_withdrawn, back))
                del told.replies[told.version]
                told.waits, told.in_review = True, False
                return

    async def too_late(self) -> None:
        """What a unit does that is no longer asked changes no figure."""
        gone = [one for one in (await self.case()).assignments if one.state in ("recalled", "accepted")]
        if gone:
            of, at = self.chance.choice(gone), self.now
            await self.happen(
                (self.on_case.on_assignment_declined, self._handed_back(of)),
                (self.on_case.on_reply_submitted, self._reply(of, 90 + self.chance.randrange(9), at)),
                (self.on_unit.on_reply_withdrawn, self._taken_back(of, of.reply.version if of.reply else 1, at)),
            )
            self.now += timedelta(hours=1)

    async def more_time(self) -> None:
        """A unit asks for more time, and gets it or not."""
        case = await self.case()
        assignment, request = self.chance.choice(case.awaited), self.another()
        given = self.of(assignment) | {"request_id": request, "days": 5, "reason": "r", "requested_at": self.now}
        await self.happen((self.on_case.on_extension_requested, events.ExtensionRequested(**given)))
        self.later()
        decided: dict[str, Any] = {"by": self.officer, "now": self.now, "deadlines": self.deadlines}
        of = await self.case(), assignment.id
        try:
            if self.chance.random() < 0.7:
                await self.save(*grant(*of, request_id=request, days=self.chance.randrange(1, 9), **decided))
                return
        except BeyondTheLaw:
            pass
        await self.save(*refuse_more_time(*of, request_id=request, reason="r", **decided))

    async def for_now(self) -> None:
        """A unit says something first, and the officer passes it on, which is an interim answer."""
        case, interim = await self.case(), self.another()
        given = self.of(self.chance.choice(case.awaited), addressed=True) | {"interim_id": interim, "text": "i"}
        said = events.InterimSubmitted.model_validate(given | {"submitted_at": self.now})
        await self.happen((self.on_unit.on_interim_submitted, said))
        if self.chance.random() < 0.7:
            self.later()
            sent = inform(await self.case(), self.another(), self.officer, self.now, interim_id=interim)
            await self.save(*sent)
            self.facts.interims.append(self.now)

    async def unit_asks(self) -> None:
        """A unit wants to know something from the submitter, whom the officer asks or not."""
        case, proposal = await self.case(), self.another()
        given = self.of(self.chance.choice(case.awaited), addressed=True) | {"proposal_id": proposal, "text": "?"}
        wanted = events.QuestionProposed.model_validate(given | {"proposed_at": self.now})
        await self.happen((self.on_unit.on_question_proposed, wanted))
        self.later()
        case = await self.case()
        if self.chance.random() < 0.4:
            await self.save(*refuse_question(case, proposal, reason="r", by=self.officer, now=self.now))
            return
        number = f"q{len(self.facts.pauses)}"
        asked, told = ask_for_unit(case, proposal, question_id=number, text="?", by=self.officer, now=self.now)
        stopped, moved = stop(asked, self.deadlines, by=self.officer.actor, now=self.now)
        await self.save(stopped, [*told, *moved])
        self.facts.pauses.append([self.now, None])

    async def by_mail(self) -> None:
        """A unit answers by e-mail; the officer takes that as its reply or not."""
        case, mail = await self.case(), self.another()
        of = self.chance.choice(case.awaited)
        given = self.of(of, addressed=True) | {"mail_id": mail, "text": "t", "sender": "s@klu.example"}
        proposed = events.ReplyProposed.model_validate(given | {"verified": "pass", "proposed_at": self.now})
        await self.happen((self.on_mail.on_reply_proposed, proposed))
        self.later()
        case, decided = await self.case(), dict[str, Any](by=self.officer, now=self.now)
        if self.chance.random() < 0.4:
            await self.save(*do_not_take(case, of.id, mail, reason="r", **decided))
            return
        await self.save(*adopt(case, of.id, mail, **decided))
        told = self.ask_of(case, of.id)
        told.version += 1
        await self.happen((self.on_case.on_reply_submitted, self._reply(of, told.version, self.now, "email")))
        told.replies[told.version], told.waits, told.in_review = self.now, False, True
