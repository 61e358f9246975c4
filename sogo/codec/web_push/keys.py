"""Keys on the curve P-256 as Web Push writes them: points uncompressed, everything in base64url without padding."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from sogo.errors import CodecError

POINT_OCTETS = 65
PRIVATE_OCTETS = 32


def to_base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def from_base64url(text: str, octets: int) -> bytes:
    """Exactly so many octets; padding may be there. Raises CodecError."""
    text = text.strip().rstrip("=")
    if len(text) != -(-octets * 4 // 3) or not text.isascii():
        raise CodecError(f"This is not base64url of {octets} octets.")
    try:
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError) as error:
        raise CodecError("This is not base64url.") from error
    if len(data) != octets:
        raise CodecError(f"This is not base64url of {octets} octets.")
    return data


def public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    """Raises CodecError for what is no uncompressed point of the curve."""
    if len(point) != POINT_OCTETS or point[0] != 4:
        raise CodecError("This is no uncompressed point of P-256.")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError as error:
        raise CodecError("This is no point of P-256.") from error


def point_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    """The public half of a key."""
    return key.public_key().public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def private_key(number: bytes) -> ec.EllipticCurvePrivateKey:
    """From 32 octets, as `number_of` gives them. Raises CodecError."""
    try:
        return ec.derive_private_key(int.from_bytes(number), ec.SECP256R1())
    except ValueError as error:
        raise CodecError("This is no private key of P-256.") from error


def fresh_key(draw: Callable[[int], bytes]) -> ec.EllipticCurvePrivateKey:
    """A new key, of so many octets as `draw` gives at random; nothing in this layer is random by itself."""
    while True:
        try:
            return private_key(draw(PRIVATE_OCTETS))
        except CodecError:
            continue  # zero, or beyond the order of the curve: one of some billions


def number_of(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(PRIVATE_OCTETS)
