"""Encrypts text for storage: whoever reads the database without the secret key cannot read it."""

import hashlib
import os
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

NONCE = 12
"""Bytes, random for each text: safe for 2³² texts under one key (NIST SP 800-38D, 8.3)."""


class WrongKey(Exception):
    """The text was sealed with another secret key."""


class Seal:
    """AES-256-GCM with a key derived from a service's secret key. No slow key derivation: it runs for every event.

    ``key_id`` names the key that closes; whoever stores a sealed text stores it beside. ``old_keys`` only open.
    """

    def __init__(self, secret_key: str, old_keys: Iterable[str] = ()) -> None:
        self._ciphers = [AESGCM(_derived(key)) for key in (secret_key, *old_keys)]
        self.key_id = key_id(secret_key)

    def close(self, text: str) -> str:
        """Encrypt. Returns nonce and ciphertext in URL-safe base 64."""
        nonce = os.urandom(NONCE)
        return urlsafe_b64encode(nonce + self._ciphers[0].encrypt(nonce, text.encode(), None)).decode()

    def open(self, sealed: str) -> str:
        """Decrypt, with whichever key fits: older versions did not name it. Raises WrongKey."""
        for cipher in self._ciphers:
            try:
                found = urlsafe_b64decode(sealed)
                return cipher.decrypt(found[:NONCE], found[NONCE:], None).decode()
            except (InvalidTag, ValueError):
                continue
        raise WrongKey("sealed with another secret key")


def key_id(secret_key: str) -> str:
    """Names a secret key and tells nothing about it: 16 hexadecimal digits."""
    return hashlib.sha256(b"id:" + _derived(secret_key)).hexdigest()[:16]


def _derived(secret_key: str) -> bytes:
    return hashlib.sha256(f"seal:{secret_key}".encode()).digest()
