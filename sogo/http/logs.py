"""The log: `Mon DD HH:MM:SS sogod [PID]: [LEVEL] text` in the site's time zone, or JSON; one line per event.

Each line is one write to an append-mode descriptor, so processes share the file, and a rotation that copies and
truncates it does no harm. fail2ban and others read these lines (config.md §7): prefix and level marks are an interface.
"""

from __future__ import annotations

import datetime as dt
import logging
import os
import re
from enum import Enum
from typing import Any

import orjson

from sogo.http.context import current

PROGRAM = "sogod"
MAX_LINE = 16_000
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MARKS = ((logging.CRITICAL, "[FATAL] "), (logging.ERROR, "[ERROR] "), (logging.WARNING, "[WARN] "))
_LEVELS = {
    "ALL": logging.NOTSET + 1,
    "TRACE": logging.DEBUG,
    "DEBUG": logging.DEBUG,
    "INFO": logging.INFO,
    "WARN": logging.WARNING,
    "WARNING": logging.WARNING,
    "ERROR": logging.ERROR,
    "FATAL": logging.CRITICAL,
    "OFF": logging.CRITICAL + 10,
}
_PASSWORD_IN_URL = re.compile(r"(\w://[^/\s:@]*:)[^@/\s]+@")
_CREDENTIALS = re.compile(r"(?i)\b(authorization:?\s*(?:basic|bearer)\s+|cookie:\s*)[^\s'\"]+")


class LogStyle(Enum):
    TEXT = "text"
    JSON = "json"


def level_of(name: str) -> int:
    """The number of a level in the original's words (NGLogDefaultLogLevel); INFO for a word nobody knows."""
    return _LEVELS.get(name.upper(), logging.INFO)


def set_up(*, style: LogStyle, zone: dt.tzinfo, level: int = logging.INFO, descriptor: int = 2) -> None:
    """Send everything logged in this process to a descriptor; replaces an earlier set-up."""
    handler = LineHandler(descriptor)
    handler.setFormatter(JsonFormatter(zone) if style is LogStyle.JSON else TextFormatter(zone))
    # No line tells of threads and such, so no record need ask for them.
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    root = logging.getLogger()
    for old in list(root.handlers):
        if isinstance(old, LineHandler):
            root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    logging.captureWarnings(True)
    logging.getLogger("asyncio").setLevel(max(level, logging.WARNING))


class LineHandler(logging.Handler):
    """Writes each record as one line with one write. Without a lock or a buffer: nothing to lose when the process is
    killed, nothing to be held across a fork."""

    def __init__(self, descriptor: int) -> None:
        super().__init__()
        self._descriptor = descriptor

    def createLock(self) -> None:
        self.lock = None

    def emit(self, record: logging.LogRecord) -> None:
        try:
            data = (self.format(record) + "\n").encode("utf-8", "backslashreplace")
            while data:
                data = data[os.write(self._descriptor, data) :]
        except OSError:
            pass  # a full disk or a closed console must not take the service down
        except Exception:
            self.handleError(record)


class TextFormatter(logging.Formatter):
    """The original's form. A traceback goes on the same line, its lines parted by " | "."""

    def __init__(self, zone: dt.tzinfo) -> None:
        super().__init__()
        self._zone = zone
        self._second = -1
        self._stamp = ""

    def format(self, record: logging.LogRecord) -> str:
        mark = "" if record.levelno < logging.WARNING else next(mark for at, mark in _MARKS if record.levelno >= at)
        stamp = self._stamp_of(int(record.created))
        return f"{stamp} {PROGRAM} [{os.getpid()}]: {mark}{one_line(full_text(self, record))}"

    def _stamp_of(self, second: int) -> str:
        """Made once a second: many lines have the same."""
        if second != self._second:
            time = dt.datetime.fromtimestamp(second, self._zone)
            self._stamp = f"{_MONTHS[time.month - 1]} {time:%d %H:%M:%S}"
            self._second = second
        return self._stamp


class JsonFormatter(logging.Formatter):
    """One JSON object per line; members of an access line stand beside the others."""

    def __init__(self, zone: dt.tzinfo) -> None:
        super().__init__()
        self._zone = zone

    def format(self, record: logging.LogRecord) -> str:
        members: dict[str, Any] = {
            "time": dt.datetime.fromtimestamp(record.created, self._zone).isoformat(timespec="milliseconds"),
            "pid": os.getpid(),
            "level": record.levelname,
            "logger": record.name,
        }
        access = getattr(record, "access", None)
        if access is not None:
            members |= access
        else:
            members["message"] = without_secrets(full_text(self, record))[:MAX_LINE]
            context = current()
            if context is not None:
                members |= {"request_id": context.request_id, "user": context.user_id, "face": context.face}
        return orjson.dumps(members, default=str).decode("utf-8", "replace")


def full_text(formatter: logging.Formatter, record: logging.LogRecord) -> str:
    """The message, followed by its traceback."""
    text = record.getMessage()
    if record.exc_info and record.exc_info[0] is not None:
        text += "\n" + formatter.formatException(record.exc_info)
    if record.stack_info:
        text += "\n" + record.stack_info
    return text


def one_line(text: str) -> str:
    """Text that cannot be taken for two lines: line ends become " | ", other control characters are escaped."""
    text = " | ".join(without_secrets(text).splitlines())
    if not text.isprintable():
        text = "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)
    return text if len(text) <= MAX_LINE else text[:MAX_LINE] + "…"


def without_secrets(text: str) -> str:
    """Mask what looks like a password in a URL or an Authorization header: the second line of defence after Secret."""
    if "://" in text:
        text = _PASSWORD_IN_URL.sub(r"\1…@", text)
    if "uthorization" in text or "ookie" in text:
        text = _CREDENTIALS.sub(r"\1…", text)
    return text
