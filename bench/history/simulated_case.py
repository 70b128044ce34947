"""The life of one case in all four services, as their own rules make it: every event obeyed at once and in order.

What comes out are the documents that the services would have kept, with the ids of the events that each has obeyed and
nothing owed any more. Knows no database and no broker.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.headerregistry import Address
from random import Random
from typing import Any
from uuid import UUID

from bench.history import words
from bench.history.numbers import End, assignment_id, case_id, event_tails
from services.intake import domain as intake
from services.notifier import domain as notifier
from services.notifier.handlers import letters
from services.notifier.handlers.writing import Writer
from services.replies import domain as replies
from services.router.cases.domain import case as router
from services.router.cases.domain import review, routing
from shared import events
from shared.events import Event
from shared.kinds import Kind
from shared.state import Aggregate, UnitRef

REPLY_DAYS = 7
URL = "http://127.0.0.1"
DESK = "bidb@klu.example"
SENDER = Address(display_name="7/24 KLU Hat", addr_spec="hat@klu.example")
MOMENT = timedelta(seconds=1.4)
LEASE = timedelta(seconds=60)


class Kept:
    """A document as ``Documents`` keeps it, once everything it owed was published."""

    def __init__(self, aggregate: Aggregate, handling: str | None = None) -> None:
        self.now: Any = aggregate
        self.observed = [handling] if handling else []

    def save(self, changed: Aggregate, handling: str | None = None) -> None:
        """The next revision."""
        self.now = changed.model_copy(update={"revision": self.now.revision + 1})
        self.observed += [handling] if handling else []

    @property
    def document(self) -> dict[str, Any]:
        return {"_id": self.now.id, **self.now.model_dump(exclude={"id"}), "seen": self.observed, "outbox": []}


@dataclass(frozen=True)
class Setting:
    """What is the same in every life."""

    secret: str
    writer: Writer
    units: Mapping[str, UnitRef]


class Life:
    """One case, from the form to its end. ``own``: the digits that its ids are made of; ``chance`` draws the rest."""

    def __init__(self, setting: Setting, own: str, reference: str, at: datetime, chance: Random) -> None:
        self.setting, self.own, self.reference, self.at, self.chance = setting, own, reference, at, chance
        self.topic = chance.choice(words.TOPICS)
        self.unit = setting.units[self.topic.unit]
        self.officer = chance.choice(words.OFFICERS)
        self.secretary = chance.choice(words.SECRETARIES)
        self.tails = iter(event_tails(own))
        self.letters: list[Kept] = []
        self.assignment: Kept | None = None

    def live(self, end: End) -> "Life":
        """Go through with it up to this end."""
        self.submit()
        if end == "dismissed":
            self.close(router.ClosureReason.NOT_RESPONSIBLE, words.EXPLANATION)
        elif end != "new":
            self.route()
            self.read(end)
            if end in ("resolved", "closed"):
                self.answer()
            if end == "closed":
                self.close(router.ClosureReason.ANSWERED, "")
        return self

    @property
    def documents(self) -> dict[str, Sequence[dict[str, Any]]]:
        """What each service has kept."""
        return {
            "intake": [self.message.document],
            "router": [self.case.document],
            "replies": [self.assignment.document] if self.assignment else [],
            "notifier": [letter.document for letter in self.letters],
        }

    def submit(self) -> None:
        """Somebody fills in the form."""
        name = f"{self.chance.choice(words.FIRST_NAMES)} {self.chance.choice(words.LAST_NAMES)}"
        submission = intake.Submission(
            kind=Kind(self.topic.kind),
            subject=self.topic.subject,
            text=" ".join([self.topic.text, *self.chance.sample(words.MORE, self.chance.randrange(5))]),
            name=name,
            email=f"yazan{self.chance.randrange(10**6):06}@example.org" if self.chance.random() < 0.9 else None,
            phone="0288 212 96 79" if self.chance.random() < 0.4 else None,
            hide_identity=self.chance.random() < 0.1,
        )
        message_id = case_id(self.own)
        message, announced = intake.submit(
            submission,
            message_id=message_id,
            reference=self.reference,
            code=intake.tracking_code(self.setting.secret, message_id),
            base_url=URL,
            language="tr",
            now=self.at,
        )
        self.message = Kept(message)
        self.tell(announced)

    def route(self) -> None:
        """An officer picks the unit."""
        self.wait(minutes=20, more=900)
        routed, announced = routing.route(
            self.case.now,
            [self.unit],
            ids=[assignment_id(self.own)],
            text=self.case.now.text,
            note=words.NOTE,
            share_identity=True,
            due_at=routing.working_days_after(self.at, REPLY_DAYS),
            by=self.officer,
            now=self.at,
        )
        self.case.save(routed)
        self.tell(announced)

    def read(self, end: End) -> None:
        """The unit follows its link, and does what belongs to this end. Of those that wait, some have not looked."""
        if end == "routed" and self.chance.random() < 0.3:
            return
        assert self.assignment
        self.wait(minutes=15, more=1_000)
        viewed, announced = replies.view(self.assignment.now, self.at)
        self.assignment.save(viewed)
        self.tell(announced)
        self.wait(minutes=5, more=1_200)
        if end == "declined":
            changed, announced = replies.decline(
                self.assignment.now, reason=words.NOT_OURS, suggested_unit="", by=self.secretary, now=self.at
            )
        elif end != "routed":
            text = " ".join([self.topic.reply, *self.chance.sample(words.ASSURANCES, self.chance.randrange(3))])
            changed, announced = replies.reply(self.assignment.now, text=text, by=self.secretary, now=self.at)
        else:
            return
        self.assignment.save(changed)
        self.tell(announced)

    def answer(self) -> None:
        """The officer approves the reply."""
        self.wait(minutes=10, more=1_200)
        answered, announced = review.approve(
            self.case.now,
            answer=review.composed(self.case.now),
            versions=review.pending_versions(self.case.now),
            waived_because="",
            by=self.officer,
            now=self.at,
        )
        self.case.save(answered)
        self.tell(announced)

    def close(self, reason: router.ClosureReason, explanation: str) -> None:
        """The officer closes the case."""
        self.wait(minutes=600, more=7_000)
        closed, announced = review.close(
            self.case.now, reason=reason, explanation=explanation, by=self.officer, now=self.at
        )
        self.case.save(closed)
        self.tell(announced)

    def wait(self, *, minutes: int, more: int) -> None:
        """Time goes by, at random up to so many minutes more."""
        self.at += timedelta(minutes=minutes, milliseconds=self.chance.randrange(more * 60_000))

    def tell(self, announced: Sequence[Event]) -> None:
        """Every service obeys what was announced, a moment later."""
        for event in announced:
            self.at += MOMENT
            bits = UUID(int=self.chance.getrandbits(128), version=4)
            self.obey(event, str(bits)[:-12] + next(self.tails))

    def obey(self, event: Event, event_id: str) -> None:
        """As the services' handlers do."""
        match event:
            case events.MessageSubmitted():
                case, announced = router.open_case(event)
                self.case = Kept(case, event_id)
                self.tell(announced)
                self.post(event, event_id, letters.notice(case.id), "notice", DESK, url=f"{URL}/cases/{case.id}")
            case events.ReceiptRequested():
                told = {"secret": event.status_url, "code": event.tracking_code}
                self.post(event, event_id, letters.receipt(event.message_id), "receipt", event.email, **told)
            case events.CaseProgressed():
                self.message.save(intake.progress(self.message.now, event), event_id)
            case events.CaseAnswered():
                self.message.save(intake.answer(self.message.now, event), event_id)
                self.to_writer(event, event_id, f"{event.message_id}.answer.{event_id}", "answer")
            case events.CaseClosed():
                self.message.save(intake.close(self.message.now, event), event_id)
                if self.assignment:
                    self.assignment.save(replies.close(self.assignment.now), event_id)
                self.to_writer(event, event_id, f"{event.message_id}.closure", "closure")
            case events.LetterSent():
                self.case.save(routing.letter_sent(self.case.now, event)[0], event_id)
            case _:
                self.obey_about_assignment(event, event_id)

    def obey_about_assignment(self, event: Event, event_id: str) -> None:
        """What the unit's part is about."""
        match event:
            case events.AssignmentRequested():
                assignment, announced = replies.open_assignment(event, secret=self.setting.secret, base_url=URL)
                self.assignment = Kept(assignment, event_id)
                self.tell(announced)
            case events.AssignmentInvited():
                first = letters.invitation(event.assignment_id)
                self.post(event, event_id, first, "invitation", event.unit.email, secret=event.link)
            case events.AssignmentViewed():
                self.case.save(routing.view(self.case.now, event)[0], event_id)
            case events.AssignmentDeclined():
                back, announced = routing.decline(self.case.now, event, self.at)
                self.case.save(back, event_id)
                self.tell(announced)
            case events.ReplySubmitted():
                replied, announced = review.receive_reply(self.case.now, event, self.at)
                self.case.save(replied, event_id)
                self.tell(announced)
                letter_id = f"{event.assignment_id}.arrival.{event.version}"
                self.post(event, event_id, letter_id, "arrival", DESK, url=f"{URL}/cases/{event.message_id}/review")
            case events.ReplyAccepted() if self.assignment:
                self.assignment.save(replies.accept(self.assignment.now, event), event_id)
            case _:
                raise LookupError(event.type)

    def to_writer(
        self, event: events.CaseAnswered | events.CaseClosed, event_id: str, letter_id: str, template: str
    ) -> None:
        """A letter to the person who wrote, when there is an address."""
        if event.submitter and event.submitter.email:
            self.post(event, event_id, letter_id, template, event.submitter.email, url=f"{URL}/t")

    def post(self, event: Event, event_id: str, letter_id: str, template: str, to: str, **context: str) -> None:
        """A letter is made, claimed and sent."""
        made = notifier.write(
            letter_id,
            self.setting.writer.write(template, "tr", news=event, **context),
            message_id=event.message_id,
            template=template,
            assignment_id=getattr(event, "assignment_id", None),
            recipient=to,
            sender=SENDER,
            told_at=self.at,
            now=self.at + MOMENT,
        )
        self.at += MOMENT
        letter = Kept(made, event_id)
        self.letters.append(letter)
        letter.save(made.model_copy(update={"attempts": 1, "due_at": self.at + LEASE}))
        gone, announced = notifier.sent(letter.now, self.at + MOMENT)
        letter.save(gone)
        self.tell(announced)
