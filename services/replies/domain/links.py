"""The secret in a unit's link. Of it, only the hash is stored."""

import hashlib
import hmac
import re
import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from itertools import count

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def token(secret: str, assignment_id: str) -> str:
    """The secret in the link to an assignment."""
    return derived(secret, "assignment-link", assignment_id)


def derived(secret: str, purpose: str, of: str) -> str:
    """The secret in a link: 192 bits in 32 characters (URL-safe base 64). ``of``: the id of what the link opens.

    Derived, not random: handling the event again makes the same link, and a second invitation can contain it although
    only its hash is stored. It ends with a letter or digit: mail programs leave another last character out of a link.
    """
    return next(one for one in _candidates(secret, purpose, of) if one[-1].isalnum())


def token_of_hash(secret: str, assignment_id: str, token_hash: str) -> str | None:
    """The secret of the link that is known by this hash; None if it was made with another key.

    Before 0.7.0 the first candidate was always taken.
    """
    made = (next(_candidates(secret, "assignment-link", assignment_id)), token(secret, assignment_id))
    return next((one for one in made if hash_token(one) == token_hash), None)


def colleague_token(secret: str, assignment_id: str, holder_id: str) -> str:
    """The secret in a colleague's link."""
    return derived(secret, "assignment-link", f"{assignment_id}.{holder_id}")


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


def _candidates(secret: str, purpose: str, of: str) -> Iterator[str]:
    for number in count():
        again = f":{number}" if number else ""
        digest = hmac.digest(secret.encode(), f"{purpose}:{of}{again}".encode(), "sha256")
        yield urlsafe_b64encode(digest[:24]).decode()
