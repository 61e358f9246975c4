"""Which addresses are on the public net. Everything that is not is somebody's own network, often ours.

The lists are those of the IANA registries of special-purpose addresses (RFC 6890), written out: what a version of
Python thinks of them has changed over time.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_NOT_PUBLIC_4 = tuple(
    ipaddress.IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # this network; some systems connect to themselves
        "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16",  # private (RFC 1918)
        "100.64.0.0/10",  # between a provider and its customers (RFC 6598)
        "127.0.0.0/8",  # loopback
        "169.254.0.0/16",  # link-local, where clouds keep their metadata
        "168.63.129.16/32",  # Azure's, a public address that leads inside
        "192.0.0.0/24",  # protocol assignments, Oracle's metadata among them
        "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24",  # documentation
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",  # benchmarks
        "224.0.0.0/4",  # multicast
        "240.0.0.0/4",  # reserved, and broadcast
    )
)  # fmt: skip
_GLOBAL_6 = ipaddress.IPv6Network("2000::/3")
"""All of IPv6 that has been given out. What is not in it (loopback, ULA, link-local, multicast) is not public."""
_NOT_PUBLIC_6 = tuple(
    ipaddress.IPv6Network(text)
    for text in (
        "2001::/23",  # protocol assignments: Teredo, ORCHID
        "2001:db8::/32", "3fff::/20",  # documentation
        "2002::/16",  # 6to4, which wraps any IPv4 address; nobody serves there
    )
)  # fmt: skip
_MAPPED = ipaddress.IPv6Network("::ffff:0:0/96")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"""How a network without IPv4 reaches it (RFC 6052): as public as what is inside."""


def parse_address(text: str) -> Address | None:
    """An address as a resolver or a URL spells it, without brackets, perhaps with a zone; None for a name."""
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def reached(address: Address) -> Address:
    """Where a packet to this address arrives: an IPv4 address where one is wrapped in it."""
    if isinstance(address, ipaddress.IPv6Address) and (address in _MAPPED or address in _NAT64):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Whether this is an address of the public net, seen through what wraps it."""
    target = reached(address)
    if isinstance(target, ipaddress.IPv4Address):
        return not any(target in network for network in _NOT_PUBLIC_4)
    if target.scope_id is not None:
        return False
    return target in _GLOBAL_6 and not any(target in network for network in _NOT_PUBLIC_6)


def is_in(address: Address, networks: Iterable[Network]) -> bool:
    """Whether an address lies in one of the networks, as it is spelt or as it is reached. One with a zone in none."""
    if isinstance(address, ipaddress.IPv6Address) and address.scope_id is not None:
        return False
    both = {address, reached(address)}
    return any(one.version == network.version and one in network for one in both for network in networks)
