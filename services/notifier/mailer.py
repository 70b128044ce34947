"""SMTP, and nothing else. Errors are sorted by what should happen next (RFC 5321, 4.2.1)."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from urllib.parse import unquote, urlsplit

from aiosmtplib import (
    SMTP,
    SMTPDataError,
    SMTPException,
    SMTPRecipientsRefused,
    SMTPResponseException,
)


class Away(Exception):
    """The mail server could not be reached, or the connection broke before it answered: try again soon."""


class TryAgain(Exception):
    """The mail server refuses the letter for now (4xx), or refuses this client (the operator must look)."""


class NeverAgain(Exception):
    """The mail server refuses this letter or its recipient for good (5xx)."""


class Mailer:
    """One mail server, ``smtp://user:password@host:port`` or ``smtps://…``. Connections are reused for the next letter.

    An idle connection is tested with ``RSET`` first: when it broke while idle, that is no failed attempt at a letter.
    """

    def __init__(self, url: str, *, sender: str, timeout: float) -> None:
        self._at = urlsplit(url)
        self._sender = sender
        self._timeout = timeout
        self._idle: list[SMTP] = []

    async def send(self, raw: bytes, recipient: str, *, sender: str = "") -> None:
        """Hand over one letter. ``sender``: to whom it comes back, where that is not the usual one.

        Returns when the server has accepted it; raises Away, TryAgain or NeverAgain.
        """
        try:
            async with asyncio.timeout(self._timeout):
                await self._send(raw, recipient, sender or self._sender)
        except SMTPRecipientsRefused as error:
            raise _sorted(error.recipients[0].code, error.recipients[0].message) from error
        except SMTPDataError as error:
            raise _sorted(error.code, error.message) from error
        except SMTPResponseException as error:
            raise TryAgain(f"{error.code} {error.message}") from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise Away(type(error).__name__) from error

    async def disconnect(self) -> None:
        """Close the idle connections: it may be long until the next letter."""
        idle, self._idle = self._idle, []
        await asyncio.gather(*(_quit(connection) for connection in idle))

    async def _send(self, raw: bytes, recipient: str, sender: str) -> None:
        connection = await self._connect()
        with _closing_on_error(connection):
            await connection.sendmail(sender, [recipient], raw)
        self._idle.append(connection)

    async def _connect(self) -> SMTP:
        while self._idle:
            connection = self._idle.pop()
            with suppress(SMTPException, OSError), _closing_on_error(connection):
                await connection.rset()
                return connection
        tls = self._at.scheme == "smtps"
        connection = SMTP(
            hostname=self._at.hostname,
            port=self._at.port or (465 if tls else 25),
            username=unquote(self._at.username) if self._at.username else None,
            password=unquote(self._at.password) if self._at.password else None,
            use_tls=tls,
            timeout=self._timeout,
        )
        await connection.connect()
        return connection


@contextmanager
def _closing_on_error(connection: SMTP) -> Iterator[None]:
    """After an error nobody knows what the server expects next: the connection is not used again."""
    try:
        yield
    except BaseException:
        connection.close()
        raise


async def _quit(connection: SMTP) -> None:
    with suppress(SMTPException, OSError):
        await connection.quit()
    connection.close()


def _sorted(code: int, message: str) -> TryAgain | NeverAgain:
    return (NeverAgain if code >= 500 else TryAgain)(f"{code} {message}")
