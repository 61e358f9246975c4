"""The workers as the supervisor sees them: a Child is a process, a Slot is a place that must always be filled.

Pure bookkeeping with times as arguments; forking, killing and logging are done by `sogo.server.supervisor`.
"""

from __future__ import annotations

import socket
from dataclasses import dataclass, field
from enum import Enum

from sogo.server.pulse import Pulse, PulseReader, State
from sogo.server.settings import ServerSettings

QUICK_DEATHS_LIMIT = 10


class Verdict(Enum):
    """What the watch over a child found."""

    FINE = "fine"
    BLOCKED = "blocked"
    HANGING = "hanging"
    NEVER_STARTED = "never started"
    OVERSTAYED = "overstayed"


@dataclass(slots=True, eq=False)
class Child:
    """One worker process. Times are monotonic. `kill_at` is set once it was asked to go; `told_minutes` is how far the
    log knows of its hanging."""

    pid: int
    number: int
    generation: int
    pulse_socket: socket.socket
    settings: ServerSettings
    spawned: float
    heard: float
    reader: PulseReader = field(default_factory=PulseReader)
    pulse: Pulse = field(default_factory=lambda: Pulse(State.STARTING))
    was_ready: bool = False
    kill_at: float | None = None
    told_minutes: int = 0
    end: str = ""
    """Why it is about to be killed, "" when it is not."""

    @property
    def is_ready(self) -> bool:
        return self.pulse.state in (State.SERVING, State.TOO_BIG)

    @property
    def is_leaving(self) -> bool:
        return self.kill_at is not None

    def hear(self, data: bytes, now: float) -> None:
        """Take what came through the socket pair."""
        self.heard = now
        self.pulse = self.reader.feed(data) or self.pulse
        self.was_ready = self.was_ready or self.is_ready

    def silent_seconds(self, now: float) -> float:
        return now - self.heard

    def oldest_seconds(self, now: float) -> float:
        """Age of its oldest request by now."""
        oldest = self.pulse.oldest_seconds
        return oldest + self.silent_seconds(now) if oldest else 0.0

    def judge(self, now: float) -> Verdict:
        """Is it stuck, in any of the ways a worker can be?"""
        settings = self.settings
        if self.kill_at is not None and now >= self.kill_at:
            return Verdict.OVERSTAYED
        if self.end:
            return Verdict.FINE
        if self.silent_seconds(now) >= settings.blocked_seconds:
            return Verdict.BLOCKED
        limit = settings.watchdog_seconds
        if limit and self.oldest_seconds(now) >= limit + settings.watchdog_grace_seconds:
            return Verdict.HANGING
        if not self.was_ready and now - self.spawned >= settings.start_seconds:
            return Verdict.NEVER_STARTED
        return Verdict.FINE


@dataclass(slots=True, eq=False)
class Slot:
    """A place for a worker: who holds it, who will take over, when the next may be spawned, how many died early."""

    current: Child | None = None
    successor: Child | None = None
    due: float = 0.0
    quick_deaths: int = 0

    def wants(self, generation: int) -> bool:
        """Is a new process needed: for an empty place, a new configuration, a worker grown too big?"""
        if self.successor is not None:
            return False
        current = self.current
        return current is None or current.generation < generation or current.pulse.state is State.TOO_BIG

    def take(self, child: Child, settings: ServerSettings) -> None:
        """Put a newly spawned child in its place, and say when the one after it may come at the earliest."""
        if self.current is None:
            self.current = child
        else:
            self.successor = child
        self.due = child.spawned + pause_seconds(self.quick_deaths, settings)

    def lose(self, child: Child) -> None:
        """Note that a child of this slot has died. One that never served makes the next pause longer."""
        if child is self.current:
            self.current, self.successor = self.successor, None
        elif child is self.successor:
            self.successor = None
        self.quick_deaths = 0 if child.was_ready else min(self.quick_deaths + 1, QUICK_DEATHS_LIMIT)
        self.due = child.spawned + pause_seconds(self.quick_deaths, child.settings)

    def hand_over(self) -> Child | None:
        """Let a successor that serves take the place; returns the one to be sent away."""
        if self.successor is None or not self.successor.is_ready:
            return None
        gone, self.current, self.successor = self.current, self.successor, None
        self.quick_deaths = 0
        return gone

    def holds(self, child: Child) -> bool:
        return child is self.current or child is self.successor


def pause_seconds(quick_deaths: int, settings: ServerSettings) -> float:
    """WORespawnDelay, doubled for each death in a row before serving, within a limit."""
    longest = max(settings.respawn_limit_seconds, settings.respawn_seconds)
    return float(min(settings.respawn_seconds * 2**quick_deaths, longest))


def free_number(children: list[Child]) -> int:
    """The lowest number from 1 that no living worker has."""
    taken = {child.number for child in children}
    return next(number for number in range(1, len(taken) + 2) if number not in taken)
