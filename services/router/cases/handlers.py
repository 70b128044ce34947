"""The handlers of the router. Each reads one case, decides, and saves it."""

from collections.abc import Callable

from services.router.cases.domain.case import Case, open_case
from services.router.cases.domain.extensions import receive_request
from services.router.cases.domain.following import follow
from services.router.cases.domain.from_units import (
    check_unit_file,
    end_holding,
    hand_on,
    propose_question,
    receive_interim,
    withdraw_reply,
)
from services.router.cases.domain.held import held
from services.router.cases.domain.informing import inform_of_answer, inform_of_follow_up
from services.router.cases.domain.letters import OF_NO_CASE, deal_with_own
from services.router.cases.domain.merging import straighten
from services.router.cases.domain.objections import receive_objection
from services.router.cases.domain.promises import receive_promise_answer
from services.router.cases.domain.questions import receive_answer
from services.router.cases.domain.reminding import with_desk_told, with_unit_told
from services.router.cases.domain.review import receive_reply
from services.router.cases.domain.routing import decline, letter_failed, letter_sent, view
from services.router.cases.domain.states import ClosureReason
from services.router.cases.domain.statutory import with_answer_clock
from services.router.cases.domain.stopping import go_on
from services.router.cases.domain.submitter import check_file, correct_contact, follow_up, rate, withdraw
from services.router.cases.labels import closing_sentences
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters, HeldLetters
from services.router.cases.store.related import Related
from services.router.deadlines.domain.counting import Deadlines
from services.router.directory.store.health import UnitHealths
from shared.clock import Clock, utc_now
from shared.events import (
    AssignmentDeclined,
    AssignmentHandedOn,
    AssignmentTakenBack,
    AssignmentViewed,
    CaseAnswered,
    CaseClosed,
    CaseMerged,
    CaseRestricted,
    CloudEvent,
    ContactCorrected,
    ExtensionRequested,
    FileChecked,
    InterimSubmitted,
    LetterFailed,
    LetterHeld,
    LetterSent,
    MessageFollowedUp,
    MessageObjected,
    MessageRated,
    MessageSubmitted,
    MessageWithdrawn,
    OfficerReminded,
    PromiseAnswered,
    QuestionAnswered,
    QuestionProposed,
    ReplySubmitted,
    ReplyWithdrawn,
    UnitFileChecked,
    UnitReminderRequested,
)


