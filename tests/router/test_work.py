"""Whose a case is, how urgent, of which kind, under which tags."""

from datetime import timedelta
from typing import Any

import pytest

from scripts.browser import Browser
from services.router.access import Role
from services.router.accounts.store import Accounts
from services.router.cases.domain.attention import attention
from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Restriction
from services.router.cases.domain.states import Priority
from services.router.cases.domain.submitter import follow_up
from services.router.cases.domain.work import assign, correct_kind, set_priority, set_tags, tag
from services.router.cases.jobs import Claims
from services.router.cases.store.cases import Cases
from shared.documents import Database
from shared.events import MessageFollowedUp
from shared.refused import Refused
from tests import examples as example
from tests.router.desk import kept, send, shown

OFFICER, LATER = example.officer(), example.NOW + timedelta(hours=1)
COLLEAGUE = {"id": "c2", "email": "mert@klu.example", "name": "Mert Aydın"}


async def at(officer: Browser, database: Database, **different: Any) -> Case:
    """The officer looks at this case; there is a colleague."""
    await Accounts(database).put(example.account(**COLLEAGUE))
    case = await kept(database, example.case(**different))
    await officer.open(f"/cases/{case.id}")
    return case


async def now(database: Database, case: Case) -> Case:
    return await Cases(database).get(case.id)


async def test_a_case_is_claimed_with_one_click_and_given_back_with_another(
    officer: Browser, database: Database
) -> None:
    case = await at(officer, database)
    page = await officer.submit(f"/cases/{case.id}/claim")
    assert "The case is yours." in page
    assert ((await now(database, case)).officer, (await now(database, case)).timeline[-1].what) == (
        OFFICER.id,
        "claimed",
    )
    await officer.submit(f"/cases/{case.id}/claim")
    assert (await now(database, case)).officer is None


