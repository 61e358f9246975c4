"""Where new members are posted to (RFC 5995): the collection itself, see `sogo.dav.methods.post`."""

from __future__ import annotations

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.writer import href
from sogo.dav.properties import Loaded, prop
from sogo.dav.resources import FOLDERS


@prop(dav("add-member"), on=FOLDERS, rfc="5995 §3.2.1")
def add_member(item: Loaded) -> str | None:
    return href(item.request.href(item.resource))
