"""Bundles: an archive of papers with a manifest of all of them, signed by the router. Plain functions.

The manifest names every file with its SHA-256, in the order of the archive, and for the entries of the audit chain the
link of each. ``manifest.sig`` is an Ed25519 signature (RFC 8032), in hexadecimal, over SIGNED and the bytes of
``manifest.json``. ``scripts/verify_bundle.py`` checks all of it offline.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any, BinaryIO

from services.router.records.domain.chain import ChainEntry, canonical
from services.router.records.papers.archive import Archive, Stored

FORMAT = "klu-hat-bundle/1"
SIGNED = b"klu-hat-bundle/1\n"
"""What the signature covers before the manifest: no signature of anything else of ours fits a manifest."""
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
LONGEST_NAME = 80
_UNSAFE = re.compile(r"[^\w.()+ -]+|\.{2,}|_{2,}")

Sign = Callable[[bytes], bytes]


@dataclass(frozen=True)
class BundleFile:
    """A file of a bundle: its name there, and its content or an open file with it."""

    path: str
    content: bytes | BinaryIO


@dataclass(frozen=True)
class CaseRecord:
    """The entries of the audit chain of one case, in their order, and the file in which they stand."""

    path: str
    message_id: str
    reference: str
    entries: Sequence[ChainEntry]


@dataclass(frozen=True)
class Missing:
    """A file that could not be had. ``why``: a code, such as gone, changed, held, too_large."""

    id: str
    name: str
    sha256: str
    why: str


@dataclass(frozen=True)
class About:
    """What the manifest says of the whole. ``version`` is that of the software, ``public_key`` in hexadecimal."""

    kind: str
    references: Sequence[str]
    institution: str
    made_at: datetime
    version: str
    public_key: str
    missing: Sequence[Missing] = field(default_factory=tuple)


def write(to: BinaryIO, parts: Iterable[BundleFile], records: Sequence[CaseRecord], about: About, sign: Sign) -> int:
    """Write a bundle. ``parts`` in their order, then the records, the manifest and its signature.

    Returns its size in bytes. Raises TooLarge.
    """
    archive = Archive(to)
    stored = [archive.add(part.path, part.content) for part in parts]
    stored += [archive.add(record.path, record_lines(record.entries)) for record in records]
    manifest = as_json(manifest_of(stored, records, about))
    archive.add(MANIFEST, manifest)
    archive.add(SIGNATURE, sign(SIGNED + manifest).hex().encode() + b"\n")
    return archive.close()


def manifest_of(stored: Sequence[Stored], records: Sequence[CaseRecord], about: About) -> dict[str, Any]:
    """What is signed."""
    return {
        "format": FORMAT,
        "kind": about.kind,
        "references": list(about.references),
        "institution": about.institution,
        "made_at": time_of(about.made_at),
        "version": about.version,
        "public_key": about.public_key,
        "files": [asdict(file) for file in stored],
        "records": [
            {
                "path": record.path,
                "message_id": record.message_id,
                "reference": record.reference,
                "entries": len(record.entries),
                "links": [entry.case_link for entry in record.entries],
            }
            for record in records
        ],
        "missing": [asdict(file) for file in about.missing],
    }


def record_lines(entries: Sequence[ChainEntry]) -> bytes:
    """One entry in each line: its canonical JSON, with its links (``domain.chain``)."""
    return b"".join(_line(entry) for entry in entries)


def as_json(value: object) -> bytes:
    """JSON for people and programs: indented, letters as they are."""
    return json.dumps(value, ensure_ascii=False, indent=1).encode("utf-8", "replace") + b"\n"


def time_of(at: datetime) -> str:
    """A time in UTC, to the second: ``2026-11-26T18:00:00Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def safe_name(name: str, number: int) -> str:
    """A name for a file from outside, numbered: letters, digits and ``. - _ ( ) +``, at most LONGEST_NAME characters.

    No path, no control character or change of direction, no name that Windows keeps for itself, and no two alike.
    """
    plain = unicodedata.normalize("NFC", name.replace("\\", "/").rpartition("/")[2])
    plain = re.sub(r"\s+", " ", _UNSAFE.sub("_", plain)).strip(" ._") or "file"
    stem, dot, ending = plain.rpartition(".")
    if not dot or len(ending) > 10:
        stem, dot, ending = plain, "", ""
    return f"{number:03d}-{stem[: LONGEST_NAME - len(ending) - 1].rstrip(' .')}{dot}{ending}"


def _line(entry: ChainEntry) -> bytes:
    links = {"case_link": entry.case_link, "link": entry.link}
    told = json.loads(canonical(entry)) | {name: link for name, link in links.items() if link}
    return json.dumps(told, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
