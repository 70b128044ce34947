"""The form: what it offers and says, its preview, its languages; and the same fields in the API."""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.intake.handlers import SnapshotHandlers
from services.intake.store import Messages, Snapshots
from shared.clock import utc_now
from shared.documents import Database
from shared.kinds import Kind
from tests import examples as example
from tests.conftest import Make, Visit
from tests.forms import send, submitted
from tests.intake.institution import directory, institution

FILLED = example.MESSAGE_FORM | {
    "kind": "compliment",
    "text": 'İlk satır "tırnaklı".\r\n\r\nÜçüncü satır <b>.',
    "concerns": "Ayşe Yılmaz",
    "role": "graduate",
    "suggested_unit": "kddb",
    "hide_identity": "yes",
}


@pytest.fixture
async def app(make: Make, database: Database) -> FastAPI:
    await Messages(database).prepare()
    return make("intake", languages=("tr", "en", "ar"))


@pytest.fixture
async def citizen(app: FastAPI, visit: Visit) -> Browser:
    browser = visit(app)
    await browser.open("/")
    return browser


async def told(app: FastAPI, *events: Any) -> None:
    """The router has told these snapshots."""
    handlers = SnapshotHandlers(app.state.provided[Snapshots])
    for event in events:
        name = event.type.replace(".", "_")
        await getattr(handlers, f"on_{name}")(example.sealed(event))


async def submissions(database: Database) -> list[dict[str, Any]]:
    return [document["submission"] for document in await database["messages"].find().to_list(None)]


async def test_the_preview_shows_the_message_and_where_the_answer_goes_and_sends_nothing(
    app: FastAPI, citizen: Browser, database: Database
) -> None:
    await told(app, directory(1, "kddb"))
    answer = await send(citizen, "/", **FILLED, step="preview")
    assert answer.status_code == 200
    for shown in ("Ayşe Yılmaz", "Mezun", str(example.LIBRARY.name_tr), "deniz.kaya@example.org", "birim görmez"):
        assert shown in answer.text
    assert await submissions(database) == []
    await citizen.submit("/", step="send")
    (kept,) = await submissions(database)
    assert kept["text"] == 'İlk satır "tırnaklı".\n\nÜçüncü satır <b>.'
    expected = {"concerns": "Ayşe Yılmaz", "role": "graduate", "suggested_unit": "kddb", "hide_identity": True}
    assert kept.items() >= expected.items()


@pytest.mark.parametrize(
    ("different", "said"),
    [
        ({"email": ""}, "E-posta adresi vermediniz"),
        ({"email": "", "name": "", "phone": "", "role": ""}, "Kimliğinizi belirtmediniz"),
        ({}, "hat görevlileri ile cevap veren birim görür"),
    ],
)
async def test_the_preview_says_who_learns_what(citizen: Browser, different: dict[str, str], said: str) -> None:
    answer = await send(citizen, "/", **example.MESSAGE_FORM | different, step="preview")
    assert said in answer.text


async def test_a_message_is_changed_after_its_preview_as_it_was_typed(citizen: Browser, database: Database) -> None:
    written = FILLED | {"subject": "  Boşluklu   konu "}
    await send(citizen, "/", **written, step="preview")
    answer = await send(citizen, "/", step="edit")
    assert answer.status_code == 200
    again = submitted(citizen, "/")
    for name in ("subject", "text", "concerns", "email", "notice"):
        assert again[name].splitlines() == written[name].splitlines()
    assert '<option value="graduate" selected>' in answer.text
    assert "error-summary" not in answer.text
    assert await submissions(database) == []


async def test_preview_and_form_of_one_intention_are_one_message(citizen: Browser, database: Database) -> None:
    await send(citizen, "/", **example.MESSAGE_FORM, step="preview")
    preview = citizen.page
    await citizen.submit("/", step="send")
    first, citizen.page = citizen.path, preview
    await citizen.submit("/", step="send")
    assert citizen.path == first
    assert len(await submissions(database)) == 1


