"""What is in a file is judged in a process of its own; what is stored is scanned, swept, and read a block at a time."""

import asyncio
import io
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import pytest
from motor.motor_asyncio import AsyncIOMotorGridFSBucket
from PIL import Image

from scripts import nasty
from shared.clock import utc_now
from shared.documents import Database
from shared.files.accepted import safe_name
from shared.files.giving import disposition
from shared.files.opener import Opener
from shared.files.scanner import Scanner, ScannerAway
from shared.files.store import BLOCK, Files, StoredFile
from tests.clamd import Clamd, NoScanner, clamd

Made = Callable[[], bytes]


@pytest.fixture(scope="module")
def opener() -> Opener:
    return Opener()


async def look(opener: Opener, ending: str, content: bytes) -> tuple[str, bytes, bytes]:
    """The reason why it is refused, what is stored in its place, and its preview."""
    with TemporaryFile() as source, TemporaryFile() as kept, TemporaryFile() as preview:
        source.write(content)
        said = await opener.look(source, ending, kept, preview)
        for file in (kept, preview):
            file.seek(0)
        return said, kept.read(), preview.read()


def end_openers() -> None:
    for child in Path(f"/proc/{os.getpid()}/task").glob("*/children"):
        for pid in child.read_text().split():
            if b"shared.files.opener" in Path(f"/proc/{pid}/cmdline").read_bytes():
                os.kill(int(pid), signal.SIGKILL)
                os.waitid(os.P_PID, int(pid), os.WEXITED | os.WNOWAIT)


WRONG: dict[str, tuple[str, Made, str]] = {
    "a program that says it is a PDF": ("pdf", lambda: nasty.PROGRAM, "content"),
    "a drawing with a script as a picture": ("png", lambda: nasty.SVG, "content"),
    "an archive as a document": ("docx", lambda: nasty.archive({"a.txt": b"a"}), "content"),
    "a PNG as JPEG": ("jpg", lambda: nasty.picture("PNG"), "content"),
    "half a picture": ("jpg", lambda: nasty.picture()[:2000], "content"),
    "half a document": ("docx", lambda: nasty.docx()[:-30], "content"),
    "a PDF after something else": ("pdf", lambda: nasty.HTML + nasty.pdf(), "content"),
    "a PDF without pages": ("pdf", lambda: b"%PDF-1.4\n%%EOF\n", "content"),
    "macros": ("docx", lambda: nasty.docx({"word/vbaProject.bin": b"x"}), "macros"),
    "macros of OpenDocument": ("odt", lambda: nasty.odt({"Basic/script-lc.xml": b"<x/>"}), "macros"),
    "another kind of document": ("xlsx", lambda: nasty.docx(), "content"),
    "a bomb": ("docx", lambda: nasty.bomb(), "unpacked"),
    "billion laughs": ("docx", lambda: nasty.laughs(), "content"),
    "50,000 × 50,000 pixels": ("png", lambda: nasty.huge_png(), "pixels"),
    "text in another encoding": ("txt", lambda: "ığüşöç".encode("iso-8859-9"), "encoding"),
    "a program as a text": ("txt", lambda: nasty.PROGRAM, "encoding"),
    "a bomb that says it is small": ("docx", nasty.lying_bomb, "content"),
    "a form with entities": ("odt", lambda: nasty.odt({"mimetype2": b""})[:-1], "content"),
}
"""Its ending, what it is, and why it is refused."""


@pytest.mark.parametrize("what", WRONG)
async def test_a_file_that_is_not_what_its_ending_says_is_refused(opener: Opener, what: str) -> None:
    ending, made, reason = WRONG[what]
    assert (await look(opener, ending, made()))[0] == reason


GOOD: dict[str, Made] = {
    "jpg": nasty.photo,
    "jpeg": lambda: nasty.picture(),
    "png": lambda: nasty.picture("PNG"),
    "webp": lambda: nasty.picture("WEBP"),
    "gif": lambda: nasty.picture("GIF"),
    "pdf": nasty.pdf,
    "docx": nasty.docx,
    "odt": nasty.odt,
    "txt": lambda: "Isıtma çalışmıyor.\r\n".encode(),
}


@pytest.mark.parametrize("ending", GOOD)
async def test_a_good_file_is_accepted(opener: Opener, ending: str) -> None:
    assert (await look(opener, ending, GOOD[ending]()))[0] == ""


async def test_an_encrypted_pdf_is_accepted(opener: Opener) -> None:
    assert (await look(opener, "pdf", nasty.pdf(password="gizli")))[0] == ""


async def test_a_picture_is_turned_as_it_was_taken_and_has_nothing_but_its_pixels(opener: Opener) -> None:
    original = nasty.photo()
    assert b"SECRET PLACE" in original
    said, stored, _ = await look(opener, "jpg", original)
    picture = Image.open(io.BytesIO(stored))
    assert (said, picture.size, dict(picture.getexif())) == ("", (480, 640), {})
    assert [secret in stored for secret in (b"SECRET", b"Exif", b"ICC_PROFILE")] == [False] * 3
    right, left = picture.convert("RGB").getpixel((470, 320)), picture.convert("RGB").getpixel((10, 320))
    assert (right, left) == ((254, 0, 0), (0, 0, 254))


