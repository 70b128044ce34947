"""Protection against cross-site request forgery."""

from typing import Any

import pytest
from itsdangerous import TimestampSigner
from starlette.requests import Request

from shared.web.csrf import VALID_FOR, Csrf, bind
from tests import examples as example

CSRF = Csrf(example.SECRET, "https://hat.klu.example/form")


def asked(visitor: str = "deniz", **headers: str) -> Request:
    """A request of this visitor."""
    raw = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "headers": raw})
    bind(request, visitor)
    return request


def test_a_token_of_this_visitor_is_accepted() -> None:
    assert CSRF.accepts(asked(), CSRF.token(asked()))


def test_a_token_of_another_visitor_is_refused() -> None:
    assert not CSRF.accepts(asked("deniz"), CSRF.token(asked("fatma")))


def test_a_token_of_the_public_form_opens_nothing_else() -> None:
    assert not CSRF.accepts(asked("deniz"), CSRF.token(Request({"type": "http", "headers": []})))


@pytest.mark.parametrize("token", ["", "x", "a.b.c", "\x00", "é\ufffd", "." * 10_000])
def test_a_forged_token_is_refused(token: str) -> None:
    assert not CSRF.accepts(asked(), token)


def test_a_token_signed_with_another_key_is_refused() -> None:
    foreign = Csrf("another secret key of 32 characters or more", "https://hat.klu.example")
    assert not CSRF.accepts(asked(), foreign.token(asked()))


def test_a_token_that_is_too_old_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    token, now = CSRF.token(asked()), TimestampSigner("x").get_timestamp()
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now + VALID_FOR - 60)
    assert CSRF.accepts(asked(), token)
    monkeypatch.setattr(TimestampSigner, "get_timestamp", lambda self: now + VALID_FOR + 60)
    assert not CSRF.accepts(asked(), token)


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, True),
        ({"origin": "https://hat.klu.example"}, True),
        ({"origin": "https://hat.klu.example.evil.example"}, False),
        ({"origin": "http://hat.klu.example"}, False),
        ({"origin": "https://hat.klu.example:8443"}, False),
        ({"origin": "null"}, True),
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "none"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site", "origin": "null"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "cross-site", "origin": "https://hat.klu.example"}, False),
    ],
)
def test_the_browsers_word_about_where_a_form_comes_from_counts(headers: dict[str, Any], ours: bool) -> None:
    assert CSRF.accepts(asked(**headers), CSRF.token(asked())) is ours
