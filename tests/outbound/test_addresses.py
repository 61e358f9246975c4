"""Which addresses are public, and which of the others a site has allowed."""

from __future__ import annotations

import ipaddress

import pytest

from sogo.outbound.addresses import is_in, is_public, parse_address

INSIDE = [
    "0.0.0.0", "0.1.2.3", "10.1.2.3", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254",
    "169.254.169.254", "168.63.129.16", "172.16.0.1", "172.31.255.255", "192.0.0.192", "192.0.2.1", "192.88.99.1",
    "192.168.1.1", "198.18.0.1", "198.51.100.7", "203.0.113.9", "224.0.0.1", "240.0.0.1", "255.255.255.255",
    "::", "::1", "::127.0.0.1", "fe80::1", "fe80::1%eth0", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1",
    "::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:0:0", "64:ff9b::7f00:1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1",
    "2002:7f00:1::", "2002:808:808::1", "2001::1", "2001:0:1:2::3", "2001:db8::1", "3fff::1", "100::1", "5f00::1",
    "2600::1%lo",
]  # fmt: skip
OUTSIDE = [
    "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "172.15.0.1", "172.32.0.1",
    "168.63.129.17", "192.0.1.1", "192.167.1.1", "198.17.0.1", "198.20.0.1", "223.255.255.255", "2600::1", "2a00:1450::1",
    "2001:200::1", "2001:4860:4860::8888", "::ffff:8.8.8.8", "64:ff9b::808:808",
]  # fmt: skip


def parsed(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address:
    address = parse_address(text)
    assert address is not None
    return address


@pytest.mark.parametrize("text", INSIDE)
def test_what_is_inside_is_not_public(text: str) -> None:
    assert not is_public(parsed(text))


@pytest.mark.parametrize("text", OUTSIDE)
def test_what_is_outside_is(text: str) -> None:
    assert is_public(parsed(text))


@pytest.mark.parametrize(
    "text", ["", "example.org", "1.2.3", "0177.0.0.1", "2130706433", "0x7f.1", "[::1]", "1.2.3.4 "]
)
def test_other_spellings_are_no_addresses(text: str) -> None:
    assert parse_address(text) is None


def test_an_allowed_network_holds_what_is_wrapped_too() -> None:
    networks = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))
    for text in ("10.0.0.1", "::ffff:10.9.9.9", "64:ff9b::a00:1", "fd12::1"):
        assert is_in(parsed(text), networks)
    for text in ("11.0.0.1", "::ffff:11.0.0.1", "fd12::1%eth0", "fe80::1"):
        assert not is_in(parsed(text), networks)
