"""Cases that are dealt with together: who hears what, and that it is heard once."""

from datetime import timedelta
from typing import Any

import pytest

from services.router.cases.domain.attention import attention, needs_attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.following import follow
from services.router.cases.domain.merging import merge, separate, straighten
from services.router.cases.domain.objections import receive_objection
from services.router.cases.domain.parts import Restriction
from services.router.cases.domain.release import hold
from services.router.cases.domain.reopening import reopen
from services.router.cases.domain.restriction import Why, restrict
from services.router.cases.domain.review import approve, close, pending_versions
from services.router.cases.domain.states import AssignmentState, CaseState, ClosureReason
from services.router.cases.domain.submitter import follow_up, withdraw
from services.router.cases.store.cases import Cases
from shared.documents import Database
from shared.events import CaseAnswered, CaseClosed, CaseMerged, CaseProgressed, Event
from shared.refused import Refused
from tests import examples as example
from tests.conftest import Broker, Make, listening, outcomes
from tests.router.desk import kept
from tests.router.submitting import followed_up, objected, objected_case, withdrawn

LATER = example.NOW + timedelta(hours=3)
USUAL = "Başvurunuz cevaplanmış ve işlemleri tamamlanmıştır."


def merged(case: Case, into: Case) -> Case:
    given: dict[str, Any] = {"told_units": "Birlikte ele alınmaktadır.", "by": example.officer(), "now": LATER}
    return example.saved(merge(case, into, **given)[0])


def answered(case: Case, text: str = "Onarıldı.", at: timedelta = timedelta()) -> Case:
    given: dict[str, Any] = {"versions": pending_versions(case), "waived_because": "x", "by": example.officer()}
    return example.saved(approve(case, answer=text, now=LATER + at, **given)[0])


def closed(case: Case, reason: ClosureReason) -> Case:
    given: dict[str, Any] = {"told_units": "", "by": example.officer(), "now": LATER}
    return example.saved(close(case, reason=reason, explanation="Belediyenin işi.", **given)[0])


def followed(case: Case, primary: Case) -> tuple[Case, list[Event]]:
    """The case after everything that was done with its primary, and the events."""
    events: list[Event] = []
    while step := follow(case, primary, explanation=USUAL, now=LATER):
        case, events = example.saved(step[0]), [*events, *step[1]]
    return case, events


def letters(events: list[Event]) -> list[str]:
    """What its writer reads in letters."""
    told = [e.answer for e in events if isinstance(e, CaseAnswered) and not e.told_by]
    return told + [e.explanation for e in events if isinstance(e, CaseClosed) and e.submitter]


def test_merging_recalls_the_units_and_changes_nothing_else_of_the_case() -> None:
    case, into = example.routed_case(), example.case()
    after, events = merge(case, into, told_units="Birlikte.", by=example.officer(), now=LATER)
    assert (after.merged_into, after.assignments[0].state) == (into.id, AssignmentState.RECALLED)
    assert [event.type for event in events] == ["case.merged", "assignment.recalled", "case.progressed"]
    assert (after.text, after.files, after.submitter) == (case.text, case.files, case.submitter)
    assert (after.timeline[-1].what, after.timeline[-1].text) == ("merged", into.reference)


@pytest.mark.parametrize(
    ("case", "into", "said"),
    [
        (example.answered_case(), example.case(), "answered or closed already"),
        (objected_case(), example.case(), "objects"),
        (example.replied_case(), example.case(), "waits for the check"),
        (merged(example.case(), example.case()), example.case(), "together with another"),
        (example.case(), merged(example.case(), example.case()), "itself dealt with together"),
        (example.case(), closed(example.case(), ClosureReason.SPAM), "its own submitter alone"),
        (
            example.case(),
            example.case(restriction=Restriction(why="health", to=("somebody",), at=example.NOW)),
            "not the same people",
        ),
    ],
)
def test_cases_that_cannot_be_dealt_with_together_are_not_merged(case: Case, into: Case, said: str) -> None:
    with pytest.raises(Refused, match=said):
        merge(case, into, told_units="", by=example.officer(), now=LATER)


def test_a_case_is_not_merged_into_itself() -> None:
    case = example.case()
    with pytest.raises(Refused, match="itself"):
        merge(case, case, told_units="", by=example.officer(), now=LATER)


