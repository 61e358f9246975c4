"""memcached's binary protocol, for the few keys that its text protocol cannot carry: those with a blank in them.

The original speaks nothing else, so `/Users/jdoe/Calendar/my folder` is a key like any other there. A server tells the
two protocols apart by the first octet of a connection. Such keys are rare: each call has a connection of its own.
Blocks; for a thread.
"""

from __future__ import annotations

import socket
import struct
from dataclasses import dataclass

from pymemcache.exceptions import MemcacheUnknownError

_HEADER = struct.Struct(">BBHBBHIIQ")
_REQUEST, _RESPONSE = 0x80, 0x81
_GET, _SET, _ADD, _DELETE = 0x00, 0x01, 0x02, 0x04
_OK, _NOT_FOUND, _EXISTS, _NOT_STORED = 0x00, 0x01, 0x02, 0x05
_MAX_BODY_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class BinaryClient:
    """Methods as of pymemcache's client. They raise OSError for a server that is away, MemcacheUnknownError for one
    that answers something else."""

    address: tuple[str, int] | str
    timeout_seconds: float

    def get(self, key: bytes) -> bytes | None:
        status, body = self._ask(_GET, key)
        if status == _NOT_FOUND:
            return None
        _expect(status, _OK)
        return body[4:]

    def set(self, key: bytes, value: bytes, expire: int) -> bool:
        status, _ = self._ask(_SET, key, struct.pack(">II", 0, expire), value)
        _expect(status, _OK)
        return True

    def add(self, key: bytes, value: bytes, expire: int) -> bool:
        """False when it was there."""
        status, _ = self._ask(_ADD, key, struct.pack(">II", 0, expire), value)
        _expect(status, _OK, _EXISTS, _NOT_STORED)
        return status == _OK

    def delete(self, key: bytes) -> bool:
        status, _ = self._ask(_DELETE, key)
        _expect(status, _OK, _NOT_FOUND)
        return status == _OK

    def _ask(self, operation: int, key: bytes, extras: bytes = b"", value: bytes = b"") -> tuple[int, bytes]:
        """Status and body (extras, key and value) of the answer."""
        length = len(extras) + len(key) + len(value)
        header = _HEADER.pack(_REQUEST, operation, len(key), len(extras), 0, 0, length, 0, 0)
        with self._connect() as connection:
            connection.sendall(header + extras + key + value)
            magic, answered, _, _, _, status, body, _, _ = _HEADER.unpack(_read(connection, _HEADER.size))
            if magic != _RESPONSE or answered != operation or body > _MAX_BODY_BYTES:
                raise MemcacheUnknownError(b"an answer in another protocol")
            return status, _read(connection, body)

    def _connect(self) -> socket.socket:
        if not isinstance(self.address, str):
            return socket.create_connection(self.address, timeout=self.timeout_seconds)
        connection = socket.socket(socket.AF_UNIX)
        try:
            connection.settimeout(self.timeout_seconds)
            connection.connect(self.address)
        except BaseException:
            connection.close()
            raise
        return connection


def _read(connection: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        more = connection.recv(size - len(data))
        if not more:
            raise ConnectionResetError("memcached closed the connection")
        data += more
    return bytes(data)


def _expect(status: int, *usual: int) -> None:
    if status not in usual:
        raise MemcacheUnknownError(b"status %d" % status)
