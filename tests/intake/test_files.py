"""Files of the public form: taken, refused with a sentence, kept over an error, given to whom they belong."""

import json
from typing import Any

import httpx2
import pytest
from fastapi import FastAPI

from scripts.browser import Browser
from services.intake.store import Messages
from shared.clock import utc_now
from shared.documents import Database
from shared.files.store import Files
from shared.seal import Seal
from tests import examples as example
from tests import nasty
from tests.conftest import Make, Visit

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
