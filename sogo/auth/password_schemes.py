"""The password schemes a user table may hold (auth.md §5): how each computes and checks, on bytes, without encodings.

`sogo.auth.password` strips `{scheme}` and hex or base64 before it comes here. A check may raise ValueError on what is
no stored password of its scheme; the caller takes that as "no". Everything here is blocking work for an executor.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

import argon2.low_level
from argon2.exceptions import Argon2Error
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from sogo.auth.libcrypt import crypt
from sogo.auth.message_digests import cram_md5_state, md4

BCRYPT_COST = 10
PBKDF2_ROUNDS = 100_000
"""The original makes cost 5 and 5000 rounds, but reads both from what is stored: a stronger hash serves it as well."""
_MAX_PBKDF2_ROUNDS = 10_000_000
_MAX_ARGON2_KIBIBYTES = 1_048_576
_MAX_ARGON2_PASSES = 64

_SALT_LETTERS = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_BCRYPT_LETTERS = b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
_BASE64_LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_ARGON2_COST = re.compile(rb"\$(argon2id?)\$(?:v=\d+\$)?m=(\d{1,9}),t=(\d{1,9}),p=(\d{1,3})\$")

RandomBytes = Callable[[int], bytes]


class Encoding(Enum):
    """How the bytes of a stored password become text."""

    PLAIN = "plain"
    HEX = "hex"
    BASE64 = "base64"


@dataclass(frozen=True, slots=True)
class Scheme:
    """`check(password, stored, key)` and `make(password, key, random)`; `key` is the site's AES key or empty."""

    encoding: Encoding
    check: Callable[[bytes, bytes, bytes], bool]
    make: Callable[[bytes, bytes, RandomBytes], bytes]


def salt_text(random: RandomBytes, length: int) -> bytes:
    """Random characters that crypt(3) takes as a salt."""
    return "".join(_SALT_LETTERS[octet & 63] for octet in random(length)).encode()


# --- plain digests ----------------------------------------------------------------------------------------------------


def _text() -> Scheme:
    return Scheme(
        Encoding.PLAIN,
        check=lambda password, stored, key: hmac.compare_digest(password, stored),
        make=lambda password, key, random: password,
    )


def _digest(compute: Callable[[bytes], bytes], encoding: Encoding) -> Scheme:
    return Scheme(
        encoding,
        check=lambda password, stored, key: hmac.compare_digest(compute(password), stored),
        make=lambda password, key, random: compute(password),
    )


def _hash(name: str) -> Callable[[bytes], bytes]:
    return lambda data: hashlib.new(name, data, usedforsecurity=False).digest()


def _salted(name: str) -> Scheme:
    """digest(password + salt) + salt. The salt may have any length; new ones have 8 bytes."""
    compute, size = _hash(name), hashlib.new(name, usedforsecurity=False).digest_size

    def check(password: bytes, stored: bytes, key: bytes) -> bool:
        digest, salt = stored[:size], stored[size:]
        return hmac.compare_digest(compute(password + salt), digest)

    def make(password: bytes, key: bytes, random: RandomBytes) -> bytes:
        salt = random(8)
        return compute(password + salt) + salt

    return Scheme(Encoding.BASE64, check, make)


# --- crypt(3) ---------------------------------------------------------------------------------------------------------


def _check_crypt(password: bytes, stored: bytes, key: bytes) -> bool:
    computed = crypt(password, stored)
    return computed is not None and hmac.compare_digest(computed, stored)


def _crypt(setting: Callable[[RandomBytes], bytes]) -> Scheme:
    def make(password: bytes, key: bytes, random: RandomBytes) -> bytes:
        computed = crypt(password, setting(random))
        if computed is None:
            raise ValueError("crypt(3) refuses this password or method")
        return computed

    return Scheme(Encoding.PLAIN, _check_crypt, make)


def _bcrypt_setting(random: RandomBytes) -> bytes:
    letters = base64.b64encode(random(16)).rstrip(b"=").translate(bytes.maketrans(_BASE64_LETTERS, _BCRYPT_LETTERS))
    return b"$2y$%02d$" % BCRYPT_COST + letters


# --- key derivation ---------------------------------------------------------------------------------------------------


def _pbkdf2(password: bytes, salt: bytes, rounds: int) -> bytes:
    digest = hashlib.pbkdf2_hmac("sha1", password, salt, rounds, 20)
    return b"$1$%s$%d$%s" % (salt, rounds, digest.hex().encode())


def _check_pbkdf2(password: bytes, stored: bytes, key: bytes) -> bool:
    _, version, salt, rounds, digest = stored.split(b"$")
    if version != b"1" or not rounds.isdigit() or not 1 <= int(rounds[:10]) <= _MAX_PBKDF2_ROUNDS:
        return False
    computed = _pbkdf2(password, salt, int(rounds))
    return hmac.compare_digest(computed.rpartition(b"$")[2], digest.lower())


