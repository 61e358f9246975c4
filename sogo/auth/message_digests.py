"""MD4 (RFC 1320) and the inner states of MD5 (RFC 1321), for stored passwords only.

OpenSSL 3 no longer offers MD4, and no library hands out the state of MD5 after one block, which is what CRAM-MD5
stores (auth.md §5). Both are broken as signatures; here they only compare with what a site already has.
"""

from __future__ import annotations

import hashlib
import math
import struct

State = tuple[int, int, int, int]

_START: State = (0x67452301, 0xEFCDAB89, 0x98BADCFE, 0x10325476)
_MASK = 0xFFFFFFFF
_BLOCK = 64

_MD4_ROUNDS = (
    (0x00000000, (3, 7, 11, 19), tuple(range(16))),
    (0x5A827999, (3, 5, 9, 13), (0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15)),
    (0x6ED9EBA1, (3, 9, 11, 15), (0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15)),
)
_MD5_SINES = tuple(int(abs(math.sin(step + 1)) * 2**32) & _MASK for step in range(64))
_MD5_SHIFTS = ((7, 12, 17, 22), (5, 9, 14, 20), (4, 11, 16, 23), (6, 10, 15, 21))
_MD5_WORDS = ((1, 0), (5, 1), (3, 5), (7, 0))
"""Per round (factor, start): the word of step i is (factor * i + start) mod 16."""


def md4(data: bytes) -> bytes:
    """The 16 bytes of MD4."""
    padded = data + b"\x80" + b"\x00" * ((55 - len(data)) % _BLOCK) + struct.pack("<Q", 8 * len(data))
    state = _START
    for offset in range(0, len(padded), _BLOCK):
        state = _md4_block(state, padded[offset : offset + _BLOCK])
    return struct.pack("<4I", *state)


def cram_md5_state(password: bytes) -> bytes:
    """The 32 bytes a CRAM-MD5 server keeps: MD5 after one block of key⊕0x5c, then of key⊕0x36, little-endian words."""
    key = hashlib.md5(password, usedforsecurity=False).digest() if len(password) > _BLOCK else password
    block = key.ljust(_BLOCK, b"\x00")
    outer = _md5_block(_START, bytes(octet ^ 0x5C for octet in block))
    inner = _md5_block(_START, bytes(octet ^ 0x36 for octet in block))
    return struct.pack("<8I", *outer, *inner)


def _rotate(value: int, count: int) -> int:
    value &= _MASK
    return (value << count | value >> (32 - count)) & _MASK


def _mix(number: int, b: int, c: int, d: int) -> int:
    if number == 0:
        return (b & c) | (~b & d)
    if number == 1:
        return (b & c) | (b & d) | (c & d)
    return b ^ c ^ d


def _md4_block(state: State, block: bytes) -> State:
    words = struct.unpack("<16I", block)
    a, b, c, d = state
    for number, (constant, shifts, order) in enumerate(_MD4_ROUNDS):
        for step, index in enumerate(order):
            total = a + _mix(number, b, c, d) + words[index] + constant
            a, b, c, d = d, _rotate(total, shifts[step % 4]), b, c
    return _add(state, (a, b, c, d))


def _md5_mix(number: int, b: int, c: int, d: int) -> int:
    if number == 0:
        return (b & c) | (~b & d)
    if number == 1:
        return (b & d) | (c & ~d)
    if number == 2:
        return b ^ c ^ d
    return c ^ (b | (~d & _MASK))


def _md5_block(state: State, block: bytes) -> State:
    words = struct.unpack("<16I", block)
    a, b, c, d = state
    for step, sine in enumerate(_MD5_SINES):
        number = step // 16
        factor, start = _MD5_WORDS[number]
        total = a + _md5_mix(number, b, c, d) + words[(factor * step + start) % 16] + sine
        a, b, c, d = d, (b + _rotate(total, _MD5_SHIFTS[number][step % 4])) & _MASK, b, c
    return _add(state, (a, b, c, d))


def _add(one: State, two: State) -> State:
    return tuple((x + y) & _MASK for x, y in zip(one, two, strict=True))  # type: ignore[return-value]
