"""Where one face sends the clients of another: faces import nothing of each other."""

from __future__ import annotations

TIMEZONE_SERVICE = "/SOGo/timezone"
"""The context path of the time zone distribution service (RFC 7808 §4.2.1)."""
