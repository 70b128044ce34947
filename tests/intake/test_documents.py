"""The intake answers as its OpenAPI document says, whatever is sent: schemathesis tries."""

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from scripts.local.config import ROOT
from services.intake.domain.codes import hash_code, tracking_code
from services.intake.domain.message import Message
from services.intake.domain.progress import answer, ask, came_back, progress
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.server import serving

CODE = tracking_code(example.SECRET, "m1")
HOOKS = Path(__file__).with_name("api_examples.py")
SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"


async def test_what_the_document_says_holds(make: Make, database: Database, tmp_path: Path) -> None:
    """``KLU_TEST_EXAMPLES`` is the number of examples for each operation; the drill takes 1,000."""
    await tried(make, database, tmp_path, examples=int(os.environ.get("KLU_TEST_EXAMPLES", "5")))


async def tried(make: Make, database: Database, folder: Path, *, examples: int) -> None:
    """Fail with what schemathesis says when it finds something."""
    await Messages(database).prepare()
    await Messages(database).add(open_message())
    async with serving(make("intake", lost_codes_client_hour=0, wrong_codes=0), max_connections=100) as port:
        run = await asyncio.create_subprocess_exec(
            SCHEMATHESIS,
            f"--config-file={ROOT / 'schemathesis.toml'}",
            "run",
            f"http://127.0.0.1:{port}/api/v1/openapi.json",
            f"--max-examples={examples}",
            "--generation-database=none",
            "--no-color",
            cwd=folder,
            env={**os.environ, "SCHEMATHESIS_HOOKS": str(HOOKS)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await run.communicate()
    if run.returncode:
        pytest.fail(said.decode())


def open_message() -> Message:
    """The message whose code ``schemathesis.toml`` has: answered once, opened again, with a question, and a letter that
    came back; so that there is something to find behind each address.
    """
    message = answer(example.message(id="m1", code_hash=hash_code(CODE)), example.case_answered())
    again = example.case_progressed(step="in_review", revision=9, at=example.NOW + timedelta(days=1))
    message = ask(progress(message, again), example.question_asked())
    return came_back(message, example.letter_failed())
