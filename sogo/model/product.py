"""What the server calls itself in the calendars and cards that it writes (RFC 5545 §3.7.3)."""

from __future__ import annotations

PRODID = "-//SOGo//SOGo//EN"
