"""RFC 6638: scheduling."""

from __future__ import annotations

from sogo.codec.davxml.names import caldav
from sogo.codec.davxml.writer import escape
from sogo.dav.properties import Loaded, Need, prop
from sogo.dav.resources import On
from sogo.dav.texts import quoted


@prop(caldav("schedule-tag"), on=On.EVENT, rfc="6638 §9.3", needs=Need.CONTENT | Need.SCHEDULE_TAG)
def schedule_tag(item: Loaded) -> str | None:
    """Only of scheduling objects."""
    tag = item.beyond.schedule_tag
    return None if tag is None else escape(quoted(tag))