def test_nothing_else_is_done_with_a_merged_case_until_it_is_separated() -> None:
    case = merged(example.case(), example.case())
    with pytest.raises(Refused, match="together with another"):
        answered(case)
    alone = separate(case, by=example.officer(), now=LATER)
    assert answered(alone).state is CaseState.RESOLVED
    with pytest.raises(Refused, match="not dealt with together"):
        separate(alone, by=example.officer(), now=LATER)


def test_the_answer_of_the_primary_reaches_the_merged_ones_writer_once_with_their_own_message() -> None:
    into = example.case()
    case = merged(example.case(subject="Isıtma", language="en"), into)
    after, events = followed(case, answered(into))
    (told,) = [event for event in events if isinstance(event, CaseAnswered)]
    assert (told.message_id, told.subject, told.language, told.answer) == (case.id, "Isıtma", "en", "Onarıldı.")
    assert after.state is CaseState.RESOLVED
    assert followed(after, answered(into)) == (after, [])


def test_each_later_answer_of_the_primary_goes_out_as_well() -> None:
    into = example.case()
    first = answered(into)
    case, _ = followed(merged(example.case(), into), first)
    again = first.model_copy(update={"state": CaseState.IN_REVIEW})
    case, events = followed(case, answered(again, "Bu kez onarıldı.", at=timedelta(hours=1)))
    assert letters(events) == ["Bu kez onarıldı."]
    assert [answer.text for answer in case.earlier_answers] == ["Onarıldı."]


def test_while_the_answer_of_the_primary_is_in_question_it_is_told_to_nobody_else() -> None:
    into = objected_case()
    assert followed(merged(example.case(), into), into)[1] == []


@pytest.mark.parametrize("reason", ["not_responsible", "forwarded_external", "no_action_needed"])
def test_a_closing_about_the_matter_is_told_to_the_merged_ones_writer(reason: str) -> None:
    into = example.case()
    after, events = followed(merged(example.case(), into), closed(into, ClosureReason(reason)))
    assert (after.state, after.closure_reason, letters(events)) == (CaseState.CLOSED, reason, ["Belediyenin işi."])


@pytest.mark.parametrize("reason", ["spam", "duplicate", "not_contactable", "inadmissible", "withdrawn"])
def test_a_closing_about_the_primarys_writer_alone_leaves_the_merged_one_on_its_own(reason: str) -> None:
    into = example.case()
    after, events = followed(merged(example.case(), into), closed(into, ClosureReason(reason)))
    assert (after.state, after.merge, events) == (CaseState.NEW, None, [])
    assert after.timeline[-1].what == "separated"


def test_a_primary_that_is_closed_as_answered_closes_the_merged_one_after_its_answer_without_a_letter() -> None:
    into = example.case()
    after, events = followed(merged(example.case(), into), closed(answered(into), ClosureReason.ANSWERED))
    assert (after.state, letters(events)) == (CaseState.CLOSED, ["Onarıldı."])
    assert [event.explanation for event in events if isinstance(event, CaseClosed)] == [USUAL]


def test_a_closed_merged_one_hears_the_answer_of_a_primary_that_was_opened_again() -> None:
    into = closed(example.case(), ClosureReason.NOT_RESPONSIBLE)
    case, _ = followed(merged(example.case(), into), into)
    opened = example.saved(reopen(into, reason="Bizim işimiz.", by=example.officer(), now=LATER)[0])
    assert followed(case, opened) == (case, [])
    after, events = followed(case, answered(opened, "Onarıldı.", at=timedelta(hours=1)))
    assert (after.state, after.closure_reason, letters(events)) == (CaseState.RESOLVED, None, ["Onarıldı."])
    assert "answered" in [event.step for event in events if isinstance(event, CaseProgressed)]


def test_a_merged_one_hears_each_closing_of_its_primary_once() -> None:
    into = closed(example.case(), ClosureReason.NOT_RESPONSIBLE)
    case, _ = followed(merged(example.case(), into), into)
    opened = example.saved(reopen(into, reason="Eksik.", by=example.officer(), now=LATER)[0])
    given: dict[str, Any] = {"explanation": "Bakanlığa gönderildi.", "by": example.officer()}
    again, _ = close(opened, reason=ClosureReason.FORWARDED_EXTERNAL, now=LATER + timedelta(hours=1), **given)
    after, events = followed(case, example.saved(again))
    assert letters(events) == ["Bakanlığa gönderildi."]
    assert followed(after, again) == (after, [])


