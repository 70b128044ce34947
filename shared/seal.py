"""Text that is kept for a while and is not to be read by whoever has the database alone."""

import base64
import hashlib

from cryptography.fernet import Fernet, InvalidToken


class WrongKey(Exception):
    """It was sealed with another secret key."""


class Seal:
    """Of one service, from its secret key (Fernet: AES-128 in CBC mode and HMAC-SHA-256)."""

    def __init__(self, secret_key: str) -> None:
        self._fernet = Fernet(base64.urlsafe_b64encode(hashlib.sha256(f"seal:{secret_key}".encode()).digest()))

    def close(self, text: str) -> str:
        """Unreadable without the key."""
        return self._fernet.encrypt(text.encode()).decode()

    def open(self, sealed: str) -> str:
        """As it was. Raises WrongKey."""
        try:
            return self._fernet.decrypt(sealed).decode()
        except InvalidToken:
            raise WrongKey("sealed with another secret key") from None
