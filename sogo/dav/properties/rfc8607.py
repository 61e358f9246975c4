"""RFC 8607: what managed attachments there may be. None of it where the site keeps none."""

from __future__ import annotations

from sogo.codec.davxml.names import caldav
from sogo.dav.properties import Loaded, prop
from sogo.dav.resources import On
from sogo.model.attachments import MAX_OF_OBJECT


@prop(caldav("managed-attachments-server-URL"), on=On.CALENDAR_HOME, rfc="8607 §6.1")
def managed_attachments_server_url(item: Loaded) -> str | None:
    """Empty: they are on this server."""
    return "" if item.request.services.attachments.limit_bytes else None


@prop(caldav("max-attachment-size"), on=On.CALENDAR, rfc="8607 §6.2")
def max_attachment_size(item: Loaded) -> str | None:
    limit = item.request.services.attachments.limit_bytes
    return str(limit) if limit else None


@prop(caldav("max-attachments-per-resource"), on=On.CALENDAR, rfc="8607 §6.3")
def max_attachments_per_resource(item: Loaded) -> str | None:
    return str(MAX_OF_OBJECT) if item.request.services.attachments.limit_bytes else None
