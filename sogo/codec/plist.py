"""Property lists: the form sogo.conf is written in.

What lives here: the ways in. `plist_text` reads the OpenStep form, `plist_xml` the XML form, `plist_render` writes.
What never will: the meaning of a value; `YES`, `5` and `300.0` are strings until a getter of `sogo.conf` reads them.
Grammar: config.md §2; what is accepted and what is refused was compared with GNUstep base 1.28, case by case.

    bytes --decode--> text --parse_document--> Document(values, remarks, places)      a file: the root is a dictionary
                      text --parse-----------> Value                                  any root: an argument, a column

Offsets count characters; lines and columns count from 1.
"""

from __future__ import annotations

import re

from sogo.codec.plist_document import MAX_BYTES, MAX_DEPTH, Document, Path, Place, Remark, Value, decode
from sogo.codec.plist_render import render, render_line
from sogo.codec.plist_text import Reader
from sogo.codec.plist_xml import parse_xml
from sogo.errors import CodecError

__all__ = [
    "MAX_BYTES",
    "MAX_DEPTH",
    "Document",
    "Path",
    "Place",
    "Remark",
    "Value",
    "decode",
    "parse",
    "parse_document",
    "render",
    "render_line",
]

_XML = re.compile(r"\s*<(?:\?xml|!DOCTYPE|plist\b)")


def parse_document(text: str, *, max_depth: int = MAX_DEPTH) -> Document:
    """Read a file whose root is a dictionary: `{ … }`, the XML form, or a bare body of `key = "string";` lines.

    The bare body takes only strings, and there every `;` must be written. Raises CodecError with `line` and `column`
    among its fields.
    """
    if not _XML.match(text):
        return Reader(text, max_depth).document()
    document = parse_xml(text, max_depth=max_depth)
    if not isinstance(document.values, dict):
        raise CodecError("the file must be a dictionary: <plist><dict>…</dict></plist>", offset=0, line=1, column=1)
    return document


def parse(text: str, *, max_depth: int = MAX_DEPTH) -> Value:
    """Read a value of any kind with nothing behind it. Raises CodecError."""
    if _XML.match(text):
        return parse_document(text, max_depth=max_depth).values
    reader = Reader(text, max_depth)
    value = reader.item()
    reader.end()
    return value
