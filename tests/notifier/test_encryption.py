"""The way to the mail server: encrypted where it can be, checked, and with a log-in."""

import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import AuthResult

from services.notifier.domain.refusals import Verdict
from services.notifier.mailer import Away, Mailer, Rejected
from tests.certificates import own_authority
from tests.notifier.mail import MailServer
from tests.notifier.test_mailer import RAW, TO

PASSWORD = "çok:gizli@"
LOG_IN = "hat:%C3%A7ok%3Agizli%40@"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A certificate for 127.0.0.1 that is its own authority, with its key, in one file."""
    yield own_authority(tmp_path_factory.mktemp("tls") / "mail.pem")


def offering(certificate: Path, **options: Any) -> "TlsServer":
    """A mail server that offers STARTTLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    server = TlsServer()
    server.options = {"tls_context": context, **options}
    return server


class TlsServer(MailServer):
    """It remembers whether letters came encrypted."""

    encrypted = False

    def handle_STARTTLS(self, server: Any, session: Any, envelope: Any) -> bool:  # noqa: N802
        self.encrypted = True
        return True


def mailer(server: MailServer, log_in: str = "", **different: Any) -> Mailer:
    url = server.url.replace("//", f"//{log_in}")
    return Mailer(url, sender="hat@klu.example", timeout=5.0, **different)


async def refusal(mailer: Mailer) -> tuple[Verdict, str]:
    with pytest.raises(Rejected) as refused:
        await mailer.send(RAW, TO)
    return refused.value.verdict, str(refused.value)


def knows(user: bytes, password: bytes) -> bool:
    return (user.decode(), password.decode()) == ("hat", PASSWORD)


def authenticator(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    return AuthResult(success=knows(data.login, data.password), handled=False)


async def test_a_letter_goes_encrypted_where_the_server_offers_it(authority: Path) -> None:
    async with offering(authority) as server:
        await mailer(server, ca_file=authority).send(RAW, TO)
    assert (server.encrypted, len(server.accepted)) == (True, 1)


async def test_a_certificate_that_nobody_known_has_signed_is_a_matter_for_the_operator(authority: Path) -> None:
    async with offering(authority) as server:
        verdict, reply = await refusal(mailer(server))
    assert (verdict, server.offered) == (Verdict.CLIENT, [])
    assert "certificate" in reply


async def test_a_certificate_is_not_checked_where_the_operator_says_so(authority: Path) -> None:
    async with offering(authority) as server:
        await mailer(server, verify=False).send(RAW, TO)
    assert (server.encrypted, len(server.accepted)) == (True, 1)


async def test_no_letter_goes_in_clear_where_encryption_is_required() -> None:
    async with MailServer() as server:
        verdict, _ = await refusal(mailer(server, encryption="required"))
    assert (verdict, server.offered) == (Verdict.CLIENT, [])


async def test_a_password_does_not_go_in_clear_unless_encryption_is_off() -> None:
    async with MailServer() as server:
        server.options = {"authenticator": authenticator, "auth_require_tls": False}
        assert (await refusal(mailer(server, LOG_IN)))[0] == Verdict.CLIENT
        await mailer(server, LOG_IN, encryption="off").send(RAW, TO)
    assert len(server.accepted) == 1


async def test_encryption_that_is_off_is_not_used(authority: Path) -> None:
    async with offering(authority) as server:
        await mailer(server, encryption="off").send(RAW, TO)
    assert (server.encrypted, len(server.accepted)) == (False, 1)


async def test_a_letter_is_sent_after_the_log_in_and_its_connection_is_used_again(authority: Path) -> None:
    async with offering(authority, authenticator=authenticator, auth_required=True) as server:
        sender = mailer(server, LOG_IN, ca_file=authority)
        for _ in range(2):
            await sender.send(RAW, TO)
        await sender.disconnect()
    assert (server.connected, len(server.accepted)) == (2, 2)  # EHLO before and after STARTTLS, of one connection


async def test_an_encrypted_connection_that_broke_while_idle_is_no_attempt_at_the_next_letter(authority: Path) -> None:
    async with offering(authority) as server:
        sender = mailer(server, ca_file=authority)
        await sender.send(RAW, TO)
        server.close_connections()
        await sender.send(RAW, TO)
        await sender.disconnect()
    assert len(server.accepted) == 2


async def test_a_wrong_password_is_a_matter_for_the_operator(authority: Path) -> None:
    async with offering(authority, authenticator=authenticator) as server:
        verdict, reply = await refusal(mailer(server, "hat:wrong@", ca_file=authority))
    assert (verdict, reply[:3]) == (Verdict.CLIENT, "535")
    assert "wrong" not in reply


async def test_a_server_that_takes_no_connection_for_now_is_away() -> None:
    async with Busy() as server:
        with pytest.raises(Away, match="421"):
            await mailer(server).send(RAW, TO)


class Busy(MailServer):
    """It says so to every greeting."""

    async def handle_EHLO(self, server: Any, session: Any, envelope: Any, name: str, replies: list[str]) -> list[str]:  # noqa: N802
        return ["421 4.3.2 too many connections"]

    async def handle_HELO(self, server: Any, session: Any, envelope: Any, name: str) -> str:  # noqa: N802
        return "421 4.3.2 too many connections"
