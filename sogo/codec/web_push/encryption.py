"""Message encryption for Web Push (RFC 8291): the content coding aes128gcm (RFC 8188) under a key that only the
receiver can make, and the push service between cannot.

The sender's key and the salt are for one message and never again: they are the caller's to draw, because nothing in
this layer is random.
"""

from __future__ import annotations

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sogo.codec.web_push.keys import point_of, public_key
from sogo.errors import CodecError

SALT_OCTETS = 16
AUTH_OCTETS = 16
RECORD_OCTETS = 4096
"""What every push service takes (RFC 8291 §4)."""
_TAG_OCTETS = 16
_LAST = b"\x02"
MAX_PLAIN_OCTETS = RECORD_OCTETS - _TAG_OCTETS - len(_LAST) - (SALT_OCTETS + 4 + 1 + 65)
"""So that the whole message, its header included, is no longer than one record."""


def encrypt(
    plain: bytes,
    receiver: bytes,
    auth_secret: bytes,
    *,
    sender: ec.EllipticCurvePrivateKey,
    salt: bytes,
    padded_to: int = 0,
) -> bytes:
    """One message of one record. `receiver` is the point of its key; `padded_to` makes short messages equally long.
    Raises CodecError for what is too long or no key."""
    if len(salt) != SALT_OCTETS or len(auth_secret) != AUTH_OCTETS:
        raise CodecError("A salt and an authentication secret have 16 octets.")
    if len(plain) > MAX_PLAIN_OCTETS:
        raise CodecError(f"A push message has at most {MAX_PLAIN_OCTETS} octets.")
    key, nonce = _key_and_nonce(public_key(receiver), receiver, auth_secret, sender, salt)
    padding = bytes(max(0, min(padded_to, MAX_PLAIN_OCTETS) - len(plain)))
    point = point_of(sender)
    header = salt + RECORD_OCTETS.to_bytes(4) + bytes([len(point)]) + point
    return header + AESGCM(key).encrypt(nonce, plain + _LAST + padding, None)


def _key_and_nonce(
    receiver: ec.EllipticCurvePublicKey,
    receiver_point: bytes,
    auth_secret: bytes,
    sender: ec.EllipticCurvePrivateKey,
    salt: bytes,
) -> tuple[bytes, bytes]:
    """RFC 8291 §3.4: what both ends agree on, bound to both keys and to the secret."""
    shared = sender.exchange(ec.ECDH(), receiver)
    info = b"WebPush: info\0" + receiver_point + point_of(sender)
    material = _derive(shared, auth_secret, info, 32)
    return (
        _derive(material, salt, b"Content-Encoding: aes128gcm\0", 16),
        _derive(material, salt, b"Content-Encoding: nonce\0", 12),
    )


def _derive(material: bytes, salt: bytes, info: bytes, octets: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=octets, salt=salt, info=info).derive(material)
