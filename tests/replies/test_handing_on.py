"""A colleague gets a link of their own, with a draft of their own, until it is taken back."""

from typing import Any

import pytest

from scripts.browser import Browser
from services.replies.domain.assignment import Assignment, AssignmentState
from services.replies.domain.handing_on import MOST, behind, hand_on, holders, stored, take_back_from
from services.replies.domain.links import colleague_token, hash_token, token
from services.replies.domain.writing import Refused, keep_draft, reply
from services.replies.store import Assignments
from shared.documents import Database
from shared.events import AssignmentHandedOn, AssignmentTakenBack, AssignmentViewed, ColleagueInvited
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted
from tests.links import in_state
from tests.newer import kept_through
from tests.replies.test_attaching import attach

URL = "http://127.0.0.1:8003"
COLLEAGUE = {
    "colleague_name": "Ayşe Yılmaz",
    "colleague_email": "ayse@klu.example",
    "colleague_note": "Sen daha iyi bilirsin.",
    "colleague_by": "Fatma Şahin",
}


def handed_on(
    assignment: Assignment | None = None, holder_id: str = "h1", **different: Any
) -> tuple[Assignment, list[Any]]:
    given: dict[str, Any] = {
        "name": "Ayşe",
        "email": f"{holder_id}@klu.example",
        "note": "",
        "by": "Fatma",
        "now": example.NOW,
    }
    return hand_on(
        assignment or example.units_assignment(),
        holder_id=holder_id,
        secret=example.SECRET,
        base_url=URL,
        **given | different,
    )


def test_the_desk_learns_who_holds_it_and_only_the_letter_has_the_link() -> None:
    after, (read, told, invited) = handed_on(note="Bakar mısın?")
    assert isinstance(read, AssignmentViewed) and read.by_person and after.read_at
    assert isinstance(told, AssignmentHandedOn) and isinstance(invited, ColleagueInvited)
    assert (told.holder_id, told.name, told.by) == ("h1", "Ayşe", "Fatma")
    assert (invited.email, invited.note, invited.due_at) == ("h1@klu.example", "Bakar mısın?", after.due_at)
    link_token = invited.link.removeprefix(f"{URL}/a/")
    assert after.holders[0].token_hash == hash_token(link_token)
    assert link_token not in str(after.model_dump()) + str(told.model_dump())


@pytest.mark.parametrize("number", range(20))
def test_a_colleagues_link_ends_with_a_letter_or_a_digit(number: int) -> None:
    made = colleague_token(example.SECRET, "a1", f"h{number}")
    assert made[-1].isalnum() and len(made) == 32


def test_five_colleagues_have_it_at_a_time() -> None:
    assignment = example.units_assignment()
    for number in range(MOST):
        assignment, _ = handed_on(assignment, f"h{number}")
    with pytest.raises(Refused, match="five colleagues"):
        handed_on(assignment, "one more")
    fewer, _ = take_back_from(assignment, holder_id="h0", by="Fatma", now=example.NOW)
    assert len(holders(handed_on(fewer, "instead")[0])) == MOST


def test_the_same_colleague_gets_no_second_link() -> None:
    after, _ = handed_on(email="Ayse@klu.example")
    with pytest.raises(Refused, match="already"):
        handed_on(after, "h2", email="ayse@KLU.example")


def test_a_colleague_neither_hands_it_on_nor_takes_it_back() -> None:
    after, _ = handed_on(handed_on()[0], "h2")
    with pytest.raises(Refused, match="own link"):
        handed_on(behind(after, "h1"), "h3")
    with pytest.raises(Refused, match="own link"):
        take_back_from(behind(after, "h1"), holder_id="h2", by="Ayşe", now=example.NOW)


@pytest.mark.parametrize("state", ["answered", "declined", "recalled", "closed"])
def test_what_is_over_is_not_handed_on(state: str) -> None:
    with pytest.raises(Refused):
        handed_on(in_state(state))


def test_a_colleague_writes_a_draft_and_the_reply_in_their_own_name() -> None:
    mine = in_state("drafted")
    assert mine.draft
    mine = mine.model_copy(update={"set_aside": (mine.draft,)})
    theirs = behind(handed_on(mine)[0], "h1")
    assert (theirs.draft, theirs.text_in_form, theirs.set_aside) == (None, "", ())
    drafted, _ = keep_draft(theirs, text="Benim", by="Ayşe", drawn=example.drawn(theirs), now=example.NOW)
    kept = stored(drafted)
    assert (kept.draft, kept.holders[0].draft and kept.holders[0].draft.text) == (mine.draft, "Benim")
    assert kept.set_aside == mine.set_aside
    sent, (told,) = reply(drafted, text="Onarıldı.", by="Ayşe", drawn=example.drawn(drafted), now=example.NOW)
    assert stored(sent).state is AssignmentState.REPLIED and stored(sent).draft == mine.draft
    assert told.actor and (told.actor.kind, told.actor.id) == ("unit", f"{mine.id}.h1")


def test_what_was_taken_back_is_told_once() -> None:
    after, (told,) = take_back_from(handed_on()[0], holder_id="h1", by="Fatma", now=example.NOW)
    assert isinstance(told, AssignmentTakenBack) and holders(after) == []
    with pytest.raises(Refused, match="no longer"):
        take_back_from(after, holder_id="h1", by="Fatma", now=example.NOW)


