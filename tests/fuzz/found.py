"""Watches one input: what it raises that is no refusal, how long it takes, and how to tell two findings apart."""

from __future__ import annotations

import hashlib
import signal
import time
import traceback
from pathlib import Path
from types import FrameType

from tests.fuzz.targets import TARGETS, run

HANG_SECONDS = 5.0
SLOW_SECONDS, SLOW_SECONDS_A_KIB = 0.5, 0.1
"""Of CPU, for an input of any size and for each KiB of it; several times what the slowest sound input takes."""


class Hangs(BaseException):
    """No Exception, so that nothing catches it on the way."""


def _hang(number: int, frame: FrameType | None) -> None:
    raise Hangs


class Watch:
    """Tries inputs on one target and writes each kind of finding to `folder` once."""

    def __init__(self, target: str, folder: Path) -> None:
        self._target, self._folder = target, folder
        self._kinds: set[str] = set()
        signal.signal(signal.SIGVTALRM, _hang)

    def __call__(self, data: bytes) -> None:
        began = time.process_time()
        signal.setitimer(signal.ITIMER_VIRTUAL, HANG_SECONDS)
        try:
            run(TARGETS[self._target], data)
        except (Exception, Hangs) as error:
            self._note(data, _kind(error), "".join(traceback.format_exception(error)))
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        took = time.process_time() - began
        if took > SLOW_SECONDS + SLOW_SECONDS_A_KIB * len(data) / 1024:
            self._note(data, "slow", f"{took:.2f} s for {len(data)} octets\n")

    def _note(self, data: bytes, kind: str, text: str) -> None:
        if kind in self._kinds:
            return
        self._kinds.add(kind)
        name = f"{self._target}-{kind}-{hashlib.sha256(data).hexdigest()[:8]}"
        self._folder.mkdir(parents=True, exist_ok=True)
        (self._folder / name).write_bytes(data)
        (self._folder / f"{name}.txt").write_text(text, errors="backslashreplace")
        print(f"FOUND {name}\n{text[-1500:]}", flush=True)


def _kind(error: BaseException) -> str:
    """The class and the line that raised it: one kind however many inputs lead there."""
    frames = traceback.extract_tb(error.__traceback__)
    if isinstance(error, Hangs):
        return "hang"
    ours = [frame for frame in frames if "/sogo/" in frame.filename or "/fuzz/" in frame.filename]
    place = ours[-1] if ours else frames[-1]
    return f"{type(error).__name__}-{Path(place.filename).stem}-{place.lineno}"
