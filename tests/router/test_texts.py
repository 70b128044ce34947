"""Templates: variables are checked when one is made, and a page puts the chosen text into its box."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.store.cases import Cases
from services.router.texts.defaults import defaults
from services.router.texts.domain.templates import VARIABLES, Template, Use, filled, make, reword
from services.router.texts.store import Templates
from shared.documents import Database
from shared.refused import Refused
from tests import examples as example
from tests.router.desk import kept

NAMES = {"tr": "Kısa ad", "en": "Short name"}


def template(text: str = "Sayı: {reference}", **different: object) -> Template:
    made = make("note.ours", Use.NOTE, NAMES, {"tr": text, "en": "Number: {reference}"})
    return made.model_copy(update=different)


@pytest.mark.parametrize("text", ["{name}", "{", "}", "{}", "{{reference}}", "{reference!r}", "{reference:>9}", "{0}"])
def test_a_text_with_what_is_no_variable_is_refused(text: str) -> None:
    with pytest.raises(Refused, match="variable"):
        template(text)
    with pytest.raises(Refused, match="variable"):
        reword(template(), NAMES, {"tr": text}, example.NOW)


@pytest.mark.parametrize(("texts", "why"), [({}, "least"), ({"tr": "  "}, "least"), ({"tr": "a" * 10_001}, "long")])
def test_a_template_without_a_text_or_with_one_too_long_is_refused(texts: dict[str, str], why: str) -> None:
    with pytest.raises(Refused, match=why):
        make("t", Use.NOTE, NAMES, texts)


@given(st.text(st.characters(exclude_characters="{}"), max_size=60), st.sampled_from(VARIABLES))
def test_every_variable_is_replaced_and_the_rest_stays(around: str, variable: str) -> None:
    made = make("t", Use.NOTE, NAMES, {"tr": f"a{around}{{{variable}}}{around}z"})
    assert filled(made, "tr", {variable: "{days} 7"}) == f"a{around}{{days}} 7{around}z"


def test_a_variable_without_a_value_is_seen() -> None:
    assert filled(template("{unit}: {reference}"), "tr", {"reference": "26-1", "unit": ""}) == "{unit}: 26-1"


def test_a_reader_of_arabic_gets_english_and_one_of_an_unknown_language_is_offered_nothing() -> None:
    assert filled(template(), "ar", {"reference": "26-1"}) == "Number: 26-1"
    offered = [language for language in ("tr", "en", "ar", "kl") if template().offered(Use.NOTE, "request", language)]
    assert offered == ["tr", "en", "ar"]


def test_a_reworded_template_knows_how_it_read_before() -> None:
    later = reword(reword(template(), NAMES, {"tr": "İki"}, example.NOW), NAMES, {"tr": "Üç"}, example.NOW)
    assert (later.wording.version, later.wording.texts) == (3, {"tr": "Üç"})
    assert [(wording.version, wording.texts["tr"]) for wording in later.earlier] == [
        (1, "Sayı: {reference}"),
        (2, "İki"),
    ]


def test_every_use_has_texts_of_ours_in_both_languages() -> None:
    assert {template.use for template in defaults()} == set(Use)
    assert len({template.id for template in defaults()}) == len(defaults())
    assert all(set(one.wording.texts) == set(one.wording.names) == {"tr", "en"} for one in defaults())


async def test_a_stored_template_takes_the_place_of_ours_and_may_be_for_a_kind_or_a_unit_alone(
    database: Database,
) -> None:
    templates = Templates(database)
    await templates.add(make("note.reply", Use.NOTE, NAMES, {"tr": "Bizim"}))
    await templates.add(template(id="note.z", kind="request"))
    await templates.add(template(id="note.y", unit="kddb"))
    await templates.add(template(id="note.off", active=False))
    assert [t.id for t in await templates.choices(Use.NOTE, "request", "tr", "kddb")] == [
        "note.y",
        "note.z",
        "note.reply",
        "note.part",
    ]
    complaint = await templates.choices(Use.NOTE, "complaint", "tr")
    assert [(t.id, t.wording.texts["tr"][:5]) for t in complaint] == [("note.reply", "Bizim"), ("note.part", "Başvu")]


def written(browser: Browser, case: Case, path: str, box: str) -> str:
    """What stands in this text area."""
    action = f"/cases/{case.id}{path.rstrip('?') or '/routing'}"
    return str(browser.form(action).fields[box][0])


@pytest.mark.parametrize(
    ("case", "path", "wanted", "box", "says"),
    [
        (example.case(), "?", "note.reply", "note", "numaralı başvurunun incelenerek sonucunun 7 iş günü"),
        (example.case(), "/questions?", "question.where", "text", "Bildirdiğiniz durum hangi yerleşkede"),
        (example.case(language="en"), "/questions?", "question.where", "text", "On which campus"),
        (example.case(), "/closure?", "closing.elsewhere", "explanation", "kurumumuzun görev alanına"),
        (example.replied_case(), "/review?", "answer.done", "answer", "23 Kasım 2026 tarihli başvurunuz"),
        (example.replied_case(), "/return", "return.when", "reason", "hangi tarihe kadar"),
        (example.case(), "/interim?", "answer.done", "answer", "23 Kasım 2026 tarihli başvurunuz"),
    ],
)
async def test_without_scripts_the_page_comes_again_with_the_text_of_the_template_in_its_box(
    officer: Browser, database: Database, case: Case, path: str, wanted: str, box: str, says: str
) -> None:
    case = await kept(database, case.model_copy(update={"id": f"c-{wanted}", "reference": wanted}))
    if path == "/return":
        path = f"/assignments/{case.assignments[0].id}/return?"
    await officer.open(f"/cases/{case.id}{path}")
    assert f'value="{wanted}"' in officer.html
    assert says not in written(officer, case, path, box)
    await officer.open(f"/cases/{case.id}{path}template={wanted}")
    assert says in written(officer, case, path, box)
    await officer.open(f"/cases/{case.id}{path}template=nothing")
    assert says not in written(officer, case, path, box)


@pytest.mark.parametrize(
    ("case", "path", "wanted", "box", "says"),
    [
        (example.case(), "/routing", "note.reply", "note", "numaralı başvurunun incelenerek sonucunun 7 iş günü"),
        (example.case(), "/questions", "question.where", "text", "Bildirdiğiniz durum hangi yerleşkede"),
        (example.case(), "/closure", "closing.elsewhere", "explanation", "kurumumuzun görev alanına"),
        (example.replied_case(), "/review", "answer.done", "answer", "23 Kasım 2026 tarihli başvurunuz"),
        (example.case(), "/interim", "answer.done", "answer", "23 Kasım 2026 tarihli başvurunuz"),
        (example.replied_case(), "/return", "return.when", "reason", "hangi tarihe kadar"),
    ],
)
async def test_a_template_that_is_chosen_without_scripts_leaves_what_was_typed(
    officer: Browser, database: Database, case: Case, path: str, wanted: str, box: str, says: str
) -> None:
    case = await kept(database, case.model_copy(update={"id": f"c-{wanted}-{box}", "reference": f"{wanted}{box}"}))
    if path == "/return":
        path = f"/assignments/{case.assignments[0].id}/return"
    await officer.open(f"/cases/{case.id}" if path == "/routing" else f"/cases/{case.id}{path}")
    await officer.submit(f"/cases/{case.id}{path}", **{box: "Benim yazdığım.", "fill": "yes", "template": wanted})
    text = written(officer, case, path, box)
    assert text.index("Benim yazdığım.") < text.index(says)
    assert (await Cases(database).get(case.id)).revision == case.revision
