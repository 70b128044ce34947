"""The case file as one bundle: asked for on the page of the case, made by a job, downloaded for a day, recorded."""

import asyncio
import hashlib
import io
import json
import zipfile
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime, timedelta
from email import message_from_bytes
from email.policy import default
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from scripts.verify_bundle import check
from services.router.access import Role
from services.router.accounts.store import Accounts
from services.router.cases.domain.case import Case
from services.router.cases.store.cases import Cases
from services.router.cases.store.letters import DeskLetters
from services.router.cases.store.mails import Mails
from services.router.cases.store.related import Related
from services.router.deadlines.store import CalendarStore, CurrentDeadlines
from services.router.records.domain.bundles import KEPT, Bundle, BundleState
from services.router.records.domain.chain import Recorded
from services.router.records.jobs.bundles import BundleJob
from services.router.records.papers.making import BundleMaker, Collecting
from services.router.records.store.bundles import Bundles
from services.router.records.store.chain import Chain
from services.router.texts.store import InstitutionStore
from shared.documents import Conflict, Database, NotFound
from shared.file_links import FileLinks, Grants
from shared.files.fetching import FileFetcher
from shared.institution import of_settings
from shared.printing import NotPrinted, Printer
from tests import examples as example
from tests.conftest import Visit
from tests.router.bundles import KEY
from tests.router.case_files import case_file
from tests.router.desk import kept, log_in, unpublished

FILES = {"file": b"content of the file"}
SIGNER = example.SIGNERS["router"]