async def test_what_is_appended_to_a_picture_is_gone(opener: Opener) -> None:
    said, stored, _ = await look(opener, "jpg", nasty.polyglot())
    assert (said, b"SECRET" in stored, b"PK" in stored) == ("", False, False)


async def test_of_an_animation_the_first_picture_stays(opener: Opener) -> None:
    frames = [Image.new("P", (40, 40), color) for color in range(3)]
    written = io.BytesIO()
    frames[0].save(written, "GIF", save_all=True, append_images=frames[1:])
    _, stored, _ = await look(opener, "gif", written.getvalue())
    assert getattr(Image.open(io.BytesIO(stored)), "n_frames", 1) == 1


async def test_a_large_picture_becomes_smaller_and_its_preview_is_small(opener: Opener) -> None:
    _, stored, preview = await look(opener, "jpg", nasty.picture(size=(6000, 3000)))
    assert Image.open(io.BytesIO(stored)).size == (4096, 2048)
    assert Image.open(io.BytesIO(preview)).size == (480, 240)
    assert len(preview) < 20_000


async def test_a_very_large_jpeg_is_decoded_at_a_fraction_of_its_size(opener: Opener) -> None:
    _, stored, _ = await look(opener, "jpg", nasty.picture(size=(10_000, 9_000)))
    assert max(Image.open(io.BytesIO(stored)).size) == 4096


async def test_a_process_that_was_ended_is_started_again(opener: Opener) -> None:
    await look(opener, "txt", b"a")
    await asyncio.to_thread(end_openers)
    assert (await look(opener, "txt", b"a"))[0] == ""


NAMES = {
    "kalorifer.jpg": "kalorifer.jpg",
    "../../etc/passwd.pdf": "passwd.pdf",
    "C:\\Users\\deniz\\evrak.pdf": "evrak.pdf",
    "a\u202egpj.exe.pdf": "agpj.exe.pdf",
    "iki\r\nsatır.txt": "iki satır.txt",
    "%22a%22.txt": "a.txt",
    "\x00\x1b[31ma.txt": "[31ma.txt",
    ".pdf": "file.pdf",
    "": "file",
    "...": "file",
    "x" * 300 + ".docx": "x" * 145 + ".docx",
    "I\u0307.txt": "İ.txt",
}


@pytest.mark.parametrize("given", NAMES)
def test_a_name_is_one_line_without_a_path(given: str) -> None:
    assert safe_name(given) == NAMES[given]


def test_a_name_in_a_header_cannot_end_it() -> None:
    assert disposition('a";b\\.pdf') == "attachment; filename=\"a__b_.pdf\"; filename*=UTF-8''a%22%3Bb%5C.pdf"


# The scanner


@pytest.fixture(scope="module")
def scanner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clamd]:
    try:
        with clamd(tmp_path_factory.mktemp("clamd")) as running:
            yield running
    except NoScanner as reason:
        pytest.skip(str(reason))


async def blocks(content: bytes) -> AsyncIterator[bytes]:
    for at in range(0, len(content), BLOCK):
        yield content[at : at + BLOCK]


INFECTED: dict[str, Made] = {
    "a text": lambda: nasty.EICAR,
    "in an archive": lambda: nasty.archive({"a.txt": nasty.EICAR}),
    "in an archive in a document": lambda: nasty.docx({"word/a.zip": nasty.archive({"a.txt": nasty.EICAR})}),
}


@pytest.mark.parametrize("what", INFECTED)
async def test_the_scanner_finds_what_is_harmful(scanner: Clamd, what: str) -> None:
    assert await Scanner(scanner.url).is_harmful(blocks(INFECTED[what]())) is True


async def test_the_scanner_takes_a_large_file_and_finds_nothing(scanner: Clamd) -> None:
    assert await Scanner(scanner.url).is_harmful(blocks(os.urandom(10 * 1024 * 1024))) is False


async def test_a_file_larger_than_the_scanner_takes_is_not_clean(scanner: Clamd) -> None:
    with pytest.raises(ScannerAway):
        await Scanner(scanner.url).is_harmful(blocks(bytes(30 * 1024 * 1024)))


