"""Linking, merging and answering together on the desk, and which cases are shown as similar."""

import asyncio
from datetime import timedelta
from typing import Any

import httpx2
import pytest

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.links import link, unlink
from services.router.cases.domain.merging import SYSTEM
from services.router.cases.domain.parts import Restriction, TimelineEntry
from services.router.cases.domain.states import CaseState
from services.router.cases.store.cases import Cases
from services.router.cases.store.similar import Similar
from shared.clock import utc_now
from shared.documents import Database
from shared.tickets import Tickets
from tests import examples as example
from tests.router.desk import announced, keeps, kept, send, shown, types

ELSEWHERE = {"subject": "Yemekhane fiyatları", "text": "Yemekhanedeki fiyat artışının gerekçesini öğrenmek istiyorum."}
ALIKE = {"subject": "KÜTÜPHANEDE ISITMA YOK", "text": "Kütüphanenin ikinci katında ısıtmanın çalışmadığını bildiririm."}


async def similar_to(case: Case, database: Database) -> list[str]:
    return [found.id for found in await Similar(Cases(database)).of(example.officer(), case)]


async def test_cases_with_the_same_words_within_a_fortnight_are_similar(database: Database) -> None:
    case, alike = await kept(database, example.case()), await kept(database, example.case(**ALIKE))
    await kept(database, example.case(**ELSEWHERE))
    await kept(database, example.case(submitted_at=example.NOW - timedelta(days=15)))
    assert await similar_to(case, database) == [alike.id]


async def test_a_restricted_case_is_similar_for_those_alone_who_may_read_it(database: Database) -> None:
    case = await kept(database, example.case())
    for reader in ("somebody", example.officer().id):
        await kept(database, example.case(restriction=Restriction(why="health", to=(reader,), at=example.NOW)))
    (found,) = await Similar(Cases(database)).of(example.officer(), case)
    assert found.restriction
    assert found.restriction.to == (example.officer().id,)


async def test_at_most_five_similar_cases_are_shown(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    others = [await kept(database, example.case(**ALIKE)) for _ in range(7)]
    page = await officer.open(f"/cases/{case.id}")
    assert sum(other.reference in page for other in others) == 5


async def test_a_case_is_merged_by_the_number_of_another(officer: Browser, database: Database) -> None:
    case, into = await kept(database, example.routed_case()), await kept(database, example.case(**ELSEWHERE))
    await officer.open(f"/cases/{case.id}/related")
    page = shown(await follow(officer, case, act="merge", reference=into.reference.replace("-", " ").lower()))
    assert "Dealt with together with another case" in page
    assert into.reference in page
    assert types(await announced(database, case.id)) == ["case.merged", "assignment.recalled", "case.progressed"]
    assert case.reference in await officer.open(f"/cases/{into.id}")
    await officer.open(f"/cases/{case.id}/related")
    await follow(officer, case, act="separate")
    assert (await Cases(database).get(case.id)).merge is None


async def test_a_link_shows_on_both_cases_and_is_taken_back_from_either(officer: Browser, database: Database) -> None:
    case, other = await kept(database, example.case()), await kept(database, example.case(**ELSEWHERE))
    await officer.open(f"/cases/{case.id}/related")
    await follow(officer, case, act="link", reference=other.reference)
    assert other.reference in await officer.open(f"/cases/{case.id}")
    assert case.reference in await officer.open(f"/cases/{other.id}/related")
    await follow(officer, other, act=f"unlink:{case.reference}")
    assert (await Cases(database).get(case.id)).linked == ()


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"act": "merge", "reference": "26-0000-00"}, 409, "There is no case with this number"),
        ({"act": "merge", "reference": "own"}, 409, "cannot be merged into itself"),
        ({"act": "link", "reference": "own"}, 409, "cannot be linked with itself"),
        ({"act": "link", "reference": "hidden"}, 409, "There is no case with this number"),
        ({"act": "separate"}, 409, "not dealt with together"),
        ({"act": ""}, 422, "Please choose what is done"),
    ],
)
async def test_what_cannot_be_done_is_said_and_what_was_typed_stays(
    officer: Browser, database: Database, fields: dict[str, str], status: int, said: str
) -> None:
    case = await kept(database, example.case())
    restriction = Restriction(why="health", to=("somebody",), at=example.NOW)
    hidden = await kept(database, example.case(**ELSEWHERE, restriction=restriction))
    names = {"own": case.reference, "hidden": hidden.reference}
    sent = fields | {"reference": names.get(fields.get("reference", ""), fields.get("reference", ""))}
    await officer.open(f"/cases/{case.id}/related")
    answer = await send(officer, f"/cases/{case.id}/related", **sent)
    assert (answer.status_code, said in shown(answer)) == (status, True)
    assert keeps(answer, sent["reference"])
    assert (await Cases(database).get(case.id)).revision == case.revision


