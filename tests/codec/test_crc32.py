"""CRCs of octets that are put together from parts, against zlib, which reads them."""

from __future__ import annotations

import random
import zlib

import pytest

from sogo.codec.crc32 import joined, shift


@pytest.mark.parametrize("size", [0, 1, 7, 256, 4_095, 100_003])
def test_a_crc_goes_on_over_what_is_known_by_its_crc(size: int) -> None:
    before, after = random.Random(size).randbytes(77), random.Random(size + 1).randbytes(size)
    assert joined(zlib.crc32(before), zlib.crc32(after), shift(size)) == zlib.crc32(before + after)
    assert joined(0, zlib.crc32(after), shift(size)) == zlib.crc32(after), "0 is the CRC of nothing"


def test_a_length_beyond_four_gigabytes_moves_as_far_as_its_halves() -> None:
    assert joined(1, 0, shift(1 << 33)) == joined(joined(1, 0, shift(1 << 32)), 0, shift(1 << 32))
