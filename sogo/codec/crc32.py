"""The CRC-32 of octets of which only parts and their CRCs are known (RFC 1952 §8, ISO 3309).

A CRC is the remainder of a division of polynomials over GF(2): what stands before n more octets counts x^(8n) times as
much. Here as everywhere in gzip the bit for x^0 is the highest of the 32.
"""

from __future__ import annotations

_DIVISOR = 0xEDB88320
_ONE = 1 << 31


def shift(size: int) -> int:
    """x^(8 size), by which `joined` moves a CRC over `size` octets."""
    found = _ONE
    bits = 8 * size
    for power in _POWERS:
        if not bits:
            break
        if bits & 1:
            found = _times(power, found)
        bits >>= 1
    return found


def joined(before: int, after: int, after_shift: int) -> int:
    """The CRC of two runs of octets, one after the other, from those of each; `after_shift` is `shift` of the length of
    the second."""
    return _times(after_shift, before) ^ after


def _times(a: int, b: int) -> int:
    product = 0
    while a:
        if a & _ONE:
            product ^= b
        a = a << 1 & 0xFFFFFFFF
        b = b >> 1 ^ (_DIVISOR if b & 1 else 0)
    return product


def _powers() -> tuple[int, ...]:
    """x^(2^n), for lengths below 2^60."""
    found = [_ONE >> 1]
    for _ in range(62):
        found.append(_times(found[-1], found[-1]))
    return tuple(found)


_POWERS = _powers()
