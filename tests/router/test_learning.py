"""Units to which similar cases went come first; a complaint about a person is not shown with its writer's name."""

from datetime import timedelta

import pytest

from scripts.browser import Browser
from services.router.cases.domain.learning import Suggestion, about_a_person, suggested, terms_of
from services.router.cases.domain.parts import Restriction
from services.router.cases.domain.states import AssignmentState
from services.router.cases.domain.stems import long_words
from services.router.cases.store import learned as learned_module
from services.router.cases.store.cases import Cases
from services.router.cases.store.learned import Learned
from shared.documents import Database
from tests import examples as example
from tests.router.desk import directory, kept


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Isıtma IŞIK İstanbul", ["isitma", "isik", "istanbul"]),
        ("Öğrenci bir iki üç dört", ["ogrenci", "dort"]),
        ("a1b2 çay", []),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert long_words(text) == words


def test_greetings_are_no_terms() -> None:
    assert terms_of(example.case(subject="Merhaba", text="Sayın yetkili, teşekkür ederim, üniversitemiz.")) == []


@pytest.mark.parametrize(
    ("counts", "found"),
    [
        ({}, []),
        ({"isitma": {"kddb": 9}}, []),
        ({"isitma": {"kddb": 9}, "kutuph": {"kddb": 2}}, []),
        ({"isitma": {"kddb": 9, "yitdb": 20}, "kutuph": {"kddb": 4, "yitdb": 12}}, [("yitdb", 12), ("kddb", 4)]),
    ],
)
def test_a_unit_is_suggested_when_several_terms_occurred_in_enough_of_its_cases(
    counts: dict[str, dict[str, int]], found: list[tuple[str, int]]
) -> None:
    assert suggested(["isitma", "kutuph"], counts) == [Suggestion(*one) for one in found]


@pytest.mark.parametrize(
    ("kind", "text", "about"),
    [
        ("complaint", "Hocamız derse gelmiyor.", True),
        ("complaint", "Memurun tavrı kabaydı.", True),
        ("request", "Bir öğretim üyesini şikâyet ediyorum.", True),
        ("other", "I complain about a lecturer.", True),
        ("complaint", "Isıtma çalışmıyor.", False),
        ("request", "Hocamıza teşekkür ederim.", False),
    ],
)
def test_a_complaint_about_a_person_is_told_by_its_words(kind: str, text: str, about: bool) -> None:
    assert about_a_person(example.case(kind=kind, subject="Konu", text=text)) is about


async def test_the_unit_of_similar_cases_comes_first_with_the_reason(officer: Browser, database: Database) -> None:
    await directory(database)
    text = "Kütüphanenin ısıtma sistemi soğuk, kalorifer yanmıyor."
    for _ in range(4):
        await Learned(Cases(database)).learn(example.case(text=text), ["yitdb"])
    case = await kept(database, example.case(text=text))
    page = await officer.open(f"/cases/{case.id}")
    assert "4 similar messages went there" in page
    assert officer.html.index('value="yitdb"') < officer.html.index('value="kddb"')


async def test_a_routing_is_learned(officer: Browser, database: Database) -> None:
    await directory(database)
    case = await kept(database, example.case())
    await officer.open(f"/cases/{case.id}")
    await officer.submit(f"/cases/{case.id}/routing", units=["kddb"])
    counted = [term async for term in database["unit_words"].find()]
    assert {term["_id"] for term in counted} == set(terms_of(case))
    assert {term["units"]["kddb"] for term in counted} == {1}


async def counted(database: Database) -> dict[str, dict[str, int]]:
    return {term["_id"]: term["units"] async for term in database["unit_words"].find()}


async def test_a_restricted_case_teaches_nothing(database: Database) -> None:
    restriction = Restriction(why="health", to=("x",), at=example.NOW)
    await Learned(Cases(database)).learn(example.case(restriction=restriction), ["kddb"])
    assert await counted(database) == {}


async def test_the_count_has_the_words_of_all_routed_cases_and_of_no_others(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(learned_module, "CHUNK", 2)
    learned, restriction = Learned(Cases(database)), Restriction(why="health", to=("x",), at=example.NOW)
    for _ in range(3):
        await kept(database, example.routed_case(subject="Konu", text="zürafa"))
    declined = example.routed_case(subject="Konu", text="timsah")
    assignments = tuple(a.model_copy(update={"state": AssignmentState.DECLINED}) for a in declined.assignments)
    await kept(database, declined.model_copy(update={"assignments": assignments}))
    await kept(database, example.case(subject="Konu", text="kaplan"))
    restricted = await kept(database, example.routed_case(subject="Konu", text="leopar"))
    gone = await kept(database, example.routed_case(subject="Konu", text="tapir"))
    await learned.learn(restricted, ["kddb"])
    await learned.learn(gone, ["kddb"])
    await Cases(database).save(restricted.model_copy(update={"restriction": restriction}))
    await Cases(database).collection.update_one({"_id": gone.id}, {"$set": {"erased_at": example.NOW}})
    (unit,) = {a.unit.code for a in gone.assignments}
    await learned.rebuild(example.NOW)
    assert await counted(database) == {"zurafa": {unit: 3}}
    await learned.rebuild(example.NOW)
    assert await counted(database) == {"zurafa": {unit: 3}}
    await Cases(database).collection.delete_many({})
    await learned.rebuild(example.NOW)
    assert await counted(database) == {}


async def test_a_count_is_due_at_first_at_night_and_when_it_is_missing(database: Database) -> None:
    now = example.NOW.replace(hour=12)
    database.clock = lambda: now
    learned, state = Learned(Cases(database)), database["words_state"]
    await kept(database, example.routed_case())

    async def due() -> bool:
        before = await state.find_one({})
        await learned.rebuild_if_due()
        return bool(await state.find_one({}) != before)

    assert await due()
    assert not await due()
    await database["unit_words"].drop()
    now += timedelta(minutes=1)
    assert await due()
    now = now.replace(hour=2) + timedelta(days=1)
    assert not await due()
    now += timedelta(days=1)
    assert await due()
