"""Who works on the desk, their passwords and their sessions."""

from datetime import timedelta

import pytest

from services.router.accounts.domain import (
    ABSOLUTE,
    IDLE,
    NOBODY,
    Session,
    hash_password,
    hasher,
    password_matches,
    replace_account,
)
from tests import examples as example

MOMENT = timedelta(milliseconds=1)


def test_a_password_fits_its_own_account_alone() -> None:
    assert password_matches(example.account(), example.PASSWORD)
    assert not password_matches(example.account(), example.PASSWORD + " ")
    assert not password_matches(example.account(disabled=True), example.PASSWORD)
    assert not password_matches(None, example.PASSWORD)


def test_an_account_without_a_password_opens_with_none() -> None:
    invited = example.account(password_hash="")
    assert not any(password_matches(invited, tried) for tried in ("", " ", example.PASSWORD))


def test_a_broken_hash_opens_nothing() -> None:
    assert not password_matches(example.account(password_hash="broken"), example.PASSWORD)


def test_passwords_are_kept_as_argon2id_with_a_salt_of_their_own() -> None:
    assert example.HASHED.startswith("$argon2id$")
    assert hash_password(example.PASSWORD) != example.HASHED


def test_an_unknown_account_takes_as_long_as_a_known_one() -> None:
    parameters = NOBODY.split("$")[1:4]
    assert parameters == example.HASHED.split("$")[1:4]
    assert not hasher.check_needs_rehash(NOBODY)


def test_a_short_password_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 12 characters"):
        hash_password("x" * 11)


@pytest.mark.parametrize(
    ("idle", "old", "alive"),
    [
        (timedelta(0), timedelta(0), True),
        (IDLE - MOMENT, IDLE, True),
        (IDLE, IDLE, False),
        (timedelta(0), ABSOLUTE - MOMENT, True),
        (timedelta(0), ABSOLUTE, False),
    ],
)
def test_a_session_lives_while_it_is_used_for_twelve_hours(idle: timedelta, old: timedelta, alive: bool) -> None:
    now = example.NOW
    session = Session(id="s", user_id="u", created_at=now - old, seen_at=now - idle)
    assert session.alive(now) is alive


def test_a_session_from_before_the_credentials_changed_opens_nothing() -> None:
    session = Session(id="s", user_id="gorevli@klu.example", created_at=example.NOW, seen_at=example.NOW)
    account = example.account()
    replaced, _ = replace_account(
        account, name=account.name, role=account.role, password_hash="x", now=example.NOW + MOMENT
    )
    assert session.admits(account)
    assert not session.admits(replaced)
    assert not session.admits(example.account(disabled=True))
    assert session.model_copy(update={"created_at": example.NOW + MOMENT}).admits(replaced)
