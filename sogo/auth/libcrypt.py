"""crypt(3) of the C library: every `$id$` form the machine knows, from DES to yescrypt.

Python dropped its own `crypt` module in 3.13; libcrypt's reentrant call needs no lock and runs without the interpreter
lock, so several checks go on at once in the threads of an executor.
"""

from __future__ import annotations

import ctypes
import functools
import re
from collections.abc import Callable

_WORK_AREA_BYTES = 131_232
"""sizeof(struct crypt_data) of old glibc, the largest known; libxcrypt uses 32,768."""
_MAX_ROUNDS = 10_000_000
_MAX_BCRYPT_COST = 18
_ROUNDS = re.compile(rb"\$[56]\$rounds=(\d{1,20})\$")
_BCRYPT = re.compile(rb"\$2[a-z]?\$(\d\d)\$")

CryptCall = Callable[[bytes, bytes, object], bytes | None]


@functools.cache
def _crypt_r() -> CryptCall | None:
    for name in ("libcrypt.so.1", "libcrypt.so.2", None):
        try:
            call = ctypes.CDLL(name).crypt_r
        except (OSError, AttributeError):
            continue
        call.argtypes = [ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p]
        call.restype = ctypes.c_char_p
        return call
    return None


def crypt(password: bytes, setting: bytes) -> bytes | None:
    """The hash of a password under the method and salt that `setting` begins with; a whole stored hash will do.

    None when the library does not know the method, when the setting is broken or would take minutes, and for a
    password with a NUL, which C would cut short (so that "secret\\0x" would pass for "secret").
    """
    call = _crypt_r()
    if call is None or b"\x00" in password or b"\x00" in setting or not _affordable(setting):
        return None
    result = call(password, setting, ctypes.create_string_buffer(_WORK_AREA_BYTES))
    if not result or result.startswith(b"*"):  # "*0" and "*1" are libxcrypt's way to say no
        return None
    return bytes(result)


def _affordable(setting: bytes) -> bool:
    """One row of a user table must not keep a thread busy for hours."""
    if rounds := _ROUNDS.match(setting):
        return int(rounds[1]) <= _MAX_ROUNDS
    if cost := _BCRYPT.match(setting):
        return int(cost[1]) <= _MAX_BCRYPT_COST
    return True
