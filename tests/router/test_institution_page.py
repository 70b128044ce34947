"""What the institution says about itself on the desk, and how the other services learn of it."""

import base64
import io
from typing import Any

import pytest
from fastapi import FastAPI
from PIL import Image

from scripts.browser import Browser
from services.router.access import Role
from services.router.texts.domain.colours import readable_on_white
from services.router.texts.domain.institution import code_for
from services.router.texts.store import InstitutionStore
from shared.documents import Database
from tests.conftest import Visit
from tests.router.desk import keeps, log_in, send, shown, unpublished

HERE = "/administration/institution"
KINDS = "/administration/kinds"


def picture(side: int = 80, form: str = "PNG") -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (side, side), "#0b4f6c").save(content, form)
    return content.getvalue()


async def stored(database: Database) -> Any:
    return await InstitutionStore(database).stored()


async def post(admin: Browser, logo: tuple[str, bytes] | None = None, **values: Any) -> Any:
    await admin.open(HERE)
    fields = admin.form(HERE).fields | values
    files = {"logo": (logo[0], logo[1], "image/png")} if logo else {"logo": ("", b"", "application/octet-stream")}
    return await admin.client.post(HERE, data=fields, files=files)


@pytest.mark.parametrize("path", [HERE, KINDS, f"{KINDS}/new", f"{KINDS}/complaint"])
@pytest.mark.parametrize("role", [Role.OFFICER, Role.SUPERVISOR, Role.AUDITOR])
async def test_only_administrators_say_what_the_institution_is(
    app: FastAPI, visit: Visit, database: Database, path: str, role: Role
) -> None:
    browser = await log_in(visit(app, language="en"), database, role=role)
    assert (await browser.client.get(path)).status_code == 403


async def test_a_changed_name_is_on_the_desk_at_once_and_in_history_and_audit(
    admin: Browser, database: Database
) -> None:
    answer = await post(admin, name_tr="Yeni Üniversite", phone="0288 212 00 00")
    assert answer.status_code == 200
    page = await admin.open(f"{HERE}?done=saved&lang=tr")
    assert "Yeni Üniversite" in page
    settings = await stored(database)
    assert settings.name == {"tr": "Yeni Üniversite", "en": "Kırklareli University"}
    (change,) = settings.history
    assert sorted(change.fields) == ["name", "phone"]
    told = await unpublished(database, "institution")
    assert [(data["action"], sorted(data["fields"])) for data in told] == [("institution_changed", ["name", "phone"])]


async def test_what_is_as_the_environment_says_is_not_stored(admin: Browser, database: Database) -> None:
    assert (await post(admin)).status_code == 200
    settings = await stored(database)
    assert (settings.name, settings.email, settings.primary_color, settings.history) == (None, None, None, ())


async def test_an_emptied_field_is_as_the_environment_says_again(admin: Browser, database: Database) -> None:
    await post(admin, hotline="Alo Üniversite")
    assert (await stored(database)).hotline == "Alo Üniversite"
    await post(admin, hotline="")
    assert (await stored(database)).hotline is None


async def test_a_logo_is_written_anew_from_its_pixels_and_shown(admin: Browser, database: Database) -> None:
    hidden = picture() + b"<script>alert(1)</script>"
    assert (await post(admin, logo=("logo.png", hidden))).status_code == 200
    settings = await stored(database)
    content = base64.b64decode(settings.logo)
    assert Image.open(io.BytesIO(content)).size == (80, 80)
    assert b"script" not in content
    answer = await admin.client.get("/static/institution-logo")
    assert (answer.headers["content-type"], answer.content) == ("image/png", content)
    await post(admin, remove_logo="yes")
    assert (await stored(database)).logo is None