class CaseHandlers:
    """Handles the events about cases."""

    def __init__(
        self,
        cases: Cases,
        clock: Clock = utc_now,
        deadlines: Callable[[], Deadlines] = Deadlines,
        healths: UnitHealths | None = None,
        letters: DeskLetters | None = None,
    ) -> None:
        self._cases, self._now, self._deadlines = cases, clock, deadlines
        self._healths, self._letters = healths, letters

    async def on_message_submitted(self, event: CloudEvent[MessageSubmitted]) -> None:
        """Add a case for the message."""
        case, announcing = open_case(event.data)
        case = with_answer_clock(case, self._deadlines())
        await self._cases.add(case, announcing=announcing, handling=event)

    async def on_assignment_viewed(self, event: CloudEvent[AssignmentViewed]) -> None:
        """The unit opened its link."""
        case, announcing = view(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_assignment_declined(self, event: CloudEvent[AssignmentDeclined]) -> None:
        """The unit declined; the officer routes again."""
        found = await self._cases.get(event.data.message_id, handling=event)
        case, announcing = decline(found, event.data, self._now())
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_reply_submitted(self, event: CloudEvent[ReplySubmitted]) -> None:
        """The case waits for review."""
        found = await self._cases.get(event.data.message_id, handling=event)
        case, announcing = receive_reply(found, event.data, self._now())
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_extension_requested(self, event: CloudEvent[ExtensionRequested]) -> None:
        """The unit asks for more time; an officer decides."""
        case = receive_request(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, handling=event)

    async def on_letter_sent(self, event: CloudEvent[LetterSent]) -> None:
        """Keep a sent letter, add it to the timeline, and to what is known of its unit's address."""
        if self._healths and event.data.unit:
            await self._healths.arrived(event.data.unit, event.data)
        if self._letters:
            await self._letters.told(event.data)
        if event.data.template in OF_NO_CASE:
            return
        case, announcing = letter_sent(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_letter_failed(self, event: CloudEvent[LetterFailed]) -> None:
        """Keep a letter that failed, add it to the timeline, and to what is known of its unit's address."""
        if self._healths and event.data.unit:
            await self._healths.refused(event.data.unit, event.data)
        if self._letters:
            await self._letters.told(event.data)
        if event.data.template in OF_NO_CASE:
            return
        case, announcing = letter_failed(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, announcing=announcing, handling=event)


class UnitHandlers:
    """Handles what units do beside replying."""

    def __init__(self, cases: Cases, clock: Clock = utc_now) -> None:
        self._cases, self._now = cases, clock

    async def on_reply_withdrawn(self, event: CloudEvent[ReplyWithdrawn]) -> None:
        """The case leaves the review."""
        found = await self._cases.get(event.data.message_id, handling=event)
        case, announcing = withdraw_reply(found, event.data, self._now())
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_interim_submitted(self, event: CloudEvent[InterimSubmitted]) -> None:
        """The unit says what it can say now."""
        case = receive_interim(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, handling=event)

    async def on_question_proposed(self, event: CloudEvent[QuestionProposed]) -> None:
        """The unit wants to know something from the submitter."""
        case = propose_question(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, handling=event)

    async def on_assignment_handed_on(self, event: CloudEvent[AssignmentHandedOn]) -> None:
        """A colleague in the unit holds the assignment."""
        case = hand_on(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, handling=event)

    async def on_assignment_taken_back(self, event: CloudEvent[AssignmentTakenBack]) -> None:
        """The colleague holds it no more."""
        case = end_holding(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, handling=event)

    async def on_unit_file_checked(self, event: CloudEvent[UnitFileChecked]) -> None:
        """A held file of a unit was scanned."""
        case = check_unit_file(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, handling=event)


class SubmitterHandlers:
    """Handles the events about what submitters do after sending."""

    def __init__(
        self,
        cases: Cases,
        clock: Clock = utc_now,
        deadlines: Callable[[], Deadlines] = Deadlines,
        letters: DeskLetters | None = None,
    ) -> None:
        self._cases, self._now, self._deadlines = cases, clock, deadlines
        self._letters = letters

    async def on_message_followed_up(self, event: CloudEvent[MessageFollowedUp]) -> None:
        """The submitter wrote again. The units that are asked read it."""
        case = follow_up(await self._cases.get(event.data.message_id, handling=event), event.data)
        told = inform_of_follow_up(case, event.data, self._now())
        await self._cases.save(case, announcing=told, handling=event)

    async def on_message_withdrawn(self, event: CloudEvent[MessageWithdrawn]) -> None:
        """Close the case; its units are told."""
        found = await self._cases.get(event.data.message_id, handling=event)
        sentences = closing_sentences(ClosureReason.WITHDRAWN, found.language)
        case, announcing = withdraw(found, event.data, **sentences, now=self._now())
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_message_rated(self, event: CloudEvent[MessageRated]) -> None:
        """The submitter rated the answer."""
        case = rate(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, handling=event)

    async def on_message_objected(self, event: CloudEvent[MessageObjected]) -> None:
        """The case waits for a supervisor."""
        found = await self._cases.get(event.data.message_id, handling=event)
        case, announcing = receive_objection(found, event.data, self._now())
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_question_answered(self, event: CloudEvent[QuestionAnswered]) -> None:
        """The submitter answered an officer's question. The unit that wanted to know it reads the answer."""
        found = await self._cases.get(event.data.message_id, handling=event)
        case, announcing = receive_answer(found, event.data, self._now())
        case, told = go_on(found, case, self._deadlines(), now=self._now())
        informed = inform_of_answer(found, case, event.data, self._now())
        await self._cases.save(case, announcing=[*announcing, *told, *informed], handling=event)

    async def on_promise_answered(self, event: CloudEvent[PromiseAnswered]) -> None:
        """The submitter says whether it was done; if it was not, the case is back."""
        found = await self._cases.get(event.data.message_id, handling=event)
        case, announcing = receive_promise_answer(found, event.data, self._now())
        await self._cases.save(case, announcing=announcing, handling=event)

    async def on_contact_corrected(self, event: CloudEvent[ContactCorrected]) -> None:
        """Letters go to another address; what did not arrive before stands on the page that they were sent to."""
        if self._letters:
            await self._letters.change_all(event.data.message_id, lambda letter: deal_with_own(letter, event.data))
        case = correct_contact(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, handling=event)

    async def on_file_checked(self, event: CloudEvent[FileChecked]) -> None:
        """A held file was scanned."""
        case = check_file(await self._cases.get(event.data.message_id, handling=event), event.data)
        await self._cases.save(case, handling=event)


class LetterHandlers:
    """Handles the events about held letters."""

    def __init__(self, letters: HeldLetters) -> None:
        self._letters = letters

    async def on_letter_held(self, event: CloudEvent[LetterHeld]) -> None:
        """The letter waits on the desk."""
        await self._letters.add(held(event.data), handling=event)


class MergingHandlers:
    """Handles what the desk itself says of cases into which others are merged.

    Each looks at the cases as they are now and does what is still to be done, so that one event may run any number of
    times, and in any order with the others; so none is noted in a case as handled.
    """

    def __init__(self, cases: Cases, related: Related, clock: Clock = utc_now) -> None:
        self._cases, self._related, self._now = cases, related, clock

    async def on_case_merged(self, event: CloudEvent[CaseMerged]) -> None:
        """End chains and circles. If the primary was answered or closed before, its writer hears it at once."""
        for case_id in [event.data.message_id, *await self._merged_into(event.data.message_id)]:
            case = await self._cases.get(case_id)
            if changed := straighten(case, await self._related.above(case), self._now()):
                await self._cases.save(changed[0], announcing=changed[1])
            else:
                await self._follow(case_id)

    async def on_case_answered(self, event: CloudEvent[CaseAnswered]) -> None:
        """Answer the cases that are merged into this one."""
        for case_id in await self._merged_into(event.data.message_id):
            await self._follow(case_id)

    async def on_case_closed(self, event: CloudEvent[CaseClosed]) -> None:
        """Close the cases that are merged into this one, or let each be on its own again."""
        for case_id in await self._merged_into(event.data.message_id):
            await self._follow(case_id)

    async def on_case_restricted(self, event: CloudEvent[CaseRestricted]) -> None:
        """A case that is merged into one for other readers is on its own again."""
        for case_id in await self._merged_into(event.data.message_id):
            await self._follow(case_id)

    async def _merged_into(self, case_id: str) -> list[str]:
        return [found async for found in self._related.merged_into(case_id)]

    async def _follow(self, case_id: str) -> None:
        case = await self._cases.get(case_id)
        while case.merged_into:
            primary = await self._cases.get(case.merged_into)
            sentence = closing_sentences(ClosureReason.ANSWERED, case.language)["explanation"]
            done = follow(case, primary, explanation=sentence, now=self._now())
            if done is None:
                return
            case = await self._cases.save(done[0], announcing=done[1])


class ReminderHandlers:
    """What was said about a case to a unit or to people of the desk stands in its timeline.

    One event is about many cases. Each is looked at as it is now, so that an event may run any number of times.
    """

    def __init__(self, cases: Cases, deadlines: Callable[[], Deadlines]) -> None:
        self._cases, self._deadlines = cases, deadlines

    async def on_unit_reminder_requested(self, event: CloudEvent[UnitReminderRequested]) -> None:
        """A unit is reminded, or its head is told."""
        for case_id in dict.fromkeys(one.message_id for one in event.data.assignments):
            if case := await self._cases.find_one(case_id):
                await self._keep(with_unit_told(case, event.data, self._deadlines()))

    async def on_officer_reminded(self, event: CloudEvent[OfficerReminded]) -> None:
        """Officers or supervisors are told."""
        for case_id in dict.fromkeys(one.message_id for one in event.data.cases):
            if case := await self._cases.find_one(case_id):
                await self._keep(with_desk_told(case, event.data, self._deadlines()))

    async def _keep(self, case: Case | None) -> None:
        if case:
            await self._cases.save(case)
