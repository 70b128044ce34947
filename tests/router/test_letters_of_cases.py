"""Every writer gets exactly the letters of the rules, whatever officers and writers do, in whatever order.

The rules, for each writer:

* an answer that was released to them, by letter: one letter; told by telephone, on paper or at the counter: none;
* their case is merged while its primary stands answered, or its primary is answered while it is merged: one letter for
  each such answer, once, and once more if their own case was opened again since; also when the primary was told by
  telephone;
* their case was closed, by an officer or because they withdrew: one letter; as answered or as unwanted: none;
* its primary was closed for a reason about the matter: one letter for each such closing, in the same way; for any other
  reason: none;
* who has withdrawn the message hears nothing more of the primary;
* an objection: none until it is decided; upheld: one letter with the explanation;
* that what was promised was not done: none; their case is open again, and on its own;
* merging, separating, linking and opening again, of whatever was answered or closed: none.
"""

from collections import Counter
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from services.router.cases.domain.case import Case
from services.router.cases.domain.following import follow
from services.router.cases.domain.merging import OF_THE_MATTER, merge, separate, stands_answered, straighten
from services.router.cases.domain.objections import decide, receive_objection
from services.router.cases.domain.promises import PromiseGiven, ask_whether_kept, receive_promise_answer
from services.router.cases.domain.reopening import reopen
from services.router.cases.domain.review import approve, close, pending_versions
from services.router.cases.domain.states import ClosureReason, ObjectionDecision
from services.router.cases.domain.submitter import withdraw
from services.router.cases.domain.told import tell
from shared.events import CaseAnswered, CaseClosed, Event, MessageObjected, MessageWithdrawn, PromiseAnswered
from shared.refused import Refused
from tests import examples as example

NAMES = "abcd"
one = st.sampled_from(NAMES)
workable_one = st.runner().flatmap(lambda desk: st.sampled_from(desk.workable))
finished_one = st.runner().flatmap(lambda desk: st.sampled_from(desk.reopenable))
reasons = st.sampled_from([reason for reason in ClosureReason if reason is not ClosureReason.WITHDRAWN])
SILENT = (ClosureReason.SPAM, ClosureReason.ANSWERED)


