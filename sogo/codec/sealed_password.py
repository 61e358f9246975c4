"""The password of an auxiliary mail account under the site's secret (store.md §11.4).

    {"cypher": base64, "iv": base64, "tag": base64}      AES-256-GCM, 12-octet IV, 16-octet tag, nothing else signed

The key is SOGoSecretValue itself, 32 characters of one octet. An IV must never be used twice under a key: it is the
caller's to draw, because nothing in this layer is random.
"""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sogo.codec.obscured import fold, octets, text_of, unfold
from sogo.errors import CodecError
from sogo.secret import Secret

KEY_OCTETS = 32
IV_OCTETS = 12
TAG_OCTETS = 16
LINE_CHARS = 72


def seal_password(password: Secret, secret: Secret, iv: bytes) -> dict[str, str]:
    """The stored form. Raises CodecError for a secret or an IV of another length."""
    cipher = AESGCM(_key(secret))
    if len(iv) != IV_OCTETS:
        raise CodecError(f"an IV has {IV_OCTETS} octets, not {len(iv)}")
    sealed = cipher.encrypt(iv, octets(password.reveal(), "utf-8"), None)
    parts = {"cypher": sealed[:-TAG_OCTETS], "iv": iv, "tag": sealed[-TAG_OCTETS:]}
    return {name: fold(data, LINE_CHARS) for name, data in parts.items()}


def unseal_password(stored: Mapping[str, object], secret: Secret) -> Secret:
    """The password. Raises CodecError when a part is missing or bent, or the secret is another."""
    cipher = AESGCM(_key(secret))
    sealed, iv, tag = (_part(stored, name) for name in ("cypher", "iv", "tag"))
    if len(iv) != IV_OCTETS or len(tag) != TAG_OCTETS:
        raise CodecError("the IV or the tag of a sealed password has a wrong length")
    try:
        plain = text_of(cipher.decrypt(iv, sealed + tag, None), "utf-8")
    except InvalidTag:
        raise CodecError("this password was sealed with another secret, or was changed since") from None
    if plain is None:
        raise CodecError("a sealed password is UTF-8")
    return Secret(plain)


def _key(secret: Secret) -> bytes:
    key = octets(secret.reveal(), "utf-8")
    if len(key) != KEY_OCTETS:
        raise CodecError(f"a secret has {KEY_OCTETS} octets, not {len(key)}")
    return key


def _part(stored: Mapping[str, object], name: str) -> bytes:
    value = stored.get(name)
    if not isinstance(value, str):
        raise CodecError(f"a sealed password has a text {name!r}")
    return unfold(value)
