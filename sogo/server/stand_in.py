"""What a worker answers when its application cannot start, such as while the database is away: 503, at once.

Without it nobody would take connections, and clients and the front end would wait until they lose patience. The worker
stands in for the pause that comes before the next try anyway, then ends; a fresh process tries again.
"""

from __future__ import annotations

from typing import NoReturn

from aiohttp import web

from sogo.errors import SogoError, Unavailable
from sogo.http.app import create_app
from sogo.http.settings import HttpSettings


def stand_in_app(error: Exception, *, retry_after_seconds: float) -> web.Application:
    """Answers every request 503 and /readyz with the reason, as far as it may be told."""
    reason = error.public if isinstance(error, SogoError) else "The server cannot start; its log says why."
    wait = max(1, round(retry_after_seconds))

    async def refuse(request: web.Request) -> NoReturn:
        raise Unavailable("The service is starting, please try again.", retry_after_seconds=wait)

    async def probe() -> NoReturn:
        raise Unavailable(reason)

    return create_app(settings=HttpSettings(), dispatch=refuse, probes={"start": probe})