async def test_back_and_reload_come_to_the_preview_again(citizen: Browser) -> None:
    answer = await send(citizen, "/", **example.MESSAGE_FORM, step="preview")
    assert "no-store" not in answer.headers["cache-control"]


async def test_errors_come_before_the_preview(citizen: Browser) -> None:
    answer = await send(citizen, "/", **example.MESSAGE_FORM | {"subject": ""}, step="preview")
    assert answer.status_code == 422
    assert submitted(citizen, "/")["text"] == example.MESSAGE_FORM["text"]


async def test_an_address_that_was_chosen_instead_stays_after_a_change(citizen: Browser, database: Database) -> None:
    await send(citizen, "/", **example.MESSAGE_FORM | {"email": "ali@gmial.com"}, step="preview")
    answer = await send(citizen, "/", email_meant="ali@gmail.com", step="preview")
    assert "ali@gmail.com" in answer.text
    await send(citizen, "/", step="edit")
    await send(citizen, "/", step="preview")
    await citizen.submit("/", step="send")
    assert [kept["email"] for kept in await submissions(database)] == ["ali@gmail.com"]


async def test_another_language_keeps_the_preview(citizen: Browser, database: Database) -> None:
    await send(citizen, "/", **FILLED, step="preview")
    answer = await send(citizen, "/", by_way_of="/?lang=ar", switch="ar")
    assert '<html lang="ar" dir="rtl">' in answer.text
    assert "يرجى مراجعة رسالتكم" in answer.text
    await citizen.submit("/", step="send")
    (document,) = await database["messages"].find().to_list(None)
    assert (document["language"], document["submission"]["concerns"]) == ("ar", "Ayşe Yılmaz")


async def test_without_scripts_the_preview_is_the_page_that_asks_to_confirm(
    make: Make, visit: Visit, database: Database
) -> None:
    await Messages(database).prepare()
    app = make("intake", proof_cost=1_500)
    citizen = visit(app)
    await citizen.open("/")
    await send(citizen, "/", **example.MESSAGE_FORM, step="preview")
    app.state.clock = lambda: utc_now() + timedelta(seconds=10)
    await citizen.submit("/", step="send")
    assert len(await submissions(database)) == 1


async def test_a_kind_that_the_institution_added_is_offered_kept_and_shown(
    app: FastAPI, citizen: Browser, database: Database
) -> None:
    kinds = [{"id": "information", "label": {"tr": "Bilgi edinme", "en": "Information"}}]
    await told(app, institution(1, kinds=kinds, name={"tr": "Örnek Üniversitesi"}))
    page = await citizen.open("/?lang=en")
    assert "Information" in page
    assert 'lang="tr">Örnek Üniversitesi' in citizen.html
    refused = await send(citizen, "/", **example.MESSAGE_FORM)
    assert refused.status_code == 422
    assert "Please choose one of the options." in refused.text
    await citizen.submit("/", kind="information")
    assert "Information" in await citizen.open(citizen.path.removesuffix("/submitted"))
    assert [kept["kind"] for kept in await submissions(database)] == ["information"]


@pytest.mark.parametrize("concerns", ["Ayşe Yılmaz", "x"])
async def test_whom_a_compliment_is_for_is_asked_of_a_compliment_alone(
    citizen: Browser, database: Database, concerns: str
) -> None:
    await citizen.submit("/", **example.MESSAGE_FORM, concerns=concerns)
    assert [kept["concerns"] for kept in await submissions(database)] == [None]


async def test_an_emergency_and_the_time_to_expect_are_told_at_once(make: Make, visit: Visit) -> None:
    page = await visit(make("intake", usual_days=9)).open("/")
    for said in ("112'yi arayınız", "en geç 30 gün", "genellikle 9 gün"):
        assert page.index(said) < page.index("Başvurunuzun türü")
    assert "genellikle" not in await visit(make("intake")).open("/")


