"""Answers as text, one response at a time: faster than building a tree, and nothing has to be held.

A value is an already serialised piece of XML (what stands inside the property), None or "" for an empty element, or a
`Whole` that brings its own element. Values may use the prefixes of `names.ROOT_PREFIXES`, which every root declares.

    yield multistatus_head()
    yield response(href, propstat(200, [("{DAV:}getetag", escape(etag))]), propstat(404, [(name, None)]))
    yield MULTISTATUS_TAIL
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from http import HTTPStatus

from sogo.codec.davxml.names import ROOT_PREFIXES, clark, dav, prefix_for, split_clark

DECLARATION = '<?xml version="1.0" encoding="utf-8"?>\n'

_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CHUNK_CHARS = 32_768

Property = tuple[str, str | None]
"""Clark name and value."""


class Whole(str):
    """A value that is the whole property element, as `reader.whole_xml` gave it: attributes matter there."""

    __slots__ = ()


def escape(text: str) -> str:
    """Text as character data or attribute value. Characters that XML cannot hold are left out (stored iCalendar has
    them); CR is written as a reference, since a parser would drop it."""
    if _FORBIDDEN.search(text):
        text = _FORBIDDEN.sub("", text)
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if '"' in text:
        text = text.replace('"', "&quot;")
    if "\r" in text:
        text = text.replace("\r", "&#13;")
    return text


def escape_lines(text: str) -> str:
    """Calendar or address data: as `escape`, but lines end in LF, which is what the reader's parser makes of CRLF
    anyway (RFC 4791 §9.6) and saves five bytes a line."""
    return escape(text.replace("\r\n", "\n"))


# --- elements ---------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=2048)
def _tags(name: str) -> tuple[str, str, str]:
    """Start tag, end tag and empty tag. A namespace the root does not declare is declared here."""
    namespace, local_name = split_clark(name)
    prefix = ROOT_PREFIXES.get(namespace)
    if prefix is not None:
        tag = f"{prefix}:{local_name}"
        return f"<{tag}>", f"</{tag}>", f"<{tag}/>"
    if not namespace:
        return f"<{local_name}>", f"</{local_name}>", f"<{local_name}/>"
    prefix = prefix_for(namespace) or "ns"
    tag, declaration = f"{prefix}:{local_name}", f' xmlns:{prefix}="{_attribute(namespace)}"'
    return f"<{tag}{declaration}>", f"</{tag}>", f"<{tag}{declaration}/>"


def _attribute(text: str) -> str:
    return escape(text).replace("\n", "&#10;").replace("\t", "&#9;")


def element(name: str, inner: str | None = None, /, **attributes: str) -> str:
    """An element by its Clark name around serialised XML. Keyword arguments are attributes (`_` reads as `-`)."""
    start, end, empty = _tags(name)
    if attributes:
        written = "".join(f' {key.replace("_", "-")}="{_attribute(value)}"' for key, value in attributes.items())
        start, empty = f"{start[:-1]}{written}>", f"{empty[:-2]}{written}/>"
    return f"{start}{inner}{end}" if inner else empty


def text_element(name: str, text: str) -> str:
    return element(name, escape(text))


def href(path: str) -> str:
    """A D:href; `path` is percent-encoded already (`sogo.codec.davxml.href`)."""
    return f"<D:href>{escape(path)}</D:href>"


def hrefs(paths: Iterable[str]) -> str:
    return "".join(href(path) for path in paths)


# --- documents --------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _root_start(name: str) -> str:
    declarations = "".join(f' xmlns:{prefix}="{namespace}"' for namespace, prefix in ROOT_PREFIXES.items())
    return f"{DECLARATION}{_tags(name)[0][:-1]}{declarations}>"


def document(name: str, inner: str = "") -> str:
    """A whole document of one root. The root has one of the namespaces we declare."""
    return f"{_root_start(name)}{inner}{_tags(name)[1]}"


def document_of(name: str, inner: str) -> str:
    """A whole document of one root, of any namespace; beside it only `DAV:` is declared."""
    start, end, _ = _tags(name)
    return f'{DECLARATION}{start[:-1]} xmlns:D="DAV:">{inner}{end}'


def error_document(*conditions: str, description: str = "") -> str:
    """A D:error body (RFC 4918 §16). `conditions` are serialised elements; the text is for people, as the original
    wrote it, and clients skip it."""
    return document(dav("error"), "".join(conditions) + escape(description))


# --- multistatus ------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=128)
def status_line(status: int) -> str:
    """`HTTP/1.1 404 Not Found`."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Status"
    return f"HTTP/1.1 {status} {phrase}"


