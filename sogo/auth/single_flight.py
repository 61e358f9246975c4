"""Many who ask the same at once get one answer."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, TypeVar

T = TypeVar("T")


class SingleFlight:
    """Runs a question as a task of its own; whoever asks the same meanwhile waits for that one. One who gives up takes
    nothing from the others; a question nobody waits for any more is ended."""

    def __init__(self) -> None:
        self._tasks: dict[Hashable, tuple[asyncio.Task[Any], list[int]]] = {}

    async def do(self, key: Hashable, ask: Callable[[], Awaitable[T]]) -> T:
        found = self._tasks.get(key)
        if found is None:
            task = asyncio.ensure_future(_run(ask))
            found = self._tasks[key] = (task, [0])
            task.add_done_callback(lambda done: self._drop(key, done))
        task, waiting = found
        waiting[0] += 1
        try:
            answer: T = await asyncio.shield(task)
        except asyncio.CancelledError:
            if waiting[0] == 1:
                task.cancel()
            raise
        finally:
            waiting[0] -= 1
        return answer

    async def close(self) -> None:
        tasks = [task for task, _ in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _drop(self, key: Hashable, task: asyncio.Task[Any]) -> None:
        if self._tasks.get(key, (None,))[0] is task:
            del self._tasks[key]
        if not task.cancelled():
            task.exception()  # seen, even if everybody left


async def _run(ask: Callable[[], Awaitable[T]]) -> T:
    return await ask()
