"""What changed between two texts, by word."""

import pytest

from services.router.cases.domain.differences import differences


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
