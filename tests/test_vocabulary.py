"""The field's terms are used in the code: no identifier and no module has a name that was replaced."""

import subprocess
import tokenize
from pathlib import Path

ROOT = Path(__file__).parent.parent
REPLACED = frozenset(
    [
        "obeying",
        "obeyed",
        "obeys",
        "AlreadyObeyed",
        "seen",
        "Owed",
        "owed",
        "settle",
        "on_owed",
        "Announced",
        "SomebodyWasFaster",
        "AlreadyThere",
        "unheard",
        "keep_doing",
        "Standstill",
        "standstill",
        "Facts",
        "dress",
        "sorry",
        "Says",
        "typed",
        "refuse",
        "Speech",
        "speech",
        "speeches",
        "moment",
        "Doors",
        "doors",
        "_furnish",
        "Listed",
        "Part",
        "noted",
        "settled",
        "Deed",
        "Entry",
        "enter",
        "Chosen",
        "fits",
        "Never",
        "Town",
        "town",
        "leash",
        "Trouble",
        "ground",
        "lay",
        "lives",
        "mould",
        "pace",
        "soft",
        "deaf",
        "lonely",
        "rivals",
        "AT_ONCE",
        "clock_of",
    ]
)
"""Identifiers. Stored fields and names on the wire are strings, and stay."""
MODULES = frozenset(["means", "clocks", "leash", "trouble", "town", "line", "ground", "lives", "mould", "pace", "owed"])


def sources() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).exists()]


def identifiers(file: Path) -> set[str]:
    with file.open("rb") as source:
        return {token.string for token in tokenize.tokenize(source.readline) if token.type == tokenize.NAME}


def test_no_identifier_has_a_name_that_was_replaced() -> None:
    found = {str(file.relative_to(ROOT)): sorted(identifiers(file) & REPLACED) for file in sources()}
    assert {name: bad for name, bad in found.items() if bad} == {}


def test_no_module_has_a_name_that_was_replaced() -> None:
    assert [str(file) for file in sources() if file.stem in MODULES] == []


def test_a_replaced_name_would_be_found(tmp_path: Path) -> None:
    planted = tmp_path / "planted.py"
    planted.write_text("async def save(document, obeying): ...\n'settle'  # the word in a text is no identifier\n")
    assert identifiers(planted) & REPLACED == {"obeying"}
