#!/usr/bin/env python3
"""Checks offline whether a bundle of the 7/24 KLU Hat desk is genuine. Python 3.9 or newer, nothing else.

    python3 verify_bundle.py BUNDLE.zip --key KEY

KEY is the public key of the institution's desk: 64 hexadecimal digits, or a file in which each line is one (what
follows a # is ignored). Take it from the institution itself, from <address of the public form>/keys.txt or on paper,
and never from the bundle: whoever forges a bundle can put a key of their own into it.

Exit code 0: genuine, every byte is as it was signed. 1: changed; what was changed, removed, added or reordered is
printed. 2: it cannot be read, or is no bundle.

Paketin kurumdan çıktığı gibi olup olmadığını internet bağlantısı olmadan denetler. KEY, kurumun açık anahtarıdır: 64
onaltılık hane veya her satırında bir anahtar bulunan bir dosya. Anahtarı paketten değil, kurumun kendisinden alınız.
Çıkış kodu 0: aslıyla aynı, 1: değiştirilmiş (neyin değiştiği yazılır), 2: okunamıyor.
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import struct
import sys
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

GENUINE, CHANGED, UNREADABLE = 0, 1, 2
SIGNED = b"klu-hat-bundle/1\n"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
LARGEST = 2**31
"""Bytes of a bundle at most."""
MOST = 10_000
"""Files of a bundle, and entries of the chain of which the first faults are printed, at most."""
FIRST = "0" * 64
WORDS = {
    "changed": "değiştirilmiş",
    "removed": "çıkarılmış",
    "added": "eklenmiş",
    "reordered": "yeri değiştirilmiş",
}

Files = list[tuple[str, bytes]]


class Unreadable(Exception):
    """It is no bundle, or cannot be read."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Check the bundle that the arguments name, and print what was found. Returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("bundle", help="the bundle, a zip file")
    parser.add_argument("--key", action="append", required=True, help="public key in hexadecimal, or a file of keys")
    given = parser.parse_args(arguments)
    try:
        keys = [key for one in given.key for key in keys_of(one)]
        data = _read(given.bundle)
        found, about = check(data, keys)
    except Unreadable as error:
        print("UNREADABLE / OKUNAMIYOR:", error)
        return UNREADABLE
    except (Exception, MemoryError) as error:  # whatever is in the file: never a traceback
        print("UNREADABLE / OKUNAMIYOR:", type(error).__name__)
        return UNREADABLE
    for fault in found[:MOST]:
        print(_printable(fault))
    if found:
        print("CHANGED / DEĞİŞTİRİLMİŞ:", len(found), "difference(s) / fark")
        return CHANGED
    print("GENUINE / ASLIYLA AYNI:", _printable(about))
    return GENUINE


def check(data: bytes, keys: Sequence[bytes]) -> tuple[list[str], str]:
    """The faults of a bundle, none of which a genuine one has, and what it is. Raises Unreadable."""
    faults: list[str] = []
    files, odd = _as_written(data)
    if odd:
        files = files if _has_manifest(files) else _leniently(data)
        if not files:
            raise Unreadable("no bundle: " + odd)
    contents = dict(files)
    manifest = _manifest(contents.get(MANIFEST, b""))
    signed = _signed(contents, keys)
    if manifest is None and not {MANIFEST, SIGNATURE, "case.json", "record.jsonl"} & set(contents):
        raise Unreadable("there is no manifest in it: it is no bundle")
    faults += [_fault(name, "removed") for name in (MANIFEST, SIGNATURE) if name not in contents]
    if MANIFEST in contents and SIGNATURE in contents and not signed:
        faults.append(
            f"{MANIFEST} / {SIGNATURE}: changed, or signed with another key (değiştirilmiş veya anahtar başka)"
        )
    if manifest is None:
        return [*faults, f"{MANIFEST}: cannot be read (okunamıyor)"], ""
    faults += _compared(files, manifest)
    for record in manifest["records"]:
        faults += _record(record, contents.get(record["path"]))
    if odd and not faults:
        faults.append(f"{odd}: changed (arşivin kendisi değiştirilmiş)")
    return faults, "" if faults else _about(manifest)


def _about(manifest: dict[str, Any]) -> str:
    """What a genuine bundle is."""
    numbers = f"{len(manifest['files'])} files, {sum(record['entries'] for record in manifest['records'])} entries"
    missing = [f"missing from the start: {file['name']}" for file in manifest["missing"]]
    told = [", ".join(manifest["references"]), manifest["institution"], manifest["made_at"], numbers, *missing]
    return " · ".join(told)


# --- the manifest and what it names ----------------------------------------------------------------------------------


