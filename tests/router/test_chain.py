"""The audit chain: what its links find, whom they do not accuse, and its fixed format."""

import hashlib
import hmac
import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from services.router.records.domain.chain import (
    FIRST,
    Anchor,
    Broken,
    ChainEntry,
    Recorded,
    Walk,
    canonical,
    linked,
    recorded,
)
from shared import events
from shared.state import Actor
from tests import examples as example

KEY = "a key of the tests, which is in no database"
NEW_KEY = "the key that replaced it, which is in no database"
Stored = list[dict[str, Any]]


def told(number: int, **different: Any) -> Recorded:
    given = {
        "event_id": f"e{number}",
        "at": example.NOW + timedelta(seconds=number),
        "service": ("intake", "router", "replies", "notifier")[number % 4],
        "actor": Actor(kind="officer", id=f"a{number % 3}") if number % 5 else None,
        "action": "case_read",
        "object_kind": "case",
        "object_id": f"m{number % 7}",
        "fields": ("şikâyet", "kind")[: number % 3],
        "message_id": f"m{number % 7}" if number % 4 else None,
        "count": number if number % 6 == 0 else None,
    }
    return Recorded(**given | different)


def chain(length: int, start: int = 0) -> list[ChainEntry]:
    entries, of_cases = list[ChainEntry](), dict[str | None, ChainEntry]()
    for number in range(start, start + length):
        what = told(number)
        before = entries[-1] if entries else None
        entries.append(linked(what, key=KEY, before=before, before_in_case=of_cases.get(what.message_id)))
        of_cases[what.message_id] = entries[-1]
    return entries


def stored(entries: list[ChainEntry]) -> Stored:
    return [entry.model_dump(exclude_none=True) for entry in entries]


def walk(entries: Stored, *anchors: Anchor, key: str = KEY) -> Walk:
    done = Walk(key, anchors)
    for entry in entries:
        done.step(entry)
    done.end()
    return done


def continued(entries: list[ChainEntry], key: str, count: int) -> list[ChainEntry]:
    """The chain, with so many more entries that this key has linked."""
    for number in range(len(entries), len(entries) + count):
        entries = [*entries, linked(told(number, message_id=None), key=key, before=entries[-1])]
    return entries


def test_a_new_key_goes_on_where_the_old_one_has_ended() -> None:
    entries = stored(continued(chain(10), NEW_KEY, 5))
    rotated = Walk(NEW_KEY, earlier=[("one before", 4), (KEY, 10)])
    for entry in entries:
        rotated.step(entry)
    rotated.end()
    assert rotated.number == 15
    with pytest.raises(Broken, match="entry 1:"):
        walk(entries, key=NEW_KEY)


def test_the_old_key_links_nothing_behind_its_end() -> None:
    entries = stored(continued(continued(chain(10), NEW_KEY, 2), KEY, 1))
    rotated = Walk(NEW_KEY, earlier=[(KEY, 10)])
    with pytest.raises(Broken, match="entry 13:"):
        for entry in entries:
            rotated.step(entry)


def anchor_of(entry: ChainEntry) -> Anchor:
    return Anchor(entry.number, entry.link, example.NOW)


def edit(entries: Stored, at: int, chance: random.Random) -> int:
    entry = entries[at]
    name = chance.choice(sorted(set(entry) - {"number"}))
    other: dict[type, Callable[[Any], Any]] = {
        str: lambda value: value[:-1] + ("x" if value[-1:] != "x" else "y"),
        int: lambda value: value + chance.choice([-1, 1, 100]),
        dict: lambda value: {**value, chance.choice(["kind", "id"]): "somebody"},
        tuple: lambda value: (*value, "added"),
    }
    change = other.get(type(entry[name]), lambda value: value + timedelta(milliseconds=1))
    entries[at] = {**entry, name: change(entry[name])}
    return at + 1


def add_a_field(entries: Stored, at: int, chance: random.Random) -> int:
    entries[at] = {**entries[at], "reason": "none"}
    return at + 1


def other_form(entries: Stored, at: int, chance: random.Random) -> int:
    """The same to whoever reads it, but no search for times or places in a case finds it."""
    entry = entries[at]
    forms: list[dict[str, Any]] = [
        {"at": entry["at"].isoformat()},
        {"client": None},
        {"number": float(entry["number"])},
    ]
    if "case_number" in entry:
        forms.append({"case_number": str(entry["case_number"])})
    entries[at] = entry | chance.choice(forms)
    return at + 1


def delete(entries: Stored, at: int, chance: random.Random) -> int:
    del entries[at]
    return at + 1


