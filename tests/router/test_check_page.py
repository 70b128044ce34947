"""The rules of the check before an answer, set on the desk over the environment's."""

from fastapi import FastAPI

from scripts.browser import Browser
from services.router.texts.store import InstitutionStore
from shared.documents import Database
from tests import examples as example
from tests.router.desk import keeps, kept, send, shown

URL = "/administration/check"


async def test_the_points_on_the_desk_take_the_place_of_the_settings_and_a_kind_has_its_own(
    admin: Browser, database: Database
) -> None:
    case = await kept(database, example.replied_case(kind="complaint"))
    await admin.open(f"/cases/{case.id}/review")
    assert "Every point of the message is answered." in admin.html
    await admin.open(URL)
    kinds = admin.form(URL).fields["kinds"]
    points = ["Sakin bir dille mi?" if kind == "complaint" else "" for kind in kinds]
    await send(admin, URL, checklist="Ek var mı?\n\nEk var mı?\nTarih doğru mu?", points=points)
    await admin.open(f"/cases/{case.id}/review")
    assert "Every point of the message is answered." not in admin.html
    assert [admin.html.count(point) > 0 for point in ("Ek var mı?", "Tarih doğru mu?", "Sakin bir dille mi?")] == [
        True
    ] * 3
    stored = await InstitutionStore(database).stored()
    assert stored.review_checklist == ("Ek var mı?", "Tarih doğru mu?")
    other = await kept(database, example.replied_case(kind="request"))
    await admin.open(f"/cases/{other.id}/review")
    assert "Sakin bir dille mi?" not in admin.html


async def test_four_eyes_are_switched_on_and_off_and_the_history_says_who(
    admin: Browser, app: FastAPI, database: Database
) -> None:
    case = await kept(database, example.replied_case())
    for four_eyes in ("yes", "no"):
        await admin.open(URL)
        await send(admin, URL, four_eyes=four_eyes)
        await admin.open(f"/cases/{case.id}/review")
        assert ("A colleague has to approve" in admin.html) == (four_eyes == "yes")
    stored = await InstitutionStore(database).stored()
    assert [dict(change.fields) for change in stored.history] == [
        {"four_eyes": (None, True)},
        {"four_eyes": (True, False)},
    ]
    (document,) = [one async for one in database["institution"].find({})]
    unpublished = [example.unpublished_data(entry) for entry in document["outbox"]]
    assert [(entry["action"], entry["fields"]) for entry in unpublished] == [("review_changed", ["four_eyes"])] * 2
    await admin.open(URL)
    assert example.account().name in admin.html


async def test_rules_that_somebody_else_has_changed_are_shown_beside_what_was_typed(admin: Browser) -> None:
    await admin.open(URL)
    await send(admin, URL, checklist="Birinci")
    second = await send(admin, URL, checklist="İkinci")
    assert second.status_code == 409
    assert "Birinci" in shown(second)
    assert keeps(second, "İkinci")


async def test_too_many_points_are_refused_at_their_field(admin: Browser) -> None:
    await admin.open(URL)
    answer = await send(admin, URL, checklist="\n".join(map(str, range(21))))
    assert answer.status_code == 422
    assert 'href="#checklist"' in answer.text
