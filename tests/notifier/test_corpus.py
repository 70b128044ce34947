"""Two hundred made mails (``corpus``), each read at every address of ours: what it is, and what a person said in it."""

from functools import cache

import pytest

from services.notifier.domain.incoming import Recipient, Understood, understood
from tests.notifier.corpus.bounces import bounces
from tests.notifier.corpus.machines import machines
from tests.notifier.corpus.made import Sample
from tests.notifier.corpus.people import people
from tests.notifier.test_incoming import BACK, CITIZEN, DESK, HOTLINE, UNIT

BOUNCES, MACHINES, PEOPLE = list(bounces()), list(machines()), list(people())
RECOGNISED = 0.97
"""Of the true bounces, with the right class: failed or delayed, and whether the address is of no use."""


@cache
def read(sample: Sample, to: Recipient = BACK) -> Understood:
    return understood(sample.raw, to, envelope_sender=sample.sender)


def test_there_are_two_hundred() -> None:
    assert len({sample.name for sample in (*BOUNCES, *MACHINES, *PEOPLE)}) == 200


def test_letters_that_came_back_are_recognised() -> None:
    missed = {}
    for sample in BOUNCES:
        found = read(sample).bounce
        if found is None or (found.action, found.hard) != (sample.action, sample.hard):
            missed[sample.name] = found
    assert len(missed) <= len(BOUNCES) * (1 - RECOGNISED), missed


def test_nothing_else_is_taken_for_a_letter_that_came_back() -> None:
    assert [one.name for one in (*MACHINES, *PEOPLE) if read(one).purpose == "bounce"] == []


@pytest.mark.parametrize("to", [BACK, CITIZEN, HOTLINE], ids=lambda to: str(to.kind))
def test_no_machine_is_taken_for_a_person_who_gets_an_answer(to: Recipient) -> None:
    wrong = {one.name: read(one, to).purpose for one in (*BOUNCES, *MACHINES)}
    assert {name: purpose for name, purpose in wrong.items() if purpose not in ("bounce", "automatic")} == {}


def test_who_is_away_is_told_from_what_other_machines_write() -> None:
    assert [one.name for one in MACHINES if (read(one).automatic == "out_of_office") != one.away] == []


@pytest.mark.parametrize(
    ("to", "purpose"), [(BACK, "unclear"), (CITIZEN, "citizen"), (UNIT, "unit"), (DESK, "unclear"), (HOTLINE, "new")]
)
def test_what_a_person_writes_is_theirs(to: Recipient, purpose: str) -> None:
    assert {one.name: read(one, to).purpose for one in PEOPLE if read(one, to).purpose != purpose} == {}


def test_nothing_that_a_person_wrote_is_cut() -> None:
    cut = {one.name: read(one).text for one in PEOPLE if not _lines(one.said) <= _lines(read(one).text)}
    assert cut == {}


def test_what_their_programs_repeat_is_not_shown_as_theirs() -> None:
    more = {one.name: read(one).text for one in PEOPLE if _lines(read(one).text) != _lines(one.said)}
    assert len(more) <= len(PEOPLE) * (1 - RECOGNISED), more


def _lines(text: str) -> set[str]:
    """The lines of a text; of blank ones nothing is asked."""
    return {" ".join(line.split()) for line in text.split("\n") if line.strip()}
