"""Anchors: how the audit chain ended at a time, signed, in a folder that is shipped away. One file for each day.

A line of a file is a JSON object with the members ``type`` (``audit.anchor``), ``number``, ``link`` and ``at``, signed
by the router as an event is (``shared.signing``).
"""

import asyncio
import fcntl
import json
import os
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from services.router.records.domain.chain import Anchor, ChainEntry
from shared.signing import NotSigned, Signatures, Signer

TYPE = "audit.anchor"
OWNER = "router"


class WrongAnchor(Exception):
    """A line of a file is no anchor that the router has signed. Names file and line."""


def signed_anchor(head: ChainEntry, signer: Signer, now: datetime) -> str:
    """One line."""
    told = {"type": TYPE, "number": head.number, "link": head.link, "at": now.astimezone(UTC).isoformat()}
    return signer.sign(json.dumps(told, separators=(",", ":")))


class Anchors:
    """The folder."""

    def __init__(self, folder: Path, verify_keys: Mapping[str, Sequence[str]]) -> None:
        self.folder, self._signatures = folder, Signatures(verify_keys)

    async def add(self, line: str, now: datetime) -> None:
        """Append a line to the file of the day, and wait until the disk has it."""
        await asyncio.to_thread(self._add, line, self.folder / f"{now.astimezone(UTC):%Y-%m-%d}.jsonl")

    async def all(self) -> list[Anchor]:
        """Every anchor of every file. Raises WrongAnchor."""
        return await asyncio.to_thread(self._all)

    def _add(self, line: str, path: Path) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o640)
        try:
            fcntl.flock(file, fcntl.LOCK_EX)
            if (whole := _whole(written := path.read_bytes())) != written:
                os.ftruncate(file, len(whole))  # a line that a crash has cut short was never an anchor
            os.write(file, f"{line}\n".encode())  # one write: lines of two processes do not mix
            os.fsync(file)
        finally:
            os.close(file)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _all(self) -> list[Anchor]:
        return [
            self._read(line, f"{path.name}, line {number}")
            for path in sorted(self.folder.glob("*.jsonl"))
            for number, line in enumerate(_whole(path.read_bytes()).splitlines(), start=1)
        ]

    def _read(self, line: bytes, where: str) -> Anchor:
        try:
            self._signatures.check(line, owner=OWNER)
            told = json.loads(line)
            if told["type"] != TYPE:
                raise WrongAnchor(f"{where}: this is no anchor")
            return Anchor(int(told["number"]), str(told["link"]), datetime.fromisoformat(told["at"]))
        except (NotSigned, ValueError, KeyError, TypeError) as error:
            raise WrongAnchor(f"{where}: {error}") from None


def _whole(content: bytes) -> bytes:
    """Without a last line that has no end."""
    return content[: content.rfind(b"\n") + 1]