@pytest.fixture
def printed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The PDF is the HTML that would be printed: that is quicker."""

    async def html(_: Printer, html: str) -> bytes:
        return html.encode()

    monkeypatch.setattr(Printer, "pdf", html)


@pytest.fixture
async def supervisor(app: FastAPI, visit: Visit, database: Database) -> Browser:
    """The browser of a supervisor who reads English."""
    return await log_in(visit(app, language="en"), database, role=Role.SUPERVISOR)


async def stored(database: Database) -> Case:
    """A case with letters, mails and entries of the chain."""
    found = case_file()
    case = await kept(database, found.case)
    for letter in found.letters:
        await DeskLetters(database).add(letter)
    for mail in found.mails:
        await Mails(database).add(mail)
    chain = Chain(database, "k" * 64)
    await chain.prepare()
    told = [entry.model_dump(include=set(Recorded.model_fields)) for entry in found.entries]
    await chain.add([Recorded.model_validate(one) for one in told])
    return case


class Owner:
    """A service that has files: it checks who asks, and gives what it is told to."""

    def __init__(self, answers: dict[str, tuple[int, bytes]], now: datetime = example.NOW) -> None:
        self.answers, self.now, self.asked = answers, now, list[str]()

    def __call__(self, request: httpx2.Request) -> httpx2.Response:
        file_id = request.url.path.rpartition("/")[2]
        grants = Grants({"router": [SIGNER.public_key]})
        grants.check(request.url.params["grant"], file_id=file_id, now=self.now)
        self.asked.append(str(request.url.copy_with(query=None)))
        status, content = self.answers.get(file_id, (404, b""))
        return httpx2.Response(status, content=content)


def job(app: FastAPI, database: Database, owner: Owner) -> BundleJob:
    """The job of the desk, with this owner of files."""
    settings, cases = app.state.web.settings, Cases(database)
    hosts = dict.fromkeys(("intake", "replies", "notifier"), "http://inside:8000")
    fetcher = FileFetcher(FileLinks(hosts, by="router", signer=SIGNER), httpx2.MockTransport(owner))
    maker = BundleMaker(fetcher, Printer(), SIGNER, timezone="Europe/Istanbul", keys_url="https://hat.example/keys.txt")
    deadlines = CurrentDeadlines(settings, InstitutionStore(database), CalendarStore(database))
    chain = Chain(database, "k" * 64)
    collecting = Collecting(
        *(cases, DeskLetters(database), Mails(database), Related(cases), Accounts(database), chain), deadlines
    )
    return BundleJob(Bundles(database), collecting, maker, lambda: of_settings(settings))


async def asked(supervisor: Browser, database: Database, case: Case) -> Bundle:
    """A bundle that the supervisor has asked for."""
    await supervisor.open(f"/cases/{case.id}/bundle")
    await supervisor.submit(f"/cases/{case.id}/bundle")
    (found,) = await Bundles(database).find({"case_id": case.id}, sort=[("_id", 1)], limit=5)
    return found


async def made(app: FastAPI, supervisor: Browser, database: Database, case: Case, owner: Owner | None = None) -> Bundle:
    """A bundle that is ready."""
    bundle = await asked(supervisor, database, case)
    await job(app, database, owner or Owner({})).make(bundle.id, example.NOW)
    return await Bundles(database).get(bundle.id)


async def content(supervisor: Browser, bundle: Bundle) -> bytes:
    """What the supervisor downloads."""
    answer = await supervisor.client.get(f"/cases/{bundle.case_id}/bundle/{bundle.id}")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].startswith(f'attachment; filename="{bundle.reference}.zip"')
    return answer.content


# --- on the page -----------------------------------------------------------------------------------------------------


async def test_the_page_says_that_it_is_being_made_and_then_that_it_is_ready(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    case = await stored(database)
    assert f"/cases/{case.id}/bundle" in (await supervisor.client.get(f"/cases/{case.id}")).text
    bundle = await asked(supervisor, database, case)
    assert "The file is being made" in await supervisor.open(f"/cases/{case.id}/bundle")
    await job(app, database, Owner({})).make(bundle.id, example.NOW)
    page = await supervisor.open(f"/cases/{case.id}/bundle")
    assert "The file is ready" in page
    assert "3 files could not be had" in page


async def test_asked_for_twice_it_is_made_once(supervisor: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    await supervisor.open(f"/cases/{case.id}/bundle")
    for _ in range(2):
        await supervisor.client.post(
            f"/cases/{case.id}/bundle", data=supervisor.form(f"/cases/{case.id}/bundle").fields
        )
    assert await database["bundles"].count_documents({}) == 1


async def test_whoever_may_not_make_it_has_no_button_and_no_page(officer: Browser, database: Database) -> None:
    case = await kept(database, example.case())
    assert "/bundle" not in (await officer.client.get(f"/cases/{case.id}")).text
    assert (await officer.client.get(f"/cases/{case.id}/bundle")).status_code == 403


async def test_a_restricted_case_gives_its_bundle_to_those_who_are_named_alone(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    case = await stored(database)
    bundle = await made(app, supervisor, database, case)
    restriction = {"why": "health", "to": ["somebody else"], "at": example.NOW}
    await database["cases"].update_one({"_id": case.id}, {"$set": {"restriction": restriction}})
    for url in (f"/cases/{case.id}/bundle", f"/cases/{case.id}/bundle/{bundle.id}"):
        assert (await supervisor.client.get(url)).status_code == 404


async def test_a_case_that_was_restricted_meanwhile_is_not_made_into_one(
    app: FastAPI, supervisor: Browser, database: Database
) -> None:
    case = await stored(database)
    bundle = await asked(supervisor, database, case)
    restriction = {"why": "health", "to": ["somebody else"], "at": example.NOW}
    await database["cases"].update_one({"_id": case.id}, {"$set": {"restriction": restriction}})
    await job(app, database, Owner({})).make(bundle.id, example.NOW)
    assert (await Bundles(database).get(bundle.id)).state is BundleState.FAILED


async def test_nobody_else_downloads_it(
    app: FastAPI, visit: Visit, supervisor: Browser, database: Database, printed: None
) -> None:
    bundle = await made(app, supervisor, database, await stored(database))
    other = await log_in(visit(app), database, role=Role.ADMIN, email="other@klu.example", id="other")
    assert (await other.client.get(f"/cases/{bundle.case_id}/bundle/{bundle.id}")).status_code == 404


async def test_after_a_day_it_is_no_longer_there(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    bundle = await made(app, supervisor, database, await stored(database))
    assert bundle.until and bundle.ready_at and bundle.until - bundle.ready_at == KEPT
    await database["bundles"].update_one({"_id": bundle.id}, {"$set": {"until": example.NOW - timedelta(days=300)}})
    assert (await supervisor.client.get(f"/cases/{bundle.case_id}/bundle/{bundle.id}")).status_code == 404
    assert "The file is ready" not in await supervisor.open(f"/cases/{bundle.case_id}/bundle")


async def test_asking_making_and_each_download_are_recorded(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    bundle = await made(app, supervisor, database, await stored(database))
    for _ in range(2):
        await content(supervisor, bundle)
    told = await unpublished(database, "bundles")
    assert [one["action"] for one in told] == ["bundle_asked", "bundle_made", *["bundle_downloaded"] * 2]
    assert {(one["object_id"], one["message_id"], one["actor"]["id"]) for one in told} == {
        (bundle.case_id, bundle.case_id, bundle.actor.id)
    }


# --- what is in it ---------------------------------------------------------------------------------------------------


def unpacked(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


async def test_it_has_everything_and_is_genuine(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    case = await stored(database)
    bundle = await made(app, supervisor, database, case)
    data = await content(supervisor, bundle)
    assert check(data, [KEY])[0] == []
    files = unpacked(data)
    assert list(files) == [
        *("README.txt", "case.pdf", "case.json", "letters/001-answer.eml", "mails/001.eml"),
        *("record.jsonl", "manifest.json", "manifest.sig"),
    ]
    told = json.loads(files["case.json"])
    assert Case.model_validate(told["case"]) == await Cases(database).get(case.id)
    assert len(files["record.jsonl"].splitlines()) == 5
    manifest = json.loads(files["manifest.json"])
    assert manifest["references"] == [case.reference]
    assert [one["why"] for one in manifest["missing"]] == ["gone"] * 3
    assert "silinen.jpg" in files["README.txt"].decode()


async def test_of_a_long_case_it_has_all_letters_and_mails(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    case, found = await stored(database), case_file()
    letters, mails = DeskLetters(database), Mails(database)
    more: list[Coroutine[Any, Any, None]] = [
        letters.add(found.letters[0].model_copy(update={"id": f"more-{number}", "message_id": case.id}))
        for number in range(200)
    ]
    more += [
        mails.add(found.mails[0].model_copy(update={"id": f"more-{number}", "message_id": case.id}))
        for number in range(500)
    ]
    await asyncio.gather(*more)
    told = json.loads(unpacked(await content(supervisor, await made(app, supervisor, database, case)))["case.json"])
    assert (len(told["letters"]), len(told["mails"])) == (201, 501)


async def test_files_come_from_their_owners_by_signed_link(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    case = await stored(database)
    right = b"a picture"
    told = {"sha256": hashlib.sha256(right).hexdigest(), "size": len(right)}
    files = [case.files[0].model_copy(update=told), case.files[1]]
    await Cases(database).save(case.model_copy(update={"files": tuple(files)}))
    owner = Owner({files[0].id: (200, right), files[1].id: (200, b"another"), "file 2": (409, b"")})
    bundle = await made(app, supervisor, database, case, owner)
    unzipped = unpacked(await content(supervisor, bundle))
    assert unzipped["files/001-kalorifer.jpg"] == right
    missing = json.loads(unzipped["manifest.json"])["missing"]
    assert {one["id"]: one["why"] for one in missing} == {files[1].id: "changed", "file 2": "held"}
    assert all(url.startswith("http://inside:8000/files/") for url in owner.asked)


async def test_letters_and_mails_open_in_a_program_for_mail_and_hold_no_secret(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    bundle = await made(app, supervisor, database, await stored(database))
    files = unpacked(await content(supervisor, bundle))
    letter: Any = message_from_bytes(files["letters/001-answer.eml"], policy=default)
    assert letter["Subject"] == "Başvurunuz cevaplandı"
    assert letter["To"] == "deniz.kaya@example.org"
    assert "Isıtma onarılmıştır." in letter.get_content()
    mail: Any = message_from_bytes(files["mails/001.eml"], policy=default)
    assert mail["From"] == "Deniz Kaya <deniz.kaya@example.org>"
    assert "14 derece" in mail.get_content()
    assert not [name for name, found in files.items() if b"ABCD-EFGH" in found]
    assert "ABCD-EFGH" not in letter.get_content()


async def test_what_people_quote_opens_nothing_for_whoever_has_the_bundle(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    case, code, token = await stored(database), "7KX4A-9QHJ2-0M3NP-5RSTV", "a1b2C3d4E5f6-G7h8_I9j0kL1m2N3o4P5"
    quoted = f"> https://hat.klu.example/t/{code}\n> Takip kodunuz: {code}\n> https://birim.klu.example/a/{token}"
    await database["mails"].update_many({}, {"$set": {"quotation": quoted, "text": f"Bakınız /u/{token}"}})
    await database["cases"].update_many({}, {"$set": {"text": f"Kodum {code}, {quoted}"}})
    files = unpacked(await content(supervisor, await made(app, supervisor, database, case)))
    assert {"case.pdf", "case.json", "mails/001.eml"} <= set(files)
    decoded = [*files.values(), message_from_bytes(files["mails/001.eml"], policy=default).get_content().encode()]
    assert not [found for found in decoded for secret in (code, token) if secret.encode() in found]


async def test_what_cannot_be_printed_is_a_bundle_without_the_pdf(
    app: FastAPI, supervisor: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked_for: list[int] = []

    async def never(_: Printer, html: str) -> bytes:
        asked_for.append(len(html))
        raise NotPrinted("too long")

    monkeypatch.setattr(Printer, "pdf", never)
    bundle = await made(app, supervisor, database, await stored(database))
    assert not bundle.printed
    assert len(asked_for) == 2
    files = unpacked(await content(supervisor, bundle))
    assert "case.pdf" not in files
    assert "Without the PDF" in await supervisor.open(f"/cases/{bundle.case_id}/bundle")


async def test_of_two_processes_one_makes_it(
    app: FastAPI, supervisor: Browser, database: Database, printed: None
) -> None:
    case = await stored(database)
    bundle = await asked(supervisor, database, case)
    await database["bundles"].update_one({"_id": bundle.id}, {"$set": {"begun_at": example.NOW, "tries": 1}})
    await job(app, database, Owner({})).make(bundle.id, example.NOW + timedelta(minutes=1))
    assert (await Bundles(database).get(bundle.id)).state is BundleState.WAITING
    later = example.NOW + timedelta(minutes=11)
    await job(app, database, Owner({}, later)).make(bundle.id, later)
    assert (await Bundles(database).get(bundle.id)).state is BundleState.READY


async def test_after_three_tries_it_is_given_up(
    app: FastAPI, supervisor: Browser, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fails(*_: object, **__: object) -> None:
        raise RuntimeError("a secret text")

    monkeypatch.setattr(BundleMaker, "make", fails)
    bundle = await asked(supervisor, database, await stored(database))
    for _ in range(3):
        await job(app, database, Owner({})).make(bundle.id, example.NOW)
    assert (await Bundles(database).get(bundle.id)).state is BundleState.FAILED
    assert "could not be made" in await supervisor.open(f"/cases/{bundle.case_id}/bundle")


async def test_what_is_erased_while_it_is_made_leaves_no_bytes(
    app: FastAPI, supervisor: Browser, database: Database, printed: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    bundle = await asked(supervisor, database, await stored(database))
    write = Bundles.write

    async def and_then_erased(self: Bundles, *told: Any) -> None:
        await write(self, *told)
        await database["bundles"].delete_one({"_id": bundle.id})

    monkeypatch.setattr(Bundles, "write", and_then_erased)
    with suppress(Conflict, NotFound):
        await job(app, database, Owner({})).make(bundle.id, example.NOW)
    assert await database["bundle_contents"].count_documents({}) == 0
