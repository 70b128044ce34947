"""The administration of webhooks: what an administrator sets, sees and does."""

import re
from typing import Any

import pytest

from scripts.browser import Browser, text_of
from services.router.webhooks.domain.delivery import Attempt, Delivery, attempted, try_out
from services.router.webhooks.store import Deliveries
from shared.clock import utc_now
from shared.documents import Database
from tests import examples as example
from tests.router.desk import keeps, send, shown, unpublished
from tests.router.receiver import SECRET, hook, webhooks_of

URL = "/administration/webhooks"
FIELDS: dict[str, Any] = {
    "name": "Ana Sistem",
    "address": "https://alici.example/hook",
    "happenings": ["opened", "closed"],
}


async def audited(database: Database, collection: str = "webhooks") -> list[tuple[str, list[str]]]:
    """Action and fields of what a collection owes the audit log."""
    return [(one["action"], one["fields"]) for one in await unpublished(database, collection) if "action" in one]


async def delivery(database: Database, **different: object) -> Delivery:
    """A delivery to the webhook of the tests that failed."""
    made, _ = try_out(await webhooks_of(database).get("wh1"), "d1", source="s", now=utc_now())
    failed = attempted(made, Attempt(at=example.NOW, status=503, milliseconds=1200)).model_copy(update=different)
    await Deliveries(database).add(failed)
    return failed


async def test_a_new_webhook_shows_its_secret_once_and_is_audited(admin: Browser, database: Database) -> None:
    await admin.open(URL)
    assert "There is no webhook" in text_of(admin.html)
    await admin.open(f"{URL}/new")
    answer = await send(admin, f"{URL}/new", **FIELDS)
    (made,) = await webhooks_of(database).all()
    secret = webhooks_of(database).opened(made.secret)
    assert secret in shown(answer)
    assert (made.name, made.happenings, made.personal, made.active) == ("Ana Sistem", ("opened", "closed"), False, True)
    assert await audited(database) == [("webhook_added", [])]
    for page in (URL, f"{URL}/{made.id}"):
        await admin.open(page)
        assert "Ana Sistem" in text_of(admin.html)
        assert secret not in admin.html


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("address", "http://alici.example/", "must begin with https://"),
        ("address", "https://a:b@alici.example/", "no user name"),
        ("address", "https://169.254.169.254/", "Nothing is sent to this network"),
        ("address", "http://localhost:8080/", "Nothing is sent to this network"),
        ("address", "https://[::ffff:10.0.0.1]/", "Nothing is sent to this network"),
        ("address", "", "Please enter the address"),
        ("name", "", "Please enter a name"),
        ("happenings", [], "Please choose at least one"),
    ],
)
async def test_what_is_not_valid_is_said_at_its_field_and_stays(
    admin: Browser, database: Database, field: str, value: Any, said: str
) -> None:
    await admin.open(f"{URL}/new")
    answer = await send(admin, f"{URL}/new", **FIELDS | {field: value})
    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert said in shown(answer)
    assert keeps(answer, str(value)) or not value
    assert await webhooks_of(database).all() == []


async def test_personal_data_are_off_and_switching_them_on_is_warned_of_and_audited(
    admin: Browser, database: Database
) -> None:
    await hook(database, "https://alici.example/hook")
    await admin.open(f"{URL}/wh1")
    assert "Personal data leave this system" in text_of(admin.html)
    await send(admin, f"{URL}/wh1", personal="yes")
    assert (await webhooks_of(database).get("wh1")).personal
    assert await audited(database) == [("webhook_changed", ["personal"])]
    await admin.open(f"{URL}/wh1")
    assert "With personal data: No → Yes" in text_of(admin.html)


async def test_a_webhook_is_switched_off_and_on(admin: Browser, database: Database) -> None:
    await hook(database, "https://alici.example/hook", active=False, ended="gone")
    await admin.open(f"{URL}/wh1")
    assert "HTTP 410" in text_of(admin.html)
    await send(admin, f"{URL}/wh1", active="yes")
    await admin.open(f"{URL}/wh1")
    assert "HTTP 410" not in text_of(admin.html)
    await send(admin, f"{URL}/wh1", active=[])
    assert not (await webhooks_of(database).get("wh1")).active