@pytest.mark.parametrize(
    ("logo", "said"),
    [
        (("logo.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "type PNG, JPEG or WebP"),
        (("logo.png", b"no picture"), "is damaged"),
        (("logo.jpg", picture()), "is damaged"),
    ],
)
async def test_what_is_no_logo_is_refused_in_words_and_the_rest_of_the_form_is_kept(
    admin: Browser, database: Database, logo: tuple[str, bytes], said: str
) -> None:
    answer = await post(admin, logo=logo, hotline="Alo Üniversite")
    assert (answer.status_code, said in shown(answer), keeps(answer, "Alo Üniversite")) == (422, True, True)
    assert (await stored(database)).revision == 0


@pytest.mark.parametrize(
    ("colour", "fine"), [("#0b4f6c", True), ("#767676", True), ("#777777", False), ("#ffcc00", False)]
)
def test_a_colour_is_readable_from_a_contrast_of_four_and_a_half(colour: str, fine: bool) -> None:
    assert readable_on_white(colour) is fine


async def test_a_colour_on_which_white_cannot_be_read_is_refused(admin: Browser, database: Database) -> None:
    answer = await post(admin, primary_color="#ffcc00")
    assert (answer.status_code, "White letters cannot be read" in shown(answer)) == (422, True)


async def test_of_two_who_change_the_institution_the_second_is_told_and_keeps_the_text(
    admin: Browser, database: Database
) -> None:
    await admin.open(HERE)
    fields = admin.form(HERE).fields
    await post(admin, hotline="Birinci")
    answer = await admin.client.post(HERE, data=fields | {"hotline": "İkinci"}, files={"logo": ("", b"", "x/y")})
    page = shown(answer)
    assert (answer.status_code, "Birinci" in page, keeps(answer, "İkinci")) == (409, True, True)
    assert (await stored(database)).hotline == "Birinci"


async def test_a_kind_is_added_renamed_moved_and_no_longer_offered(admin: Browser, database: Database) -> None:
    await admin.open(f"{KINDS}/new")
    await admin.submit(
        f"{KINDS}/new", id="information", label_tr="Bilgi edinme", label_en="Information", answer_days="15"
    )
    await admin.open(KINDS)
    await admin.submit(f"{KINDS}/order", id="information")
    settings = await stored(database)
    assert [kind.id for kind in settings.kinds][-2:] == ["information", "other"]
    assert settings.kind("information").answer_days == 15
    await admin.open(f"{KINDS}/information")
    await admin.submit(f"{KINDS}/information", active=[], label_en="Freedom of information")
    kind = (await stored(database)).kind("information")
    assert (kind.active, kind.label["en"]) == (False, "Freedom of information")


@pytest.mark.parametrize(
    "values",
    [{"id": bad} for bad in ("Büyük", "complaint", "new", "order")] + [{"answer_days": bad} for bad in ("0", "x")],
)
async def test_a_kind_that_cannot_be_is_explained(admin: Browser, database: Database, values: dict[str, str]) -> None:
    await admin.open(f"{KINDS}/new")
    answer = await send(
        admin, f"{KINDS}/new", **{"id": "information", "label_tr": "Bilgi", "label_en": "Info"} | values
    )
    assert answer.status_code in (409, 422)
    assert keeps(answer, "Bilgi")
    assert (await stored(database)).kinds is None


async def test_the_last_kind_of_the_form_stays(admin: Browser, database: Database) -> None:
    for kind in ("suggestion", "compliment", "request", "other"):
        await admin.open(f"{KINDS}/{kind}")
        await admin.submit(f"{KINDS}/{kind}", active=[])
    await admin.open(f"{KINDS}/complaint")
    answer = await send(admin, f"{KINDS}/complaint", active=[])
    assert (answer.status_code, "at least one kind" in shown(answer)) == (422, True)


async def test_a_kind_without_a_code_gets_one_from_its_english_name(admin: Browser, database: Database) -> None:
    for _ in range(2):
        await admin.open(f"{KINDS}/new")
        await admin.submit(f"{KINDS}/new", label_tr="Erişilebilirlik", label_en="Access for all")
        assert "Saved." in admin.html
    added = (await stored(database)).kinds[-2:]
    assert [kind.id for kind in added] == ["access_for_all", "access_for_all_2"]
    assert {(kind.unit_counts, kind.answer_counts) for kind in added} == {("working", "calendar")}


@pytest.mark.parametrize(
    ("name", "code"),
    [("Erişim talebi", "erisim_talebi"), ("7/24", "kind_7_24"), ("—", "kind"), ("Ağır ırgat", "agir_irgat")],
)
def test_a_code_has_small_letters_digits_and_lines(name: str, code: str) -> None:
    assert code_for(name, {"other"}) == code


async def test_the_history_says_texts_by_language_and_only_what_the_page_is_about(
    admin: Browser, database: Database
) -> None:
    await post(admin, name_tr="Deneme Üniversitesi")
    await admin.open("/administration/reminders")
    hours = {"quiet_from": "20", "quiet_until": "8", "digest_hour": "8"}
    await admin.submit("/administration/reminders", remind_before_days="5", **hours)
    page = await admin.open(HERE)
    assert ("Deneme Üniversitesi" in page, "&#39;tr&#39;" in admin.html) == (True, False)
    assert "remind_before_days" not in admin.html


async def test_the_history_says_in_words_what_was_changed(admin: Browser, database: Database) -> None:
    await post(admin, name_en="New University", logo=("logo.png", picture()), notice_tr="Kısa bildirim.")
    await admin.open(f"{KINDS}/complaint")
    await admin.submit(f"{KINDS}/complaint", unit_days="5", unit_counts="calendar", reply_expected=[])
    await admin.open(KINDS)
    await admin.submit(f"{KINDS}/order", id="suggestion")
    await admin.open(f"{KINDS}/new")
    await admin.submit(f"{KINDS}/new", id="information", label_tr="Bilgi edinme", label_en="Information")
    await admin.open("/administration/reminders")
    hours = {"quiet_from": "18", "quiet_until": "8", "digest_hour": "8"}
    await send(admin, "/administration/reminders", **hours)
    page = await admin.open(HERE)
    for said in (
        "Name of the institution: As the server is set up → ",
        "English: New University",
        "Privacy notice (KVKK): As the server is set up → Turkish: Kısa bildirim.",
        "Complaint, Days that a unit has: usual → 5",
        "Complaint, Days of the unit are: working days → calendar days",
        "Complaint, A unit has to reply: Yes → No",
        "Order: Complaint, Suggestion, Compliment, Request, Other → Suggestion, Complaint",
        "New kind of message: – → Information",
        "No reminder from: As the server is set up → 18.00",
    ):
        assert said in page
    for raw in ("quiet_from", "logo_type", "unit_days", "None", "True", "{'"):
        assert raw not in page
