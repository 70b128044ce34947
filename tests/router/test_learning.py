"""Units to which similar cases went come first; a complaint about a person is not shown with its writer's name."""

import pytest

from scripts.browser import Browser
from services.router.cases.domain.learning import Suggestion, about_a_person, fold_words, suggested, terms_of
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
    assert fold_words(text) == words


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
        await Learned(database).learn(example.case(text=text), ["yitdb"])
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