def reorder(entries: Stored, at: int, chance: random.Random) -> int:
    other = chance.choice([n for n in range(len(entries)) if n != at])
    first, second = entries[at], entries[other]
    entries[at] = {**second, "number": first["number"]}
    entries[other] = {**first, "number": second["number"]}
    return min(at, other) + 1


def truncate(entries: Stored, at: int, chance: random.Random) -> int:
    del entries[at:]
    return at + 1


def insert(entries: Stored, at: int, chance: random.Random) -> int:
    made = linked(told(5_000), key="another key", before=None)
    later = [{**entry, "number": entry["number"] + 1} for entry in entries[at:]]
    entries[at:] = [made.model_copy(update={"number": at + 1}).model_dump(exclude_none=True), *later]
    return at + 1


CHANGES = [edit, add_a_field, other_form, delete, reorder, truncate, insert]


def test_each_of_a_thousand_single_changes_is_found_at_its_number() -> None:
    chance = random.Random(18)
    length = 12
    for n in range(1_000):
        entries = chain(length, start=n % 50)
        changed = stored(entries)
        wrong = CHANGES[n % len(CHANGES)](changed, chance.randrange(length), chance)
        with pytest.raises(Broken) as found:
            walk(changed, anchor_of(entries[-1]))
        assert found.value.number == wrong, (n, CHANGES[n % len(CHANGES)].__name__, found.value)


def test_none_of_a_thousand_untouched_chains_is_accused() -> None:
    for n in range(1_000):
        entries = chain(n % 14, start=n)
        anchors = [anchor_of(entry) for entry in entries[:: 1 + n % 4]]
        assert walk(stored(entries), *anchors).number == len(entries)


def test_what_is_cut_off_behind_the_last_anchor_is_not_missed_and_before_it_is() -> None:
    entries = chain(10)
    assert walk(stored(entries[:8]), anchor_of(entries[6])).number == 8
    with pytest.raises(Broken, match="entry 9: the chain was longer: an anchor names entry 10"):
        walk(stored(entries[:8]), anchor_of(entries[9]))


def test_a_chain_that_somebody_with_the_key_made_anew_does_not_fit_the_anchor() -> None:
    anchor = anchor_of(chain(10)[6])
    with pytest.raises(Broken, match="entry 7: an anchor names another link"):
        walk(stored(chain(10, start=1)), anchor)


def test_with_another_key_the_first_entry_is_wrong() -> None:
    with pytest.raises(Broken, match="entry 1"):
        walk(stored(chain(3)), key="another key")


def test_a_walk_goes_on_from_where_it_was() -> None:
    entries = chain(9)
    begun = walk(stored(entries[:4]))
    for entry in stored(entries[4:]):
        begun.step(entry)
    assert (begun.number, begun.link) == (9, entries[-1].link)


def test_the_format_is_what_the_verifier_of_a_bundle_reads() -> None:
    first = linked(told(2, event_id="e1", fields=("ş",)), key=KEY, before=None)
    said = (
        '{"action":"case_read","actor":{"id":"a2","kind":"officer"},"at":"2026-11-23T09:30:02.000Z","case_number":1,'
        '"event_id":"e1","fields":["ş"],"message_id":"m2","number":1,"object_id":"m2","object_kind":"case",'
        '"service":"replies"}'
    )
    assert canonical(first) == said
    of_case = hashlib.sha256((FIRST + "\n" + said.replace('"number":1,', "")).encode()).hexdigest()
    assert first.case_link == of_case
    assert first.link == hmac.new(KEY.encode(), f"{FIRST}\n{said}\n{of_case}".encode(), "sha256").hexdigest()


def test_entries_of_a_case_are_numbered_and_linked_without_a_gap() -> None:
    ours = [entry for entry in chain(60) if entry.message_id == "m3"]
    assert [entry.case_number for entry in ours] == list(range(1, len(ours) + 1))
    link = FIRST
    for entry in ours:
        link = hashlib.sha256(f"{link}\n{canonical(entry, without=['number'])}".encode()).hexdigest()
        assert entry.case_link == link
    assert all(entry.case_number is None for entry in chain(60) if entry.message_id is None)


@pytest.mark.parametrize(
    ("object_kind", "message_id", "case"),
    [("case", None, "m1"), ("message", None, "m1"), ("letter", "m2", "m2"), ("account", None, None)],
)
def test_what_is_about_a_case_belongs_to_its_entries(
    object_kind: str, message_id: str | None, case: str | None
) -> None:
    event = events.NotifierAudited(
        action="read", object_kind=object_kind, object_id="m1", message_id=message_id, at=example.NOW
    )
    assert (recorded(example.sealed(event)).service, recorded(example.sealed(event)).message_id) == ("notifier", case)
