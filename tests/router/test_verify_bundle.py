"""The offline verifier: what was changed in a bundle it finds, and what was not it does not accuse."""

import ast
import io
import json
import random
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from scripts import verify_bundle
from scripts.verify_bundle import CHANGED, GENUINE, UNREADABLE, L, Unreadable, check, verifies
from services.router.records.papers.archive import Archive
from services.router.records.papers.bundle import MANIFEST, SIGNATURE, SIGNED
from tests import examples as example
from tests.router.bundles import KEY, SIGNER, bundle

SCRIPT = Path(verify_bundle.__file__)
REAL = bundle(3, number=6)


@pytest.fixture(autouse=True)
def quickly(monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature that was checked before is not worked out again: most changes are beside it."""
    known: dict[tuple[bytes, bytes, bytes], bool] = {}

    def remembered(key: bytes, message: bytes, signature: bytes) -> bool:
        asked = key, message, signature
        if asked not in known:
            known[asked] = verifies(key, message, signature)
        return known[asked]

    monkeypatch.setattr(verify_bundle, "verifies", remembered)


def faults(data: bytes) -> list[str]:
    """What is found; empty for a genuine bundle."""
    try:
        return check(data, [KEY])[0]
    except Unreadable as error:
        return [f"unreadable: {error}"]


def files(data: bytes = REAL) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def packed(contents: dict[str, bytes]) -> bytes:
    """These files, as the desk packs them."""
    to = io.BytesIO()
    archive = Archive(to)
    for name, content in contents.items():
        archive.add(name, content)
    archive.close()
    return to.getvalue()


def with_lines(change: Callable[[list[bytes]], list[bytes]]) -> list[str]:
    """What is found of a bundle whose entries of the chain were changed, and nothing else."""
    lines = files()["record.jsonl"].splitlines(keepends=True)
    return faults(packed(files() | {"record.jsonl": b"".join(change(lines))}))


# --- what was not changed -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("hundred", range(10))
def test_none_of_a_hundred_untouched_bundles_is_accused(hundred: int) -> None:
    for seed in range(hundred * 100, hundred * 100 + 100):
        assert faults(bundle(seed)) == [], seed


def test_an_untouched_bundle_opens_in_any_program_for_zip_files() -> None:
    with zipfile.ZipFile(io.BytesIO(REAL)) as archive:
        assert archive.testzip() is None
        assert archive.namelist()[-2:] == [MANIFEST, SIGNATURE]


def test_the_same_case_makes_the_same_bytes() -> None:
    assert bundle(7) == bundle(7) != bundle(8)


# --- what was changed -----------------------------------------------------------------------------------------------


def _bytes_changed(chance: random.Random) -> bytes:
    data, at = bytearray(REAL), chance.randrange(len(REAL))
    data[at] ^= chance.randrange(1, 256)
    return bytes(data)


def _bytes_removed(chance: random.Random) -> bytes:
    at = chance.randrange(len(REAL))
    return REAL[:at] + REAL[at + chance.randrange(1, 40) :]


def _cut_off(chance: random.Random) -> bytes:
    return REAL[: chance.randrange(len(REAL))]


def _bytes_inserted(chance: random.Random) -> bytes:
    at = chance.randrange(len(REAL) + 1)
    return REAL[:at] + chance.randbytes(chance.randrange(1, 40)) + REAL[at:]


def _bytes_moved(chance: random.Random) -> bytes:
    one, other, end = sorted(chance.sample(range(len(REAL) + 1), 3))
    return REAL[:one] + REAL[other:end] + REAL[one:other] + REAL[end:]


def _file_changed(chance: random.Random) -> bytes:
    contents = files()
    name = chance.choice(list(contents))
    return packed(contents | {name: contents[name] + chance.choice([b"\n", b" ", b"x"])})


def _file_removed(chance: random.Random) -> bytes:
    contents = files()
    contents.pop(chance.choice(list(contents)))
    return packed(contents)


def _file_added(chance: random.Random) -> bytes:
    items = list(files().items())
    items.insert(chance.randrange(len(items) + 1), (chance.choice(["new.txt", "files/x", "case.pdf "]), b"new"))
    return packed(dict(items))


def _files_reordered(chance: random.Random) -> bytes:
    items = list(files().items())
    one, other = chance.sample(range(len(items)), 2)
    items[one], items[other] = items[other], items[one]
    return packed(dict(items))


def _entry_edited(chance: random.Random) -> bytes:
    lines = files()["record.jsonl"].splitlines(keepends=True)
    at = chance.randrange(len(lines))
    how = chance.choice(["edit", "delete", "swap", "repeat"])
    if how == "edit":
        entry = json.loads(lines[at]) | {"action": chance.choice(["none", "case_opened"])}
        lines[at] = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
    elif how == "delete":
        del lines[at]
    elif how == "swap":
        lines[at], lines[at - 1] = lines[at - 1], lines[at]
    else:
        lines.insert(at, lines[at])
    return packed(files() | {"record.jsonl": b"".join(lines)})


CHANGES = (
    *(_bytes_changed, _bytes_removed, _cut_off, _bytes_inserted, _bytes_moved),
    *(_file_changed, _file_removed, _file_added, _files_reordered, _entry_edited),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_each_of_a_hundred_random_changes_is_found(change: Callable[[random.Random], bytes]) -> None:
    chance = random.Random(18)
    for number in range(100):
        changed = change(chance)
        assert changed == REAL or faults(changed), number


def test_a_changed_file_is_named() -> None:
    assert faults(packed(files() | {"case.pdf": b"other"})) == ["case.pdf: changed (değiştirilmiş)"]


def test_a_removed_file_is_named() -> None:
    contents = files()
    del contents["case.json"]
    assert faults(packed(contents)) == ["case.json: removed (çıkarılmış)"]


def test_an_added_file_is_named() -> None:
    assert faults(packed({"extra.txt": b"", **files()})) == ["extra.txt: added (eklenmiş)"]


def test_reordered_files_are_named() -> None:
    swapped = dict(sorted(files().items(), key=lambda item: item[0] != "case.pdf"))
    assert faults(packed(swapped)) == [f"{name}: reordered (yeri değiştirilmiş)" for name in ("case.pdf", "README.txt")]


def test_a_bundle_that_another_program_has_packed_anew_is_no_longer_as_it_was_signed() -> None:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files().items():
            archive.writestr(name, content)
    assert len(faults(to.getvalue())) == 1
    assert "archive" in faults(to.getvalue())[0]


def test_a_file_that_is_replaced_with_a_program_for_zip_files_is_named() -> None:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files().items():
            archive.writestr(name, b"other" if name == "case.pdf" else content)
    assert "case.pdf: changed (değiştirilmiş)" in faults(to.getvalue())


def test_a_manifest_that_fits_changed_files_has_no_signature_that_fits() -> None:
    contents = files() | {"case.pdf": b"other"}
    manifest = json.loads(contents[MANIFEST])
    manifest["files"] = []
    found = faults(packed(contents | {MANIFEST: json.dumps(manifest).encode()}))
    assert any("signed with another key" in fault for fault in found)


def test_signed_by_somebody_else_it_is_not_genuine() -> None:
    contents = files()
    foreign = example.SIGNERS["intake"].signature(SIGNED + contents[MANIFEST]).hex().encode() + b"\n"
    assert faults(packed(contents | {SIGNATURE: foreign}))


def test_a_signature_without_the_words_before_the_manifest_does_not_fit() -> None:
    contents = files()
    bare = SIGNER.signature(contents[MANIFEST]).hex().encode() + b"\n"
    assert faults(packed(contents | {SIGNATURE: bare}))


# --- entries of the chain -------------------------------------------------------------------------------------------


def test_a_changed_entry_is_named() -> None:
    def change(lines: list[bytes]) -> list[bytes]:
        assert b'"action"' in lines[2]
        return [*lines[:2], lines[2].replace(b'"action":"', b'"action":"x'), *lines[3:]]

    assert "record.jsonl, entry 3: changed (değiştirilmiş)" in with_lines(change)


def test_a_removed_entry_is_named() -> None:
    found = with_lines(lambda lines: lines[:1] + lines[2:])
    assert found == ["record.jsonl: changed (değiştirilmiş)", "record.jsonl, entry 2: removed (çıkarılmış)"]


def test_reordered_entries_are_named() -> None:
    found = with_lines(lambda lines: [lines[1], lines[0], *lines[2:]])
    assert found[1:] == ["record.jsonl, entry 1: reordered (yeri değiştirilmiş)"]


def test_an_added_entry_is_named() -> None:
    assert with_lines(lambda lines: [*lines, lines[-1]])[1:] == ["record.jsonl, line 7: added (eklenmiş)"]


def test_an_entry_whose_links_were_made_anew_is_named() -> None:
    def forge(lines: list[bytes]) -> list[bytes]:
        entry = json.loads(lines[-1]) | {"action": "nothing"}
        before = json.loads(lines[-2])["case_link"]
        entry["case_link"] = verify_bundle._link(entry, before)
        line = json.dumps(entry, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"
        return [*lines[:-1], line]

    assert "record.jsonl, entry 6: changed (değiştirilmiş)" in with_lines(forge)


# --- archives that are made to deceive ------------------------------------------------------------------------------


def _with_comment(data: bytes) -> bytes:
    return data[:-2] + struct.pack("<H", 5) + b"hello"


def _encrypted(data: bytes) -> bytes:
    return data[:6] + struct.pack("<H", 0x0801) + data[8:]


def _another_name_in_the_directory(data: bytes) -> bytes:
    start = struct.unpack("<I", data[-6:-2])[0]
    return data[:start] + data[start:].replace(b"case.pdf", b"case.PDF")


def _twice(data: bytes) -> bytes:
    to = io.BytesIO(data)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(to, "a") as archive:
        archive.writestr("case.pdf", b"another")
    return to.getvalue()


def _bomb(data: bytes) -> bytes:
    to = io.BytesIO()
    with zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files(data).items():
            archive.writestr(name, bytes(30_000_000) if name == "case.pdf" else content)
    return to.getvalue()


def _extra_field(data: bytes) -> bytes:
    return data[:28] + struct.pack("<H", 4) + data[30:40] + b"\0\0\0\0" + data[40:]


TRICKS: dict[str, Callable[[bytes], bytes]] = {
    "a comment": _with_comment,
    "an encrypted file": _encrypted,
    "another name in the directory": _another_name_in_the_directory,
    "a name twice": _twice,
    "a bomb": _bomb,
    "an extra field": _extra_field,
    "something before it": lambda data: b"#!/bin/sh\n" + data,
    "something behind it": lambda data: data + b"\0",
    "itself behind it": lambda data: data + data,
}


@pytest.mark.parametrize("trick", TRICKS)
def test_an_archive_that_deceives_is_never_genuine(trick: str) -> None:
    assert faults(TRICKS[trick](REAL))


NO_MANIFEST = (
    *(b"", b"{}", b"[]", b"[" * 100_000, b"\xff", b'{"files":{},"records":[]}', b'{"files":5,"records":"x"}'),
    b'{"files":[{"path":1}],"records":[]}',
    b'{"files":[],"records":[{"path":"record.jsonl","links":["a"],"entries":9}]}',
    b'{"files":[],"records":[{"path":"record.jsonl","links":["\\ud800","\\ud800","a"],"entries":3}]}',
)
NO_ENTRY = (b"[]", b"1", b"{}", b"\xff", b'{"case_number":true}', b'{"case_number":1}', b"[" * 9999)


@pytest.mark.parametrize("manifest", NO_MANIFEST)
def test_a_manifest_that_is_none_is_no_traceback(manifest: bytes) -> None:
    assert faults(packed(files() | {MANIFEST: manifest}))


@pytest.mark.parametrize("line", NO_ENTRY)
def test_an_entry_that_is_none_is_no_traceback(line: bytes) -> None:
    assert len(with_lines(lambda lines: [line + b"\n", *lines[1:]])) > 1


# --- signatures -----------------------------------------------------------------------------------------------------

RFC_8032 = [
    (
        "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
        "",
        "e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e06522490155"
        "5fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b",
    ),
    (
        "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
        "72",
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
    ),
    (
        "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025",
        "af82",
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
    ),
]
"""Section 7.1, tests 1 to 3: public key, message, signature."""


@pytest.mark.parametrize(("key", "message", "signature"), RFC_8032)
def test_the_signatures_of_rfc_8032_fit(key: str, message: str, signature: str) -> None:
    assert verifies(bytes.fromhex(key), bytes.fromhex(message), bytes.fromhex(signature))


def _hostile_signatures() -> list[tuple[bytes, bytes, bytes]]:
    """After the kinds of Project Wycheproof: other bits, s beyond the order, other lengths, points that are none."""
    private = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
    key, message = private.public_key().public_bytes_raw(), b"message"
    right = private.sign(message)
    s = int.from_bytes(right[32:], "little")
    changed = [right[:32] + (s + times * L).to_bytes(32, "little") for times in (1, 2, 8)]
    changed += [bytes(32) + right[32:], right[:32] + bytes(32), bytes(64), b"\xff" * 64, right[32:] + right[:32]]
    changed += [right[:63], right + b"\0", b"", bytes([1]) + bytes(63)]
    changed += [bytes(b ^ (1 << bit % 8) * (i == bit // 8) for i, b in enumerate(right)) for bit in range(0, 512, 7)]
    found = [(key, message, one) for one in changed]
    found += [
        (key, message + b"\0", right),
        (key, b"", right),
        (bytes(32), message, right),
        (b"\xff" * 32, message, right),
    ]
    return found


def test_signatures_that_do_not_fit_are_refused_as_by_another_implementation() -> None:
    for key, message, signature in _hostile_signatures():
        with pytest.raises((InvalidSignature, ValueError)):
            Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
        assert not verifies(key, message, signature), (key.hex(), signature.hex())


def test_signatures_of_another_implementation_fit() -> None:
    chance = random.Random(5)
    for _ in range(30):
        private = Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
        message = chance.randbytes(chance.randrange(200))
        assert verifies(private.public_key().public_bytes_raw(), message, private.sign(message))


# --- the program ----------------------------------------------------------------------------------------------------


def run(bundle: Path, key: str) -> tuple[int, str]:
    """Run the program alone, as its receiver does: without any package."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", SCRIPT, str(bundle), "--key", key],
        capture_output=True,
        text=True,
        encoding="utf-8",
    )
    assert "Traceback" not in done.stderr + done.stdout
    return done.returncode, done.stdout


