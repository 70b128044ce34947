"""Failed tries slow down, by account and by client, and lock nobody out (OWASP ASVS 5.0, 6.3.1)."""

import hashlib
from math import ceil

from starlette.requests import Request
from starlette.responses import Response

from services.router.accounts.store import SignInTries
from services.router.config import Settings
from shared.web.client import client_of

HELD = "There were too many wrong tries. Please try again in %(seconds)s seconds."


class Attempt:
    """One try at something secret of ``about`` (an account or an address) by the client of a request.

    ``kind`` keeps the counts of passwords, codes and links apart.
    """

    def __init__(self, request: Request, tries: SignInTries, settings: Settings, kind: str, about: str = "") -> None:
        self._tries, self._settings = tries, settings
        self.client = client_of(request)
        self._by_client = f"{kind}:{self.client}"
        self._about = hashlib.sha256(about.encode("utf-8", "replace")).hexdigest()
        self._here = f"{self._by_client}:{self._about}"
        self._anywhere = f"{kind}::{self._about}"

    async def wait(self, *, anywhere: bool = False) -> int:
        """Count the try. Returns 0, or the seconds until the next one is accepted.

        ``anywhere``: tries from other clients count too, for what is short enough to be guessed by many at once.
        """
        few, long = self._settings.sign_in_tries, self._settings.sign_in_longest_wait
        many, short = self._settings.sign_in_tries_per_client, self._settings.sign_in_longest_wait_per_client
        seconds = await self._tries.wait(self._by_client, tries=many, longest=short)
        seconds = seconds or await self._tries.wait(self._here, tries=few, longest=long)
        if anywhere and not seconds:
            seconds = await self._tries.wait(self._anywhere, tries=many, longest=short)
        return ceil(seconds)

    async def wait_here(self) -> int:
        """The same, where there is no account: by the client alone."""
        many, short = self._settings.sign_in_tries_per_client, self._settings.sign_in_longest_wait_per_client
        return ceil(await self._tries.wait(self._by_client, tries=many, longest=short))

    async def right(self) -> None:
        """It was right: its tries are not counted any more."""
        await self._tries.forget(self._here)
        await self._tries.take_back(self._by_client)
        await self._tries.take_back(self._anywhere)


def later(response: Response, seconds: int) -> Response:
    """The response with the time of the next try (RFC 9110, 10.2.3)."""
    response.headers["Retry-After"] = str(seconds)
    return response