def test_what_an_older_version_closed_with_its_primary_is_not_told_again() -> None:
    into = closed(example.case(), ClosureReason.NOT_RESPONSIBLE)
    case, _ = followed(merged(example.case(), into), into)
    merge = case.merge.model_copy(update={"closed_from": None}) if case.merge else None
    of_before = case.model_copy(update={"merge": merge})
    assert followed(of_before, into) == (of_before, [])


def test_a_merged_one_that_was_opened_again_hears_the_standing_answer_once_more() -> None:
    into = answered(example.case())
    case, _ = followed(merged(example.case(), into), into)
    alone = example.saved(separate(case, by=example.officer(), now=LATER))
    opened = example.saved(reopen(alone, reason="Eksik.", by=example.officer(), now=LATER)[0])
    after, events = followed(merged(opened, into), into)
    assert (after.state, letters(events)) == (CaseState.RESOLVED, ["Onarıldı."])


def test_a_merged_one_that_is_withdrawn_hears_nothing_more() -> None:
    into = example.case()
    case, _ = withdraw(
        (m := merged(example.case(), into)), withdrawn(m), explanation="Geri alındı.", told_units="", now=LATER
    )
    assert case.state is CaseState.CLOSED
    assert followed(example.saved(case), answered(into))[1] == []


def test_an_objection_of_a_merged_one_concerns_it_alone() -> None:
    into = answered(example.case())
    case, _ = followed(merged(example.case(), into), into)
    alone, _ = receive_objection(case, objected(case), LATER)
    assert (alone.merge, alone.objected, into.objected) == (None, True, False)


def test_what_a_merged_ones_writer_adds_stays_to_be_read_after_the_answer() -> None:
    into = example.case()
    written = merged(example.case(), into)
    case, _ = followed(example.saved(follow_up(written, followed_up(written))), answered(into))
    facets = Cases.index_fields(case)["facets"]
    assert "view:attention" in facets
    assert "view:resolved" not in facets


def test_a_chain_ends_at_its_top() -> None:
    top = example.case()
    middle = merged(example.case(), top)
    case = example.case()
    low = case.model_copy(update={"merge": merged(case, example.case()).merge})
    low = low.model_copy(update={"merge": low.merge.model_copy(update={"into": middle.id}) if low.merge else None})
    changed = straighten(low, [middle, top], LATER)
    assert changed
    assert changed[0].merged_into == top.id
    assert [event.into for event in changed[1] if isinstance(event, CaseMerged)] == [top.id]
    assert straighten(changed[0], [top], LATER) is None


def test_of_a_circle_the_oldest_is_on_its_own_again() -> None:
    old = example.case(submitted_at=example.NOW - timedelta(days=1))
    young = example.case()
    old, young = merged(old, young), merged(young, old)
    changed = straighten(old, [young], LATER)
    assert changed
    assert (changed[0].merge, changed[1]) == (None, [])
    assert straighten(young, [old], LATER) is None


async def test_the_desk_answers_a_merged_one_once_however_often_it_hears_of_the_answer(
    make: Make, broker: Broker, database: Database
) -> None:
    into = await kept(database, example.case())
    case = await kept(database, merged(example.case(), into))
    primary = await Cases(database).save(approve(into, **_approval())[0])
    told = example.case_answered(message_id=primary.id, answered_at=LATER)
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "router.case.answered", of=11) == {"obeyed": 11}  # its own one too
    after = await Cases(database).get(case.id)
    assert (after.state, after.revision) == (CaseState.RESOLVED, case.revision + 1)
    assert [entry.what for entry in after.timeline].count("answered") == 1


async def test_a_merged_one_is_answered_once_when_the_held_answer_of_its_primary_goes_out(
    make: Make, broker: Broker, database: Database
) -> None:
    payload: dict[str, Any] = {"answer": "Onarıldı.", "versions": [], "waived_because": ""}
    into = await kept(database, hold(example.case(), "answer", payload, LATER, example.officer()))
    case = await kept(database, merged(example.case(), into))
    assert followed(case, into) == (case, [])
    async with listening(make("router")) as service:
        assert {*await outcomes(service, "router.case.answered", of=2)} == {"obeyed"}  # of both; each may come again
    after = await Cases(database).get(case.id)
    assert (after.state, after.answer and after.answer.text) == (CaseState.RESOLVED, "Onarıldı.")
    assert [entry.what for entry in after.timeline].count("answered") == 1