def _manifest(content: bytes) -> dict[str, Any] | None:
    """The manifest, if it has the shape of one."""
    try:
        found = json.loads(content.decode())
        for file in found["files"]:
            if (
                not isinstance(file["path"], str)
                or not isinstance(file["sha256"], str)
                or type(file["size"]) is not int
            ):
                return None
        for record in found["records"]:
            links = [isinstance(link, str) and link.isascii() for link in record["links"]]
            if not isinstance(record["path"], str) or not all(links):
                return None
            if record["entries"] != len(record["links"]):
                return None
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _signed(contents: dict[str, bytes], keys: Sequence[bytes]) -> bool:
    """Whether the manifest has a signature that fits one of the keys."""
    written = re.fullmatch(rb"([0-9a-f]{128})\n", contents.get(SIGNATURE, b""))
    if written is None or MANIFEST not in contents:
        return False
    signature = bytes.fromhex(written.group(1).decode())
    return any(verifies(key, SIGNED + contents[MANIFEST], signature) for key in keys)


def _compared(files: Files, manifest: dict[str, Any]) -> list[str]:
    """Files that were changed, removed, added or reordered, by the manifest."""
    named = {file["path"]: file for file in manifest["files"]}
    expected = [*(file["path"] for file in manifest["files"]), MANIFEST, SIGNATURE]
    present = dict(files)
    faults = [_fault(name, "removed") for name in expected[:-2] if name not in present]
    faults += [_fault(name, "added") for name, number in Counter(name for name, _ in files).items() if number > 1]
    for name, content in files:
        told = named.get(name)
        if told is None and name not in (MANIFEST, SIGNATURE):
            faults.append(_fault(name, "added"))
        if told and (len(content), hashlib.sha256(content).hexdigest()) != (told["size"], told["sha256"]):
            faults.append(_fault(name, "changed"))
    known = set(expected)
    both, wanted = [name for name in present if name in known], [name for name in expected if name in present]
    faults += [_fault(name, "reordered") for place, name in enumerate(both) if name != wanted[place]]
    return list(dict.fromkeys(faults))


def _record(record: dict[str, Any], content: bytes | None) -> list[str]:
    """Entries of the chain that were changed, removed, added or reordered, by the links that were signed."""
    if content is None:
        return []  # the file was removed, which is said already
    path, links, faults = record["path"], record["links"], []
    last, found = 0, set()
    for number, line in enumerate(content.split(b"\n")[:-1], start=1):
        entry, place = _entry(line), 0
        if entry is not None:
            place = entry["case_number"]
        if entry is None or not 1 <= place <= len(links) or place in found:
            faults.append(_fault(f"{path}, line {number}", "added" if entry is not None else "changed"))
            continue
        found.add(place)
        before = links[place - 2] if place > 1 else FIRST
        if _link(entry, before) != links[place - 1] or entry.get("case_link") != links[place - 1]:
            faults.append(_fault(f"{path}, entry {place}", "changed"))
        if place < last:
            faults.append(_fault(f"{path}, entry {place}", "reordered"))
        last = max(last, place)
    missing = [place for place in range(1, len(links) + 1) if place not in found]
    return faults + [_fault(f"{path}, entry {place}", "removed") for place in missing]


def _entry(line: bytes) -> dict[str, Any] | None:
    """An entry, if the line is one as it is written."""
    try:
        entry = json.loads(line.decode())
        written = _canonical(entry) == line and type(entry["case_number"]) is int
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return entry if written else None


def _link(entry: dict[str, Any], before: str) -> str:
    """The link of an entry among those of its case: SHA-256 of the link before it and the entry."""
    told = {name: value for name, value in entry.items() if name not in ("number", "link", "case_link")}
    return hashlib.sha256(before.encode() + b"\n" + _canonical(told)).hexdigest()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


# --- the archive -----------------------------------------------------------------------------------------------------

LOCAL, CENTRAL, END = struct.Struct("<4s5H3I2H"), struct.Struct("<4s6H3I5H2I"), struct.Struct("<4s4H2IH")


def _as_written(data: bytes) -> tuple[Files, str]:
    """The files of an archive that is, byte for byte, as the desk writes it; and where it is not, empty if nowhere.

    Nothing is compressed, and all that stands beside names and contents follows from them.
    """
    files: Files = []
    central: list[bytes] = []
    at = 0
    while data[at : at + 4] == b"PK\3\4" and len(files) <= MOST:
        where = f"archive, header of file {len(files) + 1}"
        if at + LOCAL.size > len(data):
            return files, where
        *_, size, length, _ = LOCAL.unpack_from(data, at)
        start = at + LOCAL.size + length
        content = data[start : start + size]
        try:
            name = data[at + LOCAL.size : start].decode()
        except UnicodeDecodeError:
            return files, where
        told = (20, 0x0800, 0, 0, 0x0021, zlib.crc32(content), len(content), len(content), length, 0)
        if data[at:start] != LOCAL.pack(b"PK\3\4", *told) + name.encode():
            return files, f"archive, header or content of {name}"
        central.append(CENTRAL.pack(b"PK\1\2", 20, *told, 0, 0, 0, 0, at) + name.encode())
        files.append((name, content))
        at = start + size
    directory = b"".join(central)
    end = END.pack(b"PK\5\6", 0, 0, len(files), len(files), len(directory), at, 0)
    if not files:
        return files, "it does not begin as a zip file"
    return files, "" if data[at:] == directory + end else "archive, its directory or end"


