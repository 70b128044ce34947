"""Files of the public form: taken, refused with a sentence, kept over an error, given to whom they belong."""

import asyncio
import io
import json
import re
from collections.abc import Awaitable, Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI
from PIL import Image
from pymongo.errors import AutoReconnect

from scripts import nasty
from scripts.browser import Browser, text_of
from services.intake.domain.files import check_file
from services.intake.domain.message import Message
from services.intake.store import Messages
from shared.clock import utc_now
from shared.documents import Database
from shared.file_links import VALID_FOR, file_link
from shared.files import opener, store
from shared.files.jobs import FileJobs
from shared.files.store import Files, StoredFile
from shared.files.uploads import Uploads
from shared.forking import Jobs
from shared.scheduled import act_on_due
from shared.seal import Seal
from shared.signing import Signer
from shared.state import Actor
from tests import examples as example
from tests.clamd import Clamd, NoScanner, clamd
from tests.conftest import Make, Visit
from tests.forms import submitted

Given = list[tuple[str, bytes]]


class Writer:
    """Somebody with the form open, without scripts."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser

    async def send(self, *files: tuple[str, bytes], **fields: Any) -> httpx2.Response:
        """Send the form with these files."""
        data = self.browser.form("/").fields | example.MESSAGE_FORM | fields
        data.pop("files", None)
        parts = [("files", (name, content)) for name, content in files] or [("files", ("", b""))]
        answer = await self.browser.client.post("/", data=data, files=parts)
        self.browser.page = answer
        return answer

    async def upload(self, name: str, content: bytes) -> httpx2.Response:
        """Send one file as the script does."""
        return await self.browser.client.post("/files", data=self._own(), files={"files": (name, content)})

    async def remove(self, file_id: str) -> httpx2.Response:
        """Remove it as the script does."""
        return await self.browser.client.post(f"/files/{file_id}/removal", data=self._own())

    def _own(self) -> dict[str, Any]:
        fields = self.browser.form("/").fields
        return {"csrf": fields["csrf"], "once": fields["once"]}


@pytest.fixture
def intake(make: Make) -> FastAPI:
    return make("intake")


@pytest.fixture
async def writer(intake: FastAPI, visit: Visit, database: Database) -> Writer:
    await Messages(database).prepare()
    await Files(database).prepare()
    browser = visit(intake)
    await browser.open("/")
    return Writer(browser)


async def kept(database: Database) -> list[dict[str, Any]]:
    return await database["files"].find().sort("at").to_list(None)


async def bytes_of(database: Database, content_id: str) -> bytes:
    return b"".join([block async for block in Files(database).read(content_id)])


async def test_a_message_is_sent_with_its_files(writer: Writer, database: Database) -> None:
    answer = await writer.send(("kalorifer.jpg", nasty.photo()), ("dilekçe.pdf", nasty.pdf()))
    assert answer.url.path.endswith("/submitted")
    (message,) = await database["messages"].find().to_list(None)
    assert [(file["name"], file["type"]) for file in message["files"]] == [
        ("kalorifer.jpg", "image/jpeg"),
        ("dilekçe.pdf", "application/pdf"),
    ]
    assert {file["message_id"] for file in await kept(database)} == {message["_id"]}
    messages = Database(database.mongodb, source="intake", seal=Seal(example.SECRET))
    entries = await Messages(messages).unpublished(before=utc_now(), limit=10)
    told = next(json.loads(entry.body)["data"]["files"] for entry in entries if entry.type == "message.submitted")
    assert [(file["name"], file["owner"], file["state"]) for file in told] == [
        ("kalorifer.jpg", "intake", "unscanned"),
        ("dilekçe.pdf", "intake", "unscanned"),
    ]


async def test_a_message_without_files_looks_nothing_up_and_starts_nothing(
    intake: FastAPI, writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "Jobs", Jobs)  # those of the other tests have started
    intake.state.provided[Uploads].opener = fresh = opener.Opener()
    await writer.send()
    (message,) = await database["messages"].find().to_list(None)
    assert message["files"] == []
    assert fresh.started is False


REFUSED = {
    "boş.pdf": (b"", "boş.pdf” boş"),
    "oyun.exe": (nasty.PROGRAM, "eklenemez"),
    "çizim.svg": (nasty.SVG, "eklenemez"),
    "dilekçe.pdf": (nasty.PROGRAM, "bozuk ya da uzantısına uymuyor"),
    "dilekçe": (nasty.pdf(), "eklenemez"),
    "resim.png": (nasty.huge_png(), "çok fazla piksel"),
}


async def test_a_file_that_cannot_be_accepted_is_refused_with_a_sentence_and_the_form_is_kept(
    writer: Writer, database: Database
) -> None:
    for name, (content, said) in REFUSED.items():
        answer = await writer.send((name, content))
        assert answer.status_code == 422
        assert said in " ".join(re.findall(r'id="files-error".*?</p>', answer.text, re.DOTALL))
        shown = submitted(writer.browser, "/")
        assert [shown[field] for field in ("subject", "text")] == [
            example.MESSAGE_FORM["subject"],
            example.MESSAGE_FORM["text"],
        ]
    assert await database["files"].count_documents({}) == 0
    assert await database["fs.chunks"].count_documents({}) == 0


async def test_a_file_that_is_too_large_is_read_to_its_end_so_that_what_follows_it_is_kept(
    make: Make, visit: Visit, database: Database
) -> None:
    browser = visit(make("intake", largest_file_mb=1))
    await browser.open("/")
    fields = submitted(browser, "/") | example.MESSAGE_FORM
    film = ("files", ("film.pdf", b"%PDF-" + bytes(3 * 1024 * 1024)))
    parts = [film, *((name, (None, str(value).encode())) for name, value in fields.items() if name != "files")]
    answer = await browser.client.post("/", files=parts)
    assert answer.status_code == 422
    assert "film.pdf” dosyası 1 MB" in answer.text
    browser.page = answer
    assert submitted(browser, "/")["text"] == example.MESSAGE_FORM["text"]


async def test_one_file_too_many_is_refused_and_the_others_are_kept(writer: Writer, database: Database) -> None:
    answer = await writer.send(*((f"{n}.txt", f"{n}".encode()) for n in range(7)))
    assert answer.status_code == 422
    assert [f"“{n}.txt” eklenmedi: en fazla 5 dosya" in answer.text for n in (4, 5, 6)] == [False, True, True]
    assert await database["files"].count_documents({}) == 5
    assert (await writer.send()).url.path.endswith("/submitted")
    (message,) = await database["messages"].find().to_list(None)
    assert [file["name"] for file in message["files"]] == [f"{n}.txt" for n in range(5)]


async def test_what_was_attached_survives_an_error_of_the_form_and_can_be_removed(
    writer: Writer, database: Database
) -> None:
    answer = await writer.send(("a.txt", b"a"), ("b.txt", b"b"), subject="")
    assert answer.status_code == 422
    assert [name in text_of(answer.text) for name in ("a.txt", "b.txt")] == [True, True]
    first = (await kept(database))[0]
    answer = await writer.send(remove_file=first["_id"])
    assert "Dosya kaldırıldı" in answer.text
    assert ["a.txt" in text_of(answer.text), "b.txt" in text_of(answer.text)] == [False, True]
    assert await database["messages"].count_documents({}) == 0
    await writer.send()
    (message,) = await database["messages"].find().to_list(None)
    assert [file["name"] for file in message["files"]] == ["b.txt"]
    assert await database["fs.files"].count_documents({}) == 1


async def test_the_same_form_with_its_files_twice_is_one_message(writer: Writer, database: Database) -> None:
    page = writer.browser.page
    first = await writer.send(("a.txt", b"a"), ("resim.jpg", nasty.photo()))
    writer.browser.page = page
    assert (await writer.send(("a.txt", b"a"), ("resim.jpg", nasty.photo()))).url == first.url
    assert await database["files"].count_documents({}) == 2


async def test_a_double_click_with_files_is_one_message(writer: Writer, database: Database) -> None:
    data = writer.browser.form("/").fields | example.MESSAGE_FORM
    data.pop("files", None)
    parts = [("files", (f"{n}.txt", f"{n}".encode())) for n in range(5)]
    answers = await asyncio.gather(*(writer.browser.client.post("/", data=data, files=parts) for _ in range(3)))
    assert len({answer.url.path for answer in answers}) == 1
    assert await database["messages"].count_documents({}) == 1


async def test_a_changed_form_sent_again_has_only_what_is_new(writer: Writer, database: Database) -> None:
    page = writer.browser.page
    await writer.send(("a.txt", b"a"))
    writer.browser.page = page
    answer = await writer.send(("b.txt", b"b"), subject="Another subject")
    assert answer.status_code == 409
    assert ["a.txt" in text_of(answer.text), "b.txt" in text_of(answer.text)] == [False, True]
    await writer.send(subject="Another subject")
    first, second = await database["messages"].find().sort("submitted_at").to_list(None)
    assert [[file["name"] for file in message["files"]] for message in (first, second)] == [["a.txt"], ["b.txt"]]


async def test_ten_thousand_parts_are_refused_and_the_text_is_shown(writer: Writer, database: Database) -> None:
    text = [("text", (None, "Kalorifer yanmıyor"))]
    answer = await writer.browser.client.post(
        "/", files=[*text, *(("files", (f"{n}.txt", b"x")) for n in range(10_000))]
    )
    assert (answer.status_code, "Kalorifer yanmıyor" in answer.text) == (413, True)
    answer = await writer.browser.client.post("/", files=[*text, *((f"f{n}", (None, "x")) for n in range(10_000))])
    assert (answer.status_code, "Kalorifer yanmıyor" in answer.text) == (413, True)
    assert await database["files"].count_documents({}) == 0


async def test_an_upload_that_breaks_off_leaves_nothing(intake: FastAPI, writer: Writer, database: Database) -> None:
    body = b'--x\r\nContent-Disposition: form-data; name="files"; filename="a.txt"\r\n\r\n' + bytes(100_000)
    answers: list[Any] = []

    async def receive() -> Any:
        answers.append(None)
        return (
            {"type": "http.request", "body": body, "more_body": True}
            if len(answers) == 1
            else {"type": "http.disconnect"}
        )

    async def send(message: Any) -> None:
        answers.append(message)

    headers = [(b"content-type", b"multipart/form-data; boundary=x")]
    scope = {"type": "http", "method": "POST", "path": "/", "query_string": b"", "headers": headers, "client": None}
    await intake(scope | {"http_version": "1.1", "server": None, "scheme": "http", "raw_path": b"/"}, receive, send)
    assert [m["status"] for m in answers if m and m["type"] == "http.response.start"] == [400]
    assert await database["files"].count_documents({}) == 0


# With scripts


async def test_a_script_sends_a_file_before_the_form_and_removes_it(writer: Writer, database: Database) -> None:
    first, second = await writer.upload("C:\\fakepath\\..\\evrak.pdf", nasty.pdf()), await writer.upload("b.txt", b"b")
    assert (first.status_code, first.json()["name"]) == (201, "evrak.pdf")
    assert first.json() == {"id": first.json()["id"], "name": "evrak.pdf", "size": len(nasty.pdf())}
    assert (await writer.remove(second.json()["id"])).status_code == 204
    await writer.send(uploaded="yes")
    (message,) = await database["messages"].find().to_list(None)
    assert [file["id"] for file in message["files"]] == [first.json()["id"]]


async def test_of_too_many_files_at_once_those_that_are_accepted_are_sent(writer: Writer, database: Database) -> None:
    answers = await asyncio.gather(*(writer.upload(f"{n}.txt", b"%d" % n) for n in range(12)))
    accepted = {answer.json()["name"] for answer in answers if answer.status_code == 201}
    assert {answer.status_code for answer in answers} <= {201, 422}
    assert len(accepted) <= 5
    assert (await writer.send(uploaded="yes")).url.path.endswith("/submitted")
    (message,) = await database["messages"].find().to_list(None)
    assert {file["name"] for file in message["files"]} == accepted
    assert len(await kept(database)) == len(accepted)


async def test_a_script_is_told_why_a_file_is_refused(writer: Writer) -> None:
    refused = await writer.upload("oyun.exe", nasty.PROGRAM)
    assert (refused.status_code, list(refused.json())) == (422, ["error"])
    assert refused.json()["error"].startswith("“oyun.exe” eklenemez.")


async def test_nobody_uploads_or_removes_from_a_foreign_page_or_for_a_form_of_somebody_else(
    writer: Writer, intake: FastAPI, visit: Visit, database: Database
) -> None:
    attached = (await writer.upload("a.txt", b"a")).json()["id"]
    page = {"files": ("a.txt", b"a")}
    for own in ({"once": "x" * 22}, {"csrf": writer.browser.form("/").fields["csrf"], "once": "short"}):
        assert (await writer.browser.client.post("/files", data=own, files=page)).status_code == 400
        assert (await writer.browser.client.post(f"/files/{attached}/removal", data=own)).status_code == 400
    other = Writer(visit(intake))
    await other.browser.open("/")
    assert (await other.remove(attached)).status_code == 204
    assert [file["_id"] for file in await kept(database)] == [attached]


async def test_a_file_that_was_sent_cannot_be_removed(writer: Writer, database: Database) -> None:
    attached, page = (await writer.upload("a.txt", b"a")).json()["id"], writer.browser.page
    await writer.send(uploaded="yes")
    writer.browser.page = page
    assert (await writer.remove(attached)).status_code == 409
    assert await database["files"].count_documents({}) == 1


async def test_nobody_is_told_that_a_file_was_removed_which_stays(writer: Writer, database: Database) -> None:
    attached = (await writer.upload("a.txt", b"a")).json()["id"]
    await database["files"].update_one({"_id": attached}, {"$set": {"message_id": "m1"}})
    told = text_of((await writer.send(uploaded="yes", remove_file=attached)).text)
    assert "Dosya şu anda kaldırılamıyor" in told and "Dosya kaldırıldı" not in told
    assert await database["files"].count_documents({}) == 1


async def test_one_client_can_attach_so_much_in_an_hour(make: Make, visit: Visit, database: Database) -> None:
    writer = Writer(visit(make("intake", client_files=2)))
    await writer.browser.open("/")
    answers = [await writer.upload(f"{n}.txt", f"{n}".encode()) for n in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 422]
    assert "son bir saat içinde" in answers[2].json()["error"]


async def test_files_of_forms_that_were_not_sent_have_a_limit_together(
    make: Make, visit: Visit, database: Database
) -> None:
    writer = Writer(visit(make("intake", pending_files_mb=1)))
    await writer.browser.open("/")
    large = b"a" * 700_000
    answers = [await writer.upload(f"{n}.txt", large + bytes([65 + n])) for n in range(2)]
    assert [answer.status_code for answer in answers] == [201, 422]
    assert "şu anda dosya alamıyoruz" in answers[1].json()["error"]


# Reading


async def opened(writer: Writer, name: str, content: bytes, database: Database) -> tuple[str, str]:
    """Send a message with this file: the path of its status page, and the id of the file."""
    answer = await writer.send((name, content))
    (message,) = await database["messages"].find().to_list(None)
    return answer.url.path.removesuffix("/submitted"), message["files"][0]["id"]


async def test_the_writer_gets_a_file_back_as_a_download_with_a_safe_name(writer: Writer, database: Database) -> None:
    path, file_id = await opened(writer, '../../çok "gizli"\u202e\r\nX-Evil: 1.pdf', nasty.pdf(), database)
    answer = await writer.browser.client.get(f"{path}/files/{file_id}")
    assert (answer.status_code, answer.content) == (200, nasty.pdf())
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["content-disposition"] == (
        "attachment; filename=\"_ok gizli X-Evil 1.pdf\"; filename*=UTF-8''%C3%A7ok%20gizli%20X-Evil%201.pdf"
    )
    assert answer.headers["content-security-policy"] == "sandbox; default-src 'none'"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    page = await writer.browser.open(path)
    assert "çok gizli X-Evil 1.pdf" in page


async def test_a_picture_has_a_small_one_and_no_other_file_has(writer: Writer, database: Database) -> None:
    path, file_id = await opened(writer, "kalorifer.jpg", nasty.photo(), database)
    small = await writer.browser.client.get(f"{path}/files/{file_id}/preview")
    assert (small.status_code, small.headers["content-type"]) == (200, "image/webp")
    assert max(Image.open(io.BytesIO(small.content)).size) == 480
    assert f"{path}/files/{file_id}/preview" in (await writer.browser.client.get(path)).text


async def test_desk_and_portal_open_a_file_by_a_signed_link_and_nobody_else(writer: Writer, database: Database) -> None:
    path, file_id = await opened(writer, "kalorifer.jpg", nasty.photo(), database)
    officer, get = Actor(kind="officer", id="u1"), writer.browser.client.get

    def link(by: str, key_of: str, *, file: str = file_id, now: datetime | None = None) -> str:
        signer = Signer(example.keys(key_of)["signing_key"])
        return file_link("", file, actor=officer, by=by, signer=signer, now=now or utc_now())

    good = [await get(link(by, by)) for by in ("router", "replies")]
    assert [answer.status_code for answer in good] == [200, 200]
    assert (await get(link("router", "router").replace("?", "/preview?"))).headers["content-type"] == "image/webp"
    other = await opened_by_nobody(database)
    bad = [
        f"/files/{file_id}",
        f"/files/{file_id}?grant=x",
        link("notifier", "notifier"),
        link("router", "notifier"),
        link("router", "router", now=utc_now() - VALID_FOR),
        link("router", "router", file="unknown"),
        link("router", "router", file=other).replace(other, file_id),
        f"{path}/files/{other}",
        f"/t/AAAAA-AAAAA-AAAAA-AAAAA/files/{file_id}",
    ]
    answers = [await get(url) for url in bad]
    assert [answer.status_code for answer in answers] == [404] * len(bad)
    assert len({len(text_of(answer.text)) for answer in answers}) == 1


async def opened_by_nobody(database: Database) -> str:
    """The id of a file of another message."""
    other = (await kept(database))[0] | {"_id": "another", "form": "f", "message_id": "m"}
    await database["files"].insert_one(other)
    return "another"


# The scanner


@pytest.fixture
def scanner(tmp_path: Path) -> Iterator[Clamd]:
    try:
        with clamd(tmp_path) as running:
            yield running
    except NoScanner as reason:
        pytest.skip(str(reason))


async def test_a_file_that_comes_while_mongodb_is_away_is_answered_with_503_and_the_form(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*args: Any, **more: Any) -> None:
        raise AutoReconnect("gone")

    with monkeypatch.context() as meanwhile:
        meanwhile.setattr(Uploads, "take", away)
        answer = await writer.send(("kalorifer.txt", b"Isitma yok."))
    assert answer.status_code == 503
    assert "“kalorifer.txt” eklenmedi" in text_of(answer.text)
    assert (await writer.send(("kalorifer.txt", b"Isitma yok."))).status_code == 200
    assert writer.browser.path.endswith("/submitted")


async def test_files_that_come_while_the_scanner_is_away_are_held_and_scanned_later_by_themselves(
    make: Make, visit: Visit, database: Database, scanner: Clamd
) -> None:
    """What is clean is offered then, what is harmful is deleted; the desk is told of both."""
    app = make("intake", clamd_url=scanner.url)
    writer = Writer(visit(app))
    await writer.browser.open("/")
    refused = await writer.send(("a.txt", nasty.EICAR))
    assert (refused.status_code, "zararlı yazılım içeriyor" in refused.text) == (422, True)
    scanner.kill()
    harmful = nasty.docx({"a.zip": nasty.archive({"a": nasty.EICAR})})
    answer = await writer.send(("good.txt", b"good"), ("bad.docx", harmful))
    path = answer.url.path.removesuffix("/submitted")
    get = writer.browser.client.get
    (message,) = await database["messages"].find().to_list(None)
    good, bad = [file["id"] for file in message["files"]]
    assert [file["state"] for file in message["files"]] == ["held", "held"]
    held = [await get(f"{path}/files/{file_id}") for file_id in (good, bad)]
    assert [(a.status_code, "henüz denetleniyor" in a.text) for a in held] == [(409, True)] * 2

    jobs = FileJobs(app.state.provided[Uploads], app.state.provided[Messages], check_file)
    await act_on_due(jobs.files, store.held, jobs.scan_one)
    assert [file["state"] for file in await kept(database)] == ["held", "held"]
    scanner.start()
    await act_on_due(jobs.files, store.held, jobs.scan_one)
    (message,) = await database["messages"].find().to_list(None)
    assert [file["state"] for file in message["files"]] == ["clean", "infected"]
    answers = [await get(f"{path}/files/{file_id}") for file_id in (good, bad)]
    assert [a.status_code for a in answers] == [200, 410]
    assert await database["fs.files"].distinct("_id") == [good]
    told = [data for data in await announcements(database) if "file_id" in data]
    assert {(data["file_id"], data["state"], data["message_id"]) for data in told} == {
        (good, "clean", message["_id"]),
        (bad, "infected", message["_id"]),
    }


async def announcements(database: Database) -> list[dict[str, Any]]:
    """What the events that are owed say."""
    intake = Database(database.mongodb, source="intake", seal=Seal(example.SECRET))
    entries = await Messages(intake).unpublished(before=utc_now(), limit=100)
    return [json.loads(entry.body)["data"] for entry in entries]


async def jobs_of(app: FastAPI, writer: Writer, database: Database, **state: Any) -> tuple[FileJobs[Message], str]:
    """The jobs with a scanner that finds nothing, and the id of a held file of a message."""
    await writer.send(("a.txt", b"a"))
    await database["files"].update_one({}, {"$set": {"state": "held"} | state})
    await database["messages"].update_one({}, {"$set": {"files.0.state": "held"}})
    jobs = FileJobs(app.state.provided[Uploads], app.state.provided[Messages], check_file)
    return jobs, (await kept(database))[0]["_id"]


async def test_a_file_whose_message_was_told_before_a_crash_is_told_once(
    intake: FastAPI, writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, file_id = await jobs_of(intake, writer, database)
    monkeypatch.setattr(jobs.uploads, "scan_held", scanned("clean"))
    for _ in range(2):
        await jobs.scan_one(file_id, utc_now())
        await database["files"].update_one({}, {"$set": {"state": "held"}})
    assert len([data for data in await announcements(database) if "file_id" in data]) == 1


async def test_a_held_file_that_is_just_being_sent_stays_held_until_its_message_is_there(
    intake: FastAPI, writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, file_id = await jobs_of(intake, writer, database, message_id="not there yet")
    monkeypatch.setattr(jobs.uploads, "scan_held", scanned("clean"))
    await jobs.scan_one(file_id, utc_now())
    assert (await kept(database))[0]["state"] == "held"


async def test_a_held_file_of_a_form_that_was_not_sent_is_told_to_nobody(
    intake: FastAPI, writer: Writer, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    jobs, file_id = await jobs_of(intake, writer, database, message_id=None)
    monkeypatch.setattr(jobs.uploads, "scan_held", scanned("infected"))
    await jobs.scan_one(file_id, utc_now())
    assert (await kept(database))[0]["state"] == "infected"
    assert await database["fs.files"].count_documents({}) == 0
    assert [data for data in await announcements(database) if "file_id" in data] == []


async def test_the_sweep_keeps_what_a_message_names_and_deletes_what_was_only_about_to_be_sent(
    intake: FastAPI, writer: Writer, database: Database
) -> None:
    await writer.send(("a.txt", b"a"))
    named = (await kept(database))[0]
    await database["files"].insert_one(named | {"_id": "unnamed"})
    await database["files"].update_many(
        {}, {"$set": dict.fromkeys(("at", "claimed_at"), utc_now() - timedelta(days=2))}
    )
    await FileJobs(intake.state.provided[Uploads], intake.state.provided[Messages], check_file).sweep()
    assert [(file["_id"], file["in_message"]) for file in await kept(database)] == [(named["_id"], True)]


def scanned(state: str) -> Callable[[StoredFile], Awaitable[str]]:
    """A scanner that finds this."""

    async def scan(file: StoredFile) -> str:
        return state

    return scan


# The API

URL = "/api/v1/messages"
FIELDS = {name: "true" if value is True else value for name, value in example.API_MESSAGE.items()}


async def test_the_api_takes_files_beside_the_fields_of_the_body(writer: Writer, database: Database) -> None:
    parts = [("files", ("resim.jpg", nasty.photo())), ("files", ("a.txt", b"a"))]
    headers = {"idempotency-key": "6f1c0d1e-6a3b-4c57-9d0e-3b5a0a1f2e4d"}
    post = writer.browser.client.post
    first, again = [await post(URL, data=FIELDS, files=parts, headers=headers) for _ in range(2)]
    assert (first.status_code, again.json()) == (202, first.json())
    (message,) = await database["messages"].find().to_list(None)
    assert [file["name"] for file in message["files"]] == ["resim.jpg", "a.txt"]
    assert message["submission"]["subject"] == example.API_MESSAGE["subject"]
    assert await database["files"].count_documents({}) == 2


async def test_the_api_does_not_send_what_was_refused_together_with_it_before(
    writer: Writer, database: Database
) -> None:
    headers = {"idempotency-key": "6f1c0d1e-6a3b-4c57-9d0e-3b5a0a1f2e4d"}
    refused = [("files", ("not-this.txt", b"n")), ("files", ("b.exe", b"b"))]
    post = writer.browser.client.post
    answers = [
        await post(URL, data=FIELDS, files=files, headers=headers) for files in (refused, [("files", ("a.txt", b"a"))])
    ]
    assert [answer.status_code for answer in answers] == [422, 202]
    (message,) = await database["messages"].find().to_list(None)
    assert [file["name"] for file in message["files"]] == ["a.txt"]
    assert [file["name"] for file in await kept(database)] == ["a.txt"]


WRONG: dict[str, tuple[list[Any], dict[str, str], int, list[str]]] = {
    "a bad file": ([("files", ("a.txt", b"a")), ("files", ("b.exe", b"b"))], {}, 422, ["/files/1"]),
    "a large file": ([("files", ("a.txt", bytes(2 * 1024 * 1024)))], {}, 413, ["/files/0"]),
    "a field that is no flag": ([("files", ("a.txt", b"a"))], {"hide_identity": "yes"}, 422, ["/hide_identity"]),
    "a file elsewhere": ([("photo", ("a.txt", b"a"))], {}, 422, ["/photo"]),
    "text in place of files": ([("files", (None, b"a"))], {}, 422, ["/files"]),
}


@pytest.mark.parametrize("what", WRONG)
async def test_the_api_names_what_it_refuses(make: Make, visit: Visit, database: Database, what: str) -> None:
    parts, fields, status, pointers = WRONG[what]
    client = visit(make("intake", largest_file_mb=1)).client
    answer = await client.post(URL, data=FIELDS | fields, files=parts)
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert [fault["pointer"] for fault in answer.json()["errors"]] == pointers
    assert await database["messages"].count_documents({}) == 0
