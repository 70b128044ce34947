"""The intake answers as its OpenAPI document says, whatever is sent: schemathesis tries."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from scripts.local.config import ROOT
from services.intake.store import Messages
from shared.documents import Database
from tests import examples as example
from tests.conftest import Make
from tests.server import serving

SCHEMATHESIS = Path(sys.executable).parent / "schemathesis"


async def test_what_the_document_says_holds(make: Make, database: Database, tmp_path: Path) -> None:
    """``KLU_TEST_EXAMPLES`` is the number of examples for each operation; the drill takes 1,000."""
    await tried(make, database, tmp_path, examples=int(os.environ.get("KLU_TEST_EXAMPLES", "50")))


async def tried(make: Make, database: Database, folder: Path, *, examples: int) -> None:
    """Fail with what schemathesis says when it finds something."""
    await Messages(database).prepare()
    await Messages(database).add(example.message())
    async with serving(make("intake"), max_connections=100) as port:
        run = await asyncio.create_subprocess_exec(
            SCHEMATHESIS,
            f"--config-file={ROOT / 'schemathesis.toml'}",
            "run",
            f"http://127.0.0.1:{port}/api/v1/openapi.json",
            f"--max-examples={examples}",
            "--generation-database=none",
            "--no-color",
            cwd=folder,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        said, _ = await run.communicate()
    if run.returncode:
        pytest.fail(said.decode())
