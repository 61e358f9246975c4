"""The time a request may take: one timer for all requests of a worker, since all have the same time.

A timer of its own for each request would cost more than many a request needs for the rest.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from sogo.http.context import CONTEXT, RequestContext


class OutOfTime(Exception):
    """The request ran for too long and was cancelled."""


class Deadlines:
    """Cancels a request that runs for more than `seconds`; 0: never. The clock stands while it only waits for news."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._due: dict[RequestContext, tuple[float, asyncio.Task[Any]]] = {}
        self._timer: asyncio.TimerHandle | None = None

    async def within(
        self, request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
    ) -> web.StreamResponse:
        """What the handler answers. Raises OutOfTime."""
        task = asyncio.current_task()
        if not self._seconds or task is None:
            return await handler(request)
        context = request[CONTEXT]
        context.when_parked.append(lambda is_parked: self._leave(context) if is_parked else self._enter(context, task))
        self._enter(context, task)
        try:
            return await handler(request)
        except asyncio.CancelledError:
            if not context.is_overdue or task.uncancel() > 0:
                raise
            raise OutOfTime from None
        finally:
            self._leave(context)
            context.when_parked.pop()

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()

    def _enter(self, context: RequestContext, task: asyncio.Task[Any]) -> None:
        loop = task.get_loop()
        due = loop.time() + self._seconds
        self._due[context] = (due, task)  # entries stand in the order in which they are due
        if self._timer is None:
            self._timer = loop.call_at(due, self._look, loop)

    def _leave(self, context: RequestContext) -> None:
        self._due.pop(context, None)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        """Cancel what is due, and come again when the next one is."""
        self._timer = None
        now = loop.time()
        for context, (due, task) in list(self._due.items()):
            if due > now:
                self._timer = loop.call_at(due, self._look, loop)
                return
            self._leave(context)
            context.is_overdue = True
            task.cancel()
