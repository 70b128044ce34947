"""Encrypts text for storage: whoever reads the database without the secret key cannot read it."""

import hashlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
"""Bytes, random for each text: safe for 2³² texts under one key (NIST SP 800-38D, 8.3)."""


class WrongKey(Exception):
    """The text was sealed with another secret key."""


class Seal:
    """AES-256-GCM with a key derived from a service's secret key. No slow key derivation: it runs for every event."""

    def __init__(self, secret_key: str) -> None:
        self._cipher = AESGCM(hashlib.sha256(f"seal:{secret_key}".encode()).digest())

    def close(self, text: str) -> str:
        """Encrypt. Returns nonce and ciphertext in URL-safe base 64."""
        nonce = os.urandom(NONCE)
        return urlsafe_b64encode(nonce + self._cipher.encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """Decrypt. Raises WrongKey."""
        try:
            found = urlsafe_b64decode(sealed)
            return self._cipher.decrypt(found[:NONCE], found[NONCE:], None).decode()
        except (InvalidTag, ValueError):
            raise WrongKey("sealed with another secret key") from None
