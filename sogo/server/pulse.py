"""The heartbeat: what a worker tells its supervisor every second, as one line of JSON through a socket pair.

Nothing goes the other way: the supervisor speaks in signals, and its death closes the socket.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from enum import Enum

MAX_LINE = 4096


class State(Enum):
    STARTING = "starting"
    SERVING = "serving"
    TOO_BIG = "too big"
    """Serving, but to be replaced: it uses more memory than it may."""
    DRAINING = "draining"


@dataclass(frozen=True, slots=True)
class Pulse:
    """One heartbeat. `oldest_seconds` is the age of the oldest running request that is not a long poll."""

    state: State
    running: int = 0
    parked: int = 0
    oldest_seconds: float = 0.0

    def render(self) -> bytes:
        return json.dumps(asdict(self) | {"state": self.state.value}).encode() + b"\n"

    @classmethod
    def parse(cls, line: bytes) -> Pulse:
        members = json.loads(line)
        return cls(**members | {"state": State(members["state"])})


class PulseReader:
    """Cuts what arrives into heartbeats; only the newest matters."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> Pulse | None:
        """The newest whole heartbeat in `data`, if one has ended in it."""
        *lines, rest = (self._rest + data).split(b"\n")
        self._rest = rest[-MAX_LINE:]
        for line in reversed(lines):
            try:
                return Pulse.parse(line)
            except (ValueError, TypeError, KeyError):
                continue  # a full buffer may have cut a line; the next one is whole
        return None
