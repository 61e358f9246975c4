"""Request bodies as element trees, read with every door shut. The only module that touches lxml.

No DTD, no entities, no network, bounded size, depth (libxml2's 256) and number of elements. Element names are Clark
names. Comments and processing instructions are gone; CDATA reads as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, TypeAlias

from lxml import etree

from sogo.codec.davxml.names import XML
from sogo.codec.davxml.writer import escape
from sogo.errors import CodecError, ExternalEntity, TooLarge, TooMany

MAX_ELEMENTS = 300_000
MAX_NAMESPACES = 100
"""In scope of a value that is kept with them."""

Element: TypeAlias = etree._Element

_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "iso-8859-1": "latin-1",
    "latin1": "latin-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
}
_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,200}?\?>")
_DECLARED_ENCODING = re.compile(rb"""<\?xml\s[^>]{0,150}?encoding\s*=\s*["']([A-Za-z0-9._-]{1,40})["']""")
_XML_LANG = f"{{{XML}}}lang"


def parse_xml(body: bytes, *, max_bytes: int, max_elements: int = MAX_ELEMENTS) -> Element | None:
    """The root element of a request body, or None where there is none: an empty body, or only an XML declaration,
    as some clients send with MKCOL and OPTIONS (dav.md §20.0).

    UTF-8, UTF-16 (with a BOM or without), US-ASCII, ISO-8859-1/15 and Windows-1252 are read. Raises TooLarge beyond
    `max_bytes` or `max_elements`, CodecError for anything that is not sound XML and for a DOCTYPE,
    ExternalEntity for one that points elsewhere.
    """
    if len(body) > max_bytes:
        raise TooLarge(f"The request body is larger than {max_bytes} bytes.", limit_bytes=max_bytes)
    data = _as_utf8(body)
    if _is_blank(data):
        return None
    if data.count(b"<") - data.count(b"</") > max_elements:
        raise TooLarge(f"The request body has more than {max_elements} elements.", limit_bytes=max_bytes)
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        raise CodecError(f"The request body is not well-formed XML: {_reason(error)}") from error
    except ValueError as error:
        raise CodecError("The request body is not XML.") from error
    if _has_doctype(root):
        if _points_elsewhere(root):
            raise ExternalEntity("A request body must not have anything fetched from elsewhere.")
        raise CodecError("A request body must not have a document type declaration.")
    return root


def _parser() -> etree.XMLParser:
    """A parser for one document: they carry state and are not for two threads."""
    return etree.XMLParser(
        encoding="utf-8",
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
        strip_cdata=False,
    )


def _is_blank(data: bytes) -> bool:
    declaration = _DECLARATION.match(data)
    rest = declaration.end() if declaration else 0
    return len(data) == rest


def _has_doctype(root: Element) -> bool:
    info: Any = root.getroottree().docinfo
    return bool(info.doctype)


def _points_elsewhere(root: Element) -> bool:
    """Whether the DOCTYPE, or an entity it declares, names another document. None was looked at."""
    info: Any = root.getroottree().docinfo
    if info.system_url or info.public_id:
        return True
    return info.internalDTD is not None and any(entity.system_url for entity in info.internalDTD.iterentities())


def _reason(error: etree.XMLSyntaxError) -> str:
    return str(error).replace(" (<string>", "").split(", line ")[0][:200]


def _as_utf8(body: bytes) -> bytes:
    """The document in UTF-8 without BOM or surrounding space; what it says of its own encoding is obeyed, but only for
    encodings that clients use: a parser's list is long, and some of them hide markup."""
    if body.startswith(b"\xef\xbb\xbf"):
        return body[3:].strip()
    encoding = _wide_encoding(body) or _declared_encoding(body)
    if encoding == "utf-8":
        return body.strip()
    try:
        return body.decode(encoding).removeprefix("\ufeff").strip().encode()
    except UnicodeError as error:
        raise CodecError(f"The request body is not {encoding} text.") from error


def _wide_encoding(body: bytes) -> str | None:
    if body.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    if body.startswith(b"<\0"):
        return "utf-16-le"
    if body.startswith(b"\0<"):
        return "utf-16-be"
    return None


def _declared_encoding(body: bytes) -> str:
    match = _DECLARED_ENCODING.match(body[:300].lstrip())
    if match is None:
        return "utf-8"
    name = match.group(1).decode("ascii").lower()
    encoding = _ENCODINGS.get(name)
    if encoding is None or encoding.startswith("utf-16"):  # UTF-16 shows in the first two bytes
        raise CodecError(f"The request body has the encoding {name!r}, which is not supported.")
    return encoding


# --- looking at elements ----------------------------------------------------------------------------------------------


def elements(parent: Element) -> Iterator[Element]:
    """The child elements in order."""
    return parent.iterchildren(tag=etree.Element)


def children(parent: Element, name: str) -> list[Element]:
    """The direct children of this Clark name."""
    return list(parent.iterchildren(name))


def child(parent: Element, name: str) -> Element | None:
    """The first direct child of this Clark name."""
    return next(parent.iterchildren(name), None)


def name_of(element: Element) -> str:
    """The Clark name."""
    return str(element.tag)


def local(element: Element) -> str:
    """The local name, for values that clients put into the wrong namespace (dav.md §20.0)."""
    return str(element.tag).rpartition("}")[2]


def text_of(element: Element | None) -> str:
    """The character data directly inside, "" for no element. Elements between are skipped, their tails are not."""
    if element is None:
        return ""
    if len(element) == 0:
        return element.text or ""
    return (element.text or "") + "".join(item.tail or "" for item in element)


def attribute(element: Element, name: str) -> str | None:
    value = element.get(name)
    return None if value is None else str(value)


def descendants(root: Element, name: str) -> Iterator[Element]:
    """Every element of this name below, in document order."""
    return root.iterdescendants(name)


# --- values that are kept as XML --------------------------------------------------------------------------------------


def inner_xml(element: Element) -> str:
    """What stands inside an element, as XML that means the same under any other parent."""
    parts = [escape(element.text or "")]
    for item in elements(element):
        parts.append(etree.tostring(item, encoding="unicode", with_tail=False))
        parts.append(escape(item.tail or ""))
    return "".join(parts)


def whole_xml(element: Element) -> str:
    """The element itself as XML that means the same anywhere: namespaces in scope and the xml:lang it inherits are
    written on it (RFC 4918 §4.3). This is how dead properties are kept. Raises TooMany beyond MAX_NAMESPACES."""
    if len(element.nsmap) > MAX_NAMESPACES:
        raise TooMany(f"More than {MAX_NAMESPACES} namespaces around one property.", limit=MAX_NAMESPACES)
    language = next((item.get(_XML_LANG) for item in element.iterancestors() if item.get(_XML_LANG)), None)
    if language is None or element.get(_XML_LANG) is not None:
        return etree.tostring(element, encoding="unicode", with_tail=False)
    element.set(_XML_LANG, language)
    try:
        return etree.tostring(element, encoding="unicode", with_tail=False)
    finally:
        del element.attrib[_XML_LANG]
