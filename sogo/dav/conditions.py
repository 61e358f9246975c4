"""The If header against locks and ETags (RFC 4918 §10.4): does it hold, and which lock tokens were submitted?"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from sogo.codec.davxml.href import parse_href
from sogo.codec.if_header import Condition, parse_if
from sogo.dav.context import MOUNT, DavRequest
from sogo.dav.methods import Target
from sogo.dav.resources import Nowhere, Slot, lockable
from sogo.dav.texts import etag_of
from sogo.errors import PreconditionFailed


@dataclass(frozen=True, slots=True)
class _State:
    """What conditions compare with: a bare ETag, "" for what has none, and the tokens of the locks on a resource."""

    etag: str = ""
    tokens: frozenset[str] = frozenset()


_UNKNOWN = _State()
"""Of another server's resources, and of those outside of this tree, nothing is known."""


async def check(request: DavRequest, target: Target) -> None:
    """Notes the submitted tokens in the request. Raises PreconditionFailed when no list of the header holds, CodecError
    when it cannot be read."""
    text = request.http.headers.get("If")
    if text is None:
        return
    header = parse_if(text)
    request.tokens = header.tokens
    states: dict[str | None, _State] = {tag: await _state_at(request, target, tag) for tag in header.tags}
    if any(one.tag is None for one in header.lists):
        states[None] = await _state_of(request, target)
    if not any(all(_holds(one, states[group.tag]) for one in group.conditions) for group in header.lists):
        raise PreconditionFailed("The conditions of the If header do not hold.")


def _holds(condition: Condition, state: _State) -> bool:
    if condition.token is not None:
        found = condition.token in state.tokens
    else:
        found = condition.etag == state.etag and state.etag != ""
    return found != condition.negated


async def _state_at(request: DavRequest, target: Target, tag: str) -> _State:
    href = parse_href(tag)
    if href.origin and urlsplit(href.origin).hostname != request.hostname:
        return _UNKNOWN
    if href.segments[: len(MOUNT)] != MOUNT:
        return _UNKNOWN
    segments = href.segments[len(MOUNT) :]
    found = target if segments == request.segments else await request.tree.resolve(segments)
    return await _state_of(request, found)


async def _state_of(request: DavRequest, target: Target) -> _State:
    place = lockable(target)
    locks = await request.services.locks.on(*place) if place is not None else []
    etag = "" if isinstance(target, Slot | Nowhere) else etag_of(target)
    return _State(etag, frozenset(lock.token for lock in locks))
