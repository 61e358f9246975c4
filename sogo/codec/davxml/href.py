"""Paths as D:href and Destination write them: percent-encoded segments (RFC 3986 §3.3).

We write `@`, `:` and the other characters a segment may hold as they are, like the original. We read whatever clients
send: absolute URLs, needless escapes, raw UTF-8, and an `@` that was encoded twice (iOS 18.4, dav.md §2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import quote as _percent_encode
from urllib.parse import unquote_to_bytes

from sogo.errors import CodecError

MAX_CHARS = 8192
_SEGMENT_SAFE = "-._~!$'()*,;=:@"  # RFC 3986 pchar but for & and +, which need escapes in XML or mislead form decoders


@dataclass(frozen=True, slots=True)
class Href:
    """A path taken apart. `segments` are decoded; `collection` says that it ended with a slash. `origin` is scheme and
    host in lower case, such as "https://cloud.example.com:8443", or "" for a bare path."""

    segments: tuple[str, ...]
    collection: bool
    origin: str = ""

    @property
    def path(self) -> str:
        return join_path(self.segments, collection=self.collection)


def quote_segment(segment: str) -> str:
    """One path segment, percent-encoded; "/" is encoded too."""
    if segment.isascii() and segment.replace("-", "").replace(".", "").isalnum():
        return segment
    return _percent_encode(segment, safe=_SEGMENT_SAFE, errors="replace")


def join_path(segments: Iterable[str], *, collection: bool = False) -> str:
    """An absolute path. Only a collection ends with a slash."""
    path = "".join("/" + quote_segment(segment) for segment in segments)
    return path + "/" if collection or not path else path


def parse_href(text: str) -> Href:
    """Take apart what a client sent. Query and fragment are dropped.

    Raises CodecError for a path that is not absolute or too long, for empty, "." and ".." segments, for control
    characters and for escapes that are not UTF-8.
    """
    text = text.strip()
    if len(text) > MAX_CHARS:
        raise CodecError("The path is too long.", excerpt=text[:80])
    origin, path = _split_origin(text)
    path = path.partition("#")[0].partition("?")[0]
    if not path.startswith("/"):
        raise CodecError("The path is not absolute.", excerpt=text[:80])
    collection = path.endswith("/")
    inner = path[1:-1] if collection else path[1:]
    segments = tuple(unquote_segment(segment) for segment in inner.split("/")) if inner else ()
    return Href(segments, collection or not segments, origin)


def _split_origin(text: str) -> tuple[str, str]:
    scheme, separator, rest = text.partition("://")
    if separator and scheme.lower() in ("http", "https"):
        host, slash, path = rest.partition("/")
        return f"{scheme.lower()}://{host.lower()}", slash + path or "/"
    return "", text


def unquote_segment(segment: str) -> str:
    """Decode one segment. Raises CodecError as `parse_href` says."""
    try:
        text = unquote_to_bytes(segment).decode("utf-8") if "%" in segment else segment
        text.encode()
    except UnicodeError as error:
        raise CodecError("The path is not UTF-8.", excerpt=segment[:80]) from error
    text = text.replace("%40", "@")
    if text in ("", ".", ".."):
        raise CodecError("The path has an empty or a relative segment.", excerpt=segment[:80])
    if any(char < " " or char == "\x7f" for char in text):
        raise CodecError("The path has control characters.", excerpt=repr(segment[:80]))
    return text