def test_the_program_says_genuine_changed_or_unreadable(tmp_path: Path) -> None:
    given, key = tmp_path / "bundle.zip", tmp_path / "keys.txt"
    key.write_text(f"# the desk\n{'0' * 64}  # former\n{SIGNER.public_key}\n")
    given.write_bytes(REAL)
    assert run(given, SIGNER.public_key) == (GENUINE, run(given, str(key))[1])
    given.write_bytes(packed(files() | {"case.pdf": b"other"}))
    code, said = run(given, str(key))
    assert code == CHANGED
    assert "case.pdf: changed" in said


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\3\4", b"PK\5\6" + bytes(18)])
def test_what_is_no_bundle_is_unreadable(content: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "bundle.zip").write_bytes(content)
    assert verify_bundle.main([str(tmp_path / "bundle.zip"), "--key", SIGNER.public_key]) == UNREADABLE
    assert "UNREADABLE" in capsys.readouterr().out


@pytest.mark.parametrize("key", ["12", "", "/none", "g" * 64])
def test_without_a_key_nothing_is_checked(key: str, tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(REAL)
    assert verify_bundle.main([str(tmp_path / "bundle.zip"), "--key", key]) == UNREADABLE
    assert verify_bundle.main([str(tmp_path), "--key", SIGNER.public_key]) == UNREADABLE


def test_it_is_one_file_that_python_3_9_reads_and_the_standard_library_suffices() -> None:
    tree = ast.parse(SCRIPT.read_text(), feature_version=(3, 9))
    names = {alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert {name.partition(".")[0] for name in names} <= {*sys.stdlib_module_names}
