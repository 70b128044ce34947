"""The words of letters on the desk: changed beside the letter, kept in versions, told to the notifier."""

import pytest
from fastapi import FastAPI

from scripts.browser import Browser, text_of
from services.router.directory.jobs import InstitutionJob
from services.router.directory.store import Snapshots, Units
from services.router.operations.pages.wordings import grouped
from services.router.texts.domain.wordings import LetterText, reworded
from services.router.texts.store import InstitutionStore, Wordings
from shared.documents import Database
from shared.letters.kinds import EDITED
from shared.letters.ours import OURS
from shared.letters.words import LetterKind
from tests import examples as example
from tests.router.desk import keeps, kept, send, shown

URL = "/administration/wordings"
OURS_EN = (OURS["receipt", "en"].subject, OURS["receipt", "en"].text)
TEXT = "Merhaba,\n\n{details}\n\n{status_page}\n\nKolay gelsin."


async def stored(database: Database, letter: str) -> LetterText:
    """The words of a letter as they are stored."""
    return await Wordings(database, InstitutionStore(database).saved).known(letter)


@pytest.mark.parametrize("letter", EDITED)
async def test_each_letter_is_shown_in_both_languages_as_it_will_look(admin: Browser, letter: str) -> None:
    await admin.open(f"{URL}/{letter}")
    assert admin.html.count('class="phone-body"') == 2
    assert "{" not in "".join(admin.html.split('class="phone"')[1:]).split("</section>")[0]


async def test_the_list_names_every_letter_and_says_which_words_are_ours(admin: Browser) -> None:
    await admin.open(URL)
    assert all(f'href="{URL}/{letter}"' in admin.html for letter in EDITED)
    assert "Your own" not in text_of(admin.html)


async def test_changed_words_are_kept_as_a_version_audited_and_told(
    admin: Browser, app: FastAPI, database: Database
) -> None:
    await admin.open(f"{URL}/receipt")
    await send(admin, f"{URL}/receipt", subject_tr="Aldık [{reference}]", text_tr=TEXT)
    text = await stored(database, "receipt")
    assert (text.version, set(text.words)) == (1, {"tr"})
    assert text.in_language("en") == OURS["receipt", "en"]
    (told,) = app.state.web.institution().wordings
    assert (told.template, told.language, told.version, told.subject) == ("receipt", "tr", 1, "Aldık [{reference}]")
    (document,) = [one async for one in database["wordings"].find({})]
    unpublished = [example.unpublished_data(entry) for entry in document["outbox"]]
    assert [(entry["action"], entry["object_id"], entry["fields"]) for entry in unpublished] == [
        ("wording_changed", "receipt", ["tr"])
    ]
    await admin.open(f"{URL}/receipt")
    assert "Version 1" in admin.html
    assert example.account().name in admin.html
    assert "<ins>" in admin.html
    await admin.open(URL)
    assert "Your own, version 1" in admin.html


@pytest.mark.parametrize(
    ("letter", "text"),
    [
        ("receipt", "{status_page}"),
        ("invitation", "Cevaplayınız.\n\n{details}"),
        ("answer", "{greeting}\n\n{status_page}"),
        ("answer", "{greeting}\n\n{answer}\n\n{status_page}\n\n{isim}"),
    ],
)
async def test_words_without_what_the_letter_is_for_are_refused_and_stay_in_the_field(
    admin: Browser, database: Database, letter: str, text: str
) -> None:
    await admin.open(f"{URL}/{letter}")
    answer = await send(admin, f"{URL}/{letter}", text_tr=text)
    assert answer.status_code == 422
    assert 'href="#text_tr"' in answer.text
    assert keeps(answer, text)
    assert await database["wordings"].count_documents({}) == 0