async def test_what_a_newer_version_added_to_a_holder_is_kept(database: Database) -> None:
    store = Assignments(database)
    await kept_through(store, handed_on()[0], lambda a: a.model_copy(update={"note": "Yeni"}), state="delegated")


@pytest.fixture
async def unit(make: Make, visit: Visit, database: Database) -> Browser:
    await Assignments(database).prepare()
    return visit(make("replies"))


async def opened(unit: Browser, database: Database, assignment: Assignment | None = None) -> tuple[str, Assignment]:
    """The path of the unit's own link, with its page opened."""
    assignment = assignment or example.units_assignment()
    await Assignments(database).add(assignment)
    path = f"/a/{token(example.SECRET, assignment.id)}"
    await unit.open(path)
    return path, assignment


async def theirs(database: Database, assignment: Assignment) -> str:
    """The path of the newest colleague's link."""
    holder = (await Assignments(database).get(assignment.id)).holders[-1]
    return f"/a/{colleague_token(example.SECRET, assignment.id, holder.id)}"


async def test_the_message_goes_to_a_colleague_and_comes_back(unit: Browser, database: Database) -> None:
    path, assignment = await opened(unit, database)
    page = await unit.submit(f"{path}/colleagues", **COLLEAGUE, colleague_check="7KX4")
    assert "Ayşe Yılmaz" in page and "devreden: Fatma Şahin" in page
    assert "Bağlantı bu adrese e-postayla gönderilmiştir." in page
    colleague = unit.tab()
    link = await theirs(database, assignment)
    page = await colleague.open(link)
    assert "Fatma Şahin bu başvuruyu size devretti" in page and "Sen daha iyi bilirsin." in page
    assert submitted(colleague, f"{link}/reply")["by"] == "Ayşe Yılmaz"
    assert f"{link}/colleagues" not in colleague.html
    await send(colleague, f"{link}/reply", by_way_of=f"{link}/draft", text="Ayşe'nin taslağı", check="7KX4")
    assert "Ayşe'nin taslağı" in await unit.open(path)
    assert submitted(unit, f"{path}/reply").get("text", "").strip() == ""
    holder = (await Assignments(database).get(assignment.id)).holders[0]
    page = await unit.submit(f"{path}/colleagues/removal", holder_id=holder.id, back_by="Fatma", back_check="7KX4")
    assert "Ayşe'nin taslağı" in page
    gone = await send(colleague, f"{link}/reply", text="Son söz", check="7KX4", confirmed="yes")
    assert gone.status_code == 410
    for said in ("artık geçerli değil", "Son söz", "Ayşe&#39;nin taslağı"):
        assert said in gone.text


async def test_a_colleagues_reply_is_the_units(unit: Browser, database: Database) -> None:
    path, assignment = await opened(unit, database)
    await unit.submit(f"{path}/colleagues", **COLLEAGUE, colleague_check="7KX4")
    link = await theirs(database, assignment)
    await unit.open(link)
    fields = {"text": "Onarıldı.", "check": "7KX4", "confirmed": "yes"}
    await send(unit, f"{link}/reply", **fields)
    kept = await Assignments(database).get(assignment.id)
    if kept.reply is None:  # a page that asks to confirm comes first
        await send(unit, f"{link}/reply", **fields)
        kept = await Assignments(database).get(assignment.id)
    assert kept.reply and (kept.reply.by, kept.reply.text) == ("Ayşe Yılmaz", "Onarıldı.")


@pytest.mark.parametrize(
    "wrong", [{"colleague_check": "zzzz"}, {"colleague_email": "nobody"}, {"colleague_name": ""}, {"csrf": "x"}]
)
async def test_nothing_that_was_typed_is_lost_and_nothing_is_sent(
    unit: Browser, database: Database, wrong: dict[str, str]
) -> None:
    path, assignment = await opened(unit, database)
    fields = COLLEAGUE | {"colleague_check": "7KX4"} | wrong
    answer = await send(unit, f"{path}/colleagues", **fields)
    assert answer.status_code == 422
    assert submitted(unit, f"{path}/colleagues")["colleague_note"] == COLLEAGUE["colleague_note"]
    assert (await Assignments(database).get(assignment.id)).holders == ()


async def test_a_colleague_who_sends_the_forms_of_the_unit_is_refused(unit: Browser, database: Database) -> None:
    path, assignment = await opened(unit, database)
    await unit.submit(f"{path}/colleagues", **COLLEAGUE, colleague_check="7KX4")
    link = await theirs(database, assignment)
    await unit.open(link)
    again = COLLEAGUE | {"colleague_email": "x@klu.example", "colleague_check": "7KX4"}
    answer = await send(unit, f"{link}/reply", by_way_of=f"{link}/colleagues", **again)
    assert answer.status_code == 409 and "yalnızca birimin kendi bağlantısına" in answer.text
    assert len((await Assignments(database).get(assignment.id)).holders) == 1


async def test_what_a_colleague_attaches_is_on_their_page_alone(unit: Browser, database: Database) -> None:
    path, assignment = await opened(unit, database)
    await unit.submit(f"{path}/colleagues", **COLLEAGUE, colleague_check="7KX4")
    link = await theirs(database, assignment)
    await unit.open(link)
    assert (await attach(unit, link)).status_code == 201
    await unit.open(link)
    assert "plan.txt" in unit.html
    await unit.open(path)
    assert "plan.txt" not in unit.html
