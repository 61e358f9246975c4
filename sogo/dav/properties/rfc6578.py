"""Synchronisation: the token (RFC 6578), and the older ctag of CalendarServer, made of the same point."""

from __future__ import annotations

from sogo.codec.davxml.names import calendarserver, dav
from sogo.codec.davxml.writer import escape
from sogo.dav.properties import Loaded, prop
from sogo.dav.resources import FOLDERS, Collection
from sogo.dav.tokens import render_token


@prop(dav("sync-token"), on=FOLDERS, rfc="6578 §4")
def sync_token(item: Loaded) -> str | None:
    assert isinstance(item.resource, Collection)
    return escape(render_token(item.resource.view.state.point))


@prop(calendarserver("getctag"), on=FOLDERS, rfc="calendarserver-ctag")
def getctag(item: Loaded) -> str | None:
    assert isinstance(item.resource, Collection)
    return escape(str(item.resource.view.state.point))
