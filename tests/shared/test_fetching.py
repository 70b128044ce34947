"""A file is fetched from its owner by a signed link, which opens it for whoever has it: so it is written nowhere."""

import hashlib
import io
import logging
from collections.abc import Callable, Iterator

import httpx2
import pytest
import structlog

from shared import logs
from shared.file_links import FileLinks
from shared.files.fetching import FileFetcher
from shared.state import Actor, KeptFile
from tests import examples as example

CONTENT = b"content of the file"


@pytest.fixture
def logged(capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[[], str]]:
    """What a service writes into its log, at the lowest level."""
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logs.CHATTY}
    logs.configure("router", "json", "DEBUG")
    yield lambda: "".join(capsys.readouterr())
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)
    structlog.configure(**before)
    structlog.contextvars.clear_contextvars()


async def test_the_link_by_which_a_file_was_fetched_stands_in_no_log(logged: Callable[[], str]) -> None:
    asked = list[str]()

    def owner(request: httpx2.Request) -> httpx2.Response:
        asked.append(str(request.url))
        return httpx2.Response(200, content=CONTENT)

    digest = hashlib.sha256(CONTENT).hexdigest()
    file = KeptFile.model_validate(example.file_ref(size=len(CONTENT), sha256=digest))
    links = FileLinks({file.owner: "http://inside:8000"}, by="router", signer=example.SIGNERS["router"])
    fetcher = FileFetcher(links, httpx2.MockTransport(owner))
    await fetcher.fetch(file, io.BytesIO(), actor=Actor(kind="officer", id="o1"), now=example.NOW)
    assert "grant=" in asked[0]
    assert "grant=" not in logged()
