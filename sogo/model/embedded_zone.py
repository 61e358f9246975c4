"""The VTIMEZONE a client sent along (RFC 5545 §3.6.5) as a tzinfo. Used only when nobody knows the name of the zone."""

from __future__ import annotations

import datetime as dt

from sogo.codec.contentline import Component


def embedded_zone(definition: Component) -> dt.tzinfo | None:
    """The zone a VTIMEZONE defines, or None when it defines nothing that can be used."""
    return None
