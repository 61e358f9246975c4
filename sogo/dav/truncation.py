"""Answers cut at a number of results (RFC 5323 §5.17, RFC 6352 §8.6.1): the rest is told as 507."""

from __future__ import annotations

from collections.abc import AsyncIterator

from sogo.codec.davxml import writer

_TRUNCATED = "<D:number-of-matches-within-limits/>"


def truncated(path: str) -> str:
    """The response that says there is more."""
    return writer.status_response(path, 507, error=_TRUNCATED)


async def limited(parts: AsyncIterator[str], limit: int | None, path: str) -> AsyncIterator[str]:
    """The first `limit` responses, and the one that says so when there are more."""
    count = 0
    async for part in parts:
        if limit is not None and count >= limit:
            yield truncated(path)
            return
        count += 1
        yield part