async def test_who_may_not_read_a_linked_case_sees_no_number_of_it(officer: Browser, database: Database) -> None:
    me = example.officer()
    case = example.case(restriction=Restriction(why="health", to=(me.id, "both"), at=example.NOW))
    other = example.case(**ELSEWHERE, restriction=Restriction(why="health", to=("both",), at=example.NOW))
    earlier = example.case(**ELSEWHERE, restriction=Restriction(why="health", to=("both",), at=example.NOW))
    readable = example.case(**ELSEWHERE)
    given: dict[str, Any] = {"by": me, "now": example.NOW}
    linked = unlink(link(link(link(case, other, **given), earlier, **given), readable, **given), earlier, **given)
    for one in (linked, other, earlier, readable):
        await kept(database, one)
    for page in ("", "/print", "/related"):
        text = await officer.open(f"/cases/{case.id}{page}")
        assert [number for number in (other.reference, earlier.reference) if number in text] == []
        assert readable.reference in text
    found = await officer.open(f"/search?q={other.reference}")
    assert case.reference not in found


async def test_a_case_that_is_on_its_own_again_says_what_to_do(officer: Browser, database: Database) -> None:
    entry = TimelineEntry(at=example.NOW, what="separated", actor=SYSTEM, revision=1)
    case = example.case()
    alone = await kept(database, example.saved(case.model_copy(update={"timeline": (*case.timeline, entry)})))
    page = await officer.open(f"/cases/{alone.id}")
    assert "Please route or answer this case on its own." in page
    await officer.submit(f"/cases/{alone.id}/reading")
    assert "Please route or answer this case on its own." not in await officer.open(f"/cases/{alone.id}")


async def test_several_cases_get_one_answer_and_each_a_letter_of_its_own(officer: Browser, database: Database) -> None:
    case, other = await kept(database, example.case()), await kept(database, example.case(**ALIKE))
    await officer.open(f"/cases/{case.id}/together")
    chosen = [f"{one.id}@{one.revision}" for one in (case, other)]
    await officer.submit(f"/cases/{case.id}/together", cases=chosen, answer="Isıtma onarılmıştır.")
    for one in (case, other):
        (told, *_) = await announced(database, one.id)
        assert (told["type"], told["message_id"], told["answer"]) == ("case.answered", one.id, "Isıtma onarılmıştır.")


async def test_a_case_that_changed_meanwhile_is_left_out_and_named(officer: Browser, database: Database) -> None:
    case, other = await kept(database, example.case()), await kept(database, example.case(**ALIKE))
    waiting = await kept(database, example.routed_case(**ALIKE))
    await officer.open(f"/cases/{case.id}/together")
    changed = await Cases(database).save(example.routed_case().model_copy(update={"id": other.id, "revision": 0}))
    chosen = [f"{one.id}@{one.revision}" for one in (case, other, waiting)]
    answer = await send(officer, f"/cases/{case.id}/together", cases=chosen, answer="Isıtma onarılmıştır.")
    said = shown(answer)
    assert (answer.status_code, "1 case was answered" in said, keeps(answer, "Isıtma onarılmıştır.")) == (409, 1, 1)
    assert changed.reference in said
    assert waiting.reference in said
    assert (await Cases(database).get(case.id)).state is CaseState.RESOLVED
    assert (await Cases(database).get(waiting.id)).answer is None


