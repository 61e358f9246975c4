"""What the file views of collections have beyond what everything has: name, version and date (dav.md §2.2)."""

from __future__ import annotations

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.writer import escape
from sogo.dav.downloads import Download, download
from sogo.dav.properties import Loaded, Need, prop
from sogo.dav.resources import ExportFile, On
from sogo.dav.texts import etag_of, quoted

_CHOICES = Need.SETTINGS | Need.OWNER


def _download(item: Loaded) -> Download:
    """What a GET would answer."""
    assert isinstance(item.resource, ExportFile)
    file = item.resource
    return download(item.request, file.view, file.form, reader=item.profile, owner=item.owner_profile)


@prop(dav("displayname"), on=On.EXPORT, rfc="4918 §15.2", needs=_CHOICES, allprop=True)
def displayname(item: Loaded) -> str | None:
    """The name of the folder."""
    return escape(_download(item).title)


@prop(dav("displayname"), on=On.FREE_BUSY, rfc="4918 §15.2", allprop=True)
def free_busy_displayname(item: Loaded) -> str | None:
    return escape(item.resource.segments[-1])


@prop(dav("displayname"), on=On.NOTIFICATION, rfc="4918 §15.2", allprop=True)
def notification_displayname(item: Loaded) -> str | None:
    return escape(item.resource.segments[-1])


@prop(dav("getetag"), on=On.NOTIFICATION, rfc="4918 §15.6", allprop=True)
def notification_etag(item: Loaded) -> str | None:
    return escape(quoted(etag_of(item.resource)))


@prop(dav("getetag"), on=On.EXPORT, rfc="4918 §15.6", needs=_CHOICES, allprop=True)
def getetag(item: Loaded) -> str | None:
    return escape(quoted(_download(item).etag))


@prop(dav("getlastmodified"), on=On.EXPORT, rfc="4918 §15.7", needs=_CHOICES, allprop=True)
def getlastmodified(item: Loaded) -> str | None:
    return _download(item).headers.get("Last-Modified")
