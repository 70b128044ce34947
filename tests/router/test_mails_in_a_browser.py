"""The pages of mails in a real browser: nothing is wider than the window, and axe finds nothing."""

from playwright.async_api import Page

from services.router.cases.domain.mails import mail_of
from services.router.cases.store.mails import Mails
from shared.documents import Database
from tests import examples as example
from tests.axe import faults
from tests.router.desk import kept
from tests.router.mails import FILE, from_unit, mail, with_proposed_reply
from tests.router.test_deciding_in_a_browser import app, window

__all__ = ["app", "window"]
LONG = "Sayın yetkili,\n\n" + "Yurtdışından kabul edilen öğrencilerin kayıt işlemleri hakkında bilgi rica ederim. " * 6


async def shown(database: Database) -> dict[str, str]:
    """The addresses of the pages, by name."""
    case = await kept(database, with_proposed_reply(example.routed_case()))
    mails = Mails(database)
    await mails.add(mail_of(from_unit(case)))
    files = (FILE, FILE.model_copy(update={"id": "m2b", "state": "held", "name": "ek" + "_uzun" * 20 + ".pdf"}))
    sender = "deniz.kaya.uzun.bir.adres@ogrenci.cok.uzun.alan.adi.example.org"
    await mails.add(mail_of(mail(mail_id="m2", text=LONG, files=files, verified="fail", sender=sender)))
    await mails.add(mail_of(mail(mail_id="m3", subject="", text="", verified="pass")))
    await mails.add(mail_of(mail(mail_id="m4", automatic="out_of_office", text="İzindeyim.")))
    of_unit = f"/cases/{case.id}/assignments/{case.assignments[0].id}/mails/m1"
    return {
        "mail-case": f"/cases/{case.id}",
        "mail-review": f"/cases/{case.id}/review",
        "mail-whole": f"/cases/{case.id}/mails/m1",
        "mail-refusal": f"{of_unit}/refusal",
        "mail-list": "/mails",
        "mail-one": "/mails/m2",
    }


async def test_nothing_is_wider_than_the_window_and_axe_finds_nothing(window: Page, database: Database) -> None:
    assert await faults(window, await shown(database), unfolded=True) == {}
