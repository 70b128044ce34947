"""A link opens the file that it names, for minutes, and only when a service that shows files has signed it."""

from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from shared.file_links import VALID_FOR, Grants, NotGranted, file_link
from shared.state import Actor
from tests import examples as example

OFFICER = Actor(kind="officer", id="o1")
GRANTS = Grants({service: [signer.public_key] for service, signer in example.SIGNERS.items()})


def link(*, by: str = "router", signer: str = "router", file_id: str = "f1") -> str:
    made = file_link(
        "http://127.0.0.1:8001/", file_id, actor=OFFICER, by=by, signer=example.SIGNERS[signer], now=example.NOW
    )
    return parse_qs(urlsplit(made).query)["grant"][0]


@pytest.mark.parametrize("by", ["router", "replies", "intake"])
def test_a_link_of_the_desk_the_portal_or_the_status_page_opens_its_file(by: str) -> None:
    grant = GRANTS.check(link(by=by, signer=by), file_id="f1", now=example.NOW)
    assert (grant.actor, grant.by) == (OFFICER, by)


@pytest.mark.parametrize(
    ("token", "file_id", "later"),
    [
        (link(), "f2", timedelta()),
        (link(), "f1", VALID_FOR),
        (link(), "f1", -VALID_FOR),
        (link(by="router", signer="replies"), "f1", timedelta()),
        (link(by="notifier", signer="notifier"), "f1", timedelta()),
        (link()[:-4] + "AAAA", "f1", timedelta()),
        ("", "f1", timedelta()),
        ("ü" * 9, "f1", timedelta()),
        ("A" * 5, "f1", timedelta()),
    ],
    ids=[
        "another file",
        "over",
        "valid for too long",
        "another's key",
        "a service that shows none",
        "changed",
        "empty",
        "not ASCII",
        "short",
    ],
)
def test_another_link_opens_nothing(token: str, file_id: str, later: timedelta) -> None:
    with pytest.raises(NotGranted):
        GRANTS.check(token, file_id=file_id, now=example.NOW + later)
