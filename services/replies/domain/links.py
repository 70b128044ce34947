"""The secret in a unit's link. Of it, only the hash is stored."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def token(secret: str, assignment_id: str) -> str:
    """The secret in a link: 192 bits in 32 characters (URL-safe base 64).

    Derived, not random: handling the event again makes the same link, and a second invitation can contain it although
    only its hash is stored.
    """
    digest = hmac.digest(secret.encode(), b"assignment-link:" + assignment_id.encode(), "sha256")
    return urlsafe_b64encode(digest[:24]).decode()


def colleague_token(secret: str, assignment_id: str, holder_id: str) -> str:
    """The secret in a colleague's link, derived as that of the unit. It ends with a letter or a digit."""
    names = (f"{assignment_id}.{holder_id}" + f".{n}" * bool(n) for n in range(1_000))
    return next(made for name in names if (made := token(secret, name))[-1].isalnum())


def overview_token() -> str:
    """The secret in the link to all open assignments of a unit: random. It ends with a letter or a digit."""
    while not (made := secrets.token_urlsafe(24))[-1].isalnum():
        pass
    return made


def token_in(text: str) -> str | None:
    """The token in a pasted path segment, without a full stop or bracket around it; None if there is none."""
    found = TOKEN.search(text)
    return found[0] if found else None


def hash_token(link_token: str) -> str:
    """What is stored of a token: SHA-256, 64 hexadecimal digits."""
    return hashlib.sha256(link_token.encode("utf-8", "replace")).hexdigest()


def link(base_url: str, link_token: str) -> str:
    """The URL of the assignment in the portal."""
    return f"{base_url.rstrip('/')}/a/{link_token}"


def overview_link(base_url: str, link_token: str) -> str:
    """The URL of a unit's open assignments in the portal."""
    return f"{base_url.rstrip('/')}/u/{link_token}"
