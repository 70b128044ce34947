"""What changed between two texts, by word."""

import random
import time

import pytest

from shared.differences import differences


@pytest.mark.parametrize(
    ("before", "after", "pieces"),
    [
        ("", "", []),
        ("Bir.", "Bir.", [("same", "Bir.")]),
        ("", "Yeni.", [("new", "Yeni.")]),
        ("Eski.", "", [("gone", "Eski.")]),
        ("Dün onarıldı.", "Bugün onarıldı.", [("gone", "Dün"), ("new", "Bugün"), ("same", " onarıldı.")]),
        ("Bir\niki", "Bir\niki üç", [("same", "Bir\niki"), ("new", " üç")]),
    ],
)
def test_pieces_name_what_stayed_what_is_gone_and_what_is_new(
    before: str, after: str, pieces: list[tuple[str, str]]
) -> None:
    assert [(piece.kind, piece.text) for piece in differences(before, after)] == pieces


def test_the_later_text_is_all_that_is_not_gone_also_in_long_texts() -> None:
    before, after = "kelime " * 1500, " ".join(f"w{n % 49}" for n in range(2500))
    for one, other in ((before, after), (after, before)):
        pieces = differences(one, other)
        assert "".join(p.text for p in pieces if p.kind != "gone") == other
        assert "".join(p.text for p in pieces if p.kind != "new") == one


def test_texts_that_were_made_to_be_compared_for_long_are_compared_at_once() -> None:
    chosen, letters = random.Random(1), "abcdefghijklmnopqrstuvwxyzçğıöşü"
    before, after = (" ".join(chosen.choice(letters) for _ in range(50_000)) for _ in range(2))
    begun = time.process_time()
    pieces = differences(before, after)
    assert time.process_time() - begun < 2, "a comparison of each word with each takes minutes"
    assert "".join(p.text for p in pieces if p.kind != "gone") == after


def test_a_few_changes_in_a_long_text_are_found_word_by_word() -> None:
    words = [f"kelime{n} ve" for n in range(2_000)]
    before, after = " ".join(words), " ".join(["Sayın", *words[:700], "yeni", *words[701:1_500], *words[1_501:]])
    changed = [(p.kind, p.text.strip()) for p in differences(before, after) if p.kind != "same"]
    assert changed == [("new", "Sayın"), ("gone", "kelime700 ve"), ("new", "yeni"), ("gone", "ve kelime1500")]
