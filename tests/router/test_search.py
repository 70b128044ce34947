"""The search: what it finds, in which order, for whom; and how MongoDB reads the index."""

import time
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pymongo.errors import NetworkTimeout

from scripts.eventually import eventually
from services.router.access import Officer
from services.router.cases.domain.case import Case
from services.router.cases.domain.finding import marked, snippets
from services.router.cases.domain.parts import Note, Restriction
from services.router.cases.domain.terms import read_query
from services.router.cases.store import words as words_module
from services.router.cases.store.cases import BY_TERMS, Cases
from services.router.cases.store.search import ROW_FIELDS, Search, matching
from services.router.cases.store.words import KEPT, Words
from shared.documents import Database
from shared.state import KeptFile
from tests import examples as example
from tests.conftest import Broker, Make, listening

ZONE = ZoneInfo("Europe/Istanbul")


class Finding:
    """The search on the test's database."""

    def __init__(self, database: Database) -> None:
        self.cases = Cases(database)
        self.words = Words(self.cases, ZONE)
        self.search = Search(self.cases, self.words, longest=10_000)

    async def add(self, **different: Any) -> Case:
        case = example.case(**different)
        await self.cases.add(case)
        await self.words.store_noted()
        return case

    async def ids(self, query: str, reader: Officer | None = None, **more: Any) -> list[str]:
        found = await self.search.page(read_query(query), reader or example.officer(), **more)
        return [hit.case.id for hit in found.hits]


@pytest.fixture
async def finding(database: Database) -> Finding:
    made = Finding(database)
    await made.cases.prepare()
    await made.words.prepare()
    return made


async def test_a_case_is_found_by_everything_that_is_written_in_it(finding: Finding) -> None:
    note = Note(id="n", text="Dekanlıkla görüşüldü", by="A", actor=example.officer().actor, at=example.NOW)
    file = KeptFile.model_validate(example.file_ref(name="Kırık kalorifer.jpg"))
    case = example.answered_case(notes=(note,), files=(file,), reference="26-7KX4-9Q")
    await finding.cases.add(case)
    await finding.words.store_noted()
    query = ["deniz kaya", "26-7KX4-9Q isitma", "DENIZ.KAYA@example.org", "+90 288 212 96 79", "KUTUPHANE", "iki gün"]
    query += ["onarılmıştır", "dekanlık", "kirik kal", "inceleyip"]
    assert {text: await finding.ids(text) for text in query} == {text: [case.id] for text in query}
    assert await finding.ids("kütüphane yemekhane") == []
    assert await finding.ids("hane") == []
    assert await finding.ids("") == []


async def test_a_new_word_is_found_by_its_beginning_before_any_count(finding: Finding) -> None:
    case = await finding.add(text="Zürafa gördüm")
    assert await finding.ids("zur") == [case.id]


async def test_hits_in_the_head_come_first_then_the_newest(finding: Finding) -> None:
    def at(hours: int) -> Any:
        return example.NOW + timedelta(hours=hours)

    older = await finding.add(subject="Asansör bozuk", text="Bozuk.", submitted_at=at(0))
    newer = await finding.add(subject="Asansör", text="Bozuk.", submitted_at=at(1))
    in_text = await finding.add(subject="Bina", text="Asansörler bozuk.", submitted_at=at(3))
    newest = await finding.add(subject="Bozuk bir asansör", text="x", submitted_at=at(2))
    assert await finding.ids("asansör boz") == [newest.id, older.id, in_text.id, newer.id]