def multistatus_head(extra: Iterable[str] = ()) -> str:
    """Everything before the first response. `extra`: more namespaces to declare, for values that use the prefix
    `names.prefix_for` gives."""
    start = _root_start(dav("multistatus"))
    more = [space for space in dict.fromkeys(extra) if space not in ROOT_PREFIXES and prefix_for(space)]
    if more:
        start = start[:-1] + "".join(f' xmlns:{prefix_for(space)}="{_attribute(space)}"' for space in more) + ">"
    return start


MULTISTATUS_TAIL = "</D:multistatus>"


def prop(name: str, value: str | None) -> str:
    """One property with its value."""
    if isinstance(value, Whole):
        return value
    start, end, empty = _tags(name)
    return f"{start}{value}{end}" if value else empty


def propstat(status: int, properties: Iterable[Property], *, error: str = "", description: str = "") -> str:
    """Properties that share a status. `error` is what stands inside a D:error."""
    inner = "".join([prop(name, value) for name, value in properties])
    text = f"<D:propstat><D:prop>{inner}</D:prop><D:status>{status_line(status)}</D:status>"
    return f"{text}{_remarks(error, description)}</D:propstat>"


def _remarks(error: str, description: str) -> str:
    text = f"<D:error>{error}</D:error>" if error else ""
    return f"{text}<D:responsedescription>{escape(description)}</D:responsedescription>" if description else text


def response(path: str, *propstats: str) -> str:
    """The answer for one resource. Without a propstat an empty one is put in: the grammar wants one (RFC 4918 §14.24),
    and an empty D:prop in the request is how some clients list a collection."""
    inner = "".join(propstats) or propstat(200, ())
    return f"<D:response>{href(path)}{inner}</D:response>"


def status_response(path: str, status: int, *, error: str = "", description: str = "") -> str:
    """The answer for a resource that has no properties to show: gone, refused, truncated (507)."""
    remarks = _remarks(error, description)
    return f"<D:response>{href(path)}<D:status>{status_line(status)}</D:status>{remarks}</D:response>"


def sync_token(token: str) -> str:
    """The D:sync-token that stands after the last response (RFC 6578 §6.2)."""
    return text_element(dav("sync-token"), token)


def multistatus(responses: Iterable[str], *, token: str | None = None, extra: Iterable[str] = ()) -> str:
    """A whole multistatus, for answers that are small for sure."""
    tail = sync_token(token) if token is not None else ""
    return f"{multistatus_head(extra)}{''.join(responses)}{tail}{MULTISTATUS_TAIL}"


def chunks(parts: Iterable[str], *, chars: int = _CHUNK_CHARS) -> Iterator[bytes]:
    """The parts joined to pieces of at least `chars` characters (the last may be shorter), in UTF-8."""
    held: list[str] = []
    size = 0
    for part in parts:
        held.append(part)
        size += len(part)
        if size >= chars:
            yield "".join(held).encode()
            held, size = [], 0
    if held:
        yield "".join(held).encode()


def mkcol_response(namespace: str, *propstats: str) -> str:
    """What MKCOL and MKCALENDAR say of the properties they could not set (RFC 5689 §3, RFC 4791 §9.3). `namespace`
    is DAV for the first, CALDAV for the second."""
    local_name = "mkcol-response" if namespace == "DAV:" else "mkcalendar-response"
    return document(clark(namespace, local_name), "".join(propstats))
