"""To which units cases with similar words went: counts of words by unit, learned from routing. No model."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import AssignmentSummary
from services.router.cases.domain.states import AssignmentState
from services.router.cases.domain.stems import STEM, long_words, telling
from shared.kinds import Kind
from shared.state import State

MOST_TERMS = 60
"""Terms of one case: the first of its subject and text."""
MOST_SUGGESTED = 3
ENOUGH = 3
"""Similar cases of a unit, at least, before it is suggested."""
SHARED_TERMS = 2
"""Terms that a case has in common with another, at least, to be similar."""


@dataclass(frozen=True)
class Suggestion:
    """A unit, and to how many similar cases it was chosen."""

    unit: str
    similar: int


class RoutedCase(State):
    """The fields of a case from which others may learn."""

    id: str
    subject: str
    text: str
    assignments: tuple[AssignmentSummary, ...] = ()

    @property
    def units(self) -> list[str]:
        """The codes of the units that did not decline it."""
        kept = (a.unit.code for a in self.assignments if a.state is not AssignmentState.DECLINED)
        return list(dict.fromkeys(kept))


def terms_of(case: Case | RoutedCase) -> list[str]:
    """The different beginnings of the words of the subject and the text."""
    found = (word[:STEM] for word in telling(f"{case.subject}\n{case.text}"))
    return list(dict.fromkeys(found))[:MOST_TERMS]


def suggested(terms: Sequence[str], counts: Mapping[str, Mapping[str, int]]) -> list[Suggestion]:
    """The units of the similar cases, those with most of them first.

    ``counts``: for each term, in how many cases of each unit it occurred. As many cases of a unit are similar as have
    the second most frequent of the terms that they share with this one.
    """
    by_unit: dict[str, list[int]] = {}
    for term in terms:
        for unit, cases in counts.get(term, {}).items():
            by_unit.setdefault(unit, []).append(cases)
    shared = {unit: sorted(found, reverse=True)[:SHARED_TERMS] for unit, found in by_unit.items()}
    similar = {unit: found[-1] for unit, found in shared.items() if len(found) == SHARED_TERMS}
    most = sorted(similar.items(), key=lambda pair: -pair[1])[:MOST_SUGGESTED]
    return [Suggestion(unit, cases) for unit, cases in most if cases >= ENOUGH]


def about_a_person(case: Case) -> bool:
    """Whether the message complains about a person who works here; such people must not learn who wrote."""
    folded = long_words(f"{case.subject}\n{case.text}")
    complains = case.kind == Kind.COMPLAINT or any(word.startswith(COMPLAINING) for word in folded)
    return complains and any(word.startswith(PEOPLE) for word in folded)


PEOPLE = tuple(
    long_words(
        "hoca öğretim akademisyen personel memur müdür görevli sekreter dekan başkan asistan danışman güvenlikçi"
        " teacher professor lecturer officer staff employee secretary advisor director instructor"
    )
)
"""Beginnings of words for people who work here."""
COMPLAINING = ("sikayet", "complain", "taciz", "mobbing", "hakaret", "harass", "insult", "tehdit", "threat")