class Desk(RuleBasedStateMachine):
    """Four cases. What the rules promise is counted in ``due``, by writer, from the acts alone; ``got`` has letters."""

    def __init__(self) -> None:
        super().__init__()
        self.minutes, self.turn = 0, 0
        self.cases = {name: example.case(id=name) for name in NAMES}
        self.got: Counter[str] = Counter()
        self.due: Counter[str] = Counter()
        self.finished = set[str]()  # cases that are answered or closed
        self.into: dict[str, str] = {}
        self.heard: dict[str, set[int]] = {name: set() for name in NAMES}  # numbers of answers and closings
        self.standing: dict[str, int] = {}  # the number of the answer that stands, by case
        self.newest: dict[str, int] = {}  # that of the newest answer, whether it stands or is in question
        self.ended: dict[str, tuple[ClosureReason, int]] = {}  # why a case was closed, and the number of the closing
        self.protested: set[str] = set()

    @property
    def workable(self) -> list[str]:
        """Cases that may be answered, closed and merged, if no objection stands against it."""
        return [name for name in NAMES if name not in self.finished and name not in self.into]

    @property
    def reopenable(self) -> list[str]:
        """Finished cases on their own; primaries alone, where there are any."""
        own = [name for name in NAMES if name in self.finished and name not in self.into and not self.withdrawn(name)]
        return [name for name in own if name in self.into.values()] or own

    @initialize(several=st.sets(st.sampled_from(NAMES[1:])))
    def begin(self, several: set[str]) -> None:
        """Some of the cases are merged into the first one."""
        for name in sorted(several):
            self.merge(name, NAMES[0])

    @property
    def given(self) -> dict[str, Any]:
        """By whom, and when: each act has its own time."""
        self.minutes += 1
        return {"by": example.officer(), "now": example.NOW + timedelta(minutes=self.minutes)}

    def keep(self, changed: tuple[Case, list[Event]]) -> None:
        """Save a case, and count the letters that its events cause."""
        case, events = changed
        self.cases[case.id] = example.saved(case)
        for event in events:
            letter = isinstance(event, CaseAnswered) and not event.told_by
            self.got[case.id] += letter or (isinstance(event, CaseClosed) and event.submitter is not None)

    def catch_up(self) -> None:
        """What the router's own handlers do, again and again, until nothing is left to do."""
        changing = True
        while changing:
            changing = False
            for name in NAMES:
                case = self.cases[name]
                above = self.above(case)
                now = self.given["now"]
                step = straighten(case, above, now) or (
                    follow(case, above[0], explanation="Cevaplandı.", now=now) if above else None
                )
                if step:
                    self.keep(step)
                    changing = True

    def above(self, case: Case) -> list[Case]:
        """The primary of the case, and so on."""
        chain, known = list[Case](), {case.id}
        while (into := (chain[-1] if chain else case).merged_into) and into not in known:
            chain.append(self.cases[into])
            known.add(into)
        return chain

    def hear(self) -> None:
        """The rules, for those who are merged: from what stands at their primaries."""
        for name, into in list(self.into.items()):
            if self.withdrawn(name):
                continue
            if into in self.standing and self.is_new(name, self.standing[into]):
                self.due[name] += 1
                self.release(name)
            if into in self.ended:
                reason, number = self.ended[into]
                if into in self.standing:
                    self.end(name, reason)
                elif reason not in OF_THE_MATTER:
                    del self.into[name]
                elif self.is_new(name, number):
                    self.due[name] += 1
                    self.end(name, reason)
        self.catch_up()

    def is_new(self, name: str, number: int) -> bool:
        """Whether the writer has not heard this yet, or waits for news again. They hear it now."""
        new = name not in self.finished or number not in self.heard[name]
        self.heard[name].add(number)
        return new

    def withdrawn(self, name: str) -> bool:
        """Whether the writer has taken the message back."""
        return name in self.ended and self.ended[name][0] is ClosureReason.WITHDRAWN

    def end(self, name: str, reason: ClosureReason) -> None:
        """The case is closed. As answered: its newest answer stands."""
        self.turn += 1
        self.finished.add(name)
        self.ended[name] = reason, self.turn
        self.standing.pop(name, None)
        if reason is ClosureReason.ANSWERED and name in self.newest:
            self.standing[name] = self.newest[name]

    def release(self, name: str) -> None:
        """A new answer stands."""
        self.turn += 1
        self.finished.add(name)
        self.ended.pop(name, None)
        self.standing[name] = self.newest[name] = self.turn

    @precondition(lambda self: self.workable)
    @rule(name=workable_one, by_telephone=st.booleans())
    def answer(self, name: str, by_telephone: bool) -> None:
        """An officer answers, by letter or by telephone."""
        case, given = self.cases[name], self.given
        words: dict[str, Any] = {"versions": pending_versions(case), "waived_because": "x", "answer": "Onarıldı."}
        try:
            if by_telephone:
                how: dict[str, Any] = {"channel": "telephone", "told_at": given["now"], "told_of": "Ayşe"}
                self.keep(tell(case, **how, **words, **given))
            else:
                self.keep(approve(case, **words, **given, promise=PromiseGiven(given["now"])))
        except Refused:
            return
        self.due[name] += not by_telephone
        self.release(name)
        self.hear()

    @precondition(lambda self: self.workable)
    @rule(name=workable_one, reason=reasons)
    def close(self, name: str, reason: ClosureReason) -> None:
        """An officer closes a case."""
        try:
            self.keep(close(self.cases[name], reason=reason, explanation="Açıklama.", **self.given))
        except Refused:
            return
        self.due[name] += reason not in SILENT
        self.end(name, reason)
        self.hear()

    @precondition(lambda self: self.workable)
    @rule(name=workable_one, into=one)
    def merge(self, name: str, into: str) -> None:
        """An officer merges a case into another one."""
        try:
            self.keep(merge(self.cases[name], self.cases[into], told_units="", **self.given))
        except Refused:
            return
        self.into[name] = into
        for other in [other for other, primary in self.into.items() if primary == name]:
            self.into[other] = into
        self.hear()

    @precondition(lambda self: self.into)
    @rule(name=one)
    def separate(self, name: str) -> None:
        """An officer takes the merging back."""
        try:
            self.keep((separate(self.cases[name], **self.given), []))
        except Refused:
            return
        del self.into[name]
        self.hear()

    @rule(name=one)
    def withdraw(self, name: str) -> None:
        """A writer takes the message back."""
        case, now = self.cases[name], self.given["now"]
        told = MessageWithdrawn(message_id=name, withdrawn_at=now)
        self.keep(withdraw(case, told, explanation="Geri alındı.", told_units="", now=now))
        if name not in self.finished:
            self.due[name] += 1
            self.end(name, ClosureReason.WITHDRAWN)
        self.hear()

    @rule(name=one)
    def object(self, name: str) -> None:
        """A writer objects."""
        case, now = self.cases[name], self.given["now"]
        told = MessageObjected(message_id=name, reason="Hayır.", objected_at=now)
        self.keep(receive_objection(case, told, now))
        if name not in self.protested and not self.withdrawn(name):
            self.protested.add(name)
            self.into.pop(name, None)
            self.open_again(name)
        self.hear()

    @rule(name=one, kept=st.booleans())
    def tell_whether_kept(self, name: str, kept: bool) -> None:
        """A writer who was asked, perhaps now, says whether it was done."""
        now = self.given["now"]
        if asked := ask_whether_kept(self.cases[name], now, ZoneInfo("Europe/Istanbul")):
            assert name in self.standing and name in self.finished
            self.keep(asked)
        case = self.cases[name]
        waiting = [promise for promise in case.promises if promise.asked_at and promise.kept is None]
        if not waiting:
            return
        told = PromiseAnswered(message_id=name, promise_id=waiting[-1].id, kept=kept, answered_at=now)
        self.keep(receive_promise_answer(case, told, now))
        if not kept and name in self.finished and not self.withdrawn(name):
            self.into.pop(name, None)
            self.open_again(name)
        self.hear()

    @precondition(lambda self: any(case.objected for case in self.cases.values()))
    @rule(name=one, decision=st.sampled_from(ObjectionDecision))
    def decide(self, name: str, decision: ObjectionDecision) -> None:
        """A supervisor decides about an objection."""
        upheld = decision is ObjectionDecision.UPHELD
        try:
            self.keep(decide(self.cases[name], decision, explanation="Aynı." if upheld else "", **self.given))
        except Refused:
            return
        if upheld:
            self.due[name] += 1
            self.end(name, ClosureReason.ANSWERED)
        self.hear()

    @precondition(lambda self: self.reopenable)
    @rule(name=finished_one)
    def open_a_finished_one(self, name: str) -> None:
        """An officer opens again what was answered or closed: a case on its own, or one with others merged into it."""
        try:
            self.keep(reopen(self.cases[name], reason="Eksik.", **self.given))
        except Refused:
            return
        self.open_again(name)
        self.hear()

    def open_again(self, name: str) -> None:
        """The case is open again, and its answer is in question."""
        self.finished.discard(name)
        self.ended.pop(name, None)
        self.standing.pop(name, None)

    @precondition(lambda self: self.due)
    @invariant()
    def everybody_got_the_letters_of_the_rules(self) -> None:
        """Exactly those."""
        assert +self.got == +self.due

    @invariant()
    def merged_cases_have_a_primary_that_is_not_merged(self) -> None:
        """No chains, no circles; and who is merged knows what its primary's writer knows."""
        merged = {name: case.merged_into for name, case in self.cases.items() if case.merged_into}
        assert merged == self.into
        for name, into in merged.items():
            primary = self.cases[into]
            assert primary.merge is None
            if stands_answered(primary) and not self.withdrawn(name):
                assert self.cases[name].answer is not None

    @invariant()
    def nobody_waits_for_a_primary_that_has_ended(self) -> None:
        """A case of which the units were recalled is finished when its primary is."""
        for name, into in self.into.items():
            assert self.cases[name].finished or not self.cases[into].finished

    @invariant()
    def who_waits_is_known(self) -> None:
        """A finished case is one that is answered or closed by the rules."""
        assert {name for name, case in self.cases.items() if case.finished} == self.finished


Desk.TestCase.settings = settings(max_examples=150, stateful_step_count=30, deadline=None)
TestLettersOfCases = Desk.TestCase
