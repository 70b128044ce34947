"""The file of one backup: a compressed tar whose manifest has the digest of each member. Knows no stores."""

import hashlib
import json
import os
import shutil
import tarfile
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

MANIFEST = "manifest.json"
WAITING = "waiting.json"
"""Member with the events of the queues. The others are ``database/collection.bson``, as for mongorestore."""
FORMAT = 3
"""Version of the content. In format 1 the log of published events had one document for each event; format 2 knew no
files."""
READ = (2, FORMAT)
PATTERN = "klu-hat-*.tar.gz"
UNFINISHED = ".klu-hat-"
"""Prefix of the temporary folders in which a backup is made or read."""


class NotWhole(Exception):
    """The file is damaged, or is not a backup. Nothing of it was used."""


def pack(source: Path, folder: Path, *, taken_at: datetime, files: Iterable[str] = ()) -> Path:
    """Pack everything below ``source`` into one file, which gets its final name when it is complete.

    ``files`` are the names of the contents that belong to it (``shared.backup.files``).
    """
    members = sorted(file for file in source.rglob("*") if file.is_file())
    told = {str(file.relative_to(source)): _digest(file.open("rb")) for file in members}
    manifest = {"format": FORMAT, "taken_at": taken_at.isoformat(), "sha256": told, "files": list(files)}
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
    """A backup unpacked below a folder, with every member's digest checked. Raises NotWhole."""

    def __init__(self, file: Path, folder: Path) -> None:
        self.folder = folder
        try:
            with tarfile.open(file, "r:gz") as tar:
                tar.extractall(folder, filter="data")
            self.manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text())
            found = {name: _digest((folder / name).open("rb")) for name in self.manifest["sha256"]}
        except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
            raise NotWhole(f"{file} is not a complete backup: {type(error).__name__}") from error
        if self.manifest.get("format") not in READ:
            raise NotWhole(f"{file} has format {self.manifest.get('format')}, this version reads {READ}")
        if wrong := [name for name, digest in self.manifest["sha256"].items() if found[name] != digest]:
            raise NotWhole(f"{file} is damaged: {', '.join(wrong)}")

    @property
    def collections(self) -> Iterator[tuple[str, str, Path]]:
        """Database, collection, and the file with its documents."""
        return dumps(self.folder)

    @property
    def files(self) -> list[str]:
        """The names of the contents that belong to it."""
        return list(self.manifest.get("files", ()))

    @property
    def waiting(self) -> list[dict[str, Any]]:
        """The events of the queues."""
        found: list[dict[str, Any]] = json.loads((self.folder / WAITING).read_text())
        return found


def dumps(folder: Path) -> Iterator[tuple[str, str, Path]]:
    """Database, collection, and the file with its documents, of each dump below a folder."""
    for file in sorted(folder.glob("*/*.bson")):
        yield file.parent.name, file.stem, file


def verify(file: Path) -> dict[str, Any]:
    """Check a backup and return its manifest. Raises NotWhole."""
    with TemporaryDirectory(dir=file.parent, prefix=UNFINISHED) as folder:
        return Unpacked(file, Path(folder)).manifest


def sweep(folder: Path) -> None:
    """Delete the files that a killed backup left: they are incomplete and contain personal data."""
    for left in folder.glob(f"{UNFINISHED}*"):
        shutil.rmtree(left)
    for left in folder.glob("klu-hat-*.part"):
        left.unlink()


def newest(place: Path) -> Path:
    """The backup itself, or the newest of a folder. Raises NotWhole when there is none."""
    found = sorted(place.glob(PATTERN)) if place.is_dir() else [place]
    if not found:
        raise NotWhole(f"{place} has no backup")
    return found[-1]


def prune(folder: Path, *, keep: int) -> list[Path]:
    """Delete all backups but the newest ``keep``. Returns the deleted ones."""
    old = sorted(folder.glob(PATTERN))[:-keep]
    for file in old:
        file.unlink()
    return old


def files_of(archives: Iterable[Path]) -> set[str]:
    """The names of the contents that belong to these backups. Raises NotWhole when one cannot be read."""
    needed: set[str] = set()
    for file in archives:
        try:
            with tarfile.open(file, "r:gz") as tar:
                manifest = tar.extractfile(tar.next() or MANIFEST)  # the first member
                needed.update(json.load(manifest).get("files", ()) if manifest else ())
        except (OSError, EOFError, tarfile.TarError, ValueError, KeyError) as error:
            raise NotWhole(f"{file} is not a complete backup: {type(error).__name__}") from error
    return needed


def _digest(file: Any) -> str:
    with file:
        return hashlib.file_digest(file, "sha256").hexdigest()
