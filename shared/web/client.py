"""Tells clients apart, for limits and counts, without keeping their addresses."""

import hmac
from ipaddress import IPv6Address, ip_address, ip_network

from starlette.requests import Request

from shared.web.pages import web


def client_of(request: Request) -> str:
    """A pseudonym of the client's address: 16 hexadecimal digits. An IPv6 client has a whole /64 (RFC 6177)."""
    secret = web(request).settings.secret_key.get_secret_value()
    network = _network(request.client.host if request.client else "")
    return hmac.digest(secret.encode(), b"client:" + network.encode(), "sha256")[:8].hex()


def _network(host: str) -> str:
    try:
        address = ip_address(host)
    except ValueError:
        return host
    if isinstance(address, IPv6Address):
        return str(address.ipv4_mapped or ip_network((address, 64), strict=False))
    return str(address)