async def test_saving_without_a_change_is_not_audited(admin: Browser, database: Database) -> None:
    await hook(database, "https://alici.example/hook")
    await admin.open(f"{URL}/wh1")
    await send(admin, f"{URL}/wh1")
    assert await audited(database) == []


async def test_of_two_who_change_it_the_second_is_told_and_loses_nothing(admin: Browser, database: Database) -> None:
    webhook = await hook(database, "https://alici.example/hook")
    await admin.open(f"{URL}/wh1")
    await webhooks_of(database).save(webhook.model_copy(update={"name": "Başkası"}))
    answer = await send(admin, f"{URL}/wh1", name="Benim adım")
    assert answer.status_code == 409
    assert "Somebody else has changed this" in shown(answer)
    assert keeps(answer, "Benim adım")


async def test_a_new_secret_is_shown_once_and_the_one_before_is_valid_for_a_day(
    admin: Browser, database: Database
) -> None:
    await hook(database, "https://alici.example/hook")
    await admin.open(f"{URL}/wh1")
    answer = await send(admin, f"{URL}/wh1/secret")
    after, webhooks = await webhooks_of(database).get("wh1"), webhooks_of(database)
    assert webhooks.opened(after.secret) in shown(answer)
    assert after.old_secret
    assert webhooks.opened(after.old_secret) == SECRET
    assert await audited(database) == [("webhook_secret_changed", ["secret", "old_secret", "old_until"])]
    await admin.open(f"{URL}/wh1")
    assert "signed with both secrets until" in text_of(admin.html)
    assert not re.search("whsec_|sealed", admin.html)


async def test_a_test_and_sending_again_are_owed_and_audited(admin: Browser, database: Database) -> None:
    await hook(database, "https://alici.example/hook")
    failed = await delivery(database)
    await admin.open(f"{URL}/wh1")
    for said in ("Not delivered", "HTTP 503", "1,200 ms", "is tried again several times"):
        assert said in text_of(admin.html)
    await send(admin, f"{URL}/wh1/deliveries/{failed.id}")
    assert (await Deliveries(database).get(failed.id)).state == "waiting"
    await admin.open(f"{URL}/wh1")
    answer = await send(admin, f"{URL}/wh1/test")
    assert "The test is on its way" in shown(answer)
    assert {action for action, _ in await audited(database, "webhook_deliveries")} == {
        "webhook_sent_again",
        "webhook_tested",
    }
    requested = [one for one in await unpublished(database, "webhook_deliveries") if "delivery_id" in one]
    assert {one["webhook_id"] for one in requested} == {"wh1"}
    assert len({one["delivery_id"] for one in requested}) == 2


@pytest.mark.parametrize("what", ["test", "deliveries/d1"])
async def test_nothing_is_sent_from_a_webhook_that_is_off(admin: Browser, database: Database, what: str) -> None:
    webhook = await hook(database, "https://alici.example/hook")
    await delivery(database)
    await admin.open(f"{URL}/wh1")
    await webhooks_of(database).save(webhook.model_copy(update={"active": False}))
    answer = await send(admin, f"{URL}/wh1/{what}")
    assert (answer.status_code, "switched off" in shown(answer)) == (409, True)
    assert await unpublished(database, "webhook_deliveries") == []


async def test_what_may_not_be_told_any_more_is_not_sent_again(admin: Browser, database: Database) -> None:
    await hook(database, "https://alici.example/hook")
    kept = await delivery(database)
    await admin.open(f"{URL}/wh1")
    await Deliveries(database).save(kept.model_copy(update={"body": ""}))
    assert (await send(admin, f"{URL}/wh1/deliveries/{kept.id}")).status_code == 404
    await admin.open(f"{URL}/wh1")
    assert f"deliveries/{kept.id}" not in admin.html
