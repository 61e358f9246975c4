"""What the time zone service answers with: the documents of RFC 7808 §6, and zones as iCalendar and xCal."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

import orjson

from sogo.api.timezone_requests import Span
from sogo.codec import xcal
from sogo.codec.contentline import Component, Line
from sogo.http.places import TIMEZONE_SERVICE
from sogo.model.product import PRODID
from sogo.model.tzif import ZoneFile, load
from sogo.model.zone_catalogue import PUBLISHER, Catalogue, CataloguedZone, LeapSeconds
from sogo.model.zone_history import observances as expand
from sogo.model.zone_history import whole_vtimezone

ICALENDAR, XCAL = "text/calendar", "application/calendar+xml"
FORMATS = (ICALENDAR, XCAL)
MAX_OBSERVANCES = 2_000
"""In one answer: a thousand years."""
_SPAN = (("start", False), ("end", False))
_ACTIONS = (
    ("capabilities", "/capabilities", ()),
    ("list", "/zones{?changedsince}", (("changedsince", False),)),
    ("get", "/zones{/tzid}{?start,end}", _SPAN),
    ("expand", "/zones{/tzid}/observances{?start,end}", (("start", True), ("end", True))),
    ("find", "/zones{?pattern}", (("pattern", True),)),
    ("leapseconds", "/leapseconds", ()),
)


def capabilities(known: Catalogue) -> bytes:
    """§6.1. Zones are cut off wherever a client wants, or come whole."""
    return orjson.dumps({
        "version": 1,
        "info": {
            "primary-source": f"{PUBLISHER}:{known.version}",
            "formats": list(FORMATS),
            "truncated": {"any": True, "untruncated": True},
        },
        "actions": [
            {
                "name": name,
                "uri-template": TIMEZONE_SERVICE + template,
                "parameters": [
                    {"name": parameter, "required": required, "multi": False} for parameter, required in parameters
                ],
            }
            for name, template, parameters in _ACTIONS
        ],
    })  # fmt: skip


def zones(known: Catalogue, found: Iterable[CataloguedZone]) -> bytes:
    """§6.2. `last-modified` is when the edition came to this machine: the database tells no times of its zones."""
    return orjson.dumps({"synctoken": known.token, "timezones": [_summary(known, zone) for zone in found]})


def _summary(known: Catalogue, zone: CataloguedZone) -> dict[str, object]:
    return {
        "tzid": zone.tzid,
        "etag": zone.etag,
        "last-modified": _text(int(known.modified.timestamp())),
        "publisher": PUBLISHER,
        "version": known.version,
        "aliases": zone.aliases,
    }


def observances(name: str, span: Span) -> bytes:
    """§6.3. An answer that would be too long ends sooner, and says so."""
    assert span.start is not None
    assert span.end is not None
    found, cut = expand(_file(name), span.start, span.end, limit=MAX_OBSERVANCES)
    return orjson.dumps({
        "tzid": name,
        **({"end": _text(cut)} if cut is not None else {}),
        "observances": [
            {
                "name": one.name,
                "onset": _text(one.moment),
                "utc-offset-from": one.before,
                "utc-offset-to": one.after,
            }
            for one in found
        ],
    })  # fmt: skip


def leapseconds(known: Catalogue, leaps: LeapSeconds) -> bytes:
    """§6.4."""
    return orjson.dumps({
        "expires": leaps.expires.isoformat(),
        "publisher": PUBLISHER,
        "version": known.version,
        "leapseconds": [{"utc-offset": offset, "onset": day.isoformat()} for day, offset in leaps.onsets],
    })  # fmt: skip


def zone(name: str, span: Span, kind: str) -> bytes:
    """A calendar that holds the zone alone, under the name it was asked for. It does not say of what an alias is one
    (TZID-ALIAS-OF, §5.3): there are readers that refuse a VTIMEZONE with properties they have never heard of."""
    made = whole_vtimezone(_file(name), name, start=span.start, end=span.end)
    head = [Line("VERSION", "2.0"), Line("PRODID", PRODID)]
    if kind == XCAL:
        return (xcal.head(head) + xcal.component(made) + xcal.TAIL).encode()
    return Component("VCALENDAR", [*head, made]).render().encode()


def _file(name: str) -> ZoneFile:
    return load(name) or ZoneFile((), "")


def _text(moment: int) -> str:
    """RFC 3339, UTC."""
    return f"{dt.datetime(1970, 1, 1) + dt.timedelta(seconds=moment):%Y-%m-%dT%H:%M:%SZ}"