async def test_two_editors_at_once_see_both_texts(admin: Browser, database: Database) -> None:
    await admin.open(f"{URL}/receipt")
    await send(admin, f"{URL}/receipt", text_tr=TEXT)
    second = await send(admin, f"{URL}/receipt", text_tr=TEXT.replace("Merhaba", "Selam"))
    assert second.status_code == 409
    assert "Merhaba," in shown(second)
    assert keeps(second, "Selam,")
    assert (await stored(database, "receipt")).words["tr"].text == TEXT


async def test_the_way_back_to_our_words_keeps_the_versions(admin: Browser, app: FastAPI, database: Database) -> None:
    await admin.open(f"{URL}/receipt")
    assert f"{URL}/receipt/ours" not in admin.html
    await send(admin, f"{URL}/receipt", text_tr=TEXT)
    await admin.open(f"{URL}/receipt")
    await send(admin, f"{URL}/receipt/ours")
    text = await stored(database, "receipt")
    assert text.in_language("tr") == OURS["receipt", "tr"]
    assert [version.words.get("tr", OURS["receipt", "tr"]).text == TEXT for version in text.versions] == [True, False]
    assert app.state.web.institution().wordings == ()


async def test_typing_shows_the_letter_without_saving_and_what_is_typed_is_text(
    admin: Browser, database: Database
) -> None:
    await admin.open(f"{URL}/receipt")
    answer = await send(
        admin, f"{URL}/receipt", text_tr=f"<script>alert(1)</script> {{reference}}\n\n{TEXT}", look="yes"
    )
    assert answer.status_code == 200
    assert "<script>alert" not in answer.text
    assert "26-7KX4-9Q" in shown(answer)
    assert await database["wordings"].count_documents({}) == 0


async def test_an_unknown_letter_is_not_found(admin: Browser) -> None:
    assert (await admin.client.get(f"{URL}/answer_undated")).status_code == 404


async def test_the_desk_shows_an_answer_in_the_words_of_the_institution(admin: Browser, database: Database) -> None:
    case = await kept(database, example.replied_case())
    await admin.open(f"{URL}/answer")
    await send(admin, f"{URL}/answer", text_tr="{greeting}\n\nİşte cevabımız:\n\n{answer}\n\n{status_page}")
    await admin.open(f"/cases/{case.id}/review")
    assert "İşte cevabımız:" in admin.html


async def test_changed_words_are_told_to_the_other_services(app: FastAPI, database: Database) -> None:
    institutions = InstitutionStore(database)
    wordings = Wordings(database, institutions.saved)
    known = app.state.web.institution()
    snapshots = Snapshots(database, Units(database), lambda: known.model_copy(update={"wordings": wordings.current}))
    job = InstitutionJob(institutions, wordings, snapshots)
    await job.follow()
    text, told = reworded(
        LetterText(id="receipt"), {"tr": ("Aldık", TEXT), "en": OURS_EN}, example.officer().actor, example.NOW
    )
    await wordings.keep(text, announcing=told)
    await job.follow()
    found = await database["snapshots"].find_one({"_id": "institution"})
    assert found
    assert [(one["template"], one["version"], one["text"]) for one in found["wordings"]] == [("receipt", 1, TEXT)]


def test_a_letter_that_no_group_names_stands_under_whom_it_goes_to() -> None:
    new = [
        LetterKind("account_reset", (), ("link",), ()),
        LetterKind("reminder", (), ("details",), ()),
        LetterKind("a_letter_to_units", ("unit",), ("link",), ()),
        LetterKind("a_letter_of_tomorrow", (), ("status_page",), ()),
        LetterKind("desk_reminder", (), ("details",), ()),
    ]
    groups = dict(grouped({**EDITED, **{kind.id: kind for kind in new}}))
    assert groups["To people of the desk, about their accounts"] == ["account_reset"]
    assert {"a_letter_to_units", "reminder"} <= set(groups["To the unit"])
    assert "a_letter_of_tomorrow" in groups["To the submitter"]
    assert "desk_reminder" in groups["To the desk"]
    assert sorted(letter for letters in groups.values() for letter in letters) == sorted(
        {*EDITED, *(k.id for k in new)}
    )
