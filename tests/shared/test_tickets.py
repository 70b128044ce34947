"""The desk's tickets: what another made, or somebody changed on the way, is none."""

from base64 import urlsafe_b64decode, urlsafe_b64encode

import pytest

from shared.signing import Signer
from shared.tickets import VALID_FOR, TicketOffice, Tickets
from tests import examples as example

DESK = "https://desk.klu.example"


def read(token: str) -> object:
    return Tickets({service: [signer.public_key] for service, signer in example.SIGNERS.items()}).read(token)


def made(signer: Signer) -> str:
    office = TicketOffice("https://klu.example", DESK, signer=signer)
    address = office.address(example.officer().actor, "Ayşe Yılmaz", "telephone", example.NOW)
    return address.removeprefix("https://klu.example/?ticket=")


def changed(token: str, old: bytes, new: bytes) -> str:
    body = urlsafe_b64decode(token + "=" * (-len(token) % 4))
    assert old in body
    return urlsafe_b64encode(body.replace(old, new)).decode().rstrip("=")


def test_a_ticket_of_the_desk_holds_for_a_quarter_of_an_hour() -> None:
    ticket = Tickets({"router": [example.SIGNERS["router"].public_key]}).read(made(example.SIGNERS["router"]))
    assert ticket
    assert (ticket.channel, ticket.desk, ticket.officer) == ("telephone", DESK, example.officer().actor)
    assert ticket.holds(example.NOW + VALID_FOR * 0.99)
    assert not ticket.holds(example.NOW + VALID_FOR)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"telephone"', b'"paper"'),
        (b"https://desk.klu.example", b"javascript:alert(1)//"),
        (b"https://desk.klu.example", b"https://evil.example"),
        (b'"by":"router"', b'"by":"intake"'),
        (b'"until":"2', b'"until":"3'),
    ],
)
def test_a_changed_ticket_is_none(old: bytes, new: bytes) -> None:
    assert read(changed(made(example.SIGNERS["router"]), old, new)) is None


def test_a_ticket_that_another_service_signed_is_none() -> None:
    assert read(made(example.SIGNERS["intake"])) is None


@pytest.mark.parametrize("more", ["&once=1", "=", "\r\nX: y", "#x", "ş", "\0", " "])
def test_a_ticket_with_anything_more_in_it_is_none(more: str) -> None:
    token = made(example.SIGNERS["router"])
    assert read(token)
    assert read(token + more) is None
    assert read(token[:8] + more * 4 + token[8:]) is None