async def test_a_case_that_is_merged_into_a_closed_one_is_closed_at_once(
    make: Make, broker: Broker, database: Database
) -> None:
    into = await kept(database, closed(example.case(), ClosureReason.NOT_RESPONSIBLE))
    case = await kept(database, merged(example.case(), into))
    told = CaseMerged(message_id=case.id, into=into.id, merged_at=LATER)
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(told), times=10)
        assert await outcomes(service, "router.case.merged", of=10) == {"obeyed": 10}
    assert (await Cases(database).get(case.id)).revision == case.revision + 1


async def test_the_desk_closes_a_merged_one_once(make: Make, broker: Broker, database: Database) -> None:
    into = await kept(database, closed(answered(example.case()), ClosureReason.ANSWERED))
    case = await kept(database, merged(example.case(), into))
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(example.case_closed(message_id=into.id)), times=10)
        assert {*await outcomes(service, "router.case.closed", of=11)} == {"obeyed"}  # its own one too
    after = await Cases(database).get(case.id)
    assert [e.what for e in after.timeline] == ["submitted", "merged", "answered", "closed"]


async def test_two_officers_who_merge_two_cases_into_each_other_leave_one_primary(
    make: Make, broker: Broker, database: Database
) -> None:
    first = example.case(submitted_at=example.NOW - timedelta(days=1))
    second, third = example.case(), example.case()
    for case in (merged(first, second), merged(second, first), merged(third, second)):
        await kept(database, case)
    ids = {first.id: second.id, second.id: first.id, third.id: second.id}
    async with listening(make("router")) as service:
        for case_id, into in ids.items():
            await broker.publish(example.sealed(CaseMerged(message_id=case_id, into=into, merged_at=LATER)))
        await outcomes(service, "router.case.merged", of=4)  # the third is merged anew
    found = {case_id: (await Cases(database).get(case_id)).merged_into for case_id in ids}
    assert found == {first.id: None, second.id: first.id, third.id: first.id}


def _approval() -> dict[str, Any]:
    given: dict[str, Any] = {"answer": "Onarıldı.", "versions": set(), "waived_because": ""}
    return given | {"by": example.officer(), "now": LATER}


def test_the_answer_of_a_primary_that_was_restricted_since_goes_to_nobody_else() -> None:
    case, primary = example.case(), example.case()
    together = merged(case, primary)
    only, _ = restrict(primary, Why.HEALTH, to=["x"], by=example.officer(), now=LATER)
    after, events = followed(together, answered(example.saved(only)))
    assert (after.merge, after.answer, events) == (None, None, [])
    assert after.timeline[-1].what == "separated"


def test_a_merged_case_that_is_restricted_is_on_its_own() -> None:
    together = merged(example.case(), example.case())
    only, _ = restrict(together, Why.HARASSMENT, to=["x"], by=example.officer(), now=LATER)
    assert only.merge is None
    assert {"restricted", "separated"} <= {entry.what for entry in only.timeline}


async def test_who_is_merged_into_a_case_that_was_restricted_since_stands_where_officers_look(
    make: Make, broker: Broker, database: Database
) -> None:
    into = await kept(database, example.case())
    case = await kept(database, merged(example.case(), into))
    only, (told, _) = restrict(into, Why.HEALTH, to=["x"], by=example.officer(), now=LATER)
    await Cases(database).save(only)
    async with listening(make("router")) as service:
        await broker.publish(example.sealed(told))
        assert await outcomes(service, "router.case.restricted", of=1) == {"obeyed": 1}
    alone = await Cases(database).get(case.id)
    assert (alone.merge, attention(alone)) == (None, ("separated",))
    assert {"view:new", "view:attention", "view:separated"} <= set(Cases.index_fields(alone)["facets"])


def test_an_officer_who_separates_two_cases_knows_it() -> None:
    assert attention(separate(merged(example.case(), example.case()), by=example.officer(), now=LATER)) == ()


def test_a_closed_merged_one_of_a_primary_that_was_opened_and_restricted_is_shown_to_officers() -> None:
    into = closed(example.case(), ClosureReason.NOT_RESPONSIBLE)
    case, _ = followed(merged(example.case(), into), into)
    opened = example.saved(reopen(into, reason="Eksik.", by=example.officer(), now=LATER)[0])
    only, _ = restrict(opened, Why.HEALTH, to=["x"], by=example.officer(), now=LATER)
    after, events = followed(case, only)
    assert (after.state, after.merge, events) == (CaseState.CLOSED, None, [])
    assert needs_attention(after)
