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
    """The mail server could not be reached, or was lost before it said anything: try again soon."""


class TryAgain(Exception):
    """The mail server refuses the letter for now (4xx), or refuses us (a matter for the operator)."""


class NeverAgain(Exception):
    """The mail server refuses this letter or its recipient for good (5xx)."""


class Mailer:
    """One mail server, ``smtp://user:password@host:port`` or ``smtps://…``. Lines to it are kept from letter to letter.

    A kept line is asked before it is used (``RSET``): what is lost before a letter was offered is no attempt at it.
    """

    def __init__(self, url: str, *, sender: str, timeout: float) -> None:
        self._at = urlsplit(url)
        self._sender = sender
        self._timeout = timeout
        self._free: list[SMTP] = []

    async def send(self, raw: bytes, recipient: str) -> None:
        """Hand over one letter. Returns when the server has accepted it; raises Away, TryAgain or NeverAgain."""
        try:
            async with asyncio.timeout(self._timeout):
                await self._send(raw, recipient)
        except SMTPRecipientsRefused as error:
            raise _sorted(error.recipients[0].code, error.recipients[0].message) from error
        except SMTPDataError as error:
            raise _sorted(error.code, error.message) from error
        except SMTPResponseException as error:
            raise TryAgain(f"{error.code} {error.message}") from error
        except (SMTPException, OSError, TimeoutError) as error:
            raise Away(type(error).__name__) from error

    async def hang_up(self) -> None:
        """Let go of the lines that are not in use: the next letter may be long in coming."""
        free, self._free = self._free, []
        await asyncio.gather(*(_quit(line) for line in free))

    async def _send(self, raw: bytes, recipient: str) -> None:
        line = await self._line()
        with _closing(line):
            await line.sendmail(self._sender, [recipient], raw)
        self._free.append(line)

    async def _line(self) -> SMTP:
        """One that works."""
        while self._free:
            kept = self._free.pop()
            with suppress(SMTPException, OSError), _closing(kept):
                await kept.rset()
                return kept
        tls = self._at.scheme == "smtps"
        fresh = SMTP(
            hostname=self._at.hostname,
            port=self._at.port or (465 if tls else 25),
            username=unquote(self._at.username) if self._at.username else None,
            password=unquote(self._at.password) if self._at.password else None,
            use_tls=tls,
            timeout=self._timeout,
        )
        await fresh.connect()
        return fresh


@contextmanager
def _closing(line: SMTP) -> Iterator[None]:
    """A line on which something went wrong is not used again."""
    try:
        yield
    except BaseException:
        line.close()
        raise


async def _quit(line: SMTP) -> None:
    with suppress(SMTPException, OSError):
        await line.quit()
    line.close()


def _sorted(code: int, message: str) -> TryAgain | NeverAgain:
    return (NeverAgain if code >= 500 else TryAgain)(f"{code} {message}")
