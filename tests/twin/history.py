"""What was written under each name and when that was acknowledged, and what a reader may therefore be shown.

All times are of one monotonic clock, in seconds. The writes of one name follow each other; a request that broke off is
followed by its repetition. What a reader is shown of a name, between its asking and the answer, is what was acknowledged
last before it asked, or something that was being written meanwhile: nothing older, nothing of another name.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(eq=False)
class Write:
    """A request that stores what `mark` tells from everything else, or removes the object: then `mark` is "".

    `version` is what the ETag says afterwards, None while nobody can know. `text` is what was sent.
    """

    server: str
    began: float
    mark: str = ""
    version: int | None = None
    text: str = ""
    answered: float = math.inf

    def __str__(self) -> str:
        what = f"{self.mark} as {self.version}" if self.mark else "nothing"
        return f"{what} by {self.server} [{self.began:.3f}, {self.answered:.3f}]"


@dataclass(frozen=True)
class Seen:
    """What an answer says of an object; None where it does not say."""

    version: int | None = None
    mark: str | None = None


class History:
    """The writes of one name in their order; nothing is there before the first."""

    def __init__(self) -> None:
        self.writes = [Write("nobody", -math.inf, answered=-math.inf)]

    def begin(self, write: Write) -> None:
        self.writes.append(write)

    @property
    def last(self) -> Write:
        return self.writes[-1]

    def possible(self, asked: float, answered: float) -> list[Write]:
        """What may be shown to who asked and was answered then, the latest first."""
        found = []
        for write in reversed(self.writes):
            if write.began < answered:
                found.append(write)
            if write.answered <= asked:
                break
        return found


Histories = Mapping[str, History]
"""By name, of one folder of one user."""


@dataclass(frozen=True)
class Reading:
    """An answer about a folder. `shown` is what it says, by name; of `names` it should say all that is there and that
    `finds` finds (None: it may, or not), and nothing else. `names` is None for everything."""

    what: str
    asked: float
    answered: float
    shown: Mapping[str, Seen]
    names: Iterable[str] | None = None
    finds: Callable[[Write], bool | None] = field(default=lambda _: True)


def violations(reading: Reading, histories: Histories) -> list[str]:
    """What the answer shows and must not, and what it must show and does not."""
    names = set(histories if reading.names is None else reading.names)
    found = []
    for name in sorted(names | reading.shown.keys()):
        seen = reading.shown.get(name)
        if name not in histories:
            found.append(f"{reading.what} shows {name}, which nobody wrote there: {seen}")
        elif name not in names:
            found.append(f"{reading.what} shows {name}, which nobody asked for: {seen}")
        elif not any(
            _shows(seen, write, reading) for write in histories[name].possible(reading.asked, reading.answered)
        ):
            found.append(_told(name, seen, reading, histories[name]))
    return found


def _shows(seen: Seen | None, write: Write, reading: Reading) -> bool:
    found = bool(write.mark) and reading.finds(write)
    if seen is None:
        return not found
    if found is False:
        return False
    return _same(seen.version, write.version) and _same(seen.mark, write.mark)


def _same(seen: int | str | None, written: int | str | None) -> bool:
    return seen is None or written is None or seen == written


def _told(name: str, seen: Seen | None, reading: Reading, history: History) -> str:
    possible = history.possible(reading.asked, reading.answered)
    older = history.writes[-len(possible) - 1] if len(possible) < len(history.writes) else None
    told = "; ".join(f"{write}{' (not to be found)' if reading.finds(write) is False else ''}" for write in possible)
    return (
        f"{reading.what} [{reading.asked:.3f}, {reading.answered:.3f}] shows {name} as {seen or 'nothing'}, "
        f"which can only be: {told}; before that: {older}"
    )
