"""Links to files of another service, for the browser of a person who may read them: signed, and valid for minutes.

The service that shows the link signs who may read which file until when; the owner of the file checks it. So the owner
needs no accounts of officers or units, and no service calls another.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from shared.signing import Signatures, Signer
from shared.state import Actor, KeptFile
from shared.tokens import NotStated, Statement, statement_in, token_of

VALID_FOR = timedelta(minutes=10)
CLOCKS_DIFFER = timedelta(minutes=1)
"""How much the clock of the service that signed a link may be ahead."""
SHOWN_BY = ("router", "replies", "intake")
"""The services that may show files of others."""


class NotGranted(Exception):
    """The link is not signed by one of SHOWN_BY, is over, would be valid for too long, or is for another file."""


class Grant(Statement):
    """``actor`` may read ``file``, an id."""

    file: str
    actor: Actor


def file_link(base_url: str, file_id: str, *, actor: Actor, by: str, signer: Signer, now: datetime) -> str:
    """The address of a file, for this person. ``/preview`` before the ``?`` is that of its small picture."""
    grant = Grant(file=file_id, actor=actor, until=now + VALID_FOR, by=by)
    return f"{base_url.rstrip('/')}/files/{file_id}?grant={token_of(grant, signer)}"


def preview_link(link: str) -> str:
    """The address of the small picture of the file that ``link`` opens."""
    address, _, grant = link.partition("?")
    return f"{address}/preview?{grant}"


class FileLinks:
    """The links that one service, ``by``, shows to files of others. ``urls``: where each owner of files is reached."""

    def __init__(self, urls: Mapping[str, str], *, by: str, signer: Signer) -> None:
        self._urls, self._by, self._signer = urls, by, signer

    def to(self, file: KeptFile, actor: Actor, now: datetime) -> str:
        """The address of a file, for this person. Raises KeyError for an owner that is not known."""
        return file_link(self._urls[file.owner], file.id, actor=actor, by=self._by, signer=self._signer, now=now)

    def to_preview(self, file: KeptFile, actor: Actor, now: datetime) -> str:
        """The address of its small picture."""
        return preview_link(self.to(file, actor, now))


class Grants:
    """Checks links. ``public_keys``: for each service, its keys, as in KLU_VERIFY_KEYS."""

    def __init__(self, public_keys: Mapping[str, Sequence[str]]) -> None:
        self._signatures = Signatures(public_keys)

    def check(self, token: str, *, file_id: str, now: datetime) -> Grant:
        """The grant in a link to this file. Raises NotGranted."""
        try:
            grant = statement_in(token, Grant, self._signatures, signed_by=SHOWN_BY)
        except NotStated:
            raise NotGranted(file_id) from None
        if grant.file != file_id or not now < grant.until <= now + VALID_FOR + CLOCKS_DIFFER:
            raise NotGranted(file_id)
        return grant
