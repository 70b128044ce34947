"""Statements that one service signs and a browser carries to another, as a token in an address or a form.

The key is that of the service's events (``shared.signing``). So no service calls another, and none needs the other's
accounts.
"""

import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import TypeVar

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.signing import NotSigned, Signatures, Signer


class Statement(BaseModel):
    """What ``by``, a service, says; it holds before ``until``. Fields of a newer version are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    by: str
    until: AwareDatetime


S = TypeVar("S", bound=Statement)
_LETTERS = re.compile(r"[A-Za-z0-9_-]+")


class NotStated(Exception):
    """None of the services that may say it has signed this."""


def token_of(statement: Statement, signer: Signer) -> str:
    """The statement, signed, in letters that an address may hold."""
    return urlsafe_b64encode(signer.sign(statement.model_dump_json()).encode()).decode().rstrip("=")


def statement_in(token: str, kind: type[S], signatures: Signatures, *, signed_by: Sequence[str]) -> S:
    """The statement in a token, whether or not it still holds. Raises NotStated."""
    try:
        if not _LETTERS.fullmatch(token):  # b64decode would leave out what is none, so that addresses could grow
            raise NotStated
        body = urlsafe_b64decode(token + "=" * (-len(token) % 4))
        statement = kind.model_validate_json(body)
        if statement.by in signed_by:
            signatures.check(body, owner=statement.by)
            return statement
    except (ValueError, NotSigned):
        pass
    raise NotStated
