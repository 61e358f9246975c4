"""The two hashes a Samba domain keeps beside userPassword (auth.md §1.9): NT and LAN Manager, upper-case hex."""

from __future__ import annotations

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, modes

from sogo.auth.message_digests import md4

_LM_CONSTANT = b"KGS!@#$%"


def nt_hash(password: str) -> str:
    """MD4 of the UTF-16LE password."""
    return md4(password.encode("utf-16-le")).hex().upper()


def lm_hash(password: str) -> str:
    """DES of a constant under each half of the first 14 characters, in capitals; others than Latin-1 become "?"."""
    key = password.upper().encode("latin-1", errors="replace")[:14].ljust(14, b"\x00")
    return (_des(key[:7]) + _des(key[7:])).hex().upper()


def _des(key: bytes) -> bytes:
    """One DES block: three equal keys make triple DES a single one."""
    bits = int.from_bytes(key, "big")
    spread = bytes((bits >> (49 - 7 * index) & 0x7F) << 1 for index in range(8))
    encryptor = Cipher(TripleDES(spread * 3), modes.ECB()).encryptor()  # noqa: S305  the format is Microsoft's
    return encryptor.update(_LM_CONSTANT) + encryptor.finalize()
