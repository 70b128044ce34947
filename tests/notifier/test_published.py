"""Mails that real servers sent, as others published them (``published/README.md``): what is right, too."""

import csv
import re
from functools import cache
from pathlib import Path

from services.notifier.domain.incoming import Understood, understood
from tests.notifier.test_incoming import BACK

FOLDER = Path(__file__).parent / "published"
MISSED = {
    "flufl-bounce_01.eml": "a list sent it on with an envelope of its own; nothing else says that a server wrote it",
    "flufl-dumbass_01.eml": "the same",
    "flufl-simple_38.eml": "a full mailbox in the form of a report that the letter was deleted unread",
    "bounceparser-warning-5.eml": "no subject, no name, no code: a sentence alone",
}
"""Letters that came back and are shown as a mail of a machine, or as unclear; why."""
OTHERWISE = {
    "bounceparser-badrcptto.eml": "5.7.1 says that we were refused",
    "bounceparser-mailbox-unknown.eml": "the same",
    "bounceparser-quota-4.eml": "5.1.1 says that the address is of no use",
    "bounceparser-junkemailfilter.eml": "5.0.0 and a sentence that names no reason",
}
"""Hard where they are soft, or the other way round; why."""
PERSON = {"bounceparser-bluebottle.eml": "a challenge, with neither mark nor words of a machine"}
RECOGNISED = 0.97


@cache
def read(name: str) -> Understood:
    raw = (FOLDER / name).read_bytes()
    sender = re.search(rb"(?im)^return-path:\s*<([^>\n]*)>", raw.split(b"\n\n")[0])
    return understood(raw, BACK, envelope_sender=sender[1].decode() if sender else None)


def samples(*purposes: str) -> dict[str, tuple[str, str]]:
    """Of each mail of these purposes: failed or delayed, hard or soft; ``-``: its source does not say it."""
    with (FOLDER / "what.tsv").open(encoding="utf-8") as file:
        rows = list(csv.reader(file, delimiter="\t"))
    assert {row[0] for row in rows} == {path.name for path in FOLDER.glob("*.eml")}
    return {name: (action, kind) for name, purpose, action, kind in rows if purpose in purposes}


def test_letters_that_came_back_are_recognised() -> None:
    reports = samples("bounce")
    missed = {
        name for name, (action, _) in reports.items() if (found := read(name).bounce) is None or found.action != action
    }
    assert missed == set(MISSED)
    assert len(missed) <= len(reports) * (1 - RECOGNISED)


def test_hard_ones_are_told_from_soft_ones() -> None:
    hard = {name: kind == "hard" for name, (_, kind) in samples("bounce").items() if kind != "-"}
    assert {name for name in hard if (found := read(name).bounce) and found.hard != hard[name]} == set(OTHERWISE)


def test_nothing_else_is_taken_for_a_letter_that_came_back() -> None:
    assert [name for name in samples("automatic", "unclear") if read(name).bounce] == []


def test_other_machines_are_told_from_people() -> None:
    assert {name for name in samples("automatic") if read(name).purpose != "automatic"} == set(PERSON)
    assert {read(name).purpose for name in samples("unclear")} == {"unclear"}
