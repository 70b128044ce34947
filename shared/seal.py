"""Text that is kept for a while and is not to be read by whoever has the database alone."""

import hashlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
"""Bytes, drawn for each text: safe for 2³² texts under one key (NIST SP 800-38D, 8.3)."""


class WrongKey(Exception):
    """It was sealed with another secret key."""


class Seal:
    """Of one service, from its secret key (AES-256-GCM). Every event is sealed once, so it has to be quick."""

    def __init__(self, secret_key: str) -> None:
        self._cipher = AESGCM(hashlib.sha256(f"seal:{secret_key}".encode()).digest())

    def close(self, text: str) -> str:
        """Unreadable without the key."""
        nonce = os.urandom(NONCE)
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """As it was. Raises WrongKey."""
        try:
            found = urlsafe_b64decode(sealed)
            return self._cipher.decrypt(found[:NONCE], found[NONCE:], None).decode()
        except (InvalidTag, ValueError):
            raise WrongKey("sealed with another secret key") from None