@pytest.mark.parametrize("answer", [b"", b"stream: Error ERROR\0", b"OK\0", b"stream: OKAY\0", None])
async def test_a_scanner_that_says_anything_but_ok_has_not_found_a_file_clean(
    answer: bytes | None, tmp_path: Path
) -> None:
    """``None``: it says nothing at all."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(100)
        if answer is not None:
            writer.write(answer)
            writer.close()
        with suppress(ConnectionError):
            await reader.read()
        writer.close()

    async with await asyncio.start_unix_server(speak, tmp_path / "socket"):
        with pytest.raises(ScannerAway):
            await Scanner(f"unix:{tmp_path}/socket", seconds=0.3).is_harmful(blocks(b"a"))


async def test_a_scanner_that_is_not_there_has_not_found_a_file_clean() -> None:
    with pytest.raises(ScannerAway):
        await Scanner("tcp://127.0.0.1:9").is_harmful(blocks(b"a"))


@pytest.mark.parametrize("url", ["127.0.0.1:3310", "http://127.0.0.1", "unix:", "tcp://"])
def test_an_address_that_is_none_of_a_scanner_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match="tcp://host:port"):
        Scanner(url)


# What is stored


@pytest.fixture
async def files(database: Database) -> Files:
    store = Files(database)
    await store.prepare()
    return store


def stored(**different: Any) -> StoredFile:
    given = {"id": "f1", "owner": "intake", "form": "form", "name": "a.txt", "type": "text/plain", "size": 1}
    return StoredFile(**given | {"sha256": "x", "state": "unscanned", "at": utc_now()} | different)


async def never(file: StoredFile) -> bool:
    return False


async def always(file: StoredFile) -> bool:
    return True


async def written(files: Files, file: StoredFile, content: bytes = b"abc") -> StoredFile:
    await files.write(file.id, blocks(content), sha256=lambda: "")
    await files.add(file)
    return file


async def test_bytes_are_stored_as_gridfs_has_them(files: Files, database: Database) -> None:
    content = os.urandom(2 * BLOCK + 5)
    await written(files, stored(), content)
    bucket = AsyncIOMotorGridFSBucket(database.mongodb)
    assert await (await bucket.open_download_stream("f1")).read() == content
    assert [len(block) async for block in files.read("f1")] == [BLOCK, BLOCK, 5]


DAY_AGO = timedelta(days=1, minutes=1)


@pytest.mark.parametrize(
    ("different", "needed", "stays"),
    [
        ({}, always, True),
        ({"at": utc_now() - DAY_AGO}, always, True),
        ({"at": utc_now() - DAY_AGO}, never, False),
        ({"at": utc_now() - DAY_AGO, "message_id": "m"}, always, True),
        ({"at": utc_now() - DAY_AGO, "message_id": "m"}, never, False),
        ({"at": utc_now() - DAY_AGO, "message_id": "m", "claimed_at": utc_now()}, never, True),
        ({"at": utc_now() - DAY_AGO, "message_id": "m", "claimed_at": utc_now() - DAY_AGO}, never, False),
        ({"at": utc_now() - DAY_AGO, "message_id": "m", "in_message": True}, never, True),
        ({"at": utc_now() - DAY_AGO, "state": "arriving"}, always, False),
        ({"state": "arriving"}, never, True),
    ],
)
async def test_after_a_day_a_file_that_nobody_needs_is_swept_with_its_bytes(
    files: Files, database: Database, different: dict[str, Any], needed: Any, stays: bool
) -> None:
    await written(files, stored(**different))
    await files.sweep(needed)
    counts = [await database[name].count_documents({}) for name in ("files", "fs.files", "fs.chunks")]
    assert counts == [int(stays)] * 3


async def test_a_file_that_is_sent_while_it_is_swept_or_removed_stays(files: Files, database: Database) -> None:
    await written(files, stored(at=utc_now() - DAY_AGO, form="form"))
    before = await files.get("f1")
    assert [file.id for file in await files.claim("form", "m")] == ["f1"]
    assert await files.forget_unchanged(before) is False
    assert [file.id for file in await files.of_form("form")] == ["f1"]
    assert await database["fs.chunks"].count_documents({}) == 1


async def test_a_file_that_is_deleted_while_its_form_is_sent_is_not_sent(files: Files) -> None:
    await written(files, stored(form="form"))
    assert await files.forget_unchanged(await files.get("f1")) is True
    assert await files.claim("form", "m") == []


async def test_a_file_that_arrives_after_its_form_was_sent_is_not_sent_with_it(files: Files) -> None:
    """Nor one that another message has."""
    await written(files, stored(form="form", message_id="another"))
    assert [await files.claim("form", "m"), len(await files.claim("form", "another"))] == [[], 1]


async def test_bytes_without_a_document_are_swept(files: Files, database: Database) -> None:
    """Such as a restore that was interrupted leaves."""
    await files.write("lost", blocks(b"abc"), sha256=lambda: "")
    await files.write("f1.preview", blocks(b"abc"), sha256=lambda: "")
    await written(files, stored())
    await database["fs.files"].update_many({}, {"$set": {"uploadDate": utc_now() - DAY_AGO}})
    await files.sweep(always)
    assert sorted([one["_id"] async for one in database["fs.files"].find()]) == ["f1", "f1.preview"]
    assert sorted(await database["fs.chunks"].distinct("files_id")) == ["f1", "f1.preview"]
