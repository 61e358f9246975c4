"""Memory that a burst took is given back."""

import os

from sogo.http.process import resident_bytes
from sogo.server.memory import LOOK_SECONDS, SLACK_BYTES, Trimmer, give_back

MB = 1024 * 1024


def test_it_is_given_back_now_and_then_while_there_is_more_than_usual() -> None:
    now, resident, trimmed = [0.0], [50 * MB], []
    trimmer = Trimmer(clock=lambda: now[0], resident=lambda: resident[0], trim=lambda: trimmed.append(now[0]))

    def look_at(second: float, size: int) -> None:
        now[0], resident[0] = second, size
        trimmer.look()

    look_at(0, 50 * MB)
    look_at(LOOK_SECONDS, 50 * MB + SLACK_BYTES)
    assert trimmed == []
    look_at(LOOK_SECONDS + 1, 500 * MB)
    assert trimmed == []
    look_at(2 * LOOK_SECONDS, 500 * MB)
    look_at(3 * LOOK_SECONDS, 500 * MB)
    look_at(4 * LOOK_SECONDS, 51 * MB)
    assert trimmed == [2 * LOOK_SECONDS, 3 * LOOK_SECONDS]


def test_what_was_freed_leaves_the_process() -> None:
    """In a process of its own: pieces are freed from under one that stays, so nothing goes back by itself."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        pieces = [b"x" * (60 * 1024 + number) for number in range(1000)]
        kept = pieces[-1]
        before = resident_bytes()
        pieces.clear()
        give_back()
        os.write(writing, b"%d" % (before - resident_bytes()))
        os._exit(len(kept) == 0)
    os.close(writing)
    with os.fdopen(reading) as file:
        given = int(file.read())
    os.waitpid(pid, 0)
    assert given > 32 * MB