async def test_pages_follow_one_another_without_gap_or_repetition(finding: Finding) -> None:
    made = []
    for number in range(60):
        subject = "Asansör" if number % 2 else "Bina"
        at = example.NOW + timedelta(minutes=number // 5)  # several came in the same minute
        made.append((await finding.add(subject=subject, text="asansör", submitted_at=at)).id)
    shown, after = list[str](), None
    for _ in range(3):
        page = await finding.search.page(read_query("asan"), example.officer(), after=after)
        shown += [hit.case.id for hit in page.hits]
        after = page.next
    assert after is None
    assert sorted(shown) == sorted(made)
    assert len(shown) == len({*shown}) == 60


async def test_while_the_index_is_built_the_search_says_that_cases_are_missing(finding: Finding) -> None:
    await finding.add(text="zürafa")
    await finding.cases.collection.drop_indexes()
    page = await finding.search.page(read_query("zur"), example.officer())
    assert (page.hits, page.too_wide) == ((), True)


async def test_filters_apply(finding: Finding) -> None:
    await finding.add(kind="complaint", text="asansör")
    wanted = await finding.add(kind="request", text="asansör", language="en")
    assert await finding.ids("asansör", facets=["kind:request", "language:en"]) == [wanted.id]
    assert await finding.ids("asansör", facets=["kind:request", "language:tr"]) == []


async def test_a_restricted_case_is_found_by_those_named_and_by_nobody_else(finding: Finding) -> None:
    case = await finding.add(text="Psikiyatri randevusu", reference="26-7KX4-9Q")
    named, other = example.officer(), example.officer(id="other")
    assert await finding.ids("psik", other) == [case.id]
    restriction = Restriction(why="health", to=(named.id,), at=example.NOW)
    await finding.cases.save(case.model_copy(update={"restriction": restriction}))
    await finding.words.store_noted()
    for query in ("psik", "psikiyatri", "26-7KX4-9Q", "deniz.kaya@example.org", f"psikiyatri@{named.id}"):
        assert (query, await finding.ids(query, other)) == (query, [])
    for query in ("psik", "deniz.kaya@example.org", "psik rand"):
        assert (query, await finding.ids(query, named)) == (query, [case.id])
    assert await finding.search.with_reference("26-7KX4-9Q", named) == case.id
    assert await finding.search.with_reference("26-7KX4-9Q", other) is None
    later = example.NOW + 2 * KEPT
    await finding.words.rebuild(later)
    await finding.words.collection.delete_many({"counted_at": {"$ne": later}})
    assert list(await finding.words.beginning("psik", other.id)) == ["psik"]


async def test_the_count_finds_the_words_of_all_cases_and_deletes_those_of_none(
    finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(words_module, "CHUNK", 2)
    monkeypatch.setattr(words_module, "TOGETHER", 3)
    for _ in range(5):
        await finding.add(text="zürafa")
    gone = await finding.add(text="tapir")
    await finding.cases.collection.delete_one({"_id": gone.id})
    finding.words._now = lambda: example.NOW
    await finding.words.collection.update_many({}, {"$set": {"seen_at": example.NOW - 2 * KEPT}})
    await finding.words.collection.delete_one({"_id": "kaya"})
    await finding.words.rebuild(example.NOW)
    assert await finding.words.beginning("zur", "x") == {"zur": 0, "zurafa": 5}
    assert await finding.words.beginning("kaya", "x") == {"kaya": 5}
    assert await finding.words.beginning("tapir", "x") == {"tapir": 0}
    await finding.words.rebuild(example.NOW + timedelta(days=1))
    assert await finding.words.beginning("zur", "x") == {"zur": 0, "zurafa": 5}


async def test_a_count_is_due_at_first_then_at_night_and_when_the_cases_have_doubled(finding: Finding) -> None:
    now = example.NOW
    finding.words._now = finding.words._recount._now = lambda: now
    await finding.add()

    async def counted() -> bool:
        before = await finding.words._state.find_one({})
        await finding.words.rebuild_if_due()
        return await finding.words._state.find_one({}) != before

    assert await counted()
    assert not await counted()
    now = example.NOW.replace(hour=0) + timedelta(days=1)  # three o'clock in Türkiye, but 14 hours later
    assert not await counted()
    now += timedelta(days=1)
    assert await counted()
    await finding.add()
    await finding.add()
    assert await counted()


async def test_a_count_that_failed_begins_again_at_the_next_call(
    finding: Finding, monkeypatch: pytest.MonkeyPatch
) -> None:
    await finding.add(text="zürafa")

    async def away(last: str) -> list[dict[str, Any]]:
        raise NetworkTimeout("example")

    with monkeypatch.context() as patched:
        patched.setattr(finding.words, "_chunk", away)
        with pytest.raises(NetworkTimeout):
            await finding.words.rebuild_if_due()
    await finding.words.rebuild_if_due()
    assert (await finding.words._state.find_one({}) or {})["cases"] == 1


async def test_what_a_process_wrote_before_it_died_is_caught_up(finding: Finding, database: Database) -> None:
    await finding.words.catch_up()
    case = example.case(text="zürafa")
    await Cases(database).add(case)  # another process, which stores no words
    assert await finding.ids("zur") == []
    await finding.words.catch_up()
    await finding.words.store_noted()
    assert await finding.ids("zur") == [case.id]


async def test_what_an_older_version_writes_beside_this_one_is_found(finding: Finding, database: Database) -> None:
    case = await finding.add(text="zürafa")
    await finding.words.catch_up()
    now = database.clock()
    older = {"indexed": {"revision": 1, "version": 3, "changed_at": now}, "text": "suaygırı", "revision": 1}
    await finding.cases.collection.update_one({"_id": case.id}, {"$set": older})
    assert await finding.ids("zur") == []
    await finding.words.catch_up()
    await finding.words.store_noted()
    assert await finding.ids("suay") == [case.id]


@pytest.mark.parametrize("query", ["kutuphane", "kut", "kutuphane merkez", "k", "26-7kx4-9q", "d.kaya@example.org x"])
async def test_no_search_reads_the_collection_or_sorts(finding: Finding, query: str) -> None:
    for number in range(50):
        await finding.add(text=f"Kütüphane kutu{number} merkez")
    asked = await finding.search.asked(read_query(query), example.officer(), facets=["kind:complaint"])
    for in_head in (True, False):
        for after in (None, (await finding.search.page(read_query("kut"), example.officer())).hits[0].place):
            wanted = matching(asked, in_head=in_head, after=after)
            rows = finding.cases.collection.find(wanted, ROW_FIELDS).sort(BY_TERMS[1:]).limit(26).hint(BY_TERMS)
            plan = (await rows.explain())["queryPlanner"]
            assert not {"COLLSCAN", "SORT"} & stages(plan["winningPlan"])
            assert plan["rejectedPlans"] == []


def stages(plan: Any) -> set[str]:
    """The names of all stages of a plan."""
    if isinstance(plan, list):
        return set[str]().union(*map(stages, plan))
    if not isinstance(plan, dict):
        return set()
    return {plan["stage"] for _ in [0] if "stage" in plan}.union(*map(stages, plan.values()))


def test_hits_are_marked_in_the_letters_of_the_text() -> None:
    query = read_query("KUTUP ısı deniz.kaya@example.org")
    assert marked("Kütüphanede ısıtma yok.", query) == [
        ("Kütüphanede", True),
        (" ", False),
        ("ısıtma", True),
        (" yok.", False),
    ]
    assert ("Deniz", True) in marked("Deniz.Kaya@example.org", query)
    text = "x " * 200 + "Kütüphane " + "y " * 200
    ((before, hit, after),) = snippets(["nothing", text], query)
    assert (before[0].startswith("… x"), hit, after[0].endswith("y …")) == (True, ("Kütüphane", True), True)


def test_places_to_be_shown_are_looked_for_at_once_also_in_a_case_with_ten_thousand_entries() -> None:
    texts = ["Kütüphanede ısıtma hâlâ çalışmıyor. " * 20] * 10_000
    begun = time.process_time()
    assert snippets(texts, read_query("zambak")) == []
    assert time.process_time() - begun < 1
    assert len(snippets(["zambak", *texts], read_query("zambak"))) == 1


async def test_cases_of_the_version_before_are_found_without_anybody_saving_them(
    make: Make, finding: Finding, database: Database
) -> None:
    cases = [await finding.add(text=f"zürafa{number}") for number in range(250)]
    older = {"indexed.version": 3, "indexed.changed_at": example.NOW}
    await finding.cases.collection.update_many(
        {}, {"$set": older, "$unset": {"indexed.terms": 1, "indexed.facets": 1, "indexed.rank": 1}}
    )
    await finding.words.collection.delete_many({})
    unreadable = {"_id": "x", "revision": 0, "kind": 5}
    await finding.cases.collection.insert_one(unreadable)
    assert await finding.ids("zurafa") == []
    async with listening(make("router")):
        await eventually(lambda: found_by_all(finding, "zurafa24", {case.id for case in [cases[24], *cases[240:]]}))
    changed = await finding.cases.collection.distinct("revision", {"_id": {"$ne": "x"}})
    assert changed == [0]
    filtered = await finding.ids("zurafa24", facets=["kind:complaint"])
    assert len(filtered) == 11


async def found_by_all(finding: Finding, query: str, wanted: set[str]) -> bool:
    return set(await finding.ids(query)) == wanted


async def test_a_case_is_found_after_its_event(make: Make, finding: Finding, broker: Broker) -> None:
    event = example.sealed(example.message_submitted(text="Bahçede bir zürafa var."))
    async with listening(make("router")):
        await broker.publish(event)
        await eventually(lambda: found_by_all(finding, "zur", {event.data.message_id}))