async def test_units_are_offered_by_the_alphabet_of_their_language_once_they_are_known(
    app: FastAPI, citizen: Browser
) -> None:
    assert "Önerilen birim" not in await citizen.open("/")
    names = {"a": ("Çevre Birimi", "Yard"), "b": ("Spor Birimi", "Arts"), "c": ("Cam Birimi", "Zoo")}
    units = [{"code": code, "name_tr": turkish, "name_en": english} for code, (turkish, english) in names.items()]
    await told(app, directory(1).model_validate({"version": 1, "units": units}))
    offered = r'<option value="([abc])"( lang="en")?'
    await citizen.open("/?lang=tr")
    assert re.findall(offered, citizen.html) == [("c", ""), ("a", ""), ("b", "")]
    await citizen.open("/?lang=ar")
    assert re.findall(offered, citizen.html) == [("b", ' lang="en"'), ("a", ' lang="en"'), ("c", ' lang="en"')]


async def test_the_address_decides_on_the_language_then_the_cookie_then_the_browser(app: FastAPI, visit: Visit) -> None:
    citizen = visit(app, language="ar")
    assert 'lang="ar" dir="rtl"' in (await citizen.open("/"), citizen.html)[1]
    assert 'lang="tr" dir="ltr"' in (await citizen.open("/?lang=tr"), citizen.html)[1]
    assert 'lang="tr"' in (await citizen.open("/t"), citizen.html)[1]
    assert 'lang="en"' in (await citizen.open("/t?lang=en"), citizen.html)[1]


async def test_arabic_is_offered_where_the_settings_say_so(app: FastAPI, make: Make, visit: Visit) -> None:
    with_it, without = visit(app), visit(make("intake"))
    assert "العربية" in await with_it.open("/")
    assert "العربية" not in await without.open("/?lang=ar")
    assert '<html lang="tr"' in without.html


async def test_a_number_inside_an_arabic_sentence_keeps_its_order(citizen: Browser, database: Database) -> None:
    await citizen.submit("/", **example.MESSAGE_FORM)
    await citizen.open(f"{citizen.path}?lang=ar")
    (document,) = await database["messages"].find().to_list(None)
    assert f'<bdi dir="ltr">{document["reference"]}</bdi>' in citizen.html


async def test_the_api_takes_the_fields_of_the_form(app: FastAPI, citizen: Browser, database: Database) -> None:
    await told(app, directory(1, "yitdb", "kddb"))
    fields = {"kind": "compliment", "role": "staff", "suggested_unit": "kddb", "concerns": "Ayşe Yılmaz"}
    answer = await citizen.client.post("/api/v1/messages", json=example.API_MESSAGE | fields | {"language": "ar"})
    assert answer.status_code == 202
    (kept,) = await submissions(database)
    assert kept.items() >= fields.items()
    units = (await citizen.client.get("/api/v1/units")).json()
    assert [unit["code"] for unit in units] == ["kddb", "yitdb"]
    document = (await citizen.client.get("/api/v1/openapi.json")).json()["components"]["schemas"]["NewMessage"]
    assert document["properties"].keys() >= fields.keys()
    assert document["properties"]["kind"]["enum"] == list(Kind)


async def test_the_api_takes_the_kinds_of_the_institution(app: FastAPI, citizen: Browser) -> None:
    await told(app, institution(1, kinds=[{"id": "information", "label": {"tr": "Bilgi edinme"}}]))
    kinds = (await citizen.client.get("/api/v1/kinds")).json()
    assert kinds == [{"id": "information", "label": {"tr": "Bilgi edinme"}}]
    for kind, status in (("information", 202), ("complaint", 422)):
        answer = await citizen.client.post("/api/v1/messages", json=example.API_MESSAGE | {"kind": kind})
        assert answer.status_code == status
    assert answer.json()["errors"][0]["pointer"] == "/kind"
