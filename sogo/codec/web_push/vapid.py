"""Who sends a push message: a short signed statement for the push service (VAPID, RFC 8292)."""

from __future__ import annotations

import json

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from sogo.codec.web_push.keys import point_of, to_base64url

MAX_SECONDS = 24 * 3600
"""A statement holds no longer (§2)."""


def authorization(key: ec.EllipticCurvePrivateKey, *, audience: str, expires: int, contact: str = "") -> str:
    """The value of an Authorization header (§3). `audience` is the origin of the push service, `expires` epoch seconds,
    `contact` a mailto: or https: address of whoever runs this server."""
    claims: dict[str, object] = {"aud": audience, "exp": expires}
    if contact:
        claims["sub"] = contact
    signed = f"{_part({'typ': 'JWT', 'alg': 'ES256'})}.{_part(claims)}"
    r, s = decode_dss_signature(key.sign(signed.encode("ascii"), ec.ECDSA(hashes.SHA256())))
    signature = to_base64url(r.to_bytes(32) + s.to_bytes(32))
    return f"vapid t={signed}.{signature}, k={to_base64url(point_of(key))}"


def _part(value: dict[str, object]) -> str:
    return to_base64url(json.dumps(value, separators=(",", ":")).encode())
