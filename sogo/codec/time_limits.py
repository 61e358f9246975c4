"""How far time goes here: what calendars announce as min-date-time and max-date-time (RFC 4791 §§5.2.6, 5.2.7).

One day within what can be written, so that no zone leads beyond it.
"""

from __future__ import annotations

import datetime as dt

BEGINNING = dt.datetime(1, 1, 2, tzinfo=dt.UTC)
END_OF_TIME = dt.datetime(9999, 12, 30, tzinfo=dt.UTC)
