"""One line per request, in the shape the original writes and log watchers read (config.md §7), or as JSON.

    10.0.0.5 "GET /SOGo/dav/ HTTP/1.1" 207 828/312 0.075 2497 58% 256K - 14

client, request, status, bytes out/in, seconds, bytes before gzip, saved by gzip, growth of resident memory, open files.
"""

from __future__ import annotations

import logging
import re
from logging import Logger

from aiohttp import web
from aiohttp.abc import AbstractAccessLogger

from sogo.http.context import CONTEXT, RequestContext, remote_of
from sogo.http.process import OpenFiles, resident_bytes

ACCESS = logging.getLogger("sogo.access")
MAX_URI = 2000

_open_files = OpenFiles()
_HARMLESS = re.compile(r"[!-~]*\Z")
_SECRET = re.compile(
    r"(?i)\b((?:[a-z_]*(?:password|passwd|pwd|secret|token|ticket)|code|SAMLResponse|SAMLRequest)=)[^&\s]*"
)


class AccessLog(AbstractAccessLogger):
    """What aiohttp calls at the end of each answer. The members of the JSON form ride along as `access` of the record;
    the formatter of `sogo.http.logs` chooses."""

    __slots__ = ()

    def __init__(self, logger: Logger = ACCESS, log_format: str = "") -> None:
        super().__init__(logger, log_format)

    @property
    def enabled(self) -> bool:
        return self.logger.isEnabledFor(logging.INFO)

    def log(self, request: web.BaseRequest, response: web.StreamResponse, time: float) -> None:
        context = request.get(CONTEXT)
        growth = resident_bytes() - context.resident_before if context is not None else 0
        version = request.version
        members = {
            "remote": context.remote if context is not None else remote_of(request),
            "method": request.method,
            "uri": shown_uri(request),
            "version": f"HTTP/{version.major}.{version.minor}",
            "status": response.status,
            "sent_bytes": sent_bytes(request, response),
            "received_bytes": request.content.total_bytes,
            "seconds": round(time, 3),
            "plain_bytes": context.plain_bytes if context is not None else None,
            "growth_bytes": max(growth, 0),
            "open_files": _open_files.count(),
        }
        if context is not None:
            members |= _only_json(request, context)
        record = logging.LogRecord(self.logger.name, logging.INFO, "", 0, line(members), None, None)
        record.access = members
        self.logger.handle(record)  # without looking up, at each request, that this line is where it comes from


def line(members: dict[str, object]) -> str:
    """The original's line."""
    plain, sent = members["plain_bytes"], members["sent_bytes"]
    gzip = f"{plain} {saved_percent(plain, sent)}%" if isinstance(plain, int) and isinstance(sent, int) else "- -"
    return (
        f'{members["remote"]} "{members["method"]} {members["uri"]} {members["version"]}" {members["status"]}'
        f" {sent}/{members['received_bytes']} {members['seconds']:.3f} {gzip}"
        f" {short_bytes(members['growth_bytes'])} - {members['open_files']}"
    )


def sent_bytes(request: web.BaseRequest, response: web.StreamResponse) -> int:
    """The size of the answer's body without its head; of a stream, what went over the wire after the head."""
    if request.method == "HEAD" or response.status in (204, 304):
        return 0
    body = response.body if isinstance(response, web.Response) else None
    if isinstance(body, (bytes, bytearray)):
        return len(body)
    return max(response.body_length - head_bytes(request, response), 0)


def head_bytes(request: web.BaseRequest, response: web.StreamResponse) -> int:
    """The size of the head of an answer that is on its way; aiohttp counts it into `body_length`."""
    status_line = f"HTTP/{request.version.major}.{request.version.minor} {response.status} {response.reason}\r\n"
    lines = "".join(f"{name}: {value}\r\n" for name, value in response.headers.items())
    return len(f"{status_line}{lines}\r\n".encode())


def saved_percent(plain: int, sent: int) -> int:
    return int(100 - sent * 100 / plain) if plain else 0


def short_bytes(count: object) -> str:
    """0, 12K, 3M, as the original shows growth."""
    size = count if isinstance(count, int) else 0
    if size >= 1024 * 1024:
        return f"{size // (1024 * 1024)}M"
    return f"{size // 1024}K" if size >= 1024 else str(size)


def shown_uri(request: web.BaseRequest) -> str:
    """The request target as it came, bounded, on one line, without passwords and tickets."""
    target = request.raw_path[:MAX_URI]
    if not _HARMLESS.match(target):
        target = "".join(c if " " < c < "\x7f" else f"%{ord(c) & 0xFF:02X}" for c in target)
    return _SECRET.sub(r"\1*", target) if "=" in target else target


def _only_json(request: web.BaseRequest, context: RequestContext) -> dict[str, object]:
    return {
        "request_id": context.request_id,
        "user": context.user_id,
        "face": context.face,
        "sql_statements": context.sql_statements,
        "agent": request.headers.get("User-Agent", "")[:300],
    }