async def test_a_case_is_given_to_a_colleague_by_name(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    assert "Mert Aydın" in await officer.open(f"/cases/{case.id}/claim")
    page = await officer.submit(f"/cases/{case.id}/claim", officer="c2")
    assert (await now(database, case)).officer == "c2"
    assert "Given to a colleague" in page
    assert "Officer Mert Aydın" in page


@pytest.mark.parametrize("different", [{"disabled": True}, {"role": Role.AUDITOR}])
async def test_a_case_is_not_given_to_somebody_who_cannot_work_on_it(
    officer: Browser, database: Database, different: dict[str, Any]
) -> None:
    case = await kept(database, example.case())
    await Accounts(database).put(example.account(**COLLEAGUE | different))
    assert "Mert" not in await officer.open(f"/cases/{case.id}/claim")
    answer = await send(officer, f"/cases/{case.id}/claim", officer="c2")
    assert (answer.status_code, (await now(database, case)).officer) == (409, None)


async def test_of_two_who_claim_at_once_the_second_is_told_who_was_faster(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    await Cases(database).save(assign(case, "c2", "Mert Aydın", OFFICER, LATER))
    answer = await send(officer, f"/cases/{case.id}/claim")
    assert (answer.status_code, "Now with: Mert Aydın" in shown(answer)) == (409, True)
    assert (await now(database, case)).officer == "c2"


async def test_priority_kind_and_tags_are_set_one_by_one(officer: Browser, database: Database) -> None:
    case = await at(officer, database, kind="other")
    await officer.submit(f"/cases/{case.id}/priority", priority="high")
    await officer.submit(f"/cases/{case.id}/kind", kind="complaint")
    page = await officer.submit(f"/cases/{case.id}/tags", tags="Isıtma, KÜTÜPHANE,ısıtma,, a@b:c")
    changed = await now(database, case)
    assert (changed.urgency, changed.kind, changed.given_kind) == (Priority.HIGH, "complaint", "other")
    assert changed.tags == ("a b c", "kütüphane", "ısıtma")
    assert [entry.what for entry in changed.timeline[1:]] == ["prioritised", "kind_corrected", "tagged"]
    assert "chosen by the submitter: Other" in page


@pytest.mark.parametrize(
    ("form", "wanted", "others"),
    [
        ("priority", {"priority": "low"}, set_priority(example.case(), Priority.URGENT, OFFICER, LATER)),
        ("kind", {"kind": "request"}, correct_kind(example.case(), "suggestion", OFFICER, LATER)),
        ("tags", {"tags": "sınav"}, set_tags(example.case(), ["yangın"], OFFICER, LATER)),
    ],
)
async def test_what_a_colleague_has_set_meanwhile_is_shown_beside_and_not_lost(
    officer: Browser, database: Database, form: str, wanted: dict[str, str], others: Case
) -> None:
    await kept(database, example.case(id=others.id))
    await officer.open(f"/cases/{others.id}")
    await Cases(database).save(others)
    answer = await send(officer, f"/cases/{others.id}/{form}", **wanted)
    assert (answer.status_code, "A colleague has written:" in shown(answer)) == (409, True)
    assert (await now(database, others)).tags == others.tags
    officer.page = answer
    await officer.submit(f"/cases/{others.id}/{form}", **wanted)
    assert (await now(database, others)).revision == 2


async def test_other_changes_do_not_stand_in_the_way(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    await Cases(database).save(set_tags(case, ["yangın"], OFFICER, LATER))
    await officer.submit(f"/cases/{case.id}/priority", priority="high")
    changed = await now(database, case)
    assert (changed.tags, changed.priority) == (("yangın",), Priority.HIGH)


async def test_the_claims_of_a_disabled_officer_end_and_no_others(database: Database) -> None:
    await Accounts(database).put(example.account(disabled=True))
    await Accounts(database).put(example.account(**COLLEAGUE))
    cases = Cases(database)
    claimed = await kept(database, example.case(officer=OFFICER.id))
    finished = await kept(database, example.answered_case(officer=OFFICER.id))
    colleagues = await kept(database, example.case(officer="c2"))
    await Claims(cases, Accounts(database)).run()
    await Claims(cases, Accounts(database)).run()
    freed = await cases.get(claimed.id)
    assert (freed.officer, freed.timeline[-1].what, freed.revision) == (None, "freed", claimed.revision + 1)
    assert (await cases.get(finished.id)).officer == OFFICER.id
    assert (await cases.get(colleagues.id)).officer == "c2"


def test_a_finished_case_is_given_to_nobody() -> None:
    with pytest.raises(Refused):
        assign(example.answered_case(), OFFICER.id, OFFICER.name, OFFICER, LATER)


def test_a_restricted_case_is_given_to_those_who_may_read_it() -> None:
    case = example.case(restriction=Restriction(why="health", to=("c2",), at=example.NOW))
    assert assign(case, "c2", "Mert", OFFICER, LATER).officer == "c2"
    with pytest.raises(Refused):
        assign(case, "c3", "Can", OFFICER, LATER)


def test_what_is_so_already_changes_nothing() -> None:
    case = example.case(officer=OFFICER.id, priority=Priority.LOW, tags=("x",))
    assert assign(case, OFFICER.id, OFFICER.name, OFFICER, LATER) is case
    assert set_priority(case, Priority.LOW, OFFICER, LATER) is case
    assert set_tags(case, [" X "], OFFICER, LATER) is case
    assert correct_kind(case, case.kind, OFFICER, LATER) is case


def test_a_kind_that_is_corrected_back_is_the_given_one_again() -> None:
    case = example.case(kind="request")
    back = correct_kind(correct_kind(case, "complaint", OFFICER, LATER), "request", OFFICER, LATER)
    assert (back.kind, back.given_kind) == ("request", None)


@pytest.mark.parametrize("tags", [[str(number) for number in range(11)], ["x" * 31]])
def test_too_many_tags_and_long_ones_are_refused(tags: list[str]) -> None:
    with pytest.raises(Refused):
        set_tags(example.case(), tags, OFFICER, LATER)


@pytest.mark.parametrize(
    ("word", "kept_as"), [("ISPARTA", "ısparta"), ("İzmir ", "izmir"), ("Çok  Acil", "çok acil"), ("@", "")]
)
def test_a_tag_is_kept_in_the_small_letters_of_turkish(word: str, kept_as: str) -> None:
    assert tag(word) == kept_as


def test_putting_a_case_in_order_does_not_end_the_mark_of_what_its_submitter_wrote() -> None:
    told = MessageFollowedUp.model_validate(
        {
            "message_id": "m",
            "reference": "26-7KX4-9Q",
            "follow_up_id": "f1",
            "text": "Hâlâ soğuk.",
            "followed_up_at": LATER,
        }
    )
    written = example.saved(follow_up(example.case(), told))
    ordered = set_priority(assign(written, OFFICER.id, OFFICER.name, OFFICER, LATER), Priority.HIGH, OFFICER, LATER)
    assert attention(written) == attention(ordered) == ("followed_up",)