async def test_two_officers_who_answer_the_same_cases_send_each_writer_one_letter(
    officer: Browser, database: Database
) -> None:
    cases = [await kept(database, example.case()) for _ in range(4)]
    await officer.open(f"/cases/{cases[0].id}/together")
    chosen = [f"{one.id}@{one.revision}" for one in cases]
    sent: dict[str, Any] = {"cases": chosen, "answer": "Isıtma onarılmıştır."}
    await asyncio.gather(*(send(officer, f"/cases/{cases[0].id}/together", **sent) for _ in range(2)))
    for one in cases:
        assert types(await announced(database, one.id)).count("case.answered") == 1


async def test_an_answer_given_by_telephone_ends_the_case_without_a_letter(
    officer: Browser, database: Database
) -> None:
    now = utc_now()
    case = await kept(database, example.case(submitted_at=now - timedelta(days=2)))
    await officer.open(f"/cases/{case.id}/telling")
    given = {"channel": "telephone", "told_of": "Ayşe Yılmaz", "answer": "Yarın onarılacak."}
    page = await officer.submit(f"/cases/{case.id}/telling", **given)
    answered = await Cases(database).get(case.id)
    assert (answered.state, answered.answer and answered.answer.told_by) == (CaseState.RESOLVED, "telephone")
    assert (await announced(database, case.id))[0]["told_by"] == "telephone"
    assert "No e-mail was sent" in page


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"day": "2020-01-01"}, 409, "before the message came"),
        ({"day": "2190-01-01"}, 409, "after today"),
        ({"day": "yesterday"}, 422, "Please enter the day"),
        ({"channel": []}, 422, "Please choose how it was given"),
        ({"told_of": ""}, 422, "Please enter who gave the answer"),
    ],
)
async def test_an_answer_that_cannot_be_noted_keeps_what_was_typed(
    officer: Browser, database: Database, fields: dict[str, Any], status: int, said: str
) -> None:
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}/telling")
    given: dict[str, Any] = {"channel": "paper", "answer": "Yarın onarılacak."} | fields
    answer = await send(officer, f"/cases/{case.id}/telling", **given)
    assert (answer.status_code, said in shown(answer), keeps(answer, "Yarın onarılacak.")) == (status, True, True)
    assert (await Cases(database).get(case.id)).answer is None


async def follow(officer: Browser, case: Case, **fields: str) -> httpx2.Response:
    answer = await send(officer, f"/cases/{case.id}/related", **fields)
    assert answer.url.path == f"/cases/{case.id}", shown(answer)
    return answer


async def test_the_desk_opens_the_form_with_a_ticket_for_this_officer(officer: Browser) -> None:
    await officer.open("/entering")
    answer = await officer.client.get("/entering?channel=paper", follow_redirects=False)
    address, _, token = answer.headers["location"].partition("/?ticket=")
    ticket = Tickets({"router": [example.SIGNERS["router"].public_key]}).read(token)
    assert ticket
    assert (address, answer.status_code) == ("http://127.0.0.1:8001", 303)
    assert (ticket.officer.id, ticket.name, ticket.channel) == (example.officer().id, "Ayşe Yılmaz", "paper")
    assert (await officer.client.get("/entering?channel=pigeon")).status_code == 200


async def test_a_restricted_case_keeps_its_link_so_that_the_other_one_does_not_name_it(
    officer: Browser, database: Database
) -> None:
    case = await kept(database, example.case())
    me = await database["accounts"].find_one({})
    assert me
    only = Restriction(why="health", to=(me["_id"],), at=example.NOW)
    hidden = await kept(database, example.case(**ELSEWHERE, restriction=only))
    await officer.open(f"/cases/{case.id}/related")
    page = await follow(officer, case, act="link", reference=hidden.reference)
    assert hidden.reference in shown(page)
    linked = await Cases(database).get(case.id)
    assert (linked.linked, [entry.what for entry in linked.timeline]) == ((), ["submitted"])
    assert (await Cases(database).get(hidden.id)).linked == (case.id,)
