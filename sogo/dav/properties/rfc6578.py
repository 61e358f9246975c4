"""Synchronisation: the token (RFC 6578), and the older ctag of CalendarServer, made of the same point."""

from __future__ import annotations

from sogo.codec.davxml.names import calendarserver, dav
from sogo.codec.davxml.writer import escape
from sogo.dav.properties import Loaded, Need, prop
from sogo.dav.resources import FOLDERS, HOMES, Collection
from sogo.dav.tokens import render_token
from sogo.model.listing import NOWHERE, state_of


@prop(dav("sync-token"), on=FOLDERS, rfc="6578 §4")
def sync_token(item: Loaded) -> str | None:
    assert isinstance(item.resource, Collection)
    return escape(render_token(item.resource.view.point))


@prop(dav("sync-token"), on=HOMES, rfc="6578 §4", needs=Need.HOME_POINT)
def home_sync_token(item: Loaded) -> str | None:
    point = item.beyond.home_point
    return escape(render_token(point)) if point is not None and item.beyond.home_point != NOWHERE else None


@prop(calendarserver("getctag"), on=HOMES, rfc="calendarserver-ctag", needs=Need.HOME_LISTING)
def home_getctag(item: Loaded) -> str | None:
    """Made of what is there, without a look at what was: it tells only whether something changed."""
    members = item.beyond.home_members
    return state_of(sorted(members.items())) if members else None


@prop(calendarserver("getctag"), on=FOLDERS, rfc="calendarserver-ctag")
def getctag(item: Loaded) -> str | None:
    assert isinstance(item.resource, Collection)
    return escape(str(item.resource.view.point))
