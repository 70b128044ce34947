"""The administration of templates: changes are kept as versions, and two editors lose nothing."""

import pytest

from scripts.browser import Browser, text_of
from services.router.texts.domain.templates import Template
from services.router.texts.store import Templates
from shared.documents import Database
from tests import examples as example
from tests.router.desk import keeps, send, shown

URL = "/administration/templates"


async def audited(database: Database) -> list[tuple[str, list[str]]]:
    """Action and fields of what the templates owe the audit log."""
    found = database["templates"].find({})
    unpublished = [example.unpublished_data(entry) async for one in found for entry in one["outbox"]]
    return [(entry["action"], entry["fields"]) for entry in unpublished if "action" in entry]


async def stored(database: Database, template_id: str) -> Template:
    return await Templates(database).known(template_id)


async def test_the_list_is_by_use_and_narrowed_by_use_kind_and_unit(admin: Browser) -> None:
    await admin.open(URL)
    assert "Request for a reply" in text_of(admin.html)
    assert "It was solved" in text_of(admin.html)
    await admin.open(f"{URL}?use=note&kind=compliment")
    assert "A compliment" in text_of(admin.html)
    assert "Request for a reply" not in text_of(admin.html)
    await admin.open(f"{URL}?unit=nowhere")
    assert "There is no such template" in text_of(admin.html)


async def test_a_new_template_is_offered_and_audited(admin: Browser, database: Database) -> None:
    await admin.open(f"{URL}/new?use=answer")
    words = {"name_tr": "Kısa", "name_en": "Short", "text_tr": "{reference} için teşekkürler.", "text_en": ""}
    answer = await send(admin, f"{URL}/new", use="answer", kind="complaint", **words)
    assert answer.status_code == 200
    (made,) = [t for t in await Templates(database).all() if t.wording.names["tr"] == "Kısa"]
    assert (made.kind, made.wording.version, made.wording.texts) == ("complaint", 1, {"tr": words["text_tr"]})
    assert await audited(database) == [("template_added", [])]


@pytest.mark.parametrize("field", ["text_tr", "text_en"])
async def test_an_unknown_variable_is_an_error_at_its_field_and_what_was_typed_stays(
    admin: Browser, database: Database, field: str
) -> None:
    await admin.open(f"{URL}/note.reply")
    answer = await send(admin, f"{URL}/note.reply", **{field: "Sayın {isim}"})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert "variable that is not known" in shown(answer)
    assert keeps(answer, "Sayın {isim}")
    assert await database["templates"].count_documents({}) == 0


async def test_a_changed_template_shows_its_versions_with_who_and_the_difference(
    admin: Browser, database: Database
) -> None:
    await admin.open(f"{URL}/note.reply")
    await send(admin, f"{URL}/note.reply", text_tr="Sonucunu {days} iş günü içinde bildiriniz.")
    await admin.open(f"{URL}/note.reply")
    assert "Version 2" in text_of(admin.html)
    assert example.account().name in text_of(admin.html)
    assert "<del>" in admin.html
    assert "<ins>" in admin.html
    template = await stored(database, "note.reply")
    assert [wording.version for wording in template.versions] == [2, 1]
    assert await audited(database) == [("template_changed", ["wording"])]


async def test_saving_without_a_change_makes_no_version(admin: Browser, database: Database) -> None:
    await admin.open(f"{URL}/note.reply")
    assert (await send(admin, f"{URL}/note.reply")).status_code == 200
    assert await database["templates"].count_documents({}) == 0


async def test_a_template_that_is_switched_off_is_offered_no_more_and_its_history_says_who(
    admin: Browser, database: Database
) -> None:
    await admin.open(f"{URL}/note.reply")
    await send(admin, f"{URL}/note.reply", active=[])
    assert not (await stored(database, "note.reply")).active
    assert "note.reply" not in {t.id for t in await Templates(database).choices("note", "request", "tr")}
    await admin.open(f"{URL}/note.reply")
    assert "In use: Yes → No" in text_of(admin.html)
    assert await audited(database) == [("template_changed", ["active"])]


async def test_two_editors_at_once_see_both_texts_and_nothing_is_lost(admin: Browser, database: Database) -> None:
    await admin.open(f"{URL}/note.reply")
    await send(admin, f"{URL}/note.reply", text_tr="Birincinin metni")
    second = await send(admin, f"{URL}/note.reply", text_tr="İkincinin metni")
    assert second.status_code == 409
    assert "Birincinin metni" in shown(second)
    assert keeps(second, "İkincinin metni")
    template = await stored(database, "note.reply")
    assert template.wording.texts["tr"] == "Birincinin metni"
    again = await send(admin, f"{URL}/note.reply", text_tr="İkincinin metni", revision=template.revision)
    assert again.status_code == 200
    template = await stored(database, "note.reply")
    assert [wording.texts["tr"] for wording in template.versions][:2] == ["İkincinin metni", "Birincinin metni"]


async def test_going_back_to_our_words_keeps_the_versions(admin: Browser, database: Database) -> None:
    ours = (await stored(database, "note.reply")).wording.texts
    await admin.open(f"{URL}/note.reply")
    await send(admin, f"{URL}/note.reply", text_tr="Bizim metnimiz")
    await admin.open(f"{URL}/note.reply")
    assert (await send(admin, f"{URL}/note.reply/ours")).status_code == 200
    template = await stored(database, "note.reply")
    assert (template.wording.texts, template.wording.version, template.wording.ours) == (ours, 3, True)
    assert template.earlier[-1].texts["tr"] == "Bizim metnimiz"


async def test_the_example_is_shown_without_saving(admin: Browser, database: Database) -> None:
    await admin.open(f"{URL}/note.reply")
    answer = await send(admin, f"{URL}/note.reply", text_tr="Sayı {reference}", look="yes")
    assert answer.status_code == 200
    assert "Sayı 26-7KX4-9Q" in shown(answer)
    assert await database["templates"].count_documents({}) == 0


async def test_what_is_typed_in_a_template_is_text(admin: Browser) -> None:
    await admin.open(f"{URL}/note.reply")
    answer = await send(admin, f"{URL}/note.reply", text_tr="<script>alert(1)</script> {reference}", look="yes")
    assert "<script>alert" not in answer.text


async def test_there_is_no_way_back_for_a_template_that_never_was_ours(admin: Browser) -> None:
    await admin.open(f"{URL}/note.reply")
    answer = await send(admin, f"{URL}/note.reply", url=f"{URL}/nothing/ours")
    assert answer.status_code == 404
