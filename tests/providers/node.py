"""npm's oidc-provider, which is certified: where Node is found. It puts only ``sub`` into the ID token."""

import asyncio
import fcntl
import hashlib
import os
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx2
import pytest

from scripts.browser import Browser
from tests.providers.standing import DESK, RETURN, free_port

HERE = Path(__file__).parent
KEPT = HERE.parent.parent / ".local" / "oidc-provider"


class NodeProvider:
    """The process, and what tests tell it."""

    def __init__(self, port: int) -> None:
        self.issuer = f"http://localhost:{port}"
        self._people: dict[str, dict[str, object]] = {}

    async def person(self, name: str, *groups: str) -> None:
        """There is this person, who sits at the keyboard."""
        email = f"{name}@klu.example"
        self._people[name] = {"name": name.title(), "email": email, "email_verified": True, "groups": list(groups)}
        await self._tell(people=self._people, at=name, later=0)

    async def groups(self, name: str, *groups: str) -> None:
        """Other groups."""
        self._people[name]["groups"] = list(groups)
        await self._tell(people=self._people)

    async def remove(self, name: str) -> None:
        """Nobody of this name any more."""
        del self._people[name]
        await self._tell(people=self._people)

    async def leave(self, page: httpx2.Response, visitor: Browser) -> None:
        """It asks whether the person wants to leave it too: yes."""
        visitor.page = page
        await visitor.submit(f"{self.issuer}/session/end/confirm", logout="yes")
        await self._tell(at=None)

    async def expire_codes(self) -> None:
        """Two minutes later."""
        await self._tell(later=120)

    async def _tell(self, **told: object) -> None:
        async with httpx2.AsyncClient() as client:
            (await client.post(f"{self.issuer}/control", json=told)).raise_for_status()


def installed() -> Path:
    """The folder with the provider and the packages of its lock file; skips the test where they cannot be had."""
    if not shutil.which("node") or not shutil.which("npm"):
        pytest.skip("Node is not there")
    files = ("package.json", "package-lock.json", "provider.mjs")
    digest = hashlib.sha256(b"".join((HERE / name).read_bytes() for name in files)).hexdigest()[:12]
    folder = KEPT / digest
    KEPT.mkdir(parents=True, exist_ok=True)
    with (KEPT / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # another process of the tests may be installing
        if not (folder / "ready").exists():
            folder.mkdir(exist_ok=True)
            for name in files:
                shutil.copy(HERE / name, folder)
            command = ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"]
            if subprocess.run(command, cwd=folder, capture_output=True, timeout=300).returncode:
                pytest.skip("npm cannot install the provider")
            (folder / "ready").touch()
    return folder


@asynccontextmanager
async def running(backchannel: str = "") -> AsyncIterator[NodeProvider]:
    """The provider on a free port."""
    folder = await asyncio.to_thread(installed)
    port = free_port()
    told = {"PORT": str(port), "REDIRECT": RETURN, "AFTER_LOGOUT": f"{DESK}/login", "BACKCHANNEL": backchannel}
    process = await asyncio.create_subprocess_exec(
        "node",
        "provider.mjs",
        cwd=folder,
        env=os.environ | told,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        assert process.stdout
        said = b""
        while b"ready" not in (line := await process.stdout.readline()):
            assert line, f"the provider does not start: {said.decode()}"
            said += line
        yield NodeProvider(port)
    finally:
        process.kill()
        await process.wait()
