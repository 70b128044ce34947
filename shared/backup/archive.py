"""The file of one backup: a compressed tar with a manifest, which tells whether it is whole. Knows no stores."""

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

MANIFEST = "manifest.json"
WAITING = "waiting.json"
"""The events that wait at the broker; all other members are ``database/collection.bson``, as mongorestore has it."""
FORMAT = 2
"""Of what stands in the members; what was published lately was kept one by one in the first."""
PATTERN = "klu-hat-*.tar.gz"
UNFINISHED = ".klu-hat-"
"""How folders begin that hold a backup while it is made or read."""


class NotWhole(Exception):
    """The file is damaged, or is no backup: nothing of it was used."""


def pack(source: Path, folder: Path, *, taken_at: datetime) -> Path:
    """Make one file of everything below ``source``; it appears under its name only when it is complete."""
    members = sorted(file for file in source.rglob("*") if file.is_file())
    told = {str(file.relative_to(source)): _digest(file.open("rb")) for file in members}
    manifest = {"format": FORMAT, "taken_at": taken_at.isoformat(), "sha256": told}
    (source / MANIFEST).write_text(json.dumps(manifest, indent=2))
    final = folder / f"klu-hat-{taken_at.astimezone(UTC):%Y%m%dT%H%M%SZ}.tar.gz"
    part = final.with_suffix(".part")
    with part.open("wb") as file:
        os.fchmod(file.fileno(), 0o600)
        with tarfile.open(fileobj=file, mode="w:gz") as tar:
            for member in (source / MANIFEST, *members):
                tar.add(member, str(member.relative_to(source)), recursive=False)
        file.flush()
        os.fsync(file.fileno())
    part.replace(final)
    return final


class Unpacked:
    """A backup laid open below a folder, every member checked. Raises NotWhole."""

    def __init__(self, file: Path, folder: Path) -> None:
        self.folder = folder
        try:
            with tarfile.open(file, "r:gz") as tar:
                tar.extractall(folder, filter="data")
            self.manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
            found = {name: _digest((folder / name).open("rb")) for name in self.manifest["sha256"]}
        except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
            raise NotWhole(f"{file} is no whole backup: {type(error).__name__}") from error
        if self.manifest.get("format") != FORMAT:
            raise NotWhole(f"{file} is of another version: its format is {self.manifest.get('format')}, not {FORMAT}")
        if wrong := [name for name, digest in self.manifest["sha256"].items() if found[name] != digest]:
            raise NotWhole(f"{file} is damaged: {', '.join(wrong)}")

    @property
    def collections(self) -> Iterator[tuple[str, str, Path]]:
        """Database, collection, and the file with its documents."""
        for name in sorted(self.manifest["sha256"]):
            file = self.folder / name
            if file.suffix == ".bson":
                yield file.parent.name, file.stem, file

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """The events that waited at the broker."""
        found: list[dict[str, Any]] = json.loads((self.folder / WAITING).read_text())
        return found


def verify(file: Path) -> dict[str, Any]:
    """The manifest of a whole backup. Raises NotWhole."""
    with TemporaryDirectory(dir=file.parent, prefix=UNFINISHED) as folder:
        return Unpacked(file, Path(folder)).manifest


def sweep(folder: Path) -> None:
    """Delete what a backup that was killed has left: it holds everything, unfinished and of no use."""
    for left in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)
    for left in folder.glob("klu-hat-*.part"):
        left.unlink()


def newest(place: Path) -> Path:
    """The backup itself, or the newest in a folder. Raises NotWhole where there is none."""
    found = sorted(place.glob(PATTERN)) if place.is_dir() else [place]
    if not found:
        raise NotWhole(f"{place} has no backup")
    return found[-1]


def prune(folder: Path, *, keep: int) -> list[Path]:
    """Delete the oldest backups above ``keep``; those deleted."""
    old = sorted(folder.glob(PATTERN))[:-keep]
    for file in old:
        file.unlink()
    return old


def _digest(file: Any) -> str:
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()
