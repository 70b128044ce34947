"""Signatures by the Standard Webhooks specification 1.0.0, so that receivers can use existing libraries."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime

from services.router.webhooks.domain.webhook import PREFIX


def headers(delivery_id: str, body: str, secrets: Iterable[str], now: datetime) -> dict[str, str]:
    """The three headers of an attempt: with one signature for each secret that is valid now."""
    timestamp = int(now.timestamp())
    signed = " ".join(signature(secret, delivery_id, timestamp, body) for secret in secrets)
    return {"webhook-id": delivery_id, "webhook-timestamp": str(timestamp), "webhook-signature": signed}


def signature(secret: str, delivery_id: str, timestamp: int, body: str) -> str:
    """``v1,`` and the HMAC-SHA256 of ``id.timestamp.body`` in base 64; ``timestamp`` in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.new(key, f"{delivery_id}.{timestamp}.{body}".encode(), hashlib.sha256).digest()
    return f"v1,{base64.b64encode(digest).decode()}"
