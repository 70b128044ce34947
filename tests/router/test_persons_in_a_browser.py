"""The pages about personal data in a real browser: the officer's way, nothing wider than the window, nothing by axe."""

import pytest
from playwright.async_api import Page

from services.router.access import Role
from services.router.cases.domain.mails import mail_of
from services.router.cases.store.cases import Cases
from services.router.cases.store.mails import Mails
from services.router.records.domain.requests import SERVICES, Export, Found, Outcome, Search, close
from shared.documents import Database
from shared.state import KeptFile
from tests import examples as example
from tests.axe import faults
from tests.router.mails import mail
from tests.router.persons import OFFICER, confirmed_request, person_request, requests_of
from tests.router.test_deciding_in_a_browser import app, window

__all__ = ["app", "window"]


async def shown(database: Database) -> dict[str, str]:
    """The addresses of the pages, by name: a request that is new, one that is confirmed, one that is closed."""
    await database["accounts"].update_many({}, {"$set": {"role": Role.PRIVACY_OFFICER}})
    own = example.case(state="closed")
    other = example.case(submitter=example.person(name="Ali Can", email=None), text="Deniz Kaya bana yardım etti.")
    for case in (own, other):
        await Cases(database).add(case)
    await Mails(database).add(mail_of(mail(mail_id="m1", sender="deniz.kaya@example.org")))
    items = [
        *(Found(service="router", kind="case", id=own.id, by=by, message_id=own.id) for by in ("email", "name")),
        Found(service="notifier", kind="letter", id="l1", by="email", message_id=own.id, at=example.NOW),
        Found(service="router", kind="mention", id=other.id, by="name", message_id=other.id, at=example.NOW),
        Found(service="notifier", kind="mail", id="m1", by="email", mail_id="m1", at=example.NOW),
        Found(service="replies", kind="signature", id="as1", by="name", assignment_id="as1", message_id=other.id),
        Found(service="notifier", kind="bounces", id="returns", by="email"),
    ]
    answers = {service: example.NOW for service in SERVICES if service != "replies"}
    search = Search(number=1, at=example.NOW, found=tuple(items), answers=answers, more=("notifier",))
    kept, export = requests_of(database), Export(number=1, at=example.NOW, by=OFFICER.actor)
    ready = export.model_copy(update={"file": KeptFile.model_validate(example.file_ref()), "ready_at": example.NOW})
    confirmed = confirmed_request(f"message:{own.id}", "mail:m1", "address:", search=search, id="KV-26-C", export=ready)
    letter = {"answer": "Sayın Deniz Kaya,\n\nRet gerekçesi.", "given": "post"}
    closed, _ = close(person_request(id="KV-26-D"), outcome=Outcome.REFUSED, **letter, by=OFFICER, now=example.NOW)
    for asked in (person_request(id="KV-26-A"), person_request(id="KV-26-B", search=search), confirmed, closed):
        await kept.add(asked)
    return {
        "privacy-list": "/privacy",
        "privacy-new": "/privacy/new",
        "privacy-found": "/privacy/KV-26-B",
        "privacy-confirmed": "/privacy/KV-26-C",
        "privacy-correction": "/privacy/KV-26-C/correction",
        "privacy-erasure": "/privacy/KV-26-C/erasure",
        "privacy-answer": "/privacy/KV-26-A/answer",
        "privacy-closed": "/privacy/KV-26-D",
        "privacy-letter": "/privacy/KV-26-D/answer",
    }


async def test_nothing_is_wider_than_the_window_and_axe_finds_nothing(window: Page, database: Database) -> None:
    assert await faults(window, await shown(database)) == {}


async def test_from_the_letter_to_the_answer(window: Page, database: Database) -> None:
    await shown(database)
    await window.goto("/privacy?lang=tr")
    await window.get_by_role("link", name="Yeni başvuru").click()
    await window.get_by_label("Ad ve soyadı").fill("Deniz Kaya")
    await window.get_by_label("Islak imzalı dilekçe").check()
    await window.get_by_label("Silinmesini veya anonim hâle").check()
    await window.get_by_role("button", name="Başvuruyu kaydet").click()
    await window.get_by_role("button", name="Verileri ara").click()
    await window.get_by_text("Bekleniyor:").first.wait_for()
    await window.goto("/privacy/KV-26-B?lang=tr")
    boxes = window.locator("input[name=theirs]")
    ticked = [await box.is_checked() for box in await boxes.all()]
    assert (len(ticked), sum(ticked)) == (5, 3)
    await window.get_by_role("button", name="İşaretlenenleri teyit et").click()
    await window.get_by_role("link", name="Neyin silineceğine karar ver").click()
    await window.get_by_label("Başvuru numarası").fill("KV-26-X")
    await window.get_by_role("button", name="Karara bağla").click()
    await window.get_by_text("Bu, başvurunun numarası değil.").first.wait_for()
    await window.get_by_label("Başvuru numarası").fill("KV-26-B")
    await window.get_by_role("button", name="Karara bağla").click()
    await window.get_by_text("Karar kaydedildi.").wait_for()


pytestmark = pytest.mark.usefixtures("app")
