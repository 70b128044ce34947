"""Signatures of events: a consumer knows which service said it, whichever way the event came to its queue.

A signature is two members at the end of the envelope: ``…,"keyid":"<16 hex>","signature":"<base64url>"}``. It covers
the bytes of the envelope without them (Ed25519, RFC 8032). An older relay passes them on, an older consumer ignores
them.
"""

import hashlib
import re
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping, Sequence
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared.clock import Clock, utc_now

HEX_KEY = r"^[0-9a-f]{64}$"
"""A key, private or public: 32 bytes."""
_SIGNED = re.compile(rb',"keyid":"([0-9a-f]{16})","signature":"([A-Za-z0-9_-]{86})"}')
_LENGTH = len(',"keyid":"","signature":""}') + 16 + 86


class NotSigned(Exception):
    """The owner of this type of event has not signed these bytes."""


class Signer:
    """Signs with the private key of one service."""

    def __init__(self, private_key: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private_key))
        self.public_key = self._key.public_key().public_bytes_raw().hex()
        self._keyid = _keyid(self.public_key)

    def sign(self, envelope: str) -> str:
        """The envelope with its signature; one that has a signature stays as it is."""
        body = envelope.encode()
        if _SIGNED.fullmatch(body, max(0, len(body) - _LENGTH)):
            return envelope
        signature = urlsafe_b64encode(self._key.sign(body)).decode().rstrip("=")
        return f'{envelope[:-1]},"keyid":"{self._keyid}","signature":"{signature}"}}'


class Signatures:
    """Checks signatures against the public keys of every service; a service may have several.

    Without a signature, an event is accepted only before ``unsigned_until``: during an upgrade from a version that did
    not sign, or after the restore of its backup.
    """

    def __init__(
        self,
        public_keys: Mapping[str, Sequence[str]],
        *,
        unsigned_until: datetime | None = None,
        clock: Clock = utc_now,
    ) -> None:
        self._keys = {
            (service, _keyid(key)): Ed25519PublicKey.from_public_bytes(bytes.fromhex(key))
            for service, keys in public_keys.items()
            for key in keys
        }
        self._unsigned_until, self._clock = unsigned_until, clock

    def check(self, body: bytes, *, owner: str) -> None:
        """Raises NotSigned unless this service has signed the body."""
        found = _SIGNED.fullmatch(body, max(0, len(body) - _LENGTH))
        if found is None:
            if self._unsigned_until is None or self._clock() >= self._unsigned_until:
                raise NotSigned(f"not signed: {owner} has to sign it")
            return
        keyid, signature = (part.decode() for part in found.groups())
        key = self._keys.get((owner, keyid))
        if key is None:
            raise NotSigned(f"not signed by {owner}: it has no key {keyid} in KLU_VERIFY_KEYS")
        try:
            key.verify(urlsafe_b64decode(signature + "=="), body[: found.start()] + b"}")
        except InvalidSignature:
            raise NotSigned(f"not signed by {owner}: the signature does not fit the event") from None


def _keyid(public_key: str) -> str:
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]