def _has_manifest(files: Files) -> bool:
    """Whether all up to the end could be read, though something beside the files is odd."""
    return bool(files) and files[-1][0] == SIGNATURE


def _leniently(data: bytes) -> Files:
    """What can be read of any zip file, to say what was changed; nothing that is encrypted or grows too large."""
    files: Files = []
    left = min(LARGEST, 8 * len(data) + 1_000_000)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for info in archive.infolist()[:MOST]:
                content = b""
                if info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) and not info.flag_bits & 1:
                    content = _content(archive, info, left)
                left -= len(content)
                files.append((info.filename, content))
    except Exception:  # noqa: S110  # zipfile raises many kinds; what was read before is enough to say something
        pass
    return files


def _content(archive: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes:
    """The content of a file, as far as it can be read."""
    read, size = [], 0  # joined at the end: adding to bytes copies all of them each time
    try:
        with archive.open(info) as file:
            while block := file.read(min(65_536, most - size)):
                read.append(block)
                size += len(block)
    except Exception:  # noqa: S110  # as above
        pass
    return b"".join(read)


# --- keys and signatures: Ed25519, RFC 8032, section 5.1.7 -----------------------------------------------------------

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)
"""A square root of -1."""
Point = tuple[int, int, int, int]
"""Extended homogeneous coordinates (x, y, z, x·y/z)."""


def verifies(key: bytes, message: bytes, signature: bytes) -> bool:
    """Whether the signature (64 bytes) of the message fits the public key (32 bytes)."""
    if len(key) != 32 or len(signature) != 64:
        return False
    point, s = _point(key), int.from_bytes(signature[32:], "little")
    if point is None or s >= L:
        return False
    h = int.from_bytes(hashlib.sha512(signature[:32] + key + message).digest(), "little") % L
    x, y, z, t = point
    return _encoded(_twice_times(s, BASE, h, (P - x, y, z, P - t))) == signature[:32]


def _twice_times(a: int, one: Point, b: int, other: Point) -> Point:
    """``a`` times one point plus ``b`` times the other: bit by bit, both at once."""
    total, both = (0, 1, 1, 0), _sum(one, other)
    for bit in reversed(range(253)):
        total = _sum(total, total)
        which = (a >> bit & 1, b >> bit & 1)
        if which != (0, 0):
            total = _sum(total, both if which == (1, 1) else one if which == (1, 0) else other)
    return total


def _sum(one: Point, other: Point) -> Point:
    a = (one[1] - one[0]) * (other[1] - other[0]) % P
    b = (one[1] + one[0]) * (other[1] + other[0]) % P
    c, d = 2 * one[3] * other[3] * D % P, 2 * one[2] * other[2] % P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % P, g * h % P, f * g % P, e * h % P


def _encoded(point: Point) -> bytes:
    inverse = pow(point[2], P - 2, P)
    x, y = point[0] * inverse % P, point[1] * inverse % P
    return (y | (x & 1) << 255).to_bytes(32, "little")


def _point(encoded: bytes) -> Point | None:
    """The point of these 32 bytes; None when they are not those of one (section 5.1.3)."""
    number = int.from_bytes(encoded, "little")
    y, sign = number & (1 << 255) - 1, number >> 255
    if y >= P:
        return None
    square = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * ROOT % P
    if (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = _point((4 * pow(5, P - 2, P) % P).to_bytes(32, "little")) or (0, 1, 1, 0)


def keys_of(given: str) -> Iterator[bytes]:
    """The keys that an argument names. Raises Unreadable when it names none."""
    if re.fullmatch(r"[0-9a-fA-F]{64}", given.strip()):
        yield bytes.fromhex(given.strip())
        return
    lines = [line.split(b"#")[0].strip() for line in _read(given, "the key").splitlines()]
    found = [line.decode() for line in lines if re.fullmatch(rb"[0-9a-fA-F]{64}", line)]
    if not found:
        raise Unreadable("--key has no key: 64 hexadecimal digits, or a file of them")
    yield from map(bytes.fromhex, found)


def _read(path: str, what: str = "the bundle") -> bytes:
    try:
        if not Path(path).is_file():
            raise Unreadable(f"{what} is not there, or is no file")
        if Path(path).stat().st_size > LARGEST:
            raise Unreadable(f"{what} is too large")
        return Path(path).read_bytes()
    except (OSError, ValueError) as error:
        raise Unreadable(f"{what} cannot be opened ({type(error).__name__})") from None


def _fault(what: str, how: str) -> str:
    return f"{what}: {how} ({WORDS[how]})"


def _printable(text: str) -> str:
    """Without characters that change how the screen shows the others."""
    return "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in text)


if __name__ == "__main__":
    sys.exit(main())
