"""Terms: Turkish letters fold, every word of a query begins a word of the case, wholes are found as wholes."""

import asyncio
import threading
from typing import Any

import pytest

from services.router.cases.domain.case import Case
from services.router.cases.domain.parts import Note, Restriction, TimelineEntry
from services.router.cases.domain.terms import read_query, reference_of, terms, words
from services.router.cases.store.cases import Cases
from shared.documents import Database
from shared.folding import fold
from shared.state import KeptFile
from tests import examples as example

FORMS = ("{0}", "{0}nin arızası", "Bugün {0} yok", "«{0}»", "{0}'de")
ROOTS = (
    *("İstanbul", "ISTANBUL", "ıstanbul", "Kütüphane", "KÜTÜPHANE", "kırık", "KIRIK", "Şifre", "ŞİFRE", "çığlık"),
    *("Öğrenci", "öğretmen", "GÜVENLİK", "Iğdır", "ığdır", "iğne", "kâğıt", "Hâkim", "Été", "naïve", "yangın"),
    *("YEMEKHANE", "asansör", "ısıtma", "IŞIK", "ışık", "İLAÇ", "ilâç", "müdür", "Ağrı", "doğalgaz"),
)
WAYS = (str, str.upper, str.lower, lambda word: word.replace("İ", "I").replace("ı", "i"), fold, lambda w: fold(w)[:4])
PAIRS = [(form.format(root), way(root)) for root in ROOTS for form in FORMS for way in WAYS]


def found(text: str, query: str) -> bool:
    """Whether a case with this text has what the query asks for."""
    read, kept = read_query(query), terms(example.case(text=text))
    begun = all(any(term.startswith(word) for term in kept) for word in read.words)
    return bool(read) and begun and all(f"={whole}" in kept for whole in read.wholes)


def test_every_way_to_type_a_word_finds_it_in_every_text() -> None:
    assert len(PAIRS) > 200
    assert [pair for pair in PAIRS if not found(*pair)] == []


def test_a_word_is_not_found_where_it_does_not_begin_a_word() -> None:
    assert not found("Kütüphane kapalı", "hane")
    assert not found("Kütüphane kapalı", "kütüphaneci")


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("Yazan: Deniz.Kaya@Example.org", "deniz.kaya@example.org"),
        ("Yazan: Deniz.Kaya@Example.org.", "kaya"),
        ("Telefonum 0288 212 96 79", "+90 288 212 96 79"),
        ("Telefonum 0288 212 96 79", "(0288) 2129679"),
        ("Telefonum +902882129679", "0288 212 96 79"),
        ("Öğrenci numaram 1190505042.", "1190505042"),
        ("Önceki başvurum 26-7KX4-9Q idi", "26-7kx4-9q"),
        ("Kırklareli'nde yağmur", "Kırklareli'nin yağmuru"[:20]),
        ("Mr O'Neill called", "o'neill"),
    ],
)
def test_addresses_numbers_and_names_are_found(text: str, query: str) -> None:
    assert found(text, query)


def test_a_part_of_a_number_finds_nothing() -> None:
    assert not found("Öğrenci numaram 1190505042.", "11905050")


@pytest.mark.parametrize("query", ["26-7KX4-9Q", "26-7kx4-9q", " 267KX49Q ", "26 7KX4 9Q", "26-7KX4-9q", "26–7KX4–9Q"])
def test_a_reference_is_read_however_it_is_typed(query: str) -> None:
    assert reference_of(query) == "26-7KX4-9Q"


@pytest.mark.parametrize("query", ["", "kütüphane", "26", "23.11.2026", "26-7KX4-9Q kütüphane"])
def test_other_queries_are_no_reference(query: str) -> None:
    assert reference_of(query) is None


def test_all_that_was_said_and_written_has_terms() -> None:
    case = example.answered_case()
    note = Note(id="n", text="Dekanlıkla görüşüldü", by="A", actor=example.officer().actor, at=example.NOW)
    files = (KeptFile.model_validate(example.file_ref(name="Kırık kalorifer.jpg")),)
    kept = terms(case.model_copy(update={"notes": (note,), "files": files, "reference": "26-7KX4-9Q"}))
    assert {"=26-7kx4-9q", "=deniz.kaya@example.org", "=2882129679", "deniz", "^deniz", "^kutuphanede"} <= {*kept}
    assert {"merkez", "isitma", "lutfen", "onarilmistir", "dekanlikla", "kirik", "jpg"} <= {*kept}
    assert not {"^merkez", "receipt", "2882129679"} & {*kept}


def test_terms_of_a_restricted_case_are_found_by_its_readers_alone() -> None:
    kept = terms(example.case(restriction=Restriction(why="health", to=("a", "b"), at=example.NOW)))
    assert {"deniz@a", "deniz@b"} <= {*kept}
    assert all(term.endswith(("@a", "@b")) for term in kept)


def test_words_fold_what_unicode_writes_in_several_ways() -> None:
    assert words("I\u0307stanbul ﬁziği ＡＢＣ") == ["istanbul", "fizigi", "abc"]
    assert words("مُحَمَّد") == words("محمد")


def long_case(entries: int = 10_000) -> Case:
    """A case with a long history."""
    case = example.case()
    text = "Isıtma bugün de çalışmıyor."
    timeline = [TimelineEntry(at=example.NOW, what="followed_up", text=text, revision=n) for n in range(entries)]
    oldest = timeline[0].model_copy(update={"text": "enesski"})
    newest = timeline[0].model_copy(update={"text": "enyenisi"})
    return case.model_copy(update={"timeline": (oldest, *timeline, newest)})


def test_of_a_long_history_the_newest_part_is_found() -> None:
    found = terms(long_case())
    assert {"enyenisi", "kutuphanede"} <= {*found}
    assert "enesski" not in found


async def test_others_are_served_while_a_long_case_is_saved(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is stored for finding waits here for somebody else, whom the same process serves."""
    derive, served = Cases.index_fields, threading.Event()

    def waiting(case: Case) -> dict[str, Any]:
        assert served.wait(10)
        return derive(case)

    monkeypatch.setattr(Cases, "index_fields", staticmethod(waiting))
    cases = Cases(database)
    async with asyncio.TaskGroup() as group:
        adding = group.create_task(cases.add(long_case()))
        await asyncio.sleep(0)
        served.set()
    assert adding.done()


@pytest.mark.parametrize("text", ["a" * 100_000, "a." * 50_000, "a-" * 50_000])
def test_a_text_without_blanks_is_read_in_one_pass(text: str) -> None:
    """Looking for an address from each of its letters would take minutes."""
    assert read_query(text).wholes == ()
    assert terms(example.case(text=text))
