"""Which network addresses a webhook may lead to: public ones, and those that the operator has named.

An administrator's address must not make the desk ask its own neighbours: databases, the cloud's metadata, other
services (CWE-918, server-side request forgery).
"""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Network = IPv4Network | IPv6Network
NAT64 = ip_network("64:ff9b::/96")
"""Addresses that lead to the IPv4 address in their last four bytes (RFC 6052)."""

ASSIGNED = ip_network("2000::/3")
"""The IPv6 addresses of the public internet; the others are of an earlier time, or nobody's."""


def allowed(address: str, named: Sequence[Network]) -> bool:
    """Whether something may be sent to this IP address. ``named``: the networks that the operator allows."""
    meant = _meant(ip_address(address.partition("%")[0]))
    if any(meant.version == network.version and meant in network for network in named):
        return True
    if isinstance(meant, IPv6Address) and meant not in ASSIGNED:
        return False
    return meant.is_global and not meant.is_multicast


def _meant(address: IPv4Address | IPv6Address) -> IPv4Address | IPv6Address:
    """The address where it leads: IPv6 has several ways to write an IPv4 address."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or (None, None))[1] or address
