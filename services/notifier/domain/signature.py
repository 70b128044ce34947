"""DKIM signatures (RFC 6376), for an institution whose mail server does not sign."""

from collections.abc import Sequence

import dkim

SIGNED: Sequence[bytes] = (
    *(b"From", b"From", b"To", b"Subject", b"Date", b"Message-ID", b"Reply-To", b"In-Reply-To", b"References"),
    *(b"Auto-Submitted", b"MIME-Version", b"Content-Type"),
)
"""The headers that must stay as they are. *From* stands twice, so that nobody can add a second one (RFC 6376, 8.15)."""


class DkimKey:
    """Signs letters for a domain with an RSA key. Its public half stands in the DNS: ``selector._domainkey.domain``."""

    def __init__(self, private_key: bytes, *, selector: str, domain: str) -> None:
        self._key, self._selector, self._domain = private_key, selector.encode(), domain.encode()
        self.signed(b"From: nobody@example.org\r\n\r\n")  # a key that cannot sign is found at the start

    def signed(self, raw: bytes) -> bytes:
        """The mail with its signature before it."""
        present = {line.partition(b":")[0].lower() for line in raw.partition(b"\r\n\r\n")[0].split(b"\r\n")}
        headers = [name for name in SIGNED if name.lower() in present]
        signature: bytes = dkim.sign(
            raw,
            self._selector,
            self._domain,
            self._key,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=headers,
        )
        return signature + raw
