"""Signs and checks events. A signature proves which service made an event, even if RabbitMQ let another publish it.

A signed envelope (JSON) ends with two more members: ``…,"keyid":"<16 hex>","signature":"<base64url>"}``. The
signature (Ed25519, RFC 8032) covers the bytes of the envelope without these two. Processes of an older version, which
run during an upgrade, pass the members on and ignore them.
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
"""Pattern of a key in the settings, private or public: 32 bytes in lower-case hexadecimal."""
_SIGNED = re.compile(rb',"keyid":"([0-9a-f]{16})","signature":"([A-Za-z0-9_-]{86})"}')
_LENGTH = len(',"keyid":"","signature":""}') + 16 + 86  # of what _SIGNED matches, in bytes


class NotSigned(Exception):
    """The owner of the event's type has not signed these bytes: never again, the consumer parks the event."""


class Signer:
    """Signs with the private key of one service. Keys are in hexadecimal (HEX_KEY)."""

    def __init__(self, private_key: str) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(private_key))
        self.public_key = self._key.public_key().public_bytes_raw().hex()
        self._keyid = _keyid(self.public_key)

    def sign(self, envelope: str) -> str:
        """Add a signature to an envelope: a JSON object that is not empty. A signed one is returned unchanged."""
        body = envelope.encode()
        if _SIGNED.fullmatch(body, max(0, len(body) - _LENGTH)):
            return envelope
        signature = urlsafe_b64encode(self._key.sign(body)).decode().rstrip("=")
        return f'{envelope[:-1]},"keyid":"{self._keyid}","signature":"{signature}"}}'

    def signature(self, message: bytes) -> bytes:
        """The signature (64 bytes) of something that is no event. What it is must stand at its beginning."""
        return self._key.sign(message)


class Signatures:
    """Checks signatures. ``public_keys``: for each service, its keys (HEX_KEY); several while a key is replaced.

    An event without a signature is accepted before ``unsigned_until`` only, and never when that is None. It is for an
    upgrade from a version that did not sign, or for a backup of such a version.
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
        """Check that ``owner``, the service that may publish this type of event, signed the body. Raises NotSigned."""
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
    """Names a public key: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(bytes.fromhex(public_key)).hexdigest()[:16]
