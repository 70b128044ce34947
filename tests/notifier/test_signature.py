"""Letters carry a DKIM signature, where the operator has given a key."""

import base64
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services.notifier.app import create_app
from services.notifier.domain.signature import DkimKey
from services.notifier.mailer import Mailer
from shared.documents import Database
from tests.notifier.letters import handle, receipt_requested
from tests.notifier.mail import MailServer, settings

SELECTOR, DOMAIN = "hat", "klu.example"
KEY = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # short: it is made for each run
PEM = KEY.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


def in_the_dns(name: bytes, timeout: float = 5) -> bytes:
    """The public half, where a receiving server looks for it."""
    assert name == f"{SELECTOR}._domainkey.{DOMAIN}.".encode()
    public = KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + base64.b64encode(public)


async def test_a_letter_that_went_through_a_mail_server_still_has_a_valid_signature(database: Database) -> None:
    letters = await handle(database, receipt_requested(message_id="m1"))
    raw = (await letters.get("m1.receipt")).raw
    sign = DkimKey(PEM, selector=SELECTOR, domain=DOMAIN).signed
    async with MailServer() as server:
        await Mailer(server.url, sender="hat@klu.example", timeout=5.0, sign=sign).send(raw, "a@example.org")
    arrived = server.accepted[0].raw
    assert arrived.endswith(raw)
    assert dkim.verify(arrived, dnsfunc=in_the_dns)


@pytest.mark.parametrize(
    ("what", "other"),
    [
        (b"Subject: ", b"Subject: Re: "),
        (b"To: ", b"To: b@example.org,"),
        (b"From: ", b"From: x@example.org\r\nFrom: "),
        (b"\r\n\r\n", b"\r\n\r\nmore\r\n"),
    ],
)
async def test_a_letter_that_was_changed_on_the_way_has_none(database: Database, what: bytes, other: bytes) -> None:
    letters = await handle(database, receipt_requested(message_id="m1"))
    signed = DkimKey(PEM, selector=SELECTOR, domain=DOMAIN).signed((await letters.get("m1.receipt")).raw)
    signature, headers, body = signed.partition(b"\r\nFrom:")
    changed = (headers + body).replace(what, other, 1)
    assert dkim.verify(signed, dnsfunc=in_the_dns)
    assert not dkim.verify(signature + changed, dnsfunc=in_the_dns)


def test_a_key_that_cannot_sign_is_found_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "dkim.pem"
    path.write_text("no key")
    with pytest.raises(dkim.KeyFormatError):
        create_app(settings(dkim_key_file=path))
