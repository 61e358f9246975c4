"""The last net: whatever no face turned into an answer. The client gets a request id, the log gets the rest."""

from __future__ import annotations

import logging

from aiohttp import web
from aiohttp.typedefs import Handler

from sogo.errors import RateLimited, SogoError, TooLarge, Unavailable
from sogo.http.context import CONTEXT

logger = logging.getLogger(__name__)

CLIENT_GONE = 499
"""What nginx calls it; for the log only, nobody is there to read an answer."""


@web.middleware
async def catch(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn the refusals any layer may raise into their status, and everything unforeseen into a 500.

    The faces answer SogoErrors in their own words; what arrives here comes from the layers in between.
    """
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except ConnectionError:
        if not _has_gone(request):
            logger.exception("%s failed", _name(request))
            return internal_error(request)
        return web.Response(status=CLIENT_GONE)
    except web.RequestPayloadError:
        return _closing(400, "The body is malformed.\n")
    except TimeoutError:
        logger.error("%s: a time-out nobody handled", _name(request), exc_info=True)
        return _plain(503, "The server took too long.\n", {"Retry-After": "5"})
    except SogoError as error:
        return _refusal(request, error)
    except Exception:
        logger.exception("%s failed", _name(request))
        return internal_error(request)


def _has_gone(request: web.Request) -> bool:
    """Whether it was the client who broke the connection, in the middle of its upload or of our answer."""
    return request.transport is None or request.transport.is_closing()


def internal_error(request: web.Request) -> web.Response:
    """500. Says nothing but the id to look for in the log."""
    return _plain(500, f"Internal server error. Request {request[CONTEXT].request_id}\n", {})


def _refusal(request: web.Request, error: SogoError) -> web.Response:
    match error:
        case Unavailable():
            logger.warning("%s: %s %s", _name(request), error.public, error.fields)
            return _plain(503, f"{error.public}\n", {"Retry-After": str(error.retry_after_seconds)})
        case RateLimited():
            headers = {"Retry-After": str(error.retry_after_seconds)} if error.retry_after_seconds else {}
            return _plain(429, f"{error.public}\n", headers)
        case TooLarge():
            return _plain(413, f"{error.public}\n", {})
        case _:
            logger.error("%s: a refusal nobody answered: %s", _name(request), error.public, exc_info=error)
            return internal_error(request)


def _name(request: web.Request) -> str:
    context = request[CONTEXT]
    return f"request {context.request_id} {context.method} {context.path[:200]}"


def _closing(status: int, text: str) -> web.Response:
    """An answer after which the connection is of no more use."""
    response = web.Response(status=status, text=text)
    response.force_close()
    return response


def _plain(status: int, text: str, headers: dict[str, str]) -> web.Response:
    return web.Response(status=status, text=text, headers=headers)