def _make_pbkdf2(password: bytes, key: bytes, random: RandomBytes) -> bytes:
    return _pbkdf2(password, salt_text(random, 16), PBKDF2_ROUNDS)


def _check_argon2(password: bytes, stored: bytes, key: bytes) -> bool:
    cost = _ARGON2_COST.match(stored)
    if not cost or int(cost[2]) > _MAX_ARGON2_KIBIBYTES or int(cost[3]) > _MAX_ARGON2_PASSES:
        return False
    kind = argon2.low_level.Type.ID if cost[1] == b"argon2id" else argon2.low_level.Type.I
    try:
        return argon2.low_level.verify_secret(stored, password, kind)
    except Argon2Error:
        return False


def _argon2(kind: argon2.low_level.Type, *, passes: int, kibibytes: int) -> Scheme:
    """New ones cost what libsodium calls interactive."""

    def make(password: bytes, key: bytes, random: RandomBytes) -> bytes:
        return argon2.low_level.hash_secret(
            password, random(16), time_cost=passes, memory_cost=kibibytes, parallelism=1, hash_len=32, type=kind
        )

    return Scheme(Encoding.PLAIN, _check_argon2, make)


# --- reversible -------------------------------------------------------------------------------------------------------


def _aes(key: bytes, iv: bytes) -> Cipher[modes.CBC]:
    """The first 16 bytes of the key file; the original copies them as a C string, which ends at a NUL."""
    if not key:
        raise ValueError("no key")
    return Cipher(algorithms.AES(key[:16].split(b"\x00")[0].ljust(16, b"\x00")), modes.CBC(iv))


def _check_aes(password: bytes, stored: bytes, key: bytes) -> bool:
    _, name, iv, text = stored.split(b"$")
    if name.upper() != b"AES-128-CBC":
        return False
    decryptor = _aes(key, base64.b64decode(iv)).decryptor()
    unpadder = padding.PKCS7(128).unpadder()
    padded = decryptor.update(base64.b64decode(text)) + decryptor.finalize()
    return hmac.compare_digest(unpadder.update(padded) + unpadder.finalize(), password)


def _make_aes(password: bytes, key: bytes, random: RandomBytes) -> bytes:
    iv = random(16)
    encryptor, padder = _aes(key, iv).encryptor(), padding.PKCS7(128).padder()
    text = encryptor.update(padder.update(password) + padder.finalize()) + encryptor.finalize()
    return b"$AES-128-CBC$%s$%s" % (base64.b64encode(iv), base64.b64encode(text))


# --- the names --------------------------------------------------------------------------------------------------------

_ARGON2I = _argon2(argon2.low_level.Type.I, passes=4, kibibytes=32_768)
_MD5_HEX = _digest(_hash("md5"), Encoding.HEX)

SCHEMES: dict[str, Scheme] = {
    "none": _text(),
    "plain": _text(),
    "cleartext": _text(),
    "crypt": _crypt(lambda random: salt_text(random, 8)),
    "md5-crypt": _crypt(lambda random: b"$1$" + salt_text(random, 8) + b"$"),
    "sha256-crypt": _crypt(lambda random: b"$5$" + salt_text(random, 8) + b"$"),
    "sha512-crypt": _crypt(lambda random: b"$6$" + salt_text(random, 8) + b"$"),
    "blf-crypt": _crypt(_bcrypt_setting),
    "md4": _digest(md4, Encoding.HEX),
    "md5": _MD5_HEX,
    "plain-md5": _MD5_HEX,
    "ldap-md5": _digest(_hash("md5"), Encoding.BASE64),
    "smd5": _salted("md5"),
    "sha": _digest(_hash("sha1"), Encoding.HEX),
    "ssha": _salted("sha1"),
    "sha256": _digest(_hash("sha256"), Encoding.BASE64),
    "sha512": _digest(_hash("sha512"), Encoding.BASE64),
    "ssha256": _salted("sha256"),
    "ssha512": _salted("sha512"),
    "cram-md5": _digest(cram_md5_state, Encoding.HEX),
    "pbkdf2": Scheme(Encoding.PLAIN, _check_pbkdf2, _make_pbkdf2),
    "argon2": _ARGON2I,
    "argon2i": _ARGON2I,
    "argon2id": _argon2(argon2.low_level.Type.ID, passes=2, kibibytes=65_536),
    "sym-aes-128-cbc": Scheme(Encoding.PLAIN, _check_aes, _make_aes),
}


def decode(data: bytes, encoding: Encoding) -> bytes:
    """The bytes behind a stored text. Raises ValueError on what is neither hex nor base64."""
    if encoding is Encoding.HEX:
        return binascii.unhexlify(data)
    if encoding is Encoding.BASE64:
        return base64.b64decode(data + b"=" * (-len(data) % 4))
    return data


def encode(data: bytes, encoding: Encoding) -> bytes:
    if encoding is Encoding.HEX:
        return data.hex().encode()
    return base64.b64encode(data) if encoding is Encoding.BASE64 else data
