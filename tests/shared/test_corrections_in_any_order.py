"""Who wrote is corrected by themselves, at the desk and by the privacy officer: in the end, all services agree."""

from collections.abc import Callable
from datetime import timedelta
from random import Random

import pytest

from services.intake.domain.persons import correct
from services.intake.domain.progress import corrected_by_desk
from services.replies.domain.persons import correct as correct_assignment
from services.router.access import Role
from services.router.cases.domain.case import Case
from services.router.cases.domain.correcting import DETAILS, correct_submitter
from services.router.cases.domain.letters import DeskLetter
from services.router.cases.domain.submitter import correct_contact
from services.router.cases.domain.undelivered import correct_address
from shared.events import AddressCorrected, ContactCorrected, Event, SubmitterCorrected
from shared.state import Person
from tests import examples as example

OFFICER = example.officer(role=Role.PRIVACY_OFFICER)
LETTER = DeskLetter(id="l1", message_id="m1", template="receipt", recipient="wrong@example.org")


class Services:
    """A message, its case and an assignment, and the events that have not arrived. Each step is a second later."""

    def __init__(self, chance: Random) -> None:
        self.chance, self.now = chance, example.NOW
        self.message = example.message(id="m1")
        person = Person(**self.message.submission.model_dump(include={*DETAILS}))
        self.case = example.routed_case(id="m1", submitter=person)
        self.assignment = example.units_assignment(message_id="m1", submitter=person)
        self.waiting: list[Event] = []

    def act(self) -> None:
        """One of the three corrects something."""
        self.now += timedelta(seconds=1)
        acts: list[Callable[[], None]] = [self._by_themselves, self._at_the_desk, self._by_the_privacy_officer]
        self.chance.choice(acts)()

    def arrive(self) -> None:
        """Some event arrives, whichever."""
        told = self.waiting.pop(self.chance.randrange(len(self.waiting)))
        if isinstance(told, ContactCorrected):
            self._keep(correct_contact(self.case, told), [])
        elif isinstance(told, AddressCorrected):
            self.message = corrected_by_desk(self.message, told)
        elif isinstance(told, SubmitterCorrected):
            if self.chance.randrange(2):  # it is delivered once more
                self.waiting.append(told)
            self.message = correct(self.message, told)
            self.assignment = correct_assignment(self.assignment, told)

    def _by_themselves(self) -> None:
        email = self._address()
        sent = self.message.submission.model_copy(update={"email": email})
        self.message = self.message.model_copy(update={"submission": sent, "corrected_at": self.now})
        self.waiting.append(ContactCorrected(message_id="m1", email=email, corrected_at=self.now))

    def _at_the_desk(self) -> None:
        self._keep(*correct_address(self.case, LETTER, self._address(), by=OFFICER, now=self.now))

    def _by_the_privacy_officer(self) -> None:
        fields = tuple(name for name in DETAILS if self.chance.choice([True, False]))
        person = Person(name=self._or_none("Deniz"), email=self._or_none(self._address()), phone=self._or_none("0288"))
        self._keep(*correct_submitter(self.case, person, fields=fields, by=OFFICER, now=self.now))

    def _keep(self, case: Case, announcing: list[Event]) -> None:
        self.case = case.model_copy(update={"revision": self.case.revision + 1})
        self.waiting += [event for event in announcing if isinstance(event, AddressCorrected | SubmitterCorrected)]

    def _or_none(self, value: str) -> str | None:
        return self.chance.choice([value, None])

    def _address(self) -> str:
        return f"a{self.now.timestamp():.0f}@example.org"


@pytest.mark.parametrize("seed", range(200))
def test_all_services_say_the_same_in_the_end(seed: int) -> None:
    services = Services(Random(seed))
    for _ in range(6):
        services.act()
        while services.waiting and services.chance.randrange(2):
            services.arrive()
    while services.waiting:
        services.arrive()
    there, here = services.case.submitter, services.message.submission
    assert (here.name, here.email, here.phone) == (there.name, there.email, there.phone)
    assert services.assignment.submitter
    assert (services.assignment.submitter.name, services.assignment.submitter.phone) == (there.name, there.phone)
