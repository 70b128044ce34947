"""The copy for units, beside the original."""

from typing import Any

from scripts.browser import Browser
from services.router.cases.domain.case import Case
from services.router.cases.domain.copies import set_copy
from services.router.cases.store.cases import Cases
from shared.documents import Database
from tests import examples as example
from tests.router.desk import announced, directory, keeps, kept, send, shown

TEXT = "Kimliğim 10000000146, telefonum 0532 123 45 67. Kütüphane soğuk."


async def at(officer: Browser, database: Database, **different: Any) -> Case:
    """The officer looks at the copy of this case."""
    case = await kept(database, example.case(**{"text": TEXT} | different))
    await officer.open(f"/cases/{case.id}/copy")
    return case


async def copy(database: Database, case: Case) -> str | None:
    return (await Cases(database).get(case.id)).copy_for_units


async def test_what_is_ticked_is_blacked_out_and_the_original_stays(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    await officer.submit(f"/cases/{case.id}/copy", hidden=["10000000146"])
    assert await copy(database, case) == TEXT.replace("10000000146", "[T.C. kimlik numarası gizlenmiştir]")
    assert (await Cases(database).get(case.id)).text == TEXT
    assert "<del>10000000146,</del>" in officer.html


async def test_all_is_blacked_out_at_once_and_the_routing_begins_with_it(officer: Browser, database: Database) -> None:
    await directory(database)
    case = await at(officer, database)
    await officer.submit(f"/cases/{case.id}/copy", everything="yes")
    await officer.submit(f"/cases/{case.id}/routing", units=["kddb"])
    (requested, _) = await announced(database, case.id)
    assert "10000000146" not in requested["text"]
    assert "0532" not in requested["text"]
    assert requested["text"].endswith("Kütüphane soğuk.")


async def test_a_copy_that_is_the_original_again_is_none(officer: Browser, database: Database) -> None:
    case = await at(officer, database, copy_for_units="Kütüphane soğuk.")
    await officer.submit(f"/cases/{case.id}/copy", text=TEXT)
    assert await copy(database, case) is None


async def test_of_two_copies_at_once_neither_is_lost(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    await Cases(database).save(set_copy(case, "Kütüphane çok soğuk.", by=example.officer(), now=example.NOW))
    answer = await send(officer, f"/cases/{case.id}/copy", text="Üşüyoruz.")
    assert (answer.status_code, keeps(answer, "Üşüyoruz.")) == (409, True)
    assert "Kütüphane çok soğuk." in shown(answer)
    assert await copy(database, case) == "Kütüphane çok soğuk."
    officer.page = answer
    await officer.submit(f"/cases/{case.id}/copy")
    assert await copy(database, case) == "Üşüyoruz."


async def test_an_empty_copy_is_refused(officer: Browser, database: Database) -> None:
    case = await at(officer, database)
    assert (await send(officer, f"/cases/{case.id}/copy", text=" ")).status_code == 422
