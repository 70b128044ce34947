"""SMTP, and nothing else. What a refusal means is sorted by ``domain.refusals``."""

import asyncio
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPConnectError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
    SMTPServerDisconnected,
    SMTPTimeoutError,
)

from services.notifier.domain.refusals import Verdict, verdict_of

BROKEN = (SMTPException, OSError, TimeoutError, AttributeError)
"""What a broken connection raises. AttributeError: an encrypted one was closed just now (asyncio of Python 3.11)."""
Encryption = Literal["opportunistic", "required", "off"]


class Away(Exception):
    """The mail server could not be reached, or the connection broke before it answered: try again soon."""


class Rejected(Exception):
    """The mail server refused the letter, or us. The text is its reply."""

    def __init__(self, verdict: Verdict, reply: str) -> None:
        super().__init__(reply)
        self.verdict = verdict


class Mailer:
    """One mail server, ``smtp://user:password@host:port`` or ``smtps://…``. Connections are reused for the next letter.

    ``encryption`` of ``smtp://``: with STARTTLS where the server offers it, always, or never (RFC 3207). A password is
    sent in clear only where it is ``off``: who can alter the connection can take the offer away. ``verify``: the
    server's certificate has to be valid for its name, by the machine's authorities or those in ``ca_file``. ``sign``
    returns a mail with its signature.

    An idle connection is tested with ``RSET`` first: when it broke while idle, that is no failed attempt at a letter.
    """

    def __init__(
        self,
        url: str,
        *,
        sender: str,
        timeout: float,
        encryption: Encryption = "opportunistic",
        verify: bool = True,
        ca_file: Path | None = None,
        sign: Callable[[bytes], bytes] | None = None,
    ) -> None:
        self._sender = sender
        self._timeout = timeout
        self._sign = sign
        self._idle: list[SMTP] = []
        self._server = _server(url, encryption) | {"validate_certs": verify}
        self._server |= {"cert_bundle": str(ca_file) if ca_file else None, "timeout": timeout}

    async def send(self, raw: bytes, recipient: str, *, sender: str = "") -> None:
        """Hand over one letter. ``sender``: to whom it comes back, where that is not the usual one.

        Returns when the server has accepted it; raises Away or Rejected.
        """
        try:
            async with asyncio.timeout(self._timeout):
                await self._send(raw, recipient, sender or self._sender)
        except SMTPRecipientsRefused as error:
            raise _refused(error.recipients[0]) from error
        except SMTPSenderRefused as error:
            raise _refused(error, of_sender=True) from error
        except SMTPResponseException as error:
            raise _refused(error) from error
        except BROKEN as error:
            raise Away(type(error).__name__) from error

    async def disconnect(self) -> None:
        """Close the idle connections: it may be long until the next letter."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_quit(connection) for connection in idle))

    async def _send(self, raw: bytes, recipient: str, sender: str) -> None:
        connection = await self._connect()
        with _closing_on_error(connection):
            signed = await asyncio.to_thread(self._sign, raw) if self._sign else raw
            await connection.sendmail(sender, [recipient], signed)
        self._idle.append(connection)

    async def _connect(self) -> SMTP:
        while self._idle:
            connection = self._idle.pop()
            with suppress(*BROKEN), _closing_on_error(connection):
                await connection.rset()
                return connection
        connection = SMTP(**self._server)
        with _sorting_what_is_about_us():
            await connection.connect()
        return connection


def _server(url: str, encryption: Encryption) -> dict[str, Any]:
    """The arguments of a connection."""
    at = urlsplit(url)
    tls = at.scheme == "smtps"
    required = encryption == "required" or (encryption == "opportunistic" and at.username is not None)
    return {
        "hostname": at.hostname,
        "port": at.port or (465 if tls else 25),
        "username": unquote(at.username) if at.username else None,
        "password": unquote(at.password) if at.password else None,
        "use_tls": tls,
        "start_tls": False if tls or encryption == "off" else True if required else None,
    }


@contextmanager
def _sorting_what_is_about_us() -> Iterator[None]:
    """Before the first letter, a refusal is about this client; a temporary one means that the server is away."""
    try:
        yield
    except SMTPResponseException as error:
        if error.code < 500:
            raise Away(_reply(error)) from error
        raise Rejected(Verdict.CLIENT, _reply(error)) from error
    except (SMTPConnectError, SMTPServerDisconnected, SMTPTimeoutError, OSError) as error:
        if not _about_a_certificate(error):
            raise
        raise Rejected(Verdict.CLIENT, "the certificate of the mail server is not valid") from error
    except SMTPException as error:  # no STARTTLS or AUTH where it is required
        raise Rejected(Verdict.CLIENT, str(error)) from error


def _about_a_certificate(error: BaseException | None) -> bool:
    while error is not None:
        if isinstance(error, ssl.SSLCertVerificationError):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def _closing_on_error(connection: SMTP) -> Iterator[None]:
    """After an error nobody knows what the server expects next: the connection is not used again."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


async def _quit(connection: SMTP) -> None:
    with suppress(*BROKEN):
        await connection.quit()
    connection.close()


def _refused(error: SMTPResponseException, *, of_sender: bool = False) -> Rejected:
    return Rejected(verdict_of(error.code, error.message, of_sender=of_sender), _reply(error))


def _reply(error: SMTPResponseException) -> str:
    return f"{error.code} {error.message}"
