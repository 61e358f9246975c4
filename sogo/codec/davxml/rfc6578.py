"""The sync-collection report (RFC 6578 §6)."""

from __future__ import annotations

from dataclasses import dataclass

from sogo.codec.davxml.names import dav
from sogo.codec.davxml.reader import Element, child, text_of
from sogo.codec.davxml.report import parse_limit, parse_wanted
from sogo.codec.davxml.rfc4791 import CalendarData, parse_calendar_data
from sogo.codec.davxml.rfc4918 import PropfindRequest, expect_root
from sogo.codec.davxml.rfc6352 import AddressData, parse_address_data
from sogo.errors import CodecError


@dataclass(frozen=True, slots=True)
class SyncCollection:
    """`token` is "" for the first synchronisation. `infinite` asks for members of members too."""

    wanted: PropfindRequest
    token: str
    infinite: bool = False
    limit: int | None = None
    calendar_data: CalendarData | None = None
    address_data: AddressData | None = None


def parse_sync_collection(root: Element | None, *, depth: str | None = None) -> SyncCollection:
    """Read a sync-collection. Without a sync-level the Depth header counts, as in the drafts old clients were written
    after (appendix A); without both the level is 1. Raises CodecError, TooMany, UnsupportedData."""
    report = expect_root(root, dav("sync-collection"))
    return SyncCollection(
        parse_wanted(report),
        token=text_of(child(report, dav("sync-token"))).strip(),
        infinite=_is_infinite(child(report, dav("sync-level")), depth),
        limit=parse_limit(report, dav("limit"), dav("nresults")),
        calendar_data=parse_calendar_data(report),
        address_data=parse_address_data(report),
    )


def _is_infinite(level: Element | None, depth: str | None) -> bool:
    if level is None:
        return (depth or "").strip().lower() == "infinity"
    text = text_of(level).strip().lower()
    if text not in ("1", "infinite", "infinity"):
        raise CodecError("The sync-level is 1 or infinite.")
    return text != "1"
