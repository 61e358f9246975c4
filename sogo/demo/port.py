"""`python -m sogo.demo.port HOST PORT [TRIES]` prints the first free port from PORT on."""

from __future__ import annotations

import socket
import sys

MAX_TRIES = 100


def first_free(host: str, port: int, tries: int = MAX_TRIES) -> int | None:
    """The first port nobody listens on, or None when all of them are taken."""
    for candidate in range(port, min(port + tries, 65536)):
        with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, candidate))
            except OSError:
                continue
            return candidate
    return None


if __name__ == "__main__":
    found = first_free(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else MAX_TRIES)
    if found is None:
        sys.exit(1)
    print(found)
