"""The secret in a link: derived, whole in every mail program, and the old ones stay valid."""

from base64 import urlsafe_b64encode
from hmac import digest

from services.replies.domain.asking import inform
from services.replies.domain.following import take_back
from services.replies.domain.links import TOKEN, derived, hash_token, token, token_of_hash
from services.replies.domain.new_link import new_link
from services.replies.domain.overview import path_to
from services.replies.domain.reminding import remind
from shared.events import UnitReminded
from tests import examples as example
from tests.replies.test_asking import informed
from tests.replies.test_reminders import LINK, requested


def first(assignment_id: str) -> str:
    """The secret as 0.6.0 made it."""
    made = digest(example.SECRET.encode(), b"assignment-link:" + assignment_id.encode(), "sha256")
    return urlsafe_b64encode(made[:24]).decode()


CUT = next(f"a{n}" for n in range(1000) if not first(f"a{n}")[-1].isalnum())
"""An assignment whose first link ended with a hyphen or an underscore."""


def test_every_link_ends_with_a_letter_or_digit_and_is_derived() -> None:
    for number in range(500):
        made = token(example.SECRET, f"a{number}")
        assert TOKEN.fullmatch(made)
        assert made[-1].isalnum()
        assert made == token(example.SECRET, f"a{number}")


def test_a_link_that_ended_well_stays_as_it_was() -> None:
    ids = [f"a{number}" for number in range(100)]
    whole = [one for one in ids if first(one)[-1].isalnum()]
    assert [token(example.SECRET, one) for one in whole] == [first(one) for one in whole]
    assert len(whole) > 80


def test_links_of_different_purposes_differ() -> None:
    assert derived(example.SECRET, "assignment-link", "a1") != derived(example.SECRET, "overview", "a1")


def test_the_secret_of_an_older_link_is_found_by_its_hash() -> None:
    old = first(CUT)
    assert token(example.SECRET, CUT) != old
    assert token_of_hash(example.SECRET, CUT, hash_token(old)) == old
    assert token_of_hash(example.SECRET, CUT, hash_token(token(example.SECRET, CUT))) == token(example.SECRET, CUT)
    assert token_of_hash("another key", CUT, hash_token(old)) is None


def test_an_older_link_stays_valid_after_a_return_and_is_in_the_reminder() -> None:
    old = example.replied_assignment(id=CUT, token_hash=hash_token(first(CUT)))
    again, (invited,) = take_back(old, example.reply_returned(old), **LINK)
    assert again.token_hash == old.token_hash
    assert first(CUT) in str(invited)
    open_one = example.units_assignment(id=CUT, token_hash=hash_token(first(CUT)))
    _, (told,) = remind(requested(open_one), [open_one], **LINK, now=example.NOW)
    assert isinstance(told, UnitReminded)
    assert first(CUT) in str(told)


def test_an_older_link_stays_valid_after_news_and_is_sent_again_and_listed() -> None:
    old = example.units_assignment(id=CUT, token_hash=hash_token(first(CUT)))
    again, (told,) = inform(old, informed(old), **LINK)
    once_more, (invited, *_) = new_link(old, **LINK, most=3, asked_at=example.NOW, now=example.NOW)
    assert {again.token_hash, once_more.token_hash} == {old.token_hash}
    assert first(CUT) in str(told)
    assert first(CUT) in str(invited)
    assert path_to(old, example.SECRET) == f"/a/{first(CUT)}"
